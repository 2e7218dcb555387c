package simnet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// randomLink is anything from perfect to terrible.
func randomLink(rng *rand.Rand) Link {
	l := Link{Delay: time.Duration(rng.IntN(100)) * time.Millisecond}
	if rng.IntN(2) == 0 {
		l.Jitter = time.Duration(1+rng.IntN(200)) * time.Millisecond
		l.Loss, l.Duplicate, l.Reorder = rng.Float64()/2, rng.Float64()/2, rng.Float64()/2
	}
	return l
}

// disturb changes the network for a while, as the world does, and leaves it whole.
func disturb(w *world, rng *rand.Rand, rounds int) {
	for range rounds {
		switch rng.IntN(4) {
		case 0:
			w.desk.SetDown(rng.IntN(2) == 0)
		case 1:
			w.net.SetCut(w.door.Addrs(), w.desk.Addrs(), rng.IntN(2) == 0)
		case 2:
			w.net.SetLink(doorAddr, deskAddr, randomLink(rng))
		case 3:
			w.net.SetLink(deskAddr, doorAddr, randomLink(rng))
		}
		pass(time.Duration(rng.IntN(5000)) * time.Millisecond)
	}
	w.desk.SetDown(false)
	w.net.SetCut(w.door.Addrs(), w.desk.Addrs(), false)
}

// talk writes n random bytes in random portions and returns them.
func talk(w *world, rng *rand.Rand, c *Conn, n int) []byte {
	said := make([]byte, n)
	for i := range said {
		said[i] = byte(rng.Uint32())
	}
	for rest := said; len(rest) > 0; {
		portion := min(len(rest), 1+rng.IntN(5000))
		if _, err := c.Write(rest[:portion]); err != nil {
			w.Errorf("after %d bytes: %v", n-len(rest), err)
			break
		}
		rest = rest[portion:]
		pass(time.Duration(rng.IntN(200)) * time.Millisecond)
	}
	c.CloseWrite()
	return said
}

// TestStreamModel holds what a stream promises, whatever happens on its way: all bytes, once, in order, both ways.
func TestStreamModel(t *testing.T) {
	for seed := range uint64(20) {
		inWorld(t, Config{Seed: seed}, func(w *world) {
			rng := func(i uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, i)) }
			door, desk := w.stream()
			var said, heard [2][]byte
			var wg sync.WaitGroup
			for i, c := range []*Conn{door, desk} {
				wg.Go(func() { said[i] = talk(w, rng(uint64(i)), c, 100_000) })
				wg.Go(func() {
					var err error
					if heard[1-i], err = io.ReadAll(c); err != nil {
						w.Errorf("seed %d: %v", seed, err)
					}
				})
			}
			wg.Go(func() { disturb(w, rng(2), 20) })
			wg.Wait()
			for i := range said {
				if !bytes.Equal(said[i], heard[i]) {
					w.Errorf("seed %d: %d bytes were said, %d heard, or others", seed, len(said[i]), len(heard[i]))
				}
			}
			door.Close()
			desk.Close()
		})
	}
}

// ledger counts what became of datagrams, by their number.
type ledger struct {
	mu            sync.Mutex
	sent, arrived map[uint32]int
	fates         map[Fate]int
}

func (l *ledger) tap(p Packet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fates[p.Fate]++
	if p.Fate == Sent {
		l.sent[binary.BigEndian.Uint32(p.Data)]++
	}
}

func (l *ledger) receive(w *world, c *PacketConn) {
	buf := make([]byte, 100)
	for {
		n, src, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		l.mu.Lock()
		l.arrived[binary.BigEndian.Uint32(buf)]++
		l.mu.Unlock()
		if want := string(bytes.TrimRight(buf[4:n], "\x00")); src.String() != want {
			w.Errorf("a datagram of %s came from %v", want, src)
		}
	}
}

// TestDatagramModel holds what datagrams promise: what the tap calls sent arrives, once or twice, from whom it
// says; nothing else does.
func TestDatagramModel(t *testing.T) {
	link := Link{Delay: time.Millisecond, Jitter: 50 * time.Millisecond, Loss: 0.1, Duplicate: 0.1, Reorder: 0.1, MTU: 50}
	inWorld(t, Config{Seed: 11, Link: link}, func(w *world) {
		l := &ledger{sent: make(map[uint32]int), arrived: make(map[uint32]int), fates: make(map[Fate]int)}
		w.net.SetTap(l.tap)
		w.net.SetFilter(func(p Packet) bool { return binary.BigEndian.Uint32(p.Data)%17 != 0 })
		var conns []*PacketConn
		var readers sync.WaitGroup
		for i := range 4 {
			h := w.net.Host(netip.AddrFrom4([4]byte{198, 51, 100, byte(i + 1)}))
			c := w.packet(h, fmt.Sprintf("198.51.100.%d:5060", i+1))
			conns = append(conns, c)
			readers.Go(func() { l.receive(w, c) })
		}
		rng := rand.New(rand.NewPCG(1, 2))
		for id := range uint32(5000) {
			from, to := conns[rng.IntN(4)], conns[rng.IntN(4)]
			p := append(binary.BigEndian.AppendUint32(nil, id), from.local.String()...)
			if id%23 == 0 {
				p = append(p, make([]byte, 50)...) // too large for the link, not for a host's talk to itself
			}
			from.WriteToUDPAddrPort(p, to.local)
			pass(time.Duration(rng.IntN(3)) * time.Millisecond)
		}
		pass(time.Second)
		for _, c := range conns {
			c.Close()
		}
		readers.Wait()
		l.check(w)
	})
}

func (l *ledger) check(w *world) {
	twice := 0
	for id := range uint32(5000) {
		sent, arrived := l.sent[id], l.arrived[id]
		if (sent == 0) != (arrived == 0) || arrived > 2 {
			w.Errorf("datagram %d: sent %d times, arrived %d times", id, sent, arrived)
		}
		if arrived == 2 {
			twice++
		}
	}
	if twice < 200 || l.fates[Lost] < 300 || l.fates[Filtered] != 295 || l.fates[Vanished]+l.fates[Refused] != 0 {
		w.Errorf("%d arrived twice, fates %v", twice, l.fates)
	}
}

func TestQueueModel(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		var q queue
		rng := rand.New(rand.NewPCG(5, 6))
		start := clock()
		var mu sync.Mutex
		var fired []time.Duration
		for range 500 {
			due := clock().Sub(start) + time.Duration(rng.IntN(1000)-100)*time.Millisecond
			want := max(due, clock().Sub(start)) // what is over already happens at once
			q.at(clock(), start.Add(due), func() {
				mu.Lock()
				defer mu.Unlock()
				fired = append(fired, due)
				if got := clock().Sub(start); got != want {
					w.Errorf("due after %v, ran after %v", want, got)
				}
			})
			if rng.IntN(50) == 0 {
				pass(10 * time.Millisecond)
			}
		}
		pass(2 * time.Second)
		q.mu.Lock()
		defer q.mu.Unlock()
		if len(fired) != 500 || len(q.events) != 0 {
			w.Errorf("%d of 500 ran, %d are left", len(fired), len(q.events))
		}
	})
}
