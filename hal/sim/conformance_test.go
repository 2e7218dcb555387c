package sim

import (
	"testing"
	"time"

	"intercom/hal"
	"intercom/hal/haltest"
)

func TestConformance(t *testing.T) {
	haltest.Run(t, func(t *testing.T, w hal.Wiring) haltest.Rig {
		board, err := New(Config{Wiring: w, Acoustics: Acoustics{LeakGain: 1, LeakDelay: 3 * time.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		return haltest.Rig{
			Board: board,
			Drive: func(name string, active bool) {
				if err := board.Drive(name, active); err != nil {
					t.Error(err)
				}
			},
			Levels:    func(what, name string) []bool { return levels(t, board, what, name) },
			Freewheel: func() { _ = board.Xrun() },
			Echo:      48,
		}
	})
}

// levels is the history of an output as the suite wants it, the level at the start first.
func levels(t *testing.T, b *Board, what, name string) []bool {
	t.Helper()
	outputs, history := b.config.Wiring.Lamps, b.LampHistory
	if what == "relay" {
		outputs, history = b.config.Wiring.Relays, b.RelayHistory
	}
	transitions, err := history(name)
	if err != nil {
		t.Fatal(err)
	}
	var all []bool
	for _, o := range outputs {
		if o.Name == name {
			all = append(all, o.Level(false))
		}
	}
	for _, tr := range transitions {
		all = append(all, tr.Level)
	}
	return all
}
