package stream

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// network is a kind of path for RTP: the transit of a packet sent at a time since the call began, or a loss.
type network struct {
	name    string
	transit func(r *rand.Rand, at time.Duration) (time.Duration, bool)

	heard     float64       // least share of blocks of 100 ms in which the tone is heard
	target    time.Duration // greatest play-out target at the end
	concealed float64       // greatest share of the time that was made up
}

func milliseconds(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }

var networks = []network{
	{"lan", func(r *rand.Rand, _ time.Duration) (time.Duration, bool) {
		return milliseconds(1 + r.Float64()), false
	}, 1, 10 * time.Millisecond, 0},
	{"wifi with spikes", func(r *rand.Rand, _ time.Duration) (time.Duration, bool) {
		if r.IntN(250) == 0 {
			return milliseconds(40 + 80*r.Float64()), false
		}
		return milliseconds(4 + 6*r.Float64()), false
	}, .9, 130 * time.Millisecond, .03},
	{"power save: held until the next beacon", func(r *rand.Rand, at time.Duration) (time.Duration, bool) {
		if r.IntN(4) == 0 {
			beacon := 102400 * time.Microsecond
			return 4*time.Millisecond + beacon - at%beacon, false
		}
		return milliseconds(4 + 4*r.Float64()), false
	}, .95, 130 * time.Millisecond, .02},
	{"5 % loss", func(r *rand.Rand, _ time.Duration) (time.Duration, bool) {
		return milliseconds(20 + 5*r.Float64()), r.IntN(20) == 0
	}, .7, 40 * time.Millisecond, .07},
	{"an outage of two seconds", func(_ *rand.Rand, at time.Duration) (time.Duration, bool) {
		return 20 * time.Millisecond, at > 10*time.Second && at < 12*time.Second
	}, .9, 20 * time.Millisecond, .08},
	{"a path that becomes 150 ms longer", func(_ *rand.Rand, at time.Duration) (time.Duration, bool) {
		if at > 10*time.Second {
			return 170 * time.Millisecond, false
		}
		return 20 * time.Millisecond, false
	}, .95, 180 * time.Millisecond, .02},
}

// shape makes the network; packets that left in order arrive in order, as through one queue.
func (n network) shape(seed uint64) func(wirePacket) []time.Duration {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 1))
	began := time.Now()
	last := map[netip.AddrPort]time.Time{}
	return func(p wirePacket) []time.Duration {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		transit, lost := n.transit(r, now.Sub(began))
		if lost {
			return nil
		}
		arrival := now.Add(transit)
		if arrival.Before(last[p.From]) {
			arrival = last[p.From]
		}
		last[p.From] = arrival
		return []time.Duration{arrival.Sub(now)}
	}
}

// Each kind of network through the whole machine: sockets, buffer, decoder, time scaling, card.
func TestNetworks(t *testing.T) {
	const length = 40 * time.Second
	for i, n := range networks {
		t.Run(n.name, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			synctest.Test(t, func(t *testing.T) {
				w := newWire()
				w.Shape = n.shape(uint64(i))
				a := newEnd(t, w, hostA, newFakeCard(8000, 440, 1000), EngineConfig{}, to(hostB))
				b := newEnd(t, w, hostB, newFakeCard(8000, 1000, 440), EngineConfig{}, to(hostA))
				for digit := range 10 {
					time.Sleep(length / 10)
					if err := a.stream.SendDigits(fmt.Sprint(digit)); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Second)
				if got := b.digits(); got != "0123456789" {
					t.Errorf("digits %q", got)
				}
				blocks, present := a.card.counts()
				if float64(present) < n.heard*float64(blocks-5) { // the first half second is the way there
					t.Errorf("tone in %d of %d blocks", present, blocks)
				}
				r := a.stop()
				b.stop()
				if r.Target > n.target || float64(r.Concealed) > n.concealed*float64(r.Duration) {
					t.Errorf("target %v, concealed %v of %v: %+v", r.Target, r.Concealed, r.Duration, r.Buffer)
				}
			})
		})
	}
}

