package simnet

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// Read returns the next datagram of a connected socket.
func (c *PacketConn) Read(p []byte) (int, error) {
	n, _, err := c.ReadFromUDPAddrPort(p)
	return n, err
}

// ReadFrom returns the next datagram and the *net.UDPAddr of its sender. What does not fit into p is lost.
func (c *PacketConn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, src, err := c.ReadFromUDPAddrPort(p)
	if !src.IsValid() {
		return n, nil, err
	}
	return n, net.UDPAddrFromAddrPort(src), err
}

// ReadFromUDPAddrPort is ReadFrom without the allocation.
func (c *PacketConn) ReadFromUDPAddrPort(p []byte) (int, netip.AddrPort, error) {
	if isClosed(c.done) {
		return 0, netip.AddrPort{}, c.failure("read", net.ErrClosed)
	}
	if c.read.isPassed() {
		return 0, netip.AddrPort{}, c.expired("read")
	}
	for {
		select {
		case d := <-c.queue:
			if d.err != nil {
				return 0, netip.AddrPort{}, c.failure("read", d.err)
			}
			return copy(p, d.data), d.src, nil
		case <-c.read.wait():
			// The deadline may have been moved again between its end and here.
			if c.read.isPassed() {
				return 0, netip.AddrPort{}, c.expired("read")
			}
		case <-c.done:
			return 0, netip.AddrPort{}, c.failure("read", net.ErrClosed)
		}
	}
}

// Write sends a datagram to the peer of a connected socket.
func (c *PacketConn) Write(p []byte) (int, error) {
	if !c.remote.IsValid() {
		return 0, c.failure("write", syscall.EDESTADDRREQ)
	}
	return c.send(p, c.remote)
}

// WriteTo sends a datagram to a *net.UDPAddr. It never blocks.
func (c *PacketConn) WriteTo(p []byte, addr net.Addr) (int, error) {
	dst, err := addrPort(addr)
	if err != nil {
		return 0, c.failure("write", err)
	}
	return c.WriteToUDPAddrPort(p, dst)
}

// WriteToUDPAddrPort is WriteTo without the allocation.
func (c *PacketConn) WriteToUDPAddrPort(p []byte, dst netip.AddrPort) (int, error) {
	if c.remote.IsValid() {
		return 0, c.failure("write", net.ErrWriteToConnected)
	}
	return c.send(p, plain(dst))
}

// send copies the packet, since the caller may use its buffer again before it arrives.
func (c *PacketConn) send(p []byte, dst netip.AddrPort) (int, error) {
	src, err := c.maySend(len(p), dst)
	if err != nil {
		return 0, err
	}
	c.transmit(Packet{Network: "udp", Src: src, Dst: dst, Data: bytes.Clone(p)})
	return len(p), nil
}

// maySend checks what the local system checks and returns the source address.
func (c *PacketConn) maySend(size int, dst netip.AddrPort) (netip.AddrPort, error) {
	switch {
	case isClosed(c.done):
		return dst, c.failure("write", net.ErrClosed)
	case c.write.isPassed():
		return dst, c.expired("write")
	case size > maxDatagram:
		return dst, c.failure("write", fmt.Errorf("%d bytes, at most %d: %w", size, maxDatagram, syscall.EMSGSIZE))
	case !dst.IsValid() || dst.Port() == 0:
		return dst, c.failure("write", fmt.Errorf("to %v: %w", dst, syscall.EINVAL))
	case !c.local.Addr().IsUnspecified() && c.local.Addr().Is4() != dst.Addr().Is4():
		return dst, c.failure("write", fmt.Errorf("to %v: %w", dst, syscall.EAFNOSUPPORT))
	}
	if !c.local.Addr().IsUnspecified() {
		return c.local, nil
	}
	addr, err := c.host.source(dst.Addr())
	if err != nil {
		return dst, c.failure("write", err)
	}
	return netip.AddrPortFrom(addr, c.local.Port()), nil
}

// transmit puts a datagram on its way, in as many copies as the link makes of it.
func (c *PacketConn) transmit(p Packet) {
	n := c.host.net
	p.At = clock()
	r := n.way(c.host, p.Src.Addr(), p.Dst.Addr(), len(p.Data))
	switch {
	case !n.passes(p):
		p.Fate = Filtered
	case r.rejected:
		p.Fate = Refused
	case r.host == nil:
		p.Fate = Vanished
	case len(r.delays) == 0:
		p.Fate = Lost
	}
	n.show(p)
	if p.Fate == Refused {
		c.unreachable(p, syscall.EHOSTUNREACH)
	}
	if p.Fate != Sent {
		return
	}
	for _, d := range r.delays {
		n.queue.at(p.At, p.At.Add(d), func() { c.arrive(r.host, p) })
	}
}

// arrive hands a datagram to the socket it is for.
func (c *PacketConn) arrive(h *Host, p Packet) {
	h.mu.Lock()
	to, found := lookup(h.packets, p.Dst)
	h.mu.Unlock()
	if found && (!to.remote.IsValid() || to.remote == p.Src) {
		to.push(datagram{src: p.Src, data: p.Data})
		return
	}
	if !h.isStealth() {
		p.At, p.Fate, p.Sign = clock(), Refused, "icmp"
		h.net.show(p)
		c.answerICMP(h, p)
	}
}

// answerICMP sends the port-unreachable back over the link, where it can be lost like anything else.
func (c *PacketConn) answerICMP(h *Host, p Packet) {
	n := h.net
	r := n.way(h, p.Dst.Addr(), p.Src.Addr(), 0)
	if r.host == nil || len(r.delays) == 0 {
		return
	}
	n.queue.at(p.At, p.At.Add(r.delays[0]), func() { c.unreachable(p, syscall.ECONNREFUSED) })
}

// unreachable tells the sending socket, if it wants to know.
func (c *PacketConn) unreachable(p Packet, reason error) {
	if c.errors.Load() {
		c.push(datagram{err: &UnreachableError{Remote: p.Dst, Err: reason}})
	}
}

// push queues for the reader and drops when the queue is full, as a socket's buffer does.
func (c *PacketConn) push(d datagram) {
	select {
	case c.queue <- d:
	default:
	}
}
