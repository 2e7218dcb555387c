//go:build !linux

package rpi

import (
	"errors"
	"fmt"
	"runtime"
)

// errNoLinux: the package compiles everywhere, so that one program does, but the board is Linux's.
var errNoLinux = errors.New("hal/rpi: the Raspberry Pi board needs Linux; use the simulated board")

type kernelRelays struct{}

func (kernelRelays) relay(chip, int, string, bool) (outLine, error) {
	return nil, fmt.Errorf("%w (this is %s)", errNoLinux, runtime.GOOS)
}

func consumer(string, int) string { return "" }

func keepStdin(f func() error) error { return f() }
