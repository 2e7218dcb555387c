package sim

import (
	"log/slog"
	"time"

	"intercom/hal"
)

// Transition is one change of an output.
type Transition struct {
	At time.Time
	// On is the logical state, Level the electrical one (true high).
	On, Level bool
}

// An output is one simulated wire of a lamp or relay.
type output struct {
	what, name string
	line       hal.OutputLine
	on         bool
	fail       error // what the next settings answer
	history    []Transition
	bound      int
}

func outputsOf(what string, lines []hal.OutputLine, bound int) []*output {
	all := make([]*output, len(lines))
	for i, l := range lines {
		all[i] = &output{what: what, name: l.Name, line: l, bound: bound}
	}
	return all
}

func byName(outputs []*output, name string) *output {
	for _, o := range outputs {
		if o.name == name {
			return o
		}
	}
	return nil
}

// SetLamp implements hal.Board.
func (b *Board) SetLamp(l hal.Lamp, on bool) error {
	return b.do(func(now time.Time) error {
		return b.switchTo(now, byName(b.lamps, string(l)), on, b.config.Wiring.UnknownLamp(l))
	})
}

// SetRelay implements hal.Board.
func (b *Board) SetRelay(r hal.Relay, on bool) error {
	return b.do(func(now time.Time) error {
		return b.switchTo(now, byName(b.relays, string(r)), on, b.config.Wiring.UnknownRelay(r))
	})
}

func (b *Board) switchTo(now time.Time, o *output, on bool, unknown error) error {
	if o == nil {
		return unknown
	}
	if o.fail != nil {
		return o.fail
	}
	b.set(now, o, on)
	return nil
}

// set changes the wire; setting what is set already is no transition.
func (b *Board) set(now time.Time, o *output, on bool) {
	if o.on == on {
		return
	}
	o.on = on
	if len(o.history) == o.bound {
		o.history = append(o.history[:0], o.history[1:]...)
	}
	o.history = append(o.history, Transition{At: now, On: on, Level: o.line.Level(on)})
	b.config.Logger.Debug("output", slog.String("what", o.what), slog.String("name", o.name), slog.Bool("on", on))
	b.publish(Change{At: now, What: o.what, Name: o.name, State: state(o.what, on)})
}

// Relay tells whether a relay is on. After Close all are off, which is told without an error.
func (b *Board) Relay(name string) (bool, error) {
	o, err := b.output(b.relays, name, b.config.Wiring.UnknownRelay(hal.Relay(name)))
	return o.on, err
}

// Lamp tells whether a lamp is on, as Relay.
func (b *Board) Lamp(name string) (bool, error) {
	o, err := b.output(b.lamps, name, b.config.Wiring.UnknownLamp(hal.Lamp(name)))
	return o.on, err
}

// RelayHistory gives a relay's transitions, oldest first; it can be read after Close too.
func (b *Board) RelayHistory(name string) ([]Transition, error) {
	o, err := b.output(b.relays, name, b.config.Wiring.UnknownRelay(hal.Relay(name)))
	return o.history, err
}

// LampHistory gives a lamp's transitions, as RelayHistory.
func (b *Board) LampHistory(name string) ([]Transition, error) {
	o, err := b.output(b.lamps, name, b.config.Wiring.UnknownLamp(hal.Lamp(name)))
	return o.history, err
}

// output copies an output's record. When the loop has ended nobody writes any more, so it is read directly.
func (b *Board) output(outputs []*output, name string, unknown error) (output, error) {
	var found output
	read := func(time.Time) error {
		o := byName(outputs, name)
		if o == nil {
			return unknown
		}
		found = *o
		found.history = append([]Transition(nil), o.history...)
		return nil
	}
	err := b.do(read)
	if err == hal.ErrClosed {
		err = read(time.Time{})
	}
	return found, err
}

// FailRelay makes every later SetRelay of this relay return err, until it is called with nil.
func (b *Board) FailRelay(name string, err error) error {
	return b.do(func(time.Time) error {
		o := byName(b.relays, name)
		if o == nil {
			return b.config.Wiring.UnknownRelay(hal.Relay(name))
		}
		o.fail = err
		return nil
	})
}
