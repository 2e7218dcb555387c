package rpi

import (
	"fmt"

	"periph.io/x/conn/v3/driver/driverreg"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/host/v3/gpioioctl"

	"intercom/hal"
	"time"
)

// periphLines is the library's part of the line layer: chips by label, lamps as gpio.PinOut, inputs as one
// LineSet per chip. Relays are not its: it cannot say with which level a line shall start.
type periphLines struct {
	relays // the kernel's own interface
}

// systemLines is the machine's real GPIO.
func systemLines() lineLayer { return periphLines{kernelRelays{}} }

// chips lists what the library could open. The library itself says nothing of a chip it could not open (but to
// the standard log), so the reasons are looked for before.
func (periphLines) chips() ([]chip, error) {
	if err := preflight(); err != nil {
		return nil, err
	}
	if err := keepStdin(func() error { _, err := driverreg.Init(); return err }); err != nil {
		return nil, fmt.Errorf("hal/rpi: find the GPIO chips: %w", err)
	}
	var all []chip
	for _, c := range gpioioctl.Chips {
		all = append(all, chip{label: c.Label(), path: c.Path(), lines: c.LineCount()})
	}
	return all, nil
}

// periphChip finds the library's object. It is not to be closed, ever: its Close closes file descriptor 0 too.
func periphChip(c chip) (*gpioioctl.GPIOChip, error) {
	for _, p := range gpioioctl.Chips {
		if p.Path() == c.path {
			return p, nil
		}
	}
	return nil, fmt.Errorf("chip %s has gone", c.path)
}

// lamp requests an output as gpio.PinOut. The library drives it low for a moment first; a lamp may blink.
func (periphLines) lamp(c chip, offset int, _ string, level bool) (outLine, error) {
	p, err := periphChip(c)
	if err != nil {
		return nil, err
	}
	line := p.ByNumber(offset)
	if line == nil {
		return nil, fmt.Errorf("chip %s has no line %d", c.label, offset)
	}
	l := periphLamp{pin: line, release: line.Close}
	if err := l.set(level); err != nil {
		line.Close()
		return nil, explain(err, c, offset)
	}
	return l, nil
}

// periphLamp never reads its pin: Read of an output turns the line into an input.
type periphLamp struct {
	pin     gpio.PinOut
	release func()
}

func (l periphLamp) set(high bool) error { return l.pin.Out(gpio.Level(high)) }

func (l periphLamp) close() error {
	l.release()
	return nil
}

// inputs requests one LineSet. The library asks for lines by name; the name is that of the line at the offset,
// which differs between device trees and is checked to lead back to the same line.
func (periphLines) inputs(c chip, lines []inLine) (inLines, error) {
	p, err := periphChip(c)
	if err != nil {
		return nil, err
	}
	config := gpioioctl.LineSetConfig{DefaultDirection: gpioioctl.LineInput, DefaultEdge: gpio.BothEdges, DefaultPull: gpio.PullNoChange}
	pulls := make(map[gpio.Pull][]string)
	for _, l := range lines {
		name, err := nameOf(p, l.offset)
		if err != nil {
			return nil, err
		}
		config.Lines = append(config.Lines, name)
		if pull := pullOf(l.pull); pull != gpio.PullNoChange {
			pulls[pull] = append(pulls[pull], name)
		}
	}
	for pull, names := range pulls {
		if err := config.AddOverrides(gpioioctl.LineInput, gpio.BothEdges, pull, names...); err != nil {
			return nil, err
		}
	}
	set, err := p.LineSetFromConfig(&config)
	if err != nil {
		return nil, explain(err, c, offsets(lines)...)
	}
	return periphInputs{set}, nil
}

func nameOf(p *gpioioctl.GPIOChip, offset int) (string, error) {
	line := p.ByNumber(offset)
	if line == nil {
		return "", fmt.Errorf("chip %s has no line %d", p.Label(), offset)
	}
	if back := p.ByName(line.Name()); line.Name() == "" || back == nil || back.Number() != offset {
		return "", fmt.Errorf("line %d of chip %s has no name of its own (%q), by which alone it can be requested; use another line or name it in the device tree (gpio-line-names)",
			offset, p.Label(), line.Name())
	}
	return line.Name(), nil
}

func pullOf(b hal.Bias) gpio.Pull {
	switch b {
	case hal.BiasUp:
		return gpio.PullUp
	case hal.BiasDown:
		return gpio.PullDown
	}
	return gpio.PullNoChange
}

func offsets(lines []inLine) []int {
	var all []int
	for _, l := range lines {
		all = append(all, l.offset)
	}
	return all
}

// periphInputs is one chip's LineSet: its calls return errors, where a single line's Read says Low.
type periphInputs struct{ set *gpioioctl.LineSet }

func (s periphInputs) wait(limit time.Duration) (edge, error) {
	if limit <= 0 {
		panic("BUG: an endless wait for an edge")
	}
	offset, kind, err := s.set.WaitForEdge(limit)
	return edge{offset: offset, high: kind == gpio.RisingEdge}, err
}

func (s periphInputs) levels() (uint64, error) {
	bits, err := s.set.Read(0)
	return uint64(bits), err
}

func (s periphInputs) close() error { return s.set.Close() }
