package main

import (
	"context"
	"encoding/json"
	"net"
	"testing"

	"intercom/sipua/locate"
)

// nameServer serves a zone on loopback for the time of a test.
func nameServer(t *testing.T, text string) string {
	t.Helper()
	zone, err := locate.NewZone(text)
	if err != nil {
		t.Fatal(err)
	}
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- zone.Serve(ctx, packets, nil) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return packets.LocalAddr().String()
}

const dnsZone = `$ORIGIN example.com.
@ 60 IN NAPTR 10 50 "s" "SIP+D2U" "" _sip._udp.example.com.
_sip._udp 60 IN SRV 10 0 5070 pbx
pbx 60 IN A 192.0.2.7
`

func TestDNSExplains(t *testing.T) {
	code, out, errs := intercom(t, "", "dns", "--server", nameServer(t, dnsZone), "sip:desk@example.com")
	if code != 0 || errs != "" {
		t.Errorf("exit code %d, faults %q", code, errs)
	}
	for _, want := range []string{"NAPTR example.com", "SRV _sip._udp.example.com", "RFC 3263 section 4.1", "UDP 192.0.2.7:5070"} {
		wantPart(t, "standard output", out, want)
	}
}

func TestDNSAsJSON(t *testing.T) {
	code, out, _ := intercom(t, "", "dns", "--json", "--server", nameServer(t, dnsZone), "sip:example.com")
	var result struct {
		Targets []locate.Target `json:"targets"`
		Steps   []locate.Step   `json:"steps"`
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v:\n%s", code, err, out)
	}
	if len(result.Targets) != 1 || result.Targets[0].Addr.String() != "192.0.2.7:5070" || len(result.Steps) < 3 {
		t.Errorf("%+v", result)
	}
}

func TestDNSRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		errs string
	}{
		{[]string{"dns", "mailto:a@b"}, 2, "is no SIP URI"},
		{[]string{"dns", "--server", "not an address", "sip:a"}, 2, "--server"},
		{[]string{"dns", "--server", nameServer(t, dnsZone), "sip:missing.example.com"}, 1, ""},
	} {
		code, _, errs := intercom(t, "", c.args...)
		if code != c.code {
			t.Errorf("%v: exit code %d, want %d", c.args, code, c.code)
		}
		wantPart(t, "standard error", errs, c.errs)
	}
}
