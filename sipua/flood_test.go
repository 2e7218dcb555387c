package sipua_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/simnet"
	"intercom/sipua/sip"
	"intercom/sipua/siptest"
)

// The flood of these tests: floodRate messages a second from many strangers.
const (
	floodRate    = 10_000
	floodSources = 50
)

// scannerJunk is one of the messages scanners send, by number: well formed, malformed and no SIP at all.
func scannerJunk(i int) []byte {
	const head = " sip:100@192.0.2.1 SIP/2.0\r\n"
	rest := fmt.Sprintf("Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bK%d\r\nMax-Forwards: 70\r\nFrom: <sip:100@1.1.1.1>;tag=%d\r\n"+
		"To: <sip:100@1.1.1.1>\r\nCall-ID: %d\r\n", i, i, i)
	switch i % 8 {
	case 0:
		return []byte("OPTIONS" + head + rest + "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
	case 1:
		return []byte("REGISTER" + head + rest + "CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n")
	case 2:
		return []byte("INVITE" + head + rest + "CSeq: 1 INVITE\r\nContact: <sip:a@203.0.113.1>\r\nContent-Length: 0\r\n\r\n")
	case 3:
		return []byte("BYE" + head + "To: <sip:x>;tag=guess\r\n" + rest + "CSeq: 9 BYE\r\nContent-Length: 0\r\n\r\n")
	case 4:
		return []byte("INVITE" + head + rest + "CSeq: 1 INVITE\r\nContent-Length: -5\r\nContent-Length: 99999999999\r\n\r\n")
	case 5:
		return []byte("SIP/2.0 200 OK\r\n" + rest + "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n")
	case 6:
		return []byte("INVITE" + head + rest)
	default:
		return []byte{0, 0xff, byte(i), byte(i >> 8), 1, 2, 3}
	}
}

// flood pours junk on the door until ctx ends.
func flood(t *testing.T, ctx context.Context, w *siptest.World) {
	t.Helper()
	door := &net.UDPAddr{IP: net.ParseIP(siptest.DoorAddress), Port: 5070}
	var sockets []net.PacketConn
	for i := range floodSources {
		host := w.Net.Host(netip.AddrFrom4([4]byte{203, 0, 113, byte(i + 1)}))
		c, err := host.ListenPacket(context.Background(), "udp", ":5060")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		sockets = append(sockets, c)
	}
	go func() {
		const tick = 5 * time.Millisecond
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		for i := 0; ; {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			for range int(tick * floodRate / time.Second) {
				sockets[i%len(sockets)].WriteTo(scannerJunk(i), door)
				i++
			}
		}
	}()
}

// kept is what the process holds after what can go has gone.
func kept() (heap int64, goroutines int) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), runtime.NumGoroutine()
}

// TestFlood: 10,000 junk messages a second neither end the running call nor hinder the next one, get no answer, and
// cost neither memory nor goroutines; with the limits off as well, when each of them is read to its end.
func TestFlood(t *testing.T) {
	for name, limits := range map[string]sipua.Limits{"as delivered": {}, "without limits": {SourceRate: -1, StrangerRate: -1}} {
		t.Run(name, func(t *testing.T) { run(t, func(t *testing.T, w *siptest.World) { throughAFlood(t, w, limits) }) })
	}
}

