package pbx

import (
	"errors"
	"strings"
	"testing"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// TestAnswersFromHere: what is not forwarded.
func TestAnswersFromHere(t *testing.T) {
	rows := []struct {
		rule, method, target string
		fields               []string
		want                 int
	}{
		{"OPTIONS to the PBX (section 11)", "OPTIONS", "sip:house.example", nil, 200},
		{"OPTIONS to its address, out of hops", "OPTIONS", "sip:192.0.2.1", []string{"Max-Forwards: 0"}, 200},
		{"INVITE to the PBX itself", "INVITE", "sip:house.example", nil, 405},
		{"no such user", "INVITE", "sip:all@other.example", nil, 403},
		{"nobody registered", "INVITE", "sip:attic@house.example", nil, 480},
		{"group without telephones", "INVITE", "sip:upstairs@house.example:5060", nil, 480},
		{"out of hops (section 16.3, item 3)", "INVITE", "sip:kitchen@house.example", []string{"Max-Forwards: 0"}, 483},
		{"secure scheme without TLS", "INVITE", "sips:kitchen@house.example", nil, 416},
		{"telephone number", "INVITE", "tel:123", nil, 416},
		{"unknown extension (section 16.3, item 5)", "INVITE", "sip:kitchen@house.example", []string{"Proxy-Require: x"}, 420},
		{"broken Route", "INVITE", "sip:kitchen@house.example", []string{"Route: <sip:"}, 400},
		{"too broad (RFC 5393 section 5.3.3)", "INVITE", "sip:kitchen@house.example", []string{"Max-Breadth: 0"}, 440},
		{"voice mail", "SUBSCRIBE", "sip:kitchen@house.example", nil, 489},
		{"presence", "PUBLISH", "sip:kitchen@house.example", nil, 489},
		{"relay by Request-URI", "INVITE", "sip:x@198.51.100.99", nil, 403},
		{"relay by Route", "INVITE", "sip:kitchen@house.example", []string{"Route: <sip:198.51.100.99;lr>"}, 403},
		{"relay by a forged Record-Route", "BYE", "sip:x@198.51.100.99", []string{"Route: <sip:192.0.2.1;lr;d=0123456789abcdef>"}, 403},
		{"REGISTER for elsewhere", "REGISTER", "sip:other.example", nil, 403},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			b := newBench(t, nil)
			b.bound("kitchen", kitchen)
			m := b.request(row.method, "x", outside, "sip:house.example", row.fields...)
			var err error
			if m.URI, err = sip.ParseURI(row.target); err != nil {
				t.Fatal(err)
			}
			b.arrive(b.flow(outside), m)
			got := b.take()
			if len(got) != 1 || got[0].Status != row.want || got[0].flow.Remote.String() != outside || got[0].To.Tag() == "" {
				t.Fatalf("sent %v, want one %d with a To tag", got, row.want)
			}
		})
	}
}

// TestUnknownUser: with a list of users others are not found.
func TestUnknownUser(t *testing.T) {
	b := newBench(t, func(c *Config) { withUsers(c); c.HasFreeCalls = true })
	b.arrive(b.flow(outside), b.request("INVITE", "x", outside, "sip:nobody@house.example"))
	b.want("no such user", "404 INVITE outside")
}

// TestCallsAreAuthenticated: 407 for whoever is not a known user, and credentials stay here.
func TestCallsAreAuthenticated(t *testing.T) {
	b := newBench(t, withUsers)
	flow, contact := b.flow(kitchen), "Contact: <sip:kitchen@192.0.2.20:5060>"
	register := b.request("REGISTER", "kitchen", kitchen, "sip:house.example", "To: <sip:kitchen@house.example>", contact)
	b.arrive(flow, register)
	b.arrive(flow, b.authorized(register, b.want("challenge", "401 REGISTER kitchen")[0].Message, "kitchen", "kitchen!"))
	b.want("registered", "200 REGISTER kitchen")

	invite := b.request("INVITE", "door", door, "sip:kitchen@house.example")
	b.arrive(b.flow(door), invite)
	challenge := b.want("407", "407 INVITE door")[0].Message
	b.arrive(b.flow(door), b.authorized(invite, challenge, "door", "wrong"))
	b.want("wrong password", "407 INVITE door")
	forged := b.request("INVITE", "study", door, "sip:kitchen@house.example")
	b.arrive(b.flow(door), forged)
	b.arrive(b.flow(door), b.authorized(forged, b.take()[0].Message, "door", "door!"))
	b.want("in another's name", "403 INVITE door")
	invite.Via[0].Params = invite.Via[0].Params.With("branch", "z9hG4bKonce")
	b.arrive(b.flow(door), invite)
	good := b.authorized(invite, b.take()[0].Message, "door", "door!")
	good.Header.Add("Proxy-Authorization", `Digest username="a", realm="elsewhere", nonce="n", uri="sip:x", response="r"`)
	b.arrive(b.flow(door), good)
	p := b.want("forwarded", "INVITE kitchen")[0]
	if got := p.Header.Get("Proxy-Authorization"); !strings.Contains(got, "elsewhere") || strings.Contains(p.String(), `realm="house.example"`) {
		t.Errorf("credentials for us reach the telephone: %q", got)
	}
	b.answers(p, 200)
	ok := b.want("200", "200 INVITE door")[0]
	bye := b.request("BYE", "door", door, "sip:phone@"+kitchen, "To: "+ok.To.String(), "Call-ID: "+ok.CallID, "Route: "+ok.Header.Get("Record-Route"))
	b.arrive(b.flow(door), bye)
	b.want("no password inside the call", "BYE kitchen")
}

