package alsa

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const deviceDir = "/dev/snd"

// Kernel is the machine's own sound.
func Kernel() System { return kernel{} }

type kernel struct{}

func (kernel) Devices() ([]string, error) {
	entries, err := os.ReadDir(deviceDir)
	if os.IsNotExist(err) {
		return nil, nil // a kernel without a card has no such folder
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	slices.SortFunc(names, byNumber)
	return names, err
}

// byNumber sorts controlC2 before controlC10.
func byNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func (kernel) Open(name string) (Device, error) {
	fd, err := unix.Open(filepath.Join(deviceDir, name), unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return &descriptor{fd: fd}, nil
}

// Owner reads it from the card's status file: "owner_pid   : 1234".
func (kernel) Owner(name string) string {
	var card, device int
	var direction byte
	if n, _ := fmt.Sscanf(name, "pcmC%dD%d%c", &card, &device, &direction); n != 3 {
		return ""
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/asound/card%d/pcm%d%c/sub0/status", card, device, direction))
	if err != nil {
		return ""
	}
	pid := ownerPID(string(status))
	if pid == "" {
		return ""
	}
	program, _ := os.ReadFile(filepath.Join("/proc", pid, "comm"))
	return strings.TrimSpace(fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(program)), pid))
}

func ownerPID(status string) string {
	for line := range strings.Lines(status) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "owner_pid" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// descriptor is an open device file.
type descriptor struct {
	fd   int
	poll [1]unix.PollFd // kept here so that Wait allocates nothing
}

func (d *descriptor) Control(number uintptr, arg unsafe.Pointer) error {
	return d.control(number, uintptr(arg))
}

func (d *descriptor) Link(with Device) error {
	other, ok := with.(*descriptor)
	if !ok {
		panic("BUG: alsa: streams of two systems")
	}
	return d.control(callLink, uintptr(other.fd))
}

//go:uintptrescapes
func (d *descriptor) control(number, arg uintptr) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(d.fd), number, arg)
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}

func (d *descriptor) Wait(limit time.Duration) error {
	d.poll[0] = unix.PollFd{Fd: int32(d.fd), Events: unix.POLLIN | unix.POLLOUT}
	for {
		n, err := unix.Poll(d.poll[:], int(limit.Milliseconds()))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return err
		case n == 0:
			return os.ErrDeadlineExceeded
		default:
			return nil
		}
	}
}

func (d *descriptor) Close() error { return unix.Close(d.fd) }

// isStumble tells an error that starting anew cures: an xrun, a stream that was stopped, a sleep of the machine.
func isStumble(err error) bool {
	return errors.Is(err, unix.EPIPE) || errors.Is(err, unix.EBADFD) || errors.Is(err, unix.ESTRPIPE)
}
