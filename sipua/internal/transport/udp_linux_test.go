package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// controlMessage is what the kernel puts beside an error: a header and the extended error.
func controlMessage(level, kind int, origin byte, errno syscall.Errno) []byte {
	b := make([]byte, unix.CmsgSpace(sizeofExtendedError+16))
	h := unix.CmsgLen(sizeofExtendedError + 16)
	if unix.SizeofPtr == 8 {
		binary.NativeEndian.PutUint64(b, uint64(h))
		binary.NativeEndian.PutUint32(b[8:], uint32(level))
		binary.NativeEndian.PutUint32(b[12:], uint32(kind))
	} else {
		binary.NativeEndian.PutUint32(b, uint32(h))
		binary.NativeEndian.PutUint32(b[4:], uint32(level))
		binary.NativeEndian.PutUint32(b[8:], uint32(kind))
	}
	data := b[unix.CmsgLen(0):]
	binary.NativeEndian.PutUint32(data, uint32(errno))
	data[4] = origin
	return b
}

func TestExtendedError(t *testing.T) {
	tests := []struct {
		name        string
		level, kind int
		origin      byte
		want        error
	}{
		{"ICMP", unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_ICMP, syscall.ECONNREFUSED},
		{"ICMPv6", unix.SOL_IPV6, unix.IPV6_RECVERR, unix.SO_EE_ORIGIN_ICMP6, syscall.ECONNREFUSED},
		{"of this host", unix.SOL_IPV6, unix.IPV6_RECVERR, unix.SO_EE_ORIGIN_LOCAL, nil},
		{"another option", unix.SOL_IP, unix.IP_TTL, unix.SO_EE_ORIGIN_ICMP, nil},
		{"another level", unix.SOL_SOCKET, unix.IP_RECVERR, unix.SO_EE_ORIGIN_ICMP, nil},
	}
	for _, test := range tests {
		oob := controlMessage(test.level, test.kind, test.origin, syscall.ECONNREFUSED)
		if got := extendedError(oob); !errors.Is(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestExtendedErrorOfEveryTruncation(t *testing.T) {
	oob := controlMessage(unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_ICMP, syscall.ECONNREFUSED)
	whole := unix.CmsgLen(sizeofExtendedError + 16)
	for i := range whole {
		if err := extendedError(oob[:i]); err != nil {
			t.Errorf("%d of %d octets: %v", i, whole, err)
		}
	}
}

func TestSockaddr(t *testing.T) {
	tests := []struct {
		sa   unix.Sockaddr
		want string
	}{
		{&unix.SockaddrInet4{Port: 5060, Addr: [4]byte{192, 0, 2, 1}}, "192.0.2.1:5060"},
		{&unix.SockaddrInet6{Port: 5060, Addr: netip.MustParseAddr("2001:db8::1").As16()}, "[2001:db8::1]:5060"},
		{&unix.SockaddrInet6{Port: 5060, Addr: netip.MustParseAddr("::ffff:192.0.2.1").As16()}, "192.0.2.1:5060"},
		{&unix.SockaddrUnix{Name: "x"}, "invalid AddrPort"},
	}
	for _, test := range tests {
		if got := fmt.Sprint(sockaddr(test.sa)); got != test.want {
			t.Errorf("%T: %s, want %s", test.sa, got, test.want)
		}
	}
}

// TestErrorQueueHoldsSeveral reads several errors about several remotes in one go.
func TestErrorQueueHoldsSeveral(t *testing.T) {
	c, err := HostNetwork{}.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := receiveErrors(c); err != nil {
		t.Fatal(err)
	}
	closed := make(map[netip.AddrPort]bool)
	for range 3 {
		gone, err := HostNetwork{}.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		closed[addrPort(gone.LocalAddr())] = true
		gone.Close()
	}
	if n := drainErrors(c, func(netip.AddrPort, error) {}); n != 0 {
		t.Errorf("%d errors before anything was sent", n)
	}
	for remote := range closed {
		// The error of the datagram before comes back from this send, which then sends nothing.
		for range 2 {
			if _, err := c.WriteTo([]byte("x"), net.UDPAddrFromAddrPort(remote)); err == nil {
				break
			}
		}
	}
	drainErrors(c, func(remote netip.AddrPort, err error) {
		if !errors.Is(err, syscall.ECONNREFUSED) || !closed[remote] {
			t.Errorf("the error %v about %v", err, remote)
		}
		delete(closed, remote)
	})
	if len(closed) != 0 {
		t.Errorf("nothing was told about %v", closed)
	}
}
