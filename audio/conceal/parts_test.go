package conceal

import (
	"math"
	"testing"
)

func TestPitchOfVowels(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		for _, hz := range []float64{65, 80, 100, 160, 200, 250, 320, 390} {
			c := build(t, rate)
			c.Heard(vowel(rate/5, rate, hz))
			lag, voicing := c.pitch()
			periods := float64(lag) * hz / float64(rate)
			if off := math.Abs(periods - math.Round(periods)); off > 0.06*periods || periods < 0.9 {
				t.Errorf("%d Hz: a pitch of %g Hz gives a lag of %d, %.2f periods", rate, hz, lag, periods)
			}
			if voicing < 0.85 {
				t.Errorf("%d Hz: a pitch of %g Hz is found with a likeness of %.2f", rate, hz, voicing)
			}
		}
	}
}

func TestNoPitchInHissAndSilence(t *testing.T) {
	c := build(t, 8000)
	if _, voicing := c.pitch(); voicing != 0 {
		t.Errorf("silence has a likeness of %.2f", voicing)
	}
	var sum float64
	for seed := range uint64(20) {
		c.Heard(hiss(800, 0.1, seed))
		_, voicing := c.pitch()
		sum += voicing / 20
	}
	if sum > voicedAbove {
		t.Errorf("hisses have a mean likeness of %.2f, want below %g", sum, voicedAbove)
	}
}

// Driving the model with the residual gives the signal back: analysis and synthesis are inverse.
func TestModelIsItsInverse(t *testing.T) {
	x := vowel(800, 8000, 120)
	m := newModel(8000)
	m.fit(x)
	for k := range m.memory {
		m.memory[k] = x[399-k]
	}
	for i := 400; i < 800; i++ {
		if y := m.synthesize(m.residual(x, i)); math.Abs(float64(y-x[i])) > 1e-4 {
			t.Fatalf("sample %d comes back as %g, was %g", i, y, x[i])
		}
	}
}

func TestModelWhitens(t *testing.T) {
	x := vowel(800, 8000, 120)
	m := newModel(8000)
	m.fit(x)
	rest := make([]float32, 200)
	for i := range rest {
		rest[i] = m.residual(x, 600+i)
	}
	if db := decibel(power(x[600:]), power(rest)); db < 10 {
		t.Errorf("the prediction takes %.1f dB off a vowel, want 10", db)
	}
}

// Whatever the history, the model must not blow up when it is left to itself.
func TestModelIsStable(t *testing.T) {
	for name, f := range map[string]func(i int) float32{
		"sine": func(i int) float32 { return float32(math.Sin(float64(i) / 5)) }, "DC": func(int) float32 { return 1 },
		"alternating": func(i int) float32 { return float32(1 - i%2*2) }, "impulse": func(i int) float32 { return float32(max(i, 790) - 790) },
		"ramp": func(i int) float32 { return float32(i) / 800 },
	} {
		x := make([]float32, 800)
		for i := range x {
			x[i] = f(i)
		}
		m := newModel(8000)
		m.fit(x)
		var late float32
		for i := range 8000 {
			v := m.synthesize(0)
			if i > 4000 {
				late = max(late, v, -v)
			}
		}
		if late > 1 {
			t.Errorf("%s: half a second after the end the model rings at %g", name, late)
		}
	}
}

func TestLaw(t *testing.T) {
	for _, c := range []struct {
		voicing, trend float64
		at             []int // ms
		want           []float64
	}{
		{1, 1, []int{0, 10, 60, 110, 500}, []float64{1, 1, 0.5, 0, 0}},
		{0, 1, []int{0, 10, 40, 70, 500}, []float64{1, 1, 0.5, 0, 0}},
		{1, 0.99, []int{0, 10, 60}, []float64{0.99, leastTrend, leastTrend / 2}},
	} {
		l := newLaw(8000, c.voicing, c.trend)
		var gains []float64
		for i := range 8 * 501 {
			gains = append(gains, float64(l.next(i)))
			if i > 0 && gains[i] > gains[i-1] {
				t.Fatalf("voicing %g: the gain rises at sample %d", c.voicing, i)
			}
		}
		for k, ms := range c.at {
			if math.Abs(gains[8*ms]-c.want[k]) > 0.02 {
				t.Errorf("voicing %g, trend %g: after %d ms the gain is %.3f, want %.3f", c.voicing, c.trend, ms, gains[8*ms], c.want[k])
			}
		}
	}
}

