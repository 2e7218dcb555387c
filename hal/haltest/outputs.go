package haltest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"intercom/hal"
)

// High and low, as a voltmeter says it.
const (
	low  = false
	high = true
)

func startInactive(t *testing.T, rig Rig) {
	pass(time.Second)
	wantLevels(t, rig, "relay", "strike", high) // active low: at rest the line is high, from the first moment on
	wantLevels(t, rig, "relay", "gate", low)
	wantLevels(t, rig, "lamp", "ring", low)
	wantLevels(t, rig, "lamp", "open", high)
}

func outputsFollow(t *testing.T, rig Rig) {
	must(t, rig.Board.SetRelay("strike", true))
	wantLevels(t, rig, "relay", "strike", high, low)
	wantLevels(t, rig, "relay", "gate", low)
	must(t, rig.Board.SetRelay("strike", true)) // again: no pulse
	wantLevels(t, rig, "relay", "strike", high, low)
	must(t, rig.Board.SetRelay("strike", false))
	wantLevels(t, rig, "relay", "strike", high, low, high)
	must(t, rig.Board.SetRelay("gate", true))
	wantLevels(t, rig, "relay", "gate", low, high)
	must(t, rig.Board.SetLamp("ring", true))
	must(t, rig.Board.SetLamp("open", true))
	wantLevels(t, rig, "lamp", "ring", low, high)
	wantLevels(t, rig, "lamp", "open", high, low)
}

func unknownNames(t *testing.T, rig Rig) {
	var unknown *hal.UnknownNameError
	err := rig.Board.SetRelay("window", true)
	if !errors.As(err, &unknown) || unknown.What != "relay" || !slices.Equal(unknown.Known, []string{"strike", "gate"}) {
		t.Errorf("SetRelay of an unknown name: %v, want an error that names strike and gate", err)
	}
	err = rig.Board.SetLamp("window", true)
	if !errors.As(err, &unknown) || unknown.What != "lamp" || !slices.Equal(unknown.Known, []string{"ring", "open"}) {
		t.Errorf("SetLamp of an unknown name: %v, want an error that names ring and open", err)
	}
	if err := rig.Board.SetRelay("ring", true); !errors.As(err, &unknown) {
		t.Errorf("SetRelay of a lamp: %v, want an error", err)
	}
	wantLevels(t, rig, "lamp", "ring", low)
}

func closeInert(t *testing.T, rig Rig) {
	must(t, rig.Board.SetRelay("strike", true))
	must(t, rig.Board.SetRelay("gate", true))
	must(t, rig.Board.SetLamp("open", true))
	wantLevels(t, rig, "relay", "gate", low, high)
	must(t, rig.Board.Close())
	wantLevels(t, rig, "relay", "strike", high, low, high)
	wantLevels(t, rig, "relay", "gate", low, high, low)
	wantLevels(t, rig, "lamp", "open", high, low, high)
	wantLevels(t, rig, "lamp", "ring", low)
}

func closeTwice(t *testing.T, rig Rig) {
	rig.Drive("front", true)
	pass(time.Second) // an event nobody takes must not hold Close up
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if err := rig.Board.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	both.Wait()
	if err := rig.Board.Close(); err != nil {
		t.Errorf("a later Close: %v", err)
	}
}

func closedBoard(t *testing.T, rig Rig) {
	must(t, rig.Board.Close())
	if e, open := <-rig.Board.Events(); open {
		t.Errorf("event %v after Close, want a closed channel", e.Kind)
	}
	if err := rig.Board.SetRelay("strike", true); !errors.Is(err, hal.ErrClosed) {
		t.Errorf("SetRelay after Close: %v, want ErrClosed", err)
	}
	if err := rig.Board.SetLamp("ring", true); !errors.Is(err, hal.ErrClosed) {
		t.Errorf("SetLamp after Close: %v, want ErrClosed", err)
	}
	if _, err := rig.Board.OpenSound(hal.SoundConfig{}); !errors.Is(err, hal.ErrClosed) {
		t.Errorf("OpenSound after Close: %v, want ErrClosed", err)
	}
	wantLevels(t, rig, "relay", "strike", high)
}

func guarded(t *testing.T, rig Rig) {
	board := hal.Guard(rig.Board, 5*time.Second)
	must(t, board.SetRelay("strike", true))
	pass(4 * time.Second)
	must(t, board.SetRelay("strike", true))
	wantLevels(t, rig, "relay", "strike", high, low)
	pass(time.Second)
	wantLevels(t, rig, "relay", "strike", high, low, high)
	must(t, board.SetRelay("gate", true))
	must(t, board.Close())
	wantLevels(t, rig, "relay", "gate", low, high, low)
}

func concurrent(t *testing.T, rig Rig) {
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for i := range 25 {
				must := func(err error) {
					if err != nil {
						t.Error(err)
					}
				}
				must(rig.Board.SetRelay("gate", i%2 == 0))
				must(rig.Board.SetLamp("ring", i%2 == 1))
			}
		})
	}
	callers.Go(func() {
		for i := range 6 {
			rig.Drive("back", i%2 == 0)
			pass(200 * time.Millisecond)
		}
	})
	for range 3 {
		want(t, rig, hal.Pressed, "back")
		want(t, rig, hal.Released, "back")
	}
	callers.Wait()
}
