package hal

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	// ErrClosed is returned by every call on a closed Board or Sound.
	ErrClosed = errors.New("hal: closed")
	// ErrSoundBusy is returned by OpenSound while another Sound of the board is open.
	ErrSoundBusy = errors.New("hal: the sound card is open already; close the other Sound first")
	// ErrOverflow is the Fault of a consumer that did not read Events for long: later events were dropped.
	ErrOverflow = errors.New("hal: the event queue was full and events were lost; read Board.Events without delay")
	// ErrHung is wrapped by the Guard's Close when the board did not answer in time.
	ErrHung = errors.New("hal: the board does not answer")
)

// UnknownNameError tells that no line has this name.
type UnknownNameError struct {
	// What is "button", "input", "lamp" or "relay".
	What string
	// Name is what was asked for.
	Name string
	// Known are the names the wiring has.
	Known []string
}

// Error implements error.
func (e *UnknownNameError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("hal: no %s %q: the wiring has no %s at all; add it to the configuration", e.What, e.Name, e.What)
	}
	return fmt.Sprintf("hal: no %s %q; known: %s", e.What, e.Name, strings.Join(e.Known, ", "))
}

// StuckError tells that a button has been down for too long: it is wedged, taped or short-circuited.
type StuckError struct {
	Button string
	// For is how long it had been down when the fault was raised.
	For time.Duration
}

// Error implements error.
func (e *StuckError) Error() string {
	return fmt.Sprintf("hal: button %q has been down for %v; free the button or look for a short circuit", e.Button, e.For)
}

// NoiseError tells that a line changes so fast or so often that it cannot be a finger; it is ignored until quiet.
type NoiseError struct {
	Line string
	// Edges is how many edges (or, for a storm of presses, presses) led to the fault.
	Edges int
	// Presses is true if whole presses came too fast, false if the level never settled.
	Presses bool
}

// Error implements error.
func (e *NoiseError) Error() string {
	what := "edges without a rest"
	if e.Presses {
		what = "presses in a storm"
	}
	return fmt.Sprintf("hal: line %q: %d %s; shield the wire, add 100 nF across the contact or a stronger pull-up", e.Line, e.Edges, what)
}

// CutError is the Guard's: a relay had been on for the whole ceiling and was switched off.
type CutError struct {
	Relay   string
	Ceiling time.Duration
}

// Error implements error.
func (e *CutError) Error() string {
	return fmt.Sprintf("hal: relay %q was on for the ceiling of %v and has been cut; switch it off, then it may be switched on anew", e.Relay, e.Ceiling)
}
