package rpi

import (
	"bytes"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernelRelays requests output lines with their first level, which the library cannot.
type kernelRelays struct{}

func (kernelRelays) relay(c chip, offset int, name string, level bool) (outLine, error) {
	fd, err := unix.Open(c.path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, withCure(fmt.Errorf("open %s: %w", c.path, err))
	}
	defer unix.Close(fd) // the line has a descriptor of its own
	req := relayRequest(offset, name, level)
	if err := control(fd, getLine, unsafe.Pointer(&req)); err != nil {
		return nil, explain(err, c, offset)
	}
	unix.CloseOnExec(int(req.fd))
	return &kernelLine{fd: int(req.fd)}, nil
}

// relayRequest asks for one output that has its level from the first moment on.
func relayRequest(offset int, name string, level bool) lineRequest {
	req := lineRequest{lines: 1}
	req.offsets[0] = uint32(offset)
	copy(req.consumer[:len(req.consumer)-1], "intercom "+name)
	req.config.flags = flagOutput
	req.config.count = 1
	req.config.attrs[0] = lineAttribute{id: attrOutputValues, mask: 1}
	if level {
		req.config.attrs[0].value = 1
	}
	return req
}

// kernelLine is one requested output.
type kernelLine struct{ fd int }

func (l *kernelLine) set(high bool) error {
	values := lineValues{mask: 1}
	if high {
		values.bits = 1
	}
	return control(l.fd, setValues, unsafe.Pointer(&values))
}

func (l *kernelLine) close() error { return unix.Close(l.fd) }

// consumer tells who holds a line, or "".
func consumer(path string, offset int) string {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	info := lineInfo{offset: uint32(offset)}
	if control(fd, getLineInfo, unsafe.Pointer(&info)) != nil {
		return ""
	}
	return holder(&info)
}

func holder(info *lineInfo) string {
	name, _, _ := bytes.Cut(info.consumer[:], []byte{0})
	if len(name) == 0 && info.flags&flagUsed != 0 {
		return "the kernel"
	}
	return string(name)
}

func control(fd int, number uintptr, arg unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), number, uintptr(arg))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}

// keepStdin runs f with a copy of file descriptor 0 in hand and puts it back. The library closes descriptor 0 when
// it meets a chip twice, and Raspberry Pi OS has a second name for one; and it takes a line whose descriptor is
// 0 for one that is not open, so 0 must be taken by something.
func keepStdin(f func() error) error {
	saved, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil { // nothing is there: put something
		null, err := unix.Open("/dev/null", unix.O_RDWR, 0)
		if err != nil {
			return fmt.Errorf("open /dev/null: %w", err)
		}
		if null != 0 {
			defer unix.Close(null)
		}
		if saved, err = unix.FcntlInt(uintptr(null), unix.F_DUPFD_CLOEXEC, 3); err != nil {
			return fmt.Errorf("keep descriptor 0: %w", err)
		}
	}
	defer unix.Close(saved)
	err = f()
	if back := unix.Dup3(saved, 0, 0); back != nil && err == nil {
		err = fmt.Errorf("put descriptor 0 back: %w", back)
	}
	return err
}
