package noise

import "math"

// weight turns the ratio of power to noise floor into a gain (Ephraim and Malah 1985, equation 20), smoothed by the
// decision-directed estimate of the ratio before noise, which is what keeps the rest of the noise from warbling.
type weight struct {
	before []float32 // the clean power of the last frame, in units of the floor
	least  float32   // gain of pure noise
	log    float32   // its logarithm
	off    bool
}

const (
	// directed is the share of the last frame in the estimate.
	directed = 0.95
	// leastRatio bounds the estimate below, -25 dB.
	leastRatio = 0.003
)

func newWeight(bins int, reduction float64) weight {
	w := weight{before: make([]float32, bins), least: 1, off: reduction < 0}
	if !w.off {
		w.least = float32(math.Pow(10, -reduction/20))
		w.log = float32(math.Log(float64(w.least)))
	}
	return w
}

func (w *weight) reset() { clear(w.before) }

// gain is the gain of bin k. echo is the gain the echo suppressor applies besides: what it closes is not taken for
// clean speech in the next frame.
func (w *weight) gain(k int, power, noise, speech, echo float32) float32 {
	if w.off {
		return 1
	}
	ratio := min(power/noise, 1e4)
	clean := max(directed*w.before[k]+(1-directed)*max(ratio-1, 0), leastRatio)
	wiener := clean / (1 + clean)
	g := wiener * spread(wiener*ratio)
	w.before[k] = g*g*ratio*echo*echo + tiny
	// Under uncertainty: between the estimate and the least gain, on a scale of decibels.
	p := max(speech, min(wiener, 1))
	g = exp(p*log(g+1e-6) + (1-p)*w.log)
	return min(max(g, w.least), 1)
}

// spread is exp(E1(v)/2), the factor by which the log-spectral estimate exceeds the Wiener filter; E1 is the exponential
// integral, by the series and the rational approximation of Abramowitz and Stegun 5.1.53 and 5.1.56 (two terms).
func spread(v float32) float32 {
	x := max(v, 1e-4)
	if x > 8 {
		return 1
	}
	if x <= 1 {
		// Half of -log(x) in the exponent is a root.
		e1 := x*(0.99999193+x*(-0.24991055+x*(0.05519968+x*(-0.00976004+x*0.00107857)))) - 0.57721566
		return exp(e1/2) / float32(math.Sqrt(float64(x)))
	}
	e1 := exp(-x) / x * (x*x + 2.334733*x + 0.250621) / (x*x + 3.330657*x + 1.681534)
	return exp(e1 / 2)
}

// unit is a sine at 32 phases; eight steps on is the cosine.
var unit = func() (t [32]float32) {
	for i := range t {
		t[i] = float32(math.Sin(2 * math.Pi * float64(i) / 32))
	}
	return t
}()
