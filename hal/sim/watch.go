package sim

import (
	"fmt"
	"slices"
	"time"
)

// watchBuffer is how many changes a watcher may be behind before it is dropped.
const watchBuffer = 256

// Change is one thing that happened on the board: a raw level of a button or input, an output, or an event
// that the station took.
type Change struct {
	At time.Time
	// What is "button", "input", "lamp", "relay" or "event".
	What string
	// Name is the line's.
	Name string
	// State is "down" or "up" of a button, "on" or "off" of the others, and of an event its kind.
	State string
}

// String is the line that the control socket's watch prints: "relay strike on".
func (c Change) String() string {
	if c.What == "event" {
		return fmt.Sprintf("event %s %s", c.State, c.Name)
	}
	return fmt.Sprintf("%s %s %s", c.What, c.Name, c.State)
}

func state(what string, active bool) string {
	switch {
	case what == "button" && active:
		return "down"
	case what == "button":
		return "up"
	case active:
		return "on"
	}
	return "off"
}

// Watch streams every change from now on. The channel is closed by stop, by Close, and when the watcher is more
// than 256 changes behind.
func (b *Board) Watch() (changes <-chan Change, stop func(), err error) {
	var stream chan Change
	number := 0
	err = b.do(func(time.Time) error {
		if len(b.watchers) >= maxWatchers {
			return fmt.Errorf("hal: sim: more than %d watchers", maxWatchers)
		}
		b.watched++
		number, stream = b.watched, make(chan Change, watchBuffer)
		b.watchers[number] = stream
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return stream, func() { _ = b.do(func(time.Time) error { b.unwatch(number); return nil }) }, nil
}

func (b *Board) unwatch(number int) {
	if w := b.watchers[number]; w != nil {
		close(w)
		delete(b.watchers, number)
	}
}

func (b *Board) publish(c Change) {
	for number, w := range b.watchers {
		select {
		case w <- c:
		default:
			b.unwatch(number)
		}
	}
}

// State lists every line as a Change, with At zero.
func (b *Board) State() ([]Change, error) {
	var all []Change
	err := b.do(func(time.Time) error {
		for _, in := range b.inputs {
			all = append(all, Change{What: in.what, Name: in.name, State: state(in.what, in.active)})
		}
		for _, o := range slices.Concat(b.lamps, b.relays) {
			all = append(all, Change{What: o.what, Name: o.name, State: state(o.what, o.on)})
		}
		return nil
	})
	return all, err
}
