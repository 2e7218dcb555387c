package simnet

import (
	"context"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// Connection requests (RFC 6298 section 2.1, with the end of trying of Linux).
const (
	synRetry  = time.Second
	synGiveUp = 127 * time.Second
)

// Dial connects a socket. network is "udp" or "tcp", each also with 4 or 6; address is numeric. For "tcp" it
// waits for the peer: a closed port is refused with ECONNREFUSED, an absent host is waited for until ctx ends
// or ETIMEDOUT after 127 s.
func (h *Host) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if len(network) >= 3 && network[:3] == "udp" {
		return h.dialPacket(network, address)
	}
	dst, _, err := endpoint("tcp", network, address)
	if err != nil {
		return nil, opError("dial", network, nil, nil, err)
	}
	c, err := h.dialStream(ctx, dst)
	if err != nil {
		return nil, opError("dial", network, nil, net.TCPAddrFromAddrPort(dst), err)
	}
	return c, nil
}

// dialPacket connects a UDP socket. It sends nothing and cannot fail by the peer.
func (h *Host) dialPacket(network, address string) (net.Conn, error) {
	dst, _, err := endpoint("udp", network, address)
	if err != nil {
		return nil, opError("dial", network, nil, nil, err)
	}
	src, err := h.source(dst.Addr())
	if err != nil {
		return nil, opError("dial", network, nil, net.UDPAddrFromAddrPort(dst), err)
	}
	c, err := h.openPacket(netip.AddrPortFrom(src, 0), dst, false)
	if err != nil {
		return nil, opError("dial", network, nil, net.UDPAddrFromAddrPort(dst), err)
	}
	return c, nil
}

// call is one connection request on its way.
type call struct {
	ctx      context.Context // of Dial: nobody waits for an answer after its end
	from     *Host
	src, dst netip.AddrPort
	started  time.Time
	retry    time.Duration   // the wait before the next try
	answer   chan callResult // holds one: nobody waits to give it
}

type callResult struct {
	conn *Conn
	err  error
}

// dialStream sends a connection request and waits for its answer.
//
//	caller            net                  peer
//	  |----- syn ------|--------------------->| listener with room?
//	  |                | lost: again after 1, 2, 4 ... s
//	  |<---------------|------- answer -------| a stream, or refused
func (h *Host) dialStream(ctx context.Context, dst netip.AddrPort) (*Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	addr, err := h.source(dst.Addr())
	if err != nil {
		return nil, err
	}
	src, err := h.streamPort(addr)
	if err != nil {
		return nil, err
	}
	call := &call{ctx: ctx, from: h, src: src, dst: dst, started: clock(), retry: synRetry, answer: make(chan callResult, 1)}
	call.request(call.started)
	select {
	case r := <-call.answer:
		return r.conn, r.err
	case <-ctx.Done():
		call.abandon(ctx.Err())
		return nil, ctx.Err()
	}
}

// abandon takes the place of the answer; one that came at the same moment is thrown away.
func (c *call) abandon(err error) {
	select {
	case r := <-c.answer:
		if r.conn != nil {
			r.conn.Reset()
		}
	case c.answer <- callResult{err: err}:
	}
}

// give is the one answer of a call; a later one is thrown away and its stream reset.
func (c *call) give(r callResult) {
	select {
	case c.answer <- r:
	default:
		if r.conn != nil {
			r.conn.Reset()
		}
	}
}

// streamPort finds a local port no stream and no listener has.
func (h *Host) streamPort(addr netip.Addr) (netip.AddrPort, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bindLocked(netip.AddrPortFrom(addr, 0), func(a netip.AddrPort) bool {
		for c := range h.streams {
			if c.local == a {
				return true
			}
		}
		return h.listeners[a] != nil
	})
}

// request sends the first packet of the handshake.
func (c *call) request(now time.Time) {
	n := c.from.net
	n.show(Packet{At: now, Network: "tcp", Src: c.src, Dst: c.dst, Sign: "syn"})
	due := now.Add(n.pace(c.from, c.src.Addr(), c.dst.Addr()))
	n.queue.at(now, due, c.arrive)
}

// arrive is the moment the request should reach the peer.
func (c *call) arrive() {
	n := c.from.net
	now := clock()
	to, rejected := n.reach(c.from, c.src.Addr(), c.dst.Addr())
	switch {
	case c.ctx.Err() != nil:
	case rejected:
		c.give(callResult{err: syscall.EHOSTUNREACH})
	case to == nil, to.isStealth() && !to.hears(c.dst):
		c.again(now)
	default:
		c.accept(now, to)
	}
}

// again repeats the request with a doubled wait.
func (c *call) again(now time.Time) {
	n := c.from.net
	if now.Sub(c.started) >= synGiveUp {
		c.give(callResult{err: syscall.ETIMEDOUT})
		return
	}
	wait := c.retry
	c.retry *= 2
	n.queue.at(now, now.Add(wait), func() { c.request(clock()) })
}

// accept makes the stream, or refuses it, and lets the answer travel back.
func (c *call) accept(now time.Time, to *Host) {
	client, server := newStream(c.from, to, c.src, c.dst)
	r := callResult{conn: client}
	if !to.offer(server) {
		r = callResult{err: syscall.ECONNREFUSED}
	}
	n := c.from.net
	due := now.Add(n.pace(to, c.dst.Addr(), c.src.Addr()))
	n.queue.at(now, due, func() { c.finish(r) })
}

// finish hands the stream to Dial, or resets it when nobody waits any more.
func (c *call) finish(r callResult) {
	if r.conn != nil {
		r.conn.enter()
	}
	c.give(r)
}

// hears reports whether somebody listens.
func (h *Host) hears(dst netip.AddrPort) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, found := lookup(h.listeners, dst)
	return found
}
