package sipua_test

import (
	"strings"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/sip"
	"intercom/sipua/siptest"
)

// What rows_test.go asks for and no other file was about.

// RFC 3261 sections 22.1 and 9.1: a CANCEL cannot be sent again, so a challenge to it is not answered; the call ends by
// its 487 as usual.
func TestChallengeOfCancelIsNotAnswered(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		id, invite := dial(door, proxy)
		proxy.Reply(invite, 180)
		siptest.Event[sipua.Ringing](door, "it rings")
		door.Hangup(id)
		siptest.Event[sipua.Ended](door, "the end")
		proxy.Reply(proxy.Want("CANCEL", "CANCEL"), 407, `Proxy-Authenticate: Digest realm="pbx", nonce="n1", qop="auth"`)
		proxy.WantIdle("no digest, and no second CANCEL", 10*time.Second)
		proxy.Reply(invite, 487)
		proxy.Want("ACK", "ACK")
		proxy.WantIdle("nothing else", time.Minute)
	})
}

// RFC 3263 section 4: the choice of a server is made once per transaction. CANCEL and the ACK of a refusal go where the
// INVITE went, though DNS would now say something else (sofia, sipgo #168).
func TestCancelAndAckGoWhereTheInviteWent(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		first, second, third := w.Peer("192.0.2.11"), w.Peer("192.0.2.12"), w.Peer("192.0.2.13")
		first.Close()
		w.Name("example.com", "UDP 192.0.2.11:5060 10", "UDP 192.0.2.12:5060 20")
		door := w.Door(sipua.Config{})
		id := door.Dial(sipua.Invitation{To: "sip:desk@example.com", SDP: []byte(offerSDP)})
		invite := second.Want("INVITE", "INVITE")
		second.Reply(invite, 180)
		siptest.Event[sipua.Ringing](door, "it rings")
		first.Open()
		w.Name("example.com", "UDP 192.0.2.13:5060 10")
		door.Hangup(id)
		siptest.Event[sipua.Ended](door, "the end")
		cancel := second.Want("CANCEL to the same server", "CANCEL")
		if cancel.Via[0].Branch() != invite.Via[0].Branch() || cancel.URI != invite.URI || cancel.CSeq.Seq != invite.CSeq.Seq ||
			cancel.CallID != invite.CallID || cancel.From.String() != invite.From.String() || cancel.To.String() != invite.To.String() ||
			cancel.Header.Has("Require") || cancel.Header.Has("Proxy-Require") {
			t.Errorf("RFC 3261 section 9.1: CANCEL is\n%v", cancel.Message)
		}
		second.Reply(cancel, 200)
		second.Reply(invite, 487)
		second.Want("and the ACK", "ACK")
		first.WantIdle("the first is not asked again", time.Second)
		third.WantIdle("nor is the third", time.Second)
	})
}

// What a scanner wants to know: nothing names the program or its version unless the configuration says so, neither in
// requests nor in responses, not even in those to malformed messages.
func TestNoFingerprintByDefault(t *testing.T) {
	for _, name := range []string{"", "Door 7"} {
		run(t, func(t *testing.T, w *siptest.World) {
			desk := w.Peer("192.0.2.20")
			door := w.Door(sipua.Config{AllowDirect: true, UserAgent: name})
			check := func(m *siptest.Received) {
				t.Helper()
				said := m.Header.Get("User-Agent") + m.Header.Get("Server")
				if said != name && (name == "" || said != "") {
					t.Errorf("it calls itself %q:\n%v", said, m.Message)
				}
				if strings.Contains(strings.ToLower(m.String()), "intercom") {
					t.Errorf("the program's name is in\n%v", m.Message)
				}
			}
			door.Dial(sipua.Invitation{To: desk.URI("desk"), SDP: []byte(offerSDP)})
			invite := desk.Want("INVITE", "INVITE")
			check(invite)
			desk.Reply(invite, 486)
			check(desk.Want("ACK", "ACK"))
			siptest.Event[sipua.Ended](door, "the end")
			for _, method := range []string{"OPTIONS", "REGISTER", "BYE", "NONSENSE"} {
				desk.Call(method, "sip:door@192.0.2.1:5070")
				check(desk.Next(time.Second))
			}
			m := desk.Request("OPTIONS", "sip:door@192.0.2.1:5070")
			desk.SendRaw([]byte(strings.Replace(m.String(), "CSeq: 1", "CSeq: x", 1)), siptest.DoorPort(), nil)
			check(desk.Want("400", "400 "))
		})
	}
}

// RFC 3261 section 8.2.3: a body of several parts is refused by its name, whatever the parts are (AST-2017-003,
// CVE-2022-21723 crashed on them).
func TestMultipartIsRefused(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		for _, body := range []string{"", "--b\r\n", "--b--", "--b\r\n\r\n--b", "--b\r\nContent-ID: <\r\n\r\n--b--\r\n", strings.Repeat("--b\r\n", 5000)} {
			invite := proxy.Request("INVITE", contact, "Content-Type: multipart/mixed;boundary=b")
			invite.Body = []byte(body)
			proxy.SendTo(invite, siptest.DoorPort(), nil)
			if body == "" {
				in := siptest.Event[sipua.Incoming](door, "an empty body is none")
				door.Reject(in.Call, 486)
				proxy.AckRefusal(invite, proxy.Want("refused by the application", "486 INVITE"))
				siptest.Event[sipua.Ended](door, "the end")
				continue
			}
			r := proxy.Want("415", "415 INVITE")
			if r.Header.Get("Accept") != "application/sdp" {
				t.Errorf("415 is\n%v", r.Message)
			}
			proxy.AckRefusal(invite, r)
		}
		door.WantNoEvent("nobody hears of them", time.Second)
	})
}

// RFC 5057 section 5.1: 408 to a request in a dialog ends it as 481 does, when the request was one of the call.
func Test408InDialogEndsTheCall(t *testing.T) {
	for _, status := range []int{408, 481} {
		run(t, func(t *testing.T, w *siptest.World) {
			door, proxy, id, _ := established(t, w)
			door.Offer(id, []byte(heldSDP))
			proxy.Reply(proxy.Want("re-INVITE", "INVITE"), status)
			proxy.Want("ACK", "ACK")
			ended := false
			for e, ok := nextOf(door); ok && !ended; e, ok = nextOf(door) {
				_, ended = e.(sipua.Ended)
			}
			if !ended {
				t.Errorf("%d: the call stands", status)
			}
		})
	}
}

// nextOf is the next event within a second.
func nextOf(d *siptest.Door) (sipua.Event, bool) {
	select {
	case e := <-d.Events():
		return e, true
	case <-time.After(time.Second):
		return nil, false
	}
}

// RFC 4320: no 408 to a request that is no INVITE, and nothing provisional but 100 after a while. The door answers all of
// them at once.
func TestOthersAreAnsweredAtOnce(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		_, side := answeredCall(door, proxy, contact)
		for _, method := range []string{sip.OPTIONS, sip.INFO, sip.BYE} {
			side.Send(method)
			proxy.WantIn(method, "200 "+method, 0)
		}
		siptest.Event[sipua.Ended](door, "the end")
		proxy.WantIdle("and nothing after it", time.Minute)
	})
}
