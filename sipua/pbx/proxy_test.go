package pbx

import (
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
