package sipua_test

import (
	"bytes"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/simnet"
	"intercom/sipua/sip"
	"intercom/sipua/siptest"
)

// overTCP is an account whose server is reached by TCP.
func overTCP() sipua.Config {
	return sipua.Config{Accounts: []sipua.Account{{AOR: "sip:door@example.com", Servers: []string{"sip:192.0.2.10;transport=tcp"}}}}
}

// baresip #1848 and RFC 5626 section 4.5: a closed connection is found out and the binding restored at once.
func TestConnectionClosed(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(overTCP())
		m := proxy.Want("REGISTER", "REGISTER")
		grantForLong(proxy, m)
		siptest.Event[sipua.Registered](door, "registered")
		proxy.WantIdle("a while", 5*time.Minute)
		m.Stream.Close()
		again := proxy.WantIn("at once, on a new connection", "REGISTER", 0)
		if again.Stream == m.Stream || again.CallID != m.CallID {
			t.Errorf("REGISTER is\n%v", again.Message)
		}
		grantForLong(proxy, again)
		siptest.Event[sipua.Registered](door, "registered again")
		again.Stream.Close()
		third := proxy.Want("a server that closes at once is not hammered", "REGISTER")
		if wait := third.At.Sub(again.At); wait < time.Second || wait > 2*time.Second {
			t.Errorf("came back after %v, want the first back-off", wait)
		}
	})
}

// RFC 5626 section 4.4.1: a connection that is dead without a word. The server has answered a ping before, so that a
// missing pong means something.
func TestConnectionDead(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(overTCP())
		grantForLong(proxy, proxy.Want("REGISTER", "REGISTER"))
		siptest.Event[sipua.Registered](door, "registered")
		proxy.WantIdle("pings and pongs", 2*time.Minute)
		door.Host.SetDown(true)
		start := time.Now()
		e := siptest.Event[sipua.Unregistered](door, "the flow is lost")
		if got := time.Since(start); got > 30*time.Second+10*time.Second+32*time.Second {
			t.Errorf("found out after %v", got)
		}
		if e.Err == nil {
			t.Errorf("%+v", e)
		}
	})
}

// The keep-alives themselves, and their absence.
func TestKeepAlives(t *testing.T) {
	for name, tc := range map[string]struct {
		every    time.Duration
		low, top int64 // packets in ten minutes
	}{"default 25 s": {0, 24, 30}, "60 s": {time.Minute, 10, 12}, "off": {-1, 0, 0}} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, w *siptest.World) {
				var packets atomic.Int64
				w.Net.SetTap(func(p simnet.Packet) {
					if bytes.Equal(p.Data, []byte("\r\n\r\n")) {
						packets.Add(1)
					}
				})
				cfg := oneAccount()
				cfg.KeepAlive = tc.every
				proxy := w.Peer(proxyAddr)
				door := w.Door(cfg)
				m := proxy.Want("REGISTER", "REGISTER")
				time.Sleep(20 * time.Second)
				if count := packets.Load(); count != 0 {
					t.Errorf("%d keep-alives before the grant", count)
				}
				grantForLong(proxy, m)
				siptest.Event[sipua.Registered](door, "registered")
				proxy.Drain()
				proxy.WantIdle("keep-alives are no messages", 10*time.Minute)
				if count := packets.Load(); count < tc.low || count > tc.top {
					t.Errorf("%d keep-alives in 10 min, want %d to %d", count, tc.low, tc.top)
				}
			})
		})
	}
}

// A registrar that reboots without a word: the keep-alive meets a closed port, and the door does not wait for its
// refresh to find out.
func TestKeepAliveMeetsClosedPort(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		grantForLong(proxy, proxy.Want("REGISTER", "REGISTER"))
		siptest.Event[sipua.Registered](door, "registered")
		proxy.Close()
		start := time.Now()
		siptest.Event[sipua.Unregistered](door, "nobody there")
		if got := time.Since(start); got > 25*time.Second {
			t.Errorf("found out after %v", got)
		}
		proxy.Open()
		grantForLong(proxy, proxy.Want("REGISTER", "REGISTER"))
		siptest.Event[sipua.Registered](door, "registered")
	})
}

const natted = ";rport=33060;received=198.51.100.7"

// replyNatted answers as a server that sees us through a NAT.
func replyNatted(p *siptest.Peer, m *siptest.Received, via string) {
	r := sip.NewResponse(m.Message, 200, "")
	r.To.Params = ";tag=x"
	r.Via[0].Params = sip.Params(strings.Replace(string(r.Via[0].Params), ";rport", via, 1))
	r.Header.Add("Contact", replaceExpires(m.Header.Get("Contact"), "86400"))
	p.SendTo(r, m.Source, m.Stream)
}

