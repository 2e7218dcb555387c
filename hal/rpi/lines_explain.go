package rpi

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// relays is the part of the line layer that the kernel's own interface serves, and who holds a line.
type relays interface {
	relay(c chip, offset int, name string, level bool) (outLine, error)
}

// deviceGlob is where the kernel shows its GPIO chips.
const deviceGlob = "/dev/gpiochip*"

// preflight says why no chip can be used, before the library, which only logs it, is asked.
func preflight() error {
	paths, err := filepath.Glob(deviceGlob)
	if err != nil {
		return fmt.Errorf("hal/rpi: %w", err)
	}
	return usable(paths, func(path string) error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return f.Close()
	})
}

// usable is nil if at least one path can be opened.
func usable(paths []string, open func(path string) error) error {
	if len(paths) == 0 {
		return fmt.Errorf("hal/rpi: no %s: this machine has no GPIO or its kernel no GPIO character device; run on a Raspberry Pi, or use the simulated board", deviceGlob)
	}
	var first error
	for _, path := range paths {
		err := open(path)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return withCure(fmt.Errorf("hal/rpi: no GPIO chip can be opened: %w", first))
}

// withCure adds what to do about an error of the system.
func withCure(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w; put the user into the group gpio (usermod -aG gpio USER, then log in anew) or give the device that group by a udev or mdev rule", err)
	case errors.Is(err, syscall.EBUSY):
		return fmt.Errorf("%w; stop what uses the line, or choose another", err)
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENOTSUP):
		return fmt.Errorf("%w; the chip cannot do this with the line (pull, edge or output), choose another line or bias", err)
	}
	return err
}

// explain names the lines of a failed request, who holds the busy ones, and the cure.
func explain(err error, c chip, offsets ...int) error {
	return explainWith(err, c, offsets, consumer)
}

func explainWith(err error, c chip, offsets []int, consumer func(path string, offset int) string) error {
	if errors.Is(err, syscall.EBUSY) {
		for _, offset := range offsets {
			if holder := consumer(c.path, offset); holder != "" {
				return withCure(fmt.Errorf("chip %s (%s), line %d is held by %q: %w", c.label, c.path, offset, holder, err))
			}
		}
	}
	return withCure(fmt.Errorf("chip %s (%s), lines %v: %w", c.label, c.path, offsets, err))
}
