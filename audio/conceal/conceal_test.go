package conceal

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func build(t testing.TB, rate int) *Concealer {
	t.Helper()
	c, err := New(rate)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// vowel is a steady voice: harmonics of a pitch under two formants.
func vowel(n, rate int, pitch float64) []float32 {
	x := make([]float32, n)
	for h := 1.0; h*pitch < 0.45*float64(rate); h++ {
		f := h * pitch
		g := 0.08 / (1 + sq((f-600)/200))
		g += 0.04/(1+sq((f-1500)/300)) + 0.0008
		for i := range x {
			x[i] += float32(g * math.Sin(2*math.Pi*f*float64(i)/float64(rate)+h*h))
		}
	}
	return x
}

func sq(v float64) float64 { return v * v }

// hiss is an unvoiced sound at an rms level.
func hiss(n int, rms float64, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	old := 0.0
	for i := range x {
		v := r.NormFloat64()
		x[i] = float32(rms * (v - 0.6*old) / 1.17)
		old = v
	}
	return x
}

func power(x []float32) (sum float64) {
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum / float64(max(len(x), 1))
}

func decibel(a, b float64) float64 { return 10 * math.Log10((a+1e-20)/(b+1e-20)) }

// play runs x through c in frames of 10 ms, those for which isLost is true unseen.
func play(c *Concealer, x []float32, isLost func(frame int) bool) []float32 {
	out := append([]float32(nil), x...)
	for f := 0; (f+1)*c.step <= len(out); f++ {
		part := out[f*c.step : (f+1)*c.step]
		if isLost(f) {
			for i := range part {
				part[i] = 9 // what is missing must not be looked at
			}
			c.Lost(part)
		} else {
			c.Heard(part)
		}
	}
	return out
}

func between(from, to int) func(int) bool { return func(f int) bool { return f >= from && f < to } }

var rates = []int{8000, 16000, 24000, 32000, 48000}

func TestNothingLostNothingChanged(t *testing.T) {
	for _, rate := range rates {
		x := vowel(rate/2, rate, 120)
		for i, v := range play(build(t, rate), x, between(0, 0)) {
			if v != x[i] {
				t.Fatalf("%d Hz: sample %d changed from %g to %g", rate, i, x[i], v)
			}
		}
	}
}

// A steady vowel goes on as if nothing had happened for 10 ms, and nearly so for the 10 ms after.
func TestVowelGoesOn(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		for _, pitch := range []float64{75, 100, 133, 210, 310} {
			x := vowel(rate/2, rate, pitch)
			c := build(t, rate)
			y := play(c, x, between(20, 22))
			for k, want := range []float64{9, 2} {
				at := (20 + k) * c.step
				diff := make([]float32, c.step)
				for i := range diff {
					diff[i] = y[at+i] - x[at+i]
				}
				if snr := decibel(power(x[at:at+c.step]), power(diff)); snr < want {
					t.Errorf("%d Hz, pitch %g: frame %d of the gap is right to %.1f dB, want %g", rate, pitch, k, snr, want)
				}
			}
		}
	}
}

// Neither end of a gap may jump more than the voice itself does.
func TestNoClick(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		x := vowel(rate, rate, 118)
		var steepest float64
		for i := 1; i < len(x); i++ {
			steepest = max(steepest, math.Abs(float64(x[i]-x[i-1])))
		}
		for gap := 1; gap < 12; gap++ {
			y := play(build(t, rate), x, between(20, 20+gap))
			for i := 1; i < len(y); i++ {
				if d := math.Abs(float64(y[i] - y[i-1])); d > 1.3*steepest {
					t.Errorf("%d Hz, gap of %d0 ms: a jump of %.3f at sample %d, the voice's own is %.3f", rate, gap, d, i, steepest)
					break
				}
			}
		}
	}
}

func TestHissKeepsItsLevelAndColour(t *testing.T) {
	x := hiss(8000, 0.05, 1)
	c := build(t, 8000)
	var got, want, tilt float64
	for start := 20; start < 90; start += 10 {
		y := play(c, x, between(start, start+1))
		part := y[start*80 : start*80+80]
		got += power(part)
		want += power(x[start*80-160 : start*80])
		for i := 1; i < len(part); i++ {
			tilt += float64(part[i] * part[i-1])
		}
		c.Reset()
	}
	if d := decibel(got, want); math.Abs(d) > 2.5 {
		t.Errorf("the guess is %.1f dB off the hiss before the gap", d)
	}
	if tilt >= 0 {
		t.Error("the guess is not as high-pitched as the hiss was")
	}
}

