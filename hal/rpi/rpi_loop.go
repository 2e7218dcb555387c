package rpi

import (
	"errors"
	"fmt"
	"os"
	"time"

	"intercom/hal"
)

// Bounds of the watcher of one chip's edges.
const (
	// waitEdge is the longest wait for an edge. It must be positive and finite: the library returns at once
	// for a negative time and waits for ever for none, and then nothing can end it.
	waitEdge = 250 * time.Millisecond
	// After giveUp errors in a row a chip's inputs are declared dead; the pause between two starts at
	// firstPause and doubles.
	giveUp     = 8
	firstPause = 100 * time.Millisecond
)

// run is the loop: it owns the filters. One event, one look at the clock.
func (b *Board) run() {
	defer close(b.events)
	job := b.begin
	for open := true; open; {
		now := time.Now()
		if job != nil {
			job(now)
		}
		if now.Sub(b.sampled) >= resample || b.due(now) {
			b.sampleAll(now)
		}
		b.bank.Advance(now)
		job, open = b.wait(now)
	}
	b.timer.Stop()
}

// begin reads the levels at the start, before Open returns: what changes later is an edge.
func (b *Board) begin(now time.Time) {
	b.sampleAll(now)
	close(b.begun)
}

// due tells whether a filter is about to decide; the level itself is then read, for it is what decides.
func (b *Board) due(now time.Time) bool {
	due := b.bank.Deadline()
	return !due.IsZero() && !due.After(now)
}

// wait sleeps until there is something to do and returns what, if it is more than the clock.
func (b *Board) wait(now time.Time) (job func(time.Time), open bool) {
	pause := resample - now.Sub(b.sampled)
	if due := b.bank.Deadline(); !due.IsZero() {
		pause = min(pause, due.Sub(now))
	}
	b.timer.Reset(max(pause, 0))
	var events chan hal.Event
	event, pending := b.bank.Head()
	if pending {
		events = b.events
	}
	select {
	case job := <-b.jobs:
		return job, true
	case events <- event:
		b.bank.Pop()
	case <-b.timer.C:
	case <-b.quit:
		return nil, false
	}
	return nil, true
}

// sampleAll reads every input. A chip that cannot be read is left as it was: unknown is not pressed.
func (b *Board) sampleAll(now time.Time) {
	b.sampled = now
	for _, s := range b.sets {
		levels, err := s.lines.levels()
		if err != nil {
			b.unreadable(now, s, err)
			continue
		}
		s.unreadable = false
		for i, l := range s.inputs {
			high := levels>>i&1 == 1
			b.bank.Sample(now, l.index, high != l.activeLow)
		}
	}
}

// unreadable reports once that a chip does not tell its levels, until it does again.
func (b *Board) unreadable(now time.Time, s *inputSet, err error) {
	if !s.unreadable {
		s.unreadable = true
		b.fault(now, s, err)
	}
}

func (b *Board) fault(now time.Time, s *inputSet, err error) {
	b.bank.Add(hal.Event{Kind: hal.Fault, At: now, Err: fmt.Errorf("hal/rpi: inputs of chip %s: %w", s.chip, err)})
}

// post gives the loop a job, unless the board is being closed.
func (b *Board) post(job func(now time.Time)) {
	select {
	case b.jobs <- job:
	case <-b.quit:
	}
}

// watch carries one chip's edges to the loop until the board is closed or the chip is dead.
func (s *inputSet) watch(b *Board) {
	for failures := 0; !isDone(b.quit); {
		edge, err := s.lines.wait(waitEdge)
		switch {
		case err == nil:
			failures = 0
			b.post(func(now time.Time) { b.edge(now, s, edge) })
		case errors.Is(err, os.ErrDeadlineExceeded):
			failures = 0
		default:
			failures++
			if !s.failed(b, failures, err) {
				return
			}
		}
	}
}

// failed reports the first and the last of some errors in a row, pauses and tells whether to go on.
func (s *inputSet) failed(b *Board, failures int, err error) bool {
	last := failures == giveUp
	if last {
		err = fmt.Errorf("no edges after %d tries, its inputs are only looked at once a second now: %w", giveUp, err)
	}
	if failures == 1 || last {
		b.post(func(now time.Time) { b.fault(now, s, err) })
	}
	return !last && sleep(firstPause<<(failures-1), b.quit)
}

func isDone(quit <-chan struct{}) bool {
	select {
	case <-quit:
		return true
	default:
		return false
	}
}

// sleep waits for d, or less if the board is closed (false).
func sleep(d time.Duration, quit <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-quit:
		return false
	}
}

// edge is one change of one line.
func (b *Board) edge(now time.Time, s *inputSet, e edge) {
	for _, l := range s.inputs {
		if l.offset == e.offset {
			b.bank.Receive(now, l.index, e.high != l.activeLow)
		}
	}
}
