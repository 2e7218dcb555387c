package sipua_test

import (
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/siptest"
)

// transferring is a door that allows transfers, in a call with the desk behind its proxy.
func transferring(t *testing.T, w *siptest.World) (*siptest.Door, *siptest.Peer, sipua.CallID, *siptest.Side) {
	t.Helper()
	proxy := w.Peer(proxyAddr)
	cfg := oneAccount()
	cfg.AllowTransfer = true
	door := w.Door(cfg)
	grantForLong(proxy, proxy.Want("REGISTER", "REGISTER"))
	siptest.Event[sipua.Registered](door, "registered")
	id, invite := dial(door, proxy)
	ok := proxy.Reply(invite, 200, answerSDP)
	proxy.Want("ACK", "ACK")
	siptest.Event[sipua.Established](door, "established")
	return door, proxy, id, proxy.Callee(invite, ok)
}

// RFC 3515: REFER, 202, NOTIFY 100, the new call, NOTIFY for its progress, and the last one ends the subscription.
func TestReferIsCarriedOut(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, id, side := transferring(t, w)
		side.Send("REFER", "Refer-To: <sip:boss@192.0.2.10?Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2>", "Referred-By: <sip:desk@192.0.2.10>")
		proxy.Want("accepted", "202 REFER")
		wantNotify(t, proxy, "at once", "SIP/2.0 100 Trying\r\n", "active;expires=60")
		e := siptest.Event[sipua.Referred](door, "whom to call")
		if e.Call != id || e.To != "sip:boss@192.0.2.10" {
			t.Errorf("%+v", e)
		}
		second := door.Dial(sipua.Invitation{Account: aor, To: e.To, SDP: []byte(offerSDP), Transfer: e.Call})
		invite := proxy.Want("the new call", "INVITE")
		if invite.Header.Get("Replaces") != "abc;to-tag=1;from-tag=2" || invite.Header.Get("Referred-By") != "<sip:desk@192.0.2.10>" {
			t.Errorf("INVITE is\n%v", invite.Message)
		}
		proxy.Reply(invite, 180)
		wantNotify(t, proxy, "it rings", "SIP/2.0 180 Ringing\r\n", "active;expires=60")
		siptest.Event[sipua.Ringing](door, "ringing")
		proxy.Reply(invite, 200, answerSDP)
		proxy.Ignore("ACK", "REGISTER")
		wantNotify(t, proxy, "it was answered", "SIP/2.0 200 OK\r\n", "terminated;reason=noresource")
		if e := siptest.Event[sipua.Established](door, "established"); e.Call != second {
			t.Errorf("%+v", e)
		}
		side.Send("BYE")
		proxy.Want("the old call ends", "200 BYE")
		if e := siptest.Event[sipua.Ended](door, "the old call"); e.Call != id {
			t.Errorf("%+v", e)
		}
	})
}

func wantNotify(t *testing.T, proxy *siptest.Peer, why, fragment, state string) {
	t.Helper()
	m := proxy.Want(why, "NOTIFY")
	if string(m.Body) != fragment || m.Header.Get("Subscription-State") != state || m.Header.Get("Content-Type") != "message/sipfrag;version=2.0" {
		t.Errorf("%s: NOTIFY is\n%v", why, m.Message)
	}
	proxy.Reply(m, 200)
}

func TestReferFails(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, _, side := transferring(t, w)
		side.Send("REFER", "Refer-To: <sip:boss@192.0.2.10>")
		proxy.Want("accepted", "202 REFER")
		wantNotify(t, proxy, "at once", "SIP/2.0 100 Trying\r\n", "active;expires=60")
		e := siptest.Event[sipua.Referred](door, "whom to call")
		side.Send("REFER", "Refer-To: <sip:other@192.0.2.10>")
		proxy.Want("one at a time", "491 REFER")
		door.Dial(sipua.Invitation{Account: aor, To: e.To, SDP: []byte(offerSDP), Transfer: e.Call})
		proxy.Reply(proxy.Want("the new call", "INVITE"), 486)
		proxy.Want("ACK", "ACK")
		wantNotify(t, proxy, "busy", "SIP/2.0 486 Busy Here\r\n", "terminated;reason=noresource")
		siptest.Event[sipua.Ended](door, "the new call")
		side.Send("REFER", "Refer-To: <sip:boss@192.0.2.10>", "Refer-Sub: false")
		if r := proxy.Want("again, without subscription (RFC 4488)", "202 REFER"); r.Header.Get("Refer-Sub") != "false" {
			t.Errorf("202 is\n%v", r.Message)
		}
		siptest.Event[sipua.Referred](door, "whom to call")
		proxy.WantIdle("no NOTIFY; the application sleeps", time.Minute)
		side.Send("REFER", "Refer-To: <sip:boss@192.0.2.10>")
		proxy.Want("free again", "202 REFER")
		wantNotify(t, proxy, "at once", "SIP/2.0 100 Trying\r\n", "active;expires=60")
		siptest.Event[sipua.Referred](door, "whom to call")
		wantNotify(t, proxy, "nobody placed the call", "SIP/2.0 603 Decline\r\n", "terminated;reason=noresource")
		for _, bad := range []string{"tel:+1", "<sip:a@b>, <sip:c@d>", "<<"} {
			side.Send("REFER", "Refer-To: "+bad)
			proxy.Want(bad, "400 REFER")
		}
	})
}

