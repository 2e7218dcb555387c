package simnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

var (
	doorAddr  = netip.MustParseAddr("192.0.2.1")
	deskAddr  = netip.MustParseAddr("192.0.2.2")
	deskAddr6 = netip.MustParseAddr("2001:db8::2")
	doorAddr6 = netip.MustParseAddr("2001:db8::1")
)

// world is a net with two hosts: a door and a desk.
type world struct {
	*testing.T
	net        *Net
	door, desk *Host
}

// inWorld runs f in a synctest bubble with two hosts.
func inWorld(t *testing.T, cfg Config, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := New(cfg)
		f(&world{t, n, n.Host(doorAddr, doorAddr6), n.Host(deskAddr, deskAddr6)})
	})
}

func (w *world) packet(h *Host, address string) *PacketConn {
	w.Helper()
	c, err := h.ListenPacket(context.Background(), "udp", address)
	if err != nil {
		w.Fatal(err)
	}
	return c.(*PacketConn)
}

func (w *world) dial(h *Host, network, address string) net.Conn {
	w.Helper()
	c, err := h.Dial(context.Background(), network, address)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// stream returns both ends of a stream from the door to the desk's port 5060.
func (w *world) stream() (door, desk *Conn) {
	w.Helper()
	l, err := w.desk.Listen(context.Background(), "tcp", ":5060")
	if err != nil {
		w.Fatal(err)
	}
	door = w.dial(w.door, "tcp", "192.0.2.2:5060").(*Conn)
	c, err := l.Accept()
	if err != nil {
		w.Fatal(err)
	}
	l.Close()
	return door, c.(*Conn)
}

// wantData reads once and compares.
func (w *world) wantData(what string, c net.Conn, want string) {
	w.Helper()
	buf := make([]byte, 1500)
	n, err := c.Read(buf)
	if err != nil || string(buf[:n]) != want {
		w.Fatalf("%s: got %q, %v, want %q", what, buf[:n], err, want)
	}
}

func (w *world) wantErr(what string, err, want error) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Fatalf("%s: got the error %v, want %v", what, err, want)
	}
}

// wantSilence asserts that nothing arrives for a second.
func (w *world) wantSilence(what string, c net.Conn) {
	w.Helper()
	c.SetReadDeadline(time.Now().Add(time.Second))
	n, err := c.Read(make([]byte, 1500))
	w.wantErr(fmt.Sprintf("%s (%d bytes)", what, n), err, os.ErrDeadlineExceeded)
	c.SetReadDeadline(time.Time{})
}

// pass lets time pass, of which the bubble has plenty.
func pass(d time.Duration) { time.Sleep(d) }

// wantAfter asserts how much time passed since start.
func (w *world) wantAfter(what string, start time.Time, want time.Duration) {
	w.Helper()
	if got := time.Since(start); got != want {
		w.Fatalf("%s: after %v, want %v", what, got, want)
	}
}

func TestDatagramArrivesAfterTheDelay(t *testing.T) {
	inWorld(t, Config{Link: Link{Delay: 30 * time.Millisecond}}, func(w *world) {
		desk := w.packet(w.desk, "192.0.2.2:5060")
		door := w.dial(w.door, "udp", "192.0.2.2:5060")
		w.wantSilence("before anything was sent", desk)
		door.Write([]byte("hello"))
		start := time.Now()
		w.wantData("the first datagram", desk, "hello")
		w.wantAfter("the first datagram", start, 30*time.Millisecond)
	})
}

func TestDatagramAddresses(t *testing.T) {
	tests := []struct{ listen, to, wantSrc, wantLocal string }{
		{"192.0.2.2:5060", "192.0.2.2:5060", "192.0.2.1:49152", "192.0.2.2:5060"},
		{":5060", "192.0.2.2:5060", "192.0.2.1:49152", "[::]:5060"},
		{":5060", "[2001:db8::2]:5060", "[2001:db8::1]:49152", "[::]:5060"},
		{"0.0.0.0:5060", "192.0.2.2:5060", "192.0.2.1:49152", "0.0.0.0:5060"},
		{"[2001:db8::2]:0", "[2001:db8::2]:49152", "[2001:db8::1]:49152", "[2001:db8::2]:49152"},
	}
	for _, test := range tests {
		inWorld(t, Config{}, func(w *world) {
			desk := w.packet(w.desk, test.listen)
			door := w.packet(w.door, ":0")
			if _, err := door.WriteTo([]byte("x"), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(test.to))); err != nil {
				w.Fatal(err)
			}
			buf := make([]byte, 10)
			_, src, err := desk.ReadFrom(buf)
			if err != nil || src.String() != test.wantSrc {
				w.Errorf("%+v: source %v, %v", test, src, err)
			}
			if got := desk.LocalAddr().String(); got != test.wantLocal {
				w.Errorf("%+v: local address %v", test, got)
			}
			if _, err := desk.WriteTo([]byte("back"), src); err != nil {
				w.Errorf("%+v: %v", test, err)
			}
			n, src, err := door.ReadFrom(buf)
			if err != nil || string(buf[:n]) != "back" || src.String() != test.to {
				w.Errorf("%+v: the way back: %q from %v, %v", test, buf[:n], src, err)
			}
		})
	}
}

