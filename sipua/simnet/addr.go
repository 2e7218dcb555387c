package simnet

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// endpoint parses "address:port" for a network such as "udp", "tcp4" or "udp6". An empty address is the
// wildcard; dual tells that it stands for both families.
func endpoint(kind, network, address string) (a netip.AddrPort, dual bool, err error) {
	family, known := strings.CutPrefix(network, kind)
	if !known || (family != "" && family != "4" && family != "6") {
		return a, false, fmt.Errorf("network %q: %w; use %s, %[3]s4 or %[3]s6", network, net.UnknownNetworkError(network), kind)
	}
	if strings.HasPrefix(address, ":") {
		dual = family == ""
		address = map[string]string{"": "[::]", "4": "0.0.0.0", "6": "[::]"}[family] + address
	}
	a, err = netip.ParseAddrPort(address)
	if err != nil {
		return a, false, fmt.Errorf("address %q must be numeric as in 192.0.2.1:5060: %w", address, err)
	}
	a = plain(a)
	if (family == "4" && !a.Addr().Is4()) || (family == "6" && a.Addr().Is4()) {
		return a, false, fmt.Errorf("address %v on network %q: %w", a, network, syscall.EAFNOSUPPORT)
	}
	return a, dual || (family == "" && a.Addr() == netip.IPv6Unspecified()), nil
}

// plain removes the two spellings which would make equal addresses unequal: mapped IPv4 and zones.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// addrPort reads a net.Addr of this package or of package net.
func addrPort(a net.Addr) (netip.AddrPort, error) {
	switch a := a.(type) {
	case *net.UDPAddr:
		return plain(a.AddrPort()), nil
	case *net.TCPAddr:
		return plain(a.AddrPort()), nil
	}
	return netip.AddrPort{}, fmt.Errorf("address %v of type %T: want *net.UDPAddr: %w", a, a, syscall.EINVAL)
}

// opError is what package net returns: what was tried, where, and why it failed.
func opError(op, network string, local, remote net.Addr, err error) error {
	return &net.OpError{Op: op, Net: network, Source: local, Addr: remote, Err: err}
}

// UnreachableError tells which remote address an ICMP error is about.
type UnreachableError struct {
	Remote netip.AddrPort
	Err    error // syscall.ECONNREFUSED or syscall.EHOSTUNREACH
}

// Error names the address and the reason.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%v is unreachable: %v", e.Remote, e.Err)
}

// Unwrap returns the system's error number.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Unreachable returns the remote address, for users which do not import this package.
func (e *UnreachableError) Unreachable() netip.AddrPort { return e.Remote }

// Temporary is true: the socket itself is well.
func (e *UnreachableError) Temporary() bool { return true }

// Timeout is false.
func (e *UnreachableError) Timeout() bool { return false }

// errNotOurs is what bind(2) says of an address no interface has.
func errNotOurs(a netip.AddrPort) error {
	return fmt.Errorf("address %v belongs to no interface of this host: %w", a.Addr(), syscall.EADDRNOTAVAIL)
}
