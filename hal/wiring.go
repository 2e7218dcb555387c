package hal

import "time"

// Bias is the pull resistor inside the chip.
type Bias uint8

const (
	// BiasDefault pulls towards the inactive level: up for an active-low input, down for an active-high one,
	// so that an open wire is a button at rest.
	BiasDefault Bias = iota
	// BiasUp pulls to the supply.
	BiasUp
	// BiasDown pulls to ground.
	BiasDown
	// BiasNone leaves the pull as it is: the wire has its own resistor.
	BiasNone
)

// Limits and defaults of an InputLine.
const (
	DefaultSettle   = 30 * time.Millisecond
	MinSettle       = 8 * time.Millisecond
	MaxSettle       = 200 * time.Millisecond
	DefaultMinPress = 80 * time.Millisecond
	MaxMinPress     = 2 * time.Second
	DefaultStuck    = time.Minute
)

// InputLine is one wire of a button or a contact.
type InputLine struct {
	// Name is the button's or input's: letters, digits, '-', '_', '.', at most 32 bytes.
	Name string
	// Chip is the GPIO chip's label; empty is the Pi's header (pinctrl-bcm2835, -bcm2711 or -rp1).
	Chip string
	// Offset is the line on the chip; on the Pi's header the BCM number.
	Offset int
	// ActiveLow: the contact is closed to ground.
	ActiveLow bool
	// Bias is the chip's own pull resistor.
	Bias Bias
	// Settle is how long the level must rest after an edge, 8 to 200 ms; 0 means 30 ms.
	Settle time.Duration
	// MinPress is the shortest press of a button that counts, at most 2 s; 0 means 80 ms, negative none.
	// Inputs have none.
	MinPress time.Duration
	// Stuck is after how long a button held down is a fault; 0 means 1 min, negative never. Inputs have none.
	Stuck time.Duration
}

// Pull is the bias with BiasDefault resolved.
func (l InputLine) Pull() Bias {
	switch {
	case l.Bias != BiasDefault:
		return l.Bias
	case l.ActiveLow:
		return BiasUp
	default:
		return BiasDown
	}
}

// OutputLine is one wire of a lamp or a relay. It starts inactive, without a pulse, and ends so.
type OutputLine struct {
	// Name is the lamp's or relay's: letters, digits, '-', '_', '.', at most 32 bytes.
	Name string
	// Chip is the GPIO chip's label; empty is the Pi's header.
	Chip string
	// Offset is the line on the chip; on the Pi's header the BCM number.
	Offset int
	// ActiveLow: the load is on when the line is at ground (most relay boards with opto-couplers).
	ActiveLow bool
}

// Level is the electrical level, true high, of the line being on or off. Level(false) is the initial value
// with which the line must be requested.
func (l OutputLine) Level(on bool) bool { return on != l.ActiveLow }

// Wiring tells which wire is where. The zero value is a board without lines.
type Wiring struct {
	Buttons, Inputs []InputLine
	Lamps, Relays   []OutputLine
	// WithoutI2S frees BCM 16 and 18 to 21 of the Pi's header: the sound card is a USB one, or there is none.
	WithoutI2S bool
}

// Bounds of a Wiring.
const (
	// MaxLines is the most lines of one kind.
	MaxLines = 32
	// MaxOffset is the highest line number on any chip.
	MaxOffset = 1023
	// MaxName is the longest name in bytes.
	MaxName = 32
)

func (w Wiring) outputs(what string) []string {
	lines := w.Lamps
	if what == "relay" {
		lines = w.Relays
	}
	names := make([]string, len(lines))
	for i, l := range lines {
		names[i] = l.Name
	}
	return names
}

// UnknownLamp is the error of a lamp's name that the wiring does not have.
func (w Wiring) UnknownLamp(l Lamp) error {
	return &UnknownNameError{What: "lamp", Name: string(l), Known: w.outputs("lamp")}
}

// UnknownRelay is the error of a relay's name that the wiring does not have.
func (w Wiring) UnknownRelay(r Relay) error {
	return &UnknownNameError{What: "relay", Name: string(r), Known: w.outputs("relay")}
}
