package alsa

import (
	"testing"
	"unsafe"
)

// TestSizes repeats what the compiler has checked already, as a table to read: sizes and numbers of this machine's
// word size against those of the kernel.
func TestSizes(t *testing.T) {
	word := 0 // 64 bits
	switch {
	case unsafe.Sizeof(uintptr(0)) == 4 && valuePad == 4:
		word = 1 // arm
	case unsafe.Sizeof(uintptr(0)) == 4:
		word = 2 // 386
	}
	for _, test := range []struct {
		name string
		got  uintptr
		want [3]uintptr
	}{
		{"hw_params", unsafe.Sizeof(HwParams{}), [3]uintptr{608, 604, 604}},
		{"sw_params", unsafe.Sizeof(SwParams{}), [3]uintptr{136, 104, 104}},
		{"status", unsafe.Sizeof(Status{}), [3]uintptr{152, 108, 108}},
		{"sync_ptr", unsafe.Sizeof(SyncPtr{}), [3]uintptr{136, 132, 132}},
		{"sync_ptr.hw_ptr", unsafe.Offsetof(SyncPtr{}.Hw), [3]uintptr{16, 12, 12}},
		{"sync_ptr.appl_ptr", unsafe.Offsetof(SyncPtr{}.Appl), [3]uintptr{72, 68, 68}},
		{"xferi", unsafe.Sizeof(Transfer{}), [3]uintptr{24, 12, 12}},
		{"ctl_card_info", unsafe.Sizeof(CardInfo{}), [3]uintptr{376, 376, 376}},
		{"ctl_elem_id", unsafe.Sizeof(ElemID{}), [3]uintptr{64, 64, 64}},
		{"ctl_elem_list", unsafe.Sizeof(ElemList{}), [3]uintptr{80, 72, 72}},
		{"ctl_elem_info", unsafe.Sizeof(ElemInfo{}), [3]uintptr{272, 272, 272}},
		{"ctl_elem_value", unsafe.Sizeof(ElemValue{}), [3]uintptr{1224, 712, 708}},
		{"ctl_elem_value.value", unsafe.Offsetof(ElemValue{}.Values), [3]uintptr{72, 72, 68}},
		{"status.tstamp", unsafe.Offsetof(Status{}.Now), [3]uintptr{24, 12, 12}},
		{"status.hw_ptr", unsafe.Offsetof(Status{}.Hw), [3]uintptr{48, 24, 24}},
		{"HW_PARAMS", CallHwParams, [3]uintptr{0xc2604111, 0xc25c4111, 0xc25c4111}},
		{"HW_REFINE", CallRefine, [3]uintptr{0xc2604110, 0xc25c4110, 0xc25c4110}},
		{"SW_PARAMS", CallSwParams, [3]uintptr{0xc0884113, 0xc0684113, 0xc0684113}},
		{"SYNC_PTR", CallSyncPtr, [3]uintptr{0xc0884123, 0xc0844123, 0xc0844123}},
		{"STATUS", CallStatus, [3]uintptr{0x80984120, 0x806c4120, 0x806c4120}},
		{"READI", CallRead, [3]uintptr{0x80184151, 0x800c4151, 0x800c4151}},
		{"WRITEI", CallWrite, [3]uintptr{0x40184150, 0x400c4150, 0x400c4150}},
		{"FORWARD", CallForward, [3]uintptr{0x40084149, 0x40044149, 0x40044149}},
		{"LINK", callLink, [3]uintptr{0x40044160, 0x40044160, 0x40044160}},
		{"PREPARE", CallPrepare, [3]uintptr{0x4140, 0x4140, 0x4140}},
		{"START", CallStart, [3]uintptr{0x4142, 0x4142, 0x4142}},
		{"DROP", CallDrop, [3]uintptr{0x4143, 0x4143, 0x4143}},
		{"CARD_INFO", CallCardInfo, [3]uintptr{0x81785501, 0x81785501, 0x81785501}},
		{"ELEM_LIST", CallElemList, [3]uintptr{0xc0505510, 0xc0485510, 0xc0485510}},
		{"ELEM_INFO", CallElemInfo, [3]uintptr{0xc1105511, 0xc1105511, 0xc1105511}},
		{"ELEM_WRITE", CallElemWrite, [3]uintptr{0xc4c85513, 0xc2c85513, 0xc2c45513}},
	} {
		if test.got != test.want[word] {
			t.Errorf("%s is %#x, want %#x", test.name, test.got, test.want[word])
		}
	}
}

func TestMaskAndInterval(t *testing.T) {
	var m Mask
	for _, n := range []uint32{0, 10, 31, 32, 255} {
		m.Only(n)
		for k := range uint32(256) {
			if m.Has(k) != (k == n) {
				t.Errorf("only %d: has %d = %v", n, k, m.Has(k))
			}
		}
	}
	var i Interval
	i.Only(480)
	if i != (Interval{480, 480, intervalInteger}) {
		t.Errorf("interval %+v", i)
	}
}
