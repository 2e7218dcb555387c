package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom/hal"
)

func TestNewRefuses(t *testing.T) {
	if _, err := New(Config{Wiring: hal.Wiring{Relays: []hal.OutputLine{{Name: "strike", Offset: 18}}}}); err == nil || !strings.Contains(err.Error(), "I2S") {
		t.Errorf("a bad wiring: %v", err)
	}
	var unknown *hal.UnknownNameError
	if _, err := New(Config{Active: []string{"window"}}); !errors.As(err, &unknown) {
		t.Errorf("an unknown active line: %v", err)
	}
}

func TestActiveAtStart(t *testing.T) {
	bubble(t, Config{Active: []string{"front", "contact"}}, func(t *testing.T, b *Board) {
		want(t, b, hal.InputOn, "contact")
		wantIdle(t, b, 10*time.Second) // a button held at power-up is no press
		check(t, b.Up("front"))
		check(t, b.Press("front", 200*time.Millisecond))
		wantIdle(t, b, 79*time.Millisecond)
	})
}

// TestBounceIsReal: the raw wire chatters, the events do not.
func TestBounceIsReal(t *testing.T) {
	for name, press := range map[string]func(b *Board) error{
		"configured": func(b *Board) error { return b.Press("front", 300*time.Millisecond) },
		"worn":       func(b *Board) error { return b.Bounce("front", 300*time.Millisecond) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{Bounce: 10 * time.Millisecond}, func(t *testing.T, b *Board) {
				changes, stop, err := b.Watch()
				check(t, err)
				defer stop()
				check(t, press(b))
				want(t, b, hal.Pressed, "front")
				want(t, b, hal.Released, "front")
				wantIdle(t, b, time.Second)
				edges := 0
				for len(changes) > 0 {
					if c := <-changes; c.What == "button" {
						edges++
					}
				}
				if edges != 2*(1+len(chatter)) {
					t.Errorf("%d raw edges, want %d: the contact does not bounce", edges, 2*(1+len(chatter)))
				}
			})
		})
	}
}

func TestGlitch(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		check(t, b.Glitch("front", 2*time.Millisecond))
		check(t, b.Glitch("contact", 2*time.Millisecond))
		wantIdle(t, b, time.Second)
		check(t, b.SetInput("contact", true))
		want(t, b, hal.InputOn, "contact")
		check(t, b.Glitch("contact", 5*time.Millisecond))
		wantIdle(t, b, time.Second)
		check(t, b.Glitch("contact", 50*time.Millisecond)) // this long is no glitch
		want(t, b, hal.InputOff, "contact")
		want(t, b, hal.InputOn, "contact")
	})
}

func TestToggle(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		for _, kind := range []hal.Kind{hal.InputOn, hal.InputOff, hal.InputOn} {
			check(t, b.Toggle("contact"))
			want(t, b, kind, "contact")
		}
	})
}

func TestUnknownLines(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		for name, call := range map[string]func() error{
			"Press":          func() error { return b.Press("x", time.Second) },
			"Press an input": func() error { return b.Press("contact", time.Second) },
			"Bounce":         func() error { return b.Bounce("x", time.Second) },
			"Down":           func() error { return b.Down("x") },
			"Up":             func() error { return b.Up("x") },
			"SetInput":       func() error { return b.SetInput("x", true) },
			"button input":   func() error { return b.SetInput("front", true) },
			"Toggle":         func() error { return b.Toggle("x") },
			"Glitch":         func() error { return b.Glitch("x", 1) },
			"Drive":          func() error { return b.Drive("x", true) },
			"Relay":          func() error { _, err := b.Relay("x"); return err },
			"Lamp":           func() error { _, err := b.Lamp("strike"); return err },
			"RelayHistory":   func() error { _, err := b.RelayHistory("x"); return err },
			"LampHistory":    func() error { _, err := b.LampHistory("x"); return err },
			"FailRelay":      func() error { return b.FailRelay("x", nil) },
		} {
			var unknown *hal.UnknownNameError
			if err := call(); !errors.As(err, &unknown) || len(unknown.Known) == 0 {
				t.Errorf("%s: %v, want an error that lists the known names", name, err)
			}
		}
		wantIdle(t, b, time.Second)
	})
}

