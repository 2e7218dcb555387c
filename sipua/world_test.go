package sipua_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"intercom/sipua"
	"intercom/sipua/locate"
	"intercom/sipua/simnet"
	"intercom/sipua/siptest"
)

// agentAt runs a second agent at an address of the world, and stops it with the test.
func agentAt(t *testing.T, w *siptest.World, address string, cfg sipua.Config) *sipua.Agent {
	t.Helper()
	cfg.Network = w.Net.Host(netip.MustParseAddr(address))
	cfg.Resolver = w
	agent, err := sipua.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		if err := agent.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		stop()
		for range agent.Events() {
		}
	})
	return agent
}

// Two agents over a bad wire: a fifth of the packets lost, some twice, some late. Every call is answered and ended, on
// both sides, whoever hangs up.
func TestCallsOverABadWire(t *testing.T) {
	for seed := range 20 {
		synctest.Test(t, func(t *testing.T) {
			w := siptest.Seeded(t, uint64(seed))
			w.Net.SetDefaultLink(simnet.Link{Delay: 30 * time.Millisecond, Jitter: 50 * time.Millisecond, Loss: 0.2, Duplicate: 0.1, Reorder: 0.1})
			listen := []sipua.Listen{{Transport: "UDP", Address: "192.0.2.20:5060"}}
			desk := agentAt(t, w, "192.0.2.20", sipua.Config{Listen: listen, AllowDirect: true})
			door := w.Door(sipua.Config{AllowDirect: true})
			id := door.Dial(sipua.Invitation{To: "sip:desk@192.0.2.20", SDP: []byte(offerSDP)})
			in := awaitLong[sipua.Incoming](t, desk)
			desk.Ring(in.Call)
			desk.Answer(in.Call, []byte(answerSDP))
			awaitCall(t, door.Agent, id)
			awaitCall(t, desk, in.Call)
			if seed%2 == 0 {
				door.Hangup(id)
			} else {
				desk.Hangup(in.Call)
			}
			if e := awaitEnd(t, door.Agent, id); e.By == sipua.Trouble {
				t.Errorf("seed %d: %+v", seed, e)
			}
			awaitEnd(t, desk, in.Call)
		})
	}
}

func awaitCall(t *testing.T, a *sipua.Agent, id sipua.CallID) {
	t.Helper()
	for {
		if e := awaitLong[sipua.Established](t, a); e.Call == id {
			return
		}
	}
}

func awaitEnd(t *testing.T, a *sipua.Agent, id sipua.CallID) sipua.Ended {
	t.Helper()
	for {
		if e := awaitLong[sipua.Ended](t, a); e.Call == id {
			return e
		}
	}
}

