package stream

import (
	"fmt"
	"math"
)

// newIntegerResampler serves equal rates and integer ratios: 48, 16 and 8 kHz among one another.
func newIntegerResampler(from, to int) (Resampler, error) {
	switch {
	case from == to:
		return same{}, nil
	case from%to == 0:
		return newDecimator(from / to), nil
	case to%from == 0:
		return newInterpolator(to / from), nil
	}
	return nil, fmt.Errorf("%d to %d Hz is no integer ratio, set NewResampler", from, to)
}

type same struct{}

func (same) Resample(dst, src []float32) { copy(dst, src) }

// tapsPerPhase is the length of the filter in samples at the lower rate: 24 give 70 dB of stop band with a transition
// from 0.84 to 1 of the lower Nyquist frequency, at 1.5 ms (8 kHz) of delay.
const tapsPerPhase = 24

// lowPass is a windowed sinc (Blackman) that passes what the lower of two rates with this ratio can carry. Its sum is 1.
func lowPass(ratio int) []float32 {
	n := tapsPerPhase * ratio
	taps := make([]float32, n)
	sum := 0.0
	values := make([]float64, n)
	for i := range values {
		x := float64(i) - float64(n-1)/2
		cutoff := 0.92 / float64(ratio) // of Nyquist at the higher rate
		v := cutoff
		if x != 0 {
			v = math.Sin(math.Pi*cutoff*x) / (math.Pi * x)
		}
		w := 2 * math.Pi * float64(i) / float64(n-1)
		values[i] = v * (0.42 - 0.5*math.Cos(w) + 0.08*math.Cos(2*w))
		sum += values[i]
	}
	for i, v := range values {
		taps[i] = float32(v / sum)
	}
	return taps
}

// decimator filters and keeps every ratio-th sample; only those are computed.
type decimator struct {
	ratio  int
	taps   []float32
	window []float32 // len(taps)-1 old samples, then the frame
}

func newDecimator(ratio int) *decimator {
	return &decimator{ratio: ratio, taps: lowPass(ratio)}
}

func (d *decimator) Resample(dst, src []float32) {
	keep := len(d.taps) - 1
	if cap(d.window) < keep+len(src) {
		d.window = make([]float32, keep, keep+len(src))
	}
	w := append(d.window[:keep], src...)
	for i := range dst {
		dst[i] = dot(d.taps, w[i*d.ratio:])
	}
	copy(w, w[len(w)-keep:])
}

func dot(taps, pcm []float32) float32 {
	var sum float32
	for i, t := range taps {
		sum += t * pcm[i]
	}
	return sum
}

// interpolator puts ratio-1 samples between two; each of its phases is a filter of its own, so that no product with an
// inserted zero is computed.
type interpolator struct {
	phases [][]float32
	window []float32
}

func newInterpolator(ratio int) *interpolator {
	u := &interpolator{phases: make([][]float32, ratio)}
	taps := lowPass(ratio)
	for p := range u.phases {
		for k := tapsPerPhase - 1; k >= 0; k-- { // newest input last
			u.phases[p] = append(u.phases[p], taps[k*ratio+p]*float32(ratio))
		}
	}
	return u
}

func (u *interpolator) Resample(dst, src []float32) {
	keep := tapsPerPhase - 1
	if cap(u.window) < keep+len(src) {
		u.window = make([]float32, keep, keep+len(src))
	}
	w := append(u.window[:keep], src...)
	ratio := len(u.phases)
	for i := range dst {
		dst[i] = dot(u.phases[i%ratio], w[i/ratio:])
	}
	copy(w, w[len(w)-keep:])
}
