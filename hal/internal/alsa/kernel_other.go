//go:build !linux

package alsa

import (
	"errors"
	"runtime"
)

// Kernel is no sound at all on systems other than Linux.
func Kernel() System { return noKernel{} }

type noKernel struct{}

var errNoLinux = errors.New("alsa: the kernel's sound cards need Linux, this is " + runtime.GOOS + "; use the simulated board")

func (noKernel) Devices() ([]string, error)  { return nil, errNoLinux }
func (noKernel) Open(string) (Device, error) { return nil, errNoLinux }
func (noKernel) Owner(string) string         { return "" }

func isStumble(error) bool { return false }
