package sipua_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/locate"
	"intercom/sipua/simnet"
	"intercom/sipua/sip"
	"intercom/sipua/siptest"
)

// place is a target such as "UDP 192.0.2.10:5060".
func place(t *testing.T, text string) locate.Target {
	t.Helper()
	transport, addr, _ := strings.Cut(text, " ")
	return locate.Target{Transport: transport, Addr: netip.MustParseAddrPort(addr)}
}

// probing is a probe in the background, from the door's machine.
type probing struct {
	t     *testing.T
	ended chan []sipua.Probed
	began time.Time
}

func startProbe(t *testing.T, ctx context.Context, w *siptest.World, timeout time.Duration, places ...string) *probing {
	t.Helper()
	uri, err := sip.ParseURI("sip:example.com;transport=udp?Subject=x")
	if err != nil {
		t.Fatal(err)
	}
	var targets []locate.Target
	for _, p := range places {
		targets = append(targets, place(t, p))
	}
	p := &probing{t: t, ended: make(chan []sipua.Probed, 1), began: time.Now()}
	cfg := sipua.Probing{URI: uri, Network: w.Net.Host(netip.MustParseAddr(siptest.DoorAddress)), Timeout: timeout}
	go func() {
		results, err := sipua.Probe(ctx, cfg, targets)
		if err != nil {
			t.Error(err)
		}
		p.ended <- results
	}()
	return p
}

// results waits for the end and tells how long it took.
func (p *probing) results(n int) ([]sipua.Probed, time.Duration) {
	p.t.Helper()
	r := <-p.ended
	if len(r) != n {
		p.t.Fatalf("%d results, want %d", len(r), n)
	}
	return r, time.Since(p.began)
}

// TestProbeAsks what RFC 3261 section 11.1 lets it ask, and no more.
func TestProbeAsks(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		server := w.Peer(proxyAddr)
		w.Net.SetDefaultLink(simnet.Link{Delay: 20 * time.Millisecond})
		p := startProbe(t, t.Context(), w, 0, "UDP 192.0.2.10:5060")
		m := server.Want("the question", "OPTIONS")
		if m.URI.String() != "sip:example.com;transport=udp" || m.To.URI != m.URI || m.To.Tag() != "" || len(m.From.Tag()) != 32 || len(m.CallID) != 32 {
			t.Errorf("the question is\n%s", m)
		}
		if m.Header.Has("Contact") || m.Header.Has("User-Agent") || m.Header.Has("Authorization") || m.From.URI.Host != "anonymous.invalid" {
			t.Errorf("it tells more than it must:\n%s", m)
		}
		if via := m.Via[0]; via.Host != siptest.DoorAddress || via.Port == 0 || via.Port != int(m.Source.Port()) || !strings.HasPrefix(via.Branch(), "z9hG4bK") {
			t.Errorf("Via %+v", via)
		}
		server.Reply(m, 100)
		server.Reply(m, 200, "Server: kamailio (5.6)")
		r, _ := p.results(1)
		if r[0].Err != nil || r[0].Status != 200 || r[0].Reason != "OK" || r[0].RoundTrip != 40*time.Millisecond || r[0].Server != "kamailio (5.6)" {
			t.Errorf("%+v", r[0])
		}
	})
}

// TestProbeTakesRefusals: who refuses lives. A challenge is not answered: there is nothing to guess a password from.
func TestProbeTakesRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		server := w.Peer(proxyAddr)
		p := startProbe(t, t.Context(), w, 0, "UDP 192.0.2.10:5060")
		server.Reply(server.Want("the question", "OPTIONS"), 401, `WWW-Authenticate: Digest realm="r", nonce="n"`)
		if r, _ := p.results(1); r[0].Err != nil || r[0].Status != 401 {
			t.Errorf("%+v", r[0])
		}
		server.WantIdle("no second question", time.Minute)
	})
}