// TestAckIsNoRelay: an ACK that belongs to no call of ours is dropped.
func TestAckIsNoRelay(t *testing.T) {
	b := newBench(t, nil)
	b.bound("kitchen", kitchen)
	_, got := b.ring("sip:kitchen@house.example", "kitchen")
	b.answers(got[0], 200)
	ok := b.want("200", "200 INVITE door")[0]
	route := "Route: " + ok.Header.Get("Record-Route")
	for _, fields := range [][]string{
		nil, {route}, {route, "Call-ID: " + ok.CallID, "Max-Forwards: 0"}, {"Route: <sip:"},
	} {
		m := b.request("ACK", "x", outside, "sip:phone@"+kitchen)
		m.Header.Del("Max-Forwards")
		for _, field := range fields {
			key, value, _ := strings.Cut(field, ": ")
			setField(t, m, key, value)
		}
		b.arrive(b.flow(outside), m)
		b.want(strings.Join(fields, " "))
	}
	b.arrive(b.flow(outside), b.request("ACK", "x", outside, "sip:a@b.example", route, "Call-ID: "+ok.CallID))
	b.want("no way there")
}

// TestMalformed: what cannot be read whole is answered with what its error says, without a transaction.
func TestMalformed(t *testing.T) {
	b := newBench(t, nil)
	text := strings.ReplaceAll("INVITE sip:a@house.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bKx\nFrom: <sip:a@b>;tag=1\n"+
		"To: <sip:a@b>\nCall-ID: 1\nCSeq: 1 BYE\n\n", "\n", "\r\n")
	m, err := sip.Parse([]byte(text))
	var syntax *sip.SyntaxError
	if !errors.As(err, &syntax) || m == nil {
		t.Fatalf("parsed as %v, %v", m, err)
	}
	b.core.receive(b.now, transport.Event{Kind: transport.Received, Flow: b.flow(kitchen), Message: m, Err: err})
	if got := b.take(); len(got) != 1 || got[0].Status != syntax.Status {
		t.Errorf("sent %v, want a %d", got, syntax.Status)
	}
	b.core.receive(b.now, transport.Event{Kind: transport.Received, Flow: b.flow(kitchen), Err: err})
	b.core.receive(b.now, transport.Event{Kind: transport.Pong, Flow: b.tcp(kitchen)})
	b.want("nothing to answer")
	b.wantIdle("no transaction")
}

// TestOverload: a full table refuses, and what runs goes on.
func TestOverload(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxTransaction = 2 })
	_, got := b.ring("sip:kitchen@house.example", "kitchen")
	b.arrive(b.flow(outside), b.request("OPTIONS", "x", outside, "sip:house.example"))
	p := b.want("refused", "503 OPTIONS outside")[0]
	if p.Header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	b.answers(got[0], 486)
	b.want("the call ends as it should", "ACK kitchen", "486 INVITE door")
}

// TestTooManyBranches: telephones there is no transaction for count as failed, the others ring.
func TestTooManyBranches(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxTransaction = 4 })
	for name, addr := range map[string]string{"kitchen": kitchen, "study": study, "cellar": cellar} {
		b.bound(name, addr)
	}
	b.runTo(40 * time.Second) // the REGISTERs' transactions are over
	for range 3 {
		filler := b.request("OPTIONS", "x", outside, "sip:x@"+outside)
		if _, err := b.core.table.Request(b.now, b.flow(outside), filler); err != nil {
			t.Fatal(err)
		}
	}
	b.take()
	b.arrive(b.flow(door), b.request("INVITE", "door", door, "sip:all@house.example"))
	got := b.want("one rings", "INVITE kitchen")
	b.answers(got[0], 404)
	b.want("404 is better than our 500", "ACK kitchen", "404 INVITE door")
}
