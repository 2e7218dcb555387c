package simnet

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// Conn is one end of a stream: a net.Conn with the half-close of a *net.TCPConn.
//
//	a: Conn                     b: Conn
//	   out ---- half a to b ---->  in
//	   in  <--- half b to a -----  out
type Conn struct {
	host          *Host
	local, remote netip.AddrPort
	in, out       *half // shared with the other end, crosswise

	writing   chan struct{} // holds a token while nobody writes: a Write is not mixed with another
	done      chan struct{}
	closeOnce sync.Once
	read      *deadline
	write     *deadline
}

// newStream makes both ends of a stream; neither stands in its host's table yet.
func newStream(from, to *Host, src, dst netip.AddrPort) (client, server *Conn) {
	there := newHalf(from, src, dst)
	back := newHalf(to, dst, src)
	there.reverse, back.reverse = back, there
	client = &Conn{host: from, local: src, remote: dst, in: back, out: there}
	server = &Conn{host: to, local: dst, remote: src, in: there, out: back}
	for _, c := range []*Conn{client, server} {
		c.done = make(chan struct{})
		c.writing = make(chan struct{}, 1)
		c.writing <- struct{}{}
		c.read, c.write = newDeadline(), newDeadline()
	}
	return client, server
}

// enter puts the stream into its host's table, which Crash needs and which keeps ports apart.
func (c *Conn) enter() {
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	c.host.streams[c] = struct{}{}
}

// LocalAddr returns a *net.TCPAddr.
func (c *Conn) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(c.local) }

// RemoteAddr returns a *net.TCPAddr.
func (c *Conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

// Close ends both directions. The peer reads what was written before and then io.EOF; what it writes later is
// answered by a reset. With bytes unread it is a reset itself, as on Linux (RFC 2525 section 2.17): a server that
// closes without reading to the end takes its own last answer away.
func (c *Conn) Close() error {
	if !c.shut() {
		return c.failure("close", net.ErrClosed)
	}
	if hadUnread := c.in.deafen(); hadUnread {
		c.out.reset()
	} else {
		c.out.finish()
	}
	return nil
}

// CloseWrite ends the direction to the peer only.
func (c *Conn) CloseWrite() error {
	if isClosed(c.done) {
		return c.failure("close", net.ErrClosed)
	}
	c.out.finish()
	return nil
}

// Reset closes the stream as SO_LINGER 0 does: the peer's next read or write fails with ECONNRESET.
func (c *Conn) Reset() {
	if c.shut() {
		c.in.deafen()
		c.out.reset()
	}
}

// crash forgets the stream in silence.
func (c *Conn) crash() {
	if c.shut() {
		c.in.deafen()
		c.out.drop()
	}
}

// shut wakes all waiters of this end; false when it was shut before.
func (c *Conn) shut() (first bool) {
	c.closeOnce.Do(func() {
		first = true
		close(c.done)
		c.read.set(time.Time{})
		c.write.set(time.Time{})
		c.host.mu.Lock()
		defer c.host.mu.Unlock()
		delete(c.host.streams, c)
	})
	return first
}

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	if isClosed(c.done) {
		return c.failure("set", net.ErrClosed)
	}
	c.read.set(t)
	c.write.set(t)
	return nil
}

// SetReadDeadline wakes a blocked Read when it lies in the past.
func (c *Conn) SetReadDeadline(t time.Time) error {
	if isClosed(c.done) {
		return c.failure("set", net.ErrClosed)
	}
	c.read.set(t)
	return nil
}

// SetWriteDeadline wakes a blocked Write when it lies in the past.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	if isClosed(c.done) {
		return c.failure("set", net.ErrClosed)
	}
	c.write.set(t)
	return nil
}

// failure wraps an error of this end as package net does, for errors.Is and for net.Error.
func (c *Conn) failure(op string, err error) error {
	return opError(op, "tcp", c.LocalAddr(), c.RemoteAddr(), err)
}

// state is the error with which reads and writes of this end fail at once.
func (c *Conn) state(op string, d *deadline) error {
	switch {
	case isClosed(c.done):
		return c.failure(op, net.ErrClosed)
	case d.isPassed():
		return c.failure(op, os.ErrDeadlineExceeded)
	}
	return nil
}
