package fft

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

var lengths = []int{4, 6, 8, 10, 12, 16, 20, 30, 36, 80, 128, 160, 240, 256, 320, 480, 512, 640, 960}

func frame(n int) []float32 {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	x := make([]float32, n)
	for i := range x {
		x[i] = r.Float32()*2 - 1
	}
	return x
}

// slow is the transform by its definition, in double precision.
func slow(x []float32) []complex128 {
	out := make([]complex128, len(x)/2+1)
	for k := range out {
		for i, v := range x {
			out[k] += complex(float64(v), 0) * cmplx.Exp(complex(0, -2*math.Pi*float64(k*i%len(x))/float64(len(x))))
		}
	}
	return out
}

func plan(t testing.TB, n int) *Plan {
	t.Helper()
	p, err := New(n)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestForwardByDefinition(t *testing.T) {
	for _, n := range lengths {
		p, x := plan(t, n), frame(n)
		got := make([]complex64, p.Bins())
		p.Forward(got, x)
		for k, want := range slow(x) {
			if d := cmplx.Abs(complex128(got[k]) - want); d > 1e-5*float64(n) {
				t.Errorf("length %d, bin %d: %v, by definition %v", n, k, got[k], want)
				break
			}
		}
	}
}

func TestInverseRestores(t *testing.T) {
	for _, n := range lengths {
		p, x := plan(t, n), frame(n)
		spectrum, back := make([]complex64, p.Bins()), make([]float32, n)
		p.Forward(spectrum, x)
		p.Inverse(back, spectrum)
		for i := range x {
			if math.Abs(float64(x[i]-back[i])) > 2e-6 {
				t.Errorf("length %d, sample %d: %g came back as %g", n, i, x[i], back[i])
				break
			}
		}
	}
}

func TestEdgesAreReal(t *testing.T) {
	p := plan(t, 16)
	spectrum, a, b := make([]complex64, 9), make([]float32, 16), make([]float32, 16)
	p.Forward(spectrum, frame(16))
	p.Inverse(a, spectrum)
	spectrum[0] += 3i
	spectrum[8] -= 2i
	p.Inverse(b, spectrum)
	if a[3] != b[3] || a[0] != b[0] {
		t.Error("the imaginary parts of the first and last bin changed the frame")
	}
}

func TestBadLengths(t *testing.T) {
	for _, n := range []int{-2, 0, 2, 7, 14, 22} {
		if _, err := New(n); err == nil {
			t.Errorf("a length of %d was accepted", n)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	p, x := plan(t, 320), frame(320)
	spectrum := make([]complex64, p.Bins())
	if n := testing.AllocsPerRun(50, func() { p.Forward(spectrum, x); p.Inverse(x, spectrum) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func BenchmarkForward(b *testing.B) {
	for _, n := range []int{160, 256, 320, 512} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p, x := plan(b, n), frame(n)
			spectrum := make([]complex64, p.Bins())
			b.ReportAllocs()
			for b.Loop() {
				p.Forward(spectrum, x)
			}
		})
	}
}
