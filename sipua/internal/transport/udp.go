package transport

import (
	"errors"
	"net"
	"net/netip"

	"intercom/sipua/sip"
)

// maxDatagram is the largest datagram with its UDP header; reading one octet more than a payload can have means
// that none is cut short.
const maxDatagram = 65535

// outgoing is a datagram waiting to be written.
type outgoing struct {
	flow   Flow
	packet []byte
}

// packetSocket is one UDP socket with one goroutine that reads and one that writes.
//
//	datagram -> Classify -> admission -> sip.Parse -> Received        junk, keep-alive: dropped, counted
//	                               '---> ParseBinding -> Bound        over the rate:    dropped, counted
//	ICMP error -> error queue -> Failed of the remote it names
type packetSocket struct {
	layer *Layer
	conn  net.PacketConn
	local netip.AddrPort
	queue chan outgoing
}

// addrPortConn is the way without allocations, which *net.UDPConn has.
type addrPortConn interface {
	ReadFromUDPAddrPort(p []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(p []byte, dst netip.AddrPort) (int, error)
}

// openPacket opens a socket. That ICMP errors cannot be had is worth a line in the log and no more: the timers of
// transactions find the same out later.
func (l *Layer) openPacket(address string) error {
	conn, err := l.network.ListenPacket(l.ctx, "udp", address)
	if err != nil {
		return err
	}
	s := &packetSocket{
		layer: l, conn: conn, local: addrPort(conn.LocalAddr()), queue: make(chan outgoing, maxQueued),
	}
	if err := receiveErrors(conn); err != nil {
		l.log.Warn("ICMP errors stay unseen", "local", s.local, "error", err)
	}
	l.packets = append(l.packets, s)
	return nil
}

// reaches reports whether the socket can send to an address of this family. The IPv6 wildcard sends to both.
func (s *packetSocket) reaches(remote netip.Addr) bool {
	local := s.local.Addr()
	return local.Is4() == remote.Is4() || local == netip.IPv6Unspecified()
}

// patience is how many failed reads in a row need no pause.
const patience = 3

// read reads datagrams until the socket is closed.
func (s *packetSocket) read() {
	buf := make([]byte, maxDatagram)
	for failures := 0; ; {
		n, src, err := s.readFrom(buf)
		switch {
		case err == nil:
			failures = 0
			s.receive(buf[:n], netip.AddrPortFrom(src.Addr().Unmap(), src.Port()))
		case errors.Is(err, net.ErrClosed):
			return
		case s.reportUnreachable(err):
		default:
			// The first few are taken for ICMP errors whose details the writer has reported already.
			if failures++; failures > patience && !s.layer.pause(failures-patience) {
				return
			}
		}
	}
}

// readFrom takes the way without allocations where there is one.
func (s *packetSocket) readFrom(buf []byte) (int, netip.AddrPort, error) {
	if c, ok := s.conn.(addrPortConn); ok {
		return c.ReadFromUDPAddrPort(buf)
	}
	n, src, err := s.conn.ReadFrom(buf)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	return n, addrPort(src), nil
}

// receive handles one datagram: what costs nothing first.
func (s *packetSocket) receive(p []byte, src netip.AddrPort) {
	l := s.layer
	class := Classify(p)
	if class == Junk {
		l.counters.junk.Add(1)
	}
	if class == Junk || class == Keepalive {
		return
	}
	if !l.admit(src.Addr()) {
		l.counters.limited.Add(1)
		return
	}
	e := Event{Kind: Received, Flow: Flow{Transport: sip.UDP, Local: s.local, Remote: src}, Local: s.local}
	if class == STUN {
		s.receiveSTUN(e, p)
		return
	}
	e.Message, e.Err = sip.Parse(p)
	l.deliver(e)
}

// admit asks the admission, which is shared by all sockets: a source gets no more by using two of them.
func (l *Layer) admit(source netip.Addr) bool {
	now := l.now()
	l.admissionMu.Lock()
	defer l.admissionMu.Unlock()
	return l.admission.admit(now, source)
}

// receiveSTUN passes on requests too: a registrar with RFC 5626 answers them.
func (s *packetSocket) receiveSTUN(e Event, p []byte) {
	binding, err := ParseBinding(p)
	if err != nil {
		s.layer.counters.malformed.Add(1)
		return
	}
	e.Kind, e.Binding = Bound, binding
	s.layer.post(e)
}

// reportUnreachable posts ICMP errors, from the error itself or from the system's queue. False means that the
// error was about something else.
func (s *packetSocket) reportUnreachable(err error) bool {
	var one unreachable
	if errors.As(err, &one) {
		s.unreachable(one.Unreachable(), err)
		return true
	}
	return drainErrors(s.conn, s.unreachable) > 0
}

// unreachable tells an ICMP error. The transactions to that remote are the agent's to find.
func (s *packetSocket) unreachable(remote netip.AddrPort, err error) {
	f := Flow{Transport: sip.UDP, Local: s.local, Remote: remote}
	s.layer.post(failed(f, s.local, "send", err))
}

// write writes datagrams until the Layer is closed, then those sent before, and closes the socket.
func (s *packetSocket) write() {
	defer s.conn.Close()
	for {
		select {
		case o := <-s.queue:
			s.writePacket(o)
		case <-s.layer.ctx.Done():
			s.flush()
			return
		}
	}
}

// flush writes what was sent before Close, such as the last ACK.
func (s *packetSocket) flush() {
	for {
		select {
		case o := <-s.queue:
			s.writePacket(o)
		default:
			return
		}
	}
}

// writePacket sends one datagram. Linux returns an ICMP error about an earlier datagram from a later send, which
// then was not sent: such a send is repeated, a few times since there may be several errors waiting.
func (s *packetSocket) writePacket(o outgoing) {
	const tries = 4
	for try := 1; ; try++ {
		err := s.writeTo(o)
		if err == nil {
			return
		}
		if try < tries && s.reportUnreachable(err) {
			continue
		}
		s.layer.post(failed(o.flow, s.local, "write", err))
		return
	}
}

// writeTo writes with a deadline, since a socket without a link can hold a writer for ever.
func (s *packetSocket) writeTo(o outgoing) error {
	s.conn.SetWriteDeadline(s.layer.now().Add(flushTime))
	if c, ok := s.conn.(addrPortConn); ok {
		_, err := c.WriteToUDPAddrPort(o.packet, o.flow.Remote)
		return err
	}
	_, err := s.conn.WriteTo(o.packet, net.UDPAddrFromAddrPort(o.flow.Remote))
	return err
}
