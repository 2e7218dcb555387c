package main

import (
	"math/rand/v2"
	"testing"
)

func TestEstoiOfTheSame(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		x := hum(4 * rate)
		near(t, "speech against itself", estoi(x, x, rate), 1, 1e-3)
		soft := append([]float64(nil), x...)
		scale(soft, 0.05)
		near(t, "against itself, softer", estoi(x, soft, rate), 1, 1e-3)
	}
}

// The measure must fall as noise grows, to nothing where only noise is left.
func TestEstoiFallsWithNoise(t *testing.T) {
	const rate = 16000
	x, before := hum(6*rate), 1.0
	setLevel(x, -26)
	for _, ratio := range []float64{30, 15, 5, -5, -15} {
		noise := hiss(rand.New(rand.NewPCG(1, 1)), len(x))
		setLevel(noise, -26-ratio)
		d := estoi(x, sum(x, noise), rate)
		if d >= before {
			t.Errorf("at %g dB the measure is %.3f, not below the %.3f before", ratio, d, before)
		}
		before = d
	}
	if before > 0.25 {
		t.Errorf("15 dB of noise over the speech still gives %.3f", before)
	}
	noise := hiss(rand.New(rand.NewPCG(1, 2)), len(x))
	if d := estoi(x, noise, rate); d > 0.12 || d < -0.12 {
		t.Errorf("noise alone gives %.3f, want about 0", d)
	}
}

// Long silence must not count: what happens there cannot be understood or misunderstood.
func TestEstoiLeavesSilenceOut(t *testing.T) {
	const rate = 16000
	x := hum(4 * rate)
	long := append(append([]float64(nil), x...), make([]float64, 4*rate)...)
	disturbed := append([]float64(nil), long...)
	copy(disturbed[5*rate:], hiss(rand.New(rand.NewPCG(1, 3)), 2*rate))
	near(t, "noise in a pause", estoi(long, disturbed, rate), 1, 0.05)
}

func TestEstoiOfNothing(t *testing.T) {
	near(t, "no samples", estoi(nil, nil, 16000), 0, 0)
	near(t, "too few", estoi(make([]float64, 100), make([]float64, 100), 16000), 0, 0)
}

func TestThirdOctaves(t *testing.T) {
	edges := thirdOctaves()
	for k := 1; k < len(edges); k++ {
		if edges[k][0] != edges[k-1][1] {
			t.Errorf("band %d begins at bin %d, the one below ends at %d", k, edges[k][0], edges[k-1][1])
		}
	}
	if edges[0][0] != 7 || edges[14][1] != 219 {
		t.Errorf("bands from bin %d to %d, want 7 to 219: 134 to 4277 Hz", edges[0][0], edges[14][1])
	}
}

func TestStandardise(t *testing.T) {
	x := []float64{1, 2, 3, 6}
	standardise(x)
	total, norm := 0.0, 0.0
	for _, v := range x {
		total += v
		norm += v * v
	}
	near(t, "mean", total, 0, 1e-12)
	near(t, "norm", norm, 1, 1e-9)
	flat := []float64{5, 5, 5}
	standardise(flat)
	near(t, "a constant", flat[0], 0, 1e-9)
}

func TestSpeechFrames(t *testing.T) {
	x := append(make([]float64, 2560), tone(2560, 1000, 0.1, estoiRate)...)
	places := speechFrames(x)
	if len(places) == 0 || places[0] < 2560-estoiFrame || places[len(places)-1]+estoiFrame > len(x) {
		t.Errorf("frames at %v of a tone from 2560", places)
	}
}
