package sipua_test

import (
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/siptest"
)

// dial places a call of the door to the desk behind the proxy.
func dial(door *siptest.Door, proxy *siptest.Peer) (sipua.CallID, *siptest.Received) {
	id := door.Dial(sipua.Invitation{Account: aor, To: "desk", SDP: []byte(offerSDP)})
	return id, proxy.Want("INVITE", "INVITE")
}

// RFC 3261 section 9.1: no CANCEL before a provisional response. Field bug 11.
func TestHangupBeforeAnyResponse(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		id, invite := dial(door, proxy)
		door.Hangup(id)
		if e := siptest.Event[sipua.Ended](door, "for the application it is over at once"); e.By != sipua.Local {
			t.Errorf("%+v", e)
		}
		proxy.WantIn("only the INVITE is repeated", "INVITE", 500*time.Millisecond)
		proxy.Reply(invite, 100)
		cancel := proxy.WantIn("CANCEL after the 1xx", "CANCEL", 0)
		if cancel.Via[0].Branch() != invite.Via[0].Branch() || cancel.CSeq.Seq != invite.CSeq.Seq || cancel.URI != invite.URI {
			t.Errorf("CANCEL is\n%v", cancel.Message)
		}
		proxy.Reply(cancel, 200)
		proxy.Reply(invite, 487)
		proxy.Want("487 has its ACK", "ACK")
		door.WantNoEvent("nothing more to tell", 5*time.Minute)
	})
}

// A server that never answers: the held CANCEL is never sent, and all ends with timer B.
func TestHangupWithSilentServer(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk := w.Peer("192.0.2.20")
		door := w.Door(sipua.Config{})
		id := door.Dial(sipua.Invitation{To: "sip:desk@192.0.2.20", SDP: []byte(offerSDP)})
		desk.Want("INVITE", "INVITE")
		door.Hangup(id)
		siptest.Event[sipua.Ended](door, "the end")
		desk.Ignore("INVITE")
		desk.WantIdle("neither CANCEL nor BYE", 5*time.Minute)
		door.WantNoEvent("nor another event", time.Second)
	})
}

// Field bug 11: the 200 crosses the CANCEL. It is acknowledged and ended.
func Test200CrossesCancel(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		id, invite := dial(door, proxy)
		proxy.Reply(invite, 180)
		siptest.Event[sipua.Ringing](door, "ringing")
		door.Hangup(id)
		siptest.Event[sipua.Ended](door, "hung up")
		cancel := proxy.Want("CANCEL", "CANCEL")
		proxy.Reply(invite, 200, answerSDP)
		proxy.Reply(cancel, 200)
		proxy.Want("the late 200 is acknowledged", "ACK")
		bye := proxy.Want("and ended", "BYE")
		proxy.Reply(bye, 200)
		door.WantNoEvent("the application has heard of the end already", 5*time.Minute)
		proxy.WantIdle("nothing follows", time.Second)
	})
}

// Hangup while the server's name is still being looked up: nothing is sent at all.
func TestHangupWhileLocating(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		w.SlowNames(3 * time.Second)
		id := door.Dial(sipua.Invitation{Account: aor, To: "desk", SDP: []byte(offerSDP)})
		time.Sleep(time.Second)
		door.Hangup(id)
		siptest.Event[sipua.Ended](door, "the end")
		proxy.WantIdle("no INVITE", time.Minute)
	})
}

// RFC 3261 section 9.1: a CANCEL answered by 200 and no 487: given up after 64*T1, so that nothing is kept for ever.
func TestCancelWithout487(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		id, invite := dial(door, proxy)
		proxy.Reply(invite, 180)
		siptest.Event[sipua.Ringing](door, "ringing")
		door.Hangup(id)
		siptest.Event[sipua.Ended](door, "hung up")
		proxy.Reply(proxy.Want("CANCEL", "CANCEL"), 200)
		proxy.WantIdle("nothing", 5*time.Minute)
		proxy.Reply(invite, 200, answerSDP)
		proxy.WantIdle("minutes later the call is unknown", time.Minute)
	})
}

// A limit for every state: nobody answers.
func TestRingLimit(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		door.Dial(sipua.Invitation{Account: aor, To: "desk", SDP: []byte(offerSDP), Limit: 20 * time.Second})
		invite := proxy.Want("INVITE", "INVITE")
		proxy.Reply(invite, 180)
		siptest.Event[sipua.Ringing](door, "ringing")
		proxy.WantIn("CANCEL after 20 s", "CANCEL", 20*time.Second)
		if e := siptest.Event[sipua.Ended](door, "the end"); e.Reason != "nobody answered" {
			t.Errorf("%+v", e)
		}
	})
}

func TestIncomingRingLimitAndRepeated180(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		proxy.Call("INVITE", contact, answerSDP)
		in := siptest.Event[sipua.Incoming](door, "a call")
		proxy.WantIn("100 when nobody is quick (RFC 3261 section 17.2.1)", "100 INVITE", 200*time.Millisecond)
		door.Ring(in.Call)
		proxy.WantIn("180", "180 INVITE", 0)
		for range 2 { // RFC 3261 section 13.3.1.1: each minute, or proxies give up
			proxy.WantIn("180 again", "180 INVITE", time.Minute)
		}
		proxy.Want("MaxRing", "480 INVITE")
		if e := siptest.Event[sipua.Ended](door, "the end"); e.Status != 480 {
			t.Errorf("%+v", e)
		}
	})
}

