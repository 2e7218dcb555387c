package transaction

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// start is the constant beginning of time in these tests.
var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

var (
	udp = transport.Flow{Transport: sip.UDP, Local: netip.MustParseAddrPort("192.0.2.1:5070"), Remote: netip.MustParseAddrPort("192.0.2.9:5060")}
	tcp = transport.Flow{Transport: sip.TCP, Local: netip.MustParseAddrPort("192.0.2.1:5070"), Remote: netip.MustParseAddrPort("192.0.2.9:45060")}
)

// packet is one thing the table has sent.
type packet struct {
	at   time.Duration // since start
	flow transport.Flow
	*sip.Message
}

// what is the start of a packet: method, or status and CSeq method.
func (p packet) what() string {
	if p.IsRequest() {
		return p.Method
	}
	return fmt.Sprintf("%d %s", p.Status, p.CSeq.Method)
}

// bench is a table on a bench: time is a number, the network a list.
type bench struct {
	t     *testing.T
	table *Table
	now   time.Time
	sent  []packet
}

func newBench(t *testing.T, cfg Config) *bench {
	b := &bench{t: t, now: start}
	cfg.Sender = b
	b.table = NewTable(cfg)
	return b
}

// Send records what the table sends.
func (b *bench) Send(f transport.Flow, data []byte) {
	b.t.Helper()
	m, err := sip.Parse(data)
	if err != nil {
		b.t.Fatalf("the table sent what cannot be parsed: %v\n%s", err, data)
	}
	b.sent = append(b.sent, packet{at: b.now.Sub(start), flow: f, Message: m})
}

// runTo lets time pass from deadline to deadline and returns the events on the way.
func (b *bench) runTo(d time.Duration) (events []Event) {
	b.t.Helper()
	end := start.Add(d)
	for range 1000 {
		due := b.table.Deadline()
		if due.IsZero() || due.After(end) {
			b.now = end
			return events
		}
		b.now = maxTime(b.now, due)
		for e, ok := b.table.Advance(b.now); ok; e, ok = b.table.Advance(b.now) {
			events = append(events, e)
		}
	}
	b.t.Fatal("the deadline does not move on")
	return nil
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// take returns what was sent since the last take.
func (b *bench) take() []packet {
	p := b.sent
	b.sent = nil
	return p
}

// want checks what was sent since the last take, as a list of what and, after @, when.
func (b *bench) want(why string, list ...string) []packet {
	b.t.Helper()
	got := b.take()
	var texts []string
	for i, p := range got {
		text := p.what()
		if i < len(list) && strings.Contains(list[i], "@") {
			text += "@" + p.at.String()
		}
		texts = append(texts, text)
	}
	if strings.Join(texts, ", ") != strings.Join(list, ", ") {
		b.t.Fatalf("%s:\n sent %v\n want %v", why, texts, list)
	}
	return got
}

// wantKind checks the kind of one event.
func (b *bench) wantKind(why string, e Event, k Kind) Event {
	b.t.Helper()
	if e.Kind != k {
		b.t.Fatalf("%s: got kind %d, want %d (%+v)", why, e.Kind, k, e)
	}
	return e
}

// wantEvents checks the kinds of events that time brought.
func (b *bench) wantEvents(why string, events []Event, kinds ...Kind) {
	b.t.Helper()
	if len(events) != len(kinds) {
		b.t.Fatalf("%s: got %d events %+v, want %d", why, len(events), events, len(kinds))
	}
	for i, e := range events {
		b.wantKind(why, e, kinds[i])
	}
}

// wantEmpty checks that nothing is left in the table or on its agenda.
func (b *bench) wantEmpty(why string) {
	b.t.Helper()
	clients, servers := b.table.Len()
	if clients+servers+len(b.table.agenda)+len(b.table.ongoing) != 0 {
		b.t.Fatalf("%s: %d clients, %d servers, %d on the agenda, %d ongoing", why, clients, servers, len(b.table.agenda), len(b.table.ongoing))
	}
}

// request sends a request of the user.
func (b *bench) request(f transport.Flow, m *sip.Message) *Client {
	b.t.Helper()
	c, err := b.table.Request(b.now, f, m)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// receive takes a message from the network.
func (b *bench) receive(f transport.Flow, m *sip.Message) Event {
	return b.table.Receive(b.now, f, m.Clone())
}

// respond answers a request as the user.
func (b *bench) respond(s *Server, status int) *sip.Message {
	b.t.Helper()
	m := response(s.Request(), status)
	if err := b.table.Respond(b.now, s, m); err != nil {
		b.t.Fatal(err)
	}
	return m
}

// parse reads a message written with bare line ends.
func parse(t testing.TB, text string) *sip.Message {
	t.Helper()
	m, err := sip.Parse([]byte(strings.ReplaceAll(strings.TrimLeft(text, "\n"), "\n", "\r\n")))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return m
}

// newRequest is a request outside dialogs with everything ACK and CANCEL must take over.
func newRequest(t testing.TB, method, transport, branch string) *sip.Message {
	return parse(t, `
`+method+` sip:bob@example.com SIP/2.0
Via: SIP/2.0/`+transport+` 192.0.2.1:5070;rport;branch=`+branch+`
Max-Forwards: 69
From: "Door" <sip:door@example.com>;tag=a1
To: <sip:bob@example.com>
Call-ID: 314159@192.0.2.1
CSeq: 27 `+method+`
Route: <sip:p1.example.com;lr>
Route: <sip:p2.example.com;lr>
Proxy-Authorization: Digest username="door"
Contact: <sip:door@192.0.2.1:5070>
Require: 100rel
Content-Type: application/sdp

v=0
`)
}

// response answers a request, with a To tag from 101 on.
func response(req *sip.Message, status int) *sip.Message {
	m := sip.NewResponse(req, status, "")
	if status > 100 && m.To.Tag() == "" {
		m.To.Params = m.To.Params.With("tag", "b2")
	}
	return m
}
