package transport

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"

	"intercom/sipua/sip"
)

// Send sends one packet. It copies the packet and never waits; whatever goes wrong is told by an Event with the
// same Flow.
//
// UDP: Local chooses the socket; the zero AddrPort takes the first one of the remote's address family.
// Streams: a connection of that Flow is used if there is one. Else, with a zero Local, one which the same remote
// opened to us (RFC 3261 section 18: never for TLS with a ServerName, since such a peer has proved nothing), or a
// new one. With Local set it was an accepted connection that is gone, and the event says ErrNoConnection.
func (l *Layer) Send(f Flow, packet []byte) {
	if l.ctx.Err() != nil {
		return
	}
	switch f.Transport {
	case sip.UDP:
		l.sendPacket(f, packet)
	case sip.TCP, sip.TLS, sip.SCTP:
		l.sendStream(f, packet)
	default:
		l.fail(f, "send", fmt.Errorf("%q: %w", f.Transport, ErrTransport))
	}
}

// FlowTo completes a flow for a new request: for UDP with the socket Send would choose, so that failures can be
// compared by ==. A transport without a socket is left to Send to complain about.
func (l *Layer) FlowTo(transport string, remote netip.AddrPort, serverName string) Flow {
	f := Flow{Transport: transport, Remote: remote}
	switch transport {
	case sip.TLS:
		f.ServerName = serverName
	case sip.UDP:
		if s := l.socketFor(f); s != nil {
			f.Local = s.local
		}
	}
	return f
}

// CloseFlow closes the connection of a flow, if there is one: the peer did not answer a ping (RFC 5626 section
// 4.4.1), or the host's address has changed. No event follows, and the next Send to a dialled flow opens another
// connection. For UDP it does nothing.
func (l *Layer) CloseFlow(f Flow) {
	l.mu.Lock()
	c := l.table.find(f)
	if c != nil {
		l.table.remove(c)
	}
	l.mu.Unlock()
	if c != nil {
		c.stop(&FlowError{Flow: c.flow, Op: "close", Err: ErrClosed})
	}
}

// Source returns the local address the host would use towards a remote one, for Via and Contact when the socket
// is bound to the wildcard. No packet is sent.
func (l *Layer) Source(remote netip.AddrPort) (netip.Addr, error) {
	c, err := l.network.Dial(l.ctx, "udp", remote.String())
	if err != nil {
		return netip.Addr{}, fmt.Errorf("transport: no way to %v: %w", remote, err)
	}
	defer c.Close()
	return addrPort(c.LocalAddr()).Addr(), nil
}

// sendPacket queues a datagram. Even a UDP socket can make a writer wait, when its buffer is full or the link down.
func (l *Layer) sendPacket(f Flow, packet []byte) {
	s := l.socketFor(f)
	if s == nil {
		l.fail(f, "send", ErrNoSocket)
		return
	}
	if isSolicitation(packet) {
		l.know(f.Remote.Addr())
	}
	select {
	case s.queue <- outgoing{f, bytes.Clone(packet)}:
	default:
		l.fail(f, "send", ErrOverflow)
	}
}

// isSolicitation tells packets which ask their receiver to send something back from answers to strangers, who do
// not become known by being refused.
func isSolicitation(packet []byte) bool {
	switch Classify(packet) {
	case Request, Keepalive:
		return true
	case STUN:
		b, err := ParseBinding(packet)
		return err == nil && b.IsRequest
	}
	return false
}

// socketFor chooses the UDP socket of a flow.
func (l *Layer) socketFor(f Flow) *packetSocket {
	for _, s := range l.packets {
		if s.local == f.Local || (!f.Local.IsValid() && s.reaches(f.Remote.Addr())) {
			return s
		}
	}
	return nil
}

// know admits the answers of an address we ask something of.
func (l *Layer) know(addr netip.Addr) {
	now := l.now()
	l.admissionMu.Lock()
	defer l.admissionMu.Unlock()
	l.admission.know(now, addr)
}

// sendStream queues a packet on a connection. One that overflows is stopped: a peer which misses one message of a
// stream in the middle has no use for the next.
func (l *Layer) sendStream(f Flow, packet []byte) {
	c, err := l.connection(f)
	if err != nil {
		l.fail(f, "send", err)
		return
	}
	if !c.enqueue(bytes.Clone(packet)) {
		c.stop(&FlowError{Flow: c.flow, Op: "send", Err: ErrOverflow})
	}
}

// connection finds the connection of a flow, or starts one.
func (l *Layer) connection(f Flow) (*conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isClosed {
		return nil, ErrClosed
	}
	if c := l.table.find(f); c != nil {
		return c, nil
	}
	if f.Local.IsValid() {
		return nil, ErrNoConnection
	}
	c := newConn(l, f, nil)
	if !l.table.addDialled(c) {
		return nil, ErrTooMany
	}
	l.wg.Go(c.run)
	return c, nil
}

// dial opens the socket of a dialled connection.
func (l *Layer) dial(ctx context.Context, f Flow) (net.Conn, error) {
	network := "tcp"
	if f.Transport == sip.SCTP {
		network = "sctp"
	}
	return l.network.Dial(ctx, network, f.Remote.String())
}

// addrPort reads an address of package net; the zero AddrPort for any other.
func addrPort(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.UDPAddr:
		ap = a.AddrPort()
	case *net.TCPAddr:
		ap = a.AddrPort()
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
