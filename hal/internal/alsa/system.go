package alsa

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// System is where the devices are: the kernel's /dev/snd, or a fake.
type System interface {
	// Devices lists the names in /dev/snd, such as "controlC0" and "pcmC0D0p".
	Devices() ([]string, error)
	// Open opens a device by such a name, without waiting if it is busy.
	Open(name string) (Device, error)
	// Owner tells which program has a PCM device open, or "".
	Owner(name string) string
}

// Device is an open device.
type Device interface {
	// Control is ioctl with a pointer.
	Control(number uintptr, arg unsafe.Pointer) error
	// Link makes another stream start and stop with this one.
	Link(with Device) error
	// Wait returns when a period can be read or written, or the stream has stopped, or limit is over
	// (os.ErrDeadlineExceeded).
	Wait(limit time.Duration) error
	Close() error
}

// A cardRef is a card found.
type cardRef struct {
	number   int
	id, name string
	device   int // of the PCM
}

// pcm is the name of one direction: 'p' or 'c'.
func (r cardRef) pcm(direction byte) string {
	return fmt.Sprintf("pcmC%dD%d%c", r.number, r.device, direction)
}

// cards asks every control device who it is. A card that cannot be asked has no id and is listed with its error.
func cards(sys System) (found []cardRef, failed error, err error) {
	names, err := sys.Devices()
	if err != nil {
		return nil, nil, fmt.Errorf("alsa: list the sound devices: %w", err)
	}
	for _, name := range names {
		number, isControl := strings.CutPrefix(name, "controlC")
		n, bad := strconv.Atoi(number)
		if !isControl || bad != nil {
			continue
		}
		card, err := ask(sys, name)
		if err != nil {
			failed = err
			continue
		}
		card.number = n
		found = append(found, card)
	}
	return found, failed, nil
}

func ask(sys System, name string) (cardRef, error) {
	d, err := sys.Open(name)
	if err != nil {
		return cardRef{}, withCure(fmt.Errorf("alsa: open %s: %w", name, err))
	}
	defer d.Close()
	var info CardInfo
	if err := d.Control(CallCardInfo, unsafe.Pointer(&info)); err != nil {
		return cardRef{}, fmt.Errorf("alsa: ask %s for its card: %w", name, err)
	}
	return cardRef{id: text(info.ID[:]), name: text(info.Name[:])}, nil
}

// text is a C string.
func text(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	return s
}

// overlays is the cure when an I2S card is not there.
const overlays = "for an I2S card put dtoverlay=googlevoicehat-soundcard (MAX98357A with INMP441 or SPH0645) or dtoverlay=wm8960-soundcard into config.txt and restart; for a USB card plug it in"

// find gives the card a SoundConfig.Device means: "" the first, an id, "id,device", each also after "hw:".
func find(sys System, device string) (cardRef, error) {
	found, failed, err := cards(sys)
	if err != nil {
		return cardRef{}, err
	}
	if len(found) == 0 {
		if failed != nil {
			return cardRef{}, failed
		}
		return cardRef{}, fmt.Errorf("alsa: this machine has no sound card; %s", overlays)
	}
	id, sub, hasSub := strings.Cut(strings.TrimPrefix(device, "hw:"), ",")
	number := 0
	if hasSub {
		if number, err = strconv.Atoi(sub); err != nil || number < 0 || number > 31 {
			return cardRef{}, fmt.Errorf("alsa: sound card %q: %q is no device number; say %s or %s,0", device, sub, id, id)
		}
	}
	var have []string
	for _, c := range found {
		if c.id == id || id == "" {
			c.device = number
			return c, nil
		}
		have = append(have, fmt.Sprintf("%s (%s)", c.id, c.name))
	}
	return cardRef{}, fmt.Errorf("alsa: no sound card %q; this machine has %s; name one of these, or %s", id, strings.Join(have, ", "), overlays)
}

// withCure adds what to do about an error of the system.
func withCure(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w; put the user into the group audio (usermod -aG audio USER, then log in anew)", err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w; the card has no such stream: a door needs both a loudspeaker and a microphone on one card", err)
	case errors.Is(err, syscall.ENODEV):
		return fmt.Errorf("%w; the card has gone, plug it in again", err)
	}
	return err
}

// openPCM opens one direction and tells who is in the way.
func openPCM(sys System, name string) (Device, error) {
	d, err := sys.Open(name)
	if err == nil {
		return d, nil
	}
	if errors.Is(err, syscall.EBUSY) {
		holder := sys.Owner(name)
		if holder == "" {
			holder = "another program"
		}
		return nil, fmt.Errorf("alsa: %s is in use by %s, stop that: %w", name, holder, err)
	}
	return nil, withCure(fmt.Errorf("alsa: open %s: %w", name, err))
}
