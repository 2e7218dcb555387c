package hal

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// guardTest runs f in a bubble with a guarded fake of a 10 s ceiling.
func guardTest(t *testing.T, f func(t *testing.T, fake *fakeBoard, g Board)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		f(t, fake, Guard(fake, 10*time.Second))
	})
}

func wantOn(t *testing.T, f *fakeBoard, r Relay, on bool) {
	t.Helper()
	synctest.Wait()
	if f.isOn(r) != on {
		t.Fatalf("relay %s is on=%v, want %v; calls %v", r, !on, on, f.log())
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestGuardCutsAtCeiling(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		wantOn(t, f, "strike", false)
		check(t, g.SetRelay("strike", true))
		time.Sleep(10*time.Second - 1)
		wantOn(t, f, "strike", true)
		time.Sleep(time.Nanosecond)
		wantOn(t, f, "strike", false)
		e := <-g.Events()
		var cutErr *CutError
		if e.Kind != Fault || e.Name != "strike" || !errors.As(e.Err, &cutErr) || cutErr.Ceiling != 10*time.Second {
			t.Errorf("event %+v, want the cut as a fault", e)
		}
		check(t, g.Close())
	})
}

func TestGuardDefaultCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		g := Guard(f, 0)
		check(t, g.SetRelay("strike", true))
		time.Sleep(DefaultCeiling - 1)
		wantOn(t, f, "strike", true)
		time.Sleep(time.Nanosecond)
		wantOn(t, f, "strike", false)
		check(t, g.Close())
	})
}

func TestGuardEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		ceilings := map[Relay]time.Duration{"strike": time.Second, "gate": 0}
		g := GuardEach(f, ceilings)
		ceilings["strike"] = time.Hour // the Guard has its own
		check(t, g.SetRelay("strike", true))
		check(t, g.SetRelay("gate", true))
		time.Sleep(time.Second - 1)
		wantOn(t, f, "strike", true)
		time.Sleep(time.Nanosecond)
		wantOn(t, f, "strike", false)
		var cutErr *CutError
		if err := g.SetRelay("strike", true); !errors.As(err, &cutErr) || cutErr.Ceiling != time.Second {
			t.Errorf("on after the cut: %v, want a cut after a second", err)
		}
		time.Sleep(DefaultCeiling - time.Second - 1)
		wantOn(t, f, "gate", true)
		time.Sleep(time.Nanosecond)
		wantOn(t, f, "gate", false)
		check(t, g.Close())
	})
}

func TestGuardDoesNotProlong(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		for range 9 { // on again every second: the count is from the first
			check(t, g.SetRelay("strike", true))
			time.Sleep(time.Second)
		}
		wantOn(t, f, "strike", true)
		time.Sleep(time.Second)
		wantOn(t, f, "strike", false)
		var cutErr *CutError
		for range 3 {
			if err := g.SetRelay("strike", true); !errors.As(err, &cutErr) {
				t.Errorf("on after a cut: %v, want a *CutError", err)
			}
			time.Sleep(time.Minute)
		}
		wantOn(t, f, "strike", false)
		if calls := f.log(); calls[len(calls)-1] != "strike off" || len(calls) != 10 {
			t.Errorf("calls %v: a refused on must not reach the board, not even for a moment", calls)
		}
		check(t, g.SetRelay("strike", false))
		check(t, g.SetRelay("strike", true))
		wantOn(t, f, "strike", true)
		time.Sleep(10 * time.Second)
		wantOn(t, f, "strike", false)
		check(t, g.Close())
	})
}

func TestGuardNewCountAfterOff(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		check(t, g.SetRelay("strike", true))
		time.Sleep(9 * time.Second)
		check(t, g.SetRelay("strike", false))
		check(t, g.SetRelay("strike", true))
		time.Sleep(9 * time.Second)
		wantOn(t, f, "strike", true)
		time.Sleep(time.Second)
		wantOn(t, f, "strike", false)
		check(t, g.Close())
	})
}

