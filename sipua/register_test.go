package sipua_test

import (
	"strings"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/siptest"
)

// RFC 3261 section 10.2: "The 'userinfo' and '@' components of the SIP URI MUST NOT be present" in the Request-URI;
// From = To = AOR. FRITZ!OS 8.25 discards anything else in silence.
func TestRegisterHasDomainAsRequestURI(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		w.Door(oneAccount())
		m := proxy.WantIn("at once", "REGISTER", 0)
		if m.URI.String() != "sip:192.0.2.10" || m.URI.User != "" {
			t.Errorf("Request-URI is %v", m.URI)
		}
		if m.To.URI.String() != aor || m.From.URI.String() != aor || m.From.Tag() == "" || m.To.Tag() != "" {
			t.Errorf("From %v, To %v", m.From, m.To)
		}
		if m.Header.Get("Expires") != "600" || m.CSeq.Seq != 1 {
			t.Errorf("Expires %q, CSeq %v", m.Header.Get("Expires"), m.CSeq)
		}
		if !m.Via[0].Params.Has("rport") || !strings.HasPrefix(m.Via[0].Branch(), "z9hG4bK") || len(m.Via[0].Branch()) < 7+32 {
			t.Errorf("Via is %v: want rport (RFC 3581) and a branch of 128 random bits", m.Via[0])
		}
		contacts, err := m.Contacts()
		if err != nil || len(contacts) != 1 {
			t.Fatalf("Contact: %v, %v", contacts, err)
		}
		u := contacts[0].URI
		if u.Host != siptest.DoorAddress || u.Port != 5070 || len(u.User) < 32 || u.User == "door" {
			t.Errorf("Contact is %v: want our address and a user nobody can guess", u)
		}
	})
}

// RFC 3261 section 10.2.4: the lifetime is the expires parameter of our own Contact, else Expires, else what we asked.
// Other phones of the AOR have bindings of their own.
func TestGrantedLifetime(t *testing.T) {
	for name, tc := range map[string]struct {
		lines func(contact string) []string
		want  time.Duration
	}{
		"Contact parameter": {func(c string) []string {
			return []string{"Contact: " + replaceExpires(c, "120"), "Expires: 3600"}
		}, 120 * time.Second},
		"own among others": {func(c string) []string {
			return []string{"Contact: <sip:other@192.0.2.99>;expires=30, " + replaceExpires(c, "300") + ", <sip:x@192.0.2.98>;expires=9"}
		}, 300 * time.Second},
		"host rewritten by a NAT registrar": {func(c string) []string {
			return []string{"Contact: " + strings.Replace(replaceExpires(c, "77"), siptest.DoorAddress, "198.51.100.7", 1), "Expires: 3600"}
		}, 77 * time.Second},
		"Expires field":   {func(string) []string { return []string{"Expires: 200"} }, 200 * time.Second},
		"nothing":         {func(string) []string { return []string{"Server: x"} }, 600 * time.Second},
		"overlarge":       {func(c string) []string { return []string{"Contact: " + replaceExpires(c, "2000000000")} }, 24 * time.Hour},
		"only foreign":    {func(string) []string { return []string{"Contact: <sip:o@192.0.2.99>;expires=30", "Expires: 100"} }, 100 * time.Second},
		"Contact garbled": {func(string) []string { return []string{"Contact: <<<", "Expires: 100"} }, 100 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, w *siptest.World) {
				proxy := w.Peer(proxyAddr)
				door := w.Door(oneAccount())
				m := proxy.Want("REGISTER", "REGISTER")
				door.WantNoEvent("not registered before the 200", time.Millisecond)
				proxy.Reply(m, 200, tc.lines(m.Header.Get("Contact"))...)
				e := siptest.Event[sipua.Registered](door, "granted")
				if e.Granted != tc.want || e.Account != aor || e.Server != "UDP 192.0.2.10:5060" {
					t.Errorf("%+v, want %v", e, tc.want)
				}
				if left := time.Until(e.Refresh); left > tc.want*9/10 || left < tc.want/2*95/100 {
					t.Errorf("refresh in %v of %v", left, tc.want)
				}
				again := proxy.WantIn("refresh when announced", "REGISTER", time.Until(e.Refresh))
				if again.CallID != m.CallID || again.CSeq.Seq != m.CSeq.Seq+1 {
					t.Errorf("refresh has Call-ID %s after %s, CSeq %d", again.CallID, m.CallID, again.CSeq.Seq)
				}
			})
		})
	}
}

// replaceExpires changes the expires parameter of a Contact value.
func replaceExpires(contact, seconds string) string {
	before, _, _ := strings.Cut(contact, ";expires=")
	return before + ";expires=" + seconds
}

