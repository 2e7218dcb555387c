package pbx

import (
	"errors"
	"io"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"intercom/sipua/digest"
	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// TestWayToTelephone: where an INVITE goes for each kind of registration.
func TestWayToTelephone(t *testing.T) {
	const natted = "192.0.2.20:61000"
	rows := []struct {
		rule    string
		tcp     bool
		from    string
		contact string
		want    string // transport and address, a star for the connection the REGISTER came over; empty: 480
	}{
		{"the contact on the telephone's own host", false, natted, "sip:k@192.0.2.20:5062", "UDP 192.0.2.20:5062"},
		{"the default port", false, natted, "sip:k@192.0.2.20", "UDP 192.0.2.20:5060"},
		{"behind address translation", false, natted, "sip:k@10.0.0.5:5060", "UDP " + natted},
		{"a host name", false, natted, "sip:k@phone.example", "UDP " + natted},
		{"somebody else's address is not believed", false, natted, "sip:k@198.51.100.7", "UDP " + natted},
		{"registered by UDP, wants TCP", false, natted, "sip:k@192.0.2.20;transport=tcp", "TCP 192.0.2.20:5060"},
		{"the connection that is there", true, natted, "sip:k@192.0.2.20:5060;transport=tcp", "TCP* " + natted},
		{"the connection, contact without transport", true, natted, "sip:k@192.0.2.20:61000", "TCP* " + natted},
		{"the connection, behind address translation", true, natted, "sip:k@10.0.0.5;transport=tcp", "TCP* " + natted},
		{"registered by TCP, wants UDP", true, natted, "sip:k@192.0.2.20;transport=udp", "UDP 192.0.2.20:5060"},
		{"a transport nobody has", true, natted, "sip:k@192.0.2.20;transport=ws", "TCP* " + natted},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			b := newBench(t, nil)
			flow := b.flow(row.from)
			if row.tcp {
				flow = b.tcp(row.from)
			}
			if r := b.registersBy(flow, "kitchen", row.from, "Contact: <"+row.contact+">"); r.Status != 200 {
				t.Fatalf("REGISTER: %d", r.Status)
			}
			b.arrive(b.flow(door), b.request("INVITE", "door", door, "sip:kitchen@house.example"))
			got := b.take()
			if len(got) != 1 || got[0].Method != sip.INVITE {
				t.Fatalf("sent %v", got)
			}
			way := got[0].flow.Transport
			if way == sip.TCP && got[0].flow == flow {
				way += "*"
			}
			if way += " " + got[0].flow.Remote.String(); way != row.want {
				t.Errorf("sent by %s, want %s", way, row.want)
			}
			if got[0].Via[0].Transport != got[0].flow.Transport {
				t.Errorf("Via says %s", got[0].Via[0].Transport)
			}
		})
	}
}

// TestTwoTransports: two Record-Routes where the sides differ (RFC 5658), and a BYE through both.
func TestTwoTransports(t *testing.T) {
	b := newBench(t, nil)
	flow := b.tcp("192.0.2.20:61000")
	b.registersBy(flow, "kitchen", "192.0.2.20:61000", "Contact: <sip:k@192.0.2.20:61000;transport=tcp>")
	b.arrive(b.flow(door), b.request("INVITE", "door", door, "sip:kitchen@house.example"))
	p := b.take()[0]
	records, err := p.RecordRoutes()
	if err != nil || len(records) != 2 {
		t.Fatalf("Record-Route %v, %v", records, err)
	}
	if top, _ := records[0].URI.Param("transport"); top != "tcp" || records[1].URI.Params.Has("transport") {
		t.Errorf("Record-Route %v: the callee's side must be on top", records)
	}
	b.answers(p, 200)
	ok := b.take()[0]
	bye := b.request("BYE", "door", door, "sip:k@192.0.2.20:61000;transport=tcp", "To: "+ok.To.String(), "Call-ID: "+ok.CallID,
		"Route: "+records[1].String(), "Route: "+records[0].String())
	b.arrive(b.flow(door), bye)
	if got := b.take(); len(got) != 1 || got[0].flow != flow || got[0].Header.Has("Route") {
		t.Errorf("BYE sent as %v", got)
	}
}

