package stream

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of reading. 64 datagrams are 600 ms of two streams at 10 ms packets: more than the engine ever leaves them.
const (
	maxDatagram   = 2048
	datagrams     = 64
	maxReadErrors = 16 // in a row without a packet in between
)

// datagram is a received packet on its way from a reader to the engine.
type datagram struct {
	at     time.Time
	from   netip.AddrPort
	isRTCP bool // came on the RTCP socket
	n      int
	buf    [maxDatagram]byte
}

// addrPortConn is the part of net.UDPConn that reads and writes without allocating.
type addrPortConn interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
}

// slowConn gives any net.PacketConn these methods.
type slowConn struct{ net.PacketConn }

func (c slowConn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	n, from, err := c.ReadFrom(b)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	if udp, ok := from.(*net.UDPAddr); ok {
		return n, udp.AddrPort(), nil
	}
	addr, err := netip.ParseAddrPort(from.String())
	return n, addr, err
}

func (c slowConn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return c.WriteTo(b, net.UDPAddrFromAddrPort(to))
}

func fast(c net.PacketConn) addrPortConn {
	if f, ok := c.(addrPortConn); ok {
		return f
	}
	return slowConn{c}
}

// sockets is the pair of connections of one stream with their reader goroutines. A reader does nothing but stamp the
// time and pass the datagram on; everything else is the engine's. Datagrams travel between two channels, so that none
// is ever allocated while the call runs; if the engine falls behind, the newest are dropped and counted.
type sockets struct {
	rtp, rtcp net.PacketConn // rtcp is nil with Mux
	full      chan *datagram
	free      chan *datagram
	dropped   atomic.Int64
	readers   sync.WaitGroup
}

func openSockets(rtp, rtcp net.PacketConn) *sockets {
	s := &sockets{rtp: rtp, rtcp: rtcp, full: make(chan *datagram, datagrams), free: make(chan *datagram, datagrams)}
	for range datagrams {
		s.free <- &datagram{}
	}
	for _, c := range []net.PacketConn{rtp, rtcp} {
		if c == nil {
			continue
		}
		s.readers.Add(1)
		go s.read(fast(c), c == rtcp)
	}
	return s
}

// read runs until the connection is closed or has failed for good.
func (s *sockets) read(c addrPortConn, isRTCP bool) {
	defer s.readers.Done()
	d := <-s.free
	for failures := 0; failures < maxReadErrors; {
		n, from, err := c.ReadFromUDPAddrPort(d.buf[:])
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // an ICMP error of an earlier packet, most likely
			failures++
			continue
		}
		failures = 0
		d.at, d.n, d.isRTCP = time.Now(), n, isRTCP
		d.from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		d = s.pass(d)
	}
}

// pass hands d over and returns the datagram to read into next: d itself if there is no other.
func (s *sockets) pass(d *datagram) *datagram {
	select {
	case next := <-s.free:
		s.full <- d
		return next
	default:
		s.dropped.Add(1)
		return d
	}
}

// close ends the readers and waits for them.
func (s *sockets) close() error {
	err := s.rtp.Close()
	if s.rtcp != nil {
		err = errors.Join(err, s.rtcp.Close())
	}
	s.readers.Wait()
	return err
}