func TestHistory(t *testing.T) {
	bubble(t, Config{History: 4}, func(t *testing.T, b *Board) {
		if on, err := b.Relay("strike"); on || err != nil {
			t.Fatalf("strike on at the start: %v %v", on, err)
		}
		began := time.Now()
		check(t, b.SetRelay("strike", true))
		time.Sleep(3 * time.Second)
		check(t, b.SetRelay("strike", false))
		got, err := b.RelayHistory("strike")
		check(t, err)
		wanted := []Transition{{At: began, On: true, Level: false}, {At: began.Add(3 * time.Second), On: false, Level: true}}
		if !slices.Equal(got, wanted) {
			t.Errorf("history %v, want %v", got, wanted)
		}
		for i := range 10 {
			check(t, b.SetLamp("ring", i%2 == 0))
		}
		got, err = b.LampHistory("ring")
		check(t, err)
		if len(got) != 4 || !got[0].On || got[3].On {
			t.Errorf("history %v, want the last four", got)
		}
		if on, err := b.Lamp("ring"); on || err != nil {
			t.Errorf("ring on=%v %v", on, err)
		}
	})
}

func TestHistoryAfterClose(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		check(t, b.SetRelay("gate", true))
		check(t, b.Close())
		got, err := b.RelayHistory("gate")
		if err != nil || len(got) != 2 || got[1].On {
			t.Errorf("history after Close: %v %v, want on and off", got, err)
		}
		if on, err := b.Relay("gate"); on || err != nil {
			t.Errorf("gate after Close: %v %v", on, err)
		}
		if err := b.Press("front", time.Second); !errors.Is(err, hal.ErrClosed) {
			t.Errorf("Press after Close: %v", err)
		}
	})
}

func TestFaults(t *testing.T) {
	broken := errors.New("burnt")
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		check(t, b.FailRelay("strike", broken))
		if err := b.SetRelay("strike", true); !errors.Is(err, broken) {
			t.Errorf("a failing relay: %v", err)
		}
		if on, _ := b.Relay("strike"); on {
			t.Error("a failing relay went on")
		}
		check(t, b.FailRelay("strike", nil))
		check(t, b.SetRelay("strike", true))
		check(t, b.Fail(broken))
		if e := <-b.Events(); e.Kind != hal.Fault || !errors.Is(e.Err, broken) {
			t.Errorf("event %v, want the fault", e)
		}
	})
}

func TestTooManyEdges(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		var err error
		for i := 0; err == nil && i < 2*maxEdges; i++ {
			err = b.Press("front", time.Hour)
		}
		if !errors.Is(err, errBusy) {
			t.Errorf("%v, want the bound", err)
		}
	})
}

func TestWatch(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		changes, stop, err := b.Watch()
		check(t, err)
		check(t, b.Press("front", 100*time.Millisecond))
		want(t, b, hal.Pressed, "front")
		check(t, b.SetRelay("strike", true))
		check(t, b.SetLamp("ring", true))
		want(t, b, hal.Released, "front")
		synctest.Wait()
		stop()
		var got []string
		for c := range changes {
			got = append(got, c.String())
		}
		wanted := []string{"button front down", "event pressed front", "relay strike on", "lamp ring on", "button front up", "event released front"}
		if !slices.Equal(got, wanted) {
			t.Errorf("watched %q, want %q", got, wanted)
		}
		stop() // again: no harm
	})
}

func TestSlowWatcherIsDropped(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		changes, stop, err := b.Watch()
		check(t, err)
		defer stop()
		for i := range 2 * watchBuffer {
			check(t, b.SetLamp("ring", i%2 == 0))
		}
		n := 0
		for range changes {
			n++
		}
		if n != watchBuffer {
			t.Errorf("%d changes before the end, want %d", n, watchBuffer)
		}
	})
}

func TestWatchersAreBounded(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		for i := range maxWatchers {
			if _, _, err := b.Watch(); err != nil {
				t.Fatalf("watcher %d: %v", i, err)
			}
		}
		if _, _, err := b.Watch(); err == nil {
			t.Error("no bound on watchers")
		}
	})
}

func TestState(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		check(t, b.SetRelay("gate", true))
		check(t, b.Down("back"))
		time.Sleep(time.Millisecond)
		all, err := b.State()
		check(t, err)
		if got, wanted := fmt.Sprint(all), "[button front up button back down input contact off input exit off lamp ring off lamp open off relay strike off relay gate on]"; got != wanted {
			t.Errorf("state %s, want %s", got, wanted)
		}
	})
}
