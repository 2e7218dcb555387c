package sipua_test

import (
	"strings"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/siptest"
)

// routes are the values of a message's Route fields.
func routes(m *siptest.Received) string {
	var list []string
	for v := range m.Header.Values("Route") {
		list = append(list, v)
	}
	return strings.Join(list, ", ")
}

// RFC 3261 section 12.1.2 and field bug 1: the UAC's route set is Record-Route reversed; the ACK's Request-URI is the
// Contact, and it goes to the first Route.
func TestRouteSetOfCaller(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		edge := w.Peer("192.0.2.30")
		id, invite := dial(door, proxy)
		proxy.Reply(invite, 200, answerSDP, "Contact: <sip:desk@10.0.0.5:5062>",
			"Record-Route: <sip:192.0.2.10;lr>", "Record-Route: <sip:192.0.2.30;lr;x=1>")
		ack := edge.Want("ACK goes to the last Record-Route", "ACK")
		if ack.URI.String() != "sip:desk@10.0.0.5:5062" || routes(ack) != "<sip:192.0.2.30;lr;x=1>, <sip:192.0.2.10;lr>" {
			t.Errorf("ACK is\n%v", ack.Message)
		}
		siptest.Event[sipua.Established](door, "established")
		door.Hangup(id)
		bye := edge.Want("BYE too", "BYE")
		if routes(bye) != routes(ack) || bye.URI != ack.URI {
			t.Errorf("BYE is\n%v", bye.Message)
		}
		proxy.WantIdle("nothing elsewhere", time.Second)
	})
}

// RFC 3261 section 12.1.1: the UAS's route set is Record-Route in order, and its responses repeat it.
func TestRouteSetOfCallee(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		edge := w.Peer("192.0.2.30")
		invite := proxy.Call("INVITE", contact, answerSDP, "Record-Route: <sip:192.0.2.30;lr>, <sip:192.0.2.10;lr>")
		in := siptest.Event[sipua.Incoming](door, "a call")
		door.Ring(in.Call)
		proxy.Want("180", "180 INVITE")
		door.Answer(in.Call, []byte(offerSDP))
		ok := proxy.Want("200", "200 INVITE")
		if got := ok.Header.Get("Record-Route"); got != "<sip:192.0.2.30;lr>, <sip:192.0.2.10;lr>" {
			t.Errorf("Record-Route of the 200: %q", got)
		}
		proxy.Caller(invite, ok).Send("ACK")
		siptest.Event[sipua.Established](door, "established")
		door.Hangup(in.Call)
		if bye := edge.Want("BYE goes to the first Record-Route", "BYE"); routes(bye) != "<sip:192.0.2.30;lr>, <sip:192.0.2.10;lr>" {
			t.Errorf("BYE is\n%v", bye.Message)
		}
	})
}

// RFC 3261 section 12.2.1.1: a first route without lr is a strict router: its URI is the Request-URI, the remote target
// the last Route.
func TestStrictRouter(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		_, invite := dial(door, proxy)
		proxy.Reply(invite, 200, answerSDP, "Contact: <sip:desk@10.0.0.5:5062>",
			"Record-Route: <sip:192.0.2.40;lr>", "Record-Route: <sip:192.0.2.10>")
		ack := proxy.Want("ACK", "ACK")
		if ack.URI.String() != "sip:192.0.2.10" || routes(ack) != "<sip:192.0.2.40;lr>, <sip:desk@10.0.0.5:5062>" {
			t.Errorf("ACK is\n%v", ack.Message)
		}
		siptest.Event[sipua.Established](door, "established")
	})
}

// RFC 3261 section 8.1.2: a server with lr is preloaded as Route.
func TestOutboundProxy(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(sipua.Config{Accounts: []sipua.Account{{AOR: "sip:door@example.com", Servers: []string{"sip:192.0.2.10;lr"}}}})
		m := proxy.Want("REGISTER", "REGISTER")
		if m.URI.String() != "sip:example.com" || routes(m) != "<sip:192.0.2.10;lr>" {
			t.Errorf("REGISTER is\n%v", m.Message)
		}
		grant(proxy, m)
		siptest.Event[sipua.Registered](door, "registered")
		door.Dial(sipua.Invitation{Account: "sip:door@example.com", To: "**621", SDP: []byte(offerSDP)})
		invite := proxy.Want("INVITE", "INVITE")
		if invite.URI.String() != "sip:**621@example.com" || routes(invite) != "<sip:192.0.2.10;lr>" {
			t.Errorf("INVITE is\n%v", invite.Message)
		}
	})
}

