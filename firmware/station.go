package firmware

import (
	"time"

	"intercom/firmware/config"
)

// State is what the station is doing.
//
//	          press                 answered                      press, other side, limit,
//	┌──────┐ ───────► ┌─────────┐ ───────────► ┌────────┐         silence, panel
//	│      │          │ Dialing │              │        │ ────────────────────────────────┐
//	│      │ ◄─────── └─────────┘              │ InCall │                                 │
//	│ Idle │  nobody, press, panel             │        │                                 │
//	│      │          ┌───────────┐  ACK       └────────┘                                 │
//	│      │ ───────► │ Answering │ ──────────────▲                                       │
//	└──────┘ incoming └───────────┘                                                       │
//	   ▲  ▲   and let in    │  caller gave up, press (which then dials), no ACK           │
//	   │  └─────────────────┘                                                             │
//	   └──────────────────────────────────────────────────────────────────────────────────┘
//	Shutdown leads from each to Stopped, which is the end.
type State uint8

const (
	// Idle: no call. Relays may be on all the same: an exit button needs no call.
	Idle State = iota
	// Dialing: a button was pressed and its targets are invited (RFC 3261 section 13.2); the visitor hears ringback.
	Dialing
	// Answering: a caller was let in, and the answer waits for its delay or for the ACK (RFC 3261 section 13.3).
	Answering
	// InCall: sound goes both ways (RFC 3261 section 14). The only state in which codes count.
	InCall
	// Stopped: all is off and no message is heard any more.
	Stopped
)

var stateNames = [...]string{"idle", "dialing", "answering", "in call", "stopped"}

// String gives the state in plain words.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown state"
}

// Station is the door: whom a press rings, who is let in, what a code opens, what the lamps show. It is a plain struct without
// clock, goroutine or I/O of its own. One loop owns it: it hands every message to Receive, calls Advance at Deadline,
// and passes the time of the event to both. All effects go through Outside, whose methods must not call back.
type Station struct {
	cfg        *config.Config
	out        Outside
	domains    []string
	canProlong bool
	buttons    map[string]config.Button

	state    State
	ring     ringing      // while Dialing
	incoming awaiting     // while Answering
	call     conversation // while InCall
	limit    limit
	door     doorPolicy

	relays []relayState
	lamps  []lampState
	inputs inputTable
	health health
}

// NewStation returns an idle station. The configuration is one that Parse or Load returned; it is not changed.
func NewStation(cfg *config.Config, out Outside) *Station {
	if out.Phone == nil || out.Voice == nil || out.Board == nil {
		panic("BUG: a station without phone, voice or board")
	}
	s := &Station{
		cfg:        cfg,
		out:        out,
		domains:    domainsOf(cfg),
		canProlong: cfg.CanProlong(),
		buttons:    map[string]config.Button{},
		limit:      limit{settings: cfg.Calls},
		door:       doorPolicy{settings: cfg.DTMF},
		health:     newHealth(cfg),
	}
	for _, b := range cfg.Buttons {
		s.buttons[b.Name] = b
	}
	for _, r := range cfg.Relays {
		s.relays = append(s.relays, relayState{config: r})
	}
	for _, l := range cfg.Lamps {
		s.lamps = append(s.lamps, lampState{config: l})
	}
	for _, in := range cfg.Inputs {
		s.inputs = append(s.inputs, inputState{config: in})
	}
	return s
}

// Receive handles one message. What was due before it happens first, so that a digit that comes too late is too late
// even when the loop was slow.
func (s *Station) Receive(now time.Time, m Message) {
	s.Advance(now)
	if s.state == Stopped {
		return
	}
	s.dispatch(now, m)
	s.Advance(now)
}

// dispatch hands a message to the file that knows what it means. What a state does not expect is ignored there.
func (s *Station) dispatch(now time.Time, m Message) {
	switch m := m.(type) {
	case Pressed:
		s.pressed(now, m.Button)
	case InputChanged:
		s.inputChanged(now, m)
	case Incoming:
		s.received(now, m)
	case Ringing:
		s.alerting(now, m.Leg)
	case Established:
		s.established(now, m.Leg)
	case Ended:
		s.ended(now, m)
	case Digit:
		s.digit(now, m)
	case SoundLost:
		s.soundLost(now, m.Leg)
	case RegistrationChanged:
		s.registration(now, m)
	case Faulted:
		if m.Err == nil {
			s.clearFault(m.Part)
		} else {
			s.fault(now, m.Part, m.Err)
		}
	case HangupCommand:
		s.hangup(now, "the panel hung up")
	case Shutdown:
		s.shutdown(now)
	}
}

// Advance does what is due at now. Relays come first: whatever else is wrong, they go off.
func (s *Station) Advance(now time.Time) {
	s.advanceRelays(now)
	if s.state == Stopped {
		return
	}
	s.advanceInputs(now)
	s.judge(now, s.door.advance(now))
	s.advanceRinging(now)
	s.advanceAnswering(now)
	s.advanceCall(now)
	s.advanceLamps(now)
}

// Deadline is when Advance has something to do next; zero means never. After Advance(now) it is later than now.
func (s *Station) Deadline() time.Time {
	var next time.Time
	for i := range s.relays {
		next = earliest(next, s.relays[i].deadline())
	}
	if s.state == Stopped {
		return next
	}
	for _, t := range []time.Time{s.inputs.deadline(), s.door.deadline(), s.ring.deadline(), s.incoming.deadline(),
		s.limit.deadline(), s.call.hangupAt, s.lampDeadline()} {
		next = earliest(next, t)
	}
	return next
}

// State tells what the station is doing.
func (s *Station) State() State { return s.state }

// setState is the one place where the state changes.
func (s *Station) setState(now time.Time, next State) {
	if s.state == next {
		return
	}
	s.state = next
	s.note(now, Note{Kind: NoteState})
}

// note writes the diary, with the state as it is after what is noted.
func (s *Station) note(now time.Time, n Note) {
	if s.out.Journal == nil {
		return
	}
	n.State = s.state
	s.out.Journal.Note(now, n)
}

// shutdown leaves nothing on: the door must not stay open because the program ends.
func (s *Station) shutdown(now time.Time) {
	for i := range s.relays {
		if r := &s.relays[i]; r.on {
			s.release(now, r, "the station stops")
		}
	}
	s.hangup(now, "the station stops")
	for i := range s.lamps {
		s.setLamp(now, s.lamps[i].config.Name, false)
	}
	s.setState(now, Stopped)
}