func TestGrantOfZeroIsNoRegistration(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		m := proxy.Want("REGISTER", "REGISTER")
		proxy.Reply(m, 200, "Contact: "+replaceExpires(m.Header.Get("Contact"), "0"))
		if e := siptest.Event[sipua.Unregistered](door, "no binding"); e.Err == nil || e.Status != 200 {
			t.Errorf("%+v", e)
		}
	})
}

const challenge = `WWW-Authenticate: Digest realm="fritz.box", nonce="8F6E4A2C"`

// RFC 3261 section 22.2: the retry is a new request: same Call-ID, From tag and To; CSeq + 1; new branch. The challenge
// is that of a FRITZ!Box: no qop, no algorithm.
func TestRegisterWithDigest(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		first := proxy.Want("REGISTER", "REGISTER")
		if first.Header.Has("Authorization") {
			t.Error("credentials before any challenge")
		}
		proxy.Reply(first, 401, challenge)
		second := proxy.WantIn("at once", "REGISTER", 0)
		if second.CallID != first.CallID || second.From.Tag() != first.From.Tag() || second.To.Tag() != "" {
			t.Errorf("retry is\n%v", second.Message)
		}
		if second.CSeq.Seq != first.CSeq.Seq+1 || second.Via[0].Branch() == first.Via[0].Branch() {
			t.Errorf("CSeq %d after %d", second.CSeq.Seq, first.CSeq.Seq)
		}
		auth := second.Header.Get("Authorization")
		if !strings.Contains(auth, `username="door"`) || !strings.Contains(auth, `uri="sip:192.0.2.10"`) || strings.Contains(auth, "qop") {
			t.Errorf("Authorization: %s", auth)
		}
		grant(proxy, second)
		e := siptest.Event[sipua.Registered](door, "registered")
		refresh := proxy.WantIn("refresh", "REGISTER", time.Until(e.Refresh))
		if !refresh.Header.Has("Authorization") {
			t.Error("the refresh carries the credentials at once")
		}
		// baresip #717: a FRITZ!Box changes its nonce without saying stale.
		proxy.Reply(refresh, 401, strings.Replace(challenge, "8F6E4A2C", "00000001", 1))
		again := proxy.WantIn("answered once more", "REGISTER", 0)
		if !strings.Contains(again.Header.Get("Authorization"), "00000001") {
			t.Error("the new nonce is not used")
		}
		grant(proxy, again)
		siptest.Event[sipua.Registered](door, "still registered")
	})
}

// RFC 3261 section 22.1: "MUST NOT re-attempt a request with the credentials that have just been rejected".
func TestWrongPasswordStops(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		for range 2 {
			proxy.Reply(proxy.Want("REGISTER", "REGISTER"), 401, challenge)
		}
		e := siptest.Event[sipua.Unregistered](door, "refused")
		if e.Status != 401 || e.Err == nil || strings.Contains(e.Err.Error(), "secret") {
			t.Errorf("%+v", e)
		}
		proxy.WantIdle("a quarter of an hour of silence: haste locks accounts", 15*time.Minute-time.Millisecond)
		proxy.WantIn("then again", "REGISTER", time.Millisecond)
	})
}

func TestForbiddenStopsForLong(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		proxy.Reply(proxy.Want("REGISTER", "REGISTER"), 403)
		if e := siptest.Event[sipua.Unregistered](door, "refused"); e.Status != 403 || time.Until(e.Retry) != 15*time.Minute {
			t.Errorf("%+v", e)
		}
		proxy.WantIdle("silence", 15*time.Minute-time.Millisecond)
	})
}

// RFC 3261 section 10.2.8.
func TestIntervalTooBrief(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		m := proxy.Want("REGISTER", "REGISTER")
		proxy.Reply(m, 423, "Min-Expires: 1800")
		again := proxy.WantIn("at once", "REGISTER", 0)
		if again.Header.Get("Expires") != "1800" || !strings.HasSuffix(again.Header.Get("Contact"), ";expires=1800") || again.CSeq.Seq != 2 {
			t.Errorf("retry is\n%v", again.Message)
		}
		proxy.Reply(again, 423, "Min-Expires: 7200")
		if e := siptest.Event[sipua.Unregistered](door, "a second 423 is a failure"); e.Status != 423 {
			t.Errorf("%+v", e)
		}
	})
}

func TestRetryAfterOn503(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		proxy.Reply(proxy.Want("REGISTER", "REGISTER"), 503, "Retry-After: 90 (maintenance);duration=60")
		e := siptest.Event[sipua.Unregistered](door, "refused")
		if e.Status != 503 || time.Until(e.Retry) != 90*time.Second {
			t.Errorf("%+v, retry in %v", e, time.Until(e.Retry))
		}
		proxy.WantIn("not before", "REGISTER", 90*time.Second)
	})
}

