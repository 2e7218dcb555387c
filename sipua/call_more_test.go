package sipua_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/sip"
	"intercom/sipua/siptest"
)

// RFC 3326: the phones that did not answer learn that somebody else has, in CANCEL and in the BYE of a late answer.
func TestReasonForThePhonesThatLost(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		id, invite := dial(door, proxy)
		proxy.Reply(invite, 180)
		siptest.Event[sipua.Ringing](door, "ringing")
		door.HangupFor(id, sip.Reason{Protocol: "SIP", Cause: 200, Text: "Call completed elsewhere"})
		cancel := proxy.Want("CANCEL", "CANCEL")
		const want = `SIP;cause=200;text="Call completed elsewhere"`
		if got := cancel.Header.Get("Reason"); got != want {
			t.Errorf("Reason of CANCEL: %s", got)
		}
		proxy.Reply(cancel, 200)
		proxy.Reply(invite, 200, answerSDP)
		proxy.Want("ACK", "ACK")
		if got := proxy.Want("BYE", "BYE").Header.Get("Reason"); got != want {
			t.Errorf("Reason of BYE: %s", got)
		}
	})
}

// Commands that do not fit the state of their call, or no call at all, do nothing: the application and the network
// cannot always agree on what has happened.
func TestCommandsOutOfPlace(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		everything := func(id sipua.CallID) {
			door.Ring(id)
			door.Answer(id, []byte(offerSDP))
			door.Reject(id, 486)
			door.Reject(id, 99)
			door.Info(id, "application/dtmf", []byte("1"))
			door.Offer(id, []byte(offerSDP))
			door.Hangup(id)
		}
		everything(4711)
		proxy.WantIdle("a call that never was", time.Second)
		id, side := answeredCall(door, proxy, contact)
		door.Ring(id)
		door.Answer(id, []byte(offerSDP))
		door.Reject(id, 486)
		proxy.WantIdle("an established call is neither rung, answered nor refused", time.Second)
		side.Send("BYE")
		proxy.Want("BYE", "200 BYE")
		siptest.Event[sipua.Ended](door, "the end")
		everything(id)
		proxy.WantIdle("a call that is over", time.Second)
		door.WantNoEvent("nor is anything told", time.Second)
	})
}

// An INVITE repeated by its sender is one call.
func TestRepeatedInviteIsOneCall(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		invite := proxy.Call("INVITE", contact, answerSDP)
		in := siptest.Event[sipua.Incoming](door, "a call")
		for range 5 {
			proxy.SendTo(invite, siptest.DoorPort(), nil)
		}
		door.WantNoEvent("one call", 100*time.Millisecond)
		door.Answer(in.Call, []byte(offerSDP))
		proxy.Want("200", "200 INVITE")
		proxy.SendTo(invite, siptest.DoorPort(), nil)
		door.WantNoEvent("still one", 100*time.Millisecond)
	})
}

// Field bug 6: a repeated re-INVITE is answered with its own response, a new one never with an old 200.
func TestReinviteIsAnsweredByItsOwnCSeq(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		id, side := answeredCall(door, proxy, contact)
		for range 3 {
			m := side.Send("INVITE", heldSDP)
			siptest.Event[sipua.Offered](door, "an offer")
			door.Answer(id, []byte(heldSDP))
			ok := proxy.Want("its answer", "200 INVITE")
			if ok.CSeq.Seq != m.CSeq.Seq {
				t.Errorf("CSeq %d for %d", ok.CSeq.Seq, m.CSeq.Seq)
			}
			proxy.SendTo(m, siptest.DoorPort(), nil)
			side.Send("ACK")
			proxy.WantIdle("a repetition brings nothing new", time.Second)
		}
	})
}

// Both sides hang up at once: each BYE gets an answer, nobody waits.
func TestCrossingByes(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, id, side := established(t, w)
		door.Hangup(id)
		bye := proxy.Want("our BYE", "BYE")
		side.Send("BYE")
		proxy.Want("theirs finds nothing any more", "481 BYE")
		proxy.Reply(bye, 481)
		siptest.Event[sipua.Ended](door, "once")
		door.WantNoEvent("once", time.Minute)
	})
}

// The peer hangs up while our offer is under way.
func TestByeDuringOffer(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, id, side := established(t, w)
		door.Offer(id, []byte(heldSDP))
		m := proxy.Want("re-INVITE", "INVITE")
		side.Send("BYE")
		proxy.Want("BYE", "200 BYE")
		if e := siptest.Event[sipua.Ended](door, "the end"); e.By != sipua.Remote {
			t.Errorf("%+v", e)
		}
		proxy.Reply(m, 487)
		proxy.Want("ACK", "ACK")
		door.WantNoEvent("no Refused after Ended", time.Minute)
	})
}

// RFC 3261 section 9: a CANCEL for a re-INVITE ends the offer, not the call.
func TestCancelOfReinvite(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		id, side := answeredCall(door, proxy, contact)
		m := side.Send("INVITE", heldSDP)
		siptest.Event[sipua.Offered](door, "an offer")
		cancel := m.Clone()
		cancel.Method, cancel.CSeq.Method, cancel.Body = "CANCEL", "CANCEL", nil
		proxy.SendTo(cancel, siptest.DoorPort(), nil)
		proxy.Want("200", "200 CANCEL")
		proxy.AckRefusal(m, proxy.Want("487", "487 INVITE"))
		door.Answer(id, []byte(heldSDP))
		side.Send("OPTIONS")
		proxy.Want("the call stands, and the late answer is dropped", "200 OPTIONS")
	})
}