func TestBindErrors(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		w.packet(w.desk, "192.0.2.2:5060")
		w.packet(w.desk, ":5061")
		tests := []struct {
			network, address string
			want             error
		}{
			{"udp", "192.0.2.2:5060", syscall.EADDRINUSE},
			{"udp4", ":5061", syscall.EADDRINUSE},
			{"udp", "192.0.2.9:5060", syscall.EADDRNOTAVAIL},
			{"udp6", "192.0.2.2:5070", syscall.EAFNOSUPPORT},
			{"udp", "desk.example:5070", nil},
			{"tcp", "192.0.2.2:5070", net.UnknownNetworkError("tcp")},
		}
		for _, test := range tests {
			_, err := w.desk.ListenPacket(context.Background(), test.network, test.address)
			if err == nil || (test.want != nil && !errors.Is(err, test.want)) {
				w.Errorf("%+v: got %v", test, err)
			}
		}
	})
}

func TestConnectedSocketHearsOnlyItsPeer(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		desk := w.packet(w.desk, "192.0.2.2:5060")
		other := w.packet(w.desk, "192.0.2.2:5070")
		door := w.dial(w.door, "udp", "192.0.2.2:5060")
		other.WriteTo([]byte("forged"), door.LocalAddr())
		w.wantSilence("after a stranger's datagram", door)
		desk.WriteTo([]byte("true"), door.LocalAddr())
		w.wantData("the peer's datagram", door, "true")
	})
}

func TestClosedPortIsAnsweredByICMP(t *testing.T) {
	inWorld(t, Config{Link: Link{Delay: 10 * time.Millisecond}}, func(w *world) {
		to := netip.MustParseAddrPort("192.0.2.2:5060")
		door := w.packet(w.door, "192.0.2.1:5060")
		door.WriteTo([]byte("x"), net.UDPAddrFromAddrPort(to))
		w.wantSilence("errors are off", door)

		door.ReceiveErrors(true)
		start := time.Now()
		door.WriteTo([]byte("x"), net.UDPAddrFromAddrPort(to))
		_, _, err := door.ReadFrom(make([]byte, 10))
		w.wantErr("closed port", err, syscall.ECONNREFUSED)
		w.wantAfter("closed port", start, 20*time.Millisecond)
		var unreachable *UnreachableError
		if !errors.As(err, &unreachable) || unreachable.Unreachable() != to {
			w.Errorf("the error %v does not name %v", err, to)
		}

		w.net.SetRejected(deskAddr, true)
		door.WriteTo([]byte("x"), net.UDPAddrFromAddrPort(to))
		_, _, err = door.ReadFrom(make([]byte, 10))
		w.wantErr("rejected address", err, syscall.EHOSTUNREACH)

		w.net.SetRejected(deskAddr, false)
		w.desk.SetStealth(true)
		door.WriteTo([]byte("x"), net.UDPAddrFromAddrPort(to))
		w.wantSilence("firewalled host", door)
	})
}

func TestSilence(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		desk := w.packet(w.desk, "192.0.2.2:5060")
		door := w.dial(w.door, "udp", "192.0.2.2:5060")
		tests := []struct {
			what string
			set  func(bool)
		}{
			{"receiver down", w.desk.SetDown},
			{"sender down", w.door.SetDown},
			{"cut", func(on bool) { w.net.SetCut(w.door.Addrs(), w.desk.Addrs(), on) }},
			{"moved", func(on bool) {
				if on {
					w.desk.SetAddrs(netip.MustParseAddr("192.0.2.77"))
				} else {
					w.desk.SetAddrs(deskAddr)
				}
			}},
			{"filtered", func(on bool) { w.net.SetFilter(func(Packet) bool { return !on }) }},
			{"too big", func(on bool) {
				if on {
					w.net.SetLink(doorAddr, deskAddr, Link{MTU: 2})
				} else {
					w.net.SetLink(doorAddr, deskAddr, Link{})
				}
			}},
		}
		for _, test := range tests {
			test.set(true)
			door.Write([]byte("lost"))
			w.wantSilence(test.what, desk)
			test.set(false)
			door.Write([]byte("here"))
			w.wantData("after: "+test.what, desk, "here")
		}
	})
}