func throughAFlood(t *testing.T, w *siptest.World, limits sipua.Limits) {
	proxy := w.Peer(proxyAddr)
	cfg := oneAccount()
	cfg.Limits = limits
	door := w.Door(cfg)
	grantForLong(proxy, proxy.Want("the door registers", "REGISTER"))
	siptest.Event[sipua.Registered](door, "the binding stands")
	proxy.Ignore("REGISTER")
	standing := callThrough(t, door, proxy)

	var junk, answers atomic.Int64
	w.Net.SetTap(func(p simnet.Packet) {
		switch stranger := netip.MustParsePrefix("203.0.113.0/24"); {
		case stranger.Contains(p.Src.Addr()):
			junk.Add(1)
		case stranger.Contains(p.Dst.Addr()):
			answers.Add(1)
		}
	})
	heap, goroutines := kept()
	ctx, stop := context.WithCancel(t.Context())
	flood(t, ctx, w)
	for range 5 {
		time.Sleep(400 * time.Millisecond)
		began := time.Now()
		id := callThrough(t, door, proxy)
		if took := time.Since(began); took != 0 {
			t.Errorf("a call took %v to set up", took)
		}
		door.Hangup(id)
		proxy.Reply(proxy.Want("the call ends", "BYE"), 200)
		if e := siptest.Event[sipua.Ended](door, "it has ended"); e.Call != id {
			t.Fatalf("call %d ended, want %d", e.Call, id)
		}
		door.Offer(standing, []byte(offerSDP))
		proxy.Reply(proxy.Want("new media", "INVITE"), 200, answerSDP)
		proxy.Want("ACK of that", "ACK")
		siptest.Event[sipua.Updated](door, "the standing call goes on")
		if _, now := kept(); now > goroutines+2 {
			t.Errorf("%d goroutines in the flood, %d before", now, goroutines)
		}
	}
	stop()
	if n := junk.Load(); n < 2*floodRate*9/10 {
		t.Errorf("only %d junk messages were sent: the test proves nothing", n)
	}
	if n := answers.Load(); n != 0 {
		t.Errorf("%d answers to strangers", n)
	}
	door.WantNoEvent("the flood is told to nobody", time.Minute)
	if now, _ := kept(); now-heap > 4<<20 {
		t.Errorf("%d KiB of memory did not come back", (now-heap)/1024)
	}
}

// callThrough sets up a call of the door through its proxy.
func callThrough(t *testing.T, door *siptest.Door, proxy *siptest.Peer) sipua.CallID {
	t.Helper()
	id := door.Dial(sipua.Invitation{Account: aor, To: "desk", SDP: []byte(offerSDP)})
	invite := proxy.Want("INVITE", "INVITE")
	proxy.Reply(invite, 180)
	siptest.Event[sipua.Ringing](door, "it rings")
	proxy.Reply(invite, 200, answerSDP)
	proxy.Want("ACK", "ACK")
	siptest.Event[sipua.Established](door, "the call stands")
	return id
}

// BenchmarkRegistration is the life of a binding over a network in memory: REGISTER, 401, REGISTER, 200, and removal.
func BenchmarkRegistration(b *testing.B) {
	network := simnet.New(simnet.Config{Seed: 1})
	registrar, err := network.Host(netip.MustParseAddr(proxyAddr)).ListenPacket(b.Context(), "udp", proxyAddr+":5060")
	if err != nil {
		b.Fatal(err)
	}
	defer registrar.Close()
	go challengeAndGrant(registrar)
	cfg := oneAccount()
	cfg.Network = network.Host(netip.MustParseAddr(siptest.DoorAddress))
	cfg.Listen = []sipua.Listen{{Transport: sip.UDP, Address: siptest.DoorAddress + ":5070"}}
	b.ReportAllocs()
	for b.Loop() {
		registerOnce(b, cfg)
	}
}

// registerOnce lives from the first REGISTER to the answer to the last.
func registerOnce(b *testing.B, cfg sipua.Config) {
	agent, err := sipua.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- agent.Run(ctx) }()
	for e := range agent.Events() {
		if r, ok := e.(sipua.Registered); ok && r.Granted > 0 {
			stop()
		}
	}
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}

// challengeAndGrant is a registrar that wants a digest and believes any.
func challengeAndGrant(c net.PacketConn) {
	buf := make([]byte, 65535)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		m, err := sip.Parse(buf[:n])
		if err != nil {
			continue
		}
		r := sip.NewResponse(m, 200, "")
		if m.Header.Has("Authorization") {
			r.Header.Add("Contact", m.Header.Get("Contact"))
			r.Header.Add("Expires", m.Header.Get("Expires"))
		} else {
			r = sip.NewResponse(m, 401, "")
			r.Header.Add("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`)
		}
		r.To.Params = r.To.Params.With("tag", "r")
		c.WriteTo(r.Append(nil), from)
	}
}