// Somebody forks our call into forty branches, provisional and final: bounded, and what is accepted is ended.
func TestManyBranches(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		_, invite := dial(door, proxy)
		for i := range 40 {
			proxy.ReplyAs(invite, fmt.Sprint("ring", i), 183, answerSDP)
			siptest.Event[sipua.Ringing](door, "early media")
		}
		for i := range 40 {
			proxy.ReplyAs(invite, fmt.Sprint("answer", i), 200, answerSDP)
		}
		acks, byes := 0, 0
		for m := proxy.Next(time.Second); m != nil; m = proxy.Next(time.Second) {
			switch m.Method {
			case "ACK":
				acks++
			case "BYE":
				byes++
				proxy.Reply(m, 200)
			}
		}
		if acks == 0 || acks > 32 || byes != acks-1 {
			t.Errorf("%d ACK and %d BYE", acks, byes)
		}
		siptest.Event[sipua.Established](door, "with one")
		door.WantNoEvent("with one only", time.Minute)
	})
}

// Responses that peers really send: without a To tag, of unknown numbers, 199.
func TestOddProvisionalResponses(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		_, invite := dial(door, proxy)
		noTag := sip.NewResponse(invite.Message, 180, "")
		proxy.SendTo(noTag, invite.Source, nil)
		siptest.Event[sipua.Ringing](door, "180 without a tag makes no dialog, and rings")
		for _, status := range []int{181, 182, 183, 199, 188} {
			proxy.Reply(invite, status)
			if e := siptest.Event[sipua.Ringing](door, "progress"); e.Status != status {
				t.Errorf("%+v", e)
			}
		}
		proxy.Reply(invite, 200, answerSDP)
		proxy.Want("ACK", "ACK")
		siptest.Event[sipua.Established](door, "established")
	})
}

// A 2xx that does not say where the rest of the dialog goes.
func Test2xxWithoutContact(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		_, invite := dial(door, proxy)
		proxy.Reply(invite, 200, answerSDP, "Contact: <tel:+1>")
		if e := siptest.Event[sipua.Ended](door, "no conversation"); e.By != sipua.Trouble || e.Err == nil {
			t.Errorf("%+v", e)
		}
	})
}

// Every class of refusal ends a call with its own status.
func TestRefusals(t *testing.T) {
	for _, status := range []int{400, 403, 404, 408, 410, 415, 420, 480, 481, 482, 483, 484, 486, 487, 488, 491, 500, 501, 504, 513, 600, 603, 604, 606} {
		run(t, func(t *testing.T, w *siptest.World) {
			door, proxy := registered(t, w)
			_, invite := dial(door, proxy)
			proxy.Reply(invite, status)
			ack := proxy.Want("ACK", "ACK")
			if ack.Via[0].Branch() != invite.Via[0].Branch() || ack.To.Tag() == "" {
				t.Errorf("%d: ACK is\n%v", status, ack.Message)
			}
			if e := siptest.Event[sipua.Ended](door, "refused"); e.Status != status || e.By != sipua.Remote || e.Reason != sip.ReasonPhrase(status) {
				t.Errorf("%d: %+v", status, e)
			}
		})
	}
}

// Field bug 14: compact names, folding, several Via in one line, blanks before the colon.
func TestCompactForms(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		text := strings.Join([]string{
			"INVITE " + contact + " SIP/2.0",
			"v: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKc1, SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKc0",
			"f : \"A. Caller\"",
			" <sip:a@10.0.0.9>",
			"\t;tag=f1",
			"t:<" + contact + ">",
			"i: compact-1",
			"CSeq: 1",
			"  INVITE",
			"m: <sip:a@192.0.2.10>",
			"k: timer,",
			" 100rel",
			"c: application/sdp",
			"l: " + fmt.Sprint(len(answerSDP)),
			"", answerSDP,
		}, "\r\n")
		proxy.SendRaw([]byte(text), siptest.DoorPort(), nil)
		in := siptest.Event[sipua.Incoming](door, "a call")
		if in.From.Display != "A. Caller" || string(in.SDP) != answerSDP {
			t.Errorf("%+v", in)
		}
		door.Ring(in.Call)
		if r := proxy.Want("180", "180 INVITE"); len(r.Via) != 2 {
			t.Errorf("the response must carry both Via:\n%v", r.Message)
		}
	})
}

// A call by IPv6, literals in brackets wherever they stand.
func TestCallByIPv6(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk := w.Peer("2001:db8::20")
		door := w.Door(sipua.Config{Listen: []sipua.Listen{{Transport: "UDP", Address: "[2001:db8::1]:5070"}}, Network: w.HostAt("192.0.2.1", "2001:db8::1")})
		id := door.Dial(sipua.Invitation{To: "sip:desk@[2001:db8::20]", SDP: []byte(offerSDP)})
		invite := desk.Want("INVITE", "INVITE")
		text := invite.String()
		for _, want := range []string{
			"INVITE sip:desk@[2001:db8::20] SIP/2.0", "Via: SIP/2.0/UDP [2001:db8::1]:5070;", "Contact: <sip:door@[2001:db8::1]:5070>", "<sip:door@[2001:db8::1]>",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s is missing in\n%s", want, text)
			}
		}
		ok := desk.Reply(invite, 200, answerSDP, "Contact: <sip:desk@[2001:db8::20]>")
		desk.Want("ACK", "ACK")
		siptest.Event[sipua.Established](door, "established")
		side := desk.Callee(invite, ok)
		m := side.Request("BYE")
		desk.SendTo(m, invite.Source, nil)
		desk.Want("BYE", "200 BYE")
		if e := siptest.Event[sipua.Ended](door, "the end"); e.Call != id {
			t.Errorf("%+v", e)
		}
	})
}
