package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"intercom/sipua/simnet"
	"intercom/sipua/sip"
)

// accepting opens a desk with the limits and returns raw connections to it.
func (w *world) accepting(limits Limits) (desk *end, dial func() net.Conn) {
	desk = w.open(Config{Network: w.desk, Listen: []Listen{{sip.TCP, w.deskAddr}}, Limits: limits})
	return desk, func() net.Conn { return w.dialRaw(desk, sip.TCP) }
}

// wantClosedAfter asserts when the peer closes, a travel time of 10 ms included.
func (w *world) wantClosedAfter(what string, c net.Conn, start time.Time, want time.Duration) {
	w.Helper()
	w.wantEnd(what, c)
	if got := time.Since(start); got != want {
		w.Errorf("%s: closed after %v, want %v", what, got, want)
	}
}

const travel = 10 * time.Millisecond

func TestFirstMessageDeadline(t *testing.T) {
	inMemory(t, func(w *world) {
		desk, dial := w.accepting(Limits{MessageTimeout: 5 * time.Second})
		c := dial()
		start := time.Now().Add(-travel) // the desk accepted when the answer to the door set out
		w.wantClosedAfter("a silent peer", c, start, 5*time.Second+travel)
		if e := desk.want("the end", Failed); !errors.Is(e.Err, ErrSlow) {
			w.Errorf("the reason is %v, want %v", e.Err, ErrSlow)
		}
	})
}