// TestClosedConnection: the contact's own address is tried, and a telephone without one is absent.
func TestClosedConnection(t *testing.T) {
	b := newBench(t, nil)
	flow := b.tcp("192.0.2.20:61000")
	b.registersBy(flow, "kitchen", "192.0.2.20:61000", "Contact: <sip:k@192.0.2.20;transport=tcp>")
	b.arrive(b.flow(door), b.request("INVITE", "door", door, "sip:kitchen@house.example"))
	if p := b.take()[0]; p.flow != flow {
		t.Fatalf("sent by %v", p.flow)
	}
	fail := func(f transport.Flow) {
		b.core.receive(b.now, transport.Event{Kind: transport.Failed, Flow: f, Err: io.EOF})
		b.core.advance(b.now)
	}
	fail(flow)
	spare := b.want("the spare way", "INVITE kitchen")[0]
	if spare.flow.Transport != sip.TCP || spare.flow.Local.IsValid() {
		t.Errorf("sent by %v", spare.flow)
	}
	fail(spare.flow)
	b.want("there is no third", "500 INVITE door")
	b.arrive(b.flow(door), b.request("INVITE", "door", door, "sip:kitchen@house.example"))
	if p := b.take()[0]; p.flow != spare.flow {
		t.Errorf("the next call goes by %v", p.flow)
	}
	hidden := b.tcp("192.0.2.30:61000")
	b.registersBy(hidden, "study", "192.0.2.30:61000", "Contact: <sip:k@10.0.0.5;transport=tcp>")
	fail(hidden)
	b.arrive(b.flow(door), b.request("INVITE", "door", door, "sip:study@house.example"))
	b.want("hidden behind a closed connection", "480 INVITE door")
	udp := b.flow(cellar)
	b.bound("cellar", cellar)
	b.core.receive(b.now, transport.Event{Kind: transport.Failed, Flow: udp, Err: syscall.ECONNREFUSED})
	b.arrive(b.flow(door), b.request("INVITE", "door", door, "sip:cellar@house.example"))
	b.want("an ICMP error is of the moment", "INVITE cellar")
}

// TestForkOrder: by q, then the freshest, each contact once, no more than MaxForks.
func TestForkOrder(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.MaxForks = 3
		c.Groups = []Group{{"twice", []string{"kitchen", "study", "kitchen"}}, {"many", []string{"cellar", "study"}}}
	})
	b.registers("kitchen", kitchen, "Contact: <sip:k@"+kitchen+">;q=0.2")
	b.registers("kitchen", cellar, "Contact: <sip:k@"+cellar+">;q=0.9")
	b.runTo(time.Second)
	b.registers("study", study, "Contact: <sip:s@"+study+">;q=7")
	b.arrive(b.flow(door), b.request("INVITE", "door", door, "sip:twice@house.example"))
	b.want("each once", "INVITE cellar", "INVITE kitchen", "INVITE study")
	for _, port := range []string{"1", "2", "3", "4"} {
		b.registers("cellar", cellar, "Contact: <sip:c@192.0.2.40:700"+port+">")
	}
	b.arrive(b.flow(door), b.request("INVITE", "door", door, "sip:many@house.example"))
	if got := b.take(); len(got) != 3 {
		t.Errorf("%d telephones ring, want 3", len(got))
	}
}

