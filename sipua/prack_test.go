package sipua_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/siptest"
)

// RFC 3262 section 4, field bugs 12 and 13: each reliable provisional response gets its PRACK, in its own dialog and in
// order.
func TestPrackAsCaller(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		_, invite := dial(door, proxy)
		if !invite.Header.HasToken("Supported", "100rel") {
			t.Errorf("INVITE is\n%v", invite.Message)
		}
		proxy.ReplyAs(invite, "kitchen", 183, answerSDP, "Require: 100rel", "RSeq: 9021")
		prack := proxy.Want("PRACK", "PRACK")
		if prack.Header.Get("RAck") != "9021 1 INVITE" || prack.CSeq.Seq != 2 || prack.To.Tag() != "kitchen" || prack.URI.User != "desk" {
			t.Errorf("PRACK is\n%v", prack.Message)
		}
		siptest.Event[sipua.Ringing](door, "early media")
		proxy.Reply(prack, 200)
		proxy.ReplyAs(invite, "kitchen", 183, answerSDP, "Require: 100rel", "RSeq: 9021")
		proxy.ReplyAs(invite, "kitchen", 180, "Require: 100rel", "RSeq: 9023")
		proxy.WantIdle("neither a repetition nor one out of order gets PRACK", time.Second)
		door.WantNoEvent("or is told", 0)
		proxy.ReplyAs(invite, "kitchen", 180, "Require: 100rel", "RSeq: 9022")
		if prack = proxy.Want("the next in order", "PRACK"); prack.Header.Get("RAck") != "9022 1 INVITE" || prack.CSeq.Seq != 3 {
			t.Errorf("PRACK is\n%v", prack.Message)
		}
		siptest.Event[sipua.Ringing](door, "ringing")
		proxy.Reply(prack, 200)
		proxy.ReplyAs(invite, "office", 180, "Require: 100rel", "RSeq: 1")
		if prack = proxy.Want("another branch counts for itself", "PRACK"); prack.To.Tag() != "office" || prack.CSeq.Seq != 2 {
			t.Errorf("PRACK is\n%v", prack.Message)
		}
		siptest.Event[sipua.Ringing](door, "ringing")
		proxy.Reply(prack, 200)
		proxy.ReplyAs(invite, "kitchen", 200, answerSDP)
		if ack := proxy.Want("ACK has the INVITE's CSeq, not that of the PRACK", "ACK"); ack.CSeq.Seq != 1 {
			t.Errorf("ACK is\n%v", ack.Message)
		}
		siptest.Event[sipua.Established](door, "established")
	})
}

// RFC 3262 section 5 and CUCM: an offer in the reliable response is answered in the PRACK.
func TestOfferInReliableResponse(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		id := door.Dial(sipua.Invitation{Account: aor, To: "desk"})
		invite := proxy.Want("INVITE without offer", "INVITE")
		proxy.Reply(invite, 183, offerSDP, "Require: 100rel", "RSeq: 1")
		if e := siptest.Event[sipua.Ringing](door, "an offer"); !e.WantsAnswer || string(e.SDP) != offerSDP {
			t.Errorf("%+v", e)
		}
		proxy.WantIdle("the PRACK waits for the answer", time.Second)
		door.Answer(id, []byte(answerSDP))
		prack := proxy.Want("PRACK", "PRACK")
		if string(prack.Body) != answerSDP {
			t.Errorf("PRACK is\n%v", prack.Message)
		}
		proxy.Reply(prack, 200)
		proxy.Reply(invite, 200)
		if ack := proxy.Want("ACK", "ACK"); len(ack.Body) != 0 {
			t.Errorf("the session is settled already:\n%v", ack.Message)
		}
		if e := siptest.Event[sipua.Established](door, "established"); e.WantsAnswer {
			t.Errorf("%+v", e)
		}
	})
}

// RFC 3262 section 3: Require: 100rel is met, never ignored.
func TestReliableRinging(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		invite := proxy.Call("INVITE", contact, answerSDP, "Require: 100rel")
		in := siptest.Event[sipua.Incoming](door, "a call")
		door.Ring(in.Call)
		first := proxy.Want("180", "180 INVITE")
		rseq, err := strconv.ParseUint(first.Header.Get("RSeq"), 10, 31)
		if err != nil || rseq == 0 || !first.Header.HasToken("Require", "100rel") {
			t.Errorf("180 is\n%v", first.Message)
		}
		for _, gap := range []time.Duration{500, 1000, 2000, 4000, 8000} {
			proxy.WantIn("repeated without bound of the interval", "180 INVITE", gap*time.Millisecond)
		}
		side := proxy.Caller(invite, first)
		side.Send("PRACK", "RAck: 1 1 INVITE")
		proxy.Want("one for something else", "481 PRACK")
		side.Send("PRACK", "RAck: "+first.Header.Get("RSeq")+"  1 INVITE")
		proxy.Want("the right one", "200 PRACK")
		side.Send("PRACK", "RAck: "+first.Header.Get("RSeq")+" 1 INVITE")
		proxy.Want("nothing waits any more", "481 PRACK")
		door.Answer(in.Call, []byte(offerSDP))
		ok := proxy.Want("200", "200 INVITE")
		side.Seq = 1
		side.Remote = ok.To
		side.Send("ACK")
		siptest.Event[sipua.Established](door, "established")
	})
}

func TestReliableRingingWithoutPrack(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		proxy.Call("INVITE", contact, answerSDP, "Require: 100rel")
		in := siptest.Event[sipua.Incoming](door, "a call")
		door.Ring(in.Call)
		proxy.Ignore("180 INVITE")
		proxy.WantIn("64*T1 without PRACK", "504 INVITE", 32*time.Second)
		siptest.Event[sipua.Ended](door, "the end")
	})
}

// A caller that only supports it gets plain responses: some implementations are unstable (freeswitch #2401).
func TestSupported100relIsNoDemand(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		proxy.Call("INVITE", contact, answerSDP, "Supported: 100rel")
		in := siptest.Event[sipua.Incoming](door, "a call")
		door.Ring(in.Call)
		if r := proxy.Want("180", "180 INVITE"); strings.Contains(r.String(), "RSeq") {
			t.Errorf("180 is\n%v", r.Message)
		}
	})
}
