package haltest

import (
	"errors"
	"testing"
	"time"

	"intercom/hal"
)

func press(t *testing.T, rig Rig) {
	wantIdle(t, rig, time.Second)
	began := clock()
	rig.Drive("front", true)
	e := want(t, rig, hal.Pressed, "front")
	if e.At.Sub(began).Abs() > time.Millisecond {
		t.Errorf("Pressed.At is %v after the edge, want the edge itself", e.At.Sub(began))
	}
	if took := clock().Sub(began); took < hal.DefaultMinPress || took > hal.DefaultMinPress+5*time.Millisecond {
		t.Errorf("Pressed came after %v, want the minimum press of %v", took, hal.DefaultMinPress)
	}
	wantIdle(t, rig, time.Second) // held: one press is one press
	rig.Drive("front", false)
	want(t, rig, hal.Released, "front")
	wantIdle(t, rig, time.Second)
	rig.Drive("front", true)
	want(t, rig, hal.Pressed, "front") // armed again by the release
}

func bounce(t *testing.T, rig Rig) {
	for i := range 12 {
		rig.Drive("back", i%2 == 0)
		pass(time.Duration(1+i%3) * time.Millisecond)
	}
	rig.Drive("back", true)
	want(t, rig, hal.Pressed, "back")
	for i := range 12 {
		rig.Drive("back", i%2 == 1)
		pass(time.Duration(1+i%3) * time.Millisecond)
	}
	rig.Drive("back", false)
	want(t, rig, hal.Released, "back")
	wantIdle(t, rig, time.Second)
}

func shortPress(t *testing.T, rig Rig) {
	for _, width := range []time.Duration{time.Millisecond, 20 * time.Millisecond, 79 * time.Millisecond} {
		rig.Drive("front", true)
		pass(width)
		rig.Drive("front", false)
		wantIdle(t, rig, time.Second)
	}
	rig.Drive("front", true)
	pass(85 * time.Millisecond)
	rig.Drive("front", false)
	want(t, rig, hal.Pressed, "front")
	want(t, rig, hal.Released, "front")
}

func glitchHeld(t *testing.T, rig Rig) {
	rig.Drive("front", true)
	want(t, rig, hal.Pressed, "front")
	rig.Drive("front", false)
	pass(3 * time.Millisecond)
	rig.Drive("front", true)
	wantIdle(t, rig, time.Second) // neither a release nor a second press
	rig.Drive("front", false)
	want(t, rig, hal.Released, "front")
}

func order(t *testing.T, rig Rig) {
	rig.Drive("front", true)
	pass(10 * time.Millisecond)
	rig.Drive("back", true)
	pass(500 * time.Millisecond)
	rig.Drive("back", false)
	pass(100 * time.Millisecond)
	rig.Drive("front", false)
	pass(100 * time.Millisecond) // only now somebody reads
	var last time.Time
	for _, w := range []struct {
		kind hal.Kind
		name string
	}{{hal.Pressed, "front"}, {hal.Pressed, "back"}, {hal.Released, "back"}, {hal.Released, "front"}} {
		e := want(t, rig, w.kind, w.name)
		if e.At.Before(last) {
			t.Errorf("%v %s at %v is before the event that preceded it", e.Kind, e.Name, e.At)
		}
		last = e.At
	}
}

func inputs(t *testing.T, rig Rig) {
	wantIdle(t, rig, time.Second)
	began := clock()
	rig.Drive("contact", true)
	want(t, rig, hal.InputOn, "contact")
	if took := clock().Sub(began); took < hal.DefaultSettle || took > hal.DefaultSettle+5*time.Millisecond {
		t.Errorf("InputOn came after %v, want the settle time of %v", took, hal.DefaultSettle)
	}
	rig.Drive("exit", true)
	want(t, rig, hal.InputOn, "exit")
	wantIdle(t, rig, time.Hour-time.Second) // a door may stand open: contacts are never stuck
	rig.Drive("contact", false)
	want(t, rig, hal.InputOff, "contact")
}

func stuck(t *testing.T, rig Rig) {
	rig.Drive("front", true)
	want(t, rig, hal.Pressed, "front")
	wantIdle(t, rig, 29*time.Second)
	e := want(t, rig, hal.Fault, "front")
	var fault *hal.StuckError
	if !errors.As(e.Err, &fault) || fault.For != 30*time.Second {
		t.Errorf("fault %v, want a *StuckError after 30s", e.Err)
	}
	wantIdle(t, rig, 10*time.Minute) // told once
	rig.Drive("front", false)
	want(t, rig, hal.Released, "front")
}

func noise(t *testing.T, rig Rig) {
	for i := range 700 { // 50 Hz hum on the wire for 7 s
		rig.Drive("front", i%2 == 0)
		pass(10 * time.Millisecond)
	}
	e := want(t, rig, hal.Fault, "front")
	var fault *hal.NoiseError
	if !errors.As(e.Err, &fault) || fault.Edges < 100 {
		t.Errorf("fault %v, want a *NoiseError with its edges", e.Err)
	}
	wantIdle(t, rig, time.Second)
	rig.Drive("front", true)
	want(t, rig, hal.Pressed, "front") // and when it is quiet the button works again
}

func lateConsumer(t *testing.T, rig Rig) {
	for range 200 {
		rig.Drive("back", true)
		pass(400 * time.Millisecond)
		rig.Drive("back", false)
		pass(400 * time.Millisecond)
	}
	must(t, rig.Board.SetRelay("gate", true)) // the board is not held up
	events, overflow := 0, 0
	for overflow == 0 && events < 400 {
		e := <-rig.Board.Events()
		events++
		if errors.Is(e.Err, hal.ErrOverflow) {
			overflow++
		}
	}
	if overflow != 1 || events > 300 {
		t.Errorf("%d events and %d overflow faults of 400 events unread, want a bounded queue that says so", events, overflow)
	}
	rig.Drive("back", true)
	want(t, rig, hal.Pressed, "back")
}