// A call without any proxy.
func TestDirectCall(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk := w.Peer("192.0.2.20")
		door := w.Door(sipua.Config{})
		id := door.Dial(sipua.Invitation{To: "sip:desk@192.0.2.20", SDP: []byte(offerSDP), Display: "Front door"})
		invite := desk.Want("INVITE", "INVITE")
		if invite.From.URI.String() != "sip:door@192.0.2.1" || invite.From.Display != "Front door" {
			t.Errorf("From is %v", invite.From)
		}
		ok := desk.Reply(invite, 200, answerSDP)
		desk.Want("ACK", "ACK")
		siptest.Event[sipua.Established](door, "established")
		side := desk.Callee(invite, ok)
		side.Send("INFO", "Content-Type: application/dtmf-relay", "Signal=1")
		desk.Want("the peer of a call is trusted within it", "200 INFO")
		siptest.Event[sipua.InfoReceived](door, "INFO")
		desk.Call("OPTIONS", "sip:door@192.0.2.1:5070")
		desk.WantIdle("and only there", time.Second)
		side.Send("BYE")
		desk.Want("BYE", "200 BYE")
		if e := siptest.Event[sipua.Ended](door, "the end"); e.Call != id || e.By != sipua.Remote {
			t.Errorf("%+v", e)
		}
	})
}

// baresip/re #101, the digest leak: somebody calls, we hang up, he answers our BYE with 407 to collect a digest of the
// password.
func TestDigestIsNotLeaked(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		eve := w.Peer("192.0.2.66")
		id, invite := dial(door, proxy)
		proxy.Reply(invite, 200, answerSDP, "Contact: <sip:eve@192.0.2.66>")
		eve.Want("ACK", "ACK")
		siptest.Event[sipua.Established](door, "established")
		door.Hangup(id)
		bye := eve.Want("BYE", "BYE")
		eve.Reply(bye, 407, `Proxy-Authenticate: Digest realm="192.0.2.10", nonce="evil"`)
		eve.WantIdle("no credentials for a peer", time.Minute)
		if bye.Header.Has("Authorization") || bye.Header.Has("Proxy-Authorization") {
			t.Error("credentials at once")
		}
	})
}

// Without an account there is nobody to authenticate as.
func TestChallengeOfDirectCall(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk := w.Peer("192.0.2.20")
		door := w.Door(sipua.Config{Accounts: []sipua.Account{{AOR: aor, Password: "x", NoRegister: true}}})
		door.Dial(sipua.Invitation{To: "sip:desk@192.0.2.20", SDP: []byte(offerSDP)})
		desk.Reply(desk.Want("INVITE", "INVITE"), 401, challenge)
		desk.Want("ACK", "ACK")
		desk.WantIdle("no second INVITE", time.Minute)
		if e := siptest.Event[sipua.Ended](door, "refused"); e.Status != 401 {
			t.Errorf("%+v", e)
		}
	})
}

// Field bug 5: INVITE after 407: ACK with the old branch, then CSeq + 1 and a new branch.
func TestInviteWithDigest(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		id, first := dial(door, proxy)
		proxy.Reply(first, 407, `Proxy-Authenticate: Digest realm="pbx", nonce="n1", qop="auth"`)
		ack := proxy.Want("the 407 is acknowledged", "ACK")
		if ack.Via[0].Branch() != first.Via[0].Branch() || ack.CSeq.Seq != 1 {
			t.Errorf("ACK is\n%v", ack.Message)
		}
		second := proxy.WantIn("at once", "INVITE", 0)
		if second.CSeq.Seq != 2 || second.Via[0].Branch() == first.Via[0].Branch() || second.CallID != first.CallID ||
			second.From.Tag() != first.From.Tag() || second.To.Tag() != "" || string(second.Body) != offerSDP {
			t.Errorf("second INVITE is\n%v", second.Message)
		}
		proxy.Reply(second, 200, answerSDP)
		ack = proxy.Want("ACK", "ACK")
		if ack.CSeq.Seq != 2 || ack.Header.Get("Proxy-Authorization") != second.Header.Get("Proxy-Authorization") {
			t.Errorf("RFC 3261 section 22.1: the ACK carries the INVITE's credentials:\n%v", ack.Message)
		}
		siptest.Event[sipua.Established](door, "established")
		door.Hangup(id)
		bye := proxy.Want("BYE", "BYE")
		if bye.CSeq.Seq != 3 || !strings.Contains(bye.Header.Get("Proxy-Authorization"), "nc=00000002") {
			t.Errorf("BYE is\n%v", bye.Message)
		}
	})
}

