package pbx

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"intercom/sipua/digest"
	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const (
	door    = "192.0.2.10:5060"
	kitchen = "192.0.2.20:5060"
	study   = "192.0.2.30:5070"
	cellar  = "192.0.2.40:5060"
	outside = "198.51.100.7:5060"
)

// packet is one thing the core has sent.
type packet struct {
	at   time.Duration
	flow transport.Flow
	*sip.Message
}

// text is "INVITE kitchen" or "200 INVITE kitchen": what, and to whom.
func (p packet) text() string {
	what := p.Method
	if !p.IsRequest() {
		what = fmt.Sprintf("%d %s", p.Status, p.CSeq.Method)
	}
	return what + " " + nameOf(p.flow.Remote.String())
}

func nameOf(addr string) string {
	for name, a := range map[string]string{"door": door, "kitchen": kitchen, "study": study, "cellar": cellar, "outside": outside} {
		if a == addr {
			return name
		}
	}
	return addr
}

// bench is a core on a bench: time is a number, the network a list.
type bench struct {
	t      *testing.T
	core   *core
	now    time.Time
	sent   []packet
	events []Event
	locals map[string][]netip.AddrPort
	source netip.Addr // what Source says; invalid: no way
	serial int
}

// newBench is an open PBX of house.example on 192.0.2.1:5060, UDP and TCP; change alters its Config.
func newBench(t *testing.T, change func(*Config)) *bench {
	t.Helper()
	local := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:5060")}
	b := &bench{t: t, now: start, locals: map[string][]netip.AddrPort{sip.UDP: local, sip.TCP: local}, source: local[0].Addr()}
	b.restart(change)
	return b
}

func (b *bench) restart(change func(*Config)) {
	b.t.Helper()
	cfg := Config{
		Domain: "house.example", IsOpen: true, Listen: []Listen{{Transport: sip.UDP, Address: "192.0.2.1:5060"}},
		Groups: []Group{{"all", []string{"kitchen", "study", "cellar"}}, {"upstairs", []string{"study"}}},
	}
	if change != nil {
		change(&cfg)
	}
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		b.t.Fatal(err)
	}
	core, err := newCore(cfg, b, func(e Event) { b.events = append(b.events, e) })
	if err != nil {
		b.t.Fatal(err)
	}
	b.core = core
}

// Send records what the core sends.
func (b *bench) Send(f transport.Flow, data []byte) {
	b.t.Helper()
	m, err := sip.Parse(data)
	if err != nil && strings.HasPrefix(string(data), "SIP/2.0 ") {
		return // the answer to a broken request carries what could be read of it
	}
	if err != nil {
		b.t.Fatalf("the core sent what cannot be parsed: %v\n%s", err, data)
	}
	b.sent = append(b.sent, packet{at: b.now.Sub(start), flow: f, Message: m})
}

func (b *bench) FlowTo(name string, remote netip.AddrPort, _ string) transport.Flow {
	f := transport.Flow{Transport: name, Remote: remote}
	if name == sip.UDP {
		f.Local = b.locals[sip.UDP][0]
	}
	return f
}

func (b *bench) Local(name string) []netip.AddrPort { return b.locals[name] }

func (b *bench) Source(netip.AddrPort) (netip.Addr, error) {
	if !b.source.IsValid() {
		return netip.Addr{}, errors.New("network is unreachable")
	}
	return b.source, nil
}

// flow is the UDP flow to a peer.
func (b *bench) flow(addr string) transport.Flow {
	return transport.Flow{Transport: sip.UDP, Local: b.locals[sip.UDP][0], Remote: netip.MustParseAddrPort(addr)}
}

// tcp is the flow of a connection a peer has opened.
func (b *bench) tcp(addr string) transport.Flow {
	return transport.Flow{Transport: sip.TCP, Local: b.locals[sip.TCP][0], Remote: netip.MustParseAddrPort(addr)}
}

// arrive brings a message from the network.
func (b *bench) arrive(f transport.Flow, m *sip.Message) {
	b.core.receive(b.now, transport.Event{Kind: transport.Received, Flow: f, Local: f.Local, Message: m.Clone()})
	b.core.advance(b.now)
}

// runTo lets time pass from deadline to deadline.
func (b *bench) runTo(d time.Duration) {
	b.t.Helper()
	end := start.Add(d)
	for range 10000 {
		wait := b.core.wait(b.now)
		if b.now.Add(wait).After(end) {
			b.now = end
			return
		}
		b.now = b.now.Add(wait)
		b.core.advance(b.now)
	}
	b.t.Fatal("the deadline does not move on")
}

// take returns what was sent since the last take.
func (b *bench) take() []packet {
	p := b.sent
	b.sent = nil
	return p
}

// want checks what was sent since the last take.
func (b *bench) want(why string, list ...string) []packet {
	b.t.Helper()
	got := b.take()
	var texts []string
	for _, p := range got {
		texts = append(texts, p.text())
	}
	if strings.Join(texts, ", ") != strings.Join(list, ", ") {
		b.t.Fatalf("%s:\n sent %v\n want %v", why, texts, list)
	}
	return got
}

// wantEvents checks the kinds of the events since the last time.
func (b *bench) wantEvents(why string, kinds ...Kind) []Event {
	b.t.Helper()
	got := b.events
	b.events = nil
	var texts []string
	for _, e := range got {
		texts = append(texts, e.Kind.String())
	}
	if strings.Join(texts, " ") != strings.Join(names(kinds), " ") {
		b.t.Fatalf("%s: events %v, want %v", why, texts, names(kinds))
	}
	return got
}

