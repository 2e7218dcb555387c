package gain

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const rate = 16000

func sine(seconds, hz, db float64) []float32 {
	x := make([]float32, int(seconds*rate))
	for i := range x {
		x[i] = float32(amplitude(db) * math.Sin(2*math.Pi*hz*float64(i)/rate))
	}
	return x
}

// talk is speech as far as levels go: 350 ms syllable trains at a level, 150 ms of pause, on noise.
func talk(seconds, db, noise float64) []float32 {
	r := rand.New(rand.NewPCG(7, 7))
	x := make([]float32, int(seconds*rate))
	for i := range x {
		at := float64(i%(rate/2)) / rate
		if at < 0.35 {
			x[i] = float32(amplitude(db) * math.Sin(2*math.Pi*300*float64(i)/rate) * (0.8 + 0.2*math.Sin(2*math.Pi*9*at)))
		}
		x[i] += float32(amplitude(noise) * r.NormFloat64() / math.Sqrt2)
	}
	return x
}

// run gives x to f in frames of 10 ms.
func run(f func([]float32), x []float32) []float32 {
	out := slices.Clone(x)
	for i := 0; i+rate/100 <= len(out); i += rate / 100 {
		f(out[i : i+rate/100])
	}
	return out
}

func control(t testing.TB, c Config) *Control {
	t.Helper()
	c.Rate = rate
	a, err := NewControl(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestLevel(t *testing.T) {
	for _, db := range []float64{0, -20, -60} {
		if got := Level(sine(0.1, 1000, db)); math.Abs(got-db) > 0.05 {
			t.Errorf("a sine of %g dBFS has level %.2f", db, got)
		}
	}
	for _, x := range [][]float32{nil, make([]float32, 80), {float32(math.NaN()), float32(math.NaN())}} {
		if got := Level(x); got != silent {
			t.Errorf("%v has level %g, want %d", x[:min(len(x), 2)], got, silent)
		}
	}
}

func TestRampHasNoStep(t *testing.T) {
	x := slices.Repeat([]float32{1}, 100)
	Ramp{1, 0}.Apply(x)
	if max(x[99], -x[99]) > 1e-6 || math.Abs(float64(x[0])-0.99) > 1e-6 {
		t.Errorf("the ramp goes from %g to %g", x[0], x[99])
	}
	for i := 1; i < len(x); i++ {
		if d := x[i-1] - x[i]; math.Abs(float64(d)-0.01) > 1e-5 {
			t.Fatalf("step %d is %g", i, d)
		}
	}
	Ramp{1, 1}.Apply(nil)
}

func TestHighPassResponse(t *testing.T) {
	for _, c := range []struct{ hz, least, most float64 }{
		{10, -90, -48}, {25, -30, -25}, {50, -10, -8}, {70, -3.2, -2.8}, {120, -0.3, 0.1}, {300, -0.1, 0.1}, {1000, -0.1, 0.1}, {7000, -0.1, 0.1},
	} {
		h, err := NewHighPass(rate)
		if err != nil {
			t.Fatal(err)
		}
		y := run(h.Process, sine(2, c.hz, -6))
		if db := Level(y[rate:]) + 6; db < c.least || db > c.most {
			t.Errorf("%g Hz passes at %.2f dB, want %g to %g", c.hz, db, c.least, c.most)
		}
	}
}

// A microphone's offset is there from the first sample: no thump at the start, nothing of it later, at any rate.
func TestHighPassTakesOffset(t *testing.T) {
	for _, r := range []int{8000, 16000, 48000} {
		h, err := NewHighPass(r)
		if err != nil {
			t.Fatal(err)
		}
		x := slices.Repeat([]float32{0.75}, r)
		for i := range x {
			x[i] += float32(1e-3 * math.Sin(2*math.Pi*440*float64(i)/float64(r)))
		}
		h.Process(x)
		for i, v := range x {
			if math.Abs(float64(v)) > 1.5e-3 {
				t.Fatalf("%d Hz: sample %d is %g", r, i, v)
			}
		}
		if db := Level(x[r/2:]); math.Abs(db+60) > 0.1 {
			t.Errorf("%d Hz: the tone on the offset is left at %.2f dBFS, want -60", r, db)
		}
	}
}

func TestHighPassStepDiesAway(t *testing.T) {
	h, err := NewHighPass(rate)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, rate)
	for i := 100; i < len(x); i++ {
		x[i] = 1
	}
	h.Process(x)
	if v := x[100]; v < 0.9 || v > 1 {
		t.Errorf("the step comes through as %g", v)
	}
	for i := rate / 4; i < rate; i++ {
		if v := math.Abs(float64(x[i])); v > 1e-4 || v != 0 && v < 1e-30 {
			t.Fatalf("%d samples after the step %g is left", i-100, v)
		}
	}
	if h.s1 != 0 || h.s2 != 0 {
		t.Errorf("after a second the states are %g and %g, not floored", h.s1, h.s2)
	}
}

func TestHighPassResets(t *testing.T) {
	h, err := NewHighPass(rate)
	if err != nil {
		t.Fatal(err)
	}
	x := sine(0.1, 200, -10)
	first, second := run(h.Process, x), run(h.Process, x)
	if slices.Equal(first, second) {
		t.Fatal("no state carried over: the test would prove nothing")
	}
	h.Reset()
	if !slices.Equal(first, run(h.Process, x)) {
		t.Error("after Reset the filter is not as new")
	}
}

// Speech of any usual level comes to the target, within 10 s from the softest.
func TestControlReachesTarget(t *testing.T) {
	for _, db := range []float64{-60, -52, -45, -35, -27} {
		a := control(t, Config{})
		y := run(a.Process, talk(12, db, -85))
		want := min(-23, db+30)
		got := Level(y[len(y)-rate/2:]) - 10*math.Log10(0.7)
		if math.Abs(got-want) > 3 {
			t.Errorf("speech at %g dBFS comes out at %.1f, want %g", db, got, want)
		}
	}
}

func TestControlNeverLowers(t *testing.T) {
	a := control(t, Config{NoLimiter: true})
	run(a.Process, talk(5, -10, -80))
	if a.Gain() != 0 {
		t.Errorf("gain of %g dB for loud speech, want 0", a.Gain())
	}
}

func TestControlRates(t *testing.T) {
	a := control(t, Config{})
	x := talk(12, -50, -85)
	run(a.Process, x[:rate])
	if g := a.Gain(); g < 2 || g > upRate {
		t.Errorf("after one second the gain is %.1f dB, want 2 to %g", g, upRate)
	}
	run(a.Process, x[rate:])
	before := a.Gain()
	if math.Abs(before-26) > 4 {
		t.Fatalf("the gain settled at %.1f dB, want about 26", before)
	}
	run(a.Process, talk(0.35, -20, -85)) // who shouts is turned down within syllables
	if fall := before - a.Gain(); fall < 4 || fall > 0.35*downRate+0.1 {
		t.Errorf("in 350 ms of shouting the gain fell by %.1f dB, want 4 to 7", fall)
	}
}

func TestControlKeepsStillInPauses(t *testing.T) {
	a := control(t, Config{})
	run(a.Process, talk(8, -45, -75))
	before := a.Gain()
	run(a.Process, talk(20, -200, -75))
	if a.Gain() != before {
		t.Errorf("in a pause the gain moved from %.1f to %.1f dB", before, a.Gain())
	}
}

func TestControlIsFrozenWhileFarTalks(t *testing.T) {
	a, free := control(t, Config{}), control(t, Config{})
	a.FarTalks(true)
	run(a.Process, talk(5, -45, -80))
	run(free.Process, talk(5, -45, -80))
	if a.Gain() != 0 || a.floor.level != startFloor {
		t.Errorf("while the far end talks the gain went to %.1f dB and the floor to %.1f", a.Gain(), a.floor.level)
	}
	if free.Gain() < 10 {
		t.Errorf("without it the gain is %.1f dB only: the test proves nothing", free.Gain())
	}
	a.FarTalks(false)
	run(a.Process, talk(5, -45, -80))
	if a.Gain() < 10 {
		t.Errorf("after the far end has ended the gain is %.1f dB", a.Gain())
	}
}

func TestControlDoesNotRaiseNoise(t *testing.T) {
	a := control(t, Config{})
	run(a.Process, talk(20, -300, -52))
	if a.Gain() != 0 {
		t.Errorf("noise alone was raised by %.1f dB", a.Gain())
	}
	run(a.Process, talk(20, -45, -58))
	if g := a.Gain(); g > noiseCeiling+58+2.5 {
		t.Errorf("noise at -58 dBFS was raised by %.1f dB", g)
	}
}

func TestFixedGain(t *testing.T) {
	a := control(t, Config{Fixed: 12})
	x := talk(3, -30, -80)
	y := run(a.Process, x)
	for i := range x {
		if math.Abs(float64(y[i])-float64(x[i])*amplitude(12)) > 1e-6 {
			t.Fatalf("sample %d: %g became %g", i, x[i], y[i])
		}
	}
}

func TestControlResets(t *testing.T) {
	a := control(t, Config{})
	x := talk(3, -40, -80)
	first, second := run(a.Process, x), run(a.Process, x)
	if slices.Equal(first, second) {
		t.Fatal("nothing was learnt: the test would prove nothing")
	}
	a.Reset()
	if !slices.Equal(first, run(a.Process, x)) {
		t.Error("after Reset the control is not as new")
	}
}

func TestLimiter(t *testing.T) {
	l, err := NewLimiter(rate)
	if err != nil {
		t.Fatal(err)
	}
	soft := sine(0.2, 440, -1.1)
	if y := run(l.Process, soft); !slices.Equal(y, soft) {
		t.Error("a sine below the ceiling is changed")
	}
	x := append(sine(0.5, 440, 12), sine(1, 440, -12)...)
	y := run(l.Process, x)
	var steep, out float64
	for i, v := range y {
		if max(v, -v) > ceiling {
			t.Fatalf("sample %d is %g", i, v)
		}
		if i > 0 {
			steep = max(steep, math.Abs(float64(x[i]-x[i-1])))
			out = max(out, math.Abs(float64(v-y[i-1])))
		}
	}
	if out > steep {
		t.Errorf("the output jumps by %g, the input by %g at most", out, steep)
	}
	// Once the gain has settled the sine is a sine again: its crest is 3 dB.
	if crest := -1 - Level(y[rate/4:rate/2]); math.Abs(crest) > 0.4 {
		t.Errorf("a limited sine has a level %.2f dB off that of a sine", crest)
	}
	if back := Level(y[len(y)-rate/10:]); math.Abs(back+12) > 0.1 {
		t.Errorf("one second after the peak a sine of -12 dBFS comes out at %.2f", back)
	}
}

// The gain comes back smoothly: no more than half a dB in a period of 100 Hz.
func TestLimiterReleases(t *testing.T) {
	l, err := NewLimiter(rate)
	if err != nil {
		t.Fatal(err)
	}
	l.Process([]float32{4})
	before := l.gain
	one := make([]float32, rate/100)
	l.Process(one[:l.holding])
	if l.gain != before {
		t.Errorf("the gain moved from %g to %g within the hold", before, l.gain)
	}
	for range 40 {
		old := float64(l.gain)
		l.Process(one)
		if db := 20 * math.Log10(float64(l.gain)/old); db > 4.5 || db < 0 {
			t.Errorf("the gain moved by %.2f dB in 10 ms", db)
		}
	}
	if l.gain < 0.99 {
		t.Errorf("after 400 ms the gain is %g", l.gain)
	}
}

func TestEdges(t *testing.T) {
	signals := map[string]func(i int) float32{
		"silence": func(int) float32 { return 0 }, "DC": func(int) float32 { return 0.7 },
		"full scale": func(i int) float32 { return float32(1 - i/20%2*2) }, "impulse": func(i int) float32 { return float32(1 - min(i, 1)) },
		"denormal": func(i int) float32 { return float32(i%3) * 1e-41 }, "NaN": func(int) float32 { return float32(math.NaN()) },
		"infinity": func(i int) float32 { return float32(math.Inf(1 - i%2*2)) }, "huge": func(i int) float32 { return float32(1-i%2*2) * 1e30 },
	}
	for name, f := range signals {
		h, err := NewHighPass(rate)
		if err != nil {
			t.Fatal(err)
		}
		a := control(t, Config{})
		x := make([]float32, rate)
		for i := range x {
			x[i] = f(i)
		}
		alone := run(control(t, Config{}).Process, x)
		chain := run(func(p []float32) { h.Process(p); a.Process(p) }, x)
		for _, y := range [][]float32{alone, chain} {
			for i, v := range y {
				if !(max(v, -v) <= ceiling) {
					t.Errorf("%s: sample %d is %g", name, i, v)
					break
				}
			}
		}
		// And afterwards a voice comes through.
		y := run(func(p []float32) { h.Process(p); a.Process(p) }, talk(8, -40, -80))
		if db := Level(y[7*rate:]); db < -30 || db > -18 {
			t.Errorf("%s: speech afterwards comes out at %.1f dBFS", name, db)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for _, c := range []Config{{}, {Rate: 7999}, {Rate: rate, Target: -5}, {Rate: rate, Target: -60}, {Rate: rate, MaxGain: 50}, {Rate: rate, MaxGain: -1}, {Rate: rate, Fixed: 60}} {
		if _, err := NewControl(c); err == nil || !strings.Contains(err.Error(), "choose") {
			t.Errorf("%+v: error %v, want one that names the cure", c, err)
		}
	}
	for _, c := range []HalfDuplexConfig{{Loss: 3}, {Loss: 90}, {Coupling: 40}, {Coupling: -70}} {
		if _, err := NewHalfDuplex(c); err == nil || !strings.Contains(err.Error(), "choose") {
			t.Errorf("%+v: error %v, want one that names the cure", c, err)
		}
	}
	if _, err := NewHighPass(50); err == nil {
		t.Error("a high-pass at 50 Hz")
	}
	if _, err := NewLimiter(0); err == nil {
		t.Error("a limiter at 0 Hz")
	}
}

func TestNoAllocation(t *testing.T) {
	h, err := NewHighPass(rate)
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewHalfDuplex(HalfDuplexConfig{})
	if err != nil {
		t.Fatal(err)
	}
	a, x := control(t, Config{}), sine(0.01, 300, -20)
	if n := testing.AllocsPerRun(100, func() {
		h.Process(x)
		a.Process(x)
		speaker, _ := d.Decide(Level(x), -40)
		speaker.Apply(x)
	}); n != 0 {
		t.Errorf("%g allocations a frame", n)
	}
}

func BenchmarkProcess(b *testing.B) {
	h, err := NewHighPass(rate)
	if err != nil {
		b.Fatal(err)
	}
	d, err := NewHalfDuplex(HalfDuplexConfig{})
	if err != nil {
		b.Fatal(err)
	}
	for name, f := range map[string]func([]float32){
		"highpass": h.Process, "control": control(b, Config{}).Process,
		"halfduplex": func(x []float32) { s, n := d.Decide(Level(x), -40); s.Apply(x); n.Apply(x) },
	} {
		b.Run(fmt.Sprintf("%s/10ms", name), func(b *testing.B) {
			x, y := sine(0.01, 300, -30), make([]float32, rate/100)
			b.ReportAllocs()
			for b.Loop() {
				copy(y, x)
				f(y)
			}
		})
	}
}
