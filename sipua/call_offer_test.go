package sipua_test

import (
	"strconv"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/siptest"
)

const heldSDP = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\na=inactive\r\n"

func TestOfferAccepted(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, id, _ := established(t, w)
		door.Offer(id, []byte(heldSDP))
		m := proxy.Want("re-INVITE", "INVITE")
		if m.To.Tag() == "" || m.CSeq.Seq != 2 || string(m.Body) != heldSDP || !m.Header.Has("Contact") {
			t.Errorf("re-INVITE is\n%v", m.Message)
		}
		door.Offer(id, []byte(offerSDP))
		if e := siptest.Event[sipua.Refused](door, "one at a time"); e.Status != 491 {
			t.Errorf("%+v", e)
		}
		proxy.Reply(m, 200, answerSDP, "Contact: <sip:elsewhere@192.0.2.10:5060>")
		ack := proxy.Want("ACK", "ACK")
		if ack.CSeq.Seq != 2 || ack.URI.User != "elsewhere" {
			t.Errorf("the 2xx refreshes the remote target (RFC 3261 section 12.2.1.2):\n%v", ack.Message)
		}
		if e := siptest.Event[sipua.Updated](door, "answered"); string(e.SDP) != answerSDP {
			t.Errorf("%+v", e)
		}
		proxy.Reply(m, 200, answerSDP, "Contact: <sip:elsewhere@192.0.2.10:5060>")
		proxy.Want("a repeated 2xx gets its ACK again", "ACK")
		door.WantNoEvent("and no second event", time.Minute)
	})
}

// RFC 3261 section 14.1: a refused re-INVITE leaves the session as it was.
func TestOfferRefusedKeepsTheCall(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, id, side := established(t, w)
		door.Offer(id, []byte(heldSDP))
		proxy.Reply(proxy.Want("re-INVITE", "INVITE"), 488)
		proxy.Want("ACK", "ACK")
		if e := siptest.Event[sipua.Refused](door, "refused"); e.Status != 488 {
			t.Errorf("%+v", e)
		}
		side.Send("OPTIONS")
		proxy.Want("the call stands", "200 OPTIONS")
		door.WantNoEvent("the call stands", time.Minute)
	})
}

// RFC 3261 section 12.2.1.2: 481 ends the dialog.
func TestOfferMeets481(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, id, side := established(t, w)
		door.Offer(id, []byte(heldSDP))
		proxy.Reply(proxy.Want("re-INVITE", "INVITE"), 481)
		proxy.Want("ACK", "ACK")
		if e := siptest.Event[sipua.Ended](door, "the peer has lost the call"); e.By != sipua.Trouble || e.Status != 481 {
			t.Errorf("%+v", e)
		}
		side.Send("OPTIONS")
		proxy.Want("and so have we", "481 OPTIONS")
	})
}

// RFC 3261 section 14.1: after 491 the owner of the Call-ID waits 2.1 to 4 s in units of 10 ms, the other 0 to 2 s.
func TestGlare(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, id, side := established(t, w)
		door.Offer(id, []byte(heldSDP))
		m := proxy.Want("re-INVITE", "INVITE")
		crossing := side.Send("INVITE", answerSDP)
		proxy.AckRefusal(crossing, proxy.Want("crossing re-INVITE", "491 INVITE"))
		proxy.Reply(m, 491)
		proxy.Want("ACK", "ACK")
		at := time.Now()
		again := proxy.Want("again", "INVITE")
		if wait := again.At.Sub(at); wait < 2100*time.Millisecond || wait > 4*time.Second || wait%(10*time.Millisecond) != 0 {
			t.Errorf("owner of the Call-ID came again after %v", wait)
		}
		if again.CSeq.Seq != m.CSeq.Seq+1 || string(again.Body) != heldSDP {
			t.Errorf("repeated re-INVITE is\n%v", again.Message)
		}
		proxy.Reply(again, 200, answerSDP)
		proxy.Want("ACK", "ACK")
		siptest.Event[sipua.Updated](door, "answered")
	})
}

func TestGlareOfTheOther(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		id, _ := answeredCall(door, proxy, contact)
		door.Offer(id, []byte(heldSDP))
		for range 5 {
			proxy.Reply(proxy.Want("re-INVITE", "INVITE"), 491)
			at := time.Now()
			proxy.Want("ACK", "ACK")
			if wait := time.Since(at); wait > 2*time.Second {
				t.Errorf("waited %v", wait)
			}
		}
		if e := siptest.Event[sipua.Refused](door, "five times are enough"); e.Status != 491 {
			t.Errorf("%+v", e)
		}
	})
}

// answeredCall is a call of the proxy to the door, acknowledged.
func answeredCall(door *siptest.Door, proxy *siptest.Peer, contact string) (sipua.CallID, *siptest.Side) {
	invite := proxy.Call("INVITE", contact, answerSDP)
	in := siptest.Event[sipua.Incoming](door, "a call")
	door.Answer(in.Call, []byte(offerSDP))
	side := proxy.Caller(invite, proxy.Want("200", "200 INVITE"))
	side.Send("ACK")
	siptest.Event[sipua.Established](door, "the call stands")
	return in.Call, side
}

