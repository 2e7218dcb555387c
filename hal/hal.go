package hal

import "time"

// Button is the name of a call button as the configuration has it.
type Button string

// Input is the name of a contact input (door contact, exit button, tamper switch).
type Input string

// Lamp is the name of a lamp output.
type Lamp string

// Relay is the name of a relay output (strike, gate).
type Relay string

// Board is one door station's hardware. All methods are safe for use by several goroutines.
type Board interface {
	// Events gives debounced changes in the order of their happening. The channel is the same at every call
	// and is closed after Close.
	Events() <-chan Event
	// SetLamp switches a lamp. An unknown name is an *UnknownNameError; after Close the error is ErrClosed.
	SetLamp(Lamp, bool) error
	// SetRelay switches a relay. Errors as of SetLamp; after an error take the relay as off, for the board
	// has tried to leave it so.
	SetRelay(Relay, bool) error
	// OpenSound opens the sound card. At most one Sound is open at a time; a second is ErrSoundBusy.
	OpenSound(SoundConfig) (Sound, error)
	// Close leaves everything inert: relays off, lamps off, sound closed, Events closed. A second Close does
	// nothing and returns nil.
	Close() error
}

// Kind says what an Event tells.
type Kind uint8

const (
	// Pressed: a button was held for its minimum time. One press gives one Pressed.
	Pressed Kind = iota + 1
	// Released: the button reported by Pressed is up again and may ring anew.
	Released
	// InputOn: a contact input became active, or was so when the board was opened.
	InputOn
	// InputOff: a contact input became inactive.
	InputOff
	// Fault: something needs an installer; Event.Err says what (a *StuckError, a *NoiseError, ErrOverflow, a
	// *CutError of the Guard, or a driver's error). The board goes on as well as it can.
	Fault
)

var kindNames = [...]string{Pressed: "pressed", Released: "released", InputOn: "input on", InputOff: "input off", Fault: "fault"}

// String gives the kind in plain words, for logs.
func (k Kind) String() string {
	if int(k) < len(kindNames) && k > 0 {
		return kindNames[k]
	}
	return "no event"
}

// Event is one change seen at the door.
type Event struct {
	Kind Kind
	// Name is the button's, input's or relay's name; empty if the fault belongs to no line.
	Name string
	// At is when it began: the first edge of a press, not the moment it was believed. Use it for records; the
	// time for decisions is the receiver's own.
	At time.Time
	// Err is set for Fault only.
	Err error
	// Initial is true for an InputOn that was so when the board was opened: a state and not something that happened.
	Initial bool
}
