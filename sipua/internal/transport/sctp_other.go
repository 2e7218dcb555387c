//go:build !linux

package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
)

func listenSCTP(address string) (net.Listener, error) {
	return nil, fmt.Errorf("sctp on %s: %w; use TCP or TLS", address, errors.ErrUnsupported)
}

func dialSCTP(_ context.Context, address string) (net.Conn, error) {
	return nil, fmt.Errorf("sctp to %s: %w; use TCP or TLS", address, errors.ErrUnsupported)
}
