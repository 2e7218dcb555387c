package sipua_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/siptest"
)

// PJSIP's cap and libre's loop detector: a server that never has enough of challenging is given up.
func TestEndlessChallenges(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		sent := 0
		for ; sent < 20; sent++ {
			m := proxy.Next(time.Second)
			if m == nil {
				break
			}
			proxy.Reply(m, 401, fmt.Sprintf(`WWW-Authenticate: Digest realm="r", nonce="n%d", stale=true`, sent))
		}
		if sent < 2 || sent > 5 {
			t.Errorf("%d REGISTERs in a row", sent)
		}
		if e := siptest.Event[sipua.Unregistered](door, "given up"); e.Status != 401 || e.Err == nil {
			t.Errorf("%+v", e)
		}
	})
}

// RFC 3261 section 22.3: a proxy and the registrar behind it both want credentials.
func TestProxyAndRegistrarChallenge(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		proxy.Reply(proxy.Want("REGISTER", "REGISTER"), 407, `Proxy-Authenticate: Digest realm="edge", nonce="p"`)
		m := proxy.Want("for the proxy", "REGISTER")
		if !m.Header.Has("Proxy-Authorization") || m.Header.Has("Authorization") {
			t.Errorf("REGISTER is\n%v", m.Message)
		}
		proxy.Reply(m, 401, `WWW-Authenticate: Digest realm="home", nonce="h"`)
		m = proxy.Want("for both", "REGISTER")
		if !m.Header.Has("Proxy-Authorization") || !m.Header.Has("Authorization") || m.CSeq.Seq != 3 {
			t.Errorf("REGISTER is\n%v", m.Message)
		}
		grantForLong(proxy, m)
		siptest.Event[sipua.Registered](door, "registered")
	})
}

// sipgo #251: a challenge folded over lines, and one that nobody can answer beside it.
func TestFoldedChallenge(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		m := proxy.Want("REGISTER", "REGISTER")
		text := strings.Replace(m.String(), m.String()[:strings.Index(m.String(), "\r\n")], "SIP/2.0 401 Unauthorized", 1)
		text = strings.Replace(text, "Max-Forwards: 70\r\n", "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: Digest realm=\"a\r\n b\",\r\n\tnonce=\"n\",\r\n qop=\"auth\"\r\n", 1)
		proxy.SendRaw([]byte(strings.Replace(text, "To: <sip:door@192.0.2.10>", "To: <sip:door@192.0.2.10>;tag=x", 1)), m.Source, nil)
		m = proxy.Want("answered", "REGISTER")
		if auth := m.Header.Get("Authorization"); !strings.HasPrefix(auth, "Digest ") || !strings.Contains(auth, `nonce="n"`) || strings.Contains(auth, "Basic") {
			t.Errorf("Authorization: %s", auth)
		}
		grantForLong(proxy, m)
		siptest.Event[sipua.Registered](door, "registered")
	})
}

// The password is for some realms only, if the configuration says so.
func TestForeignRealm(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		cfg := oneAccount()
		cfg.Accounts[0].Realms = []string{"home"}
		door := w.Door(cfg)
		proxy.Reply(proxy.Want("REGISTER", "REGISTER"), 401, `WWW-Authenticate: Digest realm="elsewhere", nonce="n"`)
		if e := siptest.Event[sipua.Unregistered](door, "not answered"); e.Status != 401 || !strings.Contains(e.Err.Error(), "elsewhere") {
			t.Errorf("%+v", e)
		}
		proxy.WantIdle("no credentials", 500*time.Millisecond)
	})
}

// The user name for digest may be another than that of the address (3CX).
func TestAuthenticationUser(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		cfg := oneAccount()
		cfg.Accounts[0].Username = "auth-4711"
		w.Door(cfg)
		proxy.Reply(proxy.Want("REGISTER", "REGISTER"), 401, challenge)
		if m := proxy.Want("answered", "REGISTER"); !strings.Contains(m.Header.Get("Authorization"), `username="auth-4711"`) {
			t.Errorf("Authorization: %s", m.Header.Get("Authorization"))
		}
	})
}

