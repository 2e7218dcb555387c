package simnet

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// receiveQueue is how many datagrams a socket holds for its reader; more are dropped.
const receiveQueue = 512

// maxDatagram is the largest UDP payload (RFC 768: the length field counts 8 bytes of header).
const maxDatagram = 65527

// datagram is an arrived one, or an error to be returned from a read. Errors queue with the datagrams, so that
// they are read in the order of their arrival.
type datagram struct {
	src  netip.AddrPort
	data []byte // no reader changes it: copies of one datagram share it
	err  error
}

// PacketConn is a UDP socket: a net.PacketConn, and a net.Conn when made by Dial.
//
//	Write                      the net                          Read
//	  |  checks of the host      |  filter, cut, down: silence    ^
//	  |  (size, family, port)    |  loss, MTU: silence            |
//	  v                          |  rejected: ICMP, at once       |
//	tap ------------------------>|  delay, once or twice -------> queue of the socket, if there is one
//	  ^                          |                                |
//	  '------- ICMP <------------'<-- no socket, no stealth ------'
type PacketConn struct {
	host   *Host
	local  netip.AddrPort   // the wildcard for a socket bound to no address
	remote netip.AddrPort   // invalid unless connected
	keys   []netip.AddrPort // under which it stands in the host's table

	queue     chan datagram // a channel, so that readers are durably blocked
	done      chan struct{} // closed with the socket
	closeOnce sync.Once
	errors    atomic.Bool // see ReceiveErrors
	read      *deadline
	write     *deadline
}

// ListenPacket opens a UDP socket. network is "udp", "udp4" or "udp6"; address is numeric, with port 0 for a
// free one and an empty host for the wildcard.
func (h *Host) ListenPacket(_ context.Context, network, address string) (net.PacketConn, error) {
	local, dual, err := endpoint("udp", network, address)
	if err != nil {
		return nil, opError("listen", network, nil, nil, err)
	}
	c, err := h.openPacket(local, netip.AddrPort{}, dual)
	if err != nil {
		return nil, opError("listen", network, nil, net.UDPAddrFromAddrPort(local), err)
	}
	return c, nil
}

// openPacket binds a socket and enters it into the host's table.
func (h *Host) openPacket(local, remote netip.AddrPort, dual bool) (*PacketConn, error) {
	if !h.owns(local.Addr()) {
		return nil, errNotOurs(local)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	local, err := h.bindLocked(local, func(a netip.AddrPort) bool {
		for _, key := range bindings(a, dual) {
			if h.packets[key] != nil {
				return true
			}
		}
		return false
	})
	if err != nil {
		return nil, err
	}
	c := &PacketConn{
		host: h, local: local, remote: remote, keys: bindings(local, dual),
		queue: make(chan datagram, receiveQueue), done: make(chan struct{}),
		read: newDeadline(), write: newDeadline(),
	}
	c.errors.Store(remote.IsValid())
	for _, key := range c.keys {
		h.packets[key] = c
	}
	return c, nil
}

// ReceiveErrors chooses whether ICMP errors are returned from reads, as IP_RECVERR does on Linux. It is on from
// the start for sockets made by Dial and off for others.
func (c *PacketConn) ReceiveErrors(on bool) { c.errors.Store(on) }

// Close closes the socket and wakes its readers.
func (c *PacketConn) Close() error {
	err := c.failure("close", net.ErrClosed)
	c.closeOnce.Do(func() {
		close(c.done)
		c.read.set(time.Time{})
		c.write.set(time.Time{})
		c.host.mu.Lock()
		defer c.host.mu.Unlock()
		for _, key := range c.keys {
			if c.host.packets[key] == c {
				delete(c.host.packets, key)
			}
		}
		err = nil
	})
	return err
}

// LocalAddr returns a *net.UDPAddr.
func (c *PacketConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.local) }

// RemoteAddr returns a *net.UDPAddr, or nil for a socket which is not connected.
func (c *PacketConn) RemoteAddr() net.Addr {
	if !c.remote.IsValid() {
		return nil
	}
	return net.UDPAddrFromAddrPort(c.remote)
}

// SetDeadline sets both deadlines.
func (c *PacketConn) SetDeadline(t time.Time) error {
	c.write.set(t)
	return c.SetReadDeadline(t)
}

// SetReadDeadline wakes a blocked read when it lies in the past.
func (c *PacketConn) SetReadDeadline(t time.Time) error {
	if isClosed(c.done) {
		return c.failure("set", net.ErrClosed)
	}
	c.read.set(t)
	return nil
}

// SetWriteDeadline makes writes fail once it is over; they never block.
func (c *PacketConn) SetWriteDeadline(t time.Time) error {
	if isClosed(c.done) {
		return c.failure("set", net.ErrClosed)
	}
	c.write.set(t)
	return nil
}

// failure wraps an error of this socket as package net does.
func (c *PacketConn) failure(op string, err error) error {
	return opError(op, "udp", c.LocalAddr(), c.RemoteAddr(), err)
}

// expired is the error of a passed deadline.
func (c *PacketConn) expired(op string) error { return c.failure(op, os.ErrDeadlineExceeded) }