// awaitLong is await with the patience a bad wire needs.
func awaitLong[E sipua.Event](t *testing.T, a *sipua.Agent) E {
	t.Helper()
	limit := time.After(time.Hour)
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

// The whole way by name: NAPTR, SRV and A from a name server in the same network, and over to the second server when
// the first one dies.
func TestRegisterByName(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		zone, err := locate.NewZone(`
example.com. NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.example.com.
_sip._udp.example.com. SRV 10 0 5060 a.example.com.
_sip._udp.example.com. SRV 20 0 5060 b.example.com.
a.example.com. A 192.0.2.11
b.example.com. A 192.0.2.12
`)
		if err != nil {
			t.Fatal(err)
		}
		dns := w.Net.Host(netip.MustParseAddr("192.0.2.53"))
		packets, err := dns.ListenPacket(context.Background(), "udp", "192.0.2.53:53")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		t.Cleanup(stop)
		go func() { _ = zone.Serve(ctx, packets, nil) }()
		host := w.Net.Host(netip.MustParseAddr("192.0.2.2"))
		resolver, err := locate.New(locate.Config{
			Servers: []string{"192.0.2.53"},
			Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				return host.Dial(ctx, network, address)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		a, b := w.Peer("192.0.2.11"), w.Peer("192.0.2.12")
		door := w.Door(sipua.Config{Resolver: resolver, Accounts: []sipua.Account{{AOR: "sip:door@example.com"}}})
		grant(a, a.Want("the first by priority", "REGISTER"))
		siptest.Event[sipua.Registered](door, "registered")
		a.Close()
		grant(b, b.Want("a dead one is noticed by its keep-alive", "REGISTER"))
		if e := siptest.Event[sipua.Registered](door, "registered"); e.Server != "UDP 192.0.2.12:5060" {
			t.Errorf("%+v", e)
		}
	})
}

// A call over TLS: the certificate must be for the domain of the URI (RFC 5922 section 7.2), and a wrong one is a
// failure of the transport, not of the program.
func TestCallOverTLS(t *testing.T) {
	for _, tc := range []struct {
		certified string
		works     bool
	}{{"example.com", true}, {"other.example", false}} {
		run(t, func(t *testing.T, w *siptest.World) {
			certificate, roots := selfSigned(t, tc.certified)
			w.Name("example.com", "TLS 192.0.2.20:5061")
			desk := agentAt(t, w, "192.0.2.20", sipua.Config{
				Listen:      []sipua.Listen{{Transport: "TLS", Address: "192.0.2.20:5061"}},
				TLS:         sipua.TLS{Certificates: []tls.Certificate{certificate}},
				AllowDirect: true,
			})
			door := w.Door(sipua.Config{
				TLS:    sipua.TLS{Roots: roots},
				Listen: []sipua.Listen{{Transport: "UDP", Address: siptest.DoorAddress + ":5070"}},
			})
			id := door.Dial(sipua.Invitation{To: "sip:desk@example.com;transport=tls", SDP: []byte(offerSDP)})
			if !tc.works {
				if e := siptest.Event[sipua.Ended](door, "not the one we want to speak to"); e.Err == nil || e.By != sipua.Trouble {
					t.Errorf("%+v", e)
				}
				return
			}
			in := await[sipua.Incoming](t, desk)
			desk.Answer(in.Call, []byte(answerSDP))
			siptest.Event[sipua.Established](door, "established")
			await[sipua.Established](t, desk)
			desk.Hangup(in.Call)
			if e := siptest.Event[sipua.Ended](door, "BYE comes on the same connection"); e.Call != id || e.By != sipua.Remote {
				t.Errorf("%+v", e)
			}
		})
	}
}

// selfSigned makes a certificate for a domain, and the pool that trusts it.
func selfSigned(t *testing.T, domain string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: domain}, DNSNames: []string{domain},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

// RFC 3261 table 4 and SFTF 605, through the whole agent: an INVITE is sent seven times in 32 s, others eleven times.
func TestNumberOfRepetitions(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk := w.Peer("192.0.2.20")
		door := w.Door(sipua.Config{})
		door.Dial(sipua.Invitation{To: "sip:desk@192.0.2.20", SDP: []byte(offerSDP)})
		start := time.Now()
		for _, after := range []time.Duration{0, 500, 1500, 3500, 7500, 15500, 31500} {
			if m := desk.Want("INVITE", "INVITE"); m.At.Sub(start) != after*time.Millisecond {
				t.Errorf("INVITE after %v, want %v ms", m.At.Sub(start), after)
			}
		}
		siptest.Event[sipua.Ended](door, "timer B")
		if got := time.Since(start); got != 32*time.Second {
			t.Errorf("timer B after %v", got)
		}
		desk.WantIdle("seven", time.Minute)
	})
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		siptest.Event[sipua.Unregistered](door, "timer F")
		for n := range 11 {
			if m := proxy.Next(time.Millisecond); m == nil || m.CSeq.Seq != 1 {
				t.Errorf("repetition %d: %v", n, m)
			}
		}
		proxy.WantIdle("eleven", 500*time.Millisecond)
	})
}
