// Package wire is a network of memory for tests: packet connections with loss, delay, reordering and duplication, with
// correct deadlines, usable inside testing/synctest. It is imported by tests only.
//
// Usage:
//
//	w := wire.New()
//	a, b := w.Listen("192.0.2.1:4000"), w.Listen("192.0.2.2:4000")
//	w.Shape = func(p wire.Packet) []time.Duration { return []time.Duration{20 * time.Millisecond} }
//
// Limitations: one queue of 1,024 packets per connection, no ICMP errors, no fragmentation.
package wire

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

const queueLimit = 1024

// Packet is what Shape sees of a packet on its way. Data must not be kept.
type Packet struct {
	From, To netip.AddrPort
	Number   int // packets sent by From before this one
	Data     []byte
}

// Net joins connections. Set Shape before the first packet is sent.
type Net struct {
	// Shape returns after which delays copies of a packet arrive: none = lost, two = duplicated. nil = at once.
	Shape func(Packet) []time.Duration

	mu    sync.Mutex
	conns map[netip.AddrPort]*Conn
}

// New returns an empty network.
func New() *Net { return &Net{conns: map[netip.AddrPort]*Conn{}} }

// Listen opens a connection at an address; it panics if the address is bad or taken, for it is a test's mistake.
func (n *Net) Listen(address string) *Conn {
	c := &Conn{net: n, local: netip.MustParseAddrPort(address), wake: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conns[c.local] != nil {
		panic("BUG: " + address + " is taken")
	}
	n.conns[c.local] = c
	return c
}

type item struct {
	data []byte
	from netip.AddrPort
}

// Conn is one end. It has the methods of net.PacketConn and the two of net.UDPConn that avoid allocation.
type Conn struct {
	net   *Net
	local netip.AddrPort

	mu       sync.Mutex
	queue    []item
	sent     int
	closed   bool
	deadline time.Time
	timer    *time.Timer
	wake     chan struct{} // closed and replaced whenever a blocked reader has to look again
}

var _ net.PacketConn = (*Conn)(nil)

func (c *Conn) signal() {
	close(c.wake)
	c.wake = make(chan struct{})
}

// ReadFromUDPAddrPort waits for a packet, the deadline or Close.
func (c *Conn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		n, from, wait, err := c.try(b)
		if wait == nil {
			return n, from, err
		}
		<-wait
	}
}

func (c *Conn) try(b []byte) (n int, from netip.AddrPort, wait chan struct{}, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return 0, from, nil, &net.OpError{Op: "read", Net: "wire", Err: net.ErrClosed}
	case !c.deadline.IsZero() && !time.Now().Before(c.deadline):
		return 0, from, nil, &net.OpError{Op: "read", Net: "wire", Err: os.ErrDeadlineExceeded}
	case len(c.queue) == 0:
		return 0, from, c.wake, nil
	}
	first := c.queue[0]
	c.queue = c.queue[1:]
	return copy(b, first.data), first.from, nil, nil
}

// ReadFrom is ReadFromUDPAddrPort for callers of net.PacketConn.
func (c *Conn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(b)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteToUDPAddrPort sends a packet; it never blocks.
func (c *Conn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	c.mu.Lock()
	closed, number := c.closed, c.sent
	c.sent++
	c.mu.Unlock()
	if closed {
		return 0, &net.OpError{Op: "write", Net: "wire", Err: net.ErrClosed}
	}
	c.net.carry(Packet{c.local, to, number, b})
	return len(b), nil
}

// WriteTo is WriteToUDPAddrPort for callers of net.PacketConn.
func (c *Conn) WriteTo(b []byte, to net.Addr) (int, error) {
	udp, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, errors.New("wire: only *net.UDPAddr is known")
	}
	return c.WriteToUDPAddrPort(b, udp.AddrPort())
}

func (n *Net) carry(p Packet) {
	delays := []time.Duration{0}
	if n.Shape != nil {
		delays = n.Shape(p)
	}
	n.mu.Lock()
	to := n.conns[p.To]
	n.mu.Unlock()
	if to == nil {
		return
	}
	for _, d := range delays {
		it := item{append([]byte(nil), p.Data...), p.From}
		if d <= 0 {
			to.deliver(it)
			continue
		}
		time.AfterFunc(d, func() { to.deliver(it) })
	}
}

func (c *Conn) deliver(it item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.queue) >= queueLimit {
		return
	}
	c.queue = append(c.queue, it)
	c.signal()
}

// Close ends a blocked read and frees the address.
func (c *Conn) Close() error {
	c.net.mu.Lock()
	delete(c.net.conns, c.local)
	c.net.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.signal()
	return nil
}

// LocalAddr is the address given to Listen.
func (c *Conn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.local) }

// SetDeadline sets the read deadline; writes never block.
func (c *Conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetWriteDeadline does nothing: writes never block.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

// SetReadDeadline also wakes a read that is blocked already.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
	}
	c.deadline = t
	if wait := time.Until(t); !t.IsZero() && wait > 0 {
		c.timer = time.AfterFunc(wait, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.signal()
		})
	}
	c.signal()
	return nil
}
