package stream

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

const queueLimit = 1024

// wirePacket is what Shape sees of a packet on its way. Data must not be kept.
type wirePacket struct {
	From, To netip.AddrPort
	Number   int // packets sent by From before this one
	Data     []byte
}

// wireNet is a network of memory: packet connections with loss, delay, reordering and duplication, with correct deadlines,
// usable inside testing/synctest. It joins connections. Set Shape before the first packet is sent.
type wireNet struct {
	// Shape returns after which delays copies of a packet arrive: none = lost, two = duplicated. nil = at once.
	Shape func(wirePacket) []time.Duration

	mu    sync.Mutex
	conns map[netip.AddrPort]*wireConn
}

// newWire returns an empty network.
func newWire() *wireNet { return &wireNet{conns: map[netip.AddrPort]*wireConn{}} }

// Listen opens a connection at an address; it panics if the address is bad or taken, for it is a test's mistake.
func (n *wireNet) Listen(address string) *wireConn {
	c := &wireConn{net: n, local: netip.MustParseAddrPort(address), wake: make(chan struct{})}
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

// wireConn is one end. It has the methods of net.PacketConn and the two of net.UDPConn that avoid allocation.
type wireConn struct {
	net   *wireNet
	local netip.AddrPort

	mu       sync.Mutex
	queue    []item
	sent     int
	closed   bool
	deadline time.Time
	timer    *time.Timer
	wake     chan struct{} // closed and replaced whenever a blocked reader has to look again
}

var _ net.PacketConn = (*wireConn)(nil)

func (c *wireConn) signal() {
	close(c.wake)
	c.wake = make(chan struct{})
}

// ReadFromUDPAddrPort waits for a packet, the deadline or Close.
func (c *wireConn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		n, from, wait, err := c.try(b)
		if wait == nil {
			return n, from, err
		}
		<-wait
	}
}

func (c *wireConn) try(b []byte) (n int, from netip.AddrPort, wait chan struct{}, err error) {
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
func (c *wireConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(b)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteToUDPAddrPort sends a packet; it never blocks.
func (c *wireConn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	c.mu.Lock()
	closed, number := c.closed, c.sent
	c.sent++
	c.mu.Unlock()
	if closed {
		return 0, &net.OpError{Op: "write", Net: "wire", Err: net.ErrClosed}
	}
	c.net.carry(wirePacket{c.local, to, number, b})
	return len(b), nil
}

// WriteTo is WriteToUDPAddrPort for callers of net.PacketConn.
func (c *wireConn) WriteTo(b []byte, to net.Addr) (int, error) {
	udp, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, errors.New("wire: only *net.UDPAddr is known")
	}
	return c.WriteToUDPAddrPort(b, udp.AddrPort())
}

func (n *wireNet) carry(p wirePacket) {
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

func (c *wireConn) deliver(it item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.queue) >= queueLimit {
		return
	}
	c.queue = append(c.queue, it)
	c.signal()
}

// Close ends a blocked read and frees the address.
func (c *wireConn) Close() error {
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
func (c *wireConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.local) }

// SetDeadline sets the read deadline; writes never block.
func (c *wireConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetWriteDeadline does nothing: writes never block.
func (c *wireConn) SetWriteDeadline(time.Time) error { return nil }

// SetReadDeadline also wakes a read that is blocked already.
func (c *wireConn) SetReadDeadline(t time.Time) error {
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
