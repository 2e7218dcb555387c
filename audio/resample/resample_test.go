package resample

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

var rates = []int{8000, 16000, 32000, 44100, 48000}

// pairs runs f for each pair of different rates.
func pairs(t *testing.T, f func(t *testing.T, in, out int)) {
	for _, in := range rates {
		for _, out := range rates {
			if in != out {
				t.Run(fmt.Sprintf("%d to %d", in, out), func(t *testing.T) { f(t, in, out) })
			}
		}
	}
}

func sine(n, rate int, hz float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Sin(2 * math.Pi * hz * float64(i) / float64(rate)))
	}
	return x
}

func convert(t *testing.T, in, out int, x []float32) []float32 {
	t.Helper()
	r, err := New(in, out)
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float32, r.Room(len(x)))
	return y[:r.Process(y, x)]
}

// level is the power of the second half in dB of a full-scale sine, after the filter has filled.
func level(x []float32) float64 {
	x = x[len(x)/2:]
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(sum/float64(len(x))*2+1e-20)
}

func TestPassBand(t *testing.T) {
	pairs(t, func(t *testing.T, in, out int) {
		edge := passEdge * float64(min(in, out))
		for _, hz := range []float64{50, 300, 1000, edge / 2, edge * 0.9, edge} {
			if l := level(convert(t, in, out, sine(in/2, in, hz))); math.Abs(l) > 0.1 {
				t.Errorf("%g Hz passes at %.3f dB, want within 0.1", hz, l)
			}
		}
	})
}

func TestRejection(t *testing.T) {
	pairs(t, func(t *testing.T, in, out int) {
		if in < out {
			return // see TestImages
		}
		for hz := stopEdge * float64(out); hz < float64(in)/2; hz += float64(in) / 97 {
			if l := level(convert(t, in, out, sine(in/2, in, hz))); l > -70 {
				t.Errorf("%g Hz is rejected by %.1f dB only, want 70", hz, -l)
			}
		}
	})
}

// Going up, the images of a tone must be gone: what is left after taking the tone itself away.
func TestImages(t *testing.T) {
	pairs(t, func(t *testing.T, in, out int) {
		if in > out {
			return
		}
		r, err := New(in, out)
		if err != nil {
			t.Fatal(err)
		}
		hz := float64(in) * 0.3
		y := convert(t, in, out, sine(in/2, in, hz))
		for i := range y {
			want := math.Sin(2 * math.Pi * hz / float64(out) * (float64(i) - r.Delay()))
			y[i] -= float32(want)
		}
		if l := level(y); l > -62 {
			t.Errorf("%g Hz leaves %.1f dB besides itself at the promised delay of %.2f samples", hz, l, r.Delay())
		}
	})
}

func TestBlocksJoin(t *testing.T) {
	pairs(t, func(t *testing.T, in, out int) {
		x := sine(in/5, in, 440)
		whole := convert(t, in, out, x)
		r, err := New(in, out)
		if err != nil {
			t.Fatal(err)
		}
		var joined []float32
		y := make([]float32, r.Room(997))
		for rest, size := x, 1; len(rest) > 0; size = size%997 + 13 {
			n := min(size, len(rest), 997)
			joined = append(joined, y[:r.Process(y, rest[:n])]...)
			rest = rest[n:]
		}
		if !slices.Equal(joined, whole) {
			t.Errorf("%d samples in blocks differ from %d in one call", len(joined), len(whole))
		}
	})
}

// Ten milliseconds in are ten milliseconds out, each time, where that is a whole number of samples.
func TestPeriodIsWhole(t *testing.T) {
	pairs(t, func(t *testing.T, in, out int) {
		r, err := New(in, out)
		if err != nil {
			t.Fatal(err)
		}
		x, y := make([]float32, in/100), make([]float32, r.Room(in/100))
		for i := range 50 {
			if n := r.Process(y, x); n != out/100 {
				t.Fatalf("period %d gave %d samples, want %d", i, n, out/100)
			}
		}
	})
}

func TestFixedSignals(t *testing.T) {
	pairs(t, func(t *testing.T, in, out int) {
		x := make([]float32, in/2)
		for _, v := range convert(t, in, out, x) {
			if v != 0 {
				t.Fatalf("silence gave %g", v)
			}
		}
		for i := range x {
			x[i] = 1
		}
		y := convert(t, in, out, x)
		for _, v := range y[len(y)/2:] {
			if math.Abs(float64(v)-1) > 1e-4 {
				t.Fatalf("a constant of 1 gave %g", v)
			}
		}
	})
}

func TestResetForgets(t *testing.T) {
	r, err := New(48000, 16000)
	if err != nil {
		t.Fatal(err)
	}
	x, a, b := sine(500, 48000, 1000), make([]float32, 200), make([]float32, 200)
	r.Process(a, x)
	n := r.Process(b, x)
	if slices.Equal(a[:n], b[:n]) {
		t.Fatal("no state carried over: the test would prove nothing")
	}
	r.Reset()
	if r.Process(b, x); !slices.Equal(a, b) {
		t.Error("after Reset the resampler is not as new")
	}
}

func TestEqualRatesCopy(t *testing.T) {
	x := sine(3000, 16000, 440)
	if y := convert(t, 16000, 16000, x); !slices.Equal(x, y) {
		t.Error("equal rates do not copy")
	}
}

func TestBadRates(t *testing.T) {
	for _, c := range []struct{ in, out int }{{0, 8000}, {8000, -1}, {7999, 8000}, {8000, 400000}, {48000, 47999}} {
		if _, err := New(c.in, c.out); err == nil || !strings.Contains(err.Error(), "choose") {
			t.Errorf("New(%d, %d): error %v, want one that names the cure", c.in, c.out, err)
		}
	}
}

func TestDelayIsShort(t *testing.T) {
	for _, c := range []struct {
		in, out int
		most    float64 // ms
	}{{48000, 8000, 2}, {8000, 48000, 2}, {48000, 16000, 1.1}, {16000, 48000, 1.1}} {
		r, err := New(c.in, c.out)
		if err != nil {
			t.Fatal(err)
		}
		if ms := r.Delay() / float64(c.out) * 1000; ms > c.most {
			t.Errorf("%d to %d Hz delays %.2f ms, want at most %g", c.in, c.out, ms, c.most)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	r, err := New(48000, 16000)
	if err != nil {
		t.Fatal(err)
	}
	x, y := make([]float32, 480), make([]float32, 161)
	if n := testing.AllocsPerRun(100, func() { r.Process(y, x) }); n != 0 {
		t.Errorf("%g allocations a block", n)
	}
}

func BenchmarkProcess(b *testing.B) {
	for _, c := range []struct{ in, out int }{{48000, 16000}, {16000, 48000}, {48000, 8000}, {44100, 16000}} {
		b.Run(fmt.Sprintf("%dto%d/10ms", c.in, c.out), func(b *testing.B) {
			r, err := New(c.in, c.out)
			if err != nil {
				b.Fatal(err)
			}
			x, y := sine(c.in/100, c.in, 440), make([]float32, r.Room(c.in/100))
			b.ReportAllocs()
			for b.Loop() {
				r.Process(y, x)
			}
		})
	}
}