func TestPeersReinvite(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		id, side := answeredCall(door, proxy, contact)
		side.Send("INVITE", heldSDP)
		if e := siptest.Event[sipua.Offered](door, "hold"); e.Call != id || string(e.SDP) != heldSDP {
			t.Errorf("%+v", e)
		}
		second := side.Send("INVITE", heldSDP)
		busy := proxy.Want("RFC 3261 section 14.2: a second before the first is answered", "500 INVITE")
		if wait, err := strconv.Atoi(busy.Header.Get("Retry-After")); err != nil || wait < 0 || wait > 10 {
			t.Errorf("Retry-After %q, want 0 to 10", busy.Header.Get("Retry-After"))
		}
		proxy.AckRefusal(second, busy)
		side.Seq--
		door.Answer(id, []byte(heldSDP))
		ok := proxy.Want("200", "200 INVITE")
		if string(ok.Body) != heldSDP || !ok.Header.Has("Contact") {
			t.Errorf("200 is\n%v", ok.Message)
		}
		proxy.WantIn("repeated until ACK", "200 INVITE", 500*time.Millisecond)
		side.Send("ACK")
		proxy.WantIdle("the ACK ended that", time.Minute)
		door.WantNoEvent("nothing else", 0)
	})
}

// Field bug 6: a re-INVITE without session description wants a full offer, and is never refused with 488.
func TestPeersReinviteWithoutOffer(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		id, side := answeredCall(door, proxy, contact)
		side.Send("INVITE")
		if e := siptest.Event[sipua.Offered](door, "our offer is wanted"); e.SDP != nil {
			t.Errorf("%+v", e)
		}
		door.Answer(id, []byte(offerSDP))
		proxy.Want("200 with our offer", "200 INVITE")
		side.Send("ACK", answerSDP)
		if e := siptest.Event[sipua.Updated](door, "answer in the ACK"); string(e.SDP) != answerSDP {
			t.Errorf("%+v", e)
		}
	})
}

func TestPeersReinviteRefusedOrForgotten(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		id, side := answeredCall(door, proxy, contact)
		first := side.Send("INVITE", heldSDP)
		siptest.Event[sipua.Offered](door, "an offer")
		door.Reject(id, 488)
		proxy.AckRefusal(first, proxy.Want("refused", "488 INVITE"))
		proxy.Ignore("100 INVITE", "REGISTER")
		second := side.Send("INVITE", heldSDP)
		siptest.Event[sipua.Offered](door, "an offer the application forgets")
		proxy.AckRefusal(second, proxy.WantIn("no application is waited for longer", "500 INVITE", 10*time.Second))
		door.WantNoEvent("the call stands", time.Second)
	})
}

// Late offer in both directions, field bug 7.
func TestLateOfferOut(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		id := door.Dial(sipua.Invitation{Account: aor, To: "desk"})
		invite := proxy.Want("INVITE without a body", "INVITE")
		if len(invite.Body) != 0 || invite.Header.Has("Content-Type") {
			t.Errorf("INVITE is\n%v", invite.Message)
		}
		proxy.Reply(invite, 200, offerSDP)
		if e := siptest.Event[sipua.Established](door, "its offer"); !e.WantsAnswer || string(e.SDP) != offerSDP {
			t.Errorf("%+v", e)
		}
		proxy.WantIdle("no ACK before the answer is there", time.Second)
		proxy.Reply(invite, 200, offerSDP)
		door.Answer(id, []byte(answerSDP))
		if ack := proxy.Want("ACK", "ACK"); string(ack.Body) != answerSDP {
			t.Errorf("ACK is\n%v", ack.Message)
		}
		door.WantNoEvent("nothing else", time.Minute)
	})
}

func TestLateOfferOutNeverAnswered(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		door.Dial(sipua.Invitation{Account: aor, To: "desk"})
		proxy.Reply(proxy.Want("INVITE", "INVITE"), 200, offerSDP)
		siptest.Event[sipua.Established](door, "its offer")
		proxy.WantIn("an application that sleeps", "ACK", 10*time.Second)
		proxy.Want("the call is ended properly", "BYE")
		siptest.Event[sipua.Ended](door, "the end")
	})
}

func TestLateOfferIn(t *testing.T) {
	for _, tc := range []struct {
		answer string
		ends   bool
	}{{answerSDP, false}, {"", true}} {
		run(t, func(t *testing.T, w *siptest.World) {
			door, proxy, contact := contactOf(t, w)
			invite := proxy.Call("INVITE", contact)
			in := siptest.Event[sipua.Incoming](door, "a call without offer")
			if in.SDP != nil {
				t.Errorf("%+v", in)
			}
			door.Answer(in.Call, []byte(offerSDP))
			ok := proxy.Want("200 with our offer", "200 INVITE")
			proxy.Caller(invite, ok).Send("ACK", tc.answer)
			if tc.ends {
				proxy.Want("RFC 3261 section 13.2.1: no answer, no session", "BYE")
				siptest.Event[sipua.Ended](door, "the end")
				return
			}
			if e := siptest.Event[sipua.Established](door, "answered"); string(e.SDP) != answerSDP {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestHangupEndsPendingOffers(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		id, side := answeredCall(door, proxy, contact)
		side.Send("INVITE", heldSDP)
		siptest.Event[sipua.Offered](door, "an offer")
		door.Hangup(id)
		proxy.Want("the re-INVITE gets a final response", "487 INVITE")
		proxy.Reply(proxy.Want("BYE", "BYE"), 200)
		siptest.Event[sipua.Ended](door, "the end")
		_ = side
	})
}