// arrivals sends 1000 numbered datagrams 10 ms apart and returns what arrived.
func arrivals(t *testing.T, cfg Config) (got []int) {
	inWorld(t, cfg, func(w *world) {
		desk := w.packet(w.desk, "192.0.2.2:5060")
		door := w.dial(w.door, "udp", "192.0.2.2:5060")
		var wg sync.WaitGroup
		wg.Go(func() {
			buf := make([]byte, 10)
			for {
				n, err := desk.Read(buf)
				if err != nil {
					return
				}
				var i int
				fmt.Sscan(string(buf[:n]), &i)
				got = append(got, i)
			}
		})
		for i := range 1000 {
			fmt.Fprint(door, i)
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Second)
		desk.Close()
		wg.Wait()
	})
	return got
}

func TestLinkModels(t *testing.T) {
	seen := func(got []int) (distinct, twice, late int) {
		count, newest := make(map[int]int), -1
		for _, i := range got {
			if count[i]++; count[i] == 2 {
				twice++
			} else if i < newest {
				late++
			}
			newest = max(newest, i)
		}
		return len(count), twice, late
	}
	tests := []struct {
		name                     string
		link                     Link
		minDistinct, maxDistinct int
		minTwice, maxTwice       int
		minLate, maxLate         int
	}{
		{"perfect", Link{}, 1000, 1000, 0, 0, 0, 0},
		{"loss", Link{Loss: 0.2}, 750, 850, 0, 0, 0, 0},
		{"all lost", Link{Loss: 1}, 0, 0, 0, 0, 0, 0},
		{"duplicates", Link{Duplicate: 0.1}, 1000, 1000, 60, 140, 0, 0},
		{"reordering", Link{Reorder: 0.1}, 1000, 1000, 0, 0, 60, 140},
		{"jitter", Link{Jitter: 40 * time.Millisecond}, 1000, 1000, 0, 0, 200, 800},
	}
	for _, test := range tests {
		got := arrivals(t, Config{Seed: 7, Link: test.link})
		distinct, twice, late := seen(got)
		if distinct < test.minDistinct || distinct > test.maxDistinct || twice < test.minTwice || twice > test.maxTwice || late < test.minLate || late > test.maxLate {
			t.Errorf("%s: %d distinct, %d twice, %d late", test.name, distinct, twice, late)
		}
	}
}

func TestSameSeedSameFate(t *testing.T) {
	link := Link{Loss: 0.1, Duplicate: 0.1, Reorder: 0.1, Jitter: 5 * time.Millisecond}
	first := fmt.Sprint(arrivals(t, Config{Seed: 3, Link: link}))
	if again := fmt.Sprint(arrivals(t, Config{Seed: 3, Link: link})); again != first {
		t.Error("the same seed gave another order")
	}
	if other := fmt.Sprint(arrivals(t, Config{Seed: 4, Link: link})); other == first {
		t.Error("another seed gave the same order")
	}
}

func TestTapSeesEveryFate(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		var seen []string
		w.net.SetTap(func(p Packet) { seen = append(seen, fmt.Sprintf("%s %s%s %v", p.Network, p.Data, p.Sign, p.Fate)) })
		w.packet(w.desk, "192.0.2.2:5060")
		door := w.dial(w.door, "udp", "192.0.2.2:5060")
		door.Write([]byte("a"))
		w.net.SetLink(doorAddr, deskAddr, Link{Loss: 1})
		door.Write([]byte("b"))
		w.net.SetLink(doorAddr, deskAddr, Link{})
		w.net.SetFilter(func(p Packet) bool { return string(p.Data) != "c" })
		door.Write([]byte("c"))
		w.desk.SetDown(true)
		door.Write([]byte("d"))
		w.net.SetRejected(deskAddr, true)
		door.Write([]byte("e"))
		w.net.SetTap(nil)
		door.Write([]byte("f"))
		want := "[udp a sent udp b lost udp c filtered udp d vanished udp e refused]"
		if got := fmt.Sprint(seen); got != want {
			w.Errorf("the tap saw %v, want %v", got, want)
		}
	})
}

func TestFullSocketDropsDatagrams(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		desk := w.packet(w.desk, "192.0.2.2:5060")
		door := w.dial(w.door, "udp", "192.0.2.2:5060")
		for range receiveQueue + 5 {
			door.Write([]byte("x"))
		}
		for range receiveQueue {
			w.wantData("queued", desk, "x")
		}
		w.wantSilence("beyond the queue", desk)
	})
}

func TestLoopbackIsEachHostsOwn(t *testing.T) {
	inWorld(t, Config{Link: Link{Loss: 1}}, func(w *world) {
		door := w.packet(w.door, "127.0.0.1:5060")
		desk := w.packet(w.desk, "127.0.0.1:5060")
		client := w.dial(w.door, "udp", "127.0.0.1:5060")
		client.Write([]byte("mine"))
		w.wantData("own loopback", door, "mine")
		w.wantSilence("the other host's loopback", desk)
	})
}
