package hal

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// WiringError is one thing wrong with a Wiring, in parts, so that a configuration can name its own file,
// line and key.
type WiringError struct {
	// Section is "buttons", "inputs", "lamps" or "relays"; Index the line in it.
	Section string
	Index   int
	// Name is the line's name, perhaps empty.
	Name string
	// Field is "name", "chip", "offset", "bias", "settle", "min_press", "stuck" or empty for the whole section.
	Field string
	// Problem says what is wrong, Cure what to do.
	Problem, Cure string
}

// Error implements error.
func (e *WiringError) Error() string {
	return fmt.Sprintf("wiring: %s[%d] %q: %s; %s", e.Section, e.Index, e.Name, e.Problem, e.Cure)
}

// Validate returns nil or all problems joined; each can be had with Problems.
func (w Wiring) Validate() error {
	problems := w.Problems()
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = p
	}
	return errors.Join(errs...)
}

// Problems lists everything wrong with the wiring, in the order buttons, inputs, lamps, relays.
func (w Wiring) Problems() []*WiringError {
	c := checker{wiring: w, used: make(map[wire]string)}
	c.inputs("buttons", w.Buttons)
	c.inputs("inputs", w.Inputs)
	c.outputs("lamps", w.Lamps)
	c.outputs("relays", w.Relays)
	return c.problems
}

// IsHeader tells whether a chip's label means the 40-pin header of a Raspberry Pi.
func IsHeader(chip string) bool {
	return chip == "" || strings.HasPrefix(chip, "pinctrl-")
}

// IsI2S tells whether a BCM number belongs to the I2S sound card: 18 clock, 19 frame, 20 data in, 21 data
// out, 16 the amplifier's switch of the common sound hats.
func IsI2S(bcm int) bool { return bcm == 16 || bcm >= 18 && bcm <= 21 }

// A wire is one line of one chip. The header's chips count as one: a board has only one header.
type wire struct {
	chip   string
	offset int
}

type checker struct {
	wiring   Wiring
	used     map[wire]string
	problems []*WiringError
}

func (c *checker) inputs(section string, lines []InputLine) {
	names := make(map[string]bool)
	c.count(section, len(lines))
	for i, l := range lines {
		at := WiringError{Section: section, Index: i, Name: l.Name}
		c.name(at, names)
		c.wire(at, l.Chip, l.Offset)
		if l.Bias > BiasNone {
			c.add(at, "bias", fmt.Sprintf("unknown bias %d", l.Bias), "take default, up, down or none")
		}
		c.span(at, "settle", l.Settle, MinSettle, MaxSettle)
		if section == "inputs" {
			continue
		}
		if l.MinPress > 0 {
			c.span(at, "min_press", l.MinPress, time.Millisecond, MaxMinPress)
		}
		if l.Stuck > 0 {
			c.span(at, "stuck", l.Stuck, time.Second, 24*time.Hour)
		}
	}
}

func (c *checker) outputs(section string, lines []OutputLine) {
	names := make(map[string]bool)
	c.count(section, len(lines))
	for i, l := range lines {
		at := WiringError{Section: section, Index: i, Name: l.Name}
		c.name(at, names)
		c.wire(at, l.Chip, l.Offset)
	}
}

func (c *checker) count(section string, n int) {
	if n > MaxLines {
		c.add(WiringError{Section: section, Index: MaxLines}, "", fmt.Sprintf("%d lines", n), fmt.Sprintf("at most %d are possible", MaxLines))
	}
}

func (c *checker) name(at WiringError, seen map[string]bool) {
	switch {
	case at.Name == "":
		c.add(at, "name", "no name", "give it one, such as \"front\"")
	case len(at.Name) > MaxName || strings.ContainsFunc(at.Name, isOdd):
		c.add(at, "name", "a name that cannot be typed or printed everywhere", fmt.Sprintf("use letters, digits, '-', '_' and '.', at most %d", MaxName))
	case seen[at.Name]:
		c.add(at, "name", "the name is used twice in "+at.Section, "give each line its own name")
	}
	seen[at.Name] = true
}

func isOdd(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
}

func (c *checker) wire(at WiringError, chip string, offset int) {
	header := IsHeader(chip)
	place := wire{chip, offset}
	if header {
		place.chip = ""
	}
	switch {
	case offset < 0 || offset > MaxOffset:
		c.add(at, "offset", fmt.Sprintf("line %d does not exist", offset), "take the line's number on its chip, on the Pi's header the BCM number")
	case header && offset > 27:
		c.add(at, "offset", fmt.Sprintf("BCM %d is not on the header; the board itself uses it", offset), "take a BCM number from 2 to 27")
	case header && IsI2S(offset) && !c.wiring.WithoutI2S:
		c.add(at, "offset", fmt.Sprintf("BCM %d belongs to the I2S sound card (16 and 18 to 21)", offset),
			"move the wire to another pin, such as BCM 17, 22, 23, 24, 25 or 27, or say that the sound card is not an I2S one")
	case c.used[place] != "":
		c.add(at, "offset", fmt.Sprintf("line %d is used by %s already", offset, c.used[place]), "one wire serves one purpose: move one of the two")
	default:
		c.used[place] = fmt.Sprintf("%s[%d] %q", at.Section, at.Index, at.Name)
	}
}

func (c *checker) span(at WiringError, field string, d, low, high time.Duration) {
	if d != 0 && (d < low || d > high) {
		c.add(at, field, fmt.Sprintf("%s = %v is out of range", field, d), fmt.Sprintf("take %v to %v, or nothing for the default", low, high))
	}
}

func (c *checker) add(at WiringError, field, problem, cure string) {
	at.Field, at.Problem, at.Cure = field, problem, cure
	c.problems = append(c.problems, &at)
}
