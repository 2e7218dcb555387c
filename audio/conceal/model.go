package conceal

import (
	"math"

	"intercom/audio/internal/lpc"
)

// model is the vocal tract before the gap: an all-pole filter by linear prediction (autocorrelation method). It turns the
// history into its excitation and an excitation into speech. Because its memory is the speech played last, the
// extrapolation begins without a step.
type model struct {
	window []float32
	a      []float64 // prediction: x[t] is about the sum of a[k]*x[t-1-k]
	memory []float32 // the newest first
	framed []float32
}

// The order resolves two formants per kHz and the spectral tilt.
func order(rate int) int { return 10 + rate/2000 }

const maxOrder = 34

func newModel(rate int) model {
	p, n := order(rate), rate/1000*modelTime
	m := model{window: make([]float32, n), a: make([]float64, p), memory: make([]float32, p), framed: make([]float32, n)}
	rise := n * 7 / 8
	for i := range m.window {
		if i < rise {
			m.window[i] = float32(0.54 - 0.46*math.Cos(math.Pi*(float64(i)+0.5)/float64(rise)))
		} else { // a steep end keeps the newest sound in sight
			m.window[i] = float32(math.Cos(math.Pi / 2 * (float64(i-rise) + 0.5) / float64(n-rise)))
		}
	}
	return m
}

// modelTime is the length of the analysis window in ms.
const modelTime = 25

func (m *model) reset() {
	clear(m.a)
	clear(m.memory)
}

// fit takes the model from the end of the history.
func (m *model) fit(history []float32) {
	end := history[len(history)-len(m.window):]
	for i, w := range m.window {
		m.framed[i] = w * end[i]
	}
	var room [maxOrder + 1]float64
	r := room[:len(m.a)+1]
	lpc.Correlate(r, m.framed)
	mend(r)
	lpc.Levinson(m.a, nil, r)
	for k := range m.memory {
		m.memory[k] = history[len(history)-1-k]
	}
}

// mend does to an autocorrelation what is customary: a noise floor 40 dB below and a lag window of 40 Hz at 8 kHz keep the
// filter from ringing on a single harmonic.
func mend(r []float64) {
	for k := range r {
		w := 2 * math.Pi * 40 / 8000 * float64(k)
		r[k] *= math.Exp(-0.5 * w * w)
	}
	r[0] = r[0]*1.0001 + 1e-9
}

// residual is the excitation that explains sample i of x.
func (m *model) residual(x []float32, i int) float32 {
	v := float64(x[i])
	for k, a := range m.a {
		v -= a * float64(x[i-1-k])
	}
	return float32(v)
}

// synthesize drives the model by one sample of excitation.
func (m *model) synthesize(e float32) float32 {
	v := float64(e)
	for k, a := range m.a {
		v += a * float64(m.memory[k])
	}
	v = min(max(v, -2), 2)
	if math.Abs(v) < 1e-20 {
		v = 0
	}
	copy(m.memory[1:], m.memory)
	m.memory[0] = float32(v)
	return float32(v)
}
