package firmware

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"intercom/firmware/config"
	"intercom/sipua/sip"
)

func TestShutdown(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(h *harness)
		want    []string
	}{
		"idle":      {func(*harness) {}, nil},
		"dialing":   {func(h *harness) { h.press("front") }, []string{"hang up 1", "hang up 2", "play end"}},
		"answering": {func(h *harness) { h.call(9, "11@example.org") }, []string{"reject 9 480"}},
		"answered":  {func(h *harness) { h.call(9, "11@example.org"); h.advance(2 * time.Second) }, []string{"hang up 9"}},
		"in call":   {func(h *harness) { h.inCall() }, []string{"hang up 1", "voice off 1", "play end"}},
		"door open": {func(h *harness) { h.enterQuickly(h.inCall(), "2704") },
			[]string{"relay strike off", "hang up 1", "voice off 1", "play end"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, lit)
			tt.prepare(h)
			h.forget()
			h.receive(Shutdown{})
			h.want(tt.want...)
			h.wantState(Stopped)
			h.wantLamps()
			if next := h.station.Deadline(); !next.IsZero() {
				t.Errorf("a deadline at %v", next)
			}
			for _, m := range everyMessage() {
				h.receive(m)
			}
			h.advance(time.Hour)
			h.wantNothing()
			h.wantLamps()
		})
	}
}

// everyMessage lists one message of each type and more that may do harm.
func everyMessage() []Message {
	caller := sip.URI{Scheme: "sip", User: "11", Host: "example.org"}
	return []Message{Pressed{"front"}, Pressed{"side"}, InputChanged{Input: "exit", On: true}, InputChanged{Input: "contact", On: true}, Faulted{"x", errTest},
		RegistrationChanged{"main", nil}, Incoming{Leg: 9, From: caller, Trusted: true}, Ringing{1}, Established{1}, Established{9}, Ended{1, 0, ""},
		Digit{1, '2', config.DTMFRTP}, SoundLost{1}, HangupCommand{}, Shutdown{}}
}

func TestEveryMessageInEveryState(t *testing.T) {
	for state, prepare := range map[State]func(h *harness){
		Idle:      func(*harness) {},
		Dialing:   func(h *harness) { h.press("side") },
		Answering: func(h *harness) { h.call(9, "11@example.org") },
		InCall:    func(h *harness) { h.inCall() },
		Stopped:   func(h *harness) { h.receive(Shutdown{}) },
	} {
		for _, m := range everyMessage() {
			t.Run(fmt.Sprintf("%v/%T", state, m), func(t *testing.T) {
				h := newHarness(t, lit)
				prepare(h)
				h.wantState(state)
				h.receive(m)
				h.backToIdle()
			})
		}
	}
}

// backToIdle lets an hour pass, in which nothing happens outside: no call lasts that long, no relay, no wait.
func (h *harness) backToIdle() {
	h.t.Helper()
	h.advance(time.Hour)
	if s := h.station.State(); s != Idle && s != Stopped {
		h.t.Errorf("an hour later the station is %v", s)
	}
	for name := range h.onSince {
		h.t.Errorf("an hour later relay %s is on", name)
	}
	if h.voice != 0 {
		h.t.Errorf("an hour later the voice of leg %d is on", h.voice)
	}
}

func TestStationNeedsItsOutside(t *testing.T) {
	defer func() {
		if r := recover(); r == nil || !strings.HasPrefix(fmt.Sprint(r), "BUG: ") {
			t.Errorf("recovered %v", r)
		}
	}()
	cfg := config.Default()
	NewStation(&cfg, Outside{})
}

func TestStationWithoutJournal(t *testing.T) {
	h := newHarness(t, house)
	h.station.out.Journal = nil
	h.press("front")
	h.answer(1)
	h.enterQuickly(1, "2704")
	h.wantRelay("strike", true)
}

func TestWords(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{Idle.String(), "idle"}, {Stopped.String(), "stopped"}, {State(99).String(), "unknown state"},
		{SoundSilence.String(), "silence"}, {SoundEnd.String(), "end"}, {Sound(99).String(), "unknown sound"},
		{NoteState.String(), "state"}, {NoteRegistered.String(), "registered"}, {NoteKind(0).String(), "no note"}, {NoteKind(99).String(), "no note"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
	for k := NoteState; k <= NoteRegistered; k++ {
		if k.String() == "" {
			t.Errorf("note %d has no word", k)
		}
	}
}

// TestMonth runs a month of visitors through a station: state stays bounded and every visit is like the first.
func TestMonth(t *testing.T) {
	h := newHarness(t, lit)
	h.register()
	for day := range 30 {
		h.forget()
		h.press("front")
		h.advance(7 * time.Second)
		leg := h.legs - Leg(day%2)
		h.answer(leg)
		h.enter(leg, "2704")
		h.wantRelay("strike", true)
		h.advance(time.Minute)
		h.wantRelay("strike", false)
		h.end(leg, 0)
		h.wantState(Idle)
		h.advance(10 * time.Minute)
		if len(h.station.ring.legs) != 0 || len(h.station.door.entry) != 0 || h.station.health.ill() {
			t.Fatalf("day %d leaves %+v, %+v, %+v", day, h.station.ring, h.station.door.entry, h.station.health)
		}
	}
}

func BenchmarkAdvanceIdle(b *testing.B) {
	cfg, err := config.Parse("bench.toml", []byte(lit))
	if err != nil {
		b.Fatal(err)
	}
	h := &harness{lamps: map[string]bool{}, blinks: map[string]int{}, onSince: map[string]time.Time{}}
	s := NewStation(cfg, Outside{Phone: phone{h}, Voice: voice{h}, Board: board{h}})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(10 * time.Millisecond)
		s.Advance(now)
	}
}
