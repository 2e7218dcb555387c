package locate

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"
)

const office = `
$ORIGIN example.com.
@        IN SOA ns host 1 3600 600 86400 60
@        IN NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp
_sip._udp IN SRV 1 1 5060 pbx
pbx      60 IN A 192.0.2.1
pbx      60 IN AAAA 2001:db8::1
WWW      IN CNAME pbx
away     IN CNAME pbx.example.net.
a.deep.name IN A 192.0.2.2
`

// query asks the zone one question without a network and returns the decoded answer.
func query(t *testing.T, zone *Zone, network, kind, name string, edns uint16) *dns.Msg {
	t.Helper()
	question := new(dns.Msg)
	question.SetQuestion(name, dns.StringToType[kind])
	if edns > 0 {
		question.SetEdns0(edns, false)
	}
	packet, err := question.Pack()
	if err != nil {
		t.Fatal(err)
	}
	answer, _ := zone.respond(network, packet)
	m := new(dns.Msg)
	if err := m.Unpack(answer); err != nil {
		t.Fatalf("answer of %d bytes: %v", len(answer), err)
	}
	if m.Id != question.Id || !m.Response {
		t.Errorf("id %d for %d, response %v", m.Id, question.Id, m.Response)
	}
	return m
}

func summary(m *dns.Msg) string {
	parts := []string{dns.RcodeToString[m.Rcode]}
	for _, section := range [][]dns.RR{m.Answer, m.Ns, m.Extra} {
		var kinds []string
		for _, record := range section {
			kinds = append(kinds, dns.TypeToString[record.Header().Rrtype])
		}
		parts = append(parts, strings.Join(kinds, ","))
	}
	return strings.Join(parts, "|")
}

// TestZoneAnswers: code, answer, authority and additional section of each kind of question.
func TestZoneAnswers(t *testing.T) {
	zone, err := NewZone(office)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ kind, name, want string }{
		{"NAPTR", "example.com.", "NOERROR|NAPTR||SRV,AAAA,A"},
		{"SRV", "_sip._udp.example.com.", "NOERROR|SRV||AAAA,A"},
		{"A", "PBX.Example.COM.", "NOERROR|A||"},
		{"A", "www.example.com.", "NOERROR|CNAME,A||"},
		{"SRV", "www.example.com.", "NOERROR|CNAME|SOA|"},
		{"A", "away.example.com.", "NOERROR|CNAME||"},
		{"A", "_sip._udp.example.com.", "NOERROR||SOA|"},
		{"A", "deep.name.example.com.", "NOERROR||SOA|"},
		{"A", "none.example.com.", "NXDOMAIN||SOA|"},
		{"A", "example.net.", "NXDOMAIN|||"},
	} {
		if got := summary(query(t, zone, "udp", row.kind, row.name, 0)); got != row.want {
			t.Errorf("%s %s: %s, want %s", row.kind, row.name, got, row.want)
		}
	}
}

// TestZoneTruncates: over UDP to 512 bytes or the asker's EDNS size, over TCP not at all.
func TestZoneTruncates(t *testing.T) {
	zone, err := NewZone(strings.Repeat("a.example.com. IN TXT \"0123456789012345678901234567890123456789\"\n", 1) + manyAddresses(40))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		network   string
		edns      uint16
		truncated bool
	}{{"udp", 0, true}, {"udp", 512, true}, {"udp", 1232, false}, {"tcp", 0, false}, {"tcp", 512, false}} {
		m := query(t, zone, row.network, "A", "many.example.com.", row.edns)
		if m.Truncated != row.truncated || !row.truncated && len(m.Answer) != 40 {
			t.Errorf("%s with EDNS %d: truncated %v with %d records", row.network, row.edns, m.Truncated, len(m.Answer))
		}
	}
}

func manyAddresses(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("many.example.com. IN A 192.0.2." + string(rune('0'+i/10)) + string(rune('0'+i%10)) + "\n")
	}
	return strings.ReplaceAll(b.String(), "192.0.2.0", "192.0.2.")
}

// TestZoneText: an error names the line, and the records before it stay in force.
func TestZoneText(t *testing.T) {
	if _, err := NewZone("a.example.com. IN A 192.0.2.1\nb.example.com. IN A nonsense\n"); err == nil || !strings.Contains(err.Error(), "line: 2") {
		t.Errorf("error %v does not name line 2", err)
	}
	zone, err := NewZone(office)
	if err != nil {
		t.Fatal(err)
	}
	if err := zone.Set("x IN BOGUS y"); err == nil {
		t.Error("a bogus record was accepted")
	}
	if got := summary(query(t, zone, "udp", "A", "pbx.example.com.", 0)); got != "NOERROR|A||" {
		t.Errorf("after a failed Set: %s", got)
	}
	if err := zone.Set(""); err != nil {
		t.Fatal(err)
	}
	if got := summary(query(t, zone, "udp", "A", "pbx.example.com.", 0)); got != "NXDOMAIN|||" {
		t.Errorf("after Set of nothing: %s", got)
	}
}

// TestZoneIncludesNothing: zone text from a configuration must not read other files.
func TestZoneIncludesNothing(t *testing.T) {
	if _, err := NewZone("$INCLUDE /etc/hostname\n"); err == nil {
		t.Error("$INCLUDE was followed")
	}
}