// TestProbeAsksAllAtOnce: one dead server does not hide the next, and each reason shows.
func TestProbeAsksAllAtOnce(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		live, silent, dead := w.Peer("192.0.2.10"), w.Peer("192.0.2.11"), w.Peer("192.0.2.12")
		dead.Close()
		p := startProbe(t, t.Context(), w, 3*time.Second,
			"UDP 192.0.2.12:5060", "UDP 192.0.2.11:5060", "UDP 192.0.2.10:5060", "TCP 192.0.2.10:5060", "TCP 192.0.2.12:5060", "XMPP 192.0.2.10:5060")
		for range 2 {
			m := live.Want("UDP and TCP", "OPTIONS")
			if want := sip.UDP; m.Stream == nil && m.Via[0].Transport != want {
				t.Errorf("Via %+v", m.Via[0])
			}
			live.Reply(m, 200)
		}
		silent.WantIn("the question", "OPTIONS", 0)
		silent.WantIn("repeated after T1", "OPTIONS", 500*time.Millisecond)
		r, took := p.results(6)
		if took != 3*time.Second {
			t.Errorf("it took %v", took)
		}
		for i, want := range []string{"refused", "no answer in 3s", "", "", "refused", "unknown transport"} {
			switch got := r[i]; {
			case want == "" && (got.Err != nil || got.Status != 200):
				t.Errorf("%v: %+v", got.Target, got)
			case want != "" && (got.Err == nil || !strings.Contains(got.Err.Error(), want) || got.Status != 0):
				t.Errorf("%v: %+v, want %s", got.Target, got, want)
			}
		}
		if !errors.Is(r[1].Err, sipua.ErrNoAnswer) {
			t.Error(r[1].Err)
		}
	})
}

// TestProbeOfNothing asks nobody and waits for nothing.
func TestProbeOfNothing(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		if _, took := startProbe(t, t.Context(), w, 0).results(0); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// TestProbeIsInterrupted: Ctrl-C shows what is known.
func TestProbeIsInterrupted(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		live, silent := w.Peer("192.0.2.10"), w.Peer("192.0.2.11")
		ctx, cancel := context.WithCancel(t.Context())
		p := startProbe(t, ctx, w, time.Minute, "UDP 192.0.2.10:5060", "UDP 192.0.2.11:5060")
		live.Reply(live.Want("the question", "OPTIONS"), 200)
		silent.Want("the question", "OPTIONS")
		silent.Ignore("OPTIONS")
		time.Sleep(2 * time.Second)
		cancel()
		r, took := p.results(2)
		if took != 2*time.Second || r[0].Status != 200 || !errors.Is(r[1].Err, context.Canceled) {
			t.Errorf("%v: %+v", took, r)
		}
	})
}

// TestProbeIsNotFooled: an answer counts by branch, CSeq and method, and a stranger's request is none.
func TestProbeIsNotFooled(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		server := w.Peer(proxyAddr)
		p := startProbe(t, t.Context(), w, 2*time.Second, "UDP 192.0.2.10:5060")
		m := server.Want("the question", "OPTIONS")
		server.Ignore("OPTIONS")
		for _, forge := range []func(r *sip.Message){
			func(r *sip.Message) { r.Via[0].Params = r.Via[0].Params.With("branch", "z9hG4bKguess") },
			func(r *sip.Message) { r.CSeq.Seq = 2 },
			func(r *sip.Message) { r.CSeq.Method = sip.INVITE },
		} {
			r := sip.NewResponse(m.Message, 200, "")
			forge(r)
			server.SendTo(r, m.Source, nil)
		}
		server.SendRaw([]byte("SIP/2.0 200 OK\r\nVia: x\r\n\r\n"), m.Source, nil)
		server.SendTo(server.Request(sip.BYE, "sip:x@192.0.2.1"), m.Source, nil)
		if r, _ := p.results(1); !errors.Is(r[0].Err, sipua.ErrNoAnswer) {
			t.Errorf("%+v", r[0])
		}
		server.WantIdle("nothing is said to strangers", time.Minute)
	})
}

// TestProbeSurvivesLoss: the transaction repeats the question.
func TestProbeSurvivesLoss(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		server := w.Peer(proxyAddr)
		p := startProbe(t, t.Context(), w, 0, "UDP 192.0.2.10:5060")
		server.Want("the question, of which we pretend to know nothing", "OPTIONS")
		server.Reply(server.WantIn("again", "OPTIONS", 500*time.Millisecond), 486)
		if r, _ := p.results(1); r[0].Status != 486 || r[0].RoundTrip != 500*time.Millisecond {
			t.Errorf("%+v", r[0])
		}
	})
}

// TestProbeWithoutSockets: that is our fault, not the servers'.
func TestProbeWithoutSockets(t *testing.T) {
	_, err := sipua.Probe(t.Context(), sipua.Probing{Network: noNetwork{}}, nil)
	if err == nil || !strings.Contains(err.Error(), "out of sockets") {
		t.Error(err)
	}
}

// noNetwork is a host out of file descriptors.
type noNetwork struct{ sipua.Network }

// ListenPacket implements sipua.Network.
func (noNetwork) ListenPacket(context.Context, string, string) (net.PacketConn, error) {
	return nil, errors.New("out of sockets")
}