// Whatever an intruder sends, the peer that the SDP names stays heard and nobody else ever becomes the locked source.
func TestLatchAgainstIntruders(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 9))
		var l latch
		l.expect(sdpAddr)
		now := time.Unix(0, 0)
		seq, refused := uint16(r.Uint32()), 0
		for n := range 500 {
			now = now.Add(20 * time.Millisecond)
			if ok, _ := l.accept(now, source{sdpAddr, 7}, seq); !ok {
				refused++
			}
			seq++
			for range r.IntN(6) {
				from := source{netip.AddrPortFrom(evil.Addr(), uint16(r.IntN(4))), uint32(r.IntN(3)) + 7}
				if ok, latched := l.accept(now, from, uint16(n)+uint16(r.IntN(2))); ok || latched {
					t.Fatalf("seed %d: packet %d of %v was taken", seed, n, from)
				}
			}
		}
		if refused > 0 {
			t.Fatalf("seed %d: %d packets of the peer were refused", seed, refused)
		}
	}
}

func TestReferenceReachesBackOneSecond(t *testing.T) {
	ref, err := newReference(EngineConfig{NewHighPass: noHighPass}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	frame := make([]float32, 160)
	for n := range 100 {
		for i := range frame {
			frame[i] = float32(n*160 + i)
		}
		ref.push(frame)
	}
	for _, delayMs := range []int{0, 10, 11, 57, 500, 990, 5000} {
		got := ref.at(delayMs * 48)
		back := min(max(delayMs*16-16, 160), 16000-160)
		if want := float32(16000 - back); got[0] != want || got[159] != want+159 {
			t.Errorf("%d ms: reference begins at sample %v, want %v", delayMs, got[0], want)
		}
	}
}

func TestCardIsTriedAgainLessAndLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		card := &brokenCard{fakeCard: newFakeCard(8000, 0, 440), until: time.Now().Add(100 * time.Hour), err: fmt.Errorf("no such device")}
		told := 0
		g := newGuardedCard(EngineConfig{Card: card, CardChanged: func(error) { told++ }}.withDefaults())
		defer g.stop()
		pcm, began := make([]float32, 80), time.Now()
		var tries []int // seconds
		for time.Since(began) < 3*time.Minute {
			before := g.out
			g.capture(pcm)
			if before == 0 && g.out > 0 {
				tries = append(tries, int(time.Since(began).Seconds()))
			}
			g.play(pcm)
		}
		if got := fmt.Sprint(tries); got != "[0 1 3 7 15 31 63 95 127 159]" {
			t.Errorf("tried after %s seconds", got)
		}
		if told != 1 {
			t.Errorf("told %d times of one failure", told)
		}
		if g.delay() != 0 {
			t.Error("a broken card has a delay")
		}
	})
}

// Opus carries each packet once more in the next: single losses are recovered, not guessed.
func TestOpusRecoversLostPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		lossy := networks[3]
		if lossy.name != "5 % loss" {
			t.Fatal("another network")
		}
		w.Shape = lossy.shape(7)
		formats := []Format{{PT: 111, Name: "opus", ClockRate: 48000, Fmtp: "useinbandfec=1"}}
		media := func(host string) Media {
			m := to(host)
			m.Send, m.Receive = formats, formats
			return m
		}
		a := newEnd(t, w, hostA, newFakeCard(16000, 440, 1000), EngineConfig{}, media(hostB))
		b := newEnd(t, w, hostB, newFakeCard(16000, 0, 440), EngineConfig{}, media(hostA))
		time.Sleep(20 * time.Second)
		r := b.stop()
		a.stop()
		if r.Lost < 30 || r.Recovered < r.Lost*8/10 {
			t.Errorf("%d packets lost, %d recovered", r.Lost, r.Recovered)
		}
		if blocks, present := b.card.counts(); present < blocks*7/10 { // the redundancy is a coarse copy
			t.Errorf("tone in %d of %d blocks", present, blocks)
		}
	})
}
