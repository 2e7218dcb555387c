package rpi

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"intercom/hal"
	"intercom/hal/haltest"
)

// bubble opens a board over a fresh fake kernel.
func bubble(t *testing.T, prepare func(k *fakeKernel), f func(t *testing.T, k *fakeKernel, b *Board)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := newKernel()
		if prepare != nil {
			prepare(k)
		}
		b, err := k.open(haltest.Wiring())
		if err != nil {
			t.Fatal(err)
		}
		f(t, k, b)
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if n := k.held(); n != 0 {
			t.Errorf("%d lines are held after Close", n)
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantEvent(t *testing.T, b *Board, kind hal.Kind, name string) hal.Event {
	t.Helper()
	select {
	case e := <-b.Events():
		if e.Kind != kind || e.Name != name {
			t.Fatalf("event %v %q %v, want %v %q", e.Kind, e.Name, e.Err, kind, name)
		}
		return e
	case <-time.After(time.Hour):
		t.Fatalf("no event, want %v %q", kind, name)
	}
	return hal.Event{}
}

func wantIdle(t *testing.T, b *Board, d time.Duration) {
	t.Helper()
	select {
	case e := <-b.Events():
		t.Fatalf("event %v %q %v, want none for %v", e.Kind, e.Name, e.Err, d)
	case <-time.After(d):
	}
}

func TestOpenErrors(t *testing.T) {
	relay := func(l hal.OutputLine) hal.Wiring { return hal.Wiring{Relays: []hal.OutputLine{l}} }
	input := func(l hal.InputLine) hal.Wiring { return hal.Wiring{Buttons: []hal.InputLine{l}} }
	for _, test := range []struct {
		name    string
		prepare func(k *fakeKernel)
		wiring  hal.Wiring
		says    []string
	}{
		{"bad wiring", nil, relay(hal.OutputLine{Name: "strike", Offset: 18}), []string{"I2S", "move the wire"}},
		{"no chips", func(k *fakeKernel) { k.fault = errors.New("no chips here") }, hal.Wiring{}, []string{"no chips here"}},
		{"no header", func(k *fakeKernel) { k.list = k.list[2:] }, relay(hal.OutputLine{Name: "strike", Offset: 5}), []string{`relay "strike"`, "no Raspberry Pi header", "mcp23017 (/dev/gpiochip11)"}},
		{"no such chip", nil, relay(hal.OutputLine{Name: "strike", Chip: "pcf8574"}), []string{`"pcf8574"`, "pinctrl-rp1 (/dev/gpiochip0)"}},
		{"no such line", nil, input(hal.InputLine{Name: "front", Chip: "mcp23017", Offset: 16}), []string{`input "front"`, "0 to 15, no 16"}},
		{"relay busy", func(k *fakeKernel) { k.busy[5] = "gpioset" }, relay(hal.OutputLine{Name: "strike", Offset: 5}), []string{`relay "strike"`, "pinctrl-rp1", "line 5", `"gpioset"`, "stop what uses the line"}},
		{"input busy", func(k *fakeKernel) { k.busy[17] = "gpio-keys" }, haltest.Wiring(), []string{"line 17", `"gpio-keys"`}},
		{"lamp busy", func(k *fakeKernel) { k.busy[25] = "led" }, haltest.Wiring(), []string{`lamp "open"`, `"led"`}},
	} {
		synctest.Test(t, func(t *testing.T) {
			k := newKernel()
			if test.prepare != nil {
				test.prepare(k)
			}
			b, err := k.open(test.wiring)
			if err == nil {
				b.Close()
				t.Fatalf("%s: opened", test.name)
			}
			for _, part := range test.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: %v\ndoes not say %q", test.name, err, part)
				}
			}
			for key, w := range k.wires { // of a failed Open nothing stays but what it had no part in
				if w.held && !strings.HasSuffix(key, ":17") && !strings.HasSuffix(key, ":27") {
					t.Errorf("%s: line %s is still held", test.name, key)
				}
			}
		})
	}
}

