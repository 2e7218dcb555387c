package firmware

import (
	"time"
)

// ackTimeout ends a call to the door whose ACK never came. The agent gives up after 32 s (RFC 3261 section 13.3.1.4); this
// is for an agent that does not say so.
const ackTimeout = 40 * time.Second

// Statuses of refusals (RFC 3261 section 21.4).
const (
	statusUnavailable = 480
	statusBusy        = 486
)

// awaiting is a call to the door that will be answered.
type awaiting struct {
	leg      Leg
	from     party
	answerAt time.Time // zero = answered, or no call
	giveUpAt time.Time
}

// deadline is when to answer, and then when to give up.
func (a *awaiting) deadline() time.Time { return earliest(a.answerAt, a.giveUpAt) }

// received decides about a call to the door. Nobody stands at the door to pick up, so a call is answered by itself or refused;
// answered is only who is on the list, for an open microphone at the street is a bugging device.
func (s *Station) received(now time.Time, m Incoming) {
	from := partyOf(m.From, m.Trusted)
	if status := s.refusal(from); status != 0 {
		s.out.Phone.Reject(m.Leg, status)
		s.note(now, Note{Kind: NoteCaller, Leg: m.Leg, Text: from.String(), Status: status})
		return
	}
	s.note(now, Note{Kind: NoteCaller, Leg: m.Leg, Text: from.String()})
	s.out.Phone.Ring(m.Leg)
	s.incoming = awaiting{leg: m.Leg, from: from, answerAt: now.Add(s.cfg.Calls.AutoAnswerDelay)}
	s.setState(now, Answering)
}

// refusal returns the status for a caller who is not let in. Only those who are learn that the door is busy.
func (s *Station) refusal(from party) int {
	calls := s.cfg.Calls
	switch {
	case !calls.AutoAnswer, !(allowList{calls.Allowed, s.domains}).has(from):
		return calls.Reject.Status()
	case s.state != Idle:
		return statusBusy
	default:
		return 0
	}
}

// advanceAnswering answers when the delay is over. The conversation begins with the ACK: before it, the caller may not
// have heard of the answer at all.
func (s *Station) advanceAnswering(now time.Time) {
	a := &s.incoming
	if !a.answerAt.IsZero() && !now.Before(a.answerAt) {
		a.answerAt, a.giveUpAt = time.Time{}, now.Add(ackTimeout)
		s.out.Phone.Answer(a.leg)
	}
	if !a.giveUpAt.IsZero() && !now.Before(a.giveUpAt) {
		s.note(now, Note{Kind: NoteEnded, Leg: a.leg, Text: "the answer was never acknowledged"})
		s.dropIncoming(now, 0)
	}
}

// dropIncoming ends a call that is not a conversation yet: refused with a status, or hung up when the answer is out.
func (s *Station) dropIncoming(now time.Time, status int) {
	if s.incoming.answerAt.IsZero() {
		s.out.Phone.Hangup(s.incoming.leg)
	} else {
		s.out.Phone.Reject(s.incoming.leg, status)
	}
	s.incoming = awaiting{}
	s.setState(now, Idle)
}