func TestGuardRelaysAreIndependent(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		check(t, g.SetRelay("strike", true))
		time.Sleep(5 * time.Second)
		check(t, g.SetRelay("gate", true))
		time.Sleep(5 * time.Second)
		wantOn(t, f, "strike", false)
		wantOn(t, f, "gate", true)
		time.Sleep(5 * time.Second)
		wantOn(t, f, "gate", false)
		check(t, g.Close())
	})
}

func TestGuardCutsWhileAnotherCallHangs(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		check(t, g.SetRelay("strike", true))
		hang := make(chan struct{})
		f.setAnswer(func(r Relay, on bool) error {
			if r == "gate" && on {
				<-hang
			}
			return nil
		})
		result := make(chan error, 1)
		go func() { result <- g.SetRelay("gate", true) }()
		time.Sleep(10 * time.Second)
		wantOn(t, f, "strike", false)
		close(hang) // the hung on takes effect only now, after its own ceiling: it must not stay
		var cutErr *CutError
		if err := <-result; !errors.As(err, &cutErr) {
			t.Errorf("an on that came back after the ceiling: %v, want a *CutError", err)
		}
		wantOn(t, f, "gate", false)
		check(t, g.Close())
	})
}

func TestGuardLateOnAfterOff(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		hang := make(chan struct{})
		f.setAnswer(func(_ Relay, on bool) error {
			if on {
				<-hang
			}
			return nil
		})
		result := make(chan error, 1)
		go func() { result <- g.SetRelay("strike", true) }()
		time.Sleep(time.Second)
		check(t, g.SetRelay("strike", false))
		close(hang)
		check(t, <-result)
		wantOn(t, f, "strike", false)
		if calls := f.log(); !slices.Equal(calls, []string{"strike off", "strike on", "strike off"}) {
			t.Errorf("calls %v, want off as the last word", calls)
		}
		f.setAnswer(nil)
		check(t, g.SetRelay("strike", true)) // and nothing is left of it
		wantOn(t, f, "strike", true)
		check(t, g.Close())
	})
}

// TestGuardCountsWhileOnIsUnderWay: the station has switched off, but its hung on comes through after that and does
// not return. Only the count from its start is left to end it.
func TestGuardCountsWhileOnIsUnderWay(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		f.setAnswer(func(r Relay, on bool) error {
			if on {
				time.Sleep(2 * time.Second)
				f.force(r)
				time.Sleep(time.Minute)
			}
			return nil
		})
		result := make(chan error, 1)
		go func() { result <- g.SetRelay("strike", true) }()
		time.Sleep(time.Second)
		check(t, g.SetRelay("strike", false))
		time.Sleep(5 * time.Second)
		wantOn(t, f, "strike", true)
		time.Sleep(4 * time.Second)
		wantOn(t, f, "strike", false)
		<-result
		wantOn(t, f, "strike", false)
		check(t, g.Close())
	})
}

func TestGuardRetriesCut(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		check(t, g.SetRelay("strike", true))
		failures := 0
		f.setAnswer(func(_ Relay, on bool) error {
			if !on && failures < 3 {
				failures++
				return errBroken
			}
			return nil
		})
		time.Sleep(10 * time.Second)
		wantOn(t, f, "strike", true) // the first try failed
		time.Sleep(cutPause * 7)
		wantOn(t, f, "strike", false)
		check(t, g.Close())
	})
}

func TestGuardTellsWhenCutFails(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer func(Relay, bool) error
		want   error
	}{
		{"error", func(Relay, bool) error { return errBroken }, errBroken},
		{"hang", func(Relay, bool) error { time.Sleep(time.Hour); return nil }, ErrHung},
	} {
		t.Run(test.name, func(t *testing.T) {
			guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
				check(t, g.SetRelay("strike", true))
				f.setAnswer(test.answer)
				<-g.Events() // the cut
				began := time.Now()
				e := <-g.Events()
				if e.Kind != Fault || !errors.Is(e.Err, test.want) {
					t.Errorf("%+v, want a fault with %v", e, test.want)
				}
				if took := time.Since(began); took > cutTries*answerTime+time.Minute {
					t.Errorf("it took %v", took)
				}
				f.setAnswer(nil)
				check(t, g.Close())
				wantOn(t, f, "strike", false)
				time.Sleep(2 * time.Hour) // let hung calls end
			})
		})
	}
}