// A door that calls whom strangers name is an open line.
func TestReferIsRefused(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, _, side := established(t, w)
		side.Send("REFER", "Refer-To: <sip:premium@192.0.2.10>")
		proxy.Want("off by default", "405 REFER")
		door.WantNoEvent("nobody is told", time.Second)
	})
	run(t, func(t *testing.T, w *siptest.World) {
		desk := w.Peer("192.0.2.20")
		door := w.Door(sipua.Config{AllowTransfer: true})
		door.Dial(sipua.Invitation{To: desk.URI("desk"), SDP: []byte(offerSDP)})
		invite := desk.Want("INVITE", "INVITE")
		side := desk.Callee(invite, desk.Reply(invite, 200, answerSDP))
		desk.Want("ACK", "ACK")
		siptest.Event[sipua.Established](door, "established")
		side.Send("REFER", "Refer-To: <sip:premium@192.0.2.10>")
		desk.Want("not from a peer without a server", "403 REFER")
		door.WantNoEvent("nobody is told", time.Second)
	})
}

// RFC 3891: INVITE with Replaces takes the place of a call when answered.
func TestReplaces(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, id, side := transferring(t, w)
		value := side.CallID + ";to-tag=" + side.Remote.Tag() + ";from-tag=" + side.Local.Tag()
		wrong := proxy.Call("INVITE", aorContact(side), answerSDP, "Require: replaces", "Replaces: "+side.CallID+";to-tag=x;from-tag=y")
		proxy.AckRefusal(wrong, proxy.Want("no such dialog", "481 INVITE"))
		invite := proxy.Call("INVITE", aorContact(side), answerSDP, "Require: replaces", "Replaces: "+value)
		in := siptest.Event[sipua.Incoming](door, "a call")
		if in.Replaces != id {
			t.Errorf("%+v", in)
		}
		door.Answer(in.Call, []byte(offerSDP))
		ok := proxy.Want("200", "200 INVITE")
		proxy.Reply(proxy.Want("the old call is ended", "BYE"), 200)
		if e := siptest.Event[sipua.Ended](door, "replaced"); e.Call != id || e.By != sipua.Remote {
			t.Errorf("%+v", e)
		}
		proxy.Caller(invite, ok).Send("ACK")
		siptest.Event[sipua.Established](door, "established")
	})
}

// aorContact is the door's Contact as a peer of a dialog knows it.
func aorContact(s *siptest.Side) string { return s.Target.String() }

// DOOR.md's list of auto-answer fields: believed from the trusted proxy only, as is P-Asserted-Identity.
func TestAutoAnswerAndIdentity(t *testing.T) {
	for name, tc := range map[string]struct {
		line  string
		auto  bool
		after time.Duration
	}{
		"none":                    {"Subject: x", false, 0},
		"Call-Info":               {"Call-Info: <sip:x>;answer-after=0", true, 0},
		"Call-Info 5 s":           {"Call-Info: <http://x/i.png>;purpose=icon, <sip:x>; answer-after=5", true, 5 * time.Second},
		"overlong":                {"Call-Info: <sip:x>;answer-after=99999", true, time.Minute},
		"garbled":                 {"Call-Info: <sip:x>;answer-after=soon", false, 0},
		"Alert-Info info":         {"Alert-Info: <http://www.notused.com>;info=alert-autoanswer;delay=2", true, 2 * time.Second},
		"Alert-Info other info":   {"Alert-Info: <http://x>;info=family", false, 0},
		"Alert-Info Auto Answer":  {"Alert-Info: Auto Answer", true, 0},
		"Alert-Info Ring Answer":  {"Alert-Info: Ring Answer", true, 0},
		"Answer-Mode":             {"Answer-Mode: Auto", true, 0},
		"Answer-Mode manual":      {"Answer-Mode: Manual", false, 0},
		"Priv-Answer-Mode, param": {"Priv-Answer-Mode: auto;require", true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, w *siptest.World) {
				door, proxy, contact := contactOf(t, w)
				proxy.Call("INVITE", contact, answerSDP, tc.line, `P-Asserted-Identity: "Guard" <sip:7@192.0.2.10>`)
				in := siptest.Event[sipua.Incoming](door, "a call")
				if in.AutoAnswer != tc.auto || in.After != tc.after || in.Asserted.URI.User != "7" || in.Asserted.Display != "Guard" {
					t.Errorf("%+v", in)
				}
			})
		})
	}
}

func TestStrangersWordIsNotBelieved(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk := w.Peer("192.0.2.20")
		door := w.Door(sipua.Config{AllowDirect: true})
		desk.Call("INVITE", "sip:door@192.0.2.1:5070;intercom=true", answerSDP, "Call-Info: <sip:x>;answer-after=0", "P-Asserted-Identity: <sip:boss@x>")
		if in := siptest.Event[sipua.Incoming](door, "a call"); in.AutoAnswer || in.Asserted.URI.User != "" {
			t.Errorf("%+v", in)
		}
	})
}

func TestAskForAutoAnswer(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		door.Dial(sipua.Invitation{Account: aor, To: "desk", SDP: []byte(offerSDP), AutoAnswer: true})
		m := proxy.Want("INVITE", "INVITE")
		if m.Header.Get("Call-Info") != "<sip:desk@192.0.2.10>;answer-after=0" || m.Header.Get("Answer-Mode") != "Auto" ||
			m.Header.Get("Alert-Info") != "<http://127.0.0.1>;info=alert-autoanswer;delay=0" {
			t.Errorf("INVITE is\n%v", m.Message)
		}
	})
}
