package echo

import (
	"fmt"
	"math"

	"intercom/audio/internal/fft"
)

// suppressor takes out of the error what the filter has left of the echo: a gain for each bin by spectral subtraction
// (Boll, IEEE Trans. ASSP 27, 1979) of the power that the filter says to expect. While nobody speaks at the door it
// subtracts more than is expected, for then a rest of echo is all there can be; during double talk hardly more than
// that, so that the visitor stays whole.
type suppressor struct {
	n        int
	plan     *fft.Plan
	window   []float32 // the root of a Hann window over two frames, for analysis and synthesis
	old, out []float32 // the frame before, and what it adds to this one
	time     []float32
	spectrum []complex64
	err      []float32 // power of the error, smoothed
	residual []float32 // power of the echo expected, smoothed
	gain     []float32

	background Background // nil: none
}

// Background knows the noise at the door, such as a *noise.Suppressor. It works on the suppressor's own spectra, so that
// both share one overlap-add and its delay.
type Background interface {
	// Weigh applies gain, 0 to 1 for each bin, and its own weights to a spectrum of two frames under the root of a
	// Hann window, and may fill what gain closes with comfort noise. While echo is true, most of the spectrum is echo,
	// from which nothing about the noise can be learnt.
	Weigh(spectrum []complex64, gain []float32, echo bool)
}

const (
	psdSmooth = 0.5
	// leastGain is what remains of a bin that is all echo, -50 dB.
	leastGain = 0.003
	// overVoice is how many times the expected power is subtracted while a voice is at the door, overQuiet while there
	// is none, overEcho when the error is surely echo.
	overVoice, overQuiet, overEcho = 1.5, 10, 12
	// between these shares of coherence, and these ratios of error to expectation, the error turns from voice to echo.
	shareLow, shareHigh = 0.25, 0.45
	ratioLow, ratioHigh = 1, 4
	// sureShare is the coherence above which the expectation itself is not trusted: the path is just changing.
	sureShare = 0.6
	// noiseRatio is how far the error must exceed the echo expected in it to teach something about the noise.
	noiseRatio = 4
)

func newSuppressor(n int) (*suppressor, error) {
	plan, err := fft.New(2 * n)
	if err != nil {
		return nil, fmt.Errorf("echo: %w", err)
	}
	s := &suppressor{
		n: n, plan: plan, window: make([]float32, 2*n), time: make([]float32, 2*n),
		old: make([]float32, n), out: make([]float32, n), spectrum: make([]complex64, n+1),
		err: make([]float32, n+1), residual: make([]float32, n+1), gain: make([]float32, n+1),
	}
	for i := range s.window {
		s.window[i] = float32(math.Sin(math.Pi * (float64(i) + 0.5) / float64(2*n)))
	}
	return s, nil
}

func (s *suppressor) reset() {
	clear(s.old)
	clear(s.out)
	clear(s.err)
	clear(s.residual)
}

// process takes a frame of the filter's error and writes the frame before it, without the rest of the echo.
func (s *suppressor) process(frame, residual []float32, c *coherence) {
	for i := range s.n {
		s.time[i] = s.old[i] * s.window[i]
		s.time[s.n+i] = frame[i] * s.window[s.n+i]
	}
	copy(s.old, frame)
	s.plan.Forward(s.spectrum, s.time)
	s.weigh(residual, c)
	s.plan.Inverse(s.time, s.spectrum)
	for i := range s.n {
		frame[i] = s.out[i] + s.time[i]*s.window[i]
		s.out[i] = s.time[s.n+i] * s.window[s.n+i]
	}
}

// weigh finds the gain of each bin, and has it applied.
func (s *suppressor) weigh(residual []float32, c *coherence) {
	var err, expected float32
	for k, v := range s.spectrum {
		s.err[k] = psdSmooth*s.err[k] + (1-psdSmooth)*power(v) + tiny
		s.residual[k] = psdSmooth*s.residual[k] + (1-psdSmooth)*residual[k] + tiny*tiny
		err += s.err[k]
		expected += s.residual[k]
	}
	over := excess(err/(expected+tiny), c)
	var sure float32
	if c.share > sureShare && c.voice == 0 {
		sure = c.share
	}
	for k := range s.spectrum {
		echo := max(s.residual[k], sure*s.err[k])
		s.gain[k] = max(1-over*echo/s.err[k], leastGain)
	}
	if s.background != nil {
		s.background.Weigh(s.spectrum, s.gain, err < noiseRatio*expected || sure > 0)
		return
	}
	for k, v := range s.spectrum {
		s.spectrum[k] = scale(s.gain[k], v)
	}
}

// excess is the factor of over-subtraction.
func excess(ratio float32, c *coherence) float32 {
	if c.voice == 0 {
		return overQuiet + (overEcho-overQuiet)*ramp(c.share, shareLow, shareHigh)
	}
	echo := ramp(c.share, shareLow, shareHigh) * (1 - ramp(ratio, ratioLow, ratioHigh))
	return overVoice + (overEcho-overVoice)*max(echo, 1-ramp(ratio, 0, ratioLow*1.5))
}

// ramp goes from 0 at low to 1 at high.
func ramp(x, low, high float32) float32 { return min(max((x-low)/(high-low), 0), 1) }