func TestOpenOnThisMachine(t *testing.T) {
	b, err := Open(Config{Wiring: hal.Wiring{Relays: []hal.OutputLine{{Name: "strike", Chip: "no-such-chip", Offset: 5}}}})
	if err == nil {
		b.Close()
		t.Fatal("a chip was found that does not exist")
	}
	for _, cure := range []string{"simulated board", "group gpio", "this machine has"} {
		if strings.Contains(err.Error(), cure) {
			return
		}
	}
	t.Errorf("%v, want one of the cures", err)
}

func TestChipsByLabel(t *testing.T) {
	bubble(t, nil, func(t *testing.T, k *fakeKernel, b *Board) {
		k.mu.Lock()
		defer k.mu.Unlock()
		if !k.wire(rp1, 5).output || k.wire(k.list[0].label, 5).held {
			t.Error("the relay is not on the header's chip")
		}
	})
	for _, label := range headerLabels {
		c, err := pick([]chip{{label: "gpio-brcmstb"}, {label: label}}, "")
		if err != nil || c.label != label {
			t.Errorf("header %q: %v %v", label, c, err)
		}
	}
}

func TestTwoChips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKernel()
		b, err := k.open(hal.Wiring{Buttons: []hal.InputLine{{Name: "front", Offset: 17}, {Name: "side", Chip: "mcp23017", Offset: 3}}})
		check(t, err)
		wantIdle(t, b, time.Second)
		k.drive("mcp23017", 3, true)
		wantEvent(t, b, hal.Pressed, "side")
		k.drive(rp1, 17, true)
		wantEvent(t, b, hal.Pressed, "front")
		k.drive("mcp23017", 3, false)
		wantEvent(t, b, hal.Released, "side")
		check(t, b.Close())
	})
}

// TestLostEdges: the kernel's queue has overflowed, or the chip has no interrupts; the level is found anyway.
func TestLostEdges(t *testing.T) {
	bubble(t, nil, func(t *testing.T, k *fakeKernel, b *Board) {
		k.with(func(s *fakeInputs) { s.mute = true })
		k.drive(rp1, 17, false)
		began := time.Now()
		wantEvent(t, b, hal.Pressed, "front")
		if took := time.Since(began); took > resample+hal.DefaultMinPress {
			t.Errorf("found after %v", took)
		}
		k.drive(rp1, 17, true)
		wantEvent(t, b, hal.Released, "front")
	})
}

// TestLevelDecides: the last edge was lost, so the edges say pressed and the wire says not.
func TestLevelDecides(t *testing.T) {
	bubble(t, nil, func(t *testing.T, k *fakeKernel, b *Board) {
		k.drive(rp1, 17, false)
		time.Sleep(5 * time.Millisecond)
		k.with(func(s *fakeInputs) { s.mute = true })
		k.drive(rp1, 17, true)
		wantIdle(t, b, time.Second)
	})
}

func TestUnreadableChipDoesNotRing(t *testing.T) {
	broken := errors.New("i2c timeout")
	bubble(t, nil, func(t *testing.T, k *fakeKernel, b *Board) {
		k.with(func(s *fakeInputs) { s.levelErr = broken })
		if e := wantEvent(t, b, hal.Fault, ""); !errors.Is(e.Err, broken) || !strings.Contains(e.Err.Error(), rp1) {
			t.Errorf("fault %v, want the chip and the reason", e.Err)
		}
		wantIdle(t, b, time.Minute) // told once, and no press of an active-low button
		k.with(func(s *fakeInputs) { s.levelErr = nil })
		k.drive(rp1, 17, false)
		wantEvent(t, b, hal.Pressed, "front")
		k.with(func(s *fakeInputs) { s.levelErr = broken })
		wantEvent(t, b, hal.Fault, "") // again, for it had been well
		k.with(func(s *fakeInputs) { s.levelErr = nil })
	})
}

func TestDeadEdges(t *testing.T) {
	broken := fmt.Errorf("read: %w", syscall.ENODEV)
	bubble(t, nil, func(t *testing.T, k *fakeKernel, b *Board) {
		k.with(func(s *fakeInputs) { s.waitErr = broken })
		began := time.Now()
		wantEvent(t, b, hal.Fault, "")
		if e := wantEvent(t, b, hal.Fault, ""); !strings.Contains(e.Err.Error(), "once a second") || !errors.Is(e.Err, broken) {
			t.Errorf("fault %v, want what is left", e.Err)
		}
		if took := time.Since(began); took < 10*time.Second || took > 15*time.Second {
			t.Errorf("given up after %v, want a pause that doubles", took)
		}
		wantIdle(t, b, time.Hour)
		k.drive(rp1, 17, false)
		wantEvent(t, b, hal.Pressed, "front") // found by looking
	})
}

