package main

import (
	"math"
	"math/rand/v2"
)

// room is an impulse response from loudspeaker to microphone in one box: the direct sound after 4 samples, what the
// box itself rings with, a few near reflections, and the reverberation behind, noise that dies away exponentially
// (J. D. Polack, "La transmission de l'energie sonore dans les salles", 1988). decay is the time to -60 dB in seconds,
// tail the level of the reverberation in dB against all before it.
func room(r *rand.Rand, decay, tail float64) []float64 {
	const length, direct = speechRate / 2, 4
	h := make([]float64, length)
	h[direct] = 1
	for range 10 {
		addResonance(h[direct:], r)
	}
	for range 6 {
		at := int(between(r, 0.003, 0.02) * speechRate)
		h[at] += between(r, 0.03, 0.12) * sign(r)
	}
	reverberation := make([]float64, length)
	for i := range reverberation {
		if i > 4*speechRate/1000 {
			reverberation[i] = r.NormFloat64() * math.Exp(-math.Log(1000)*float64(i)/speechRate/decay)
		}
	}
	scale(reverberation, amplitude(tail)*math.Sqrt(dot(h, h)/dot(reverberation, reverberation)))
	for i, v := range reverberation {
		h[i] += v
	}
	return h
}

// addResonance adds a wall of the box that rings for 1 to 6 ms.
func addResonance(h []float64, r *rand.Rand) {
	hz := math.Exp(between(r, math.Log(250), math.Log(6500)))
	ring, gain := between(r, 0.0008, 0.006), between(r, 0.025, 0.125)*sign(r)
	for i := range h {
		t := float64(i) / speechRate
		h[i] += gain * math.Exp(-t/ring) * math.Sin(2*math.Pi*hz*t)
	}
}

func between(r *rand.Rand, least, most float64) float64 { return least + (most-least)*r.Float64() }

func sign(r *rand.Rand) float64 { return float64(2*r.IntN(2) - 1) }

// loudspeaker is a small one: nothing below 320 Hz, and a hump at 900.
func loudspeaker(x []float64) []float64 {
	x = highPass(speechRate, 320, butterworth).apply(x)
	hump := resonance(speechRate, 900, 3).apply(x)
	for i := range x {
		x[i] += 0.7 * hump[i]
	}
	return x
}

// distortion is what an amplifier does to peaks: even harmonics by a squared share, odd ones by saturation.
type distortion struct{ even, drive float64 }

var (
	clean  = distortion{}
	mild   = distortion{0.03, 1}   // some per cent at full level
	severe = distortion{0.08, 2.5} // an amplifier far too loud
)

func (d distortion) apply(x []float64) []float64 {
	out, peak := make([]float64, len(x)), 0.0
	for _, v := range x {
		peak = max(peak, math.Abs(v))
	}
	if d == clean || peak == 0 {
		copy(out, x)
		return out
	}
	for i, v := range x {
		v /= peak
		out[i] = peak * math.Tanh(d.drive*(v+d.even*v*v)) / math.Tanh(d.drive)
	}
	return out
}

// hiss is white noise.
func hiss(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// street is the rumble of traffic: noise below 400 Hz and a little above, which swells and falls within seconds.
func street(r *rand.Rand, n int) []float64 {
	white := hiss(r, n)
	smooth := math.Exp(-2 * math.Pi * 400 / speechRate)
	out, low := make([]float64, n), 0.0
	from, to := between(r, 0.5, 1.5), between(r, 0.5, 1.5)
	for i, v := range white {
		if i%speechRate == 0 {
			from, to = to, between(r, 0.5, 1.5)
		}
		low = smooth*low + (1-smooth)*v
		swell := from + (to-from)*float64(i%speechRate)/speechRate
		out[i] = (low + 0.03*v) * swell
	}
	return out
}

// band is noise with the width of wideband speech.
func band(r *rand.Rand, n int) []float64 {
	x := highPass(speechRate, 200, butterworth).apply(hiss(r, n))
	return lowPass(speechRate, 7000, butterworth).apply(x)
}
