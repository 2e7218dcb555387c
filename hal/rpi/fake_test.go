package rpi

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"

	"intercom/hal"
	"intercom/hal/internal/alsa"
	"intercom/hal/internal/alsatest"
)

// fakeKernel is a GPIO with the kernel's habits: a line has one owner, edges queue, a waiter can be told of time
// only, a closed line is gone, and a line that nobody holds is an input.
type fakeKernel struct {
	mu    sync.Mutex
	list  []chip
	fault error                // of chips
	busy  map[int]string       // offset -> holder
	wires map[string]*fakeWire // by chip and offset
	sets  []*fakeInputs
	card  *alsatest.Card
	cards *alsatest.System
}

type fakeWire struct {
	kernel  *fakeKernel
	high    bool
	held    bool
	output  bool
	levels  []bool // as an output, the first one included
	setErr  error
	halfErr error // of switching high, which works all the same
	closed  int
}

func newKernel() *fakeKernel {
	card := alsatest.NewCard("hat")
	return &fakeKernel{
		list: []chip{
			{label: "gpio-brcmstb@107d508500", path: "/dev/gpiochip10", lines: 32},
			{label: "pinctrl-rp1", path: "/dev/gpiochip0", lines: 54},
			{label: "mcp23017", path: "/dev/gpiochip11", lines: 16},
		},
		busy:  make(map[int]string),
		wires: make(map[string]*fakeWire),
		card:  card,
		cards: &alsatest.System{Cards: []*alsatest.Card{card}},
	}
}

func (k *fakeKernel) open(w hal.Wiring) (*Board, error) {
	return Open(Config{Wiring: w, lines: k, cards: func(c hal.SoundConfig, l *slog.Logger) (card, error) {
		opened, err := alsa.Open(k.cards, c, l)
		if err != nil {
			return nil, err
		}
		return opened, nil
	}})
}

func (k *fakeKernel) chips() ([]chip, error) { return k.list, k.fault }

// wire finds or makes a line; the kernel's lock is held.
func (k *fakeKernel) wire(label string, offset int) *fakeWire {
	key := fmt.Sprint(label, ":", offset)
	if k.wires[key] == nil {
		k.wires[key] = &fakeWire{kernel: k}
	}
	return k.wires[key]
}

func (k *fakeKernel) hold(c chip, offset int) (*fakeWire, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	w := k.wire(c.label, offset)
	if holder, taken := k.busy[offset]; taken || w.held {
		return nil, explainWith(syscall.EBUSY, c, []int{offset}, func(string, int) string { return holder })
	}
	w.held = true
	return w, nil
}

func (k *fakeKernel) relay(c chip, offset int, _ string, level bool) (outLine, error) {
	w, err := k.hold(c, offset)
	if err != nil {
		return nil, err
	}
	w.output, w.high, w.levels = true, level, []bool{level}
	return w, nil
}

func (k *fakeKernel) lamp(c chip, offset int, name string, level bool) (outLine, error) {
	return k.relay(c, offset, name, level)
}

// held counts the lines that somebody holds.
func (k *fakeKernel) held() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for _, w := range k.wires {
		if w.held {
			n++
		}
	}
	return n
}

func (w *fakeWire) set(high bool) error {
	w.kernel.mu.Lock()
	defer w.kernel.mu.Unlock()
	if w.setErr != nil {
		return w.setErr
	}
	if !w.held {
		return syscall.EBADF
	}
	if w.high != high {
		w.levels = append(w.levels, high)
	}
	w.high = high
	if high {
		return w.halfErr
	}
	return nil
}

func (w *fakeWire) close() error {
	w.kernel.mu.Lock()
	defer w.kernel.mu.Unlock()
	w.closed++
	if !w.held {
		return syscall.EBADF
	}
	w.held, w.output = false, false
	return nil
}

func (k *fakeKernel) inputs(c chip, lines []inLine) (inLines, error) {
	set := &fakeInputs{kernel: k, label: c.label, lines: lines, edges: make(chan edge, 16)}
	for _, l := range lines {
		w, err := k.hold(c, l.offset)
		if err != nil {
			return nil, err
		}
		set.wires = append(set.wires, w)
		k.mu.Lock()
		if w.levels == nil { // nothing is connected yet: the pull decides
			w.high = l.pull == hal.BiasUp || l.pull == hal.BiasNone && l.activeLow
		}
		k.mu.Unlock()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sets = append(k.sets, set)
	return set, nil
}

// drive changes the level of an input from outside. The kernel's queue is 16 edges for a line; more are lost.
func (k *fakeKernel) drive(label string, offset int, high bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	w := k.wire(label, offset)
	w.levels = []bool{high}
	if w.high == high {
		return
	}
	w.high = high
	for _, s := range k.sets {
		if s.label == label && w.held {
			s.queue(edge{offset, high})
		}
	}
}

type fakeInputs struct {
	kernel   *fakeKernel
	label    string
	lines    []inLine
	wires    []*fakeWire
	edges    chan edge
	mute     bool  // edges get lost
	waitErr  error // what wait answers at once
	levelErr error
	waiting  bool
	closed   bool
}

func (s *fakeInputs) queue(e edge) {
	if s.mute {
		return
	}
	select {
	case s.edges <- e:
	default:
	}
}

var errNotFinite = errors.New("a wait without end: nothing could stop it")

func (s *fakeInputs) wait(limit time.Duration) (edge, error) {
	s.kernel.mu.Lock()
	s.waiting = true
	fault, closed := s.waitErr, s.closed
	s.kernel.mu.Unlock()
	defer func() {
		s.kernel.mu.Lock()
		s.waiting = false
		s.kernel.mu.Unlock()
	}()
	switch {
	case limit <= 0 || limit > time.Minute:
		return edge{}, errNotFinite
	case closed:
		panic("wait after close: the library would wait on descriptor 0")
	case fault != nil:
		return edge{}, fault
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case e := <-s.edges:
		return e, nil
	case <-timer.C:
		return edge{}, os.ErrDeadlineExceeded
	}
}

func (s *fakeInputs) levels() (uint64, error) {
	s.kernel.mu.Lock()
	defer s.kernel.mu.Unlock()
	if s.closed {
		panic("levels after close: the library would read descriptor 0")
	}
	if s.levelErr != nil {
		return 0, s.levelErr // and all low: an active-low button would ring if that were believed
	}
	var bits uint64
	for i, w := range s.wires {
		if w.high {
			bits |= 1 << i
		}
	}
	return bits, nil
}

func (s *fakeInputs) close() error {
	s.kernel.mu.Lock()
	waiting := s.waiting
	s.closed = true
	s.kernel.mu.Unlock()
	if waiting {
		panic("close while somebody waits: the library would go on with descriptor 0")
	}
	var errs []error
	for _, w := range s.wires {
		errs = append(errs, w.close())
	}
	return errors.Join(errs...)
}

// with changes a set of inputs under the lock.
func (k *fakeKernel) with(change func(s *fakeInputs)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.sets {
		change(s)
	}
}
