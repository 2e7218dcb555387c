package debounce

import (
	"time"

	"intercom/hal"
)

// queued is the most events a Bank keeps for a consumer that does not read.
const queued = 256

// Bank is the debouncers of all buttons and inputs of a wiring, and the queue of their events. Line i is
// button i for i below the number of buttons, then the inputs follow. It belongs to one goroutine.
type Bank struct {
	lines   []bankLine
	events  []hal.Event
	dropped bool
}

type bankLine struct {
	name     string
	down, up hal.Kind
	filter   *Debouncer
}

// NewBank makes the filters that a (valid) wiring describes.
func NewBank(w hal.Wiring) *Bank {
	b := new(Bank)
	for _, l := range w.Buttons {
		config := Config{
			Settle:   orDefault(l.Settle, hal.DefaultSettle),
			MinPress: orDefault(l.MinPress, hal.DefaultMinPress),
			Stuck:    orDefault(l.Stuck, hal.DefaultStuck),
			Press:    true,
		}
		b.lines = append(b.lines, bankLine{l.Name, hal.Pressed, hal.Released, New(config)})
	}
	for _, l := range w.Inputs {
		config := Config{Settle: orDefault(l.Settle, hal.DefaultSettle)}
		b.lines = append(b.lines, bankLine{l.Name, hal.InputOn, hal.InputOff, New(config)})
	}
	return b
}

func orDefault(d, standard time.Duration) time.Duration {
	switch {
	case d == 0:
		return standard
	case d < 0:
		return 0
	}
	return d
}

// Len is the number of lines.
func (b *Bank) Len() int { return len(b.lines) }

// Receive tells an edge of line i, or its level at the start.
func (b *Bank) Receive(now time.Time, i int, active bool) {
	b.lines[i].filter.Receive(now, active)
	b.collect(i)
}

// Sample tells a level of line i that was read.
func (b *Bank) Sample(now time.Time, i int, active bool) {
	b.lines[i].filter.Sample(now, active)
	b.collect(i)
}

// Advance decides what is due on all lines.
func (b *Bank) Advance(now time.Time) {
	for i := range b.lines {
		b.lines[i].filter.Advance(now)
		b.collect(i)
	}
}

// Deadline is the earliest of all lines; zero if there is none.
func (b *Bank) Deadline() time.Time {
	var first time.Time
	for _, l := range b.lines {
		due := l.filter.Deadline()
		if !due.IsZero() && (first.IsZero() || due.Before(first)) {
			first = due
		}
	}
	return first
}

func (b *Bank) collect(i int) {
	l := b.lines[i]
	for c, ok := l.filter.Next(); ok; c, ok = l.filter.Next() {
		b.Add(l.event(c))
	}
}

func (l bankLine) event(c Change) hal.Event {
	e := hal.Event{Kind: hal.Fault, Name: l.name, At: c.At, Initial: c.Initial}
	switch c.What {
	case Down:
		e.Kind = l.down
	case Up:
		e.Kind = l.up
	case Stuck:
		e.Err = &hal.StuckError{Button: l.name, For: c.For}
	case Noisy:
		e.Err = &hal.NoiseError{Line: l.name, Edges: c.Count}
	case Storm:
		e.Err = &hal.NoiseError{Line: l.name, Edges: c.Count, Presses: true}
	default:
		panic("BUG: debounce: unknown change")
	}
	return e
}

// Add queues an event; a board adds its own faults here. The first event that finds the queue full becomes
// an ErrOverflow fault, the following ones are dropped until the queue is empty.
func (b *Bank) Add(e hal.Event) {
	switch {
	case len(b.events) < queued-1:
		b.events = append(b.events, e)
	case !b.dropped:
		b.dropped = true
		b.events = append(b.events, hal.Event{Kind: hal.Fault, At: e.At, Err: hal.ErrOverflow})
	}
}

// Head is the oldest event not yet taken, without taking it: for a select that offers it.
func (b *Bank) Head() (hal.Event, bool) {
	if len(b.events) == 0 {
		return hal.Event{}, false
	}
	return b.events[0], true
}

// Pop takes the oldest event.
func (b *Bank) Pop() {
	b.events = append(b.events[:0], b.events[1:]...)
	if len(b.events) == 0 {
		b.dropped = false
	}
}
