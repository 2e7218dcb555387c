package locate

import (
	"fmt"
	"net/netip"
	"time"
)

// maxHoldFactor bounds the growth of the hold-down by repeated failures.
const maxHoldFactor = 10

// place is what fails: an address over a transport, by whatever name it was found.
type place struct {
	transport string
	addr      netip.AddrPort
}

// place is the target without the names that led to it.
func (t Target) place() place { return place{t.Transport, t.Addr} }

// failure is the memory of a target that did not answer.
type failure struct {
	until time.Time     // held down before this
	hold  time.Duration // the last hold-down, the base of the next
}

// failures is the bounded table of targets held down (RFC 3263 section 4.3). Without it each call would spend 32
// seconds on the same dead server; were it kept in the DNS cache, one lost packet would outlive the TTL.
type failures struct {
	places map[place]failure
	limit  int
	base   time.Duration
}

// newFailures makes a table for at most limit places.
func newFailures(limit int, base time.Duration) failures {
	return failures{places: make(map[place]failure), limit: limit, base: base}
}

// failed holds t down for the doubled last hold-down, at least for atLeast. With a base of 30 s and failures at F:
//
//	F          F            F
//	|== 30 s ==|=== 60 s ===|===== 120 s =====|.......... 300 s ..........|
//	 held down  held down    held down         in turn, but not forgotten: a failure here doubles again
//
// The growth ends at ten times the base: a server that comes back is found within minutes.
func (f *failures) failed(now time.Time, t Target, atLeast time.Duration) {
	old, known := f.places[t.place()]
	if !known && len(f.places) >= f.limit {
		f.evict()
	}
	hold := f.base
	if known && now.Before(old.until.Add(maxHoldFactor*f.base)) {
		hold = min(2*old.hold, maxHoldFactor*f.base)
	}
	f.places[t.place()] = failure{until: now.Add(max(hold, atLeast)), hold: hold}
}

// succeeded forgets the failures of t.
func (f *failures) succeeded(t Target) { delete(f.places, t.place()) }

// evict drops the entry whose hold-down ends first.
func (f *failures) evict() {
	var first place
	var date time.Time
	for p, e := range f.places {
		if date.IsZero() || e.until.Before(date) {
			first, date = p, e.until
		}
	}
	delete(f.places, first)
}

// order puts the targets held down at now behind the others, each group in its order, and returns a step for
// each one moved. None is left out: when all have failed, the list is the list.
func (f *failures) order(now time.Time, targets []Target) ([]Target, []Step) {
	var good, held []Target
	var steps []Step
	for _, t := range targets {
		e, known := f.places[t.place()]
		if !known || !now.Before(e.until) {
			good = append(good, t)
			continue
		}
		held = append(held, t)
		steps = append(steps, Step{
			Rule:    fmt.Sprintf("%s %s failed lately: tried last for %s", t.Transport, t.Addr, e.until.Sub(now).Round(time.Second)),
			Section: "RFC 3263 section 4.3",
		})
	}
	return append(good, held...), steps
}