func TestEdgesRecover(t *testing.T) {
	bubble(t, nil, func(t *testing.T, k *fakeKernel, b *Board) {
		k.with(func(s *fakeInputs) { s.waitErr = syscall.EIO })
		wantEvent(t, b, hal.Fault, "")
		time.Sleep(time.Second)
		k.with(func(s *fakeInputs) { s.waitErr = nil })
		wantIdle(t, b, time.Minute)
		k.drive(rp1, 17, false)
		wantEvent(t, b, hal.Pressed, "front")
	})
}

func TestRelayErrors(t *testing.T) {
	bubble(t, nil, func(t *testing.T, k *fakeKernel, b *Board) {
		w := k.wire(rp1, 6) // gate
		fail := func(err error) { k.mu.Lock(); w.setErr = err; k.mu.Unlock() }
		fail(syscall.EIO)
		if err := b.SetRelay("gate", true); !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), `relay "gate", line 6`) {
			t.Errorf("%v, want the relay and its line", err)
		}
		fail(nil)
		check(t, b.SetRelay("gate", false)) // written, not believed to be so
		check(t, b.SetRelay("gate", true))
		if !w.high {
			t.Error("the relay is off")
		}
		fail(syscall.EIO)
		if err := b.SetRelay("gate", false); err == nil {
			t.Error("a failed off is no error")
		}
		fail(nil)
		check(t, b.SetRelay("gate", true))
		check(t, b.SetRelay("gate", false))
		if w.high {
			t.Error("the relay is on")
		}
	})
}

// TestFailedOnIsOff: the error of an on promises that the relay is off, even if the write had an effect.
func TestFailedOnIsOff(t *testing.T) {
	bubble(t, nil, func(t *testing.T, k *fakeKernel, b *Board) {
		w := k.wire(rp1, 6)
		w.halfErr = syscall.EIO
		if err := b.SetRelay("gate", true); !errors.Is(err, syscall.EIO) {
			t.Errorf("%v, want the error", err)
		}
		if w.high {
			t.Error("the relay is on after an error")
		}
	})
}

func TestCloseWithBrokenLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKernel()
		b, err := k.open(haltest.Wiring())
		check(t, err)
		check(t, b.SetRelay("gate", true))
		check(t, b.SetRelay("strike", true))
		k.mu.Lock()
		k.wire(rp1, 6).setErr = syscall.EIO
		k.mu.Unlock()
		if err := b.Close(); !errors.Is(err, syscall.EIO) {
			t.Errorf("Close: %v, want the broken line's error", err)
		}
		if !k.wire(rp1, 5).high || k.held() != 0 {
			t.Error("one broken line kept the others from being closed")
		}
	})
}

func TestCloseWhileOpeningSound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKernel()
		b, err := k.open(haltest.Wiring())
		check(t, err)
		result := make(chan error, 1)
		go func() {
			_, err := b.OpenSound(hal.SoundConfig{Warmup: 5 * time.Second})
			result <- err
		}()
		time.Sleep(time.Second)
		if _, err := b.OpenSound(hal.SoundConfig{}); !errors.Is(err, hal.ErrSoundBusy) {
			t.Errorf("a second OpenSound: %v", err)
		}
		check(t, b.Close())
		if err := <-result; !errors.Is(err, hal.ErrClosed) {
			t.Errorf("OpenSound of a board that was closed: %v", err)
		}
		if k.card.IsPlaying() {
			t.Error("the card was left open")
		}
	})
}

func TestSoundErrorFreesTheSlot(t *testing.T) {
	bubble(t, nil, func(t *testing.T, k *fakeKernel, b *Board) {
		if _, err := b.OpenSound(hal.SoundConfig{Device: "voice"}); err == nil || !strings.Contains(err.Error(), "hat (Fake hat)") {
			t.Errorf("%v, want the cards there are", err)
		}
		s, err := b.OpenSound(hal.SoundConfig{})
		check(t, err)
		check(t, s.Close())
	})
}
