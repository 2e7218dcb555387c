package transport

import (
	"context"
	"net"
)

// HostNetwork is the operating system's network. Besides "udp" and "tcp" it knows "sctp", where the kernel does.
type HostNetwork struct{}

// ListenPacket opens a UDP socket.
func (HostNetwork) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	var lc net.ListenConfig
	return lc.ListenPacket(ctx, network, address)
}

// Listen opens a listening socket.
func (HostNetwork) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	if network == "sctp" {
		return listenSCTP(address)
	}
	var lc net.ListenConfig
	return lc.Listen(ctx, network, address)
}

// Dial connects a socket.
func (HostNetwork) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if network == "sctp" {
		return dialSCTP(ctx, address)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}