func TestSlowlorisIsCutOff(t *testing.T) {
	inMemory(t, func(w *world) {
		desk, dial := w.accepting(Limits{MessageTimeout: 5 * time.Second})
		c := dial()
		c.Write(request("good", 0))
		desk.wantRequest("good")
		desk.wantQuiet("idle between messages", time.Minute)

		start := time.Now()
		var dripping sync.WaitGroup
		defer dripping.Wait()
		dripping.Go(func() {
			for _, b := range request("slow", 0) {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		w.wantClosedAfter("a message that drips in", c, start, 5*time.Second+2*travel)
		if e := desk.want("the end", Failed); !errors.Is(e.Err, ErrSlow) {
			w.Errorf("the reason is %v, want %v", e.Err, ErrSlow)
		}
	})
}

func TestClerrIsCutOff(t *testing.T) {
	inMemory(t, func(w *world) {
		desk, dial := w.accepting(Limits{})
		c := dial()
		start := time.Now() // when the answer of accept arrived
		c.Write([]byte(strings.Replace(string(request("clerr", 0)), "Content-Length: 0", "Content-Length: 9999", 1)))
		w.wantClosedAfter("a body shorter than its length", c, start, 10*time.Second)
		if n := desk.Counters(); n.Received != 0 {
			w.Errorf("%d messages were received", n.Received)
		}
	})
}

func TestIdleClose(t *testing.T) {
	inMemory(t, func(w *world) {
		desk, dial := w.accepting(Limits{IdleTimeout: time.Minute})
		c := dial()
		c.Write(request("1", 0))
		f := desk.wantRequest("1").Flow
		// A packet in either direction keeps the connection.
		for range 3 {
			desk.wantQuiet("in use by us", 50*time.Second)
			desk.Send(f, []byte("x"))
			desk.wantQuiet("in use by the peer", 50*time.Second)
			c.Write([]byte("\r\n\r\n"))
		}
		start := time.Now()
		w.wantClosedAfter("idle", c, start, time.Minute+2*travel)
		desk.wantFailure("idle", f, "read", ErrIdle)
	})
}

func TestConnectionLimits(t *testing.T) {
	inMemory(t, func(w *world) {
		desk, dial := w.accepting(Limits{Connections: 5, ConnectionsPerSource: 3})
		var open []net.Conn
		for range 3 {
			open = append(open, dial())
		}
		w.wantEnd("the fourth of one source", dial())
		others := w.net.Host(netip.MustParseAddr("192.0.2.3"), netip.MustParseAddr("192.0.2.4"))
		dialOther := func() net.Conn {
			c, err := others.Dial(context.Background(), "tcp", desk.addr(sip.TCP).String())
			if err != nil {
				w.Fatal(err)
			}
			return c
		}
		for range 2 {
			open = append(open, dialOther())
		}
		w.wantEnd("the sixth in total", dialOther())
		if n := desk.Counters().Refused; n != 2 {
			w.Errorf("%d connections were refused, want 2", n)
		}
		for i, c := range open {
			c.Write(request(fmt.Sprint(i), 0))
			desk.wantRequest(fmt.Sprint(i))
		}
		open[0].Close()
		desk.want("the end", Failed)
		c := dial()
		c.Write(request("again", 0))
		desk.wantRequest("again")
	})
}

func TestDialledConnectionsAreBounded(t *testing.T) {
	inMemory(t, func(w *world) {
		door := w.open(Config{Network: w.door, Limits: Limits{Connections: 2}})
		for i := range 3 {
			f := door.FlowTo(sip.TCP, netip.AddrPortFrom(netip.MustParseAddr("192.0.2.99"), uint16(5060+i)), "")
			door.Send(f, request("1", 0))
			if i == 2 {
				door.wantFailure("the third", f, "send", ErrTooMany)
			}
		}
	})
}

func TestDialTimeout(t *testing.T) {
	inMemory(t, func(w *world) {
		door := w.open(Config{Network: w.door, Limits: Limits{DialTimeout: 3 * time.Second}})
		f := door.FlowTo(sip.TCP, netip.MustParseAddrPort("192.0.2.99:5060"), "")
		start := time.Now()
		door.Send(f, request("1", 0))
		door.wantQuiet("while it dials", 2*time.Second)
		door.wantFailure("nobody there", f, "dial", context.DeadlineExceeded)
		if d := time.Since(start); d != 3*time.Second {
			w.Errorf("it failed after %v", d)
		}
	})
}

func TestHandshakeTimeout(t *testing.T) {
	inMemory(t, func(w *world) {
		l, err := w.desk.Listen(context.Background(), "tcp", "192.0.2.2:5061")
		if err != nil {
			w.Fatal(err)
		}
		defer l.Close()
		door, desk := w.pair(sip.TLS, Limits{DialTimeout: 3 * time.Second})
		f := door.FlowTo(sip.TLS, netip.MustParseAddrPort("192.0.2.2:5061"), "example.com")
		door.Send(f, request("1", 0))
		door.wantFailure("a server without TLS", f, "handshake", context.DeadlineExceeded)

		c := w.dialRaw(desk, sip.TLS)
		w.wantClosedAfter("a client without TLS", c, time.Now().Add(-travel), 3*time.Second+travel)
	})
}

func TestConnectionIsOpenedAgain(t *testing.T) {
	inMemory(t, func(w *world) {
		door, desk := w.pair(sip.TCP, Limits{})
		f := door.flowTo(sip.TCP, desk)
		door.Send(f, request("1", 0))
		first := desk.wantRequest("1").Flow
		w.deskHost.Crash()
		door.wantQuiet("a crash says nothing", time.Minute)
		desk.Close()
		desk = w.open(Config{Network: w.desk, Listen: []Listen{{sip.TCP, f.Remote.String()}}})

		door.Send(f, request("lost", 0))
		door.wantFailure("the reset", f, "read", syscall.ECONNRESET)
		door.Send(f, request("2", 0))
		if got := desk.wantRequest("2"); got.Flow == first {
			w.Error("the new connection is the old one")
		}
	})
}

func TestPeerThatDoesNotRead(t *testing.T) {
	inMemory(t, func(w *world) {
		desk, dial := w.accepting(Limits{Queue: 100_000, WriteTimeout: 5 * time.Second})
		c := dial()
		c.Write(request("1", 0))
		f := desk.wantRequest("1").Flow
		start := time.Now()
		for range 5 {
			desk.Send(f, make([]byte, 32<<10)) // two fill the peer's window, the third waits
			synctest.Wait()
		}
		desk.wantQuiet("within the bounds", 4*time.Second)
		desk.wantFailure("a stuck write", f, "write", ErrOverflow)
		if d := time.Since(start); d != 5*time.Second {
			w.Errorf("it failed after %v, want 5 s", d)
		}
	})
}

func TestQueueOverflow(t *testing.T) {
	inMemory(t, func(w *world) {
		desk, dial := w.accepting(Limits{Queue: 100_000})
		c := dial()
		c.Write(request("1", 0))
		f := desk.wantRequest("1").Flow
		for range 10 {
			desk.Send(f, make([]byte, 32<<10))
			synctest.Wait()
		}
		desk.wantFailure("overflow", f, "send", ErrOverflow)
		desk.Send(f, []byte("x"))
		desk.wantFailure("after it", f, "send", ErrNoConnection)
	})
}

// TestSendNeverBlocks floods a Layer whose events nobody reads.
func TestSendNeverBlocks(t *testing.T) {
	inMemory(t, func(w *world) {
		door, desk := w.pair(sip.UDP, Limits{})
		start := time.Now()
		flows := []Flow{
			door.flowTo(sip.UDP, desk),
			{Transport: "WS", Remote: desk.addr(sip.UDP)},
			{Transport: sip.TCP, Remote: desk.addr(sip.UDP)},
		}
		for range 2000 {
			for _, f := range flows {
				door.Send(f, request("flood", 0))
			}
		}
		if d := time.Since(start); d != 0 {
			w.Errorf("the flood took %v", d)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		door.mu.Lock()
		waiting := len(door.failures)
		door.mu.Unlock()
		if waiting == 0 || waiting > maxFailures {
			w.Errorf("%d failures wait, want some, at most %d", waiting, maxFailures)
		}
	})
}

func TestDatagramLimits(t *testing.T) {
	inMemory(t, func(w *world) {
		desk := w.open(Config{Network: w.desk, Listen: []Listen{{sip.UDP, w.deskAddr}}, Limits: Limits{SourceRate: 2, StrangerRate: 100}})
		c, err := w.door.Dial(context.Background(), "udp", desk.addr(sip.UDP).String())
		if err != nil {
			w.Fatal(err)
		}
		for range 50 {
			c.Write(request("flood", 0))
			c.Write([]byte("GET / HTTP/1.1\r\n"))
			c.Write([]byte("\r\n"))
		}
		for range 4 {
			desk.wantRequest("flood")
		}
		desk.wantQuiet("over the limit", time.Second)
		if n := desk.Counters(); n != (Counters{Received: 4, Junk: 50, Limited: 46}) {
			w.Errorf("counters %+v", n)
		}
		c.Write(request("later", 0))
		desk.wantRequest("later")

		// An answer to a stranger does not make it known, a request does.
		desk.Send(desk.FlowTo(sip.UDP, addrPort(c.LocalAddr()), ""), []byte("SIP/2.0 403 Forbidden\r\n\r\n"))
		desk.Send(desk.FlowTo(sip.UDP, netip.MustParseAddrPort("192.0.2.77:5060"), ""), request("x", 0))
		desk.admissionMu.Lock()
		known := desk.admission.known
		desk.admissionMu.Unlock()
		if len(known) != 1 || known[netip.MustParseAddr("192.0.2.77")].IsZero() {
			w.Errorf("known are %v", known)
		}
	})
}

func TestUDPOverABadLink(t *testing.T) {
	inMemory(t, func(w *world) {
		w.net.SetDefaultLink(simnet.Link{Duplicate: 1})
		door, desk := w.pair(sip.UDP, Limits{})
		door.Send(door.flowTo(sip.UDP, desk), request("twice", 0))
		desk.wantRequest("twice")
		desk.wantRequest("twice")
		w.net.SetDefaultLink(simnet.Link{Loss: 1})
		door.Send(door.flowTo(sip.UDP, desk), request("never", 0))
		desk.wantQuiet("all is lost", time.Minute)
		door.wantQuiet("and nobody told", time.Minute)
	})
}

func TestTooLargeADatagramFails(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		door, desk := w.pair(sip.UDP, Limits{})
		f := door.flowTo(sip.UDP, desk)
		door.Send(f, request("huge", 70_000))
		door.wantFailure("70 KB", f, "write", syscall.EMSGSIZE)
	})
}

func TestCloseWhileDialling(t *testing.T) {
	inMemory(t, func(w *world) {
		door := w.open(Config{Network: w.door})
		door.Send(door.FlowTo(sip.TCP, netip.MustParseAddrPort("192.0.2.99:5060"), ""), request("1", 0))
		time.Sleep(time.Second)
		start := time.Now()
		door.Close()
		if d := time.Since(start); d != 0 {
			w.Errorf("Close took %v", d)
		}
	})
}

func TestCloseWithAStuckPeer(t *testing.T) {
	for _, transport := range []string{sip.TCP, sip.TLS} {
		inMemory(t, func(w *world) {
			door, desk := w.pair(transport, Limits{})
			f := door.flowTo(transport, desk)
			door.Send(f, request("1", 0))
			desk.wantRequest("1")
			w.deskHost.SetDown(true)
			for range 5 {
				door.Send(f, request("stuck", 40_000))
			}
			start := time.Now()
			door.Close()
			if d := time.Since(start); d > flushTime {
				w.Errorf("%s: Close took %v", transport, d)
			}
		})
	}
}

// failingListener is a listener out of file descriptors for a while.
type failingListener struct {
	net.Listener
	failures int
}

func (l *failingListener) Accept() (net.Conn, error) {
	if l.failures > 0 {
		l.failures--
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return l.Listener.Accept()
}

// failing is a network whose listeners fail at first.
type failing struct{ Network }

func (n failing) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	l, err := n.Network.Listen(ctx, network, address)
	return &failingListener{l, 5}, err
}

func TestAcceptGoesOnAfterErrors(t *testing.T) {
	inMemory(t, func(w *world) {
		start := time.Now()
		desk := w.open(Config{Network: failing{w.desk}, Listen: []Listen{{sip.TCP, w.deskAddr}}})
		c := w.dialRaw(desk, sip.TCP)
		c.Write(request("1", 0))
		desk.wantRequest("1")
		// 20, 40, 80, 160 and 320 ms
		if d := time.Since(start); d < 620*time.Millisecond || d > 650*time.Millisecond {
			w.Errorf("accepted after %v, want 620 ms and the handshake", d)
		}
	})
}

func TestCloseFlow(t *testing.T) {
	inMemory(t, func(w *world) {
		door, desk := w.pair(sip.TCP, Limits{})
		f := door.flowTo(sip.TCP, desk)
		door.CloseFlow(f) // there is none yet
		door.Send(f, request("1", 0))
		first := desk.wantRequest("1").Flow
		door.CloseFlow(f)
		door.Send(f, request("2", 0)) // at once: not into the dying connection
		desk.wantFailure("the first", first, "read", io.EOF)
		second := desk.wantRequest("2").Flow
		if second == first {
			w.Error("the connection was not closed")
		}
		door.wantQuiet("who closes knows", time.Minute)
		desk.CloseFlow(second)
		door.wantFailure("closed by the desk", f, "read", io.EOF)
		desk.wantQuiet("who closes knows", time.Minute)
		desk.Send(second, request("3", 0))
		desk.wantFailure("an accepted connection does not come back", second, "send", ErrNoConnection)
	})
}

// TestUnanswerableFramingErrors holds that responses and ACK get no answer, and that the connection closes yet.
func TestUnanswerableFramingErrors(t *testing.T) {
	ack := strings.ReplaceAll(string(request("1", 0)), "OPTIONS", "ACK")
	tests := map[string]string{
		"response":   "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 192.0.2.2;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
		"ACK":        strings.Replace(ack, "Content-Length: 0", "X: y", 1),
		"no Via":     strings.Replace(strings.Replace(string(request("1", 0)), "Content-Length: 0", "X: y", 1), "Via", "Viola", 1),
		"HTTP":       "GET / HTTP/1.1\r\nHost: desk\r\n\r\n",
		"TLS hello":  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"long lines": strings.Repeat("X", maxHead+1),
	}
	for name, stream := range tests {
		inMemory(t, func(w *world) {
			desk, dial := w.accepting(Limits{})
			c := dial()
			start := time.Now()
			c.Write([]byte(stream))
			w.wantClosedAfter(name, c, start, lingerTime+2*travel)
			if e := desk.want(name, Failed); !errors.Is(e.Err, ErrFraming) {
				w.Errorf("%s: the reason is %v", name, e.Err)
			}
		})
	}
}

// TestOneByteAtATime sends messages in the smallest segments there can be, over real sockets too.
func TestOneByteAtATime(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		desk, dial := w.accepting(Limits{})
		c := dial()
		for _, b := range append(request("1", 5), request("2", 0)...) {
			if _, err := c.Write([]byte{b}); err != nil {
				w.Fatal(err)
			}
		}
		if got := desk.wantRequest("1"); len(got.Message.Body) != 5 {
			w.Errorf("the body is %q", got.Message.Body)
		}
		desk.wantRequest("2")
	})
}

