package hal

import (
	"errors"
	"fmt"
	"time"
)

// expire is the ceiling: it runs in the timer's own goroutine and needs nothing of the station.
func (g *guard) expire(r Relay, w *guarded) {
	g.mu.Lock()
	if g.closed || w.state != live || g.relays[r] != w {
		g.mu.Unlock()
		return
	}
	w.state = cut
	g.mu.Unlock()

	g.fault(r, &CutError{Relay: string(r), Ceiling: g.ceiling(r)})
	if err := g.release(r, w); err != nil {
		g.fault(r, fmt.Errorf("hal: guard: relay %q could not be cut after %d tries, cut its power by hand: %w", r, cutTries, err))
	}
}

// release switches off until the board agrees, with a pause that doubles; a hung call counts as a failure.
func (g *guard) release(r Relay, w *guarded) error {
	var err error
	pause := cutPause
	for range cutTries {
		if err = answer(func() error { return g.Board.SetRelay(r, false) }); err == nil {
			return nil
		}
		retry := time.NewTimer(pause)
		select {
		case <-retry.C:
		case <-g.done:
			retry.Stop()
			return nil // Close switches off by itself
		}
		if !g.isCut(r, w) {
			return nil // the station has switched it off itself
		}
		pause *= 2
	}
	return err
}

// fault tells the consumer if there is room: a cut must never wait for a station that has hung.
func (g *guard) fault(r Relay, err error) {
	select {
	case g.faults <- Event{Kind: Fault, Name: string(r), At: time.Now(), Err: err}:
	default:
	}
}

// Close switches off every relay that is not known to rest, closes the board and then Events.
func (g *guard) Close() error {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		<-g.stopped
		return nil
	}
	g.closed = true
	var on []Relay
	for r, w := range g.relays {
		w.timer.Stop()
		on = append(on, r)
	}
	g.mu.Unlock()

	close(g.done)
	<-g.stopped
	off := g.allOff(on)
	return errors.Join(off, answer(g.Board.Close))
}

func (g *guard) isCut(r Relay, w *guarded) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.relays[r] == w && w.state == cut
}

// allOff asks for all at once, so that one hung call does not keep the others on.
func (g *guard) allOff(relays []Relay) error {
	results := make(chan error, len(relays))
	for _, r := range relays {
		go func() { results <- answer(func() error { return g.Board.SetRelay(r, false) }) }()
	}
	var errs []error
	for range relays {
		if err := <-results; err != nil {
			errs = append(errs, fmt.Errorf("hal: guard: a relay at close: %w", err))
		}
	}
	return errors.Join(errs...)
}

// answer calls the board but does not wait for ever. A hung call keeps its goroutine; there is no way to end it.
func answer(call func() error) error {
	result := make(chan error, 1)
	go func() { result <- call() }()
	limit := time.NewTimer(answerTime)
	defer limit.Stop()
	select {
	case err := <-result:
		return err
	case <-limit.C:
		return fmt.Errorf("%w within %v", ErrHung, answerTime)
	}
}
