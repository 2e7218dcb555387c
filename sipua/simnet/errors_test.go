package simnet

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

func netipAddr(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestWriteErrorsOfDatagrams(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		bound := w.packet(w.door, "192.0.2.1:5060")
		connected := w.dial(w.door, "udp", "192.0.2.2:5060").(*PacketConn)
		to := func(s string) net.Addr { return net.UDPAddrFromAddrPort(netip.MustParseAddrPort(s)) }
		lonely := w.net.Host(netipAddr("192.0.2.50"))
		wildcard := w.packet(lonely, ":5060")
		tests := []struct {
			name  string
			write func() (int, error)
			want  error
		}{
			{"no destination", func() (int, error) { return bound.Write([]byte("x")) }, syscall.EDESTADDRREQ},
			{"two destinations", func() (int, error) { return connected.WriteTo([]byte("x"), to("192.0.2.2:5060")) }, net.ErrWriteToConnected},
			{"too large", func() (int, error) { return connected.Write(make([]byte, maxDatagram+1)) }, syscall.EMSGSIZE},
			{"other family", func() (int, error) { return bound.WriteTo([]byte("x"), to("[2001:db8::2]:5060")) }, syscall.EAFNOSUPPORT},
			{"port 0", func() (int, error) { return bound.WriteTo([]byte("x"), to("192.0.2.2:0")) }, syscall.EINVAL},
			{"no address of a socket", func() (int, error) { return bound.WriteTo([]byte("x"), &net.IPAddr{}) }, syscall.EINVAL},
			{"no address of the family", func() (int, error) { return wildcard.WriteTo([]byte("x"), to("[2001:db8::2]:5060")) }, syscall.ENETUNREACH},
		}
		for _, test := range tests {
			_, err := test.write()
			w.wantErr(test.name, err, test.want)
			var op *net.OpError
			if !errors.As(err, &op) || op.Op != "write" || op.Net != "udp" {
				w.Errorf("%s: %v is not what package net returns", test.name, err)
			}
		}
		if n, err := connected.Write(make([]byte, maxDatagram)); n != maxDatagram || err != nil {
			w.Errorf("the largest datagram: %d, %v", n, err)
		}
	})
}

func TestDialErrors(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		lonely := w.net.Host(netipAddr("192.0.2.50"))
		tests := []struct {
			name             string
			ctx              context.Context
			host             *Host
			network, address string
			want             string
		}{
			{"name", context.Background(), w.door, "tcp", "desk.example:5060", "must be numeric"},
			{"name, udp", context.Background(), w.door, "udp", "desk.example:5060", "must be numeric"},
			{"network", context.Background(), w.door, "sctp", "192.0.2.2:5060", "sctp"},
			{"udp of unknown family", context.Background(), w.door, "udp5", "192.0.2.2:5060", "udp5"},
			{"wrong family", context.Background(), w.door, "tcp6", "192.0.2.2:5060", "address family not supported"},
			{"ended", ended, w.door, "tcp", "192.0.2.2:5060", "context canceled"},
			{"no way, tcp", context.Background(), lonely, "tcp", "[2001:db8::2]:5060", "network is unreachable"},
			{"no way, udp", context.Background(), lonely, "udp", "[2001:db8::2]:5060", "network is unreachable"},
		}
		for _, test := range tests {
			c, err := test.host.Dial(test.ctx, test.network, test.address)
			if err == nil || c != nil || !strings.Contains(err.Error(), test.want) {
				w.Errorf("%s: %v, %v, want an error with %q", test.name, c, err, test.want)
			}
		}
	})
}

func TestListenErrors(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		ctx := context.Background()
		if _, err := w.desk.Listen(ctx, "tcp", ":5060"); err != nil {
			w.Fatal(err)
		}
		tests := []struct {
			network, address string
			want             error
		}{
			{"tcp", ":5060", syscall.EADDRINUSE},
			{"tcp4", ":5060", syscall.EADDRINUSE},
			{"tcp", "192.0.2.9:5061", syscall.EADDRNOTAVAIL},
			{"tcp4", "[2001:db8::2]:5061", syscall.EAFNOSUPPORT},
			{"udp", ":5061", net.UnknownNetworkError("udp")},
		}
		for _, test := range tests {
			_, err := w.desk.Listen(ctx, test.network, test.address)
			w.wantErr(test.network+" "+test.address, err, test.want)
		}
		if _, err := w.desk.Listen(ctx, "tcp6", "[2001:db8::2]:5060"); err != nil {
			w.Errorf("an exact address beside the wildcard: %v", err)
		}
	})
}