func TestGuardFailedOn(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		f.setAnswer(func(_ Relay, on bool) error {
			if on {
				return errBroken
			}
			return nil
		})
		if err := g.SetRelay("strike", true); !errors.Is(err, errBroken) {
			t.Errorf("%v, want the board's error", err)
		}
		if calls := f.log(); !slices.Equal(calls, []string{"strike off"}) {
			t.Errorf("calls %v, want an off after a failed on", calls)
		}
		unknown := &UnknownNameError{What: "relay", Name: "window"}
		f.setAnswer(func(Relay, bool) error { return unknown })
		for i := range 3 * MaxLines { // names that do not exist must not fill the table
			if err := g.SetRelay(Relay(fmt.Sprint(i)), true); !errors.Is(err, unknown) {
				t.Fatalf("%v, want the board's error", err)
			}
		}
		check(t, g.Close())
	})
}

func TestGuardFailedOffKeepsCounting(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		check(t, g.SetRelay("strike", true))
		f.setAnswer(func(Relay, bool) error { return errBroken })
		if err := g.SetRelay("strike", false); !errors.Is(err, errBroken) {
			t.Errorf("%v, want the board's error", err)
		}
		f.setAnswer(nil)
		wantOn(t, f, "strike", true)
		time.Sleep(10 * time.Second)
		wantOn(t, f, "strike", false)
		check(t, g.Close())
	})
}

func TestGuardClose(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		check(t, g.SetRelay("strike", true))
		check(t, g.SetRelay("gate", true))
		wantOn(t, f, "gate", true)
		check(t, g.Close())
		wantOn(t, f, "gate", false)
		wantOn(t, f, "strike", false)
		if _, open := <-g.Events(); open || f.closed != 1 {
			t.Errorf("events open %v, board closed %d times", open, f.closed)
		}
		check(t, g.Close())
		for _, on := range []bool{true, false} {
			if err := g.SetRelay("gate", on); !errors.Is(err, ErrClosed) {
				t.Errorf("SetRelay(%v) after Close: %v, want ErrClosed", on, err)
			}
		}
		time.Sleep(time.Hour)
		wantOn(t, f, "gate", false)
	})
}

func TestGuardCloseOfHungBoard(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		check(t, g.SetRelay("strike", true))
		check(t, g.SetRelay("gate", true))
		f.hangClose = make(chan struct{})
		hang := make(chan struct{})
		f.setAnswer(func(r Relay, _ bool) error {
			if r == "gate" {
				<-hang
			}
			return nil
		})
		began := time.Now()
		if err := g.Close(); !errors.Is(err, ErrHung) {
			t.Errorf("Close of a hung board: %v, want ErrHung", err)
		}
		if took := time.Since(began); took != 2*answerTime {
			t.Errorf("Close took %v, want %v", took, 2*answerTime)
		}
		wantOn(t, f, "strike", false) // the relay that still can is off
		close(hang)
		close(f.hangClose)
	})
}

func TestGuardForwards(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		go func() { f.events <- Event{Kind: Pressed, Name: "front"} }()
		if e := <-g.Events(); e.Kind != Pressed || e.Name != "front" {
			t.Errorf("%+v, want the board's event", e)
		}
		check(t, g.SetLamp("ring", true))
		_, err := g.OpenSound(SoundConfig{})
		check(t, err)
		if calls := f.log(); !slices.Equal(calls, []string{"lamp ring", "sound"}) {
			t.Errorf("calls %v", calls)
		}
		check(t, f.Close()) // a board that ends by itself ends the events
		if _, open := <-g.Events(); open {
			t.Error("events are open after the board's end")
		}
		check(t, g.Close())
	})
}

func TestGuardWithStationThatHangs(t *testing.T) {
	guardTest(t, func(t *testing.T, f *fakeBoard, g Board) {
		for i := range 3 * MaxLines { // nobody reads Events: cuts go on
			check(t, g.SetRelay("strike", true))
			time.Sleep(10 * time.Second)
			wantOn(t, f, "strike", false)
			if err := g.SetRelay("strike", false); err != nil {
				t.Fatalf("round %d: %v", i, err)
			}
		}
		check(t, g.Close())
	})
}
