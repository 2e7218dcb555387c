package simnet

import (
	"context"
	"net"
	"net/netip"
	"sync"
)

// backlog is how many accepted streams wait for Accept; more are refused.
const backlog = 128

// listener accepts streams: a net.Listener.
type listener struct {
	host  *Host
	local netip.AddrPort
	keys  []netip.AddrPort

	queue     chan *Conn
	done      chan struct{}
	closeOnce sync.Once
}

// Listen opens a listening TCP socket. network is "tcp", "tcp4" or "tcp6"; address as for ListenPacket.
func (h *Host) Listen(_ context.Context, network, address string) (net.Listener, error) {
	local, dual, err := endpoint("tcp", network, address)
	if err == nil && !h.owns(local.Addr()) {
		err = errNotOurs(local)
	}
	if err != nil {
		return nil, opError("listen", network, nil, nil, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	local, err = h.bindLocked(local, func(a netip.AddrPort) bool {
		for _, key := range bindings(a, dual) {
			if h.listeners[key] != nil {
				return true
			}
		}
		return false
	})
	if err != nil {
		return nil, opError("listen", network, nil, net.TCPAddrFromAddrPort(local), err)
	}
	l := &listener{
		host: h, local: local, keys: bindings(local, dual),
		queue: make(chan *Conn, backlog), done: make(chan struct{}),
	}
	for _, key := range l.keys {
		h.listeners[key] = l
	}
	return l, nil
}

// Accept prefers the end: a closed listener must not hand out the stream it is about to reset.
func (l *listener) Accept() (net.Conn, error) {
	if isClosed(l.done) {
		return nil, l.failure("accept", net.ErrClosed)
	}
	select {
	case c := <-l.queue:
		return c, nil
	case <-l.done:
		return nil, l.failure("accept", net.ErrClosed)
	}
}

// Close wakes Accept and resets the streams nobody accepted.
func (l *listener) Close() error {
	err := l.failure("close", net.ErrClosed)
	l.closeOnce.Do(func() {
		close(l.done)
		l.host.mu.Lock()
		for _, key := range l.keys {
			if l.host.listeners[key] == l {
				delete(l.host.listeners, key)
			}
		}
		l.host.mu.Unlock()
		l.resetWaiting()
		err = nil
	})
	return err
}

// resetWaiting runs when the listener is out of its table, so that nothing is added behind it.
func (l *listener) resetWaiting() {
	for {
		select {
		case c := <-l.queue:
			c.Reset()
		default:
			return
		}
	}
}

// Addr returns a *net.TCPAddr.
func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.local) }

// failure wraps an error as package net does.
func (l *listener) failure(op string, err error) error {
	return opError(op, "tcp", l.Addr(), nil, err)
}

// offer puts the server's end into the queue of the listener for dst, if there is one with room.
func (h *Host) offer(c *Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	l, found := lookup(h.listeners, c.local)
	if !found {
		return false
	}
	select {
	case l.queue <- c:
		h.streams[c] = struct{}{}
		return true
	default:
		return false
	}
}
