package transport

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"intercom/sipua/sip"
)

// Times which are no limits of a Config.
const (
	lingerTime = time.Second            // for the answer to a message that broke the framing
	flushTime  = 500 * time.Millisecond // for packets sent before Close
)

// conn is one stream, dialled or accepted. Two goroutines serve it: run connects and reads, write writes.
//
//	           Send                            accept
//	             |                               |
//	+------------v-----------+      +------------v-----------+
//	| connect, TLS handshake |      |     TLS handshake      |
//	+------------+-----------+      +------------+-----------+
//	             '---------------+---------------'
//	                             v
//	                 read, write, keep-alives --------------.
//	                             | framing lost             | end, error, idle,
//	                             v                          | slow, overflow, Close
//	                 linger: write the answer, read nothing |
//	                             '--------------+-----------'
//	                                            v
//	                 removed from the table, Failed event, closed
type conn struct {
	layer    *Layer
	flow     Flow // its name in the table; never changes
	hasAlias bool // guarded by layer.mu

	ctx  context.Context // ends with the connection; its cause is the reason
	stop context.CancelCauseFunc

	queue   chan []byte  // to write
	queued  atomic.Int64 // octets in queue
	lastUse atomic.Int64 // of a packet in any direction: time since layer.opened, for the clock may be set

	// of run, fixed before write starts
	raw    net.Conn // nil until connected
	stream net.Conn // raw, or TLS over it
	local  netip.AddrPort
	framer Framer
}

// maxQueued bounds the number of packets waiting, as Limits.Queue does their octets.
const maxQueued = 256

// newConn makes a connection which is not in the table yet; raw is nil for one to be dialled.
func newConn(l *Layer, f Flow, raw net.Conn) *conn {
	c := &conn{layer: l, flow: f, raw: raw, queue: make(chan []byte, maxQueued)}
	c.ctx, c.stop = context.WithCancelCause(l.ctx)
	c.framer = Framer{MaxMessage: l.limits.MaxMessage, Accepted: c.isAccepted()}
	return c
}

// isAccepted tells by the flow, where dialled connections have no Local.
func (c *conn) isAccepted() bool { return c.flow.Local.IsValid() }

// enqueue takes a packet to be written; false when there is no room.
func (c *conn) enqueue(p []byte) bool {
	if c.queued.Add(int64(len(p))) > int64(c.layer.limits.Queue) {
		return false
	}
	select {
	case c.queue <- p:
		return true
	default:
		return false
	}
}

// run is the life of the connection.
func (c *conn) run() {
	op, err := c.connect()
	if err == nil {
		op, err = c.serve()
	}
	// One connection has one reason to end, and all flows it served are told the same.
	// The first reason counts: a read fails in the end whatever the reason was.
	var reason *FlowError
	if !errors.As(context.Cause(c.ctx), &reason) {
		reason = &FlowError{Flow: c.flow, Op: op, Err: err}
	}
	c.stop(reason)
	if c.raw != nil {
		c.raw.Close()
	}
	c.leave(reason)
}

// serve reads until the end and sees to it that the writer has ended too.
func (c *conn) serve() (op string, err error) {
	written := make(chan error, 1)
	c.layer.wg.Go(func() { written <- c.write() })
	defer context.AfterFunc(c.ctx, c.interrupt)()
	err = c.read()
	c.stop(&FlowError{Flow: c.flow, Op: "read", Err: err})
	if writeErr := <-written; writeErr == nil {
		c.stream.Close() // with TLS, says close_notify to a peer which takes what we write
	}
	return "read", err
}

// interrupt runs when the connection is stopped, from whatever side. It wakes the reader, and the writer once its
// time is over: none when the connection failed. Both look at ctx after setting a deadline, so that they
// cannot undo this one.
func (c *conn) interrupt() {
	now := c.layer.now()
	c.stream.SetReadDeadline(now)
	if c.layer.ctx.Err() != nil {
		now = now.Add(flushTime)
	}
	c.stream.SetWriteDeadline(now)
}

// leave takes the connection out of the table and tells its users. What was enqueued before is covered by the
// event, what is sent later finds no connection.
func (c *conn) leave(reason *FlowError) {
	c.layer.mu.Lock()
	flows := c.layer.table.remove(c)
	c.layer.mu.Unlock()
	for _, f := range flows {
		c.layer.post(failed(f, c.local, reason.Op, reason.Err))
	}
}

// connect makes the stream usable: it dials if it must, and does the handshake of TLS.
func (c *conn) connect() (op string, err error) {
	limits := c.layer.limits
	ctx, cancel := context.WithTimeout(c.ctx, limits.DialTimeout)
	defer cancel()
	if c.raw == nil {
		if c.raw, err = c.layer.dial(ctx, c.flow); err != nil {
			return "dial", err
		}
	}
	c.local = addrPort(c.raw.LocalAddr())
	c.stream = c.raw
	if c.flow.Transport == sip.TLS {
		// Before the handshake nothing of a message leaves, so a wrong server sees no more than our address.
		t := c.layer.secure(c.raw, c.flow, c.isAccepted())
		if err := t.HandshakeContext(ctx); err != nil {
			return "handshake", err
		}
		c.stream = t
	}
	c.touch(c.layer.now())
	return "", nil
}

// touch notes that a packet went over the connection.
func (c *conn) touch(now time.Time) { c.lastUse.Store(int64(now.Sub(c.layer.opened))) }

// isTimeout is true of a passed deadline, of a socket or of a context.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
