package pbx

import (
	"errors"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// ring registers the telephones and sends an INVITE of the door to target; it gives the INVITEs the telephones got.
func (b *bench) ring(target string, telephones ...string) (*sip.Message, []packet) {
	b.t.Helper()
	addrs := map[string]string{"kitchen": kitchen, "study": study, "cellar": cellar}
	var want []string
	for _, name := range telephones {
		b.bound(name, addrs[name])
		want = append(want, "INVITE "+name)
	}
	invite := b.request("INVITE", "door", door, target, "Contact: <sip:door@"+door+">")
	b.arrive(b.flow(door), invite)
	got := b.want("INVITE forwarded", want...)
	b.wantEvents("forwarded", Forwarded)
	return invite, got
}

// TestForward is RFC 3261 section 16.6: what a telephone gets.
func TestForward(t *testing.T) {
	b := newBench(t, nil)
	invite, got := b.ring("sip:kitchen@house.example", "kitchen")
	m := got[0].Message
	if got := m.URI.String(); got != "sip:kitchen@192.0.2.20:5060" {
		t.Errorf("Request-URI %s", got)
	}
	if len(m.Via) != 2 || m.Via[0].Host != "192.0.2.1" || m.Via[0].Port != 5060 || m.Via[1].Branch() != invite.Via[0].Branch() {
		t.Errorf("Via %v", m.Via)
	}
	if got, _ := m.Via[1].Params.Get("received"); got != "192.0.2.10" {
		t.Errorf("received %q", got)
	}
	if m.Header.Get("Max-Forwards") != "69" || m.Header.Get("Max-Breadth") != "60" {
		t.Errorf("Max-Forwards %q, Max-Breadth %q", m.Header.Get("Max-Forwards"), m.Header.Get("Max-Breadth"))
	}
	routes, err := m.RecordRoutes()
	if err != nil || len(routes) != 1 || routes[0].URI.Host != "192.0.2.1" || !routes[0].URI.Params.Has("lr") {
		t.Errorf("Record-Route %q", m.Header.Get("Record-Route"))
	}
	if m.CallID != invite.CallID || m.CSeq != invite.CSeq || m.From != invite.From || m.To != invite.To {
		t.Error("the proxy changed what is not its own")
	}
}

// TestCall is a whole call through the Record-Route: 180, 200, ACK, re-INVITE by the callee, BYE.
func TestCall(t *testing.T) {
	b := newBench(t, nil)
	invite, got := b.ring("sip:kitchen@house.example", "kitchen")
	b.answers(got[0], 100)
	b.want("100 is not forwarded (section 16.7, item 5)")
	b.answers(got[0], 180)
	ringing := b.want("180", "180 INVITE door")[0]
	if len(ringing.Via) != 1 || ringing.Via[0].Branch() != invite.Via[0].Branch() {
		t.Errorf("Via of the 180 %v", ringing.Via)
	}
	b.answers(got[0], 200)
	ok := b.want("200", "200 INVITE door")[0]
	b.wantEvents("answered", Answered)
	b.answers(got[0], 200)
	b.want("the telephone repeats its 200 until the ACK (RFC 6026 section 7.1)", "200 INVITE door")

	inDialog := func(method, from, addr string, contact string) *sip.Message {
		m := b.request(method, from, addr, contact, "To: "+ok.To.String(), "From: "+ok.From.String(), "Call-ID: "+ok.CallID)
		m.Header.Add("Route", ok.Header.Get("Record-Route"))
		return m
	}
	b.arrive(b.flow(door), inDialog("ACK", "door", door, "sip:phone@"+kitchen))
	ack := b.want("ACK of the 200", "ACK kitchen")[0]
	if ack.Header.Has("Route") || ack.Header.Has("Record-Route") || len(ack.Via) != 2 || ack.Header.Get("Max-Forwards") != "69" {
		t.Errorf("ACK\n%s", ack)
	}
	b.arrive(b.flow(kitchen), inDialog("INVITE", "kitchen", kitchen, "sip:door@"+door))
	again := b.want("re-INVITE of the callee", "INVITE door")[0]
	if again.Header.Has("Record-Route") {
		t.Error("a re-INVITE gets no Record-Route")
	}
	b.answers(again, 200)
	b.want("its 200", "200 INVITE kitchen")
	b.arrive(b.flow(door), inDialog("BYE", "door", door, "sip:phone@"+kitchen))
	b.answers(b.want("BYE", "BYE kitchen")[0], 200)
	b.want("200 of the BYE", "200 BYE door")
	b.wantEvents("only the first INVITE is a call")
	b.runTo(time.Minute)
	b.want("silence")
	b.wantIdle("after the call")
}

// TestForkAnswered: all telephones ring, the first answer cancels the others (section 16.7, item 10).
func TestForkAnswered(t *testing.T) {
	b := newBench(t, nil)
	_, got := b.ring("sip:all@house.example", "kitchen", "study", "cellar")
	for _, p := range got {
		if p.Header.Get("Max-Breadth") != "20" {
			t.Errorf("Max-Breadth %q, want a third of 60", p.Header.Get("Max-Breadth"))
		}
	}
	b.answers(got[0], 180)
	b.answers(got[1], 180)
	b.want("both ring", "180 INVITE door", "180 INVITE door")
	b.answers(got[1], 200)
	cancels := b.want("the kitchen is cancelled, the silent cellar cannot be yet", "200 INVITE door", "CANCEL kitchen")
	if cancels[1].Via[0].Branch() != got[0].Via[0].Branch() {
		t.Error("the CANCEL has not the branch of its INVITE")
	}
	b.answers(cancels[1], 200)
	b.answers(got[0], 487)
	b.want("487 is acknowledged here and goes no further", "ACK kitchen")
	b.answers(got[2], 180)
	b.want("now the cellar can be cancelled", "CANCEL cellar")
	b.answers(got[2], 200)
	b.want("but it has answered: every 2xx goes up (section 16.7, item 5)", "200 INVITE door")
	b.wantEvents("one call, one answer", Answered)
	b.answers(got[2], 200)
	b.want("its repetition, too", "200 INVITE door")
	b.runTo(2 * time.Minute)
	b.wantIdle("at the end")
}

// TestBestResponse is section 16.7, item 6.
func TestBestResponse(t *testing.T) {
	rows := []struct {
		rule     string
		statuses []int
		want     int
	}{
		{"6xx above all", []int{486, 603, 401}, 603},
		{"the lowest class", []int{500, 486, 502}, 486},
		{"3xx before 4xx", []int{486, 302, 500}, 302},
		{"what helps the caller", []int{486, 415, 404}, 415},
		{"a challenge above that", []int{415, 407, 420}, 407},
		{"busy before absent", []int{480, 486, 404}, 486},
		{"absent before cancelled", []int{487, 480, 487}, 480},
		{"503 becomes 500", []int{503, 503, 503}, 500},
		{"the first of equals", []int{486, 488, 486}, 486},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			b := newBench(t, nil)
			_, got := b.ring("sip:all@house.example", "kitchen", "study", "cellar")
			for i, status := range row.statuses {
				if final := b.take(); len(final) > 0 && final[len(final)-1].Status != 0 {
					t.Fatalf("final response before all have answered: %s", final[len(final)-1].text())
				}
				b.answers(got[i], status, "WWW-Authenticate: x"+nameOf(got[i].flow.Remote.String()))
			}
			sent := b.take()
			last := sent[len(sent)-1]
			if last.Status != row.want || last.flow.Remote.String() != door {
				t.Fatalf("passed up %s, want %d", last.text(), row.want)
			}
			if e := b.wantEvents("refused", Refused)[0]; e.Status != row.want {
				t.Errorf("event %+v", e)
			}
		})
	}
}

