package firmware

import (
	"time"

	"intercom/firmware/config"
	"intercom/hal"
)

// Times of a relay beyond its pulse.
const (
	relayRest  = time.Second            // off at least this long after the ceiling cut it
	relayRetry = 250 * time.Millisecond // between attempts to switch off a relay that refuses
)

// relayState is one relay. It is on from `since` until `off`, never longer than its ceiling.
//
//	        open            off reached
//	off ───────────► on ───────────────────► off
//	 ▲                │ ▲  open again: off moves, up to since+ceiling
//	 │                └─┘
//	 └── 1 s rest ◄── cut at since+ceiling although somebody wanted it longer
type relayState struct {
	config config.Relay
	on     bool
	since  time.Time // when it went on
	off    time.Time // when it goes off; while on only
	cut    bool      // off is the ceiling, not what was asked for
	rest   time.Time // not on again before this
	last   time.Time // when it last went off
}

// open asks for a pulse. It returns false while the relay rests.
func (r *relayState) open(now time.Time, pulse time.Duration) bool {
	if now.Before(r.rest) {
		return false
	}
	if !r.on {
		r.since, r.off, r.cut = now, now, false
	}
	r.off = later(r.off, now.Add(pulse))
	if ceiling := r.since.Add(r.config.Ceiling); r.off.After(ceiling) {
		r.off, r.cut = ceiling, true
	}
	return true
}

// closed notes that the relay is off.
func (r *relayState) closed(now time.Time) {
	r.on, r.last = false, now
	if r.cut {
		r.rest = now.Add(relayRest)
	}
}

// deadline is when the relay has to go off.
func (r *relayState) deadline() time.Time {
	if !r.on {
		return time.Time{}
	}
	return r.off
}

// open pulses a relay: by names who asked for it. It returns false if the relay stays off.
func (s *Station) open(now time.Time, name string, pulse time.Duration, by string) bool {
	r := s.relay(name)
	if r == nil {
		return false
	}
	if !r.open(now, pulse) {
		s.note(now, Note{Kind: NoteRelayRefused, Name: name, Text: by})
		return false
	}
	if r.on {
		return true // its time is longer now
	}
	if err := s.out.Board.SetRelay(hal.Relay(name), true); err != nil {
		s.fault(now, "relay "+name, err)
		s.release(now, r, "it could not be switched on")
		return false
	}
	r.on = true
	s.clearFault("relay " + name)
	s.note(now, Note{Kind: NoteRelayOn, Name: name, Text: by, Until: r.off})
	return true
}

// release switches a relay off. One that refuses stays on in the books, so that it is tried again soon; beyond that
// the board's own guard has to do it.
func (s *Station) release(now time.Time, r *relayState, why string) {
	if err := s.out.Board.SetRelay(hal.Relay(r.config.Name), false); err != nil {
		s.fault(now, "relay "+r.config.Name, err)
		r.on, r.off = true, now.Add(relayRetry)
		return
	}
	wasOn := r.on
	r.closed(now)
	if wasOn {
		s.note(now, Note{Kind: NoteRelayOff, Name: r.config.Name, Text: why})
	}
}

// advanceRelays switches off what is due. It looks at nothing but the relays themselves: no state of a call can keep one on.
func (s *Station) advanceRelays(now time.Time) {
	for i := range s.relays {
		r := &s.relays[i]
		if !r.on || now.Before(r.off) {
			continue
		}
		if r.cut {
			s.release(now, r, "its ceiling is reached")
		} else {
			s.release(now, r, "its pulse is over")
		}
	}
}

// relay returns nil for a name the configuration does not know.
func (s *Station) relay(name string) *relayState {
	for i := range s.relays {
		if s.relays[i].config.Name == name {
			return &s.relays[i]
		}
	}
	return nil
}

// anyRelayOn tells whether something is unlocked.
func (s *Station) anyRelayOn() bool {
	for i := range s.relays {
		if s.relays[i].on {
			return true
		}
	}
	return false
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
