package sipua_test

import (
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/siptest"
)

// A call finds out that the registrar has fallen silent: it goes on at the backup, and so does the registration, so that
// the next visitor does not wait again.
func TestSilentServerFoundByCall(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		first, backup := w.Peer("192.0.2.11"), w.Peer("192.0.2.12")
		door := w.Door(sipua.Config{Accounts: []sipua.Account{{AOR: "sip:door@example.com", Servers: []string{"sip:192.0.2.11", "sip:192.0.2.12"}}}})
		grantForLong(first, first.Want("REGISTER", "REGISTER"))
		siptest.Event[sipua.Registered](door, "at the first")
		first.Host.SetStealth(true)
		first.Close()
		door.Dial(sipua.Invitation{Account: "sip:door@example.com", To: "desk", SDP: []byte(offerSDP)})
		invite := backup.WantIn("timer B, then the backup", "INVITE", 32*time.Second)
		backup.Reply(invite, 180)
		siptest.Event[sipua.Ringing](door, "it rings")
		grantForLong(backup, backup.Want("the registration follows", "REGISTER"))
		if e := siptest.Event[sipua.Registered](door, "at the backup"); e.Server != "UDP 192.0.2.12:5060" {
			t.Errorf("%+v", e)
		}
		backup.Reply(invite, 486)
		siptest.Event[sipua.Ended](door, "busy")
		backup.Ignore("ACK", "REGISTER")
		door.Dial(sipua.Invitation{Account: "sip:door@example.com", To: "desk", SDP: []byte(offerSDP)})
		backup.WantIn("the next call goes there at once", "INVITE", 0)
	})
}

// A server that DNS does not publish any more keeps the binding until one of the published ones has taken it.
func TestServerLeavesDNS(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		old, fresh := w.Peer("192.0.2.11"), w.Peer("192.0.2.12")
		w.Name("example.com", "UDP 192.0.2.11:5060")
		door := w.Door(sipua.Config{Accounts: []sipua.Account{{AOR: "sip:door@example.com"}}})
		grant(old, old.Want("REGISTER", "REGISTER"))
		siptest.Event[sipua.Registered](door, "at the old one")
		w.Name("example.com", "UDP 192.0.2.12:5060")
		grant(old, old.Want("the refresh goes where the binding is", "REGISTER"))
		e := siptest.Event[sipua.Registered](door, "still at the old one")
		m := fresh.WantIn("soon the new one is tried", "REGISTER", time.Until(e.Refresh))
		fresh.Reply(m, 500)
		grant(old, old.Want("which is not ready yet", "REGISTER"))
		e = siptest.Event[sipua.Registered](door, "still at the old one")
		grant(fresh, fresh.WantIn("and again", "REGISTER", time.Until(e.Refresh)))
		if e = siptest.Event[sipua.Registered](door, "moved"); e.Server != "UDP 192.0.2.12:5060" {
			t.Errorf("%+v", e)
		}
		old.WantIdle("the old one is left alone", 8*time.Minute)
	})
}

// kamailio #3547 and sipsorcery #363: DNS fails while a server is in use: the refresh goes on there.
func TestDNSFailsWhileRegistered(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		w.Name("example.com", "UDP 192.0.2.10:5060")
		door := w.Door(sipua.Config{Accounts: []sipua.Account{{AOR: "sip:door@example.com"}}})
		grant(proxy, proxy.Want("REGISTER", "REGISTER"))
		siptest.Event[sipua.Registered](door, "registered")
		w.Name("example.com")
		grant(proxy, proxy.Want("the refresh", "REGISTER"))
		siptest.Event[sipua.Registered](door, "registered")
		door.Dial(sipua.Invitation{Account: "sip:door@example.com", To: "desk", SDP: []byte(offerSDP)})
		proxy.Want("and calls", "INVITE")
	})
}

// Without DNS from the beginning: tried for ever by the back-off, and at once when there is an answer.
func TestDNSFailsAtBoot(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(sipua.Config{Accounts: []sipua.Account{{AOR: "sip:door@example.com"}}})
		for range 10 {
			e := siptest.Event[sipua.Unregistered](door, "no such name")
			if e.Err == nil || time.Until(e.Retry) > time.Minute {
				t.Errorf("%+v", e)
			}
		}
		w.Name("example.com", "UDP 192.0.2.10:5060")
		grant(proxy, proxy.Want("now it is found", "REGISTER"))
		siptest.Event[sipua.Registered](door, "registered")
	})
}

// A lost REGISTER or its lost answer is repeated, not counted as a failure.
func TestLostMessagesAreNoFailures(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		for _, after := range []time.Duration{0, 500, 1000, 2000, 4000} {
			proxy.WantIn("repeated", "REGISTER", after*time.Millisecond)
		}
		m := proxy.WantIn("repeated", "REGISTER", 4*time.Second)
		grantForLong(proxy, m)
		grantForLong(proxy, m)
		siptest.Event[sipua.Registered](door, "the first event is success")
		door.WantNoEvent("one answer counts", time.Minute)
	})
}

// The application's Reject of a session it cannot speak tells why (RFC 3261 section 13.3.1.3).
func TestRejectTellsWhy(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		for status, want := range map[int]string{488: `305 intercom "Incompatible media format"`, 486: "", 603: ""} {
			m := proxy.Call("INVITE", contact, answerSDP)
			in := siptest.Event[sipua.Incoming](door, "a call")
			door.Reject(in.Call, status)
			r := proxy.Next(time.Second)
			if r == nil || r.Status != status || r.Header.Get("Warning") != want {
				t.Errorf("%d: %v", status, r)
				continue
			}
			proxy.AckRefusal(m, r)
			siptest.Event[sipua.Ended](door, "refused")
		}
	})
}
