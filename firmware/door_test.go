package firmware

import (
	"strings"
	"testing"
	"time"

	"intercom/firmware/config"
	"intercom/sipua/sip"
)

func TestCodeOpensInACallTheDoorPlaced(t *testing.T) {
	h := newHarness(t, house)
	leg := h.inCall()
	h.enter(leg, "270")
	h.wantNothing()
	h.wantRelay("strike", false)
	h.enter(leg, "4")
	h.want("relay strike on", "play open")
	if n := h.wantNote(NoteRelayOn); n.Name != "strike" || n.Text != "code of sip:11@example.org" {
		t.Errorf("note %+v", n)
	}
	h.advance(3*time.Second - 1)
	h.wantNothing()
	h.wantRelay("strike", true)
	h.advance(1)
	h.want("relay strike off")
	h.wantState(InCall)
}

// TestDigitsThatMustNotOpen holds each way a code might be taken where none may.
func TestDigitsThatMustNotOpen(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(h *harness)
	}{
		{"no call", func(h *harness) { h.enter(1, "2704") }},
		{"ringing, not answered", func(h *harness) { h.press("front"); h.enter(1, "2704") }},
		{"ringing, alerting", func(h *harness) { h.press("front"); h.receive(Ringing{1}); h.enter(1, "2704") }},
		{"another leg", func(h *harness) { h.enter(h.inCall()+1, "2704") }},
		{"a leg that was cancelled", func(h *harness) { h.inCall(); h.enter(2, "2704") }},
		{"no leg", func(h *harness) { h.inCall(); h.enter(0, "2704") }},
		{"call is over", func(h *harness) { leg := h.inCall(); h.end(leg, 0); h.enter(leg, "2704") }},
		{"caller waits to be answered", func(h *harness) { h.call(9, "11@example.org"); h.enterQuickly(9, "2704") }},
		{"answer without ACK", func(h *harness) { h.call(9, "11@example.org"); h.advance(2 * time.Second); h.enter(9, "2704") }},
		{"caller who was refused", func(h *harness) { h.call(9, "66@example.org"); h.enter(9, "2704") }},
		{"caller of the other code's list", func(h *harness) { h.called(9, "guard@security.example"); h.enter(9, "2704") }},
		{"code of the other list", func(h *harness) { h.called(9, "11@example.org"); h.enter(9, "386915") }},
		{"code not for placed calls", func(h *harness) { h.enter(h.inCall(), "386915") }},
		{"first digit twice", func(h *harness) { h.enter(h.inCall(), "22704") }},
		{"last digit missing", func(h *harness) { h.enter(h.inCall(), "270") }},
		{"middle digit twice", func(h *harness) { h.enter(h.inCall(), "27704") }},
		{"digits swapped", func(h *harness) { h.enter(h.inCall(), "2740") }},
		{"code behind a wrong digit", func(h *harness) { h.enter(h.inCall(), "92704") }},
		{"pause before the last digit", func(h *harness) {
			leg := h.inCall()
			h.enter(leg, "270")
			h.advance(3 * time.Second)
			h.enter(leg, "4")
		}},
		{"pause that the loop slept through", func(h *harness) {
			leg := h.inCall()
			h.enter(leg, "270")
			h.now = h.now.Add(3 * time.Second) // no Advance at the deadline
			h.enter(leg, "4")
		}},
		{"split over two calls", func(h *harness) {
			leg := h.inCall()
			h.enter(leg, "27")
			h.end(leg, 0)
			h.enterQuickly(h.inCall(), "04")
		}},
		{"split over two calls by the limit", func(h *harness) {
			leg := h.inCall()
			h.advance(179 * time.Second)
			h.enter(leg, "27")
			h.advance(time.Second)
			h.enterQuickly(h.inCall(), "04")
		}},
		{"split over two methods", func(h *harness) {
			leg := h.inCall()
			h.enterBy(leg, "27", config.DTMFRTP)
			h.enterBy(leg, "04", config.DTMFInfo)
		}},
		{"method that is off", func(h *harness) { h.enterBy(h.inCall(), "2704", config.DTMFInband) }},
		{"unknown method", func(h *harness) { h.enterBy(h.inCall(), "2704", "telepathy") }},
		{"no keys", func(h *harness) { h.enter(h.inCall(), "ABCD\x00\xff") }},
		{"empty code", func(h *harness) { h.enter(h.inCall(), "") }},
		{"locked out", func(h *harness) { leg := h.inCall(); h.wrong(leg, 5); h.enter(leg, "2704") }},
		{"locked out, next call", func(h *harness) {
			leg := h.inCall()
			h.wrong(leg, 5)
			h.end(leg, 0)
			h.enter(h.inCall(), "2704")
		}},
		{"stopped", func(h *harness) { leg := h.inCall(); h.receive(Shutdown{}); h.enter(leg, "2704") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t, house)
			tt.do(h)
			h.wantRelay("strike", false)
			h.wantRelay("gate", false)
			h.wantNoNote(NoteRelayOn)
			h.advance(2500 * time.Millisecond)
			h.wantNoNote(NoteRelayOn)
			for _, e := range h.effects {
				if strings.HasPrefix(e, "relay") && strings.HasSuffix(e, "on") {
					t.Errorf("effect %q", e)
				}
			}
		})
	}
}