// A server that is silent: timer F after 32 s, then the back-off of RFC 5626 section 4.5, for ever.
func TestSilentServerIsTriedForEver(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		for i, limit := range []time.Duration{2e9, 4e9, 8e9, 16e9, 32e9, 60e9, 60e9, 60e9} {
			e := siptest.Event[sipua.Unregistered](door, "timer F")
			if wait := time.Until(e.Retry); e.Status != 0 || wait < limit/2 || wait > limit {
				t.Errorf("failure %d: retry in %v, want 50 to 100 %% of %v", i, wait, limit)
			}
			proxy.Drain()
			m := proxy.WantIn("retry as announced", "REGISTER", time.Until(e.Retry))
			if m.CSeq.Seq != uint32(i+2) {
				t.Errorf("CSeq %d", m.CSeq.Seq)
			}
			proxy.Ignore()
			time.Sleep(32*time.Second - time.Millisecond)
			proxy.Drain()
		}
	})
}

// RFC 3263 section 4.3 and what baresip, pjsua and linphone do not do: the next server within the attempt.
func TestRegisterFailsOver(t *testing.T) {
	for name, tc := range map[string]struct {
		fail  func(w *siptest.World, first *siptest.Peer)
		after time.Duration
	}{
		"503":          {func(w *siptest.World, first *siptest.Peer) { first.Reply(first.Want("first", "REGISTER"), 503) }, 0},
		"port closed":  {func(w *siptest.World, first *siptest.Peer) {}, 0},
		"silent":       {func(w *siptest.World, first *siptest.Peer) {}, 32 * time.Second},
		"500 is final": {func(w *siptest.World, first *siptest.Peer) { first.Reply(first.Want("first", "REGISTER"), 500) }, -1},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, w *siptest.World) {
				first, backup := w.Peer("192.0.2.11"), w.Peer("192.0.2.12")
				if name == "port closed" {
					first.Close()
				}
				w.Name("example.com", "UDP 192.0.2.11:5060 10", "UDP 192.0.2.12:5060 20")
				door := w.Door(sipua.Config{Accounts: []sipua.Account{{AOR: "sip:door@example.com"}}})
				start := time.Now()
				tc.fail(w, first)
				if tc.after < 0 {
					siptest.Event[sipua.Unregistered](door, "failed")
					m := backup.Want("the neighbour has the next turn", "REGISTER")
					grant(backup, m)
					siptest.Event[sipua.Registered](door, "at the neighbour")
					return
				}
				m := backup.Want("the next server", "REGISTER")
				if got := m.At.Sub(start); got != tc.after {
					t.Errorf("fell over after %v, want %v", got, tc.after)
				}
				if m.CSeq.Seq != 1 {
					t.Error("otherwise identical request: same CSeq")
				}
				grant(backup, m)
				if e := siptest.Event[sipua.Registered](door, "at the backup"); e.Server != "UDP 192.0.2.12:5060" {
					t.Errorf("%+v", e)
				}
			})
		})
	}
}

// A registrar that dies is left for the backup; when it is back the door returns, and is registered all the time.
func TestReturnToPreferredServer(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		first, backup := w.Peer("192.0.2.11"), w.Peer("192.0.2.12")
		door := w.Door(sipua.Config{Accounts: []sipua.Account{{
			AOR: "sip:door@example.com", Servers: []string{"sip:192.0.2.11", "sip:192.0.2.12"},
		}}})
		grant(first, first.Want("the preferred one", "REGISTER"))
		e := siptest.Event[sipua.Registered](door, "at the first")
		backup.WantIdle("the backup is left alone", time.Until(e.Refresh)-time.Second)
		first.Close()
		grant(backup, backup.Want("the registrar died: refresh at the backup", "REGISTER"))
		if e = siptest.Event[sipua.Registered](door, "at the backup"); e.Server != "UDP 192.0.2.12:5060" {
			t.Errorf("%+v", e)
		}
		if wait := time.Until(e.Refresh); wait < 15*time.Second || wait > 30*time.Second {
			t.Errorf("the preferred server is polled after %v, want 15 to 30 s", wait)
		}
		grant(backup, backup.Want("still dead: refreshed at the backup", "REGISTER"))
		e = siptest.Event[sipua.Registered](door, "still at the backup")
		first.Open()
		m := first.WantIn("polled", "REGISTER", time.Until(e.Refresh))
		first.Reply(m, 500)
		grant(backup, backup.WantIn("not well yet", "REGISTER", 0))
		e = siptest.Event[sipua.Registered](door, "still at the backup")
		grant(first, first.WantIn("polled again", "REGISTER", time.Until(e.Refresh)))
		if e = siptest.Event[sipua.Registered](door, "back"); e.Server != "UDP 192.0.2.11:5060" || time.Until(e.Refresh) < 8*time.Minute {
			t.Errorf("%+v", e)
		}
		backup.WantIdle("and stays", 8*time.Minute)
	})
}

