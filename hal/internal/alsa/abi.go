package alsa

import "unsafe"

// The kernel's structures (include/uapi/sound/asound.h). Go's int and uint have the size of C's long on every
// Linux, so most fit both word sizes as they stand. Times are those of 32-bit time_t on 32-bit machines: the kernel
// keeps the old calls, which are told by the size in the call's number.
//
//	                  64 bits  32-bit arm
//	hw_params             608         604
//	sw_params             136         104
//	status                152         108
//	sync_ptr              136         132
//	xferi                  24          12
//	ctl_card_info         376         376
//	ctl_elem_list          80          72
//	ctl_elem_info         272         272
//	ctl_elem_value       1224         712   (value at 72 on both; 708 and 68 on 386)

// Parameters of HwParams. The masks come first, the intervals are counted from firstInterval.
const (
	maskAccess = iota
	maskFormat
	maskSubformat
	masks
)

// The intervals of a snd_pcm_hw_params, by their place in it (sound/asound.h). Those that a driver asks for are exported.
const (
	intervalSampleBits = iota
	intervalFrameBits
	IntervalChannels
	IntervalRate
	intervalPeriodTime
	IntervalPeriodSize
	intervalPeriodBytes
	intervalPeriods
	intervalBufferTime
	IntervalBufferSize
	intervalBufferBytes
	intervalTickTime
	intervals
)

const accessInterleaved = 3 // SNDRV_PCM_ACCESS_RW_INTERLEAVED

// Mask is a set of up to 256 choices.
type Mask [8]uint32

// Has tells whether choice n is in the set.
func (m *Mask) Has(n uint32) bool { return m[n/32]>>(n%32)&1 == 1 }

// Only leaves nothing but choice n.
func (m *Mask) Only(n uint32) {
	*m = Mask{}
	m[n/32] = 1 << (n % 32)
}

// Interval is a range of whole numbers.
type Interval struct {
	Min, Max uint32
	// Flags: 1 and 2 exclude the ends, 4 means whole numbers only, 8 empty.
	Flags uint32
}

const intervalInteger = 4

// Only leaves nothing but n.
func (i *Interval) Only(n uint32) { *i = Interval{n, n, intervalInteger} }

// HwParams is struct snd_pcm_hw_params.
type HwParams struct {
	Flags     uint32
	Masks     [masks]Mask
	_         [5]Mask
	Intervals [intervals]Interval
	_         [9]Interval
	Requested uint32
	changed   uint32
	info      uint32
	msbits    uint32
	rateNum   uint32
	rateDen   uint32
	fifoSize  uint
	_         [64]byte
}

// SwParams is struct snd_pcm_sw_params.
type SwParams struct {
	TstampMode       int32
	periodStep       uint32
	sleepMin         uint32
	AvailMin         uint
	xferAlign        uint
	StartThreshold   uint
	StopThreshold    uint
	SilenceThreshold uint
	SilenceSize      uint
	Boundary         uint
	Proto            uint32
	TstampType       uint32
	_                [56]byte
}

// timespec is C's, with long seconds.
type timespec struct{ Sec, Nsec int }

// Status is struct snd_pcm_status.
type Status struct {
	State         int32
	Trigger       timespec // when the stream was started
	Now           timespec
	appl, Hw      uint
	delay         int
	avail         uint
	availMax      uint
	overrange     uint
	suspended     int32
	audioData     uint32
	audio, driver timespec
	accuracy      uint32
	_             [52 - 2*unsafe.Sizeof(timespec{})]byte
}

// SyncPtr is struct snd_pcm_sync_ptr: flags, then two unions of 64 bytes.
type SyncPtr struct {
	Flags uint32
	_     [unsafe.Sizeof(uint(0)) - 4]byte
	State int32
	_     int32
	Hw    uint
	_     [64 - 8 - unsafe.Sizeof(uint(0))]byte
	Appl  uint
	_     [64 - unsafe.Sizeof(uint(0))]byte
}

// Flags of SyncPtr: fetch the hardware's position, and read instead of set the other two.
const (
	syncHardware = 1
	syncAppl     = 2
	syncAvailMin = 4
)

// Transfer is struct snd_xferi.
type Transfer struct {
	Result int
	Buffer unsafe.Pointer
	Frames uint
}

// CardInfo is struct snd_ctl_card_info.
type CardInfo struct {
	Number     int32
	_          int32
	ID         [16]byte
	Driver     [16]byte
	Name       [32]byte
	LongName   [80]byte
	_          [16]byte
	Mixer      [80]byte
	Components [128]byte
}

// ElemID is struct snd_ctl_elem_id.
type ElemID struct {
	Number    uint32
	Interface int32
	Device    uint32
	Subdevice uint32
	Name      [44]byte
	Index     uint32
}

// ElemList is struct snd_ctl_elem_list.
type ElemList struct {
	Offset, Space, Used, Count uint32
	IDs                        unsafe.Pointer
	_                          [50]byte
}

// ElemInfo is struct snd_ctl_elem_info; Min to Step are those of an integer control.
type ElemInfo struct {
	ID     ElemID
	Type   int32
	Access uint32
	Count  uint32
	Owner  int32
	Range  [128]byte // integer: min, max, step as long; enumerated: the number of items as u32
	_      [64]byte
}

// ElemValue is struct snd_ctl_elem_value with the longs of integer, boolean and (as u32) enumerated controls.
type ElemValue struct {
	ID       ElemID
	indirect uint32
	_        [valuePad]byte
	Values   [128]int
	_        [128]byte
}

// Types of controls.
const (
	typeBoolean    = 1
	typeInteger    = 2
	typeEnumerated = 3
)

// States of a stream.
const (
	StateSetup    = 1
	StatePrepared = 2
	StateRunning  = 3
	StateXrun     = 4
)

// Direction bits of a call's number.
const (
	none      = 0
	write     = 1 << 30
	read      = 2 << 30
	readWrite = write | read
	pcm       = 'A' << 8
	ctl       = 'U' << 8
)

// The calls. The size of the argument is part of the number.
const (
	CallStatus   = read | pcm | 0x20 | unsafe.Sizeof(Status{})<<16
	CallSyncPtr  = readWrite | pcm | 0x23 | unsafe.Sizeof(SyncPtr{})<<16
	CallRefine   = readWrite | pcm | 0x10 | unsafe.Sizeof(HwParams{})<<16
	CallHwParams = readWrite | pcm | 0x11 | unsafe.Sizeof(HwParams{})<<16
	CallSwParams = readWrite | pcm | 0x13 | unsafe.Sizeof(SwParams{})<<16
	CallPrepare  = none | pcm | 0x40
	CallStart    = none | pcm | 0x42
	CallDrop     = none | pcm | 0x43
	CallForward  = write | pcm | 0x49 | unsafe.Sizeof(uint(0))<<16
	CallWrite    = write | pcm | 0x50 | unsafe.Sizeof(Transfer{})<<16
	CallRead     = read | pcm | 0x51 | unsafe.Sizeof(Transfer{})<<16
	callLink     = write | pcm | 0x60 | 4<<16

	CallCardInfo  = read | ctl | 0x01 | unsafe.Sizeof(CardInfo{})<<16
	CallElemList  = readWrite | ctl | 0x10 | unsafe.Sizeof(ElemList{})<<16
	CallElemInfo  = readWrite | ctl | 0x11 | unsafe.Sizeof(ElemInfo{})<<16
	CallElemWrite = readWrite | ctl | 0x13 | unsafe.Sizeof(ElemValue{})<<16
)
