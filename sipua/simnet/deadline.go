package simnet

import (
	"sync"
	"time"
)

// deadline is one of a connection's two deadlines: a channel which is closed while it has passed.
type deadline struct {
	mu      sync.Mutex
	timer   *time.Timer
	version uint64 // tells a timer that fires late that it was replaced
	passed  chan struct{}
}

// newDeadline makes a deadline which never comes.
func newDeadline() *deadline { return &deadline{passed: make(chan struct{})} }

// wait returns the channel to select on. It is fetched anew for every wait, since a deadline moved from the past
// to the future has another channel.
func (d *deadline) wait() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.passed
}

// isPassed reports whether the deadline lies in the past: it then wins over data that is ready.
func (d *deadline) isPassed() bool {
	select {
	case <-d.wait():
		return true
	default:
		return false
	}
}

// set moves the deadline; the zero time is never. Waiters are woken when the new one is already over.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	// Whatever timer is still running is about another time now.
	d.version++
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	if isClosed(d.passed) {
		d.passed = make(chan struct{})
	}
	if t.IsZero() {
		return
	}
	wait := t.Sub(clock())
	if wait <= 0 {
		close(d.passed)
		return
	}
	version := d.version
	d.timer = time.AfterFunc(wait, func() { d.expire(version) })
}

// expire is the timer. One that fires while set replaces it would close the new channel, hence the version.
func (d *deadline) expire(version uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if version == d.version {
		close(d.passed)
	}
}

// isClosed asks without waiting.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// signal is a wake-up which is not lost when nobody waits, and which several waiters pass on to one another.
type signal chan struct{}

// newSignal makes a signal that is not set. The room for one is what keeps a wake-up from being lost.
func newSignal() signal { return make(signal, 1) }

// set wakes one waiter, now or when one comes. Two sets before a waiter comes are one: waiters look at the state,
// not at the number of signals.
func (s signal) set() {
	select {
	case s <- struct{}{}:
	default:
	}
}