func TestPortsRunOut(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		for range 65536 - firstEphemeral {
			w.packet(w.door, "192.0.2.1:0")
		}
		_, err := w.door.ListenPacket(context.Background(), "udp", "192.0.2.1:0")
		w.wantErr("one more", err, syscall.EADDRINUSE)
		if c := w.packet(w.door, "[2001:db8::1]:0"); c.LocalAddr().(*net.UDPAddr).Port < firstEphemeral {
			w.Errorf("the other family got %v", c.LocalAddr())
		}
	})
}

func TestTakenAddressPanics(t *testing.T) {
	for _, addr := range []string{"192.0.2.1", "0.0.0.0", "::ffff:192.0.2.7"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a second host got %s", addr)
				}
			}()
			n := New(Config{})
			n.Host(doorAddr)
			n.Host(netipAddr(addr))
		}()
	}
}

func TestFatesHaveNames(t *testing.T) {
	for fate, want := range map[Fate]string{Sent: "sent", Lost: "lost", Filtered: "filtered", Vanished: "vanished", Refused: "refused"} {
		if fate.String() != want {
			t.Errorf("%d is %q, want %q", int(fate), fate, want)
		}
	}
}

func TestUnreachableErrorIsTemporary(t *testing.T) {
	err := error(&UnreachableError{Remote: netip.MustParseAddrPort("192.0.2.1:5060"), Err: syscall.ECONNREFUSED})
	var temporary interface {
		Temporary() bool
		Timeout() bool
	}
	if !errors.As(err, &temporary) || temporary.Timeout() || !temporary.Temporary() {
		t.Errorf("%v is not temporary", err)
	}
	if want := "192.0.2.1:5060 is unreachable: connection refused"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

func TestCrashClosesEverything(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		packets := w.packet(w.desk, ":5060")
		l, err := w.desk.Listen(context.Background(), "tcp", ":5060")
		if err != nil {
			w.Fatal(err)
		}
		client := w.dial(w.desk, "udp", "192.0.2.1:5060")
		w.desk.Crash()
		_, err = packets.Read(make([]byte, 1))
		w.wantErr("datagrams", err, net.ErrClosed)
		_, err = client.Read(make([]byte, 1))
		w.wantErr("connected datagrams", err, net.ErrClosed)
		_, err = l.Accept()
		w.wantErr("listener", err, net.ErrClosed)
		w.packet(w.desk, ":5060")
		if _, err := w.desk.Listen(context.Background(), "tcp", ":5060"); err != nil {
			w.Errorf("after the restart: %v", err)
		}
	})
}

func TestLinksAreOneWay(t *testing.T) {
	inWorld(t, Config{Link: Link{Delay: time.Millisecond}}, func(w *world) {
		w.net.SetLink(doorAddr, deskAddr, Link{Delay: 100 * time.Millisecond})
		desk := w.packet(w.desk, "192.0.2.2:5060")
		door := w.dial(w.door, "udp", "192.0.2.2:5060")
		start := time.Now()
		door.Write([]byte("slow"))
		w.wantData("to the desk", desk, "slow")
		w.wantAfter("to the desk", start, 100*time.Millisecond)
		start = time.Now()
		desk.WriteTo([]byte("fast"), door.LocalAddr())
		w.wantData("to the door", door, "fast")
		w.wantAfter("to the door", start, time.Millisecond)
		w.net.SetDefaultLink(Link{Delay: 2 * time.Millisecond})
		start = time.Now()
		desk.WriteTo([]byte("new"), door.LocalAddr())
		w.wantData("to the door", door, "new")
		w.wantAfter("with another default", start, 2*time.Millisecond)
	})
}

// TestOrderOfEqualTimes holds that packets due at one moment arrive as they were sent: without it a test would
// depend on the scheduler.
func TestOrderOfEqualTimes(t *testing.T) {
	inWorld(t, Config{Link: Link{Delay: time.Millisecond}}, func(w *world) {
		desk := w.packet(w.desk, "192.0.2.2:5060")
		var senders []net.Conn
		for range 10 {
			senders = append(senders, w.dial(w.door, "udp", "192.0.2.2:5060"))
		}
		for round := range 10 {
			for i, c := range senders {
				c.Write([]byte{byte(round), byte(i)})
			}
		}
		for round := range 10 {
			for i := range senders {
				w.wantData("in order", desk, string([]byte{byte(round), byte(i)}))
			}
		}
	})
}

func BenchmarkDatagram(b *testing.B) {
	n := New(Config{})
	door, desk := n.Host(doorAddr), n.Host(deskAddr)
	in, err := desk.ListenPacket(context.Background(), "udp", ":5060")
	if err != nil {
		b.Fatal(err)
	}
	out, err := door.Dial(context.Background(), "udp", "192.0.2.2:5060")
	if err != nil {
		b.Fatal(err)
	}
	p, buf := make([]byte, 172), make([]byte, 1500)
	b.ReportAllocs()
	for b.Loop() {
		out.Write(p)
		in.ReadFrom(buf)
	}
}
