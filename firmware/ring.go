package firmware

import (
	"slices"
	"time"

	"intercom/firmware/config"
)

// ringLeg is one target that is being rung.
type ringLeg struct {
	leg      Leg
	target   string
	until    time.Time
	alerting bool // a 180 came
}

// ringing is a button's list of targets being worked off: all at once (the first answer wins) or one after the
// other. Each target has its time, and the list has one.
//
//	parallel     A ├────────────┤ 20 s            sequential   A ├─────┤ 20 s
//	             B ├───── answers: A is cancelled              B       ├──── answers
//	             total ├──────────────┤ 60 s                   total ├──────────────┤ 60 s
type ringing struct {
	button  config.Button
	pending []string // targets not tried yet
	legs    []ringLeg
	until   time.Time // end of the list; zero = not ringing
}

// deadline is the end of the list or of the first target in it, whichever comes first.
func (r *ringing) deadline() time.Time {
	next := r.until
	for _, l := range r.legs {
		next = earliest(next, l.until)
	}
	return next
}

// take removes a leg from those that ring.
func (r *ringing) take(leg Leg) (ringLeg, bool) {
	i := slices.IndexFunc(r.legs, func(l ringLeg) bool { return l.leg == leg })
	if i < 0 {
		return ringLeg{}, false
	}
	l := r.legs[i]
	r.legs = slices.Delete(r.legs, i, i+1)
	return l, true
}

// restart gives the list and its legs their whole time again.
func (r *ringing) restart(now time.Time, total time.Duration) {
	r.until = now.Add(total)
	for i := range r.legs {
		r.legs[i].until = now.Add(r.button.RingTimeout)
	}
}

// startRinging begins a button's list. The visitor hears ringback at once: a bell that stays silent for the time of a
// name lookup is pressed again.
func (s *Station) startRinging(now time.Time, b config.Button) {
	s.ring = ringing{button: b, pending: slices.Clone(b.Targets), until: now.Add(s.cfg.Calls.RingTotal)}
	s.setState(now, Dialing)
	s.out.Voice.Play(SoundRingback)
	s.dialNext(now)
}

// dialNext invites the next target, or all of them, and gives up when none is left.
func (s *Station) dialNext(now time.Time) {
	r := &s.ring
	for len(r.pending) > 0 {
		s.dial(now, s.cfg.TargetURI(r.button, r.pending[0]))
		r.pending = r.pending[1:]
		if r.button.Ring == config.Sequential && len(r.legs) > 0 {
			return
		}
	}
	if len(r.legs) == 0 {
		s.note(now, Note{Kind: NoteUnanswered, Name: r.button.Name})
		s.stopRinging(now, SoundUnavailable)
	}
}

// dial invites one target. One that cannot even be tried is noted and skipped: the others may work.
func (s *Station) dial(now time.Time, target string) {
	r := &s.ring
	leg, err := s.out.Phone.Dial(Invitation{Account: r.button.Account, Target: target, Button: r.button.Name})
	if err != nil {
		s.note(now, Note{Kind: NoteDialFailed, Name: r.button.Name, Text: target, Err: err})
		return
	}
	r.legs = append(r.legs, ringLeg{leg: leg, target: target, until: now.Add(r.button.RingTimeout)})
	s.note(now, Note{Kind: NoteDial, Leg: leg, Name: r.button.Name, Text: target})
}

// stopRinging cancels whatever still rings.
func (s *Station) stopRinging(now time.Time, last Sound) {
	for _, l := range s.ring.legs {
		s.out.Phone.Hangup(l.leg)
	}
	s.ring = ringing{}
	s.out.Voice.Play(last)
	s.setState(now, Idle)
}

// alerting notes a phone that rings. The visitor's ringback plays already.
func (s *Station) alerting(now time.Time, leg Leg) {
	for i := range s.ring.legs {
		if l := &s.ring.legs[i]; l.leg == leg && !l.alerting {
			l.alerting = true
			s.note(now, Note{Kind: NoteAlerting, Leg: leg, Name: s.ring.button.Name, Text: l.target})
		}
	}
}

// answered makes the conversation of the first leg that answers and cancels the others: their phones stop ringing.
func (s *Station) answered(now time.Time, l ringLeg) {
	for _, other := range s.ring.legs {
		s.out.Phone.Release(other.leg)
	}
	button := s.ring.button.Name
	s.ring = ringing{}
	s.converse(now, conversation{leg: l.leg, with: partyAt(l.target), placed: true, button: button})
}

// refused goes on without a target that refused or cannot be reached. Its refusal ends no other call: one who declines does
// not speak for the house.
func (s *Station) refused(now time.Time, l ringLeg, status int) {
	s.note(now, Note{Kind: NoteRefused, Leg: l.leg, Name: s.ring.button.Name, Text: l.target, Status: status})
	if len(s.ring.legs) == 0 {
		s.dialNext(now)
	}
}

// advanceRinging gives up the list when its time is over, and targets when theirs is.
func (s *Station) advanceRinging(now time.Time) {
	r := &s.ring
	if r.until.IsZero() {
		return
	}
	if !now.Before(r.until) {
		s.note(now, Note{Kind: NoteUnanswered, Name: r.button.Name})
		s.stopRinging(now, SoundUnavailable)
		return
	}
	before := len(r.legs)
	r.legs = slices.DeleteFunc(r.legs, func(l ringLeg) bool {
		late := !now.Before(l.until)
		if late {
			s.out.Phone.Hangup(l.leg)
		}
		return late
	})
	if len(r.legs) == 0 && before > 0 {
		s.dialNext(now)
	}
}