// TestOwnAddresses: what leads here and what does not.
func TestOwnAddresses(t *testing.T) {
	b := newBench(t, nil)
	b.locals = map[string][]netip.AddrPort{
		sip.UDP: {netip.MustParseAddrPort("[::]:5070")}, sip.TCP: {netip.MustParseAddrPort("0.0.0.0:5070"), netip.MustParseAddrPort("[2001:db8::1]:5070")},
	}
	b.restart(func(c *Config) { c.Aliases = []string{"Door"} })
	own := &b.core.own
	own.refresh(b.now)
	if own.has("192.0.2.1", 5070) {
		t.Fatal("the wildcard's address is known before anything came")
	}
	if got := own.of(b.flow(kitchen)); got.String() != "192.0.2.1:5070" {
		t.Errorf("address for the kitchen %v", got)
	}
	for host, want := range map[string]bool{
		"house.example": true, "HOUSE.example.": true, "door": true, "192.0.2.1": true, "2001:db8::1": true, "192.0.2.2": false, "other.example": false,
	} {
		if got := own.has(host, 5070); got != want {
			t.Errorf("%s:5070 is own: %v", host, got)
		}
	}
	if own.has("house.example", 5060) || !own.has("house.example", 0) || own.has("192.0.2.1", 0) || own.has("192.0.2.1", 70000) {
		t.Error("ports are not told apart")
	}
	tcp6 := transport.Flow{Transport: sip.TCP, Remote: netip.MustParseAddrPort("[2001:db8::9]:1")}
	if got := own.of(tcp6); got.String() != "[2001:db8::1]:5070" {
		t.Errorf("address by TCP and IPv6 %v", got)
	}
	if got := own.of(transport.Flow{Transport: sip.TLS, Remote: netip.MustParseAddrPort(kitchen)}); got.IsValid() {
		t.Errorf("address by TLS %v", got)
	}
	b.source = netip.MustParseAddr("192.0.2.2")
	if got := own.of(b.flow(kitchen)); got.String() != "192.0.2.1:5070" {
		t.Errorf("address asked for again at once: %v", got)
	}
	own.refresh(b.now.Add(sourceLifetime))
	if got := own.of(b.flow(kitchen)); got.String() != "192.0.2.2:5070" {
		t.Errorf("address after the host's has changed: %v", got)
	}
	for i := range 100 {
		own.learn(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(i+1)))
	}
	if len(own.numeric) > maxAddresses {
		t.Errorf("%d addresses remembered", len(own.numeric))
	}
}

func TestConfigErrors(t *testing.T) {
	listen := []Listen{{Transport: sip.UDP, Address: "127.0.0.1:0"}}
	user := []User{{"a", "x"}}
	for name, cfg := range map[string]Config{
		"no domain":         {Listen: listen, Users: user},
		"no socket":         {Domain: "d", Users: user},
		"nobody":            {Domain: "d", Listen: listen},
		"user twice":        {Domain: "d", Listen: listen, Users: append(user, user...)},
		"no password":       {Domain: "d", Listen: listen, Users: []User{{"a", ""}}},
		"expiries crossed":  {Domain: "d", Listen: listen, Users: user, MinExpires: time.Hour, MaxExpires: time.Minute},
		"group like a user": {Domain: "d", Listen: listen, Users: user, Groups: []Group{{"a", nil}}},
		"group twice":       {Domain: "d", Listen: listen, Users: user, Groups: []Group{{"g", nil}, {"g", nil}}},
		"group of nobody":   {Domain: "d", Listen: listen, Users: user, Groups: []Group{{"g", []string{"b"}}}},
		"bad socket":        {Domain: "d", Listen: []Listen{{Transport: "X", Address: "127.0.0.1:0"}}, Users: user},
		"no random bytes":   {Domain: "d", Listen: listen, Users: user, Rand: noEntropy{}},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

type noEntropy struct{}

func (noEntropy) Read([]byte) (int, error) { return 0, errors.New("no entropy") }

func TestRandomSourceRunsDry(t *testing.T) {
	b := newBench(t, nil)
	b.core.cfg.Rand = noEntropy{}
	defer func() {
		if recover() == nil {
			t.Error("a tag was made without random bytes")
		}
	}()
	b.core.random()
}

// TestChallengeWithoutRandomBytes: a digest server whose source fails cannot challenge.
func TestChallengeWithoutRandomBytes(t *testing.T) {
	b := newBench(t, withUsers)
	source := &failing{left: 32}
	server, err := digest.NewServer(digest.ServerConfig{Realm: "house.example", Rand: source})
	if err != nil {
		t.Fatal(err)
	}
	b.core.digest = server
	if r := b.registers("kitchen", kitchen); r.Status != 500 {
		t.Errorf("%d, want 500", r.Status)
	}
}

// failing gives so many bytes and no more.
type failing struct{ left int }

func (f *failing) Read(p []byte) (int, error) {
	if f.left < len(p) {
		return 0, errors.New("no entropy")
	}
	f.left -= len(p)
	return len(p), nil
}

func TestKindNames(t *testing.T) {
	if Registered.String() != "registered" || Refused.String() != "refused" || Kind(9).String() != "kind 9" {
		t.Error("kinds have other names")
	}
}
