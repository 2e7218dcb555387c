package firmware

import (
	"testing"
	"time"

	"intercom/firmware/config"
)

func TestRelayStateTimes(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	type pulse struct{ when, length float64 }
	for _, tt := range []struct {
		name    string
		pulses  []pulse
		refused int     // how many of them
		off     float64 // after the last one
		cut     bool
	}{
		{"one", []pulse{{0, 3}}, 0, 3, false},
		{"extended", []pulse{{0, 3}, {2, 3}}, 0, 5, false},
		{"a shorter one does not shorten", []pulse{{0, 3}, {1, 1}}, 0, 3, false},
		{"exactly the ceiling", []pulse{{0, 5}}, 0, 5, false},
		{"beyond the ceiling", []pulse{{0, 9}}, 0, 5, true},
		{"extended beyond the ceiling", []pulse{{0, 3}, {2.5, 3}}, 0, 5, true},
		{"extended to the ceiling", []pulse{{0, 3}, {2, 3}}, 0, 5, false},
		{"extended for ever", []pulse{{0, 3}, {1, 3}, {2, 3}, {3, 3}, {4, 3}, {4.9, 3}}, 0, 5, true},
		{"again after its pulse", []pulse{{0, 3}, {3, 3}}, 0, 6, false},
		{"again right after a cut", []pulse{{0, 9}, {5, 3}, {5.9, 3}}, 2, 5, true},
		{"again when it has rested", []pulse{{0, 9}, {6, 3}}, 0, 9, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := relayState{config: config.Relay{Ceiling: 5 * time.Second}}
			refused := 0
			for _, p := range tt.pulses {
				if r.on && !at(p.when).Before(r.deadline()) {
					r.closed(r.deadline())
				}
				if r.open(at(p.when), time.Duration(p.length*float64(time.Second))) {
					r.on = true
				} else {
					refused++
				}
			}
			if refused != tt.refused || !r.off.Equal(at(tt.off)) || r.cut != tt.cut {
				t.Errorf("refused %d, off after %v, cut %v; want %d, %vs, %v", refused, r.off.Sub(start), r.cut, tt.refused, tt.off, tt.cut)
			}
		})
	}
}

func TestRelayThatIsOffHasNoDeadline(t *testing.T) {
	var r relayState
	if !r.deadline().IsZero() {
		t.Errorf("deadline %v", r.deadline())
	}
}

func TestBusyRelayIsExtendedNotSwitched(t *testing.T) {
	h := newHarness(t, house)
	leg := h.inCall()
	h.enterQuickly(leg, "2704")
	h.want("relay strike on", "play open")
	h.advance(2 * time.Second)
	h.enterQuickly(leg, "2704")
	h.want("play open")
	h.advance(2500 * time.Millisecond)
	h.wantRelay("strike", true)
	h.advance(500 * time.Millisecond)
	h.want("relay strike off")
}

// TestCeilingWins: whoever keeps the exit button hot opens for the ceiling, no longer.
func TestCeilingWins(t *testing.T) {
	h := newHarness(t, at("relay = \"gate\"\n", "relay = \"gate\"\n", "role = \"exit\"", "role = \"exit\"\nrelay = \"gate\""))
	for range 100 {
		h.input("exit", true)
		h.input("exit", false)
		h.advance(100 * time.Millisecond) // harness.check holds the ceiling
	}
	ons, cuts := 0, 0
	for _, n := range h.diary {
		switch {
		case n.Kind == NoteRelayOn:
			ons++
		case n.Kind == NoteRelayOff && n.Text == "its ceiling is reached":
			cuts++
		}
	}
	if ons != 2 || cuts != 1 {
		t.Errorf("in 10 s on %d times and cut %d times; want on at 0 and at 6 s, cut at 5 s", ons, cuts)
	}
	h.wantNote(NoteRelayRefused)
}

func TestRelayThatRefusesToGoOn(t *testing.T) {
	h := newHarness(t, house)
	leg := h.inCall()
	h.failRelay = func(on bool) error {
		if on {
			return errTest
		}
		return nil
	}
	h.enterQuickly(leg, "2704")
	h.want("relay strike refuses", "relay strike off", "play denied") // made sure that it is off
	h.wantNoNote(NoteRelayOn)
	h.wantNote(NoteFault)
	if !h.station.health.ill() {
		t.Error("the station feels well")
	}
	h.advance(10 * time.Second)
	h.wantNothing()

	h.failRelay = nil
	h.enterQuickly(leg, "2704")
	h.want("relay strike on", "play open")
	if len(h.station.health.faults) != 0 {
		t.Errorf("faults %v", h.station.health.faults)
	}
}

// TestRelayThatRefusesToGoOff is tried again, in every state, until it obeys.
func TestRelayThatRefusesToGoOff(t *testing.T) {
	for name, after := range map[string]func(h *harness){
		"in the call":      func(*harness) {},
		"after the call":   func(h *harness) { h.end(1, 0) },
		"when it has shut": func(h *harness) { h.receive(Shutdown{}) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, house)
			h.enterQuickly(h.inCall(), "2704")
			h.failRelay = func(bool) error { return errTest }
			after(h)
			h.advance(3 * time.Second)
			h.forget()
			h.advance(2 * time.Second)
			if len(h.effects) < 4 {
				t.Fatalf("tried again %d times in 2 s", len(h.effects))
			}
			h.wantNoNote(NoteFault) // told once, before
			h.forget()
			h.failRelay = nil
			h.advance(relayRetry)
			h.want("relay strike off")
			h.advance(time.Minute)
			h.wantNothing()
		})
	}
}