// Field bug 4 and RFC 3581: behind a NAT the Contact is where the server sees us; the old binding goes, once.
func TestContactIsRewrittenBehindNAT(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		first := proxy.Want("REGISTER", "REGISTER")
		replyNatted(proxy, first, natted)
		siptest.Event[sipua.Registered](door, "registered")
		second := proxy.WantIn("again at once", "REGISTER", 0)
		contacts, err := second.Contacts()
		if err != nil || len(contacts) != 2 {
			t.Fatalf("want the new and the old Contact: %v %v", contacts, err)
		}
		if u := contacts[0].URI; u.Host != "198.51.100.7" || u.Port != 33060 {
			t.Errorf("new Contact %v", contacts[0])
		}
		if u := contacts[1].URI; u.Host != siptest.DoorAddress || contacts[1].Params != ";expires=0" {
			t.Errorf("old Contact %v", contacts[1])
		}
		replyNatted(proxy, second, ";rport=33060;received=[198.51.100.7]")
		siptest.Event[sipua.Registered](door, "registered")
		proxy.WantIdle("once", time.Hour)
		door.Dial(sipua.Invitation{Account: aor, To: "desk", SDP: []byte(offerSDP)})
		if m := proxy.Want("INVITE", "INVITE"); !strings.Contains(m.Header.Get("Contact"), "@198.51.100.7:33060>") {
			t.Errorf("Contact of INVITE: %s", m.Header.Get("Contact"))
		}
	})
}

// Without NAT received says what we know, and rport of a TCP connection is no place to call back.
func TestContactIsKeptWithoutNAT(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		replyNatted(proxy, proxy.Want("REGISTER", "REGISTER"), ";rport=40000;received=192.0.2.1")
		siptest.Event[sipua.Registered](door, "registered")
		proxy.WantIdle("nothing to correct", time.Hour)
	})
}

// A NAT that gives each packet another port must not make us register for ever.
func TestFlappingNAT(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		for i, port := range []string{"1001", "1002"} {
			replyNatted(proxy, proxy.WantIn("REGISTER", "REGISTER", 0), ";rport="+port+";received=198.51.100.7")
			siptest.Event[sipua.Registered](door, "registered")
			_ = i
		}
		proxy.WantIdle("not again", time.Hour)
	})
}

// RFC 3608 section 5.1: the Service-Route is preloaded into requests, and each 200 replaces it, also by nothing.
func TestServiceRoute(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		cfg := oneAccount()
		cfg.Accounts[0].Servers = []string{"sip:192.0.2.10;lr"}
		door := w.Door(cfg)
		m := proxy.Want("REGISTER", "REGISTER")
		if !m.Header.HasToken("Supported", "path") {
			t.Errorf("RFC 3327 section 4.1: Supported: path\n%v", m.Message)
		}
		grant(proxy, m, "Expires: 600", "Service-Route: <sip:home.example.com;lr>, <sip:b;lr>")
		e := siptest.Event[sipua.Registered](door, "registered")
		id, invite := dial(door, proxy)
		if got := routes(invite); got != "<sip:192.0.2.10;lr>, <sip:home.example.com;lr>, <sip:b;lr>" {
			t.Errorf("Route: %s", got)
		}
		proxy.Reply(invite, 486)
		proxy.Want("ACK", "ACK")
		siptest.Event[sipua.Ended](door, "busy")
		m = proxy.WantIn("refresh", "REGISTER", time.Until(e.Refresh))
		if got := routes(m); got != "<sip:192.0.2.10;lr>" {
			t.Errorf("Route of REGISTER: %s", got)
		}
		grant(proxy, m, "Expires: 600")
		siptest.Event[sipua.Registered](door, "registered")
		_, invite = dial(door, proxy)
		if got := routes(invite); got != "<sip:192.0.2.10;lr>" {
			t.Errorf("Route after a 200 without: %s", got)
		}
		_ = id
	})
}

// RFC 5626 section 4.2, with a first hop that does not know it (439).
func TestOutboundRegistration(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		cfg := oneAccount()
		cfg.InstanceID = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
		door := w.Door(cfg)
		m := proxy.Want("REGISTER", "REGISTER")
		if c := m.Header.Get("Contact"); !strings.Contains(c, `;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>";reg-id=1`) || !m.Header.HasToken("Supported", "outbound") {
			t.Errorf("REGISTER is\n%v", m.Message)
		}
		proxy.Reply(m, 439)
		m = proxy.WantIn("without", "REGISTER", 0)
		if strings.Contains(m.Header.Get("Contact"), "reg-id") || m.Header.HasToken("Supported", "outbound") {
			t.Errorf("REGISTER is\n%v", m.Message)
		}
		grantForLong(proxy, m)
		siptest.Event[sipua.Registered](door, "registered")
	})
}

