package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"

	"intercom/sipua/locate"
	"intercom/sipua/sip"
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

// sipServer answers one OPTIONS on loopback, if status is not 0, and names its port.
func sipServer(t *testing.T, status int) (port int) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { c.Close(); <-ended })
	go func() {
		defer close(ended)
		buf := make([]byte, 65535)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			m, err := sip.Parse(buf[:n])
			if err != nil || m.Method != sip.OPTIONS {
				t.Errorf("%v:\n%s", err, buf[:n])
				return
			}
			if status == 0 {
				continue
			}
			r := sip.NewResponse(m, status, "Busy\x1b[2J")
			r.Header.Add("Server", "fake/1")
			if _, err := c.WriteTo(r.Append(nil), from); err != nil {
				t.Error(err)
			}
		}
	}()
	return c.LocalAddr().(*net.UDPAddr).Port
}

// probeZone leads to a server that is silent and one that answers.
func probeZone(t *testing.T) string {
	return nameServer(t, fmt.Sprintf("$ORIGIN example.com.\n@ 60 IN NAPTR 10 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.example.com.\n"+
		"_sip._udp 60 IN SRV 10 0 %d a\n_sip._udp 60 IN SRV 20 0 %d a\na 60 IN A 127.0.0.1\n", sipServer(t, 0), sipServer(t, 486)))
}

func TestDNSProbes(t *testing.T) {
	code, out, errs := intercom(t, "", "dns", "--probe", "--timeout", "300ms", "--server", probeZone(t), "sip:example.com")
	if code != 0 || errs != "" {
		t.Errorf("exit code %d, faults %q", code, errs)
	}
	for _, want := range []string{"OPTIONS to each:\n  1  UDP 127.0.0.1:", ": no answer in 300ms\n", ": 486 Busy.[2J in ", ", fake/1\n"} {
		wantPart(t, "standard output", out, want)
	}
}

func TestDNSProbesAsJSON(t *testing.T) {
	code, out, _ := intercom(t, "", "dns", "--json", "--probe", "--timeout", "300ms", "--server", probeZone(t), "sip:example.com")
	var result struct {
		Subject string          `json:"subject"`
		Targets []locate.Target `json:"targets"`
		Probes  []struct {
			Target  locate.Target `json:"target"`
			Status  int           `json:"status"`
			Server  string        `json:"server"`
			Seconds float64       `json:"seconds"`
			Error   string        `json:"error"`
		} `json:"probes"`
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v:\n%s", code, err, out)
	}
	if result.Subject != "sip:example.com" || len(result.Targets) != 2 || len(result.Probes) != 2 {
		t.Fatalf("%+v", result)
	}
	dead, live := result.Probes[0], result.Probes[1]
	if dead.Status != 0 || dead.Error != "no answer in 300ms" || live.Status != 486 || live.Server != "fake/1" || live.Seconds <= 0 || live.Error != "" {
		t.Errorf("%+v", result.Probes)
	}
	if live.Target != result.Targets[1] {
		t.Errorf("%+v is not %+v", live.Target, result.Targets[1])
	}
}

// TestDNSProbeFails: servers that are there but do not answer are a fault, and so are none at all.
func TestDNSProbeFails(t *testing.T) {
	uri := fmt.Sprintf("sip:127.0.0.1:%d", sipServer(t, 0))
	code, out, _ := intercom(t, "", "dns", "--probe", "--timeout", "100ms", uri)
	if code != exitFault || !strings.Contains(out, "no answer in 100ms") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	code, out, _ = intercom(t, "", "dns", "--probe", "--json", "--server", nameServer(t, dnsZone), "sip:missing.example.com")
	if code != exitFault || !strings.Contains(out, `"probes": []`) {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, _, errs := intercom(t, "", "dns", "--probe", "--timeout", "-1s", uri); code != exitUsage || !strings.Contains(errs, "--timeout -1s") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}
