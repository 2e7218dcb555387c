package firmware

import (
	"time"

	"intercom/firmware/config"
)

// doorGrace is how long after its relay a door may open without being called forced: who is let in needs a moment.
const doorGrace = 5 * time.Second

// inputState is one contact.
type inputState struct {
	config config.Input
	on     bool
	heldAt time.Time // when an open door becomes a fault; zero = not to happen, or happened
	held   bool
}

// inputTable is all contacts.
type inputTable []inputState

// find returns nil for a contact the configuration does not know.
func (t inputTable) find(name string) *inputState {
	for i := range t {
		if t[i].config.Name == name {
			return &t[i]
		}
	}
	return nil
}

// doorOpen tells whether a door's contact says open.
func (t inputTable) doorOpen() bool {
	for _, in := range t {
		if in.on && in.config.Role == config.InputDoor {
			return true
		}
	}
	return false
}

// alarm tells whether the cover is open or a door stands open for too long.
func (t inputTable) alarm() bool {
	for _, in := range t {
		if in.held || in.on && in.config.Role == config.InputTamper {
			return true
		}
	}
	return false
}

// deadline is when the next open door becomes a fault.
func (t inputTable) deadline() time.Time {
	var next time.Time
	for _, in := range t {
		next = earliest(next, in.heldAt)
	}
	return next
}

// inputChanged handles a contact. A change that is none is dropped: boards tell the state of all at their start.
func (s *Station) inputChanged(now time.Time, m InputChanged) {
	in := s.inputs.find(m.Input)
	if in == nil || in.on == m.On {
		return
	}
	in.on = m.On
	text := "off"
	if m.On {
		text = "on"
	}
	s.note(now, Note{Kind: NoteInput, Name: m.Input, Text: text})
	switch in.config.Role {
	case config.InputExit:
		if m.On && !m.Initial { // a jammed button opens nothing at each start
			s.exit(now, in.config)
		}
	case config.InputDoor:
		s.doorMoved(now, in, m.Initial)
	case config.InputTamper: // shown by the lamps
	}
}

// exit opens for somebody inside, whatever calls there are: the way out needs no code.
func (s *Station) exit(now time.Time, in config.Input) {
	r := s.relay(in.Relay)
	if r == nil {
		return
	}
	if s.open(now, in.Relay, r.config.Pulse, "exit button "+in.Name) && s.state == Idle {
		s.out.Voice.Play(SoundOpen)
	}
}

// doorMoved starts the clock of an open door, and tells when nothing had released it. It switches no relay: a strike that
// falls back at once would hinder the second person through the door.
func (s *Station) doorMoved(now time.Time, in *inputState, initial bool) {
	in.heldAt, in.held = time.Time{}, false
	if !in.on {
		return
	}
	if in.config.HeldOpen > 0 {
		in.heldAt = now.Add(in.config.HeldOpen)
	}
	if !initial && !s.releasedLately(now) {
		s.note(now, Note{Kind: NoteForced, Name: in.config.Name})
	}
}

// releasedLately tells whether a relay is on or was a moment ago.
func (s *Station) releasedLately(now time.Time) bool {
	for i := range s.relays {
		if r := &s.relays[i]; r.on || !r.last.IsZero() && now.Sub(r.last) <= doorGrace {
			return true
		}
	}
	return false
}

// advanceInputs tells once of a door that stands open; the lamps go on telling.
func (s *Station) advanceInputs(now time.Time) {
	for i := range s.inputs {
		if in := &s.inputs[i]; !in.heldAt.IsZero() && !now.Before(in.heldAt) {
			in.heldAt, in.held = time.Time{}, true
			s.note(now, Note{Kind: NoteHeldOpen, Name: in.config.Name})
		}
	}
}
