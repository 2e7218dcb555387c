package transport

import (
	"net/netip"
	"time"
)

// Bounds of the admission's tables. 10,000 scanners cost a few hundred kilobytes and no more.
const (
	maxSources = 1024
	maxKnown   = 256
	knownFor   = 10 * time.Minute
	// knownFactor is how much more a peer may send whom we sent a request to: a busy PBX is no scanner, but its
	// address can be forged.
	knownFactor = 20
)

// bucket is a token bucket. Its level is that at the time filled.
type bucket struct {
	level  float64
	filled time.Time
}

// take removes one token if there is one. rate is per second.
func (b *bucket) take(now time.Time, rate, burst float64) bool {
	b.level = min(burst, b.level+rate*now.Sub(b.filled).Seconds())
	b.filled = now
	if b.level < 1 {
		return false
	}
	b.level--
	return true
}

// admission decides which datagrams are worth a parser. It is a plain struct: the caller guards it.
//
//	source we sent a request to lately:  its own bucket, knownFactor times as large
//	any other source:                    its own bucket, and one for all strangers together
//
// The common bucket bounds what forged source addresses can cost.
type admission struct {
	rate, burst float64 // of one stranger
	total       float64 // of all strangers, per second; the burst is twice that

	known     map[netip.Addr]time.Time // until when
	sources   map[netip.Addr]*bucket
	strangers bucket
}

// newAdmission starts with full buckets: the first burst after boot is that of a house waking up.
func newAdmission(rate, total float64, now time.Time) *admission {
	return &admission{
		rate: rate, burst: 2 * rate, total: total,
		known:     make(map[netip.Addr]time.Time),
		sources:   make(map[netip.Addr]*bucket),
		strangers: bucket{level: 2 * total, filled: now},
	}
}

// know notes that we sent a request to an address and so expect datagrams from it.
func (a *admission) know(now time.Time, addr netip.Addr) {
	addr = sourceKey(addr)
	if _, isKnown := a.known[addr]; !isKnown && len(a.known) >= maxKnown {
		a.forgetKnown(now)
	}
	a.known[addr] = now.Add(knownFor)
}

// forgetKnown makes room: what has run out goes, else the one that will next.
func (a *admission) forgetKnown(now time.Time) {
	var oldest netip.Addr
	for addr, until := range a.known {
		if until.Before(now) {
			delete(a.known, addr)
		} else if !oldest.IsValid() || until.Before(a.known[oldest]) {
			oldest = addr
		}
	}
	if len(a.known) >= maxKnown {
		delete(a.known, oldest)
	}
}

// admit decides about one datagram.
func (a *admission) admit(now time.Time, addr netip.Addr) bool {
	if a.rate < 0 {
		return true
	}
	addr = sourceKey(addr)
	if until, isKnown := a.known[addr]; isKnown && now.Before(until) {
		return a.bucket(now, addr, knownFactor).take(now, a.rate*knownFactor, a.burst*knownFactor)
	}
	return a.bucket(now, addr, 1).take(now, a.rate, a.burst) && a.strangers.take(now, a.total, 2*a.total)
}

// bucket returns the bucket of a source. When the table is full, buckets that have filled up again say nothing
// and go; if none has, all go: the common bucket still stands.
func (a *admission) bucket(now time.Time, addr netip.Addr, factor float64) *bucket {
	if b := a.sources[addr]; b != nil {
		return b
	}
	if len(a.sources) >= maxSources {
		a.forgetFull(now)
	}
	b := &bucket{level: a.burst * factor, filled: now}
	a.sources[addr] = b
	return b
}

// forgetFull makes room without a list of ages: a bucket that would be full again by now treats its source as an
// unknown one would be treated.
func (a *admission) forgetFull(now time.Time) {
	for addr, b := range a.sources {
		if b.level+a.rate*now.Sub(b.filled).Seconds() >= a.burst {
			delete(a.sources, addr)
		}
	}
	if len(a.sources) >= maxSources {
		clear(a.sources)
	}
}

// sourceKey is what counts as one source: an address, or the /64 a single IPv6 host can choose from.
func sourceKey(addr netip.Addr) netip.Addr {
	addr = addr.Unmap()
	if addr.Is4() {
		return addr
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return addr
	}
	return prefix.Addr()
}