// enterQuickly enters keys 50 ms apart.
func (h *harness) enterQuickly(leg Leg, keys string) {
	h.t.Helper()
	for i := range len(keys) {
		h.receive(Digit{leg, keys[i], config.DTMFRTP})
		h.advance(50 * time.Millisecond)
	}
}

// called brings the station into a call that came to it.
func (h *harness) called(leg Leg, from string) {
	h.t.Helper()
	h.call(leg, from)
	h.advance(2 * time.Second)
	h.answer(leg)
	h.wantState(InCall)
	h.forget()
}

// wrong enters n wrong codes.
func (h *harness) wrong(leg Leg, n int) {
	h.t.Helper()
	for range n {
		h.enterQuickly(leg, "9999")
	}
}

func TestCodeInACallToTheDoor(t *testing.T) {
	h := newHarness(t, house)
	h.called(9, "11@example.org")
	h.enter(9, "2704")
	h.want("relay strike on", "play open")

	h = newHarness(t, house)
	h.called(9, "guard@security.example")
	h.enter(9, "386915")
	h.want("relay gate on", "play open")
	h.advance(time.Second)
	h.want("relay gate off")
}

// TestCodeForSomeTargetsOnly: with placed_calls off, a code counts in a call the door placed if the target is on its list.
func TestCodeForSomeTargetsOnly(t *testing.T) {
	text := at("relay = \"strike\"\nallowed = [\"11\"]", "relay = \"strike\"\nplaced_calls = false\nallowed = [\"11\"]")
	h := newHarness(t, text)
	h.press("front")
	h.answer(2) // 12
	h.enterQuickly(2, "2704")
	h.wantRelay("strike", false)
	h.end(2, 0)
	h.press("front")
	h.answer(3) // 11
	h.enterQuickly(3, "2704")
	h.wantRelay("strike", true)
}

// TestVisit is the whole job of an evening, effect by effect.
func TestVisit(t *testing.T) {
	h := newHarness(t, house)
	h.register()
	h.press("front") // nobody hears it
	h.advance(20 * time.Second)
	h.want("play ringback", "dial 1 sip:11@example.org", "dial 2 sip:12@example.org", "hang up 1", "hang up 2", "play unavailable")

	h.press("side") // the second target is busy, the third answers
	h.end(3, 480)
	h.end(4, 486)
	h.receive(Ringing{5})
	h.answer(5)
	h.want("play ringback", "dial 3 sip:21@example.org", "dial 4 sip:22@example.org", "dial 5 sip:23@example.org", "voice on 5", "play connected")

	h.enterQuickly(5, "2740") // in a hurry
	h.want("play denied")
	h.enterQuickly(5, "2704")
	h.want("relay strike on", "play open")
	h.input("contact", true)
	h.wantNoNote(NoteForced)
	h.end(5, 0)
	h.want("voice off 5", "play end")
	h.advance(4 * time.Second)
	h.want("relay strike off")
	h.input("contact", false)

	h.call(6, "11@example.org") // did they shut it?
	h.advance(2 * time.Second)
	h.answer(6)
	h.want("ring 6", "answer 6", "voice on 6", "play connected")
	h.call(7, "66@example.org")
	h.want("reject 7 603")
	h.receive(SoundLost{6})
	h.want("hang up 6", "voice off 6", "play end")

	h.input("exit", true) // and out again
	h.want("relay strike on", "play open")
	h.receive(Shutdown{})
	h.want("relay strike off")
}

