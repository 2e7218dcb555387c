package sipua_test

import (
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/siptest"
)

// RFC 4028 sections 7.1 and 10: we ask, and refresh at half of the interval when that is our part; UPDATE where the
// peer knows it.
func TestSessionRefreshByUpdate(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		id, invite := dial(door, proxy)
		if invite.Header.Get("Session-Expires") != "1800" || invite.Header.Get("Min-SE") != "90" || !invite.Header.HasToken("Supported", "timer") {
			t.Errorf("INVITE is\n%v", invite.Message)
		}
		proxy.Reply(invite, 200, answerSDP, "Session-Expires: 600;refresher=uac", "Require: timer", "Allow: INVITE, ACK, BYE, UPDATE")
		proxy.Want("ACK", "ACK")
		siptest.Event[sipua.Established](door, "established")
		for range 3 {
			m := proxy.WantIn("half of the interval", "UPDATE", 300*time.Second)
			if m.Header.Get("Session-Expires") != "600;refresher=uac" || len(m.Body) != 0 || !m.Header.Has("Contact") {
				t.Errorf("UPDATE is\n%v", m.Message)
			}
			proxy.Reply(m, 200, "Session-Expires: 600;refresher=uac")
		}
		door.WantNoEvent("no news for the application", time.Second)
		door.Hangup(id)
		proxy.Want("BYE", "BYE")
	})
}

func TestSessionRefreshByReinvite(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		_, invite := dial(door, proxy)
		proxy.Reply(invite, 200, answerSDP, "Session-Expires: 200;refresher=uac", "Allow: INVITE, ACK, BYE")
		proxy.Want("ACK", "ACK")
		siptest.Event[sipua.Established](door, "established")
		m := proxy.WantIn("half of the interval", "INVITE", 100*time.Second)
		if string(m.Body) != offerSDP {
			t.Errorf("the refresh repeats the session as it is:\n%v", m.Message)
		}
		proxy.Reply(m, 200, answerSDP, "Session-Expires: 200;refresher=uac")
		proxy.Want("ACK", "ACK")
		door.WantNoEvent("no news", time.Second)
		m = proxy.Want("the next refresh", "INVITE")
		proxy.Reply(m, 200, heldSDP)
		proxy.Want("ACK", "ACK")
		if e := siptest.Event[sipua.Updated](door, "this time the peer changed something"); string(e.SDP) != heldSDP {
			t.Errorf("%+v", e)
		}
		proxy.WantIdle("the peer gave the timer up", 8*time.Minute)
	})
}

// A peer that takes INVITE but not UPDATE, whatever its Allow says: field bug 15.
func TestSessionRefreshFallsBackToReinvite(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		_, invite := dial(door, proxy)
		proxy.Reply(invite, 200, answerSDP, "Session-Expires: 200;refresher=uac", "Allow: INVITE, UPDATE")
		proxy.Want("ACK", "ACK")
		siptest.Event[sipua.Established](door, "established")
		proxy.Reply(proxy.Want("UPDATE", "UPDATE"), 405)
		proxy.Reply(proxy.WantIn("at once", "INVITE", 0), 200, answerSDP, "Session-Expires: 200;refresher=uac")
		proxy.Want("ACK", "ACK")
		door.WantNoEvent("no news", time.Second)
	})
}

// RFC 4028 section 10: without refresh the other side ends the call min(32 s, SE/3) before the end.
func TestSessionExpires(t *testing.T) {
	for _, tc := range []struct {
		terms string
		after time.Duration
	}{
		{"Session-Expires: 600;refresher=uas", 568 * time.Second},
		{"Session-Expires: 90;refresher=uas", 60 * time.Second},
	} {
		run(t, func(t *testing.T, w *siptest.World) {
			door, proxy := registered(t, w)
			_, invite := dial(door, proxy)
			proxy.Reply(invite, 200, answerSDP, tc.terms)
			proxy.Want("ACK", "ACK")
			siptest.Event[sipua.Established](door, "established")
			proxy.WantIn("the peer has died", "BYE", tc.after)
			if e := siptest.Event[sipua.Ended](door, "the end"); e.Reason != "session expired" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// A refresher whose refreshes are not answered ends the call as well.
func TestSessionRefreshUnanswered(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		_, invite := dial(door, proxy)
		proxy.Reply(invite, 200, answerSDP, "Session-Expires: 600;refresher=uac", "Allow: UPDATE")
		proxy.Want("ACK", "ACK")
		siptest.Event[sipua.Established](door, "established")
		start := time.Now()
		proxy.Ignore("UPDATE", "REGISTER")
		proxy.Want("BYE", "BYE")
		if got := time.Since(start); got != 568*time.Second {
			t.Errorf("BYE after %v", got)
		}
	})
}

// RFC 4028 section 9: the peer's request decides; without a word the side that can refresh does.
func TestSessionTermsAsCallee(t *testing.T) {
	for name, tc := range map[string]struct {
		lines []string
		want  string // Session-Expires of the 200
		ours  bool   // whether we refresh
	}{
		"no timer":             {[]string{"Supported: timer"}, "", false},
		"caller refreshes":     {[]string{"Supported: timer", "Session-Expires: 600;refresher=uac"}, "600;refresher=uac", false},
		"we refresh":           {[]string{"Supported: timer", "Session-Expires: 600;refresher=uas"}, "600;refresher=uas", true},
		"left to us":           {[]string{"Supported: timer", "Session-Expires: 600"}, "600;refresher=uac", false},
		"added by a proxy":     {[]string{"Session-Expires: 600"}, "600;refresher=uas", true},
		"compact, caps":        {[]string{"k: timer", "x: 600;Refresher=UAS"}, "600;refresher=uas", true},
		"too brief, by proxy":  {[]string{"Session-Expires: 30"}, "90;refresher=uas", true},
		"garbled is as absent": {[]string{"Supported: timer", "Session-Expires: soon"}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, w *siptest.World) {
				door, proxy, contact := contactOf(t, w)
				invite := proxy.Call("INVITE", contact, append(tc.lines, answerSDP)...)
				in := siptest.Event[sipua.Incoming](door, "a call")
				door.Answer(in.Call, []byte(offerSDP))
				ok := proxy.Want("200", "200 INVITE")
				if got := ok.Header.Get("Session-Expires"); got != tc.want {
					t.Errorf("Session-Expires %q, want %q", got, tc.want)
				}
				if needs := tc.want != "" && !tc.ours; needs != ok.Header.HasToken("Require", "timer") {
					t.Errorf("RFC 4028 section 9: Require: timer is %v", !needs)
				}
				proxy.Caller(invite, ok).Send("ACK")
				siptest.Event[sipua.Established](door, "established")
				if tc.ours {
					proxy.Want("our refresh", "INVITE")
				}
			})
		})
	}
}

