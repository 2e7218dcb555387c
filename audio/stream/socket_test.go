package stream

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// onlyPacketConn hides the methods that avoid allocation.
type onlyPacketConn struct{ net.PacketConn }

func TestAnyPacketConnWorks(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		e, err := NewEngine(EngineConfig{Card: newFakeCard(8000, 1000, 440), CardRate: 8000})
		if err != nil {
			t.Fatal(err)
		}
		s, err := e.Open(Config{Media: to(hostB), RTP: onlyPacketConn{w.Listen(hostA + ":4000")}})
		if err != nil {
			t.Fatal(err)
		}
		x := runEnd(t, newFakeCard(8000, 0, 440), e, s)
		p := newPeer(t, w, hostB+":4000", netip.MustParseAddrPort(hostA+":4000"))
		p.talk(50)
		if got := p.received(); len(got) < 48 {
			t.Errorf("%d packets sent", len(got))
		}
		if r := x.stop(); r.Received != 50 || r.Remote != "192.0.2.2:4000" {
			t.Errorf("%+v", r)
		}
	})
}

// A call over the host's own loopback, in real time: the path through net.UDPConn, IPv4-mapped addresses included.
func TestRealUDP(t *testing.T) {
	defer goleak.VerifyNone(t)
	listen := func(network, address string) net.PacketConn {
		c, err := net.ListenPacket(network, address)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	portOf := func(c net.PacketConn) netip.AddrPort {
		return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), c.LocalAddr().(*net.UDPAddr).AddrPort().Port())
	}
	connA, connB := listen("udp4", "127.0.0.1:0"), listen("udp4", "127.0.0.1:0")
	var ends []*end
	for _, pair := range [][2]net.PacketConn{{connA, connB}, {connB, connA}} {
		e, err := NewEngine(EngineConfig{Rate: 8000})
		if err != nil {
			t.Fatal(err)
		}
		media := Media{Remote: portOf(pair[1]), Send: pcma, Receive: pcma, Mux: true}
		s, err := e.Open(Config{Media: media, RTP: pair[0]})
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, runEnd(t, nil, e, s))
	}
	if err := ends[0].stream.SendDigits("8"); err != nil {
		t.Fatal(err)
	}
	deadline, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		select {
		case ev := <-ends[1].stream.Events():
			if ev.Kind != Digit {
				continue
			}
			if ev.Digit != '8' {
				t.Errorf("digit %c", ev.Digit)
			}
		case <-deadline.Done():
			t.Fatal("no digit came")
		}
		break
	}
	for _, x := range ends {
		if r := x.stop(); r.Sent == 0 || r.Received == 0 || r.Malformed+r.Foreign+r.Unknown != 0 {
			t.Errorf("%+v", r)
		}
	}
}

// failingConn fails to read a number of times, then gives one packet, then reports that it is closed.
type failingConn struct {
	net.PacketConn
	failures, packets, reads int
}

func (c *failingConn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	c.reads++
	switch {
	case c.failures > 0:
		c.failures--
		return 0, netip.AddrPort{}, errors.New("connection refused")
	case c.packets > 0:
		c.packets--
		return copy(b, "hello"), netip.MustParseAddrPort("[::ffff:192.0.2.1]:5"), nil
	}
	return 0, netip.AddrPort{}, net.ErrClosed
}

func (c *failingConn) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) { return len(b), nil }

func newSockets() *sockets {
	s := &sockets{full: make(chan *datagram, datagrams), free: make(chan *datagram, datagrams)}
	for range datagrams {
		s.free <- &datagram{}
	}
	s.readers.Add(1)
	return s
}

func TestReaderSurvivesErrors(t *testing.T) {
	s, c := newSockets(), &failingConn{failures: maxReadErrors - 1, packets: 2}
	s.read(c, true)
	if len(s.full) != 2 {
		t.Fatalf("%d packets after a row of errors, want 2", len(s.full))
	}
	d := <-s.full
	if string(d.buf[:d.n]) != "hello" || !d.isRTCP || d.from != netip.MustParseAddrPort("192.0.2.1:5") || d.at.IsZero() {
		t.Errorf("%q from %v", d.buf[:d.n], d.from)
	}
}

func TestReaderGivesUp(t *testing.T) {
	s, c := newSockets(), &failingConn{failures: 1000}
	s.read(c, false)
	if c.reads != maxReadErrors {
		t.Errorf("%d reads of a broken socket, want %d", c.reads, maxReadErrors)
	}
}

func TestReaderDropsTheNewestWhenNobodyTakesThem(t *testing.T) {
	s, c := newSockets(), &failingConn{packets: datagrams + 36}
	s.read(c, false)
	if got := len(s.full); got != datagrams-1 { // one is in the reader's hand
		t.Errorf("%d datagrams are waiting, want %d", got, datagrams-1)
	}
	if got := s.dropped.Load(); got != 37 {
		t.Errorf("%d dropped, want 37", got)
	}
}

func TestCloseBeforeRunAndTwice(t *testing.T) {
	defer goleak.VerifyNone(t)
	e, err := NewEngine(EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWire()
	s, err := e.Open(Config{Media: to(hostB), RTP: w.Listen(hostA + ":4000"), RTCP: w.Listen(hostA + ":4001")})
	if err != nil {
		t.Fatal(err)
	}
	if r := s.Close(); r.Sent != 0 || r.Duration != 0 {
		t.Errorf("%+v", r)
	}
	s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Run(ctx); err != nil {
		t.Error(err)
	}
}

func TestGoodbyeIsSent(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		a := newEnd(t, w, hostA, newFakeCard(8000, 440, 1000), EngineConfig{}, to(hostB))
		b := newEnd(t, w, hostB, newFakeCard(8000, 1000, 440), EngineConfig{}, to(hostA))
		time.Sleep(time.Second)
		b.all()
		a.stop()
		time.Sleep(3 * frameTime)
		if got := b.all(); got != "goodbye" {
			t.Errorf("events %q, want goodbye", got)
		}
		b.stop()
	})
}

func TestSlowStationLosesNoEarlyEvents(t *testing.T) {
	withScene(t, EngineConfig{}, to(hostB), func(s *scene) {
		t := s.t
		s.peer.talk(4)
		for n := range 100 { // nobody takes events
			s.peer.send(101, true, s.peer.ts+uint32(n)*1600, []byte{byte(n % 10), 0x8A, 3, 32})
			time.Sleep(frameTime)
		}
		time.Sleep(3 * frameTime)
		r := s.stream.Report()
		if r.Missed != 102-eventQueue {
			t.Errorf("%d events missed, want %d", r.Missed, 102-eventQueue)
		}
		if got := s.digits(); len(got) != eventQueue-2 || got[:12] != "012345678901" {
			t.Errorf("digits %q", got)
		}
	})
}
