package alsatest

import (
	"fmt"
	"io/fs"
	"syscall"
	"time"
	"unsafe"

	"intercom/hal/internal/alsa"
)

// System is a fake /dev/snd.
type System struct {
	Cards []*Card
	// Errors are what Open answers for a name instead of opening it.
	Errors map[string]error
	// Owners are what Owner answers.
	Owners map[string]string
	// Err is what Devices answers.
	Err error
}

// Devices implements alsa.System.
func (s *System) Devices() ([]string, error) {
	var names []string
	for i, c := range s.Cards {
		names = append(names, fmt.Sprintf("controlC%d", i), fmt.Sprintf("pcmC%dD0p", i))
		if !c.Deaf {
			names = append(names, fmt.Sprintf("pcmC%dD0c", i))
		}
	}
	return append(names, "timer"), s.Err
}

// Open implements alsa.System.
func (s *System) Open(name string) (alsa.Device, error) {
	if err := s.Errors[name]; err != nil {
		return nil, err
	}
	for i, c := range s.Cards {
		switch name {
		case fmt.Sprintf("controlC%d", i):
			return &control{card: c}, nil
		case fmt.Sprintf("pcmC%dD0p", i):
			return c.open(&c.play)
		case fmt.Sprintf("pcmC%dD0c", i):
			if !c.Deaf {
				return c.open(&c.capture)
			}
		}
	}
	return nil, fs.ErrNotExist
}

// Owner implements alsa.System.
func (s *System) Owner(name string) string { return s.Owners[name] }

// control is a card's control device: who it is, and the mixer.
type control struct{ card *Card }

// Control is one control of a mixer.
type Control struct {
	Name       string
	Index      int
	Type       int32 // 1 switch, 2 number, 3 choice
	Count      int
	Low, High  int // of a number; High+1 is the number of choices
	Values     []int
	WriteError error
}

func (c *control) Link(alsa.Device) error   { return syscall.ENOTTY }
func (c *control) Wait(time.Duration) error { return nil }
func (c *control) Close() error             { return nil }

// Control implements alsa.Device.
func (c *control) Control(number uintptr, arg unsafe.Pointer) error {
	switch number {
	case alsa.CallCardInfo:
		info := (*alsa.CardInfo)(arg)
		copy(info.ID[:], c.card.ID)
		copy(info.Name[:], c.card.Name)
		return nil
	case alsa.CallElemList:
		c.list((*alsa.ElemList)(arg))
		return nil
	case alsa.CallElemInfo:
		return c.info((*alsa.ElemInfo)(arg))
	case alsa.CallElemWrite:
		return c.write((*alsa.ElemValue)(arg))
	}
	return syscall.ENOTTY
}

func (c *control) list(l *alsa.ElemList) {
	all := c.card.Mixer
	l.Count = uint32(len(all))
	l.Used = min(l.Space, l.Count)
	if l.Used == 0 {
		return
	}
	ids := unsafe.Slice((*alsa.ElemID)(l.IDs), l.Space)
	for i := range l.Used {
		ids[i] = alsa.ElemID{Number: i + 1, Index: uint32(all[i].Index)}
		copy(ids[i].Name[:], all[i].Name)
	}
}

func (c *control) find(id alsa.ElemID) (*Control, error) {
	if id.Number < 1 || int(id.Number) > len(c.card.Mixer) {
		return nil, syscall.ENOENT
	}
	return c.card.Mixer[id.Number-1], nil
}

func (c *control) info(info *alsa.ElemInfo) error {
	e, err := c.find(info.ID)
	if err != nil {
		return err
	}
	info.Type, info.Count = e.Type, uint32(e.Count)
	if e.Type == 3 {
		*(*uint32)(unsafe.Pointer(&info.Range)) = uint32(e.High + 1)
		return nil
	}
	*(*[2]int)(unsafe.Pointer(&info.Range)) = [2]int{e.Low, e.High}
	return nil
}

func (c *control) write(v *alsa.ElemValue) error {
	e, err := c.find(v.ID)
	if err != nil || e.WriteError != nil {
		return e.WriteError
	}
	choices := (*[128]uint32)(unsafe.Pointer(&v.Values))
	e.Values = nil
	for i := range e.Count {
		value := v.Values[i]
		if e.Type == 3 {
			value = int(choices[i])
		}
		e.Values = append(e.Values, value)
	}
	return nil
}