// Test6xx cancels the others at once, but waits for them (section 16.7, item 5).
func Test6xx(t *testing.T) {
	b := newBench(t, nil)
	_, got := b.ring("sip:all@house.example", "kitchen", "study")
	b.answers(got[0], 180)
	b.want("ringing", "180 INVITE door")
	b.answers(got[1], 603)
	cancel := b.want("the other is cancelled", "ACK study", "CANCEL kitchen")[1]
	b.answers(cancel, 200)
	b.answers(got[0], 487)
	b.want("then 603 goes up", "ACK kitchen", "603 INVITE door")
}

// TestChallengesAreCollected is section 16.7, item 7.
func TestChallengesAreCollected(t *testing.T) {
	b := newBench(t, nil)
	_, got := b.ring("sip:all@house.example", "kitchen", "study")
	b.answers(got[0], 401, `WWW-Authenticate: Digest realm="a", nonce="1"`)
	b.answers(got[1], 407, `Proxy-Authenticate: Digest realm="b", nonce="2"`)
	sent := b.take()
	last := sent[len(sent)-1]
	if last.Status != 401 || !last.Header.Has("WWW-Authenticate") || !last.Header.Has("Proxy-Authenticate") {
		t.Errorf("passed up\n%s", last)
	}
}

// TestCancel is section 16.10.
func TestCancel(t *testing.T) {
	b := newBench(t, nil)
	invite, got := b.ring("sip:all@house.example", "kitchen", "study")
	b.answers(got[0], 180)
	b.take()
	cancel := invite.Clone()
	cancel.Method, cancel.CSeq.Method = sip.CANCEL, sip.CANCEL
	stranger := cancel.Clone()
	stranger.CallID = "guessed"
	stranger.Via[0].Params = stranger.Via[0].Params.With("branch", "z9hG4bKguessed")
	b.arrive(b.flow(outside), stranger)
	b.want("a CANCEL of nothing", "481 CANCEL outside")
	b.arrive(b.flow(door), cancel)
	b.want("answered here, the ringing one cancelled", "200 CANCEL door", "CANCEL kitchen")
	b.answers(got[0], 487)
	b.want("the other is silent still", "ACK kitchen")
	b.runTo(31900 * time.Millisecond)
	for _, p := range b.take() {
		if p.Method == "" {
			t.Fatalf("%s before the silent telephone is given up", p.text())
		}
	}
	b.runTo(33 * time.Second)
	if sent := b.take(); len(sent) == 0 || sent[0].text() != "487 INVITE door" {
		t.Errorf("sent %v, want 487", sent)
	}
	b.wantEvents("refused", Refused)
	b.runTo(3 * time.Minute)
	b.wantIdle("at the end")
}

