package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

// throughput is the gain in dB of a tone through a process, after it has settled.
func throughput(hz float64, process func([]float64) []float64) float64 {
	x := tone(32000, hz, 0.5, 16000)
	y := process(x)
	return decibels(power(y[len(y)/2:])) - decibels(power(x[16000:]))
}

func TestFilterResponses(t *testing.T) {
	low, high := lowPass(16000, 1000, butterworth), highPass(16000, 1000, butterworth)
	hump := resonance(16000, 900, 3)
	for _, c := range []struct {
		name            string
		filter          biquad
		hz, want, slack float64
	}{
		{"low-pass at its corner", low, 1000, -3.01, 0.05},
		{"low-pass far below", low, 50, 0, 0.01},
		{"low-pass two octaves above", low, 4000, -27.6, 1},
		{"high-pass at its corner", high, 1000, -3.01, 0.05},
		{"high-pass far above", high, 7000, 0, 0.05},
		{"high-pass two octaves below", high, 250, -24.1, 0.5},
		{"resonance at its centre", hump, 900, 0, 0.01},
	} {
		near(t, c.name, throughput(c.hz, c.filter.apply), c.want, c.slack)
	}
	if g := throughput(2500, hump.apply); g > -12 {
		t.Errorf("a resonance passes what is far off by %.1f dB", g)
	}
}

// A tone keeps level and frequency at any ratio of rates; what the lower rate cannot carry must not fold.
func TestResampled(t *testing.T) {
	x := tone(16000, 1000, 0.5, 16000)
	for _, rate := range []int{8000, 10000, 22050, 48000} {
		y := resampled(x, 16000/float64(rate))
		want := tone(len(y), 1000, 0.5, rate)
		if d := int(math.Abs(float64(len(y) - rate))); d > 1 {
			t.Fatalf("a second at %d Hz has %d samples", rate, len(y))
		}
		fault := 0.0
		for i := rate / 10; i < rate*9/10; i++ {
			fault = max(fault, math.Abs(y[i]-want[i]))
		}
		if fault > 1e-4 {
			t.Errorf("16000 to %d Hz: wrong by up to %g", rate, fault)
		}
	}
	if g := throughput(6000, func(x []float64) []float64 { return resampled(x, 2) }); g > -60 {
		t.Errorf("6 kHz folds into 8 kHz sampling at %.0f dB", g)
	}
}

func TestDriftIsSlow(t *testing.T) {
	x := tone(160000, 500, 0.5, 16000)
	y := resampled(x, 1+100e-6)
	const at = 100000 // 10 samples of drift
	want := 0.5 * math.Sin(2*math.Pi*500*(at+10)/16000)
	near(t, "the sample that has moved by ten", y[at], want, 1e-4)
}

func TestBessel(t *testing.T) {
	near(t, "I0(0)", bessel(0), 1, 0)
	near(t, "I0(1)", bessel(1), 1.2660658777520084, 1e-12)
	near(t, "I0(5)", bessel(5), 27.239871823604442, 1e-9)
	near(t, "sinc(0)", sinc(0), 1, 0)
	near(t, "sinc(3)", sinc(3), 0, 1e-12)
	near(t, "sinc(1/2)", sinc(0.5), 2/math.Pi, 1e-12)
	if v := newKernel(4).at(4.5); v != 0 {
		t.Errorf("the kernel is %g outside of its reach", v)
	}
}

func TestTransform(t *testing.T) {
	const n, bin = 64, 5
	x := make([]complex128, n)
	for i := range x {
		x[i] = complex(math.Cos(2*math.Pi*bin*float64(i)/n), 0)
	}
	transform(x)
	for k, v := range x {
		want := 0.0
		if k == bin || k == n-bin {
			want = n / 2
		}
		near(t, "real part", real(v), want, 1e-9)
		near(t, "imaginary part", imag(v), 0, 1e-9)
	}
	one := []complex128{3}
	transform(one)
	near(t, "a transform of one", real(one[0]), 3, 0)
}

func TestInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x := make([]complex128, 256)
	want := make([]complex128, len(x))
	for i := range x {
		x[i] = complex(r.NormFloat64(), r.NormFloat64())
		want[i] = x[i]
	}
	transform(x)
	inverse(x)
	for i := range x {
		near(t, "real part", real(x[i]), real(want[i]), 1e-12)
		near(t, "imaginary part", imag(x[i]), imag(want[i]), 1e-12)
	}
}

// Overlap and add must equal the sum that defines convolution, whatever the lengths.
func TestConvolved(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, lengths := range [][2]int{{1, 1}, {100, 7}, {3000, 600}, {5000, 1500}, {10, 40}} {
		x, h := hiss(r, lengths[0]), hiss(r, lengths[1])
		got := convolved(x, h)
		if len(got) != len(x) {
			t.Fatalf("%v: %d samples", lengths, len(got))
		}
		for _, i := range []int{0, len(x) / 2, len(x) - 1} {
			want := 0.0
			for k := 0; k <= i && k < len(h); k++ {
				want += h[k] * x[i-k]
			}
			near(t, "a sample", got[i], want, 1e-9)
		}
	}
}

func TestPowers(t *testing.T) {
	window := hann(256)
	near(t, "the window's first value", window[0], 0.5-0.5*math.Cos(2*math.Pi/257), 1e-12)
	near(t, "the window's symmetry", window[10], window[245], 1e-12)
	out, work := make([]float64, 257), make([]complex128, 512)
	powers(out, work, tone(256, 2000, 1, 16000), window)
	loudest := 0
	for k, p := range out {
		if p > out[loudest] {
			loudest = k
		}
	}
	if loudest != 64 {
		t.Errorf("2 kHz of 16 is found in bin %d of 512, want 64", loudest)
	}
}
