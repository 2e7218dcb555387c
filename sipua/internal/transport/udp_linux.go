package transport

import (
	"encoding/binary"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// errorSwitch is what a socket in memory offers in place of IP_RECVERR.
type errorSwitch interface{ ReceiveErrors(on bool) }

// receiveErrors asks for ICMP errors (ip(7), IP_RECVERR). Without it Linux keeps them from unconnected sockets.
func receiveErrors(c net.PacketConn) error {
	if s, ok := c.(errorSwitch); ok {
		s.ReceiveErrors(true)
		return nil
	}
	return control(c, func(fd int) error {
		v6 := unix.SetsockoptInt(fd, unix.SOL_IPV6, unix.IPV6_RECVERR, 1)
		v4 := unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_RECVERR, 1)
		if v4 != nil && v6 != nil {
			return v4
		}
		return nil
	})
}

// control runs f on the socket's descriptor. Unlike RawConn.Read it does not wait for a reader that is blocked.
func control(c net.PacketConn, f func(fd int) error) error {
	s, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return err
	}
	var result error
	if err := raw.Control(func(fd uintptr) { result = f(int(fd)) }); err != nil {
		return err
	}
	return result
}

// drainErrors empties the socket's error queue and returns how many errors there were.
func drainErrors(c net.PacketConn, report func(remote netip.AddrPort, err error)) (count int) {
	type icmp struct {
		remote netip.AddrPort
		err    error
	}
	var found []icmp
	_ = control(c, func(fd int) error {
		oob := make([]byte, 512)
		for len(found) < maxQueued {
			_, n, _, from, err := unix.Recvmsg(fd, nil, oob, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
			if err != nil {
				return err
			}
			if reason := extendedError(oob[:n]); reason != nil {
				found = append(found, icmp{sockaddr(from), reason})
			}
		}
		return nil
	})
	for _, e := range found {
		report(e.remote, e.err)
	}
	return len(found)
}

// sizeofExtendedError is the fixed part of what extendedError reads.
const sizeofExtendedError = 16

// extendedError finds the reason in a control message of type IP_RECVERR:
//
//	0        4        5      6      7     8      12     16
//	| errno  | origin | type | code | pad | info | data | address of the offender
func extendedError(oob []byte) error {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	for _, m := range messages {
		isV4 := m.Header.Level == unix.SOL_IP && m.Header.Type == unix.IP_RECVERR
		isV6 := m.Header.Level == unix.SOL_IPV6 && m.Header.Type == unix.IPV6_RECVERR
		// IPv6 queues errors of this host as well, which the failed send returns anyway.
		if (isV4 || isV6) && len(m.Data) >= sizeofExtendedError && m.Data[4] != unix.SO_EE_ORIGIN_LOCAL {
			return syscall.Errno(binary.NativeEndian.Uint32(m.Data))
		}
	}
	return nil
}

// sockaddr reads the destination of the datagram that came to grief.
func sockaddr(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr).Unmap(), uint16(sa.Port))
	}
	return netip.AddrPort{}
}
