package firmware

import (
	"fmt"
	"time"

	"intercom/firmware/config"
)

// conversation is the one call with sound.
type conversation struct {
	leg      Leg
	with     party
	placed   bool      // by the door; a call to the door otherwise
	button   string    // whose press placed it
	hangupAt time.Time // after opening, if so configured; zero = never
	deaf     bool      // it was noted that digits do not count
}

// converse begins a conversation.
func (s *Station) converse(now time.Time, c conversation) {
	if err := s.out.Voice.Start(c.leg); err != nil {
		s.out.Phone.Hangup(c.leg)
		s.fault(now, "voice", err)
		s.note(now, Note{Kind: NoteEnded, Leg: c.leg, Text: "there is no sound", Err: err})
		s.out.Voice.Play(SoundUnavailable)
		s.setState(now, Idle)
		return
	}
	s.clearFault("voice")
	s.call = c
	s.limit.start(now)
	s.door.begin(codesFor(s.cfg, s.domains, c.with, c.placed))
	s.setState(now, InCall)
	s.note(now, Note{Kind: NoteEstablished, Leg: c.leg, Name: c.button, Text: c.with.String()})
	s.out.Voice.Play(SoundConnected)
}

// part ends the conversation. Who hung up needs no BYE. A relay that is on stays on for its pulse: the visitor is at the
// door, whatever the phone does.
func (s *Station) part(now time.Time, why string, bye bool) {
	c := s.call
	if bye {
		s.out.Phone.Hangup(c.leg)
	}
	s.out.Voice.Stop(c.leg)
	s.limit.stop()
	v := s.door.end(now)
	s.call = conversation{}
	s.setState(now, Idle)
	s.judge(now, v)
	s.note(now, Note{Kind: NoteEnded, Leg: c.leg, Name: c.button, Text: why})
	s.out.Voice.Play(SoundEnd)
}

// established is an answer. One for a leg the station has given up crossed with its end and is hung up.
func (s *Station) established(now time.Time, leg Leg) {
	if l, ok := s.ring.take(leg); ok {
		s.answered(now, l)
		return
	}
	switch {
	case s.state == Answering && s.incoming.leg == leg:
		with := s.incoming.from
		s.incoming = awaiting{}
		s.converse(now, conversation{leg: leg, with: with})
	case s.state == InCall && s.call.leg == leg:
	default:
		s.out.Phone.Hangup(leg)
	}
}

// ended is a leg that is no more. One the station has given up says nothing.
func (s *Station) ended(now time.Time, m Ended) {
	if l, ok := s.ring.take(m.Leg); ok {
		s.refused(now, l, m.Status)
		return
	}
	switch {
	case s.state == Answering && s.incoming.leg == m.Leg:
		s.incoming = awaiting{}
		s.note(now, Note{Kind: NoteEnded, Leg: m.Leg, Text: "the caller gave up", Status: m.Status})
		s.setState(now, Idle)
	case s.state == InCall && s.call.leg == m.Leg:
		why := "the other side hung up"
		if m.Status != 0 {
			why = fmt.Sprintf("%d %s", m.Status, m.Reason)
		}
		s.part(now, why, false)
	}
}

// soundLost ends a call whose other side has vanished without a BYE: a phone without power says nothing, and the door
// would be busy until the limit.
func (s *Station) soundLost(now time.Time, leg Leg) {
	if s.state == InCall && s.call.leg == leg {
		s.part(now, "nothing was heard for too long", true)
	}
}

// hangup ends whatever call there is.
func (s *Station) hangup(now time.Time, why string) {
	switch s.state {
	case Dialing:
		s.note(now, Note{Kind: NoteEnded, Name: s.ring.button.Name, Text: why})
		s.stopRinging(now, SoundEnd)
	case Answering:
		s.note(now, Note{Kind: NoteEnded, Leg: s.incoming.leg, Text: why})
		s.dropIncoming(now, statusUnavailable)
	case InCall:
		s.part(now, why, true)
	case Idle, Stopped:
	}
}

