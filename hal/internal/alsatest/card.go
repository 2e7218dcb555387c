package alsatest

import (
	"encoding/binary"
	"math"
	"slices"
	"sync"
	"syscall"
	"time"

	"intercom/hal/internal/alsa"
)

// The formats' numbers, SNDRV_PCM_FORMAT_*.
const (
	S16   = 2
	S24   = 6
	S32   = 10
	S24x3 = 32
)

// memory is how many samples of the loudspeaker are remembered.
const memory = 1 << 18

// Card is a fake sound card with one PCM device.
type Card struct {
	ID, Name string
	// Rates, Formats and Channels are what the hardware can.
	Rates    []int
	Formats  []uint32
	Channels []int
	// MinBuffer is the smallest buffer in frames.
	MinBuffer int
	// Echo is the way from the loudspeaker to the microphone, in frames.
	Echo int
	// MicChannel is where the microphone is; the other channel is Noise.
	MicChannel int
	// Offset is a constant added to the microphone, as some MEMS microphones have it.
	Offset float32
	// GrantRate, if not 0, is what the driver makes of any rate: a wish ignored.
	GrantRate int
	// Speed multiplies the clock: 0 is normal, -1 no clock at all, 50 a slave that runs free.
	Speed float64
	// NoLink makes LINK fail. Deaf has no microphone at all.
	NoLink, Deaf bool
	// Mixer are the controls.
	Mixer []*Control
	// Fail, if set, is asked before each call of a stream ("p" or "c"); its error is the answer.
	Fail func(stream string, number uintptr) error

	mu      sync.Mutex
	play    pcm
	capture pcm
	linked  bool
	air     []float32 // by position of playback, modulo memory
	wake    chan struct{}
	starts  int
}

// NewCard makes a card like the common I2S hat: 48 kHz stereo S32 and, for tests, also the usual lower rates.
func NewCard(id string) *Card {
	return &Card{
		ID: id, Name: "Fake " + id,
		Rates:    []int{8000, 16000, 32000, 44100, 48000},
		Formats:  []uint32{S32},
		Channels: []int{2},
		Echo:     48,
	}
}

// Starts is how often the card's streams were started.
func (c *Card) Starts() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.starts
}

// IsPlaying tells whether playback runs.
func (c *Card) IsPlaying() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.update()
	return c.play.state == alsa.StateRunning
}

// update stops the streams if one has come to its stop threshold, as the driver's interrupt does.
func (c *Card) update() {
	xrun := false
	for _, p := range []*pcm{&c.play, &c.capture} {
		xrun = xrun || p.state == alsa.StateRunning && uint(p.avail()) >= p.stop
	}
	if xrun {
		c.stumble()
	}
}

// Stumble stops both streams as a driver does after an xrun.
func (c *Card) Stumble() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stumble()
}

func (c *Card) stumble() {
	for _, p := range []*pcm{&c.play, &c.capture} {
		if p.state == alsa.StateRunning {
			p.state = alsa.StateXrun
		}
	}
	c.signal()
}

// signal wakes all who wait.
func (c *Card) signal() {
	close(c.wake)
	c.wake = make(chan struct{})
}

func (c *Card) open(p *pcm) (alsa.Device, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.open {
		return nil, syscall.EBUSY
	}
	if !c.play.open && !c.capture.open { // a fresh start, perhaps in another synctest bubble
		c.wake = make(chan struct{})
		c.air = make([]float32, memory)
	}
	*p = pcm{card: c, open: true, isPlay: p == &c.play, state: 0}
	return p, nil
}

// refine narrows a request to what the hardware can; EINVAL if nothing is left.
func (c *Card) refine(p *alsa.HwParams) error {
	left := alsa.Mask{}
	for _, f := range c.Formats {
		if p.Masks[1].Has(f) {
			left[f/32] |= 1 << (f % 32)
		}
	}
	p.Masks[1] = left
	if left == (alsa.Mask{}) || !p.Masks[0].Has(3) {
		return syscall.EINVAL
	}
	buffer := &p.Intervals[alsa.IntervalBufferSize]
	buffer.Min = max(buffer.Min, uint32(c.MinBuffer))
	period := &p.Intervals[alsa.IntervalPeriodSize]
	period.Min, period.Max = max(period.Min, 8), min(period.Max, 65536)
	if !narrow(&p.Intervals[alsa.IntervalRate], c.Rates) || !narrow(&p.Intervals[alsa.IntervalChannels], c.Channels) ||
		buffer.Min > buffer.Max || period.Min > period.Max {
		return syscall.EINVAL
	}
	return nil
}

func narrow(i *alsa.Interval, choices []int) bool {
	var left []int
	for _, n := range choices {
		if uint32(n) >= i.Min && uint32(n) <= i.Max {
			left = append(left, n)
		}
	}
	if len(left) == 0 {
		return false
	}
	i.Min, i.Max = uint32(slices.Min(left)), uint32(slices.Max(left))
	return true
}

// pcm is one stream.
type pcm struct {
	card     *Card
	open     bool
	isPlay   bool
	state    int32
	rate     int
	format   uint32
	channels int
	buffer   int
	availMin int
	stop     uint
	started  time.Time
	appl     int
}

const boundary = 1 << 30

func (p *pcm) name() string {
	if p.isPlay {
		return "p"
	}
	return "c"
}

// clock is the fakes' only one: a test's bubble moves it.
func clock() time.Time { return time.Now() }

// hw is the hardware's position.
func (p *pcm) hw() int {
	if p.state != alsa.StateRunning {
		return 0
	}
	return int(math.Floor(clock().Sub(p.started).Seconds()*float64(p.rate)*p.card.speed() + 1e-3))
}

// speed is the clock's: 1 as it should be, 0 stopped.
func (c *Card) speed() float64 {
	switch {
	case c.Speed < 0:
		return 0
	case c.Speed == 0:
		return 1
	}
	return c.Speed
}

// avail is how much can be read or written, by pointers that go round, as the kernel reckons.
func (p *pcm) avail() int {
	n := p.hw()%boundary - p.appl%boundary
	if p.isPlay {
		n += p.buffer
	}
	return (n + boundary) % boundary
}

func (p *pcm) sampleBytes() int {
	switch p.format {
	case S16:
		return 2
	case S24x3:
		return 3
	}
	return 4
}

// put and get are the hardware's own reading of a sample, apart from the code under test.
func (p *pcm) put(b []byte, x float32) {
	switch p.format {
	case S16:
		binary.LittleEndian.PutUint16(b, uint16(int16(x*(1<<15))))
	case S24x3:
		v := int32(x * (1 << 23))
		b[0], b[1], b[2] = byte(v), byte(v>>8), byte(v>>16)
	case S24:
		binary.LittleEndian.PutUint32(b, uint32(int32(x*(1<<23)))&0xffffff|0xa5000000) // the high byte is rubbish
	default:
		binary.LittleEndian.PutUint32(b, uint32(int32(float64(x)*(1<<31))))
	}
}

func (p *pcm) get(b []byte) float32 {
	switch p.format {
	case S16:
		return float32(int16(binary.LittleEndian.Uint16(b))) / (1 << 15)
	case S24x3:
		return float32(int32(b[0])|int32(b[1])<<8|int32(int8(b[2]))<<16) / (1 << 23)
	case S24:
		return float32(int32(binary.LittleEndian.Uint32(b)<<8)>>8) / (1 << 23)
	}
	return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31)
}
