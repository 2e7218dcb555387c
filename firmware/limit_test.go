package firmware

import (
	"testing"
	"time"

	"intercom/firmware/config"
)

func TestCallLimit(t *testing.T) {
	h := newHarness(t, house)
	h.inCall()
	h.advance(170*time.Second - 1)
	h.wantNothing()
	h.advance(1)
	h.want("play warning")
	h.wantNote(NoteWarning)
	h.advance(10*time.Second - 1)
	h.wantNothing() // once
	h.wantState(InCall)
	h.advance(1)
	h.want("hang up 1", "voice off 1", "play end")
	h.wantState(Idle)
	if n := h.wantNote(NoteEnded); n.Text != "the call's limit is reached" {
		t.Errorf("note %+v", n)
	}
}

func TestReceivedCallHasTheLimitToo(t *testing.T) {
	h := newHarness(t, house)
	h.called(7, "11@example.org")
	h.advance(180 * time.Second)
	h.want("play warning", "hang up 7", "voice off 7", "play end")
}

func TestNumberSignProlongs(t *testing.T) {
	h := newHarness(t, house)
	leg := h.inCall()
	h.advance(175 * time.Second)
	h.want("play warning")
	h.enter(leg, "#")
	h.want("play prolonged")
	h.wantNote(NoteProlonged)
	h.advance(170*time.Second - 1)
	h.wantNothing()
	h.advance(1)
	h.want("play warning") // the new end has its warning too
	h.enter(leg, "#")
	h.advance(60 * time.Second)
	h.enter(leg, "#") // any time, not only after the warning
	h.want("play prolonged", "play prolonged")
	h.advance(180*time.Second - 1)
	h.wantState(InCall)
	h.advance(1)
	h.wantState(Idle)
	h.wantNoNote(NoteWrongCode) // it was no digit of a code
}

func TestNumberSignOfAnotherLeg(t *testing.T) {
	h := newHarness(t, house)
	h.inCall()
	h.advance(175 * time.Second)
	h.enter(2, "#")
	h.advance(5 * time.Second)
	h.wantState(Idle)
}

// TestNumberSignOfACode: where a code contains #, it opens and does not prolong.
func TestNumberSignOfACode(t *testing.T) {
	for _, digits := range []string{"#704", "2#04", "270#"} {
		h := newHarness(t, at("2704", digits))
		leg := h.inCall()
		h.enter(leg, digits)
		h.want("relay strike on", "play open")
		h.wantNoNote(NoteProlonged)
		h.advance(179 * time.Second)
		h.wantState(Idle)
	}
}

func TestProlongSwitchedOff(t *testing.T) {
	h := newHarness(t, at("[calls]\n", "[calls]\nprolong = false\n"))
	leg := h.inCall()
	h.advance(178 * time.Second)
	h.enter(leg, "#")
	h.wantNoNote(NoteProlonged)
	h.advance(2 * time.Second)
	h.wantState(Idle)
}

func TestLimitWithoutWarning(t *testing.T) {
	h := newHarness(t, at("[calls]\n", "[calls]\nwarning = \"0s\"\nlimit = \"30s\"\n"))
	h.inCall()
	h.advance(30*time.Second - 1)
	h.wantNothing()
	h.advance(1)
	h.want("hang up 1", "voice off 1", "play end")
}

func TestLimitAsAStruct(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := limit{settings: config.Calls{Limit: time.Minute, Warning: 10 * time.Second}}
	if warn, over := l.advance(start); warn || over || !l.deadline().IsZero() {
		t.Errorf("without a call: warn %v, over %v, deadline %v", warn, over, l.deadline())
	}
	l.start(start)
	if got := l.deadline().Sub(start); got != 50*time.Second {
		t.Errorf("first deadline after %v", got)
	}
	if warn, over := l.advance(start.Add(50*time.Second - 1)); warn || over {
		t.Errorf("early: warn %v, over %v", warn, over)
	}
	if warn, over := l.advance(start.Add(51 * time.Second)); !warn || over {
		t.Errorf("in the last seconds: warn %v, over %v", warn, over)
	}
	if got := l.deadline().Sub(start); got != time.Minute {
		t.Errorf("second deadline after %v", got)
	}
	if warn, over := l.advance(start.Add(time.Hour)); warn || !over {
		t.Errorf("late: warn %v, over %v", warn, over)
	}
	l.stop()
	if warn, over := l.advance(start.Add(time.Hour)); warn || over {
		t.Errorf("after the call: warn %v, over %v", warn, over)
	}
}

func TestEarliest(t *testing.T) {
	var zero time.Time
	a := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b := a.Add(time.Second)
	for _, tt := range []struct{ x, y, want time.Time }{{zero, zero, zero}, {a, zero, a}, {zero, a, a}, {a, b, a}, {b, a, a}, {a, a, a}} {
		if got := earliest(tt.x, tt.y); !got.Equal(tt.want) {
			t.Errorf("earliest of %v and %v: %v", tt.x, tt.y, got)
		}
	}
}