// TestManySenders sends from several goroutines to one peer while connections come and go.
func TestManySenders(t *testing.T) {
	for _, transport := range []string{sip.UDP, sip.TCP, sip.TLS} {
		inBothWorlds(t, func(w *world) {
			door, desk := w.pair(transport, Limits{SourceRate: -1})
			f := door.flowTo(transport, desk)
			const senders, each = 4, 25
			var wg sync.WaitGroup
			for i := range senders {
				wg.Go(func() {
					for j := range each {
						door.Send(f, request(fmt.Sprintf("%d-%d", i, j), 100))
					}
				})
			}
			last := make(map[string]int)
			for range senders * each {
				got := desk.want("a request", Received)
				var i string
				var j int
				fmt.Sscanf(got.Message.CallID, "%1s-%d", &i, &j)
				if j < last[i] && transport != sip.UDP {
					w.Errorf("%s: request %s after %d", transport, got.Message.CallID, last[i])
				}
				last[i] = j
			}
			wg.Wait()
		})
	}
}

// TestCloseAmidTraffic closes a Layer while others send: nothing may hang, panic or leak.
func TestCloseAmidTraffic(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		door, desk := w.pair(sip.TCP, Limits{})
		f := door.flowTo(sip.TCP, desk)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 200 {
					door.Send(f, request("1", 0))
					door.CloseFlow(f)
				}
			})
		}
		wg.Go(func() { door.Close() })
		wg.Go(func() {
			for range desk.Events() {
			}
		})
		door.Close()
		desk.Close()
		wg.Wait()
	})
}

// plainConn hides everything of a socket but net.PacketConn, and fails some reads first.
type plainConn struct {
	net.PacketConn
	failures int
}

func (c *plainConn) ReadFrom(p []byte) (int, net.Addr, error) {
	if c.failures > 0 {
		c.failures--
		return 0, nil, &net.OpError{Op: "read", Err: syscall.ENETDOWN}
	}
	return c.PacketConn.ReadFrom(p)
}

// plain is a network of such sockets.
type plain struct{ Network }

func (n plain) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	c, err := n.Network.ListenPacket(ctx, network, address)
	return &plainConn{c, 5}, err
}

func TestPlainPacketConn(t *testing.T) {
	inMemory(t, func(w *world) {
		w.door, w.desk = plain{w.door}, plain{w.desk}
		start := time.Now()
		door, desk := w.pair(sip.UDP, Limits{})
		f := door.flowTo(sip.UDP, desk)
		door.Send(f, request("1", 0))
		got := desk.wantRequest("1")
		// Two of the five failures were worth a pause: 20 and 40 ms.
		if d := time.Since(start); d != 60*time.Millisecond {
			w.Errorf("the request was read after %v", d)
		}
		desk.Send(got.Flow, response(got.Message))
		door.wantResponse("1")
	})
}