// RFC 3261 section 13.2.2.4 and field bug 12: each branch of a fork that answers gets its ACK, the surplus its BYE.
func TestForkedCall(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		_, invite := dial(door, proxy)
		proxy.ReplyAs(invite, "kitchen", 183, answerSDP)
		if e := siptest.Event[sipua.Ringing](door, "early media"); string(e.SDP) != answerSDP || e.Status != 183 {
			t.Errorf("%+v", e)
		}
		proxy.ReplyAs(invite, "office", 180)
		siptest.Event[sipua.Ringing](door, "another phone rings")
		proxy.ReplyAs(invite, "office", 200, answerSDP)
		if ack := proxy.Want("the first answer", "ACK"); ack.To.Tag() != "office" {
			t.Errorf("ACK for %q", ack.To.Tag())
		}
		if e := siptest.Event[sipua.Established](door, "with the office"); e.Remote.Tag() != "office" {
			t.Errorf("%+v", e)
		}
		proxy.ReplyAs(invite, "kitchen", 200, answerSDP)
		if ack := proxy.Want("the second is acknowledged", "ACK"); ack.To.Tag() != "kitchen" {
			t.Errorf("ACK for %q", ack.To.Tag())
		}
		bye := proxy.Want("and ended", "BYE")
		if bye.To.Tag() != "kitchen" {
			t.Errorf("BYE for %q", bye.To.Tag())
		}
		proxy.Reply(bye, 200)
		proxy.ReplyAs(invite, "cellar", 200, answerSDP)
		proxy.Want("one that never rang", "ACK")
		proxy.Reply(proxy.Want("too", "BYE"), 200)
		door.WantNoEvent("the conversation goes on", time.Minute)
	})
}

// Field bug 1: the ACK was lost. Each repetition of the 200 gets it again.
func TestAckIsRepeated(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		_, invite := dial(door, proxy)
		proxy.Reply(invite, 200, answerSDP)
		first := proxy.Want("ACK", "ACK")
		for range 5 {
			time.Sleep(4 * time.Second)
			proxy.Reply(invite, 200, answerSDP)
			if again := proxy.WantIn("ACK again", "ACK", 0); again.String() != first.String() {
				t.Errorf("ACK changed:\n%v\n%v", first.Message, again.Message)
			}
		}
		siptest.Event[sipua.Established](door, "once")
		door.WantNoEvent("once", time.Minute)
	})
}

// RFC 3261 section 13.3.1.4: the 2xx is repeated from T1 up to T2 until ACK, over TCP as well; after 64*T1 BYE.
func Test2xxIsRepeatedUntilAck(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		proxy.Call("INVITE", contact, answerSDP)
		in := siptest.Event[sipua.Incoming](door, "a call")
		door.Answer(in.Call, []byte(offerSDP))
		proxy.WantIn("200", "200 INVITE", 0)
		for _, gap := range []time.Duration{500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000, 4000} {
			proxy.WantIn("200 again", "200 INVITE", gap*time.Millisecond)
		}
		proxy.WantIn("no ACK for 64*T1: BYE", "BYE", 500*time.Millisecond)
		if e := siptest.Event[sipua.Ended](door, "the end"); e.By != sipua.Trouble || e.Reason != "no ACK" {
			t.Errorf("%+v", e)
		}
	})
}

// RFC 3261 section 15: the callee must not send BYE before it has the ACK of its 2xx.
func TestHangupBeforeAck(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		invite := proxy.Call("INVITE", contact, answerSDP)
		in := siptest.Event[sipua.Incoming](door, "a call")
		door.Answer(in.Call, []byte(offerSDP))
		ok := proxy.Want("200", "200 INVITE")
		door.Hangup(in.Call)
		siptest.Event[sipua.Ended](door, "for the application it is over")
		proxy.WantIn("the 200 is still repeated", "200 INVITE", 500*time.Millisecond)
		proxy.Caller(invite, ok).Send("ACK")
		proxy.Reply(proxy.WantIn("BYE after the ACK", "BYE", 0), 200)
	})
}

// A CANCEL that comes after the 200 has no effect on the call (RFC 3261 section 9.2).
func TestCancelAfterAnswer(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		invite := proxy.Call("INVITE", contact, answerSDP)
		in := siptest.Event[sipua.Incoming](door, "a call")
		door.Answer(in.Call, []byte(offerSDP))
		ok := proxy.Want("200", "200 INVITE")
		cancel := invite.Clone()
		cancel.Method, cancel.CSeq.Method, cancel.Body = "CANCEL", "CANCEL", nil
		proxy.SendTo(cancel, siptest.DoorPort(), nil)
		proxy.Want("200 all the same", "200 CANCEL")
		proxy.Caller(invite, ok).Send("ACK")
		siptest.Event[sipua.Established](door, "the call stands")
	})
}