// RFC 3263 section 4.3: which failures move a call to the next server, and which do not.
func TestInviteFailsOver(t *testing.T) {
	for name, tc := range map[string]struct {
		status int // answer of the first server; 0 is silence, -1 a closed port
		moves  bool
		after  time.Duration
	}{
		"503":     {503, true, 0},
		"closed":  {-1, true, 0},
		"silence": {0, true, 32 * time.Second},
		"500":     {500, false, 0},
		"486":     {486, false, 0},
		"600":     {600, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, w *siptest.World) {
				first, second := w.Peer("192.0.2.11"), w.Peer("192.0.2.12")
				w.Name("example.com", "UDP 192.0.2.11:5060 10", "UDP 192.0.2.12:5060 20")
				door := w.Door(sipua.Config{})
				if tc.status == -1 {
					first.Close()
				}
				start := time.Now()
				door.Dial(sipua.Invitation{To: "sip:desk@example.com", SDP: []byte(offerSDP)})
				var failed *siptest.Received
				if tc.status > 0 {
					failed = first.Want("INVITE", "INVITE")
					first.Reply(failed, tc.status)
					first.Want("its ACK goes to the same address (RFC 3261 section 17.1.1.3)", "ACK")
				}
				if !tc.moves {
					if e := siptest.Event[sipua.Ended](door, "final"); e.Status != tc.status || e.By != sipua.Remote {
						t.Errorf("%+v", e)
					}
					second.WantIdle("the second is not tried", time.Minute)
					return
				}
				m := second.Want("the next server", "INVITE")
				if got := m.At.Sub(start); got != tc.after {
					t.Errorf("after %v, want %v", got, tc.after)
				}
				if failed != nil && (m.Via[0].Branch() == failed.Via[0].Branch() || m.CallID != failed.CallID || m.CSeq != failed.CSeq || m.From.Tag() != failed.From.Tag()) {
					t.Errorf("want the identical request with a new branch:\n%v", m.Message)
				}
				door.WantNoEvent("no new decision of the application", 0)
			})
		})
	}
}

// RFC 3263 section 4.3: a server that has sent any response is not left.
func TestNoFailoverAfterProvisional(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		first, second := w.Peer("192.0.2.11"), w.Peer("192.0.2.12")
		w.Name("example.com", "UDP 192.0.2.11:5060", "UDP 192.0.2.12:5060")
		door := w.Door(sipua.Config{})
		door.Dial(sipua.Invitation{To: "sip:desk@example.com", SDP: []byte(offerSDP)})
		first.Reply(first.Want("INVITE", "INVITE"), 100)
		first.WantIn("nothing but the limit", "CANCEL", 180*time.Second)
		second.WantIdle("the second is not tried", time.Minute)
	})
}

func TestNoServerAtAll(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door := w.Door(sipua.Config{})
		for _, to := range []string{"sip:desk@nowhere.example", "desk", "sip:", "tel:+1555", "<sip:a@b>"} {
			door.Dial(sipua.Invitation{To: to, SDP: []byte(offerSDP)})
			if e := siptest.Event[sipua.Ended](door, to); e.Err == nil {
				t.Errorf("%s: %+v", to, e)
			}
		}
		door.Dial(sipua.Invitation{Account: "sip:nobody@example.com", To: "desk"})
		if e := siptest.Event[sipua.Ended](door, "no account"); e.Err == nil {
			t.Errorf("%+v", e)
		}
	})
}

// A call over TCP: one connection both ways, and the 2xx is repeated there as well.
func TestCallOverTCP(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(sipua.Config{Accounts: []sipua.Account{{AOR: "sip:door@example.com", Servers: []string{"sip:192.0.2.10;transport=tcp"}}}})
		m := proxy.Want("REGISTER", "REGISTER")
		if m.Stream == nil || m.Via[0].Transport != "TCP" || !strings.Contains(m.Header.Get("Contact"), ";transport=tcp>") {
			t.Errorf("REGISTER is\n%v", m.Message)
		}
		grant(proxy, m)
		siptest.Event[sipua.Registered](door, "registered")
		contacts, _ := m.Contacts()
		invite := proxy.Request("INVITE", contacts[0].URI.String(), answerSDP)
		invite.Via[0].Transport = "TCP"
		proxy.SendTo(invite, m.Source, m.Stream)
		in := siptest.Event[sipua.Incoming](door, "a call on the registered connection")
		door.Answer(in.Call, []byte(offerSDP))
		ok := proxy.Want("200", "200 INVITE")
		if ok.Stream != m.Stream {
			t.Error("the response must use the same connection")
		}
		proxy.WantIn("200 again, over TCP too (RFC 3261 section 13.3.1.4)", "200 INVITE", 500*time.Millisecond)
		side := proxy.Caller(invite, ok)
		side.Send("ACK")
		siptest.Event[sipua.Established](door, "established")
	})
}