func TestTrend(t *testing.T) {
	for _, c := range []struct{ slope, want float64 }{{1, 1}, {1.02, 1}, {0.996, 0.996}, {0.98, math.Pow(steepest, 1.0/80)}} {
		k, x := build(t, 8000), vowel(800, 8000, 200)
		for i := range x {
			x[i] *= float32(math.Pow(c.slope, float64(i-799)))
			x[i] = min(max(x[i], -3), 3)
		}
		k.Heard(x)
		if got := k.trend(40); math.Abs(got-c.want) > 3e-4 {
			t.Errorf("a voice that changes by %g a sample has trend %.5f, want %.5f", c.slope, got, c.want)
		}
	}
	if got := build(t, 8000).trend(40); got != 1 {
		t.Errorf("silence has trend %g", got)
	}
}

func TestSourceRepeatsOnePeriod(t *testing.T) {
	c := build(t, 8000)
	c.Heard(vowel(1600, 8000, 100))
	c.analyse()
	if c.source.noisy > 0.02 || c.source.lag%80 != 0 {
		t.Fatalf("a vowel of 100 Hz has lag %d and noise %g", c.source.lag, c.source.noisy)
	}
	first := make([]float32, c.source.lag)
	for i := range first {
		first[i] = c.source.next()
	}
	for i, v := range first {
		if w := c.source.next(); math.Abs(float64(w-v)) > 0.05 {
			t.Fatalf("sample %d of the second period is %g, of the first %g", i, w, v)
		}
	}
}

func TestFloorLearnsPausesOnly(t *testing.T) {
	f := newFloor(8000)
	f.reset()
	quiet, loud := hiss(160, 0.002, 7), vowel(160, 8000, 130)
	for range 20 {
		f.learn(quiet)
	}
	before := append([]float64(nil), f.shape...)
	if db := decibel(f.power, sq(0.002)); math.Abs(db) > 2 {
		t.Errorf("the floor is %.1f dB off the noise", db)
	}
	for range 20 {
		f.learn(loud)
	}
	for k := range before {
		if f.shape[k] != before[k] {
			t.Fatalf("a voice changed the shape of the noise at lag %d", k)
		}
	}
	f.learn(nil)
	f.start()
	var out []float32
	for range 4000 {
		out = append(out, f.next(1))
	}
	if db := decibel(power(out), sq(0.002)); math.Abs(db) > 2 {
		t.Errorf("the noise is rebuilt %.1f dB off", db)
	}
}

func TestFloorRisesSlowly(t *testing.T) {
	f := newFloor(8000)
	f.reset()
	f.learn(hiss(160, 0.001, 8))
	before := f.power
	for range 50 { // a second
		f.learn(hiss(160, 0.02, 9))
	}
	if db := decibel(f.power, before); db < 4 || db > 7 {
		t.Errorf("the floor rose by %.1f dB in a second, want about 6", db)
	}
}

// Noise of the concealer is white, of unit power, and the same after every reset.
func TestNoiseIsWhite(t *testing.T) {
	draw := noise(1)
	x := make([]float32, 20000)
	for i := range x {
		x[i] = draw.next()
	}
	if p := power(x); math.Abs(p-1) > 0.03 {
		t.Errorf("its power is %.3f", p)
	}
	for lag := 1; lag < 20; lag++ {
		var sum float64
		for i := lag; i < len(x); i++ {
			sum += float64(x[i] * x[i-lag])
		}
		if r := sum / float64(len(x)); math.Abs(r) > 0.03 {
			t.Errorf("lag %d: it correlates by %.3f", lag, r)
		}
	}
}