// TestManners: which questions a manner is about, and for how long.
func TestManners(t *testing.T) {
	zone, err := NewZone(office)
	if err != nil {
		t.Fatal(err)
	}
	zone.Misbehave(
		Manner{Type: "A", Times: 2, Rcode: dns.RcodeServerFailure},
		Manner{Type: "A", Network: "tcp", Rcode: dns.RcodeRefused},
	)
	for i, row := range []struct{ network, kind, want string }{
		{"udp", "AAAA", "NOERROR|AAAA||"},
		{"udp", "A", "SERVFAIL|||"},
		{"tcp", "A", "SERVFAIL|||"},
		{"tcp", "A", "REFUSED|||"},
		{"udp", "A", "NOERROR|A||"},
	} {
		if got := summary(query(t, zone, row.network, row.kind, "pbx.example.com.", 0)); got != row.want {
			t.Errorf("question %d: %s, want %s", i, got, row.want)
		}
	}
	zone.Misbehave(Manner{NoAdditional: true})
	if got := summary(query(t, zone, "udp", "SRV", "_sip._udp.example.com.", 0)); got != "NOERROR|SRV||" {
		t.Errorf("without Additional: %s", got)
	}
}

// TestZoneLog: the log tells network, type and name, and has an end.
func TestZoneLog(t *testing.T) {
	zone, err := NewZone(office)
	if err != nil {
		t.Fatal(err)
	}
	wantLog(t, zone)
	query(t, zone, "udp", "A", "PBX.example.com.", 0)
	query(t, zone, "tcp", "SRV", "_sip._udp.example.com.", 0)
	wantLog(t, zone, "A pbx.example.com", "SRV _sip._udp.example.com over tcp")
	for range maxQuestions + 10 {
		query(t, zone, "udp", "A", "pbx.example.com.", 0)
	}
	if n := len(zone.Questions()); n != maxQuestions {
		t.Errorf("%d questions logged, want %d", n, maxQuestions)
	}
}

// TestZoneIgnoresNoise: what is no question gets no answer, or two servers would answer each other for ever.
func TestZoneIgnoresNoise(t *testing.T) {
	zone, err := NewZone(office)
	if err != nil {
		t.Fatal(err)
	}
	response := new(dns.Msg)
	response.SetQuestion("pbx.example.com.", dns.TypeA)
	response.Response = true
	packed, _ := response.Pack()
	empty, _ := new(dns.Msg).Pack()
	for _, packet := range [][]byte{nil, {1}, []byte(strings.Repeat("x", 100)), packed, empty} {
		if answer, _ := zone.respond("udp", packet); answer != nil {
			t.Errorf("%q was answered with %q", packet, answer)
		}
	}
}

// TestServeEnds: Serve returns nil when its context ends, with streams open and answers late; and an error when a
// socket fails under it.
func TestServeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zone, err := NewZone(office)
		if err != nil {
			t.Fatal(err)
		}
		zone.Misbehave(Manner{Delay: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		packets, streams := newPacketSide(), newStreamSide()
		ended := make(chan error, 1)
		go func() { ended <- zone.Serve(ctx, packets, streams) }()
		near, far := net.Pipe()
		defer near.Close()
		streams.accept <- far
		udpNear, udpFar := net.Pipe()
		defer udpNear.Close()
		packets.attach(udpFar)
		question, _ := new(dns.Msg).SetQuestion("pbx.example.com.", dns.TypeA).Pack()
		if _, err := udpNear.Write(question); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		select {
		case err := <-ended:
			t.Fatalf("ended early: %v", err)
		default:
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		zone := new(Zone)
		packets := newPacketSide()
		_ = packets.Close()
		if err := zone.Serve(t.Context(), packets, nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Serve on a closed socket: %v", err)
		}
	})
}

// TestIdleStream: a TCP connection that asks nothing is closed after ten seconds; one that asks may go on.
func TestIdleStream(t *testing.T) {
	inBubble(t, office, func(r *rig) {
		conn, err := r.wire.Dial(r.t.Context(), "tcp", firstServer)
		if err != nil {
			r.t.Fatal(err)
		}
		before := time.Now()
		question, _ := new(dns.Msg).SetQuestion("pbx.example.com.", dns.TypeA).Pack()
		for range 2 {
			time.Sleep(9 * time.Second)
			if _, err := conn.Write(frame(question)); err != nil {
				r.t.Fatal(err)
			}
			if _, err := readFrame(conn); err != nil {
				r.t.Fatal(err)
			}
		}
		if _, err := readFrame(conn); err == nil {
			r.t.Error("an answer without a question")
		}
		if took := time.Since(before); took != 28*time.Second {
			r.t.Errorf("closed after %v, want 28 s", took)
		}
	})
}

// TestLoopback runs resolver and zone over the host's own UDP and TCP, with truncation.
func TestLoopback(t *testing.T) {
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	streams, err := net.Listen("tcp", packets.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	zone, err := NewZone(office)
	if err != nil {
		t.Fatal(err)
	}
	zone.Misbehave(Manner{Type: "SRV", Truncate: true}, Manner{NoAdditional: true})
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		if err := zone.Serve(ctx, packets, streams); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	resolver, err := New(Config{Servers: []string{packets.LocalAddr().String()}})
	if err != nil {
		t.Fatal(err)
	}
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			result := resolver.Locate(ctx, start, Query{URI: parseURI(t, "sip:example.com"), IPv4: true})
			if len(result.Targets) != 1 || result.Targets[0].String() != "UDP 192.0.2.1:5060  pbx.example.com  priority 1 weight 1" {
				t.Errorf("result\n%s", text(result))
			}
			resolver.Succeeded(start, Target{})
			resolver.Failed(start, Target{})
		})
	}
	callers.Wait()
	cancel()
	group.Wait()
}
