package alsa

import (
	"errors"
	"fmt"
	"math"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// clockless is how long a card may give no sample: far more than any period, far less than the kernel's own 10 s.
const clockless = time.Second

// A stream is one direction of an open card. All of it is the Card's mutex's, but for Wait of its device.
type stream struct {
	name     string
	device   Device
	channels int
	frame    int      // bytes
	buffer   int      // frames
	boundary int      // where the pointers wrap
	data     []byte   // one period in the card's format
	moved    int      // bytes of data that are done
	transfer Transfer // kept here so that nothing is allocated while sound runs
	sync     SyncPtr
	forwards uint
}

// shape is what both streams of a card agree on.
type shape struct {
	rate    int
	format  *format
	period  int // frames
	periods int
}

// anything is the request that leaves all open.
func anything() HwParams {
	var p HwParams
	for i := range p.Masks {
		for j := range p.Masks[i] {
			p.Masks[i][j] = math.MaxUint32
		}
	}
	for i := range p.Intervals {
		p.Intervals[i] = Interval{Max: math.MaxUint32}
	}
	p.Requested = math.MaxUint32
	p.info = math.MaxUint32
	return p
}

// request narrows anything down to a shape and a number of channels.
func (s shape) request(channels int) HwParams {
	p := anything()
	p.Masks[maskAccess].Only(accessInterleaved)
	p.Masks[maskFormat].Only(s.format.code)
	p.Masks[maskSubformat].Only(0)
	p.Intervals[IntervalChannels].Only(uint32(channels))
	p.Intervals[IntervalRate].Only(uint32(s.rate))
	p.Intervals[IntervalPeriodSize].Only(uint32(s.period))
	p.Intervals[IntervalBufferSize].Only(uint32(s.period * s.periods))
	return p
}

// can asks without changing anything.
func (st *stream) can(s shape, channels int) bool {
	p := s.request(channels)
	return st.device.Control(CallRefine, unsafe.Pointer(&p)) == nil
}

// set fixes the shape and checks what was granted: a rate, especially, is only a wish to some drivers.
func (st *stream) set(s shape, channels int) error {
	p := s.request(channels)
	if err := st.device.Control(CallHwParams, unsafe.Pointer(&p)); err != nil {
		return fmt.Errorf("alsa: %s: set %d Hz %s, %d channels, %d x %d frames: %w", st.name, s.rate, s.format.name, channels, s.periods, s.period, err)
	}
	for _, granted := range []struct {
		what     string
		interval int
		want     int
	}{
		{"rate", IntervalRate, s.rate}, {"channels", IntervalChannels, channels},
		{"period", IntervalPeriodSize, s.period}, {"buffer", IntervalBufferSize, s.period * s.periods},
	} {
		if got := p.Intervals[granted.interval]; got.Min != uint32(granted.want) {
			return fmt.Errorf("alsa: %s: the driver granted a %s of %d where %d was asked for; ask for that", st.name, granted.what, got.Min, granted.want)
		}
	}
	st.channels, st.frame, st.buffer = channels, channels*s.format.bytes, s.period*s.periods
	st.data = make([]byte, s.period*st.frame)
	return st.setSoftware(s.period)
}

// setSoftware makes the stream start on command only and stop never: where the other end is missing, playback plays
// silence and capture forgets. The wrap of the pointers stands for "never", and only the kernel knows it.
func (st *stream) setSoftware(period int) error {
	p := SwParams{
		TstampMode: 1, TstampType: 1, Proto: 2<<16 | 12, // times of the monotonic clock
		periodStep: 1, AvailMin: uint(period), xferAlign: 1,
		StartThreshold: uint(st.buffer), StopThreshold: uint(st.buffer),
	}
	if err := st.device.Control(CallSwParams, unsafe.Pointer(&p)); err != nil {
		return fmt.Errorf("alsa: %s: software parameters: %w", st.name, err)
	}
	st.boundary = int(p.Boundary)
	p.StartThreshold, p.StopThreshold, p.SilenceSize = p.Boundary, p.Boundary, p.Boundary
	if err := st.device.Control(CallSwParams, unsafe.Pointer(&p)); err != nil {
		return fmt.Errorf("alsa: %s: software parameters: %w", st.name, err)
	}
	return nil
}

// pointers gives how far the caller is ahead of the hardware, in frames: of playback what is queued (negative
// after an underrun), of capture minus what waits to be read.
func (st *stream) pointers() (ahead int, err error) {
	st.sync = SyncPtr{Flags: syncHardware | syncAppl | syncAvailMin}
	if err := st.device.Control(CallSyncPtr, unsafe.Pointer(&st.sync)); err != nil {
		return 0, err
	}
	if st.sync.State != StateRunning {
		return 0, syscall.EPIPE
	}
	ahead = int(st.sync.Appl) - int(st.sync.Hw)
	switch {
	case ahead > st.boundary/2:
		ahead -= st.boundary
	case ahead < -st.boundary/2:
		ahead += st.boundary
	}
	return ahead, nil
}

// forward moves the caller's pointer on and tells by how much.
func (st *stream) forward(frames int) (int, error) {
	st.forwards = uint(frames)
	err := st.device.Control(CallForward, unsafe.Pointer(&st.forwards))
	return int(st.forwards), err
}

// move reads or writes (CallRead, CallWrite) what is left of one period and tells whether it was all.
func (st *stream) move(call uintptr) (whole bool, err error) {
	for st.moved < len(st.data) {
		rest := st.data[st.moved:]
		st.transfer = Transfer{Buffer: unsafe.Pointer(&rest[0]), Frames: uint(len(rest) / st.frame)}
		err := st.device.Control(call, unsafe.Pointer(&st.transfer))
		if errors.Is(err, syscall.EAGAIN) || err == nil && st.transfer.Result <= 0 {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		st.moved += st.transfer.Result * st.frame
	}
	st.moved = 0
	return true, nil
}

// silence fills an empty playback buffer.
func (st *stream) silence(frames int) error {
	data := make([]byte, frames*st.frame)
	fill := Transfer{Buffer: unsafe.Pointer(&data[0]), Frames: uint(frames)}
	err := st.device.Control(CallWrite, unsafe.Pointer(&fill))
	if err == nil && fill.Result != frames {
		err = fmt.Errorf("%d of %d frames were taken", fill.Result, frames)
	}
	if err != nil {
		return fmt.Errorf("alsa: %s: fill with silence: %w", st.name, err)
	}
	return nil
}

// command is a call without an argument.
func (st *stream) command(call uintptr, what string) error {
	if err := st.device.Control(call, nil); err != nil {
		return fmt.Errorf("alsa: %s: %s: %w", st.name, what, err)
	}
	return nil
}

// isSilent tells that no sample came for the whole limit.
func isSilent(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.EIO)
}
