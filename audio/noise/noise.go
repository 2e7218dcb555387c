package noise

import (
	"fmt"
	"math"
	"math/rand/v2"

	"intercom/audio/internal/fft"
)

// Config describes a suppressor. Rate must be given.
type Config struct {
	// Rate of the signal in Hz, 8000 to 48000, a multiple of 100.
	Rate int
	// Reduction of pure noise in dB, at most 30; 0 means 18. Negative lowers nothing: comfort noise alone.
	Reduction float64
	// NoComfort leaves closed bins silent in Weigh.
	NoComfort bool
	// Seed of the comfort noise.
	Seed uint64
}

const (
	defaultReduction = 18
	maxReduction     = 30
	// fillOver is how much louder the rest of the noise is, on average, than the least gain leaves it: it fluctuates.
	fillOver = 1.2
)

// Suppressor lowers noise. Make it with New.
type Suppressor struct {
	n       int
	plan    *fft.Plan
	window  []float32
	old     []float32 // the frame before
	out     []float32 // what it adds to this one
	time    []float32
	bins    []complex64
	open    []float32 // gains of one, for Process
	floor   floor
	weight  weight
	comfort *rand.Rand // nil: none
}

// New answers a suppressor; errors name the field that is out of range.
func New(c Config) (*Suppressor, error) {
	if c.Rate < 8000 || c.Rate > 48000 || c.Rate%100 != 0 {
		return nil, fmt.Errorf("noise: a rate of %d Hz is not supported: choose 8000, 16000, 32000 or 48000", c.Rate)
	}
	if c.Reduction > maxReduction {
		return nil, fmt.Errorf("noise: a reduction of %g dB is out of range: choose at most %d", c.Reduction, maxReduction)
	}
	if c.Reduction == 0 {
		c.Reduction = defaultReduction
	}
	n := c.Rate / 100
	plan, err := fft.New(2 * n)
	if err != nil {
		return nil, fmt.Errorf("noise: %w", err)
	}
	s := &Suppressor{
		n: n, plan: plan, window: make([]float32, 2*n), old: make([]float32, n), out: make([]float32, n),
		time: make([]float32, 2*n), bins: make([]complex64, n+1), open: make([]float32, n+1),
		floor: newFloor(n + 1), weight: newWeight(n+1, c.Reduction),
	}
	for i := range s.window {
		s.window[i] = float32(math.Sin(math.Pi * (float64(i) + 0.5) / float64(2*n)))
	}
	for k := range s.open {
		s.open[k] = 1
	}
	if !c.NoComfort {
		s.comfort = rand.New(rand.NewPCG(c.Seed, 1))
	}
	return s, nil
}

// Frame is the number of samples that Process takes: 10 ms. It is also the delay of its output.
func (s *Suppressor) Frame() int { return s.n }

// Reset forgets the noise floor and the last frame.
func (s *Suppressor) Reset() {
	clear(s.old)
	clear(s.out)
	s.floor.reset()
	s.weight.reset()
}

// Process takes one frame and writes the one before it, with less noise, in its place.
func (s *Suppressor) Process(frame []float32) {
	for i := range s.n {
		s.time[i] = s.old[i] * s.window[i]
		s.time[s.n+i] = frame[i] * s.window[s.n+i]
	}
	copy(s.old, frame[:s.n])
	s.plan.Forward(s.bins, s.time)
	s.Weigh(s.bins, s.open, false)
	s.plan.Inverse(s.time, s.bins)
	for i := range s.n {
		frame[i] = s.out[i] + s.time[i]*s.window[i]
		s.out[i] = s.time[s.n+i] * s.window[s.n+i]
	}
}

// Weigh applies its own gains and those of the echo suppressor, 0 to 1 per bin, to a spectrum of Frame()+1 bins (two
// frames under the root of a Hann window, 10 ms after the one before), and fills what the latter close with comfort
// noise. While echo is true the noise floor learns nothing, for what it sees is not the door's noise.
func (s *Suppressor) Weigh(spectrum []complex64, gain []float32, echo bool) {
	if echo {
		s.floor.listen(spectrum)
	} else {
		s.floor.learn(spectrum)
	}
	for k, v := range spectrum {
		g := s.weight.gain(k, power(v), s.floor.noise[k], s.floor.speech[k], gain[k])
		v = scale(g*gain[k], v)
		if s.comfort != nil && gain[k] < 0.9 {
			v += s.fill(k, gain[k])
		}
		spectrum[k] = v
	}
}

// fill is comfort noise for a bin that the echo suppressor has closed to gain: as loud as the noise that would be heard
// there after this suppressor, in a random phase.
func (s *Suppressor) fill(k int, gain float32) complex64 {
	level := fillOver * s.weight.least * float32(math.Sqrt(float64(s.floor.noise[k]*(1-gain*gain))))
	turn := s.comfort.Uint32()
	re, im := unit[turn>>27], unit[(turn>>27+8)%32]
	return complex(level*im, level*re)
}

func power(v complex64) float32              { return real(v)*real(v) + imag(v)*imag(v) }
func scale(g float32, v complex64) complex64 { return complex(g*real(v), g*imag(v)) }