// A hiss must not be repeated, or it becomes a tone.
func TestHissIsNotRepeated(t *testing.T) {
	x := hiss(8000, 0.05, 2)
	y := play(build(t, 8000), x, between(30, 33))
	part := y[30*80 : 33*80]
	for lag := minLag; lag <= maxLag; lag++ {
		var xy, xx, yy float64
		for i := lag; i < len(part); i++ {
			xy += float64(part[i] * part[i-lag])
			xx += float64(part[i] * part[i])
			yy += float64(part[i-lag] * part[i-lag])
		}
		if r := xy / math.Sqrt(xx*yy); r > 0.7 {
			t.Errorf("lag %d: the guess repeats itself to %.2f", lag, r)
		}
	}
}

func TestLongGapFades(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		x := vowel(rate, rate, 140)
		c := build(t, rate)
		y := play(c, x, between(20, 60))
		last := power(y[19*c.step : 20*c.step])
		for f := 20; f < 60; f++ {
			now := power(y[f*c.step : (f+1)*c.step])
			if now > 1.5*last {
				t.Errorf("%d Hz: frame %d of the gap is louder than the one before by %.1f dB", rate, f-20, decibel(now, last))
			}
			last = now
		}
		if end := power(y[40*c.step : 60*c.step]); decibel(end, power(x)) > -50 {
			t.Errorf("%d Hz: after 200 ms %.1f dB of the voice are left", rate, decibel(end, power(x)))
		}
	}
}

// After the fade a line with noise on it must not go dead, and a clean one must not begin to hiss.
func TestGapEndsInTheNoiseBehindTheVoice(t *testing.T) {
	for _, c := range []struct {
		level float64
		want  func(db float64) bool
		text  string
	}{
		{0.004, func(db float64) bool { return math.Abs(db) < 4 }, "as loud as before"},
		{0, func(db float64) bool { return db < -60 }, "silent"},
	} {
		x := hiss(3*8000, c.level, 3)
		for i, v := range vowel(4000, 8000, 120) {
			x[8000+i] += v
		}
		y := play(build(t, 8000), x, between(149, 190))
		if db := decibel(power(y[170*80:190*80]), sq(max(c.level, 0.004))); !c.want(db) {
			t.Errorf("noise of rms %g: the end of the gap is %.1f dB off, want it %s", c.level, db, c.text)
		}
	}
}

// A voice that never pauses is not taken for noise.
func TestFloorHasACeiling(t *testing.T) {
	c := build(t, 8000)
	y := play(c, vowel(20*8000, 8000, 120), between(1900, 1950))
	if db := decibel(power(y[1930*80:1950*80]), 1); db > -34 {
		t.Errorf("after 19 s of voice the gap ends at %.1f dBFS", db)
	}
}

func TestCrossFadeJoins(t *testing.T) {
	// The voice comes back a half period off: the frame after the gap must begin as the guess and end as the voice.
	c := build(t, 8000)
	x := vowel(8000, 8000, 100)
	copy(x[22*80:], x[22*80+40:])
	y := play(c, x, between(20, 22))
	if d := math.Abs(float64(y[22*80] - x[22*80])); d < 1e-4 {
		t.Fatalf("the frame after the gap begins as it came, %g from it", d)
	}
	for i := 23 * 80; i < 24*80; i++ {
		if y[i] != x[i] {
			t.Fatalf("sample %d, 10 ms after the gap, is still changed", i)
		}
	}
}

// Looking ahead shows what comes and changes nothing.
func TestAhead(t *testing.T) {
	c, x := build(t, 16000), hiss(8000, 0.05, 6)
	ahead := []float32{9, 9}
	if c.Ahead(ahead); ahead[0] != 0 || ahead[1] != 0 {
		t.Errorf("outside a gap Ahead gives %v", ahead)
	}
	for i, v := range vowel(8000, 16000, 120) {
		x[i] += v
	}
	play(c, x, between(48, 50))
	ahead = make([]float32, 300)
	c.Ahead(ahead)
	next := make([]float32, 160)
	for k := range 2 {
		c.Lost(next)
		for i, v := range next[:min(160, 300-k*160)] {
			if v != ahead[k*160+i] {
				t.Fatalf("sample %d is %g, Ahead showed %g", k*160+i, v, ahead[k*160+i])
			}
		}
	}
}

