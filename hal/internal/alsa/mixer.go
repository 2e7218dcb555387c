package alsa

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"intercom/hal"
)

// maxControls bounds the list of a card's controls; a WM8960 has about 60.
const maxControls = 1024

// setMixer sets the controls in their order. A codec such as the WM8960 has all its routes off after power-on.
func setMixer(sys System, ref cardRef, settings []hal.MixerSetting) error {
	if len(settings) == 0 {
		return nil
	}
	name := fmt.Sprintf("controlC%d", ref.number)
	d, err := sys.Open(name)
	if err != nil {
		return withCure(fmt.Errorf("alsa: mixer: open %s: %w", name, err))
	}
	defer d.Close()
	controls, err := listControls(d)
	if err != nil {
		return fmt.Errorf("alsa: mixer of card %s: %w", ref.id, err)
	}
	for _, s := range settings {
		if err := setControl(d, controls, s); err != nil {
			return fmt.Errorf("alsa: mixer of card %s: %w", ref.id, err)
		}
	}
	return nil
}

// listControls asks twice: how many, and which.
func listControls(d Device) ([]ElemID, error) {
	var list ElemList
	if err := d.Control(CallElemList, unsafe.Pointer(&list)); err != nil {
		return nil, fmt.Errorf("list controls: %w", err)
	}
	if list.Count == 0 {
		return nil, nil
	}
	ids := make([]ElemID, min(list.Count, maxControls))
	list = ElemList{Space: uint32(len(ids)), IDs: unsafe.Pointer(&ids[0])}
	if err := d.Control(CallElemList, unsafe.Pointer(&list)); err != nil {
		return nil, fmt.Errorf("list controls: %w", err)
	}
	return ids[:min(list.Used, uint32(len(ids)))], nil
}

// setControl writes one control, after its type and range were looked at.
func setControl(d Device, controls []ElemID, s hal.MixerSetting) error {
	id, err := findControl(controls, s.Control)
	if err != nil {
		return err
	}
	info := ElemInfo{ID: id}
	if err := d.Control(CallElemInfo, unsafe.Pointer(&info)); err != nil {
		return fmt.Errorf("control %q: %w", s.Control, err)
	}
	value := ElemValue{ID: id}
	if err := fill(&value, &info, s); err != nil {
		return fmt.Errorf("control %q: %w", s.Control, err)
	}
	if err := d.Control(CallElemWrite, unsafe.Pointer(&value)); err != nil {
		return fmt.Errorf("control %q = %v: %w", s.Control, s.Values, err)
	}
	return nil
}

// findControl knows "Name" and, where a card has several of a name, "Name,1".
func findControl(controls []ElemID, name string) (ElemID, error) {
	base, index := name, 0
	if at := strings.LastIndexByte(name, ','); at >= 0 {
		if n, err := strconv.Atoi(name[at+1:]); err == nil {
			base, index = name[:at], n
		}
	}
	var have []string
	for _, id := range controls {
		n := text(id.Name[:])
		if n == name && id.Index == 0 || n == base && id.Index == uint32(index) {
			return id, nil
		}
		have = append(have, n)
	}
	return ElemID{}, fmt.Errorf("no control %q; the card has %s", name, strings.Join(slices.Compact(have), ", "))
}

// limits gives the range of a control's values.
func (info *ElemInfo) limits() (low, high int, err error) {
	switch info.Type {
	case typeBoolean:
		return 0, 1, nil
	case typeInteger:
		long := (*[2]int)(unsafe.Pointer(&info.Range))
		return long[0], long[1], nil
	case typeEnumerated:
		items := (*uint32)(unsafe.Pointer(&info.Range))
		return 0, int(*items) - 1, nil
	}
	return 0, 0, fmt.Errorf("its type %d cannot be set; switches, numbers and choices can", info.Type)
}

// fill puts the values into their places: longs for numbers and switches, 32 bits for choices.
func fill(value *ElemValue, info *ElemInfo, s hal.MixerSetting) error {
	low, high, err := info.limits()
	if err != nil {
		return err
	}
	count := int(info.Count)
	if count > len(value.Values) {
		return fmt.Errorf("it has %d values, more than the kernel's own limit", count)
	}
	if n := len(s.Values); n != 1 && n != count {
		return fmt.Errorf("%d values for %d channels; give one or %d", n, count, count)
	}
	choices := (*[128]uint32)(unsafe.Pointer(&value.Values))
	for i := range count {
		v := s.Values[min(i, len(s.Values)-1)]
		if v < low || v > high {
			return fmt.Errorf("value %d is out of range; take %d to %d", v, low, high)
		}
		if info.Type == typeEnumerated {
			choices[i] = uint32(v)
		} else {
			value.Values[i] = v
		}
	}
	return nil
}
