package echo

import (
	"fmt"
	"time"
)

// Config describes a canceller. Rate must be given.
type Config struct {
	// Rate of all signals in Hz: 8000 or 16000.
	Rate int
	// Tail is the longest echo the filter models, 10 to 500 ms; 0 means 120 ms.
	Tail time.Duration
	// LinearOnly leaves the suppressor out: the output is on time, but 15 to 20 dB of echo more remain.
	LinearOnly bool
	// Background lowers the noise on the same spectra, and fills in comfort noise; nil does neither. LinearOnly leaves
	// it out too.
	Background Background
}

// Canceller removes the echo of one loudspeaker from one microphone. Make it with New.
type Canceller struct {
	filter    *filter
	coherence *coherence
	suppress  *suppressor // nil if linear only
	echo      []float32
}

const (
	frame       = 10 * time.Millisecond
	defaultTail = 120 * time.Millisecond
	maxTail     = 500 * time.Millisecond
)

// New answers a canceller that has learnt nothing yet; errors name the field that is out of range.
func New(c Config) (*Canceller, error) {
	if c.Rate != 8000 && c.Rate != 16000 {
		return nil, fmt.Errorf("echo: a rate of %d Hz is not supported: resample to 8000 or 16000", c.Rate)
	}
	if c.Tail == 0 {
		c.Tail = defaultTail
	}
	if c.Tail < frame || c.Tail > maxTail {
		return nil, fmt.Errorf("echo: a tail of %v is out of range: choose %v to %v", c.Tail, frame, maxTail)
	}
	n := c.Rate / int(time.Second/frame)
	f, err := newFilter(n, int((c.Tail+frame-1)/frame))
	if err != nil {
		return nil, err
	}
	canceller := &Canceller{filter: f, coherence: newCoherence(f), echo: make([]float32, n)}
	if !c.LinearOnly {
		if canceller.suppress, err = newSuppressor(n); err != nil {
			return nil, err
		}
		canceller.suppress.background = c.Background
	}
	return canceller, nil
}

// Frame is the number of samples that Process takes: 10 ms.
func (c *Canceller) Frame() int { return c.filter.n }

// Delay is the number of samples that the output is late.
func (c *Canceller) Delay() int {
	if c.suppress == nil {
		return 0
	}
	return c.filter.n
}

// Process takes one frame of the microphone and the frame of the reference that was heard in it, and writes a frame
// without echo to out, which may be mic.
func (c *Canceller) Process(out, mic, ref []float32) {
	f := c.filter
	f.cancel(out[:f.n], c.echo, mic[:f.n], ref[:f.n])
	c.coherence.update(f)
	if c.coherence.pathChanged(f) {
		f.forget()
	}
	f.adapt(c.coherence.voice > 0)
	if c.suppress != nil {
		c.suppress.process(out, f.residual, c.coherence)
	}
}

// Shift moves what has been learnt by n samples: the echo arrives that much later (n positive) or earlier. Call it when
// the card tells of a jump of its delay.
func (c *Canceller) Shift(n int) { c.filter.shift(n) }

// Reset forgets everything, as after New.
func (c *Canceller) Reset() {
	c.filter.reset()
	c.coherence.reset()
	if c.suppress != nil {
		c.suppress.reset()
	}
}
