package conceal

import "math"

// model is the vocal tract before the gap: an all-pole filter by linear prediction (autocorrelation method). It turns the
// history into its excitation and an excitation into speech. Because its memory is the speech played last, the
// extrapolation begins without a step.
type model struct {
	window []float32
	a      []float64 // prediction: x[t] is about the sum of a[k]*x[t-1-k]
	memory []float32 // the newest first
	framed []float64
}

// The order resolves two formants per kHz and the spectral tilt.
func order(rate int) int { return 10 + rate/2000 }

const maxOrder = 34

func newModel(rate int) model {
	p, n := order(rate), rate/1000*modelTime
	m := model{window: make([]float32, n), a: make([]float64, p), memory: make([]float32, p), framed: make([]float64, n)}
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
		m.framed[i] = float64(w * end[i])
	}
	var r [maxOrder + 1]float64
	correlate(r[:len(m.a)+1], m.framed)
	predict(m.a, r[:len(m.a)+1])
	for k := range m.memory {
		m.memory[k] = history[len(history)-1-k]
	}
}

// correlate is the autocorrelation with the customary mending: a noise floor 40 dB below and a lag window of 40 Hz at
// 8 kHz keep the filter from ringing on a single harmonic.
func correlate(r, x []float64) {
	for k := range r {
		var sum float64
		for i := k; i < len(x); i++ {
			sum += x[i] * x[i-k]
		}
		w := 2 * math.Pi * 40 / 8000 * float64(k)
		r[k] = sum * math.Exp(-0.5*w*w)
	}
	r[0] = r[0]*1.0001 + 1e-9
}

// predict is the Levinson-Durbin recursion. It answers the power of what the prediction leaves.
func predict(a, r []float64) (rest float64) {
	clear(a)
	e := r[0]
	for i := range a {
		k := r[i+1]
		for j := range i {
			k -= a[j] * r[i-j]
		}
		k /= e
		for j := range (i + 1) / 2 {
			x, y := a[j], a[i-1-j]
			a[j], a[i-1-j] = x-k*y, y-k*x
		}
		a[i] = k
		e *= 1 - k*k
	}
	return e
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
