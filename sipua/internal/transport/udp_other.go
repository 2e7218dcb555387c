//go:build !linux

package transport

import (
	"net"
	"net/netip"
)

// errorSwitch is what a socket in memory offers.
type errorSwitch interface{ ReceiveErrors(on bool) }

// receiveErrors asks a socket in memory for ICMP errors; other systems than Linux do not show them to
// unconnected sockets, and the transactions' timers must do.
func receiveErrors(c net.PacketConn) error {
	if s, ok := c.(errorSwitch); ok {
		s.ReceiveErrors(true)
	}
	return nil
}

// drainErrors finds nothing.
func drainErrors(net.PacketConn, func(remote netip.AddrPort, err error)) int { return 0 }
