package sim

import (
	"errors"
	"log/slog"
	"slices"
	"time"

	"intercom/hal"
	"intercom/hal/internal/debounce"
)

// Bounds.
const (
	// DefaultHistory is how many transitions each output remembers.
	DefaultHistory = 256
	maxEdges       = 1024
	maxWatchers    = 16
)

// errBusy tells that more presses are under way than a door can have.
var errBusy = errors.New("hal: sim: too many edges are pending; wait for the presses under way")

// Config describes the simulated board. Only Wiring is needed.
type Config struct {
	// Wiring names the lines. Chips and offsets are checked but mean nothing.
	Wiring hal.Wiring
	// Bounce is for how long a contact chatters at every change; 0 is an ideal contact. At most 50 ms.
	Bounce time.Duration
	// Active names the buttons and inputs that are active when the board is opened.
	Active []string
	// Acoustics are the microphone, the loudspeaker and the air between them.
	Acoustics Acoustics
	// History is how many transitions each output remembers; 0 means DefaultHistory.
	History int
	// Logger gets every transition at level debug; nil is silent.
	Logger *slog.Logger
}

// Board is a simulated hal.Board. All methods are safe for use by several goroutines.
type Board struct {
	config Config
	events chan hal.Event
	jobs   chan func(now time.Time)
	done   chan struct{} // closed when the loop has ended
	air    air

	// The loop owns all below.
	bank     *debounce.Bank
	inputs   []input
	lamps    []*output
	relays   []*output
	edges    []edge // pending, in the order of time
	watchers map[int]chan Change
	watched  int // the last watcher's number
	sound    *sound
	closing  bool
	timer    *time.Timer
}

// An input is one simulated wire of a button or contact, in the Bank's order.
type input struct {
	what, name string
	active     bool
}

// An edge is a level that comes to be at a time.
type edge struct {
	at     time.Time
	line   int
	active bool
}

// New opens a simulated board. The error is the wiring's, or that of an unknown name in Active.
func New(config Config) (*Board, error) {
	if err := config.Wiring.Validate(); err != nil {
		return nil, err
	}
	config.Bounce = min(max(config.Bounce, 0), 50*time.Millisecond)
	if config.History <= 0 {
		config.History = DefaultHistory
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Board{
		config:   config,
		events:   make(chan hal.Event),
		jobs:     make(chan func(time.Time)),
		done:     make(chan struct{}),
		bank:     debounce.NewBank(config.Wiring),
		inputs:   inputsOf(config.Wiring),
		lamps:    outputsOf("lamp", config.Wiring.Lamps, config.History),
		relays:   outputsOf("relay", config.Wiring.Relays, config.History),
		watchers: make(map[int]chan Change),
		timer:    time.NewTimer(time.Hour),
	}
	b.air.set(config.Acoustics)
	for _, name := range config.Active {
		i, err := b.find("", name)
		if err != nil {
			return nil, err
		}
		b.inputs[i].active = true
	}
	go b.run()
	return b, nil
}

func inputsOf(w hal.Wiring) []input {
	var all []input
	for _, l := range w.Buttons {
		all = append(all, input{what: "button", name: l.Name})
	}
	for _, l := range w.Inputs {
		all = append(all, input{what: "input", name: l.Name})
	}
	return all
}

// run is the loop: one event, one look at the clock.
func (b *Board) run() {
	defer close(b.done)
	job := b.begin
	for !b.closing {
		now := time.Now()
		if job != nil {
			job(now)
		}
		b.advance(now)
		job = b.wait(now)
	}
	b.timer.Stop()
	close(b.events)
	for _, w := range b.watchers {
		close(w)
	}
}

// begin tells the filters the levels at the start.
func (b *Board) begin(now time.Time) {
	for i, in := range b.inputs {
		b.bank.Receive(now, i, in.active)
	}
}

// advance lets the wires change and the filters decide, all that is due.
func (b *Board) advance(now time.Time) {
	for len(b.edges) > 0 && !b.edges[0].at.After(now) {
		e := b.edges[0]
		b.edges = append(b.edges[:0], b.edges[1:]...)
		b.change(e)
	}
	b.bank.Advance(now)
}

func (b *Board) change(e edge) {
	in := &b.inputs[e.line]
	if in.active == e.active {
		return
	}
	in.active = e.active
	b.bank.Receive(e.at, e.line, e.active)
	b.publish(Change{At: e.at, What: in.what, Name: in.name, State: state(in.what, e.active)})
}

// wait sleeps until there is something to do and returns what, if it is more than the clock.
func (b *Board) wait(now time.Time) func(time.Time) {
	if b.closing {
		return nil
	}
	b.timer.Reset(b.pause(now))
	var events chan hal.Event
	event, pending := b.bank.Head()
	if pending {
		events = b.events
	}
	select {
	case job := <-b.jobs:
		return job
	case events <- event:
		b.bank.Pop()
		b.publish(Change{At: event.At, What: "event", Name: event.Name, State: event.Kind.String()})
	case <-b.timer.C:
	}
	return nil
}

func (b *Board) pause(now time.Time) time.Duration {
	due := b.bank.Deadline()
	if len(b.edges) > 0 && (due.IsZero() || b.edges[0].at.Before(due)) {
		due = b.edges[0].at
	}
	if due.IsZero() {
		return time.Hour
	}
	return max(due.Sub(now), 0)
}

// do runs f in the loop and waits for its answer.
func (b *Board) do(f func(now time.Time) error) error {
	answer := make(chan error, 1)
	select {
	case b.jobs <- func(now time.Time) { answer <- f(now) }:
		return <-answer
	case <-b.done:
		return hal.ErrClosed
	}
}

// Events implements hal.Board.
func (b *Board) Events() <-chan hal.Event { return b.events }

// Close implements hal.Board.
func (b *Board) Close() error {
	var open *sound
	err := b.do(func(now time.Time) error {
		for _, o := range slices.Concat(b.lamps, b.relays) {
			b.set(now, o, false)
		}
		open, b.sound = b.sound, nil
		b.closing = true
		return nil
	})
	<-b.done
	if errors.Is(err, hal.ErrClosed) {
		return nil
	}
	if open != nil {
		return open.Close()
	}
	return nil
}
