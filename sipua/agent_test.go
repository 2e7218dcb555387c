package sipua_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"intercom/sipua"
	"intercom/sipua/siptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConfigIsChecked(t *testing.T) {
	listen := []sipua.Listen{{Transport: "UDP", Address: "127.0.0.1:0"}}
	for want, cfg := range map[string]sipua.Config{
		"Config.Listen is empty":             {},
		"Accounts[0]: AOR":                   {Listen: listen, Accounts: []sipua.Account{{AOR: "door"}}},
		"tel is no SIP URI":                  {Listen: listen, Accounts: []sipua.Account{{AOR: "tel:+1555"}}},
		"Accounts[1]: server":                {Listen: listen, Accounts: []sipua.Account{{AOR: aor}, {AOR: aor, Servers: []string{"pbx"}}}},
		"Config.Identity":                    {Listen: listen, Identity: "me"},
		"Listen[0]":                          {Listen: []sipua.Listen{{Transport: "PIGEON", Address: ":0"}}},
		"write sip:user@host":                {Listen: listen, Accounts: []sipua.Account{{AOR: "mailto:x@y"}}},
		"Config.InstanceID \"f81d4fae\" is ": {Listen: listen, InstanceID: "f81d4fae"},
	} {
		a, err := sipua.New(cfg)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
		if a != nil {
			t.Errorf("%s: an agent in spite of the error", want)
		}
	}
}

// The loop never waits for the application: a day goes by unread, and nothing is lost but traces.
func TestSlowReaderHoldsNothingUp(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		cfg := oneAccount()
		cfg.Trace = true
		door := w.Door(cfg)
		grants := 0
		for range 10_000 {
			m := proxy.Want("the refreshes go on", "REGISTER")
			grant(proxy, m, "Expires: 10")
			grants++
		}
		registered, traces := 0, 0
		for registered < grants-1 {
			switch (<-door.Events()).(type) {
			case sipua.Registered:
				registered++
			case sipua.Traced:
				traces++
			}
		}
		if traces < 1000 || traces > 5000 {
			t.Errorf("%d traces were kept, want a bounded number", traces)
		}
	})
}

func TestTraceShowsBothDirectionsWithoutSecrets(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy, stranger := w.Peer(proxyAddr), w.Peer("198.51.100.66")
		cfg := oneAccount()
		cfg.Trace = true
		door := w.Door(cfg)
		proxy.Reply(proxy.Want("REGISTER", "REGISTER"), 401, challenge)
		m := proxy.Want("with credentials", "REGISTER")
		grantForLong(proxy, m)
		siptest.Event[sipua.Registered](door, "registered")
		stranger.Call("OPTIONS", "sip:x@192.0.2.1")
		door.WantNoEvent("strangers are not traced either: no flood of the log", time.Second)
		var list []string
		for _, e := range door.Traces() {
			list = append(list, fmt.Sprintf("%v %s%d", e.Sent, e.Message.Method, e.Message.Status))
			if strings.Contains(e.Message.String(), m.Header.Get("Authorization")) {
				t.Error("the digest is to be seen")
			}
			if e.Flow.Remote.String() != "192.0.2.10:5060" || e.At.IsZero() {
				t.Errorf("%+v", e)
			}
		}
		if got := strings.Join(list, ", "); got != "true REGISTER0, false 401, true REGISTER0, false 200" {
			t.Errorf("trace is %s", got)
		}
	})
}

func TestLogHasNoSecrets(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		var log bytes.Buffer
		proxy := w.Peer(proxyAddr)
		cfg := oneAccount()
		cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		door := w.Door(cfg)
		for range 2 {
			proxy.Reply(proxy.Want("REGISTER", "REGISTER"), 401, challenge)
		}
		siptest.Event[sipua.Unregistered](door, "wrong password")
		door.Stop()
		door.Wait()
		if log.Len() == 0 || strings.Contains(log.String(), "secret") {
			t.Errorf("log is\n%s", log.String())
		}
	})
}

