package rpi

import (
	"slices"
	"testing"

	"intercom/hal"
	"intercom/hal/haltest"
)

const rp1 = "pinctrl-rp1"

func TestConformance(t *testing.T) {
	haltest.Run(t, func(t *testing.T, w hal.Wiring) haltest.Rig {
		k := newKernel()
		board, err := k.open(w)
		if err != nil {
			t.Fatal(err)
		}
		return haltest.Rig{
			Board:     board,
			Drive:     func(name string, active bool) { k.press(t, w, name, active) },
			Levels:    func(what, name string) []bool { return k.levelsOf(t, w, what, name) },
			Freewheel: k.card.Stumble,
			Echo:      k.card.Echo,
		}
	})
}

func (k *fakeKernel) press(t *testing.T, w hal.Wiring, name string, active bool) {
	t.Helper()
	for _, l := range slices.Concat(w.Buttons, w.Inputs) {
		if l.Name == name {
			k.drive(rp1, l.Offset, active != l.ActiveLow)
			return
		}
	}
	t.Fatalf("no input %q", name)
}

func (k *fakeKernel) levelsOf(t *testing.T, w hal.Wiring, what, name string) []bool {
	t.Helper()
	outputs := w.Lamps
	if what == "relay" {
		outputs = w.Relays
	}
	for _, l := range outputs {
		if l.Name == name {
			k.mu.Lock()
			defer k.mu.Unlock()
			return slices.Clone(k.wire(rp1, l.Offset).levels)
		}
	}
	t.Fatalf("no %s %q", what, name)
	return nil
}
