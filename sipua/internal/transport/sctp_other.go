//go:build !linux

package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// listenSCTP says that only Linux is known to have the sockets it needs.
func listenSCTP(address string) (net.Listener, error) {
	return nil, fmt.Errorf("sctp on %s: %w; use TCP or TLS", address, errors.ErrUnsupported)
}

// dialSCTP says the same.
func dialSCTP(_ context.Context, address string) (net.Conn, error) {
	return nil, fmt.Errorf("sctp to %s: %w; use TCP or TLS", address, errors.ErrUnsupported)
}