// pressed is a call button. The visitor comes before a caller who still waits to be answered.
func (s *Station) pressed(now time.Time, name string) {
	b, ok := s.buttons[name]
	if !ok {
		return
	}
	s.note(now, Note{Kind: NotePress, Name: name})
	switch s.state {
	case Idle:
		s.startRinging(now, b)
	case Dialing:
		s.pressedWhileDialing(now, b)
	case Answering:
		s.dropIncoming(now, statusBusy)
		s.startRinging(now, b)
	case InCall:
		own := s.call.button == name || s.call.button == ""
		if own && b.WhenInCall == config.PressHangup {
			s.part(now, "the button was pressed again", true)
		}
	case Stopped:
	}
}

// pressedWhileDialing cancels, or begins the time anew; another button corrects the first one.
func (s *Station) pressedWhileDialing(now time.Time, b config.Button) {
	switch {
	case b.Name != s.ring.button.Name:
		s.stopRinging(now, SoundSilence)
		s.startRinging(now, b)
	case b.WhenRinging == config.PressCancel:
		s.hangup(now, "the button was pressed again")
	case b.WhenRinging == config.PressRestart:
		s.ring.restart(now, s.cfg.Calls.RingTotal)
	}
}

// digit is a key of the other side. It counts in the conversation only.
func (s *Station) digit(now time.Time, m Digit) {
	if s.state != InCall || s.call.leg != m.Leg {
		return
	}
	if m.Key == '#' && s.canProlong {
		s.limit.start(now)
		s.note(now, Note{Kind: NoteProlonged, Leg: m.Leg})
		s.out.Voice.Play(SoundProlonged)
		return
	}
	v, code := s.door.digit(now, m.Key, m.Method)
	if v == verdictOpen {
		s.openByCode(now, code)
		return
	}
	s.judge(now, v)
}

// openByCode opens, and lets both sides hear it: the visitor must know when to push.
func (s *Station) openByCode(now time.Time, code config.Code) {
	if !s.open(now, code.Relay, code.Pulse, "code of "+s.call.with.String()) {
		s.out.Voice.Play(SoundDenied)
		return
	}
	s.out.Voice.Play(SoundOpen)
	if d := s.cfg.Calls.HangupAfterOpen; d > 0 {
		s.call.hangupAt = now.Add(d)
	}
}

// judge tells the world what the door policy found, other than an opening.
func (s *Station) judge(now time.Time, v verdict) {
	switch v {
	case verdictWrong:
		s.note(now, Note{Kind: NoteWrongCode, Status: s.door.wrong})
	case verdictLockout:
		s.note(now, Note{Kind: NoteLockout, Until: s.door.lockedUntil})
	case verdictIgnored:
		s.ignoreDigits(now)
		return
	case verdictNone, verdictOpen:
		return
	}
	if s.state == InCall {
		s.out.Voice.Play(SoundDenied)
	}
}

// ignoreDigits says once in a call why its digits do nothing.
func (s *Station) ignoreDigits(now time.Time) {
	if s.call.deaf {
		return
	}
	s.call.deaf = true
	why := "no code counts in a call with " + s.call.with.String()
	if now.Before(s.door.lockedUntil) {
		why = "locked out after wrong codes"
	}
	s.note(now, Note{Kind: NoteDigitIgnored, Leg: s.call.leg, Text: why, Until: s.door.lockedUntil})
}

// advanceCall warns before the limit and ends the call at it, or a while after opening.
func (s *Station) advanceCall(now time.Time) {
	if s.state != InCall {
		return
	}
	warn, over := s.limit.advance(now)
	switch {
	case over:
		s.part(now, "the call's limit is reached", true)
	case !s.call.hangupAt.IsZero() && !now.Before(s.call.hangupAt):
		s.part(now, "the door was opened", true)
	case warn:
		s.note(now, Note{Kind: NoteWarning, Leg: s.call.leg, Until: s.limit.end})
		s.out.Voice.Play(SoundWarning)
	}
}
