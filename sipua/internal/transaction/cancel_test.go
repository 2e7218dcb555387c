package transaction

import (
	"errors"
	"testing"
	"time"

	"intercom/sipua/sip"
)

// RFC 3261 section 9.1: "If no provisional response has been received, the CANCEL request MUST NOT be sent; rather,
// the client MUST wait for the arrival of a provisional response".
func TestCancelIsHeldUntilProvisional(t *testing.T) {
	b := newBench(t, Config{})
	req := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
	c := b.request(udp, req)
	b.table.Cancel(b.now, c, sip.Field{Name: "Reason", Value: "SIP;cause=200"})
	b.table.Cancel(b.now, c)
	if !c.Cancelled() {
		t.Error("Cancelled is false")
	}
	b.runTo(time.Second)
	b.want("no CANCEL before a 1xx, the INVITE goes on", "INVITE", "INVITE")
	b.receive(udp, response(req, 100))
	cancel := b.want("CANCEL after the 100", "CANCEL@1s")[0]
	checkCancel(t, cancel.Message)
	if cancel.flow != c.Flow() {
		t.Errorf("CANCEL went to %v", cancel.flow)
	}
	b.receive(udp, response(req, 180))
	b.want("one CANCEL only")
}

func checkCancel(t *testing.T, m *sip.Message) {
	t.Helper()
	if len(m.Via) != 1 || m.Via[0].Branch() != "z9hG4bKa" || m.URI.String() != "sip:bob@example.com" {
		t.Errorf("Via %v, URI %v", m.Via, m.URI)
	}
	if m.To.Tag() != "" || m.From.Tag() != "a1" || m.CSeq != (sip.CSeq{Seq: 27, Method: "CANCEL"}) {
		t.Errorf("To %v, From %v, CSeq %v", m.To, m.From, m.CSeq)
	}
	if m.Header.Has("Require") || m.Header.Has("Proxy-Require") || len(m.Body) != 0 {
		t.Error("section 9.1: CANCEL must not contain Require")
	}
	if m.Header.Has("Proxy-Authorization") {
		t.Error("a CANCEL is not challenged and needs no credentials")
	}
	if m.Header.Get("Reason") != "SIP;cause=200" || len(m.Header) != 4 {
		t.Errorf("header is %v, want Max-Forwards, two Routes, Reason", m.Header)
	}
}

// The CANCEL has its own transaction: it is repeated, and its 200 and the 487 go up separately.
func TestCancelRepeatsAndEndsIn487(t *testing.T) {
	b := newBench(t, Config{})
	req := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
	c := b.request(udp, req)
	b.receive(udp, response(req, 180))
	b.table.Cancel(b.now, c)
	b.runTo(time.Second)
	cancel := b.want("CANCEL is repeated until answered", "INVITE", "CANCEL", "CANCEL")[1]
	e := b.wantKind("200 of CANCEL", b.receive(udp, response(cancel.Message, 200)), Response)
	if e.Client == c || e.Client.Request().Method != "CANCEL" {
		t.Error("the 200 belongs to the CANCEL's transaction")
	}
	e = b.wantKind("487", b.receive(udp, response(req, 487)), Response)
	if e.Client != c {
		t.Error("the 487 belongs to the INVITE's transaction")
	}
	b.want("487 is acknowledged", "ACK")
	b.wantEvents("both end", b.runTo(time.Minute), Ended, Ended)
	b.wantEmpty("at the end")
}

// RFC 3261 section 9.1: with no final response 64*T1 after the CANCEL "the client SHOULD then consider the original
// transaction cancelled and SHOULD destroy the client transaction".
func TestCancelWithout487EndsAfter64T1(t *testing.T) {
	b := newBench(t, Config{})
	req := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
	c := b.request(udp, req)
	b.receive(udp, response(req, 180))
	b.runTo(time.Minute)
	b.table.Cancel(b.now, c)
	cancel := b.want("CANCEL", "INVITE", "CANCEL")[1]
	b.receive(udp, response(cancel.Message, 200))
	b.wantEvents("only the CANCEL has ended", b.runTo(92*time.Second-1), Ended)
	events := b.runTo(92 * time.Second)
	b.wantEvents("64*T1", events, Failed)
	if events[0].Client != c || !errors.Is(events[0].Err, ErrTimeout) {
		t.Errorf("got %+v", events[0])
	}
}

// A final response settles the matter: no CANCEL any more, and a 2xx is left to the user to BYE.
func TestCancelAfterFinalDoesNothing(t *testing.T) {
	for _, status := range []int{200, 486} {
		b := newBench(t, Config{})
		req := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
		c := b.request(udp, req)
		b.table.Cancel(b.now, c) // held
		b.wantKind("the final response", b.receive(udp, response(req, status)), Response)
		for _, p := range b.take() {
			if p.Method == "CANCEL" {
				t.Errorf("%d: CANCEL after the final response", status)
			}
		}
	}
	b := newBench(t, Config{})
	req := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
	c := b.request(udp, req)
	b.receive(udp, response(req, 200))
	b.table.Cancel(b.now, c)
	if c.Cancelled() {
		t.Error("an accepted INVITE cannot be cancelled")
	}
	bye := b.request(udp, newRequest(t, "BYE", "UDP", "z9hG4bKb"))
	b.receive(udp, response(bye.Request(), 100))
	b.table.Cancel(b.now, bye)
	b.want("section 9.1: only INVITE is cancelled", "INVITE", "BYE")
}

// RFC 3261 section 9.2: the server matches a CANCEL like the INVITE, and answers it for itself.
func TestServerMatchesCancel(t *testing.T) {
	b := newBench(t, Config{})
	invite := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
	s := b.wantKind("INVITE", b.receive(udp, invite), Request).Server
	e := b.wantKind("CANCEL", b.receive(udp, cancelOf(invite)), Cancel)
	if e.Invite != s || e.Server == s || e.Merged {
		t.Fatalf("CANCEL found %p, INVITE is %p", e.Invite, s)
	}
	b.respond(e.Server, 200)
	b.respond(s, 487)
	b.want("200 and 487", "200 CANCEL", "487 INVITE")
	b.wantKind("a repeated CANCEL is absorbed", b.receive(udp, cancelOf(invite)), None)
	b.want("and answered again", "200 CANCEL")
}

func cancelOf(invite *sip.Message) *sip.Message { return skeleton(invite, sip.CANCEL) }

// A guess at one identifier is not enough to stop a ringing phone.
func TestForgedCancelFindsNothing(t *testing.T) {
	for name, spoil := range map[string]func(m *sip.Message){
		"branch":      func(m *sip.Message) { m.Via[0].Params = m.Via[0].Params.With("branch", "z9hG4bKx") },
		"sent-by":     func(m *sip.Message) { m.Via[0].Port = 9 },
		"Call-ID":     func(m *sip.Message) { m.CallID = "other" },
		"From tag":    func(m *sip.Message) { m.From.Params = ";tag=zz" },
		"To tag":      func(m *sip.Message) { m.To.Params = ";tag=zz" },
		"CSeq":        func(m *sip.Message) { m.CSeq.Seq = 28 },
		"Request-URI": func(m *sip.Message) { m.URI.User = "eve" },
	} {
		b := newBench(t, Config{})
		invite := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
		b.receive(udp, invite)
		m := cancelOf(invite)
		spoil(m)
		if e := b.wantKind(name, b.receive(udp, m), Cancel); e.Invite != nil {
			t.Errorf("a CANCEL with another %s found the INVITE", name)
		}
	}
}