// Two accounts live side by side: each its server, its trust and its calls.
func TestTwoAccounts(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		first, second := w.Peer("192.0.2.11"), w.Peer("192.0.2.12")
		door := w.Door(sipua.Config{Accounts: []sipua.Account{{AOR: "sip:a@192.0.2.11", Password: "1"}, {AOR: "sip:b@192.0.2.12", Password: "2"}}})
		m1, m2 := first.Want("first", "REGISTER"), second.Want("second", "REGISTER")
		if m1.CallID == m2.CallID {
			t.Error("one Call-ID for two accounts")
		}
		grantForLong(first, m1)
		siptest.Event[sipua.Registered](door, "first")
		second.Reply(m2, 403)
		if e := siptest.Event[sipua.Unregistered](door, "second"); e.Account != "sip:b@192.0.2.12" {
			t.Errorf("%+v", e)
		}
		contacts, _ := m1.Contacts()
		first.Call("INVITE", contacts[0].URI.String(), answerSDP)
		if e := siptest.Event[sipua.Incoming](door, "a call"); e.Account != "sip:a@192.0.2.11" {
			t.Errorf("%+v", e)
		}
		door.Dial(sipua.Invitation{Account: "sip:b@192.0.2.12", To: "x", SDP: []byte(offerSDP)})
		if m := second.Want("an account that is not registered can call", "INVITE"); m.From.URI.User != "b" {
			t.Errorf("From %v", m.From)
		}
	})
}

// An account without registration: its servers are trusted, and nothing is sent.
func TestAccountWithoutRegistration(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		trunk := w.Peer(proxyAddr)
		cfg := oneAccount()
		cfg.Accounts[0].NoRegister = true
		door := w.Door(cfg)
		trunk.WantIdle("no REGISTER", time.Hour)
		trunk.Call("INVITE", "sip:door@192.0.2.1:5070", answerSDP)
		if e := siptest.Event[sipua.Incoming](door, "a call"); e.Account != aor {
			t.Errorf("%+v", e)
		}
	})
}

// RFC 5626 section 4.4.2: STUN on a UDP flow, whose answer tells when the NAT has forgotten us.
func TestStunKeepAlive(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		cfg := oneAccount()
		cfg.InstanceID = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
		door := w.Door(cfg)
		outbound := func(m *siptest.Received) {
			grant(proxy, m, "Contact: "+replaceExpires(m.Header.Get("Contact"), "86400"), "Require: outbound", "Flow-Timer: 100")
			siptest.Event[sipua.Registered](door, "registered")
		}
		proxy.AnswerStun(netip.MustParseAddrPort("198.51.100.7:1000"))
		outbound(proxy.Want("REGISTER", "REGISTER"))
		proxy.WantIdle("the same address each time", 10*time.Minute)
		proxy.AnswerStun(netip.MustParseAddrPort("198.51.100.7:2000"))
		start := time.Now()
		m := proxy.Want("another address: the flow has failed", "REGISTER")
		if wait := m.At.Sub(start); wait > 100*time.Second {
			t.Errorf("noticed after %v", wait)
		}
		outbound(m)
		proxy.WantIdle("the new address each time", 10*time.Minute)
		proxy.AnswerStun(netip.AddrPort{})
		start = time.Now()
		m = proxy.Want("no answer to three tries", "REGISTER")
		if wait := m.At.Sub(start); wait > 109*time.Second {
			t.Errorf("noticed after %v", wait)
		}
	})
}

// On the host's own network, real sockets of the loopback: two agents call each other.
func TestRealSockets(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	open := func() *sipua.Agent {
		a, err := sipua.New(sipua.Config{
			Listen: []sipua.Listen{{Transport: "UDP", Address: "127.0.0.1:0"}}, AllowDirect: true, Trace: true,
			Resolver: siptest.New(t),
		})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			if err := a.Run(ctx); err != nil {
				t.Error(err)
			}
		}()
		return a
	}
	door, desk := open(), open()
	id := door.Dial(sipua.Invitation{To: "sip:desk@" + desk.Local("UDP").String(), SDP: []byte(offerSDP)})
	in := await[sipua.Incoming](t, desk)
	desk.Ring(in.Call)
	await[sipua.Ringing](t, door)
	desk.Answer(in.Call, []byte(answerSDP))
	if e := await[sipua.Established](t, door); e.Call != id || string(e.SDP) != answerSDP {
		t.Errorf("%+v", e)
	}
	await[sipua.Established](t, desk)
	desk.Hangup(in.Call)
	if e := await[sipua.Ended](t, door); e.By != sipua.Remote {
		t.Errorf("%+v", e)
	}
	stop()
	for range door.Events() {
	}
	for range desk.Events() {
	}
}

// await reads events until one of type E.
func await[E sipua.Event](t *testing.T, a *sipua.Agent) E {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		select {
		case e := <-a.Events():
			if want, ok := e.(E); ok {
				return want
			}
		case <-limit:
			var want E
			t.Fatalf("no %T", want)
			return want
		}
	}
}