func names(kinds []Kind) []string {
	var texts []string
	for _, k := range kinds {
		texts = append(texts, k.String())
	}
	return texts
}

// wantIdle checks that nothing is left over after everything has ended.
func (b *bench) wantIdle(why string) {
	b.t.Helper()
	clients, servers := b.core.table.Len()
	if clients+servers+len(b.core.calls) != 0 {
		b.t.Fatalf("%s: %d client and %d server transactions, %d calls", why, clients, servers, len(b.core.calls))
	}
}

// parse reads a message written with bare line ends.
func parse(t testing.TB, text string) *sip.Message {
	t.Helper()
	m, err := sip.Parse([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return m
}

// request makes a request of a telephone at addr: user name as From, target as Request-URI and To. Each has a Call-ID
// of its own unless fields say otherwise.
func (b *bench) request(method, name, addr, target string, fields ...string) *sip.Message {
	b.t.Helper()
	b.serial++
	text := fmt.Sprintf(`%s %s SIP/2.0
Via: SIP/2.0/UDP %s;branch=z9hG4bKt%d;rport
From: <sip:%s@house.example>;tag=from%d
To: <%s>
Call-ID: call%d
CSeq: 1 %s
Max-Forwards: 70
`, method, target, addr, b.serial, name, b.serial, target, b.serial, method)
	m := parse(b.t, text+"\n")
	for _, field := range fields {
		key, value, _ := strings.Cut(field, ": ")
		setField(b.t, m, key, value)
	}
	return m
}

// setField replaces a field, also one that Message holds apart.
func setField(t testing.TB, m *sip.Message, key, value string) {
	t.Helper()
	var err error
	switch key {
	case "To":
		m.To, err = sip.ParseAddress(value)
	case "From":
		m.From, err = sip.ParseAddress(value)
	case "Call-ID":
		m.CallID = value
	case "CSeq":
		_, err = fmt.Sscan(value, &m.CSeq.Seq)
	case "Max-Forwards":
		m.Header.Set(key, value)
	default:
		m.Header.Add(key, value)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// registers sends a REGISTER of a telephone and gives the answer.
func (b *bench) registers(name, addr string, fields ...string) *sip.Message {
	b.t.Helper()
	return b.registersBy(b.flow(addr), name, addr, fields...)
}

func (b *bench) registersBy(f transport.Flow, name, addr string, fields ...string) *sip.Message {
	b.t.Helper()
	m := b.request("REGISTER", name, addr, "sip:house.example", append([]string{"To: <sip:" + name + "@house.example>"}, fields...)...)
	b.arrive(f, m)
	got := b.take()
	if len(got) != 1 || got[0].IsRequest() {
		b.t.Fatalf("REGISTER of %s answered with %d packets", name, len(got))
	}
	return got[0].Message
}

// bound registers the usual Contact of a telephone.
func (b *bench) bound(name, addr string) {
	b.t.Helper()
	r := b.registers(name, addr, "Contact: <sip:"+name+"@"+addr+">")
	if r.Status != 200 {
		b.t.Fatalf("registration of %s: %d %s", name, r.Status, r.Reason)
	}
	b.events = nil
}

// answers sends a telephone's response to a request it got.
func (b *bench) answers(p packet, status int, fields ...string) *sip.Message {
	b.t.Helper()
	m := sip.NewResponse(p.Message, status, "")
	if status > 100 {
		m.To.Params = m.To.Params.With("tag", "to"+nameOf(p.flow.Remote.String()))
	}
	for value := range p.Header.Values("Record-Route") {
		m.Header.Add("Record-Route", value)
	}
	if status/100 == 2 {
		m.Header.Add("Contact", "<sip:phone@"+p.flow.Remote.String()+">")
	}
	for _, field := range fields {
		key, value, _ := strings.Cut(field, ": ")
		setField(b.t, m, key, value)
	}
	b.arrive(p.flow, m)
	return m
}

// withUsers is a Config that asks for passwords: each user's is the name with "!".
func withUsers(cfg *Config) {
	cfg.IsOpen = false
	for _, name := range []string{"door", "kitchen", "study", "cellar"} {
		cfg.Users = append(cfg.Users, User{name, digest.Secret(name + "!")})
	}
}

// authorized repeats a request with the answer to a challenge.
func (b *bench) authorized(m, challenge *sip.Message, name string, password digest.Secret) *sip.Message {
	b.t.Helper()
	client := digest.NewClient(digest.ClientConfig{Username: name, Password: password})
	var values []string
	for _, field := range []string{"WWW-Authenticate", "Proxy-Authenticate"} {
		for value := range challenge.Header.Values(field) {
			values = append(values, value)
		}
	}
	var try digest.Attempt
	if err := client.Challenged(&try, challenge.Status, values); err != nil {
		b.t.Fatal(err)
	}
	again := m.Clone()
	b.serial++
	again.Via[0].Params = again.Via[0].Params.With("branch", fmt.Sprintf("z9hG4bKt%d", b.serial))
	again.CSeq.Seq++
	for _, f := range client.Authorize(&try, digest.Request{Method: m.Method, URI: m.URI.String(), Body: m.Body}) {
		again.Header.Add(f.Name, f.Value)
	}
	return again
}
