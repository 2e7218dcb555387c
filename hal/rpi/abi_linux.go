package rpi

import "unsafe"

// The kernel's GPIO character device, version 2 (include/uapi/linux/gpio.h, since Linux 5.10), as far as a relay
// needs it. All fields are of fixed size, so the layout is the same on 32 and 64 bits.
//
//	gpio_v2_line_request, 592 bytes
//	  0  offsets     64 x u32
//	256  consumer    32 bytes, NUL at the end
//	288  config      flags u64, num_attrs u32, 5 x u32, 10 x attribute (id u32, u32, value u64, mask u64)
//	560  num_lines   u32
//	564  buffer size u32, 5 x u32
//	588  fd          s32, the answer
const (
	getLineInfo = 0xc100b405 // GPIO_V2_GET_LINEINFO_IOCTL, on the chip
	getLine     = 0xc250b407 // GPIO_V2_GET_LINE_IOCTL, on the chip
	setValues   = 0xc010b40f // GPIO_V2_LINE_SET_VALUES_IOCTL, on the line

	flagUsed   = 1 << 0 // in lineInfo: somebody holds the line
	flagOutput = 1 << 3
	// attrOutputValues gives the level with which an output starts.
	attrOutputValues = 2
)

type lineRequest struct {
	offsets   [64]uint32
	consumer  [32]byte
	config    lineConfig
	lines     uint32
	eventSize uint32
	_         [5]uint32
	fd        int32
}

type lineConfig struct {
	flags uint64
	count uint32
	_     [5]uint32
	attrs [10]lineAttribute
}

type lineAttribute struct {
	id    uint32
	_     uint32
	value uint64
	mask  uint64
}

type lineInfo struct {
	name     [32]byte
	consumer [32]byte
	offset   uint32
	count    uint32
	flags    uint64
	attrs    [10][2]uint64
	_        [4]uint32
}

type lineValues struct {
	bits uint64
	mask uint64
}

// A wrong size does not compile: the array's length would be negative.
var (
	_ [0]struct{} = [unsafe.Sizeof(lineRequest{}) - 592]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(lineInfo{}) - 256]struct{}{}
	_ [0]struct{} = [unsafe.Sizeof(lineValues{}) - 16]struct{}{}
)
