package firmware

import (
	"time"

	"intercom/hal"
)

// Leg is one call as the phone numbers it, placed or received. The zero Leg is no call.
type Leg uint64

// Invitation is a call the station wants.
type Invitation struct {
	Account string // name of the account that calls
	Target  string // SIP URI
	Button  string // whose press it was
}

// Phone places and ends calls. The station knows no SDP: the implementation opens the sockets, makes offers and
// answers, and answers a re-INVITE by itself. What happens to a leg comes back as messages; no method may call the station.
type Phone interface {
	// Dial invites. An error (no port left, no such account) counts as a target that cannot be reached.
	Dial(Invitation) (Leg, error)
	// Ring tells the caller of an Incoming leg that the door rings (180).
	Ring(Leg)
	// Answer takes an Incoming leg; Established or Ended follows.
	Answer(Leg)
	// Reject refuses an Incoming leg with a SIP status.
	Reject(leg Leg, status int)
	// Hangup ends a leg in whatever state it is: CANCEL, BYE, or BYE after an answer that crossed. The
	// station forgets the leg at once; an Ended for it is ignored.
	Hangup(Leg)
	// Release ends a leg that still rings because another phone has answered, and tells it so: it then shows no
	// missed call (RFC 3326).
	Release(Leg)
}

// Voice is the sound of the one conversation and the sounds for the visitor.
type Voice interface {
	// Start connects microphone and loudspeaker with the leg. An error (no common codec, no card) ends the call.
	Start(Leg) error
	// Stop disconnects them. It is called once for each Start that succeeded.
	Stop(Leg)
	// Play starts a sound for the visitor, in a conversation for both sides; it ends the one before. Sounds other
	// than SoundRingback end by themselves.
	Play(Sound)
}

// Board switches what hangs on the board's lines, by their names in the configuration; hal.Board satisfies it. After an
// error of SetRelay the station tries to switch the relay off until that succeeds.
type Board interface {
	SetLamp(hal.Lamp, bool) error
	SetRelay(hal.Relay, bool) error
}

// Journal is told what happened, for the log, the panel and the demo. It may be nil.
type Journal interface {
	Note(now time.Time, n Note)
}

// Outside is everything the station acts upon. All but Journal must be set.
type Outside struct {
	Phone   Phone
	Voice   Voice
	Board   Board
	Journal Journal
}

// Sound is what the visitor hears from the station itself.
type Sound uint8

// The sounds. SoundSilence ends the one that plays.
const (
	SoundSilence     Sound = iota
	SoundRingback          // somebody is being rung; goes on until another sound or Start
	SoundConnected         // the conversation begins
	SoundUnavailable       // nobody answered, or nobody could be reached
	SoundWarning           // the call's limit is near
	SoundProlonged         // the limit begins anew
	SoundOpen              // the door is open
	SoundDenied            // wrong code
	SoundEnd               // the conversation is over
)

var soundNames = [...]string{"silence", "ringback", "connected", "unavailable", "warning", "prolonged", "open", "denied", "end"}

// String gives the sound in one plain word.
func (s Sound) String() string {
	if int(s) < len(soundNames) {
		return soundNames[s]
	}
	return "unknown sound"
}

// NoteKind says what a Note tells.
type NoteKind uint8

// The kinds of notes, with the fields of Note they use.
const (
	NoteState        NoteKind = iota + 1 // State changed
	NotePress                            // Name: a button was pressed
	NoteDial                             // Name: the button; Text: the target that is rung
	NoteDialFailed                       // Name: the button; Text: the target; Err
	NoteAlerting                         // Name: the button; Text: a target whose phone rings
	NoteRefused                          // Text: a target that refused or could not be reached; Status
	NoteUnanswered                       // Name: the button whose targets did not answer
	NoteCaller                           // Text: the caller of an incoming call; Status of the refusal, 0 = let in
	NoteEstablished                      // Text: the other side
	NoteEnded                            // Text: why the conversation ended
	NoteProlonged                        // the limit began anew
	NoteWarning                          // the limit is near
	NoteRelayOn                          // Name: the relay; Text: by what
	NoteRelayOff                         // Name: the relay; Text: why
	NoteRelayRefused                     // Name: the relay, which rests after its ceiling
	NoteWrongCode                        // a wrong code, Status: how many in a row
	NoteLockout                          // digits are ignored until Until
	NoteDigitIgnored                     // Text: why the digits of this call do not count
	NoteInput                            // Name: a contact; Text: on or off
	NoteForced                           // Name: the contact of a door that opened while nothing had released it
	NoteHeldOpen                         // Name: the contact of a door that stands open
	NoteFault                            // Name: the part or account; Err
	NoteRegistered                       // Name: an account
)

var noteNames = [...]string{NoteState: "state", NotePress: "press", NoteDial: "dial", NoteDialFailed: "dial failed", NoteAlerting: "alerting", NoteRefused: "refused",
	NoteUnanswered: "unanswered", NoteCaller: "caller", NoteEstablished: "established", NoteEnded: "ended", NoteProlonged: "prolonged",
	NoteWarning: "warning", NoteRelayOn: "relay on", NoteRelayOff: "relay off", NoteRelayRefused: "relay refused", NoteWrongCode: "wrong code",
	NoteLockout: "lockout", NoteDigitIgnored: "digit ignored", NoteInput: "input", NoteForced: "door forced", NoteHeldOpen: "door held open",
	NoteFault: "fault", NoteRegistered: "registered"}

// String gives the kind in plain words.
func (k NoteKind) String() string {
	if int(k) < len(noteNames) && k > 0 {
		return noteNames[k]
	}
	return "no note"
}

// Note is one line of the station's diary. It never holds a digit of a code.
type Note struct {
	Kind   NoteKind
	State  State
	Leg    Leg
	Name   string
	Text   string
	Status int
	Until  time.Time
	Err    error
}
