package transaction

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// RFC 3261 section 17.2.3: branch, sent-by and method make the key.
func TestServerMatching(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(m *sip.Message)
		isNew  bool
	}{
		"the same":           {func(m *sip.Message) {}, false},
		"sent-by upper case": {func(m *sip.Message) { m.Via[0].Host = "DOOR.example.com" }, false},
		"other branch":       {func(m *sip.Message) { m.Via[0].Params = ";branch=z9hG4bKz" }, true},
		"other sent-by host": {func(m *sip.Message) { m.Via[0].Host = "192.0.2.77" }, true},
		"other sent-by port": {func(m *sip.Message) { m.Via[0].Port = 5071 }, true},
		"other method":       {func(m *sip.Message) { m.Method, m.CSeq.Method = "INFO", "INFO" }, true},
		"other Call-ID":      {func(m *sip.Message) { m.CallID = "x" }, false},
	} {
		b := newBench(t, Config{})
		m := newRequest(t, "OPTIONS", "UDP", "z9hG4bKa")
		m.Via[0].Host = "door.example.com"
		b.wantKind("first", b.receive(udp, m), Request)
		tc.change(m)
		if got := b.receive(udp, m).Kind == Request; got != tc.isNew {
			t.Errorf("%s: new is %v, want %v", name, got, tc.isNew)
		}
	}
}

// RFC 3261 section 17.2.3: without the magic cookie the fields of RFC 2543 are compared; RFC 4475 badbranch has the
// cookie and nothing behind it.
func TestServerMatching2543(t *testing.T) {
	for _, branch := range []string{"1", "z9hG4bK", "none"} {
		for name, tc := range map[string]struct {
			change func(m *sip.Message)
			isNew  bool
		}{
			"the same":         {func(m *sip.Message) {}, false},
			"other URI":        {func(m *sip.Message) { m.URI.User = "x" }, true},
			"other From tag":   {func(m *sip.Message) { m.From.Params = ";tag=x" }, true},
			"other To tag":     {func(m *sip.Message) { m.To.Params = ";tag=x" }, true},
			"other Call-ID":    {func(m *sip.Message) { m.CallID = "x" }, true},
			"other CSeq":       {func(m *sip.Message) { m.CSeq.Seq++ }, true},
			"other method":     {func(m *sip.Message) { m.Method, m.CSeq.Method = "INFO", "INFO" }, true},
			"other top Via":    {func(m *sip.Message) { m.Via[0].Port = 9 }, true},
			"other Via branch": {func(m *sip.Message) { m.Via[0].Params = ";branch=2" }, true},
		} {
			b := newBench(t, Config{})
			m := newRequest(t, "OPTIONS", "UDP", "1")
			m.Via[0].Params = sip.Params(";branch=" + branch)
			if branch == "none" {
				m.Via[0].Params = ""
			}
			b.wantKind("first", b.receive(udp, m), Request)
			tc.change(m)
			if got := b.receive(udp, m).Kind == Request; got != tc.isNew {
				t.Errorf("branch %s, %s: new is %v, want %v", branch, name, got, tc.isNew)
			}
		}
	}
}

// The ACK of RFC 2543 matches by the fields of its INVITE and the To tag of the response.
func TestAck2543(t *testing.T) {
	b := newBench(t, Config{})
	invite := newRequest(t, "INVITE", "UDP", "1")
	s := b.receive(udp, invite).Server
	busy := b.respond(s, 486)
	wrong := ackFor(invite, busy)
	wrong.To.Params = ";tag=other"
	b.wantKind("ACK with another To tag", b.receive(udp, wrong), None)
	if s.State() != ServerCompleted {
		t.Fatalf("state %v", s.State())
	}
	b.wantKind("ACK", b.receive(udp, ackFor(invite, busy)), None)
	if s.State() != ServerConfirmed {
		t.Fatalf("state %v", s.State())
	}
	other := newRequest(t, "INVITE", "UDP", "2")
	s = b.receive(udp, other).Server
	if e := b.wantKind("CANCEL of RFC 2543", b.receive(udp, cancelOf(other)), Cancel); e.Invite != s {
		t.Error("CANCEL did not find its INVITE")
	}
}

