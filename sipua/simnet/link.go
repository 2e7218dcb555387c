package simnet

import (
	"math/rand/v2"
	"net/netip"
	"time"
)

// Link is how packets travel in one direction. The zero value delivers at once and everything.
//
//	datagram   lost with probability Loss, or above MTU; else one copy, or two with probability Duplicate,
//	           each after Delay + [0, Jitter) and, with probability Reorder, Hold
//	stream     each piece after Delay + [0, Jitter) [+ Hold], and behind the piece ahead of it; each loss
//	           adds a retransmission time-out of 200, 400, 800 ... ms
//
// Something like a wireless network in an old house is Delay 3 ms, Jitter 20 ms, Loss 0.01.
type Link struct {
	Delay     time.Duration // one way
	Jitter    time.Duration // added: uniform in [0, Jitter)
	Loss      float64       // probability, 0 to 1
	Duplicate float64       // probability that a datagram arrives twice
	Reorder   float64       // probability that a datagram is held back by Hold, so that later ones overtake it
	Hold      time.Duration // 0 means 20 ms
	MTU       int           // datagrams with more bytes of payload are lost; 0 is no limit
}

// defaultHold is longer than the spacing of voice packets, so that a held one is overtaken.
const defaultHold = 20 * time.Millisecond

// maxResends bounds what a lossy link can do to one piece of a stream: about 100 s at the first time-out below.
const maxResends = 9

// link is the state of one direction: its own model, if any, and its own randomness.
type link struct {
	own *Link
	rng *rand.Rand
}

// newLink gives each direction its own randomness: adding traffic elsewhere in a test must not change the fate of the
// packets it looks at.
func newLink(seed uint64, from, to netip.Addr) *link {
	return &link{rng: rand.New(rand.NewPCG(seed, mix(from)*31+mix(to)))}
}

// mix folds an address into a number which is the same in every run.
func mix(a netip.Addr) uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for _, b := range a.As16() {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}

// draw decides the delay of each copy of a datagram; none means that it is lost.
func (l *link) draw(m Link, size int) []time.Duration {
	if l.happens(m.Loss) || (m.MTU > 0 && size > m.MTU) {
		return nil
	}
	delays := []time.Duration{l.delay(m)}
	if l.happens(m.Duplicate) {
		delays = append(delays, l.delay(m))
	}
	return delays
}

// drawReliable decides the delay of a piece of a stream: each loss costs one time-out, each time-out is twice
// the one before.
func (l *link) drawReliable(m Link) time.Duration {
	d, timeout := l.delay(m), minRetry
	for tries := 0; tries < maxResends && l.happens(m.Loss); tries++ {
		d += timeout
		timeout *= 2
	}
	return d
}

// delay draws one travel time. Jitter alone can reorder too; Reorder does it to few packets and by much.
func (l *link) delay(m Link) time.Duration {
	d := m.Delay
	if m.Jitter > 0 {
		d += time.Duration(l.rng.Int64N(int64(m.Jitter)))
	}
	if l.happens(m.Reorder) {
		d += max(m.Hold, 0)
		if m.Hold == 0 {
			d += defaultHold
		}
	}
	return d
}

// happens draws only for probabilities above zero: a perfect link uses no randomness.
func (l *link) happens(p float64) bool { return p > 0 && l.rng.Float64() < p }
