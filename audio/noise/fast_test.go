package noise

import (
	"math"
	"testing"
)

func TestExp(t *testing.T) {
	for x := -80.0; x <= 80; x += 0.0137 {
		got, want := float64(exp(float32(x))), math.Exp(float64(float32(x)))
		// A float32 near 80 is itself known to 4e-6 only.
		if d := math.Abs(got/want - 1); d > 4e-6+1e-7*math.Abs(x) {
			t.Fatalf("exp(%g) is %g, want %g: wrong by %.2g", x, got, want, d)
		}
	}
	for x, want := range map[float32]float32{0: 1, -1000: exp(-80), 1000: exp(80), float32(math.Inf(-1)): exp(-80)} {
		if got := exp(x); got != want {
			t.Errorf("exp(%g) is %g, want %g", x, got, want)
		}
	}
	if got := exp(-80); got < 1.2e-38 {
		t.Errorf("exp(-80) is %g, a denormal", got)
	}
}

func TestLog(t *testing.T) {
	for x := 1e-30; x < 1e30; x *= 1.0173 {
		got, want := float64(log(float32(x))), math.Log(float64(float32(x)))
		if d := math.Abs(got-want) / max(math.Abs(want), 1); d > 4e-6 {
			t.Fatalf("log(%g) is %g, want %g: wrong by %.2g", x, got, want, d)
		}
	}
	if got := log(1); got != 0 {
		t.Errorf("log(1) is %g", got)
	}
}

func TestPresence(t *testing.T) {
	before := float32(-1)
	for ratio := float32(0.01); ratio < 1e6; ratio *= 1.1 {
		p := presence(ratio)
		want := 1 / (1 + (1+assumed)*math.Exp(-float64(ratio)*assumed/(1+assumed)))
		if math.Abs(float64(p)-want) > 1e-5 {
			t.Fatalf("presence(%g) is %g, want %g", ratio, p, want)
		}
		if p < before || p > 1 {
			t.Fatalf("presence(%g) is %g after %g", ratio, p, before)
		}
		before = p
	}
}

func BenchmarkExp(b *testing.B) {
	x := float32(0)
	for b.Loop() {
		x = exp(-x)
	}
}