// AST-2017-002 and pjsip #2016: a very long CSeq method without branch overran the key's buffer. Here the key has a
// fixed size and the message is one as any other.
func TestLongMethodWithoutBranch(t *testing.T) {
	b := newBench(t, Config{})
	m := newRequest(t, "OPTIONS", "UDP", "1")
	m.Via[0].Params = ""
	m.Method = strings.Repeat("A", 15_000)
	m.CSeq.Method = m.Method
	e := b.wantKind("long method", b.receive(udp, m), Request)
	b.wantKind("its repetition", b.receive(udp, m), None)
	if n := len(e.Server.key.branch); n != 32 {
		t.Errorf("key of %d bytes", n)
	}
	b.respond(e.Server, 501)
	b.wantEvents("and it ends", b.runTo(32*time.Second), Ended)
	b.wantEmpty("at the end")
}

// RFC 3261 section 8.2.2.2: "If the request has no tag in the To header field, the UAS core MUST check the request
// against ongoing transactions."
func TestMergedRequest(t *testing.T) {
	b := newBench(t, Config{})
	first := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
	e := b.wantKind("first", b.receive(udp, first), Request)
	if e.Merged {
		t.Error("the first is not merged")
	}
	second := newRequest(t, "INVITE", "UDP", "z9hG4bKb")
	if !b.wantKind("second path", b.receive(udp, second), Request).Merged {
		t.Error("the same request on another path is merged")
	}
	for name, change := range map[string]func(m *sip.Message){
		"To tag":   func(m *sip.Message) { m.To.Params = ";tag=x" },
		"From tag": func(m *sip.Message) { m.From.Params = ";tag=x" },
		"Call-ID":  func(m *sip.Message) { m.CallID = "x" },
		"CSeq":     func(m *sip.Message) { m.CSeq.Seq++ },
		"method":   func(m *sip.Message) { m.Method, m.CSeq.Method = "INFO", "INFO" },
	} {
		m := newRequest(t, "INVITE", "UDP", "z9hG4bK"+strings.ReplaceAll(name, " ", ""))
		change(m)
		if b.wantKind(name, b.receive(udp, m), Request).Merged {
			t.Errorf("a request with another %s is not merged", name)
		}
	}
	// RFC 3263 section 4.3: after our 503 the client may come again with the identical request on another branch.
	b.respond(e.Server, 503)
	if b.wantKind("again", b.receive(udp, newRequest(t, "INVITE", "UDP", "z9hG4bKc")), Request).Merged {
		t.Error("a refused request is not ongoing")
	}
}

func TestStrayAckGoesUp(t *testing.T) {
	b := newBench(t, Config{})
	if e := b.wantKind("bare ACK", b.receive(udp, newRequest(t, "ACK", "UDP", "z9hG4bKa")), Ack); e.Server != nil {
		t.Error("there is no INVITE")
	}
	invite := newRequest(t, "INVITE", "UDP", "z9hG4bKb")
	b.receive(udp, invite)
	b.wantKind("an ACK before any final response is dropped", b.receive(udp, ackFor(invite, response(invite, 486))), None)
	b.want("an ACK is never answered")
	m := newRequest(t, "OPTIONS", "UDP", "z9hG4bKc")
	m.Via = nil
	b.wantKind("request without Via", b.receive(udp, m), None)
}

