package alsatest

import (
	"math"
	"os"
	"syscall"
	"time"
	"unsafe"

	"intercom/hal/internal/alsa"
)

// notReady is EBADFD, which only Linux has a name for: the stream is not in a state for this.
const notReady = syscall.Errno(77)

// Link implements alsa.Device.
func (p *pcm) Link(alsa.Device) error {
	p.card.mu.Lock()
	defer p.card.mu.Unlock()
	if p.card.NoLink {
		return syscall.ENOSYS
	}
	p.card.linked = true
	return nil
}

// Close implements alsa.Device.
func (p *pcm) Close() error {
	p.card.mu.Lock()
	defer p.card.mu.Unlock()
	if !p.open {
		return syscall.EBADF
	}
	p.open, p.state, p.card.linked = false, 0, false
	return nil
}

// Wait implements alsa.Device: a timer to the moment at which there is a period.
func (p *pcm) Wait(limit time.Duration) error {
	p.card.mu.Lock()
	p.card.update()
	wake := p.card.wake
	ready := p.state != alsa.StateRunning || p.avail() >= p.availMin
	pause := limit
	if speed := p.card.speed(); !ready && speed > 0 {
		position := p.appl + p.availMin
		if p.isPlay {
			position -= p.buffer
		}
		due := time.Duration(math.Ceil(float64(position) / (float64(p.rate) * speed) * 1e9))
		pause = min(limit, due-clock().Sub(p.started))
	}
	p.card.mu.Unlock()
	if ready {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-wake:
	case <-timer.C:
		if pause == limit {
			return os.ErrDeadlineExceeded
		}
	}
	return nil
}

// Control implements alsa.Device.
func (p *pcm) Control(number uintptr, arg unsafe.Pointer) error {
	p.card.mu.Lock()
	defer p.card.mu.Unlock()
	if !p.open {
		return syscall.EBADF
	}
	if p.card.Fail != nil {
		if err := p.card.Fail(p.name(), number); err != nil {
			return err
		}
	}
	p.card.update()
	switch number {
	case alsa.CallRefine:
		return p.card.refine((*alsa.HwParams)(arg))
	case alsa.CallHwParams:
		return p.setHardware((*alsa.HwParams)(arg))
	case alsa.CallSwParams:
		return p.setSoftware((*alsa.SwParams)(arg))
	case alsa.CallStatus:
		s := (*alsa.Status)(arg)
		s.State, s.Hw = p.state, uint(p.hw()%boundary)
		run := clock().Sub(p.started) // the trigger's time is 0
		s.Now.Sec, s.Now.Nsec = int(run/time.Second), int(run%time.Second)
		return nil
	}
	return p.run(number, arg)
}

// run are the calls of a stream that has its parameters.
func (p *pcm) run(number uintptr, arg unsafe.Pointer) error {
	switch number {
	case alsa.CallPrepare:
		return p.prepare()
	case alsa.CallStart:
		return p.both((*pcm).start)
	case alsa.CallDrop:
		return p.both((*pcm).drop)
	case alsa.CallSyncPtr:
		if p.state == alsa.StateXrun {
			return syscall.EPIPE
		}
		s := (*alsa.SyncPtr)(arg)
		s.State, s.Hw, s.Appl = p.state, uint(p.hw()%boundary), uint(p.appl%boundary)
		return nil
	case alsa.CallForward:
		return p.forward((*uint)(arg))
	case alsa.CallRead, alsa.CallWrite:
		return p.transfer(number == alsa.CallWrite, (*alsa.Transfer)(arg))
	}
	return syscall.ENOTTY
}

// both does a command for the linked stream too.
func (p *pcm) both(do func(*pcm) error) error {
	err := do(p)
	if c := p.card; c.linked {
		other := &c.play
		if p.isPlay {
			other = &c.capture
		}
		_ = do(other)
	}
	return err
}

func (p *pcm) setHardware(h *alsa.HwParams) error {
	if err := p.card.refine(h); err != nil {
		return err
	}
	if p.card.GrantRate != 0 {
		h.Intervals[alsa.IntervalRate].Only(uint32(p.card.GrantRate))
	}
	for _, f := range p.card.Formats {
		if h.Masks[1].Has(f) {
			p.format = f
		}
	}
	p.rate = int(h.Intervals[alsa.IntervalRate].Min)
	p.channels = int(h.Intervals[alsa.IntervalChannels].Min)
	p.buffer = int(h.Intervals[alsa.IntervalBufferSize].Min)
	p.state = alsa.StateSetup
	return nil
}

func (p *pcm) setSoftware(s *alsa.SwParams) error {
	if p.state < alsa.StateSetup {
		return notReady
	}
	if s.SilenceSize >= boundary && s.SilenceThreshold != 0 || s.SilenceSize < boundary && s.SilenceSize > s.SilenceThreshold {
		return syscall.EINVAL
	}
	s.Boundary = boundary
	p.availMin, p.stop = int(s.AvailMin), s.StopThreshold
	return nil
}

func (p *pcm) prepare() error {
	if p.state < alsa.StateSetup || p.state == alsa.StateRunning {
		return syscall.EBUSY
	}
	p.state, p.appl = alsa.StatePrepared, 0
	return nil
}

func (p *pcm) start() error {
	if p.state != alsa.StatePrepared {
		return notReady
	}
	if p.isPlay && p.appl == 0 {
		return syscall.EPIPE
	}
	p.state, p.started = alsa.StateRunning, clock()
	p.card.starts++
	return nil
}

func (p *pcm) drop() error {
	if p.state < alsa.StateSetup {
		return notReady
	}
	p.state = alsa.StateSetup
	p.card.signal()
	return nil
}

// forward moves on; what is passed over in playback is silence.
func (p *pcm) forward(frames *uint) error {
	if p.state != alsa.StateRunning {
		return syscall.EPIPE
	}
	n := max(min(int(*frames), p.avail()), 0)
	if p.isPlay {
		for i := range min(n, memory) {
			p.card.air[(p.appl+n-1-i)%memory] = 0
		}
	}
	p.appl += n
	*frames = uint(n)
	return nil
}

// transfer reads or writes what can be without waiting.
func (p *pcm) transfer(isWrite bool, t *alsa.Transfer) error {
	switch {
	case isWrite != p.isPlay:
		return syscall.EINVAL
	case p.state == alsa.StateXrun:
		return syscall.EPIPE
	case p.state != alsa.StateRunning && !(isWrite && p.state == alsa.StatePrepared):
		return notReady
	}
	n := min(int(t.Frames), p.avail())
	if n <= 0 {
		return syscall.EAGAIN
	}
	size := p.sampleBytes()
	data := unsafe.Slice((*byte)(t.Buffer), n*size*p.channels)
	for i := range n {
		frame := data[i*size*p.channels:]
		if isWrite {
			p.card.air[p.appl%memory] = p.get(frame)
		} else {
			p.record(frame, size)
		}
		p.appl++
	}
	t.Result = n
	return nil
}

// record makes one frame of what the microphone hears at position appl.
func (p *pcm) record(frame []byte, size int) {
	c := p.card
	x := c.Offset
	if at := p.appl - c.Echo; at >= 0 && at < c.play.appl {
		x += c.air[at%memory]
	}
	for ch := range p.channels {
		level := x
		if p.channels > 1 && ch != c.MicChannel {
			level = 0
		}
		p.put(frame[ch*size:], level)
	}
}
