package sim

import (
	"testing"
	"testing/synctest"
	"time"

	"intercom/hal"
	"intercom/hal/haltest"
)

// bubble runs f with a fresh board of the suite's wiring and closes it.
func bubble(t *testing.T, config Config, f func(t *testing.T, b *Board)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if len(config.Wiring.Buttons) == 0 {
			config.Wiring = haltest.Wiring()
		}
		b, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		f(t, b)
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want fails unless the next event is of this kind and name.
func want(t *testing.T, b *Board, kind hal.Kind, name string) {
	t.Helper()
	select {
	case e := <-b.Events():
		if e.Kind != kind || e.Name != name {
			t.Fatalf("event %v %q, want %v %q", e.Kind, e.Name, kind, name)
		}
	case <-time.After(time.Hour):
		t.Fatalf("no event, want %v %q", kind, name)
	}
}

// wantIdle fails if an event comes within d.
func wantIdle(t *testing.T, b *Board, d time.Duration) {
	t.Helper()
	select {
	case e := <-b.Events():
		t.Fatalf("event %v %q, want none for %v", e.Kind, e.Name, d)
	case <-time.After(d):
	}
}