// RFC 3261 section 18.2.1 and RFC 3581 section 4.
func TestStampAndReply(t *testing.T) {
	from := func(transportName, remote string) transport.Flow {
		return transport.Flow{Transport: transportName, Remote: netip.MustParseAddrPort(remote)}
	}
	for _, tc := range []struct {
		name, via string
		flow      transport.Flow
		want, to  string
	}{
		{"what it says", "SIP/2.0/UDP 192.0.2.9:5062;branch=x", from("UDP", "192.0.2.9:5062"), ";branch=x", "192.0.2.9:5062"},
		{"behind NAT without rport: port of the Via", "SIP/2.0/UDP 10.0.0.1;branch=x", from("UDP", "192.0.2.9:40000"), ";branch=x;received=192.0.2.9", "192.0.2.9:5060"},
		{"rport", "SIP/2.0/UDP 10.0.0.1:5062;rport;branch=x", from("UDP", "192.0.2.9:40000"), ";rport=40000;branch=x;received=192.0.2.9", "192.0.2.9:40000"},
		{"rport, same address", "SIP/2.0/UDP 192.0.2.9:5060;rport;branch=x", from("UDP", "192.0.2.9:5060"), ";rport=5060;branch=x;received=192.0.2.9", "192.0.2.9:5060"},
		{"name as host", "SIP/2.0/UDP door.example.com;branch=x", from("UDP", "192.0.2.9:1"), ";branch=x;received=192.0.2.9", "192.0.2.9:5060"},
		{"forged received", "SIP/2.0/UDP 192.0.2.9:5060;received=198.51.100.1;branch=x", from("UDP", "192.0.2.9:5060"), ";branch=x", "192.0.2.9:5060"},
		{"IPv6 mapped", "SIP/2.0/UDP 192.0.2.9;branch=x", from("UDP", "[::ffff:192.0.2.9]:5060"), ";branch=x", "[::ffff:192.0.2.9]:5060"},
		{"IPv6 without brackets (RFC 5118 section 4.5)", "SIP/2.0/UDP [2001:db8::9]:5060;branch=x;rport", from("UDP", "[2001:db8::a]:5061"), ";branch=x;rport=5061;received=2001:db8::a", "[2001:db8::a]:5061"},
		{"TCP: same connection", "SIP/2.0/TCP 192.0.2.9:5060;branch=x", from("TCP", "192.0.2.9:40000"), ";branch=x", "192.0.2.9:40000"},
	} {
		via, err := sip.ParseVia(tc.via)
		if err != nil {
			t.Fatal(tc.name, err)
		}
		Stamp(tc.flow, &via)
		if string(via.Params) != tc.want {
			t.Errorf("%s: Via has %q, want %q", tc.name, via.Params, tc.want)
		}
		if got := ReplyFlow(tc.flow, &via).Remote.String(); got != tc.to {
			t.Errorf("%s: response goes to %s, want %s", tc.name, got, tc.to)
		}
	}
}

// The agenda gives transactions in the order of their deadlines however they were put in.
func TestAgendaOrder(t *testing.T) {
	b := newBench(t, Config{})
	for i := range 50 {
		b.now = start.Add(time.Duration(i*37%50) * time.Second)
		b.request(tcp, newRequest(t, "OPTIONS", "TCP", "z9hG4bK"+strings.Repeat("a", i+1)))
	}
	last := time.Time{}
	for b.table.Deadline() != (time.Time{}) {
		now := b.table.Deadline()
		if now.Before(last) {
			t.Fatalf("deadline went back from %v to %v", last, now)
		}
		last = now
		if e, ok := b.table.Advance(now); !ok || e.Kind != Failed {
			t.Fatalf("got %+v", e)
		}
	}
	b.wantEmpty("at the end")
}

// One machine among a full table costs a logarithm, not a scan.
func BenchmarkReceiveRepetition(b *testing.B) {
	sink := &discard{}
	table := NewTable(Config{Sender: sink, MaxServers: 1000})
	m := newRequest(b, "OPTIONS", "UDP", "z9hG4bKa")
	for i := range 1000 {
		c := m.Clone()
		c.Via[0].Params = sip.Params(";branch=z9hG4bK" + strings.Repeat("b", i%100) + string(rune('a'+i%26)))
		table.Receive(start, udp, c)
	}
	table.Receive(start, udp, m)
	b.ReportAllocs()
	for b.Loop() {
		table.Receive(start, udp, m)
	}
}

type discard struct{}

func (*discard) Send(transport.Flow, []byte) {}

// A response finds its client among a full table by a map, not by a scan.
func BenchmarkMatchResponse(b *testing.B) {
	table := NewTable(Config{Sender: &discard{}})
	var response *sip.Message
	for i := range 500 {
		m := newRequest(b, "OPTIONS", "UDP", "z9hG4bK"+strconv.Itoa(i))
		if _, err := table.Request(start, udp, m); err != nil {
			b.Fatal(err)
		}
		response = sip.NewResponse(m, 100, "")
	}
	b.ReportAllocs()
	for b.Loop() {
		if e := table.Receive(start, udp, response); e.Kind != Response {
			b.Fatal(e.Kind)
		}
	}
}