// Requests within a call are challenged as well; the CSeq of the dialog goes on counting.
func TestChallengesInDialog(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, id, _ := established(t, w)
		door.Offer(id, []byte(heldSDP))
		proxy.Reply(proxy.Want("re-INVITE", "INVITE"), 407, `Proxy-Authenticate: Digest realm="pbx", nonce="n", qop="auth"`)
		proxy.Want("ACK", "ACK")
		m := proxy.Want("re-INVITE with credentials", "INVITE")
		if m.CSeq.Seq != 3 || !strings.Contains(m.Header.Get("Proxy-Authorization"), "nc=00000001") {
			t.Errorf("re-INVITE is\n%v", m.Message)
		}
		proxy.Reply(m, 200, answerSDP)
		if ack := proxy.Want("ACK", "ACK"); ack.CSeq.Seq != 3 || !ack.Header.Has("Proxy-Authorization") {
			t.Errorf("ACK is\n%v", ack.Message)
		}
		siptest.Event[sipua.Updated](door, "answered")
		door.Info(id, "application/dtmf", []byte("1"))
		m = proxy.Want("INFO", "INFO")
		if m.CSeq.Seq != 4 || !strings.Contains(m.Header.Get("Proxy-Authorization"), "nc=00000002") {
			t.Errorf("INFO is\n%v", m.Message)
		}
		proxy.Reply(m, 407, `Proxy-Authenticate: Digest realm="pbx", nonce="n2", qop="auth", stale=true`)
		m = proxy.Want("INFO with the new nonce", "INFO")
		if m.CSeq.Seq != 5 || !strings.Contains(m.Header.Get("Proxy-Authorization"), `nonce="n2"`) {
			t.Errorf("INFO is\n%v", m.Message)
		}
		proxy.Reply(m, 200)
		door.Hangup(id)
		if bye := proxy.Want("BYE", "BYE"); bye.CSeq.Seq != 6 {
			t.Errorf("BYE is\n%v", bye.Message)
		}
	})
}

// RFC 7616 section 3.5: nextnonce replaces the nonce without another challenge.
func TestNextNonce(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		proxy.Reply(proxy.Want("REGISTER", "REGISTER"), 401, `WWW-Authenticate: Digest realm="r", nonce="one", qop="auth"`)
		m := proxy.Want("answered", "REGISTER")
		grant(proxy, m, "Expires: 60", `Authentication-Info: nextnonce="two"`)
		siptest.Event[sipua.Registered](door, "registered")
		m = proxy.Want("refresh", "REGISTER")
		if auth := m.Header.Get("Authorization"); !strings.Contains(auth, `nonce="two"`) || !strings.Contains(auth, "nc=00000001") {
			t.Errorf("Authorization: %s", auth)
		}
		grant(proxy, m, "Expires: 60")
		siptest.Event[sipua.Registered](door, "registered")
		if m = proxy.Want("refresh", "REGISTER"); !strings.Contains(m.Header.Get("Authorization"), "nc=00000002") {
			t.Errorf("JAIN #181: the count goes on: %s", m.Header.Get("Authorization"))
		}
	})
}

// The removal on the way out may be challenged; there are two seconds for that.
func TestRemovalIsChallenged(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		proxy.Ignore()
		door.Stop()
		proxy.Reply(proxy.Want("removal", "REGISTER"), 401, challenge)
		m := proxy.Want("with credentials", "REGISTER")
		if m.Header.Get("Expires") != "0" || !m.Header.Has("Authorization") {
			t.Errorf("removal is\n%v", m.Message)
		}
		proxy.Reply(m, 200)
		siptest.Event[sipua.Unregistered](door, "removed")
		if took := door.Wait(); took > time.Second {
			t.Errorf("Run returned after %v", took)
		}
	})
}
