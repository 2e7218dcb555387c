package haltest

import (
	"testing"
	"testing/synctest"
	"time"

	"intercom/hal"
)

// Rig is a board and the outside of it.
type Rig struct {
	Board hal.Board
	// Drive makes a button or input active or not at once, as a wire without bounce.
	Drive func(name string, active bool)
	// Levels are the electrical levels, true high, that a lamp or relay had since the board was opened, the one
	// at opening first. What: "lamp" or "relay". It works after Close too.
	Levels func(what, name string) []bool
	// Freewheel lets the card lose what is in its rings, as after a stop of the process (an xrun).
	Freewheel func()
	// Echo is the acoustic delay in samples between the rig's loudspeaker and microphone; the gain is 1.
	Echo int
}

// Open makes a rig with this wiring. The suite's wiring is valid on a Pi's header.
type Open func(t *testing.T, w hal.Wiring) Rig

// Wiring is what the suite's rigs have: buttons front (to ground) and back (to the supply), inputs contact and
// exit, lamps ring and open, relays strike (active low) and gate.
func Wiring() hal.Wiring {
	return hal.Wiring{
		Buttons: []hal.InputLine{
			{Name: "front", Offset: 17, ActiveLow: true, Stuck: 30 * time.Second},
			{Name: "back", Offset: 27, Settle: 10 * time.Millisecond},
		},
		Inputs: []hal.InputLine{{Name: "contact", Offset: 22, ActiveLow: true}, {Name: "exit", Offset: 23}},
		Lamps:  []hal.OutputLine{{Name: "ring", Offset: 24}, {Name: "open", Offset: 25, ActiveLow: true}},
		Relays: []hal.OutputLine{{Name: "strike", Offset: 5, ActiveLow: true}, {Name: "gate", Offset: 6}},
	}
}

// Run runs the whole suite, each part as a subtest on a fresh rig.
func Run(t *testing.T, open Open) {
	parts := map[string]func(*testing.T, Rig){
		"outputs start inactive":     startInactive,
		"outputs follow":             outputsFollow,
		"unknown names":              unknownNames,
		"close leaves all inert":     closeInert,
		"close twice":                closeTwice,
		"closed board":               closedBoard,
		"press":                      press,
		"one press in spite bounce":  bounce,
		"short press":                shortPress,
		"glitch while held":          glitchHeld,
		"events in order":            order,
		"inputs":                     inputs,
		"stuck button":               stuck,
		"noise":                      noise,
		"late consumer":              lateConsumer,
		"guarded":                    guarded,
		"concurrent callers":         concurrent,
		"sound period":               soundPeriod,
		"sound delay":                soundDelay,
		"sound delay after xrun":     soundDelayXrun,
		"sound busy and reopened":    soundBusy,
		"sound close wakes":          soundCloseWakes,
		"sound closed by board":      soundBoardClose,
		"sound refuses wrong length": soundLength,
		"sound refuses bad config":   soundConfig,
	}
	for name, part := range parts {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rig := open(t, Wiring())
				defer func() {
					if err := rig.Board.Close(); err != nil {
						t.Errorf("Close after the test: %v", err)
					}
				}()
				part(t, rig)
			})
		})
	}
}

// clock is the suite's only one: the bubble's, in which a tolerance of a millisecond is a generous one.
func clock() time.Time { return time.Now() }

// pass lets the bubble's time go by.
func pass(d time.Duration) { time.Sleep(d) }

// want fails unless the next event comes by itself and is of this kind and name.
func want(t *testing.T, rig Rig, kind hal.Kind, name string) hal.Event {
	t.Helper()
	select {
	case e, open := <-rig.Board.Events():
		if !open {
			t.Fatalf("events are closed, want %v %s", kind, name)
		}
		if e.Kind != kind || e.Name != name {
			t.Fatalf("event %v %q (%v), want %v %q", e.Kind, e.Name, e.Err, kind, name)
		}
		return e
	case <-time.After(time.Hour):
		t.Fatalf("no event, want %v %s", kind, name)
	}
	return hal.Event{}
}

// wantIdle fails if an event comes within d.
func wantIdle(t *testing.T, rig Rig, d time.Duration) {
	t.Helper()
	select {
	case e, open := <-rig.Board.Events():
		t.Fatalf("event %v %q (%v, channel open %v), want none for %v", e.Kind, e.Name, e.Err, open, d)
	case <-time.After(d):
	}
}

// wantLevels fails unless an output had exactly these levels since the start.
func wantLevels(t *testing.T, rig Rig, what, name string, levels ...bool) {
	t.Helper()
	synctest.Wait()
	got := rig.Levels(what, name)
	if len(got) != len(levels) {
		t.Fatalf("%s %s had levels %v, want %v", what, name, got, levels)
	}
	for i := range got {
		if got[i] != levels[i] {
			t.Fatalf("%s %s had levels %v, want %v", what, name, got, levels)
		}
	}
}

// must fails on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