// Network up, another address: all at once, whatever the back-off says. Reports: sipdroid #526, baresip #2065.
func TestNetworkChanged(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		cfg := oneAccount()
		cfg.Listen = []sipua.Listen{{Transport: "UDP", Address: ":5070"}}
		cfg.BackOff.Base = time.Hour
		cfg.BackOff.Cap = time.Hour
		door := w.Door(cfg)
		proxy.Reply(proxy.Want("REGISTER", "REGISTER"), 500)
		siptest.Event[sipua.Unregistered](door, "failed")
		door.NetworkChanged()
		m := proxy.WantIn("at once", "REGISTER", 0)
		grantForLong(proxy, m)
		siptest.Event[sipua.Registered](door, "registered")
		door.Host.SetAddrs(netip.MustParseAddr("192.0.2.99"))
		door.NetworkChanged()
		m = proxy.WantIn("with the new address", "REGISTER", 0)
		contacts, _ := m.Contacts()
		if len(contacts) != 2 || contacts[0].URI.Host != "192.0.2.99" || contacts[1].URI.Host != siptest.DoorAddress || contacts[1].Params != ";expires=0" {
			t.Errorf("Contacts %v", contacts)
		}
		door.NetworkChanged()
		again := proxy.WantIn("also while one is under way", "REGISTER", 0)
		grantForLong(proxy, m)
		door.WantNoEvent("the old attempt does not count", 0)
		grantForLong(proxy, again)
		siptest.Event[sipua.Registered](door, "registered")
	})
}

// RFC 3261 section 18.1.1 and field bug 10: a request over 1300 bytes goes by TCP, falls back to UDP, and nothing else
// of the call or the account stays on TCP.
func TestLargeRequestGoesByTCP(t *testing.T) {
	big := []byte(offerSDP + strings.Repeat("a=padding\r\n", 120))
	for _, hasTCP := range []bool{true, false} {
		run(t, func(t *testing.T, w *siptest.World) {
			door, proxy := registered(t, w)
			if !hasTCP {
				proxy.CloseTCP()
			}
			id := door.Dial(sipua.Invitation{Account: aor, To: "desk", SDP: big})
			invite := proxy.Want("INVITE", "INVITE")
			if overTCP := invite.Stream != nil; overTCP != hasTCP || (invite.Via[0].Transport == "TCP") != hasTCP {
				t.Errorf("over TCP: %v, Via %v", overTCP, invite.Via[0])
			}
			if strings.Contains(invite.Header.Get("Contact"), "tcp") {
				t.Errorf("Contact %s", invite.Header.Get("Contact"))
			}
			proxy.Reply(invite, 407, `Proxy-Authenticate: Digest realm="pbx", nonce="n1", qop="auth"`)
			proxy.Want("ACK", "ACK")
			invite = proxy.Want("with credentials", "INVITE")
			if overTCP := invite.Stream != nil; overTCP != hasTCP {
				t.Errorf("after 407 over TCP: %v", overTCP)
			}
			proxy.Reply(invite, 200, answerSDP)
			proxy.Want("ACK", "ACK")
			siptest.Event[sipua.Established](door, "established")
			door.Hangup(id)
			if bye := proxy.Want("BYE", "BYE"); bye.Stream != nil {
				t.Error("BYE is small: it goes by UDP")
			}
			siptest.Event[sipua.Ended](door, "the end")
			_, invite = dial(door, proxy)
			if invite.Stream != nil {
				t.Error("the next call goes by UDP")
			}
		})
	}
}

// RFC 3261 section 8.1.3.4.
func TestRedirection(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk, other := w.Peer("192.0.2.20"), w.Peer("192.0.2.21")
		door := w.Door(sipua.Config{})
		door.Dial(sipua.Invitation{To: desk.URI("desk"), SDP: []byte(offerSDP)})
		first := desk.Want("INVITE", "INVITE")
		desk.Reply(first, 302, "Contact: <sip:b@192.0.2.20>;q=0.5, <sip:a@192.0.2.21?Subject=x>;q=0.9, <mailto:x@y>, <sip:desk@192.0.2.20:5060>")
		desk.Want("ACK", "ACK")
		m := other.Want("the best one", "INVITE")
		if m.URI.String() != "sip:a@192.0.2.21" || m.CallID != first.CallID || m.CSeq.Seq != 2 || m.To.URI.User != "desk" || m.Header.Has("Subject") {
			t.Errorf("INVITE is\n%v", m.Message)
		}
		other.Reply(m, 404)
		other.Want("ACK", "ACK")
		m = desk.Want("the next one", "INVITE")
		if m.URI.User != "b" || m.CSeq.Seq != 3 {
			t.Errorf("INVITE is\n%v", m.Message)
		}
		desk.Reply(m, 302, "Contact: <sip:a@192.0.2.21>")
		desk.Want("ACK", "ACK")
		if e := siptest.Event[sipua.Ended](door, "round in a circle"); e.Status != 302 {
			t.Errorf("%+v", e)
		}
	})
}

func TestRegisterRedirection(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		first, second := w.Peer("192.0.2.10"), w.Peer("192.0.2.12")
		door := w.Door(oneAccount())
		first.Reply(first.Want("REGISTER", "REGISTER"), 302, "Contact: <sip:192.0.2.12>")
		m := second.WantIn("there", "REGISTER", 0)
		if m.URI.String() != "sip:192.0.2.12" || m.To.URI.String() != aor || m.CSeq.Seq != 2 {
			t.Errorf("REGISTER is\n%v", m.Message)
		}
		second.Reply(m, 302, "Contact: <sip:192.0.2.10>")
		if e := siptest.Event[sipua.Unregistered](door, "once"); e.Status != 302 {
			t.Errorf("%+v", e)
		}
	})
}