// TestTimerC is section 16.8: a telephone may not ring for ever, but each 18x gives it more time.
func TestTimerC(t *testing.T) {
	b := newBench(t, nil)
	_, got := b.ring("sip:kitchen@house.example", "kitchen")
	b.answers(got[0], 180)
	b.runTo(100 * time.Second)
	b.answers(got[0], 180)
	b.want("ringing twice", "180 INVITE door", "180 INVITE door")
	b.runTo(285*time.Second - 1)
	b.want("not yet")
	b.runTo(285 * time.Second)
	cancel := b.want("timer C", "CANCEL kitchen")[0]
	b.answers(cancel, 200)
	b.answers(got[0], 487)
	b.want("its 487", "ACK kitchen", "487 INVITE door")
}

// TestSilentTelephone: no answer at all is 408 after timer B, and 500 if the way is broken.
func TestSilentTelephone(t *testing.T) {
	b := newBench(t, nil)
	b.ring("sip:kitchen@house.example", "kitchen")
	b.runTo(200 * time.Millisecond)
	b.want("the caller is put off", "100 INVITE door")
	b.runTo(32 * time.Second)
	sent := b.take()
	if last := sent[len(sent)-1]; last.text() != "408 INVITE door" {
		t.Errorf("last sent %s", last.text())
	}
	_, got := b.ring("sip:kitchen@house.example", "kitchen")
	b.core.receive(b.now, transport.Event{Kind: transport.Failed, Flow: got[0].flow, Err: syscall.ECONNREFUSED})
	b.core.advance(b.now)
	b.want("an ICMP error ends it at once", "500 INVITE door")
}

// TestNonInvite: other requests are forwarded the same way; their timeout is not told (RFC 4320 section 4.2).
func TestNonInvite(t *testing.T) {
	b := newBench(t, nil)
	b.bound("kitchen", kitchen)
	b.arrive(b.flow(door), b.request("MESSAGE", "door", door, "sip:kitchen@house.example"))
	p := b.want("MESSAGE", "MESSAGE kitchen")[0]
	if p.Header.Has("Record-Route") {
		t.Error("a MESSAGE starts no dialog")
	}
	b.answers(p, 200)
	b.want("its answer", "200 MESSAGE door")
	b.arrive(b.flow(door), b.request("OPTIONS", "door", door, "sip:kitchen@house.example"))
	b.runTo(time.Minute)
	for _, p := range b.take() {
		if p.Status > 100 {
			t.Errorf("%s after a timeout", p.text())
		}
	}
	b.wantIdle("at the end")
	b.wantEvents("no call")
}

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

// TestLoop is section 16.3, item 4 and RFC 5393: what comes back unchanged is refused, a spiral is not.
func TestLoop(t *testing.T) {
	b := newBench(t, nil)
	b.bound("kitchen", kitchen)
	invite := b.request("INVITE", "door", door, "sip:kitchen@house.example")
	b.arrive(b.flow(door), invite)
	p := b.want("forwarded", "INVITE kitchen")[0]
	again := p.Clone()
	again.URI = invite.URI // as another proxy that knows no better would send it
	again.Via = append([]sip.Via{again.Via[0]}, again.Via...)
	again.Via[0].Params = sip.Params("").With("branch", "z9hG4bKother")
	again.Via[0].Host = "192.0.2.20"
	b.arrive(b.flow(kitchen), again)
	b.want("a loop", "482 INVITE kitchen")
	spiral := again.Clone()
	spiral.URI.User = "study"
	spiral.Via[0].Params = sip.Params("").With("branch", "z9hG4bKspiral")
	b.bound("study", study)
	b.arrive(b.flow(kitchen), spiral)
	b.want("a spiral", "INVITE study")
}