func TestAnyLengths(t *testing.T) {
	c := build(t, 8000)
	r := rand.New(rand.NewPCG(4, 4))
	x := vowel(2000, 8000, 120)
	for range 2000 {
		n := r.IntN(len(x))
		part := append([]float32(nil), x[:n]...)
		if r.IntN(2) == 0 {
			c.Lost(part)
		} else {
			c.Heard(part)
		}
		for i, v := range part {
			if math.IsNaN(float64(v)) || math.Abs(float64(v)) > 2.5 {
				t.Fatalf("sample %d of %d is %g", i, n, v)
			}
		}
	}
}

func TestEdges(t *testing.T) {
	signals := map[string]func(i int) float32{
		"silence":    func(int) float32 { return 0 },
		"DC":         func(int) float32 { return 0.7 },
		"full scale": func(i int) float32 { return float32(1 - i/20%2*2) },
		"impulse":    func(i int) float32 { return float32(1 - min(max(i-3990, -1)&1, 1)) },
		"denormal":   func(i int) float32 { return float32(i%3) * 1e-41 },
		"NaN":        func(i int) float32 { return float32(math.NaN()) },
		"infinity":   func(i int) float32 { return float32(math.Inf(1 - i%2*2)) },
		"sine":       func(i int) float32 { return float32(math.Sin(float64(i) / 7)) },
	}
	for name, f := range signals {
		for _, rate := range rates {
			x := make([]float32, rate)
			for i := range x {
				x[i] = f(i)
			}
			y := play(build(t, rate), x, func(f int) bool { return f%17 > 9 || f < 2 })
			for i, v := range y {
				if math.IsNaN(float64(v)) || math.Abs(float64(v)) > 2.5 {
					t.Errorf("%s at %d Hz: sample %d is %g", name, rate, i, v)
					break
				}
			}
		}
	}
}

// No recursion may stay in denormal numbers, which cost a hundred times the time.
func TestNoDenormals(t *testing.T) {
	c := build(t, 8000)
	x := append(vowel(4000, 8000, 120), make([]float32, 4000)...)
	for i, v := range play(c, x, between(49, 99)) {
		if v != 0 && math.Abs(float64(v)) < 1e-30 {
			t.Fatalf("sample %d is %g", i, v)
		}
	}
	for _, v := range c.model.memory {
		if v != 0 && math.Abs(float64(v)) < 1e-30 {
			t.Fatalf("the model remembers %g", v)
		}
	}
}

func TestResetForgets(t *testing.T) {
	c := build(t, 8000)
	x := hiss(8000, 0.1, 5)
	gaps := func(f int) bool { return f%9 == 8 }
	first, second := play(c, x, gaps), play(c, x, gaps)
	if fmt.Sprint(first) == fmt.Sprint(second) {
		t.Fatal("no state carried over: the test would prove nothing")
	}
	c.Reset()
	if fmt.Sprint(first) != fmt.Sprint(play(c, x, gaps)) {
		t.Error("after Reset the concealer is not as new")
	}
}

func TestBadRates(t *testing.T) {
	for _, rate := range []int{0, -8000, 4000, 11025, 44100, 96000} {
		if _, err := New(rate); err == nil || !strings.Contains(err.Error(), "choose") {
			t.Errorf("New(%d): error %v, want one that names the cure", rate, err)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	c, x := build(t, 16000), vowel(160, 16000, 120)
	if n := testing.AllocsPerRun(100, func() { c.Heard(x); c.Lost(x); c.Lost(x); c.Ahead(x) }); n != 0 {
		t.Errorf("%g allocations a gap", n)
	}
}

func BenchmarkConceal(b *testing.B) {
	for _, rate := range []int{8000, 16000} {
		for name, run := range map[string]func(*Concealer, []float32){
			"heard": func(c *Concealer, x []float32) { c.Heard(x) },
			"first": func(c *Concealer, x []float32) { c.lost = 0; c.Lost(x) },
			"later": func(c *Concealer, x []float32) { c.lost = 1; c.law.going = 1; c.Lost(x) },
		} {
			b.Run(fmt.Sprintf("%dHz/10ms/%s", rate, name), func(b *testing.B) {
				c := build(b, rate)
				x := vowel(rate/2, rate, 120)
				play(c, x, between(0, 0))
				c.analyse()
				part := x[:c.step]
				b.ReportAllocs()
				for b.Loop() {
					run(c, part)
				}
			})
		}
	}
}
