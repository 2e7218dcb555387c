package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

// tone is a sine.
func tone(n int, hz, peak float64, rate int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = peak * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))
	}
	return x
}

// near fails unless got is within tolerance of want.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s is %g, want %g within %g", what, got, want, tolerance)
	}
}

func TestLevels(t *testing.T) {
	x := tone(16000, 1000, 1, 16000)
	near(t, "level of a sine of full scale", decibels(power(x)), -3.01, 0.01)
	near(t, "level of silence", decibels(power(make([]float64, 10))), -120, 0)
	near(t, "level of nothing", decibels(power(nil)), -120, 0)
	near(t, "6 dB", amplitude(6.0206), 2, 1e-4)
}

// Pauses and soft parts must not count for the level of speech.
func TestActiveLevelIgnoresPauses(t *testing.T) {
	x := tone(16000, 1000, 0.5, 16000)
	want := activeLevel(x)
	near(t, "level of a tone", want, -9.03, 0.05)
	paused := append(append(make([]float64, 32000), x...), tone(16000, 1000, 0.5e-2, 16000)...)
	near(t, "the same with pauses", activeLevel(paused), want, 0.01)
	setActiveLevel(paused, -26)
	near(t, "set", activeLevel(paused), -26, 0.01)
	setLevel(paused, -40)
	near(t, "set as a whole", decibels(power(paused)), -40, 0.01)
	near(t, "level of silence", activeLevel(make([]float64, 400)), -120, 0)
}

func TestSumLimits(t *testing.T) {
	got := sum([]float64{0.25, 0.9, -0.9}, []float64{0.5, 0.9, -0.9})
	for i, want := range []float64{0.75, 1, -1} {
		near(t, "sum", got[i], want, 1e-12)
	}
}

func TestShiftsAndLengths(t *testing.T) {
	x := []float64{1, 2, 3, 4}
	for _, c := range []struct {
		name string
		got  []float64
		want []float64
	}{
		{"later", delayed(x, 1), []float64{0, 1, 2, 3}},
		{"earlier", delayed(x, -3), []float64{4, 0, 0, 0}},
		{"not at all", delayed(x, 0), x},
		{"beyond the end", delayed(x, 9), make([]float64, 4)},
		{"before the start", delayed(x, -9), make([]float64, 4)},
		{"repeated", repeated(x, 6), []float64{1, 2, 3, 4, 1, 2}},
		{"repeated less than once", repeated(x, 2), []float64{1, 2}},
		{"nothing repeated", repeated(nil, 2), []float64{0, 0}},
		{"cut", fitted(x, 2), []float64{1, 2}},
		{"filled", fitted(x, 5), []float64{1, 2, 3, 4, 0}},
	} {
		if len(c.got) != len(c.want) {
			t.Fatalf("%s: %d samples, want %d", c.name, len(c.got), len(c.want))
		}
		for i := range c.want {
			near(t, c.name, c.got[i], c.want[i], 0)
		}
	}
	near(t, "the original", x[0], 1, 0)
}

func TestSampleConversions(t *testing.T) {
	for v, want := range map[float64]int16{0: 0, 1: 32767, -1: -32768, 7: 32767, -7: -32768, 0.5: 16384, 1.4 / 32768: 1} {
		if got := toInt16([]float64{v})[0]; got != want {
			t.Errorf("%g becomes %d, want %d", v, got, want)
		}
	}
	for _, v := range []int16{-32768, -1, 0, 1, 12345, 32767} {
		if got := toInt16(fromInt16([]int16{v}))[0]; got != v {
			t.Errorf("%d comes back as %d", v, got)
		}
	}
	near(t, "by float32", fromFloat32(toFloat32([]float64{0.3}))[0], 0.3, 1e-7)
}

func TestLag(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	x := hiss(r, 4000)
	for _, want := range []int{-16, 0, 1, 160, 799} {
		y := delayed(x, want)
		scale(y, -0.3)
		if got := lag(y, x, -16, 800); got != want {
			t.Errorf("a signal %d samples late is found at %d", want, got)
		}
	}
}
