package firmware

import (
	"intercom/firmware/config"
	"intercom/sipua/sip"
)

// Message is something that happened outside and that the station is told: one of the types of this file.
type Message interface{ isMessage() }

// Pressed is a call button, at the door or on the panel. A button that the configuration does not know is ignored.
type Pressed struct{ Button string }

// InputChanged is a contact that closed (On) or opened.
type InputChanged struct {
	Input   string
	On      bool
	Initial bool // it was so when the board was opened
}

// Faulted is a part of the station that does not work, or works again when Err is nil. Part is a name to tell
// faults apart, such as "sound card".
type Faulted struct {
	Part string
	Err  error
}

// RegistrationChanged is an account's state at its registrar. Err says why there is no binding; nil means there is one.
type RegistrationChanged struct {
	Account string
	Err     error
}

// Incoming is a call to the door.
type Incoming struct {
	Leg  Leg
	From sip.URI // whom the call claims to be from

	// Trusted is true when From may be believed: the call came over the account's own registrar or proxy, or from
	// a peer of the configuration. Anybody can write anything into a From field.
	Trusted bool
}

// Ringing is a 180 or 183 for a leg the door placed.
type Ringing struct{ Leg Leg }

// Established is an answered leg: the 200 of a placed one, the ACK of a received one.
type Established struct{ Leg Leg }

// Ended is a leg that is no more: refused, unreachable (Status 408, 480, 503 ...), hung up by the other side (Status 0), cancelled.
type Ended struct {
	Leg    Leg
	Status int
	Reason string
}

// Digit is a key of the other side: '0' to '9', '*' or '#'; others are ignored.
type Digit struct {
	Leg    Leg
	Key    byte
	Method config.Method
}

// SoundLost is a leg from which nothing was received for the configured time.
type SoundLost struct{ Leg Leg }

// HangupCommand ends whatever call there is, ringing or answered, as the panel asks.
type HangupCommand struct{}

// Shutdown ends everything: calls, relays, lamps. The station ignores what comes after.
type Shutdown struct{}

// isMessage keeps other types out of Receive: a message that nobody handles should not compile.
func (Pressed) isMessage()             {}
func (InputChanged) isMessage()        {}
func (Faulted) isMessage()             {}
func (RegistrationChanged) isMessage() {}
func (Incoming) isMessage()            {}
func (Ringing) isMessage()             {}
func (Established) isMessage()         {}
func (Ended) isMessage()               {}
func (Digit) isMessage()               {}
func (SoundLost) isMessage()           {}
func (HangupCommand) isMessage()       {}
func (Shutdown) isMessage()            {}
