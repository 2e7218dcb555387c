package rpi

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"intercom/hal"
	"intercom/hal/internal/debounce"
)

// resample is how often all inputs are read even if no edge came: the kernel's event buffer may have overflowed.
const resample = time.Second

// Config describes the board. Only Wiring is needed.
type Config struct {
	// Wiring tells the lines; an empty chip is the Pi's header, whichever chip the machine has for it.
	Wiring hal.Wiring
	// Logger gets what is worth knowing but no error of a call, such as an xrun; nil is silent.
	Logger *slog.Logger

	lines lineLayer // nil: the kernel's character devices
	cards soundLayer
}

// Board is a Raspberry Pi as hal.Board.
type Board struct {
	config  Config
	events  chan hal.Event
	jobs    chan func(now time.Time)
	begun   chan struct{} // closed when the first levels were read
	quit    chan struct{} // closed by Close
	lamps   outputs
	relays  outputs
	sets    []*inputSet
	sound   soundSlot
	closing atomic.Bool
	closed  chan struct{}  // when the first Close is done
	running sync.WaitGroup // the loop and the watchers of edges

	// The loop owns all below.
	bank    *debounce.Bank
	timer   *time.Timer
	sampled time.Time
}

// Open requests all lines and starts. Relay lines become outputs with their inactive level at once, without a
// pulse. On an error nothing is left requested. Call it early: finding the chips goes through a library that
// juggles with file descriptors (see the package's documentation).
func Open(config Config) (*Board, error) {
	if err := config.Wiring.Validate(); err != nil {
		return nil, err
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.lines == nil {
		config.lines = systemLines()
	}
	if config.cards == nil {
		config.cards = systemCards
	}
	b := &Board{
		config: config,
		events: make(chan hal.Event),
		jobs:   make(chan func(time.Time)),
		begun:  make(chan struct{}),
		quit:   make(chan struct{}),
		closed: make(chan struct{}),
		bank:   debounce.NewBank(config.Wiring),
		timer:  time.NewTimer(resample),
	}
	if err := b.request(); err != nil {
		return nil, errors.Join(err, b.outputsOff(), b.releaseInputs())
	}
	b.running.Go(b.run)
	<-b.begun
	for _, s := range b.sets {
		b.running.Go(func() { s.watch(b) })
	}
	return b, nil
}

// request asks for relays first: they are what must not wait in an undefined state.
func (b *Board) request() error {
	chips, err := b.config.lines.chips()
	if err != nil {
		return err
	}
	w := b.config.Wiring
	if b.relays, err = requestOutputs(chips, "relay", w.Relays, b.config.lines.relay); err != nil {
		return err
	}
	if b.lamps, err = requestOutputs(chips, "lamp", w.Lamps, b.config.lines.lamp); err != nil {
		return err
	}
	b.sets, err = requestInputs(chips, w, b.config.lines)
	return err
}

// outputsOff gives the outputs back, relays first and each inactive.
func (b *Board) outputsOff() error { return errors.Join(b.relays.close(), b.lamps.close()) }

// releaseInputs gives the inputs back. Nobody may be using them any more: the library would then go on with
// file descriptor 0.
func (b *Board) releaseInputs() error {
	var errs []error
	for _, s := range b.sets {
		errs = append(errs, s.lines.close())
	}
	return errors.Join(errs...)
}

// Events implements hal.Board.
func (b *Board) Events() <-chan hal.Event { return b.events }

// SetRelay implements hal.Board. It depends on no other line and not on the loop.
func (b *Board) SetRelay(r hal.Relay, on bool) error {
	o := b.relays.find(string(r))
	if o == nil {
		return b.config.Wiring.UnknownRelay(r)
	}
	return o.set(on)
}

// SetLamp implements hal.Board.
func (b *Board) SetLamp(l hal.Lamp, on bool) error {
	o := b.lamps.find(string(l))
	if o == nil {
		return b.config.Wiring.UnknownLamp(l)
	}
	return o.set(on)
}

// OpenSound implements hal.Board.
func (b *Board) OpenSound(config hal.SoundConfig) (hal.Sound, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	return b.sound.open(func() (card, error) { return b.config.cards(config, b.config.Logger) })
}

// Close implements hal.Board. Relays come first. It may take a quarter of a second, until
// nobody waits for an edge any more.
func (b *Board) Close() error {
	if b.closing.Swap(true) {
		<-b.closed
		return nil
	}
	defer close(b.closed)
	close(b.quit)
	err := b.outputsOff()
	sound := b.sound.shut()
	b.running.Wait()
	return errors.Join(err, sound, b.releaseInputs())
}
