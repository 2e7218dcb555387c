package gain

import (
	"fmt"
	"math"
)

// cutoff is the frequency in Hz at which HighPass is 3 dB down. The lowest voice has its fundamental at 80.
const cutoff = 70

// HighPass takes out offset, wind and mains hum below the voice: a Butterworth filter of third order, 3 dB down at 70 Hz,
// 28 dB at 25 Hz, and without end at 0. MEMS microphones have offsets as large as speech.
type HighPass struct {
	// First order: y = g*(x-x1) + a*y1. It comes first and in the difference of samples, so that an offset of any size
	// costs no precision.
	g, a, x1, y1 float64
	isSettled    bool
	// Second order, transposed direct form II: numerator b*(1, -2, 1), denominator (1, a1, a2).
	b, a1, a2, s1, s2 float64
}

// NewHighPass answers a filter for a rate of 8000 to 192000 Hz.
func NewHighPass(rate int) (*HighPass, error) {
	if err := checkRate(rate); err != nil {
		return nil, err
	}
	k := math.Tan(math.Pi * cutoff / float64(rate))
	h := &HighPass{g: 1 / (1 + k), a: (1 - k) / (1 + k)}
	// The pole pair of the third order has a quality of 1.
	d := 1 + k + k*k
	h.b, h.a1, h.a2 = 1/d, 2*(k*k-1)/d, (1-k+k*k)/d
	return h, nil
}

func checkRate(rate int) error {
	if rate < 8000 || rate > 192000 || rate%100 != 0 {
		return fmt.Errorf("gain: a rate of %d Hz is not supported: choose 8000, 16000, 32000 or 48000", rate)
	}
	return nil
}

// Reset forgets all samples. The next one is again taken for the offset, so that the filter starts without a thump.
func (h *HighPass) Reset() { h.x1, h.y1, h.s1, h.s2, h.isSettled = 0, 0, 0, 0, false }

// Process filters pcm in place. What is no number counts as 0.
func (h *HighPass) Process(pcm []float32) {
	if !h.isSettled && len(pcm) > 0 {
		h.x1, h.isSettled = number(pcm[0]), true
	}
	for i, v := range pcm {
		x := number(v)
		y := h.g*(x-h.x1) + h.a*h.y1
		h.x1, h.y1 = x, y
		out := h.b*y + h.s1
		h.s1 = -2*h.b*y - h.a1*out + h.s2
		h.s2 = h.b*y - h.a2*out
		pcm[i] = float32(floored(out))
	}
	h.y1, h.s1, h.s2 = floored(h.y1), floored(h.s1), floored(h.s2)
}

// number takes out NaN and what no converter gives; a recursion would keep it for ever.
func number(v float32) float64 {
	if !(v >= -16 && v <= 16) {
		return 0
	}
	return float64(v)
}

// floored cuts a state that dies away, long before it is a denormal number.
func floored(v float64) float64 {
	if math.Abs(v) < 1e-15 {
		return 0
	}
	return v
}