// RFC 4028 sections 8 and 6: 422 both ways.
func TestSessionIntervalTooSmall(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		m := proxy.Call("INVITE", contact, answerSDP, "Supported: timer", "Session-Expires: 60")
		r := proxy.Want("below 90 s", "422 INVITE")
		if r.Header.Get("Min-SE") != "90" {
			t.Errorf("Min-SE %q", r.Header.Get("Min-SE"))
		}
		proxy.AckRefusal(m, r)
		_, invite := dial(door, proxy)
		proxy.Reply(invite, 422, "Min-SE: 3600")
		proxy.Want("ACK", "ACK")
		again := proxy.WantIn("at once", "INVITE", 0)
		if again.Header.Get("Session-Expires") != "3600" || again.Header.Get("Min-SE") != "3600" || again.CSeq.Seq != 2 || again.CallID != invite.CallID {
			t.Errorf("second INVITE is\n%v", again.Message)
		}
		proxy.Reply(again, 422, "Min-SE: 3600")
		proxy.Want("ACK", "ACK")
		if e := siptest.Event[sipua.Ended](door, "no progress: no third try"); e.Status != 422 {
			t.Errorf("%+v", e)
		}
	})
}

func TestNoSessionTimerWhenConfigured(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk := w.Peer("192.0.2.20")
		door := w.Door(sipua.Config{SessionExpires: -1})
		door.Dial(sipua.Invitation{To: desk.URI("desk"), SDP: []byte(offerSDP)})
		if m := desk.Want("INVITE", "INVITE"); m.Header.Has("Session-Expires") {
			t.Errorf("INVITE is\n%v", m.Message)
		}
	})
}

// RFC 3311 section 5.2.
func TestPeersUpdate(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, id, side := established(t, w)
		m := side.Request("UPDATE", "Contact: <sip:moved@192.0.2.10>")
		proxy.SendTo(m, siptest.DoorPort(), nil)
		if r := proxy.Want("a new target", "200 UPDATE"); !r.Header.Has("Contact") || len(r.Body) != 0 {
			t.Errorf("200 is\n%v", r.Message)
		}
		side.Send("UPDATE", heldSDP)
		siptest.Event[sipua.Offered](door, "an offer")
		side.Send("UPDATE", heldSDP)
		if r := proxy.Want("another before the first is answered", "500 UPDATE"); !r.Header.Has("Retry-After") {
			t.Error("no Retry-After")
		}
		door.Answer(id, []byte(heldSDP))
		if r := proxy.Want("the answer", "200 UPDATE"); string(r.Body) != heldSDP {
			t.Errorf("200 is\n%v", r.Message)
		}
		door.Offer(id, []byte(offerSDP))
		own := proxy.Want("re-INVITE to the new target", "INVITE")
		if own.URI.User != "moved" {
			t.Errorf("Request-URI %v", own.URI)
		}
		side.Send("UPDATE", heldSDP)
		proxy.Want("crossing offers", "491 UPDATE")
		proxy.Reply(own, 200, answerSDP)
		proxy.Want("ACK", "ACK")
		siptest.Event[sipua.Updated](door, "answered")
		side.Send("UPDATE", heldSDP)
		siptest.Event[sipua.Offered](door, "an offer")
		door.Reject(id, 488)
		proxy.Want("refused", "488 UPDATE")
	})
}