// RFC 3261 section 10.2.4 and asterisk #1927, baresip #39: one server for everything the account does, also when DNS
// shuffles.
func TestServerIsPinned(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		a, b := w.Peer("192.0.2.11"), w.Peer("192.0.2.12")
		w.Name("example.com", "UDP 192.0.2.11:5060", "UDP 192.0.2.12:5060")
		door := w.Door(sipua.Config{Accounts: []sipua.Account{{AOR: "sip:door@example.com", Password: "x"}}})
		m := a.Want("first choice", "REGISTER")
		w.Name("example.com", "UDP 192.0.2.12:5060", "UDP 192.0.2.11:5060")
		a.Reply(m, 401, `WWW-Authenticate: Digest realm="example.com", nonce="n", qop="auth"`)
		grant(a, a.Want("the retry goes where the nonce is known", "REGISTER"))
		siptest.Event[sipua.Registered](door, "registered")
		door.Dial(sipua.Invitation{Account: "sip:door@example.com", To: "desk", SDP: []byte(offerSDP)})
		a.Reply(a.Want("calls go there as well", "INVITE"), 486)
		a.Ignore("ACK")
		grant(a, a.Want("the refresh too", "REGISTER"))
		b.WantIdle("the other has nothing to do", time.Second)
	})
}

// RFC 3261 section 10.2.2: on the way out the own binding is removed, and only that.
func TestShutdownRemovesBinding(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		first := proxy.Want("REGISTER", "REGISTER")
		grant(proxy, first)
		siptest.Event[sipua.Registered](door, "registered")
		door.Stop()
		m := proxy.WantIn("removal", "REGISTER", 0)
		if m.Header.Get("Expires") != "0" || m.Header.Get("Contact") != replaceExpires(first.Header.Get("Contact"), "0") || m.CallID != first.CallID {
			t.Errorf("removal is\n%v", m.Message)
		}
		proxy.Reply(m, 200)
		siptest.Event[sipua.Unregistered](door, "removed")
		if took := door.Wait(); took != 0 {
			t.Errorf("Run returned after %v", took)
		}
	})
}

func TestShutdownIsBounded(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, _, _ := established(t, w)
		proxy.Ignore()
		door.Stop()
		if took := door.Wait(); took != 2*time.Second {
			t.Errorf("with a silent server Run returned after %v, want 2 s", took)
		}
		for _, what := range []string{"BYE", "REGISTER"} {
			proxy.Ignore(map[string]string{"BYE": "REGISTER", "REGISTER": "BYE"}[what])
			proxy.Want("sent all the same", what)
		}
		if id := door.Dial(sipua.Invitation{To: "sip:desk@192.0.2.10"}); id == 0 {
			t.Error("a command after the end must neither block nor panic")
		}
	})
}

// A day of refreshes with one message in five lost and the server dead for an hour: registered at the end, and no
// minute of it wasted after the server is back.
func TestDayOfRegistrations(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		w.Net.SetDefaultLink(lossy(0.2))
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		go serveRegistrar(w, proxy)
		begin := time.Now()
		deadFrom, deadTo := begin.Add(5*time.Hour), begin.Add(6*time.Hour)
		time.AfterFunc(5*time.Hour, func() { proxy.Host.SetDown(true) })
		time.AfterFunc(6*time.Hour, func() { proxy.Host.SetDown(false) })
		grants, failures := 0, 0
		lastGrant := begin
		for time.Since(begin) < 24*time.Hour {
			switch nextRegistration(door).(type) {
			case sipua.Registered:
				grants++
				if gap := time.Since(lastGrant); gap > 11*time.Minute && lastGrant.After(deadTo) {
					t.Errorf("%v without a binding", gap)
				}
				lastGrant = time.Now()
				if at := lastGrant; at.After(deadFrom) && at.Before(deadTo) {
					t.Error("registered at a dead server")
				}
				if back := lastGrant.Sub(deadTo); back > 0 && grants > 0 && back < 10*time.Minute {
					t.Logf("registered %v after the server came back, %d failures in between", back, failures)
				}
			case sipua.Unregistered:
				failures++
			}
		}
		if grants < 24*6 || failures < 30 {
			t.Errorf("%d grants, %d failures in a day", grants, failures)
		}
	})
}
