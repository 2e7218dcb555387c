package lpc

import (
	"math"
	"math/rand/v2"
	"testing"
)

// resonance is white noise through the predictor a.
func resonance(n int, a []float64) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n)
	for i := range x {
		v := r.NormFloat64()
		for k, c := range a {
			if i > k {
				v += c * float64(x[i-1-k])
			}
		}
		x[i] = float32(v)
	}
	return x
}

func TestFindsTheFilter(t *testing.T) {
	for _, want := range [][]float64{{0.9}, {-0.8}, {1.5, -0.8}, {0.5, -0.3, 0.2, -0.4}} {
		r := make([]float64, len(want)+1)
		Correlate(r, resonance(200000, want))
		a := make([]float64, len(want))
		rest := Levinson(a, nil, r)
		for i := range a {
			if math.Abs(a[i]-want[i]) > 0.02 {
				t.Errorf("predictor %v, want %v", a, want)
				break
			}
		}
		if rest /= 200000; math.Abs(rest-1) > 0.02 {
			t.Errorf("%v: a power of %.3f is left, the noise had 1", want, rest)
		}
	}
}

func TestReflectionAndBack(t *testing.T) {
	r := make([]float64, 11)
	Correlate(r, resonance(5000, []float64{1.2, -0.7, 0.1}))
	a, k, b := make([]float64, 10), make([]float64, 10), make([]float64, 10)
	rest := Levinson(a, k, r)
	share := Predictor(b, k)
	if math.Abs(share*r[0]-rest) > 1e-9*r[0] {
		t.Errorf("the shares of the power left are %g and %g", share, rest/r[0])
	}
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-12 {
			t.Errorf("predictor %v became %v", a, b)
			break
		}
	}
	if k[0] >= 0 {
		t.Errorf("the first reflection coefficient of low frequencies is %g, want a negative one", k[0])
	}
}

func TestSingularSignals(t *testing.T) {
	for name, r := range map[string][]float64{
		"silence": make([]float64, 5), "DC": {1, 1, 1, 1, 1}, "sine": {1, 0, -1, 0, 1}, "NaN": {math.NaN(), 0, 0, 0, 0},
		"negative": {-1, 0, 0, 0, 0}, "impossible": {1, 5, 9, 1, 2},
	} {
		a, k := []float64{9, 9, 9, 9}, []float64{9, 9, 9, 9}
		if rest := Levinson(a, k, r); !(rest >= 0 && rest <= 1) {
			t.Errorf("%s: %g is left", name, rest)
		}
		for i := range a {
			if math.IsNaN(a[i]) || math.IsInf(a[i], 0) || !(math.Abs(k[i]) < 1) {
				t.Errorf("%s: predictor %v, reflections %v", name, a, k)
				break
			}
		}
	}
}

func TestCorrelateByDefinition(t *testing.T) {
	r := make([]float64, 4)
	Correlate(r, []float32{1, 2, -3})
	for k, want := range []float64{14, -4, -3, 0} {
		if r[k] != want {
			t.Errorf("lag %d: %g, want %g", k, r[k], want)
		}
	}
}

func BenchmarkLevinson(b *testing.B) {
	r := make([]float64, 19)
	Correlate(r, resonance(400, []float64{1.2, -0.7, 0.1}))
	a := make([]float64, 18)
	b.ReportAllocs()
	for b.Loop() {
		Levinson(a, nil, r)
	}
}
