package conceal

import (
	"math"
	"math/rand/v2"
	"testing"

	"intercom/audio/internal/fft"
)

// sentence is made-up speech of some seconds: vowels with moving pitch and formants, hisses, stops and pauses, each of a
// random length, on a little noise.
func sentence(seconds float64, rate int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 11))
	x := hiss(int(seconds*float64(rate)), 0.0003, seed)
	var phase float64
	pitch := 90 + 120*r.Float64()
	for at := 0; at < len(x); {
		n := min(int((0.06+0.14*r.Float64())*float64(rate)), len(x)-at)
		switch kind := r.IntN(6); {
		case kind < 4:
			phase = syllable(x[at:at+n], rate, pitch, phase, r)
			pitch = min(max(pitch*(0.9+0.2*r.Float64()), 80), 280)
		case kind == 4:
			for i, v := range hiss(n, 0.02, r.Uint64()) {
				x[at+i] += v * swell(i, n)
			}
		}
		at += n
	}
	return x
}

func swell(i, n int) float32 { return float32(math.Sin(math.Pi * (float64(i) + 0.5) / float64(n))) }

// syllable adds a vowel that glides from one pair of formants to another.
func syllable(x []float32, rate int, pitch, phase float64, r *rand.Rand) float64 {
	f1, f2 := 300+500*r.Float64(), 1000+1200*r.Float64()
	d1, d2, glide := 200*r.Float64()-100, 400*r.Float64()-200, 0.2*r.Float64()-0.1
	for i := range x {
		t := float64(i) / float64(len(x))
		p := pitch * (1 + glide*t)
		phase += 2 * math.Pi * p / float64(rate)
		var v float64
		for h := 1.0; h*p < 3600; h++ {
			f := h * p
			v += math.Sin(h*phase) * (1/(1+sq((f-f1-d1*t)/120)) + 0.5/(1+sq((f-f2-d2*t)/180)) + 0.02)
		}
		x[i] += float32(0.15*v) * swell(i, len(x))
	}
	return phase
}

// losses is a pattern of lost packets of 20 ms, by rate and mean burst, as answers for frames of 10 ms.
func losses(rate, burst float64, seed uint64) func(int) bool {
	r := rand.New(rand.NewPCG(seed, 5))
	pattern, isBad := make([]bool, 1000), false
	for i := range pattern {
		if isBad {
			isBad = r.Float64() >= 1/burst
		} else {
			isBad = r.Float64() < rate/(1-rate)/burst
		}
		pattern[i] = isBad
	}
	return func(f int) bool { return f >= 20 && pattern[f/2%len(pattern)] }
}

// distance compares two signals as an ear might: the mean difference of the cube roots of their powers in bands a third of
// an octave wide, in frames of 20 ms.
func distance(t *testing.T, x, y []float32, rate int) float64 {
	t.Helper()
	n := rate / 50
	plan, err := fft.New(n)
	if err != nil {
		t.Fatal(err)
	}
	a, b := make([]complex64, plan.Bins()), make([]complex64, plan.Bins())
	var sum float64
	frames := 0
	for i := 0; i+n <= len(x); i += n / 2 {
		plan.Forward(a, framed(x[i:i+n]))
		plan.Forward(b, framed(y[i:i+n]))
		for lo := 100.0; lo < 3400; lo *= 1.26 {
			sum += math.Abs(loudness(a, lo, rate) - loudness(b, lo, rate))
		}
		frames++
	}
	return sum / float64(frames)
}

func framed(x []float32) []float32 {
	w := make([]float32, len(x))
	for i, v := range x {
		w[i] = v * swell(i, len(x)) * swell(i, len(x))
	}
	return w
}

func loudness(bins []complex64, lo float64, rate int) float64 {
	width := float64(rate) / 2 / float64(len(bins)-1)
	var p float64
	for k := int(lo/width + 0.5); k <= int(lo*1.26/width+0.5) && k < len(bins); k++ {
		p += sq(float64(real(bins[k]))) + sq(float64(imag(bins[k])))
	}
	return math.Cbrt(p)
}

// repeater is the customary simple way: the last 20 ms again, half as loud each time.
type repeater struct {
	last []float32
	gain float32
}

func (r *repeater) play(x []float32, step int, isLost func(int) bool) []float32 {
	out := append([]float32(nil), x...)
	for f := 0; (f+1)*step <= len(out); f++ {
		part := out[f*step : (f+1)*step]
		if !isLost(f) {
			r.last, r.gain = append(r.last, part...), 1
			r.last = r.last[max(len(r.last)-2*step, 0):]
			continue
		}
		for i := range part {
			part[i] = r.gain * r.last[f%2*step+i]
		}
		if f%2 == 1 {
			r.gain /= 2
		}
	}
	return out
}

func silence(x []float32, step int, isLost func(int) bool) []float32 {
	out := append([]float32(nil), x...)
	for f := 0; (f+1)*step <= len(out); f++ {
		if isLost(f) {
			clear(out[f*step : (f+1)*step])
		}
	}
	return out
}

// Under every pattern of loss the concealed sentence is nearer to the true one than one with silence or repetition, by the
// factor most.
func TestBeatsSimpleWays(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		for _, c := range []struct{ loss, burst, most float64 }{
			{0.03, 1, 0.7}, {0.05, 1, 0.7}, {0.10, 1, 0.7}, {0.05, 2.5, 0.95}, {0.10, 2.5, 0.95}, {0.20, 3, 0.95},
		} {
			var ours, repeated, silent float64
			for seed := uint64(1); seed <= 3; seed++ {
				x, lost := sentence(4, rate, seed), losses(c.loss, c.burst, seed)
				ours += distance(t, x, play(build(t, rate), x, lost), rate)
				repeated += distance(t, x, new(repeater).play(x, rate/100, lost), rate)
				silent += distance(t, x, silence(x, rate/100, lost), rate)
			}
			if ours > c.most*min(repeated, silent) {
				t.Errorf("%d Hz, %g %% in bursts of %g: distance %.3f, repetition has %.3f, silence %.3f", rate, 100*c.loss, c.burst, ours, repeated, silent)
			}
		}
	}
}