func TestCallerWithoutAnyCode(t *testing.T) {
	h := newHarness(t, at(`allowed = ["11", "sip:guard@security.example"]`, `allowed = ["*"]`))
	h.called(9, "66@example.org")
	for range 10 {
		h.enterQuickly(9, "2704")
	}
	h.wantRelay("strike", false)
	h.wantNothing() // he is not even told that it was wrong
	if n := h.wantNote(NoteDigitIgnored); n.Text != "no code counts in a call with sip:66@example.org" {
		t.Errorf("note %+v", n)
	}
	h.wantNoNote(NoteDigitIgnored) // once a call
	h.wantNoNote(NoteLockout)      // a stranger cannot lock the others out
	h.end(9, 0)
	h.enter(h.inCall(), "2704")
	h.wantRelay("strike", true)
}

func TestForgedCallerMayNotOpen(t *testing.T) {
	h := newHarness(t, at(`allowed = ["11", "sip:guard@security.example"]`, `allowed = ["*"]`))
	h.receive(Incoming{Leg: 9, From: sip.URI{Scheme: "sip", User: "11", Host: "example.org"}})
	h.advance(2 * time.Second)
	h.answer(9)
	h.wantState(InCall)
	h.enter(9, "2704")
	h.wantRelay("strike", false)
	h.wantNote(NoteDigitIgnored)
}

func TestCodeByInfo(t *testing.T) {
	h := newHarness(t, house)
	leg := h.inCall()
	h.enterBy(leg, "2704", config.DTMFInfo)
	h.wantRelay("strike", true)
}

func TestDigitsByTwoMethodsCountOnce(t *testing.T) {
	h := newHarness(t, house)
	leg := h.inCall()
	for _, key := range []byte("2704") {
		h.wantRelay("strike", false)
		h.receive(Digit{leg, key, config.DTMFInfo})
		h.receive(Digit{leg, key, config.DTMFRTP})
	}
	h.wantRelay("strike", true)
	h.wantNoNote(NoteWrongCode)
}

func TestDigitsHeardInTheSoundGiveWay(t *testing.T) {
	h := newHarness(t, house+"[dtmf]\nmethods = [\"rtp\", \"info\", \"inband\"]\n")
	leg := h.inCall()
	h.enterBy(leg, "5", config.DTMFInband) // a cough that sounded like a 5
	h.enterBy(leg, "2704", config.DTMFRTP)
	h.wantRelay("strike", true)
	h.advance(10 * time.Second)
	h.wantRelay("strike", false)
	h.enterBy(leg, "2704", config.DTMFInband) // the echo of the phone's own tones
	h.wantRelay("strike", false)

	h.end(leg, 0)
	h.enterBy(h.inCall(), "2704", config.DTMFInband)
	h.wantRelay("strike", true)
}

func TestKeysNoTelephoneHasDoNotDisturb(t *testing.T) {
	h := newHarness(t, house)
	h.enter(h.inCall(), "2A7\x000B4")
	h.wantRelay("strike", true)
}

func TestDigitsWithoutACallSayNothing(t *testing.T) {
	h := newHarness(t, house)
	h.enter(0, "2704")
	h.wantNoNote(NoteDigitIgnored)
	h.wantNothing()
}

func TestWrongCodeIsDeniedAtFullLength(t *testing.T) {
	h := newHarness(t, house)
	leg := h.inCall()
	h.enter(leg, "999")
	h.wantNothing() // a wrong beginning looks like a right one
	h.enter(leg, "9")
	h.want("play denied")
	if n := h.wantNote(NoteWrongCode); n.Status != 1 {
		t.Errorf("note %+v", n)
	}
	h.enter(leg, "2704")
	h.wantRelay("strike", true)
}

// TestBeginningsLookAlike: good and bad beginnings, cut off by a pause, are held against the caller alike.
func TestBeginningsLookAlike(t *testing.T) {
	for _, beginning := range []string{"2", "27", "270", "9", "99", "999"} {
		h := newHarness(t, house)
		leg := h.inCall()
		h.enterQuickly(leg, beginning)
		h.wantNothing()
		h.advance(3*time.Second - 51*time.Millisecond)
		h.wantNothing()
		h.advance(2 * time.Millisecond)
		h.want("play denied")
		h.wantNote(NoteWrongCode)
	}
}

