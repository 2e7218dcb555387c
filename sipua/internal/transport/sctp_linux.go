package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// backlogSCTP is how many associations wait for being accepted.
const backlogSCTP = 128

// SCTP's option against the delay of small packets (linux/sctp.h), which is per socket.
const (
	solSCTP     = 132
	sctpNoDelay = 3
)

// listenSCTP listens for SCTP associations in the one-to-one style (RFC 6458 section 4), which behaves as TCP
// does. Package net serves such sockets once they are made, since it asks for family and type only.
func listenSCTP(address string) (net.Listener, error) {
	return listenStream(unix.IPPROTO_SCTP, address)
}

// dialSCTP opens an association.
func dialSCTP(ctx context.Context, address string) (net.Conn, error) {
	return dialStream(ctx, unix.IPPROTO_SCTP, address)
}

// listenStream is listenSCTP for any protocol of the same manner: a kernel without SCTP tests it by TCP.
func listenStream(protocol int, address string) (net.Listener, error) {
	f, err := openStream(protocol, address, func(fd int, sa unix.Sockaddr) error {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return err
		}
		if err := unix.Bind(fd, sa); err != nil {
			return err
		}
		return unix.Listen(fd, backlogSCTP)
	})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return net.FileListener(f)
}

// dialStream is dialSCTP for any such protocol.
func dialStream(ctx context.Context, protocol int, address string) (net.Conn, error) {
	f, err := openStream(protocol, address, func(fd int, sa unix.Sockaddr) error {
		if err := unix.Connect(fd, sa); !errors.Is(err, unix.EINPROGRESS) {
			return err
		}
		return waitWritable(ctx, fd)
	})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return net.FileConn(f)
}

// waitWritable waits for the end of a connect. The poll is short so that ctx is obeyed; an association is made
// in a few of them.
func waitWritable(ctx context.Context, fd int) error {
	const period = 50 // ms
	for ctx.Err() == nil {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, period)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		if n > 0 {
			code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
			if err == nil && code != 0 {
				err = unix.Errno(code)
			}
			return err
		}
	}
	return ctx.Err()
}

// openStream makes a socket for an address and prepares it.
func openStream(protocol int, address string, prepare func(fd int, sa unix.Sockaddr) error) (*os.File, error) {
	ap, err := parseListen(address)
	if err != nil {
		return nil, fmt.Errorf("sctp: address %q must be numeric as in 192.0.2.1:5060: %w", address, err)
	}
	family, sa := sockaddrOf(ap)
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return nil, fmt.Errorf("sctp: this kernel has no SCTP (%w); load its module sctp, or use TCP or TLS", err)
	}
	if protocol == unix.IPPROTO_SCTP {
		err = unix.SetsockoptInt(fd, solSCTP, sctpNoDelay, 1)
	}
	if err == nil {
		err = prepare(fd, sa)
	}
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("sctp: %s: %w", address, err)
	}
	return os.NewFile(uintptr(fd), "sctp:"+address), nil
}

// parseListen reads a numeric address; an empty host is the wildcard.
func parseListen(address string) (netip.AddrPort, error) {
	if len(address) > 0 && address[0] == ':' {
		address = "[::]" + address
	}
	return netip.ParseAddrPort(address)
}

// sockaddrOf gives a mapped address to the IPv4 family: an IPv6 socket bound to it could not be reached by both.
func sockaddrOf(ap netip.AddrPort) (family int, sa unix.Sockaddr) {
	if ap.Addr().Unmap().Is4() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().Unmap().As4()}
	}
	return unix.AF_INET6, &unix.SockaddrInet6{Port: int(ap.Port()), Addr: ap.Addr().As16()}
}
