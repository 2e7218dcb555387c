package transport

import (
	"errors"
	"fmt"
	"net/netip"
)

// Reasons inside a FlowError. The agent goes on to the next server for any of them (RFC 3263 section 4.3), and from
// TCP back to UDP when there is no TCP at all (RFC 3261 section 18.1.1): compare with errors.Is. These stand
// beside those of the operating system (syscall.ECONNREFUSED, EMSGSIZE, io.EOF ...).
var (
	ErrOverflow     = errors.New("the peer does not take its packets: the queue is full")
	ErrNoConnection = errors.New("the connection is gone, and its peer's port is not one to call back")
	ErrNoSocket     = errors.New("no socket of this transport and address family; add one to Listen")
	ErrTransport    = errors.New("unknown transport; use UDP, TCP, TLS or SCTP")
	ErrTooMany      = errors.New("too many connections; see Limits")
	ErrIdle         = errors.New("idle for too long")
	ErrSlow         = errors.New("a message did not arrive in time")
	ErrFraming      = errors.New("the stream cannot be cut into messages any more")
	ErrClosed       = errors.New("closed on this side")
)

// FlowError says at which step a flow failed.
type FlowError struct {
	Flow Flow
	Op   string // "listen", "dial", "handshake", "read", "write", "send"
	Err  error
}

// Error names step, flow and reason.
func (e *FlowError) Error() string {
	return fmt.Sprintf("%s %s to %v: %v", e.Flow.Transport, e.Op, e.Flow.Remote, e.Err)
}

// Unwrap returns the reason.
func (e *FlowError) Unwrap() error { return e.Err }

// failed makes the event of a failure.
func failed(f Flow, local netip.AddrPort, op string, err error) Event {
	return Event{Kind: Failed, Flow: f, Local: local, Err: &FlowError{Flow: f, Op: op, Err: err}}
}

// unreachable is what a read error tells about the remote address of an ICMP error. The socket itself is well.
// Declared here so that a network in memory needs nothing of this package.
type unreachable interface{ Unreachable() netip.AddrPort }