func TestHangingUpDoesNotHideAGuess(t *testing.T) {
	h := newHarness(t, house)
	for i := range 5 {
		leg := h.inCall()
		h.wantNoNote(NoteLockout)
		h.enterQuickly(leg, "271")
		h.end(leg, 0)
		if i < 4 {
			if n := h.wantNote(NoteWrongCode); n.Status != i+1 {
				t.Errorf("note %+v", n)
			}
		}
	}
	h.wantNote(NoteLockout)
	h.enter(h.inCall(), "2704")
	h.wantRelay("strike", false)
}

func TestLockoutDoublesAndSurvivesCalls(t *testing.T) {
	h := newHarness(t, house)
	leg := h.inCall()
	h.wrong(leg, 4)
	h.wantNoNote(NoteLockout)
	length := 60 * time.Second
	for range 9 {
		h.end(leg, 0)
		leg = h.inCall()
		missing := 5
		if length == 60*time.Second {
			missing = 1 // four were in the call before
		}
		h.wrong(leg, missing)
		locked := h.wantNote(NoteLockout).Until
		if got := locked.Sub(h.now).Round(time.Second); got != length {
			t.Fatalf("locked for %v, want %v", got, length)
		}
		h.end(leg, 0)
		leg = h.inCall()
		h.advance(locked.Sub(h.now) - 1)
		if h.station.State() != InCall { // the limit ended it meanwhile
			leg = h.inCall()
		}
		h.receive(Digit{leg, '2', config.DTMFRTP})
		h.wantNote(NoteDigitIgnored)
		h.advance(1)
		length = min(2*length, time.Hour)
	}
	h.enter(leg, "2704")
	h.wantRelay("strike", true) // after the lockout the code is good again
}

func TestRightCodeForgivesWrongOnes(t *testing.T) {
	h := newHarness(t, house)
	leg := h.inCall()
	h.wrong(leg, 4)
	h.enter(leg, "2704")
	h.wantRelay("strike", true)
	h.wrong(leg, 4)
	h.wantNoNote(NoteLockout)
	h.wrong(leg, 1)
	if got := h.wantNote(NoteLockout).Until.Sub(h.now).Round(time.Second); got != time.Minute {
		t.Errorf("locked for %v, want the first length", got)
	}
}

func TestWrongCodesAreForgottenInADay(t *testing.T) {
	h := newHarness(t, house)
	leg := h.inCall()
	h.wrong(leg, 4)
	h.end(leg, 0)
	h.advance(forgetWrong - time.Minute)
	leg = h.inCall()
	h.wrong(leg, 1)
	h.wantNote(NoteLockout) // not forgotten yet
	h.end(leg, 0)
	h.advance(forgetWrong + time.Minute)
	leg = h.inCall()
	h.wrong(leg, 4)
	h.wantNoNote(NoteLockout)
	h.wrong(leg, 1)
	if got := h.wantNote(NoteLockout).Until.Sub(h.now).Round(time.Second); got != time.Minute {
		t.Errorf("locked for %v, want the first length", got)
	}
}

func TestNotesHoldNoDigits(t *testing.T) {
	h := newHarness(t, house)
	leg := h.inCall()
	h.diary = nil
	h.enter(leg, "2704")
	h.enter(leg, "9753")
	h.end(leg, 0)
	for _, n := range h.diary {
		if strings.Contains(n.Text+n.Name, "2704") || strings.Contains(n.Text+n.Name, "9753") {
			t.Errorf("digits in %+v", n)
		}
	}
}

func TestHangupAfterOpening(t *testing.T) {
	h := newHarness(t, at("[calls]\n", "[calls]\nhangup_after_open = \"4s\"\n"))
	leg := h.inCall()
	h.wrong(leg, 1)
	h.forget()
	h.advance(20 * time.Second)
	h.wantState(InCall) // a wrong code does not hang up
	h.enter(leg, "2704")
	h.want("relay strike on", "play open")
	h.advance(4*time.Second - 1)
	h.want("relay strike off")
	h.wantState(InCall)
	h.advance(1)
	h.want("hang up 1", "voice off 1", "play end")
	h.wantState(Idle)
	h.advance(time.Minute)
	h.wantNothing() // and does not hang up the next one
}

func TestRelayOutlivesTheCall(t *testing.T) {
	h := newHarness(t, house)
	leg := h.inCall()
	h.enter(leg, "2704")
	h.forget()
	h.end(leg, 0)
	h.want("voice off 1", "play end")
	h.wantRelay("strike", true)
	h.advance(3 * time.Second)
	h.want("relay strike off")
}
