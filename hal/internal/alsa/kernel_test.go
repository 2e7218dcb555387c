//go:build linux

package alsa

import (
	"os"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"intercom/hal"
)

func TestOwnerPID(t *testing.T) {
	const status = "state: RUNNING\nowner_pid   : 1234\ntrigger_time: 1.0\n"
	if got := ownerPID(status); got != "1234" {
		t.Errorf("owner %q", got)
	}
	if got := ownerPID("closed\n"); got != "" {
		t.Errorf("owner %q of a closed stream", got)
	}
	for _, name := range []string{"", "controlC0", "pcmC99D0p", "pcmC0D0"} {
		if got := Kernel().Owner(name); got != "" {
			t.Errorf("%q is owned by %q", name, got)
		}
	}
}

func TestByNumber(t *testing.T) {
	if byNumber("controlC2", "controlC10") >= 0 || byNumber("a", "b") >= 0 || byNumber("b", "b") != 0 {
		t.Error("cards are not sorted by number")
	}
}

// TestKernelWithoutSuchCard: on a machine with or without sound, a name no card has is an error with a cure.
func TestKernelWithoutSuchCard(t *testing.T) {
	_, err := Open(Kernel(), hal.SoundConfig{Device: "no-such-card"}, nil)
	if err == nil || !strings.Contains(err.Error(), "dtoverlay") && !strings.Contains(err.Error(), "group audio") {
		t.Errorf("%v, want the cure", err)
	}
	if _, err := Kernel().Open("no-such-device"); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}

// TestDescriptor uses a pipe for what the kernel does with any file.
func TestDescriptor(t *testing.T) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	in, out := &descriptor{fd: ends[0]}, &descriptor{fd: ends[1]}
	if err := in.Wait(time.Millisecond); err != os.ErrDeadlineExceeded {
		t.Errorf("Wait for nothing: %v", err)
	}
	if _, err := unix.Write(out.fd, []byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	if err := in.Wait(time.Minute); err != nil {
		t.Errorf("Wait: %v", err)
	}
	var waiting int32
	if err := in.Control(unix.TIOCINQ, unsafe.Pointer(&waiting)); err != nil || waiting != 3 {
		t.Errorf("TIOCINQ: %d %v", waiting, err)
	}
	if err := in.Control(CallPrepare, nil); err == nil {
		t.Error("a pipe was prepared for sound")
	}
	if err := in.Link(out); err == nil {
		t.Error("pipes were linked")
	}
	if n := testing.AllocsPerRun(100, func() { _ = in.Wait(time.Minute) }); n > 0 {
		t.Errorf("Wait allocates %v times", n)
	}
	for _, d := range []Device{in, out} {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}
