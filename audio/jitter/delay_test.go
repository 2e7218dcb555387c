package jitter

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func newEstimator(c Config) *estimator {
	var e estimator
	e.reset(c.withDefaults())
	return &e
}

// observe feeds packets of 20 ms with the given delays over a constant transit.
func observe(e *estimator, from int, delays ...time.Duration) int {
	for i, d := range delays {
		n := from + i
		sent := time.Duration(n) * 20 * time.Millisecond
		e.observe(epoch.Add(sent+d), 7*time.Hour+d)
	}
	return from + len(delays)
}

func repeat(d time.Duration, n int) []time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = d
	}
	return all
}

func TestTargetBeginsCautiously(t *testing.T) {
	e := newEstimator(Config{})
	if e.target != initialDelay {
		t.Errorf("target %v before any packet, want %v", e.target, initialDelay)
	}
	n := observe(e, 0, repeat(0, warmUp-1)...)
	if e.target != initialDelay {
		t.Errorf("target %v after %d packets, want %v", e.target, n, initialDelay)
	}
	observe(e, n, 0)
	if e.target != bucket {
		t.Errorf("target %v after %d packets without jitter, want one bucket", e.target, n+1)
	}
}

func TestTargetIsTheQuantile(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, share := range []float64{.5, .1, .03} { // how many packets are 60 ms late
		e := newEstimator(Config{})
		for n := range 4000 {
			d := time.Duration(0)
			if r.Float64() < share {
				d = 60 * time.Millisecond
			}
			observe(e, n, d)
		}
		if e.target < 60*time.Millisecond || e.target > 65*time.Millisecond {
			t.Errorf("%v of the packets 60 ms late: target %v", share, e.target)
		}
	}
	e := newEstimator(Config{})
	for n := range 4000 {
		d := time.Duration(0)
		if n%200 == 0 { // one in two hundred is left to be late
			d = 60 * time.Millisecond
		}
		observe(e, n, d)
	}
	if e.target > cheap {
		t.Errorf("0.5 %% late by 60 ms: target %v", e.target)
	}
}

func TestTargetFollowsAndForgets(t *testing.T) {
	e := newEstimator(Config{})
	n := observe(e, 0, repeat(0, 500)...)
	for k := range 100 { // two seconds of jitter
		n = observe(e, n, time.Duration(k%2)*50*time.Millisecond)
	}
	if e.target < 50*time.Millisecond {
		t.Errorf("target %v after two seconds with 50 ms of jitter", e.target)
	}
	n = observe(e, n, repeat(0, 500)...)
	if e.target < 50*time.Millisecond {
		t.Errorf("target %v: forgotten within ten seconds", e.target)
	}
	observe(e, n, repeat(0, 2000)...)
	if e.target > cheap {
		t.Errorf("target %v forty seconds later, want %v at most", e.target, cheap)
	}
}

func TestTargetIsBounded(t *testing.T) {
	e := newEstimator(Config{Min: 20 * time.Millisecond, Max: 100 * time.Millisecond})
	n := observe(e, 0, repeat(0, 200)...)
	if e.target != 20*time.Millisecond {
		t.Errorf("target %v, want the least", e.target)
	}
	for k := range 200 {
		n = observe(e, n, time.Duration(k%2)*time.Second)
	}
	if e.target != 100*time.Millisecond-headroom {
		t.Errorf("target %v, want the greatest less %v", e.target, headroom)
	}
	fixed := newEstimator(Config{Fixed: 60 * time.Millisecond})
	for k := range 200 {
		observe(fixed, k, time.Duration(k%2)*time.Second)
	}
	if fixed.target != 60*time.Millisecond {
		t.Errorf("a fixed target moved to %v", fixed.target)
	}
}

func TestReferenceIsTheFastestOfTwoSeconds(t *testing.T) {
	e := newEstimator(Config{})
	observe(e, 0, 30*time.Millisecond, 10*time.Millisecond, 20*time.Millisecond)
	if got := e.least(); got != 7*time.Hour+10*time.Millisecond {
		t.Errorf("least %v", got-7*time.Hour)
	}
	n := observe(e, 3, repeat(40*time.Millisecond, 80)...) // 1.6 s
	if got := e.least(); got != 7*time.Hour+10*time.Millisecond {
		t.Errorf("least %v within the window", got-7*time.Hour)
	}
	observe(e, n, repeat(40*time.Millisecond, 40)...)
	if got := e.least(); got != 7*time.Hour+40*time.Millisecond {
		t.Errorf("least %v after the window", got-7*time.Hour)
	}
}

func TestRestartKeepsTheTarget(t *testing.T) {
	e := newEstimator(Config{})
	for k := range 300 {
		observe(e, k, time.Duration(k%2)*30*time.Millisecond)
	}
	before := e.target
	e.restart()
	if e.target != before || e.least() != 0 {
		t.Errorf("target %v, least %v", e.target, e.least())
	}
	observe(e, 1000, 0)
	if e.target != before {
		t.Errorf("the first packet of another source moved the target from %v to %v", before, e.target)
	}
}

func TestHistogramStaysADistribution(t *testing.T) {
	e, r := newEstimator(Config{}), rand.New(rand.NewPCG(3, 3))
	for n := range 10000 {
		observe(e, n, time.Duration(r.ExpFloat64()*30e6))
	}
	sum := 0.0
	for _, w := range e.weights {
		sum += w
		if w < 0 {
			t.Fatalf("negative weight %v", w)
		}
	}
	if math.Abs(sum-1) > 1e-6 {
		t.Errorf("weights add up to %v", sum)
	}
	if q := e.quantile(2); q != buckets*bucket {
		t.Errorf("an impossible share gives %v", q)
	}
}
