package rpi

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestRelayRequestBytes looks at the request as the kernel will: the level must be in it from the start.
func TestRelayRequestBytes(t *testing.T) {
	for _, level := range []bool{false, true} {
		req := relayRequest(27, "a-name-that-is-longer-than-the-kernel-takes", level)
		b := unsafe.Slice((*byte)(unsafe.Pointer(&req)), unsafe.Sizeof(req))
		u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
		u64 := func(at int) uint64 { return binary.NativeEndian.Uint64(b[at:]) }
		want := uint64(0)
		if level {
			want = 1
		}
		for _, field := range []struct {
			name      string
			got, want uint64
		}{
			{"size", uint64(len(b)), 592},
			{"offsets[0]", uint64(u32(0)), 27},
			{"config.flags", u64(288), 1 << 3},
			{"config.num_attrs", uint64(u32(296)), 1},
			{"attrs[0].id", uint64(u32(320)), 2},
			{"attrs[0].values", u64(328), want},
			{"attrs[0].mask", u64(336), 1},
			{"num_lines", uint64(u32(560)), 1},
		} {
			if field.got != field.want {
				t.Errorf("level %v: %s is %d, want %d", level, field.name, field.got, field.want)
			}
		}
		if got := string(b[256:288]); got != "intercom a-name-that-is-longer-\x00"[:32] {
			t.Errorf("consumer %q, want it cut with a NUL at the end", got)
		}
	}
}

func TestHolder(t *testing.T) {
	named := lineInfo{flags: flagUsed}
	copy(named.consumer[:], "gpioset")
	for _, test := range []struct {
		info lineInfo
		want string
	}{{named, "gpioset"}, {lineInfo{flags: flagUsed}, "the kernel"}, {lineInfo{}, ""}} {
		if got := holder(&test.info); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// TestNotAChip: files that are no GPIO chip answer with errors, not with lines.
func TestNotAChip(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "gpiochip0")
	check(t, os.WriteFile(plain, nil, 0o600))
	var k kernelRelays
	if _, err := k.relay(chip{label: "x", path: plain}, 3, "strike", true); !errors.Is(err, unix.ENOTTY) || !strings.Contains(err.Error(), plain) {
		t.Errorf("a plain file: %v", err)
	}
	if _, err := k.relay(chip{path: plain + "-none"}, 3, "strike", true); !os.IsNotExist(errors.Unwrap(err)) {
		t.Errorf("no file: %v", err)
	}
	if got := consumer(plain, 3) + consumer(plain+"-none", 3); got != "" {
		t.Errorf("held by %q", got)
	}
	fd, err := unix.Open(plain, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	check(t, err)
	l := &kernelLine{fd: fd}
	if err := l.set(true); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("set: %v", err)
	}
	check(t, l.close())
}

func inode(t *testing.T, fd int) uint64 {
	t.Helper()
	var s unix.Stat_t
	check(t, unix.Fstat(fd, &s))
	return s.Ino
}

// TestKeepStdin: whatever happens to descriptor 0 in between, it is the same afterwards.
func TestKeepStdin(t *testing.T) {
	before := inode(t, 0)
	trouble := errors.New("no chips")
	for _, want := range []error{nil, trouble} {
		err := keepStdin(func() error {
			check(t, unix.Close(0)) // what the library does when it meets a chip twice
			return want
		})
		if err != want {
			t.Errorf("%v, want %v", err, want)
		}
		if after := inode(t, 0); after != before {
			t.Errorf("descriptor 0 was %d and is %d", before, after)
		}
	}
}

// TestKeepStdinOfADaemon: a program that is started without descriptor 0 has something there afterwards.
func TestKeepStdinOfADaemon(t *testing.T) {
	saved, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3)
	check(t, err)
	check(t, unix.Close(0))
	got := keepStdin(func() error {
		if _, err := unix.FcntlInt(0, unix.F_GETFD, 0); err != nil {
			t.Errorf("descriptor 0 during the search: %v", err)
		}
		return nil
	})
	_, after := unix.FcntlInt(0, unix.F_GETFD, 0)
	check(t, unix.Dup3(saved, 0, 0))
	check(t, unix.Close(saved))
	check(t, got)
	check(t, after)
}
