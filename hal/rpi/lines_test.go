package rpi

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"

	"intercom/hal"
)

func TestUsable(t *testing.T) {
	answers := map[string]error{"/dev/gpiochip0": fs.ErrPermission, "/dev/gpiochip1": nil, "/dev/gpiochip2": syscall.EIO}
	open := func(path string) error { return answers[path] }
	for _, test := range []struct {
		paths []string
		says  string
	}{
		{nil, "simulated board"},
		{[]string{"/dev/gpiochip0"}, "usermod -aG gpio"},
		{[]string{"/dev/gpiochip2", "/dev/gpiochip0"}, "input/output error"},
		{[]string{"/dev/gpiochip0", "/dev/gpiochip1"}, ""},
	} {
		err := usable(test.paths, open)
		if test.says == "" {
			check(t, err)
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v: %v, want %q", test.paths, err, test.says)
		}
	}
}

func TestExplain(t *testing.T) {
	holder := func(_ string, offset int) string {
		if offset == 6 {
			return "gpio-fan"
		}
		return ""
	}
	c := chip{label: rp1, path: "/dev/gpiochip0"}
	for _, test := range []struct {
		err  error
		says []string
	}{
		{syscall.EBUSY, []string{"line 6", `"gpio-fan"`, "stop what uses"}},
		{syscall.EACCES, []string{"lines [5 6]", "group gpio"}},
		{syscall.EINVAL, []string{rp1, "/dev/gpiochip0", "another line or bias"}},
		{syscall.EIO, []string{"input/output error"}},
	} {
		err := explainWith(fmt.Errorf("request: %w", test.err), c, []int{5, 6}, holder)
		for _, part := range test.says {
			if !errors.Is(err, test.err) || !strings.Contains(err.Error(), part) {
				t.Errorf("%v does not say %q", err, part)
			}
		}
	}
	if err := explainWith(syscall.EBUSY, c, []int{5}, holder); !strings.Contains(err.Error(), "lines [5]") {
		t.Errorf("busy with nobody: %v", err)
	}
}

// readless is a gpio.PinOut that must not be read: the library would make it an input.
type readless struct {
	gpio.PinIO // nil: any other call is a panic
	level      gpio.Level
}

func (r *readless) Out(l gpio.Level) error {
	r.level = l
	return nil
}

func (r *readless) Read() gpio.Level { panic("an output was read") }

func TestPeriphLamp(t *testing.T) {
	pin := new(readless)
	released := 0
	l := periphLamp{pin: pin, release: func() { released++ }}
	for _, high := range []bool{true, false, true} {
		check(t, l.set(high))
		if pin.level != gpio.Level(high) {
			t.Errorf("the pin is %v, want %v", pin.level, high)
		}
	}
	check(t, l.close())
	if released != 1 {
		t.Errorf("released %d times", released)
	}
}

func TestPulls(t *testing.T) {
	for bias, want := range map[hal.Bias]gpio.Pull{hal.BiasUp: gpio.PullUp, hal.BiasDown: gpio.PullDown, hal.BiasNone: gpio.PullNoChange} {
		if got := pullOf(bias); got != want {
			t.Errorf("bias %v is %v, want %v", bias, got, want)
		}
	}
	if got := offsets([]inLine{{offset: 3}, {offset: 1}}); len(got) != 2 || got[0] != 3 || got[1] != 1 {
		t.Errorf("offsets %v", got)
	}
}

func TestEndlessWaitIsABug(t *testing.T) {
	for _, limit := range []time.Duration{0, -1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a wait of %v was let through", limit)
				}
			}()
			_, _ = periphInputs{}.wait(limit)
		}()
	}
	if waitEdge <= 0 || waitEdge > time.Second {
		t.Errorf("waitEdge is %v: Close would wait for it", waitEdge)
	}
}

func TestPeriphChipGone(t *testing.T) {
	var p periphLines
	gone := chip{label: "x", path: "/dev/gpiochip99", lines: 8}
	if _, err := p.lamp(gone, 1, "ring", false); err == nil || !strings.Contains(err.Error(), "gpiochip99") {
		t.Errorf("lamp: %v", err)
	}
	if _, err := p.inputs(gone, nil); err == nil || !strings.Contains(err.Error(), "gpiochip99") {
		t.Errorf("inputs: %v", err)
	}
}
