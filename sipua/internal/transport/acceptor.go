package transport

import (
	"errors"
	"net"
	"net/netip"

	"intercom/sipua/sip"
)

// acceptor is a listening socket of a stream transport.
type acceptor struct {
	layer     *Layer
	transport string
	listener  net.Listener
	local     netip.AddrPort
}

// openListener opens a listening socket; TLS starts only on its connections, each in its own goroutine, so that a
// peer without TLS delays nobody.
func (l *Layer) openListener(listen Listen) error {
	network := "tcp"
	if listen.Transport == sip.SCTP {
		network = "sctp"
	}
	listener, err := l.network.Listen(l.ctx, network, listen.Address)
	if err != nil {
		return err
	}
	l.listeners = append(l.listeners, &acceptor{
		layer: l, transport: listen.Transport, listener: listener, local: addrPort(listener.Addr()),
	})
	return nil
}

// run accepts until the Layer is closed. Running out of file descriptors is no reason to stop for ever.
func (a *acceptor) run() {
	for failures := 0; ; {
		socket, err := a.listener.Accept()
		switch {
		case err == nil:
			failures = 0
			a.welcome(socket)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			a.layer.log.Warn("accepting failed", "transport", a.transport, "local", a.local, "error", err)
			failures++
			if !a.layer.pause(failures) {
				return
			}
		}
	}
}

// welcome starts a connection, or closes it when there are too many.
func (a *acceptor) welcome(socket net.Conn) {
	l := a.layer
	f := Flow{Transport: a.transport, Local: addrPort(socket.LocalAddr()), Remote: addrPort(socket.RemoteAddr())}
	c := newConn(l, f, socket)
	l.mu.Lock()
	isWelcome := !l.isClosed && l.table.addAccepted(c)
	if isWelcome {
		l.wg.Go(c.run)
	}
	l.mu.Unlock()
	if !isWelcome {
		l.counters.refused.Add(1)
		l.log.Debug("connection refused", "transport", a.transport, "remote", f.Remote, "error", ErrTooMany)
		c.stop(nil)
		socket.Close()
	}
}

// close ends run. Connections accepted before end by the Layer's context.
func (a *acceptor) close() { a.listener.Close() }