// TestStrictRouters is RFC 3261 section 16.12.1.2: one before us, and one behind.
func TestStrictRouters(t *testing.T) {
	b := newBench(t, nil)
	_, got := b.ring("sip:kitchen@house.example", "kitchen")
	b.answers(got[0], 200)
	ok := b.want("200", "200 INVITE door")[0]
	record, _ := ok.RecordRoutes()
	before := b.request("BYE", "door", door, "sip:phone@"+kitchen, "To: "+ok.To.String(), "Call-ID: "+ok.CallID, "Route: <sip:phone@"+kitchen+">")
	before.URI = record[0].URI
	b.arrive(b.flow(door), before)
	bye := b.want("the real target is taken out of the Route", "BYE kitchen")[0]
	if bye.URI.String() != "sip:phone@"+kitchen || bye.Header.Has("Route") {
		t.Errorf("Request-URI %s, Route %q", bye.URI, bye.Header.Get("Route"))
	}
	behind := b.request("BYE", "door", door, "sip:phone@192.0.2.77", "To: "+ok.To.String(), "Call-ID: "+ok.CallID,
		"Route: "+record[0].String(), "Route: <sip:strict@"+study+">", "Route: <sip:last@192.0.2.66;lr>")
	b.arrive(b.flow(door), behind)
	bye = b.want("to the strict router", "BYE study")[0]
	if bye.URI.String() != "sip:strict@"+study || bye.Header.Get("Route") != "<sip:last@192.0.2.66;lr>" {
		t.Errorf("Request-URI %s, Route %q", bye.URI, bye.Header.Get("Route"))
	}
	if all := strings.Join(collect(bye.Header, "Route"), ","); all != "<sip:last@192.0.2.66;lr>,<sip:phone@192.0.2.77>" {
		t.Errorf("Route %s", all)
	}
}

func collect(h sip.Header, name string) []string {
	var values []string
	for value := range h.Values(name) {
		values = append(values, value)
	}
	return values
}

// TestKnownHostsMayCallOut: a registered telephone reaches numeric addresses through the PBX, and names nowhere.
func TestKnownHostsMayCallOut(t *testing.T) {
	b := newBench(t, nil)
	b.bound("kitchen", kitchen)
	for _, row := range []struct{ target, want string }{
		{"sip:gate@198.51.100.7", "INVITE outside"},
		{"sip:gate@gate.example", "502 INVITE kitchen"},
		{"sip:gate@198.51.100.7;transport=tls", "502 INVITE kitchen"},
		{"sip:gate@0.0.0.0", "502 INVITE kitchen"},
		{"sip:gate@224.0.1.75", "502 INVITE kitchen"},
		{"sip:study@192.0.2.30:5070", "INVITE study"},
	} {
		b.bound("study", study)
		b.arrive(b.flow(kitchen), b.request("INVITE", "kitchen", kitchen, row.target))
		b.want(row.target, row.want)
	}
	b.arrive(b.flow(kitchen), b.request("OPTIONS", "kitchen", kitchen, "sip:a@b.example", "Route: <sip:192.0.2.1;lr>", "Route: <sip:198.51.100.7;lr>"))
	b.want("by a Route", "OPTIONS outside")
	b.arrive(b.flow(kitchen), b.request("OPTIONS", "kitchen", kitchen, "sip:a@b.example", "Route: <sip:b.example;lr>"))
	b.want("by a Route with a name", "502 OPTIONS kitchen")
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

// TestNoWayOut: without an address towards a telephone the call fails instead of naming a wrong one.
func TestNoWayOut(t *testing.T) {
	b := newBench(t, nil)
	b.locals[sip.UDP] = []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:5060")}
	b.restart(nil)
	b.bound("kitchen", kitchen)
	b.runTo(time.Minute)
	b.source = netip.Addr{}
	b.arrive(b.flow(door), b.request("INVITE", "door", door, "sip:kitchen@house.example"))
	b.want("no source address", "500 INVITE door")
}

// TestShutdown: what rings is cancelled and its caller told.
func TestShutdown(t *testing.T) {
	b := newBench(t, nil)
	_, got := b.ring("sip:kitchen@house.example", "kitchen")
	b.answers(got[0], 180)
	b.take()
	b.core.shutdown(b.now)
	b.want("the end", "CANCEL kitchen", "503 INVITE door")
}
