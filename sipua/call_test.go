package sipua_test

import (
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/siptest"
)

// RFC 3665 section 3.1: the session as everybody draws it.
func TestCallOutAndHangup(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		proxy.WantIdle("no call yet", time.Second)
		id := door.Dial(sipua.Invitation{Account: aor, To: "desk", SDP: []byte(offerSDP)})
		invite := proxy.Want("INVITE", "INVITE")
		if invite.URI.String() != "sip:desk@192.0.2.10" || string(invite.Body) != offerSDP {
			t.Errorf("INVITE is\n%v", invite.Message)
		}
		proxy.Reply(invite, 100)
		door.WantNoEvent("100 tells nothing", time.Second)
		proxy.Reply(invite, 180)
		if r := siptest.Event[sipua.Ringing](door, "the desk rings"); r.Status != 180 || r.Call != id || r.SDP != nil {
			t.Errorf("%+v", r)
		}
		ok := proxy.Reply(invite, 200, answerSDP)
		ack := proxy.Want("ACK follows at once", "ACK")
		if ack.URI.String() != "sip:desk@192.0.2.10:5060" || ack.CSeq.Seq != invite.CSeq.Seq || ack.To.Tag() != ok.To.Tag() {
			t.Errorf("ACK is\n%v", ack.Message)
		}
		if ack.Via[0].Branch() == invite.Via[0].Branch() {
			t.Error("RFC 3261 section 13.2.2.4: the ACK of a 2xx has a branch of its own")
		}
		e := siptest.Event[sipua.Established](door, "the call stands")
		if e.Call != id || string(e.SDP) != answerSDP || e.WantsAnswer {
			t.Errorf("%+v", e)
		}
		door.Info(id, "application/dtmf-relay", []byte("Signal=5\r\n"))
		info := proxy.Want("INFO", "INFO")
		if string(info.Body) != "Signal=5\r\n" || info.Header.Get("Content-Type") != "application/dtmf-relay" {
			t.Errorf("INFO is\n%v", info.Message)
		}
		proxy.Reply(info, 200)
		door.Hangup(id)
		bye := proxy.Want("BYE", "BYE")
		if bye.CSeq.Seq != info.CSeq.Seq+1 {
			t.Errorf("CSeq of BYE is %d after %d", bye.CSeq.Seq, info.CSeq.Seq)
		}
		proxy.Reply(bye, 200)
		if e := siptest.Event[sipua.Ended](door, "the end"); e.By != sipua.Local || e.Err != nil {
			t.Errorf("%+v", e)
		}
		proxy.WantIdle("nothing follows", 2*time.Minute)
	})
}

func TestCallInAndPeerHangsUp(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		invite := proxy.Call("INVITE", contact, answerSDP)
		in := siptest.Event[sipua.Incoming](door, "a call")
		if in.Account != aor || string(in.SDP) != answerSDP || in.From.URI.User != "desk" {
			t.Errorf("%+v", in)
		}
		door.Ring(in.Call)
		ringing := proxy.Want("180", "180 INVITE")
		if ringing.To.Tag() == "" {
			t.Error("180 has no To tag")
		}
		door.Answer(in.Call, []byte(offerSDP))
		ok := proxy.Want("200", "200 INVITE")
		if string(ok.Body) != offerSDP || ok.To.Tag() != ringing.To.Tag() {
			t.Errorf("200 is\n%v", ok.Message)
		}
		door.WantNoEvent("not established before ACK", 100*time.Millisecond)
		side := proxy.Caller(invite, ok)
		side.Send("ACK")
		if e := siptest.Event[sipua.Established](door, "ACK"); e.Call != in.Call || e.SDP != nil {
			t.Errorf("%+v", e)
		}
		proxy.WantIdle("the 200 is not repeated any more", time.Minute-time.Second)
		side.Send("INFO", "Content-Type: application/dtmf-relay", "Signal=5")
		proxy.Want("INFO with a body is answered", "200 INFO")
		if e := siptest.Event[sipua.InfoReceived](door, "INFO"); string(e.Body) != "Signal=5" || e.ContentType != "application/dtmf-relay" {
			t.Errorf("%+v", e)
		}
		side.Send("BYE", "Reason: Q.850;cause=16")
		proxy.Want("BYE is answered", "200 BYE")
		if e := siptest.Event[sipua.Ended](door, "the end"); e.By != sipua.Remote || e.Reason != "Q.850;cause=16" {
			t.Errorf("%+v", e)
		}
		side.Send("INFO")
		proxy.Want("the dialog has gone", "481 INFO")
	})
}

// RFC 3261 section 9: CANCEL of a ringing call, 200 for itself, 487 for the INVITE, ACK.
func TestCancelOut(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		id := door.Dial(sipua.Invitation{Account: aor, To: "desk", SDP: []byte(offerSDP)})
		invite := proxy.Want("INVITE", "INVITE")
		proxy.Reply(invite, 180)
		siptest.Event[sipua.Ringing](door, "ringing")
		door.Hangup(id)
		cancel := proxy.Want("CANCEL", "CANCEL")
		proxy.Reply(cancel, 200)
		proxy.Reply(invite, 487)
		proxy.Want("the 487 is acknowledged", "ACK")
		if e := siptest.Event[sipua.Ended](door, "the end"); e.By != sipua.Local {
			t.Errorf("%+v", e)
		}
		door.WantNoEvent("once", 2*time.Minute)
	})
}

func TestCancelIn(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		invite := proxy.Call("INVITE", contact, answerSDP)
		in := siptest.Event[sipua.Incoming](door, "a call")
		door.Ring(in.Call)
		proxy.Want("180", "180 INVITE")
		cancel := invite.Clone()
		cancel.Method, cancel.CSeq.Method, cancel.Body = "CANCEL", "CANCEL", nil
		proxy.SendTo(cancel, siptest.DoorPort(), nil)
		proxy.Want("200 for the CANCEL", "200 CANCEL")
		refusal := proxy.Want("487 for the INVITE", "487 INVITE")
		ack := cancel.Clone()
		ack.Method, ack.CSeq.Method, ack.To = "ACK", "ACK", refusal.To
		proxy.SendTo(ack, siptest.DoorPort(), nil)
		if e := siptest.Event[sipua.Ended](door, "the end"); e.By != sipua.Remote || e.Status != 487 {
			t.Errorf("%+v", e)
		}
		proxy.WantIdle("the 487 has its ACK", time.Minute)
	})
}
