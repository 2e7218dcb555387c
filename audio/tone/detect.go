package tone

import "math"

// Measurement is what a detector found.
type Measurement struct {
	Level float64 // power of the tones in dB relative to a full-scale sine (0 dB); -inf without samples
	SNR   float64 // power of the tones against everything else, in dB
}

// The decision: 10 dB of distance needs a tone that dominates everything else by far (speech at its most vowel-like
// reaches about 3 dB at one frequency), and -50 dB is under any tone a phone sends but above idle noise.
const (
	minSNR   = 10
	minLevel = -50
)

// Present tells whether the tones were there: 10 dB above the rest and above -50 dB.
func (m Measurement) Present() bool { return m.SNR >= minSNR && m.Level >= minLevel }

// Detector measures given frequencies in blocks of 100 ms with Goertzel's recursion under a Hann window. The
// window keeps tones that fall between the bins from leaking into the noise estimate.
type Detector struct {
	coef   []float64 // 2 cos w per frequency
	s1, s2 []float64
	window []float64
	pos    int
	total  float64 // windowed power

	sum    float64 // sum of the window
	sumSq  float64
	last   Measurement
	blocks int
	hits   int
}

// NewDetector returns a detector for one or more frequencies at rate samples a second. Several frequencies are
// measured as one signal: their powers add.
func NewDetector(rate int, hz ...float64) *Detector {
	return newDetector(rate, rate/10, hz)
}

func newDetector(rate, block int, hz []float64) *Detector {
	d := &Detector{s1: make([]float64, len(hz)), s2: make([]float64, len(hz)), window: make([]float64, block)}
	d.last = Measurement{Level: math.Inf(-1), SNR: math.Inf(-1)}
	for _, f := range hz {
		d.coef = append(d.coef, 2*math.Cos(2*math.Pi*f/float64(rate)))
	}
	for i := range d.window {
		w := 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(block))
		d.window[i] = w
		d.sum += w
		d.sumSq += w * w
	}
	return d
}

// Write takes the next samples.
func (d *Detector) Write(pcm []float32) {
	for _, v := range pcm {
		x := float64(v) * d.window[d.pos]
		d.total += x * x
		for i, c := range d.coef {
			d.s1[i], d.s2[i] = x+c*d.s1[i]-d.s2[i], d.s1[i]
		}
		if d.pos++; d.pos == len(d.window) {
			d.finish()
		}
	}
}

// finish closes a block: Parseval over the window gives the whole power, Goertzel the tones' share of it.
func (d *Detector) finish() {
	var tones float64
	for i, c := range d.coef {
		power := d.s1[i]*d.s1[i] + d.s2[i]*d.s2[i] - c*d.s1[i]*d.s2[i]
		tones += 4 * power / (d.sum * d.sum) // = amplitude squared: 1 for a full-scale sine
		d.s1[i], d.s2[i] = 0, 0
	}
	whole := 2 * d.total / d.sumSq
	rest := max(whole-tones, 1e-12)
	d.last = Measurement{Level: decibel(tones), SNR: decibel(tones) - decibel(rest)}
	d.blocks++
	if d.last.Present() {
		d.hits++
	}
	d.pos, d.total = 0, 0
}

func decibel(power float64) float64 { return 10 * math.Log10(max(power, 1e-20)) }

// Last is the measurement of the last whole block; -inf before the first.
func (d *Detector) Last() Measurement { return d.last }

// Counts returns the number of whole blocks measured and in how many of them the tones were present.
func (d *Detector) Counts() (blocks, present int) { return d.blocks, d.hits }

// Measure takes the whole of pcm as one block. It needs about 50 ms to separate tones 40 Hz apart.
func Measure(pcm []float32, rate int, hz ...float64) Measurement {
	d := newDetector(rate, max(len(pcm), 1), hz)
	d.Write(pcm)
	return d.last
}
