package rpi

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"intercom/hal"
)

// headerLabels are the labels of the chips that drive a Raspberry Pi's 40-pin header: BCM2835 to 2837 (Pi 1 to
// 3, Zero), BCM2711 (Pi 4) and RP1 (Pi 5). The kernel's numbering of chips is not to be relied on.
var headerLabels = []string{"pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"}

// A lineLayer is the kernel's GPIO, or a fake of it.
type lineLayer interface {
	// chips lists the usable chips. It fails, with the cure, if there is none.
	chips() ([]chip, error)
	// relay requests an output whose very first level is the given one.
	relay(c chip, offset int, name string, level bool) (outLine, error)
	// lamp requests an output; a pulse at the start is allowed.
	lamp(c chip, offset int, name string, level bool) (outLine, error)
	// inputs requests lines of one chip with both edges.
	inputs(c chip, lines []inLine) (inLines, error)
}

// A chip is one GPIO controller.
type chip struct {
	label string // such as pinctrl-rp1
	path  string // such as /dev/gpiochip0
	lines int
}

// An outLine is one requested output. Its level is never read back: reading an output through the library turns
// it into an input.
type outLine interface {
	set(high bool) error
	close() error
}

// inLine is one input to request.
type inLine struct {
	offset    int
	pull      hal.Bias
	activeLow bool
	index     int // in the Bank
}

// inLines is a set of requested inputs of one chip. wait and levels may be called at the same time.
type inLines interface {
	// wait gives the next edge. Its error is os.ErrDeadlineExceeded if none came within limit.
	wait(limit time.Duration) (edge, error)
	// levels has bit i set if line i of the request is high.
	levels() (uint64, error)
	// close comes when neither wait nor levels runs any more.
	close() error
}

// An edge is a line's new level.
type edge struct {
	offset int
	high   bool
}

// inputSet is all inputs of one chip.
type inputSet struct {
	chip   string
	inputs []inLine
	lines  inLines
	// unreadable: the levels could not be read last time. Owned by the loop.
	unreadable bool
}

// pick finds the chip of a label; the empty label is the header.
func pick(chips []chip, label string) (chip, error) {
	var have []string
	for _, c := range chips {
		if c.label == label || label == "" && slices.Contains(headerLabels, c.label) {
			return c, nil
		}
		have = append(have, fmt.Sprintf("%s (%s)", c.label, c.path))
	}
	if label == "" {
		return chip{}, fmt.Errorf("hal/rpi: no Raspberry Pi header among the GPIO chips %v; name the chip in the wiring or run on a Pi", have)
	}
	return chip{}, fmt.Errorf("hal/rpi: no GPIO chip is labelled %q; this machine has %v", label, have)
}

// place finds the chip of a line and checks that the chip has it.
func place(chips []chip, what, name, label string, offset int) (chip, error) {
	c, err := pick(chips, label)
	if err == nil && offset >= c.lines {
		err = fmt.Errorf("hal/rpi: chip %s has lines 0 to %d, no %d", c.label, c.lines-1, offset)
	}
	if err != nil {
		return chip{}, fmt.Errorf("%s %q: %w", what, name, err)
	}
	return c, nil
}

// output is one lamp or relay with its shadow value. It has its own lock: a lamp on an expander that hangs must
// not keep a relay from being switched off.
type output struct {
	what string
	wire hal.OutputLine

	mu     sync.Mutex
	line   outLine
	on     bool
	unsure bool // the last set failed: the shadow may be wrong
	closed bool
}

type outputs []*output

func requestOutputs(chips []chip, what string, wires []hal.OutputLine, request func(chip, int, string, bool) (outLine, error)) (outputs, error) {
	var all outputs
	for _, w := range wires {
		c, err := place(chips, what, w.Name, w.Chip, w.Offset)
		if err != nil {
			return all, err
		}
		line, err := request(c, w.Offset, w.Name, w.Level(false))
		if err != nil {
			return all, fmt.Errorf("hal/rpi: %s %q: %w", what, w.Name, err)
		}
		all = append(all, &output{what: what, wire: w, line: line})
	}
	return all, nil
}

func (all outputs) find(name string) *output {
	for _, o := range all {
		if o.wire.Name == name {
			return o
		}
	}
	return nil
}

// set writes the level if it is not there already.
func (o *output) set(on bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return hal.ErrClosed
	}
	if o.on == on && !o.unsure {
		return nil
	}
	if err := o.line.set(o.wire.Level(on)); err != nil {
		o.unsure = true
		if on { // the promise of an error is a relay that is off
			err = errors.Join(err, o.line.set(o.wire.Level(false)))
			o.on = false
		}
		return fmt.Errorf("hal/rpi: %s %q, line %d: %w", o.what, o.wire.Name, o.wire.Offset, err)
	}
	o.on, o.unsure = on, false
	return nil
}

// close leaves every output inactive, as far as it can be written, and gives the lines back.
func (all outputs) close() error {
	var errs []error
	for _, o := range all {
		errs = append(errs, o.close())
	}
	return errors.Join(errs...)
}

func (o *output) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil
	}
	o.closed = true
	var off error
	if o.on || o.unsure {
		off = o.line.set(o.wire.Level(false))
	}
	o.on = false
	if err := errors.Join(off, o.line.close()); err != nil {
		return fmt.Errorf("hal/rpi: %s %q, line %d: %w", o.what, o.wire.Name, o.wire.Offset, err)
	}
	return nil
}

// requestInputs asks for one set of lines per chip.
func requestInputs(chips []chip, w hal.Wiring, layer lineLayer) ([]*inputSet, error) {
	byChip := make(map[chip]*inputSet)
	var order []chip
	for i, l := range slices.Concat(w.Buttons, w.Inputs) {
		c, err := place(chips, "input", l.Name, l.Chip, l.Offset)
		if err != nil {
			return nil, err
		}
		if byChip[c] == nil {
			byChip[c] = &inputSet{chip: c.label}
			order = append(order, c)
		}
		s := byChip[c]
		s.inputs = append(s.inputs, inLine{offset: l.Offset, pull: l.Pull(), activeLow: l.ActiveLow, index: i})
	}
	var sets []*inputSet
	for _, c := range order {
		s := byChip[c]
		lines, err := layer.inputs(c, s.inputs)
		if err != nil {
			return sets, fmt.Errorf("hal/rpi: inputs of chip %s: %w", c.label, err)
		}
		s.lines = lines
		sets = append(sets, s)
	}
	return sets, nil
}
