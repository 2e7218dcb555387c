package echo

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestSingleTalk(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		for seed := range uint64(2) {
			ref := voice(rate, 8, seed)
			mic := convolve(ref, room(rate, seed))
			linear := run(build(t, Config{Rate: rate, LinearOnly: true}), mic, ref)
			full := run(build(t, Config{Rate: rate}), mic, ref)
			if e := erle(rate, mic, linear, 4, 7.5); e < 20 {
				t.Errorf("%d Hz, room %d: the filter alone takes %.1f dB after 4 s, want 20", rate, seed, e)
			}
			if e := erle(rate, mic, full, 1, 2); e < 30 {
				t.Errorf("%d Hz, room %d: %.1f dB after 1 s, want 30", rate, seed, e)
			}
			if e := erle(rate, mic, full, 4, 7.5); e < 35 {
				t.Errorf("%d Hz, room %d: %.1f dB after 4 s, want 35", rate, seed, e)
			}
		}
	}
}

// An echo six decibels louder than the visitor: what the visitor says must come through at its level.
func TestDoubleTalk(t *testing.T) {
	const rate = 16000
	ref, near := voice(rate, 10, 5), voice(rate, 10, 6)
	clear(near[:5*rate])
	level(near[5*rate:], 0.05)
	echo := convolve(ref, room(rate, 5))
	out := run(build(t, Config{Rate: rate}), add(echo, near), ref)
	var cross, power float64
	for i := 5 * rate; i < len(out); i++ {
		cross += float64(out[i] * near[i])
		power += float64(near[i] * near[i])
	}
	if gain := 20 * math.Log10(cross/power); gain < -3 || gain > 1 {
		t.Errorf("the visitor comes through at %.1f dB, want -3 to 1", gain)
	}
}

// Without a far end there is nothing to take: the near end leaves as it came, one frame late.
func TestNearEndUntouched(t *testing.T) {
	const rate = 16000
	near := voice(rate, 3, 7)
	out := run(build(t, Config{Rate: rate}), near, make([]float32, len(near)))
	for i := range out {
		if math.Abs(float64(out[i]-near[i])) > 2e-3*0.1+1e-5 {
			t.Fatalf("sample %d: %g came out as %g", i, near[i], out[i])
		}
	}
}

func TestPathChange(t *testing.T) {
	const rate = 16000
	ref := voice(rate, 10, 8)
	mic := convolve(ref, room(rate, 8))
	copy(mic[5*rate:], convolve(ref, room(rate, 9))[5*rate:])
	out := run(build(t, Config{Rate: rate}), mic, ref)
	if e := erle(rate, mic, out, 6, 7); e < 20 {
		t.Errorf("%.1f dB a second after the path changed, want 20", e)
	}
}

// A jump of the card's delay that Shift tells must cost next to nothing; the same jump untold costs a lot.
func TestShift(t *testing.T) {
	const rate, jump = 16000, 333
	ref := voice(rate, 8, 10)
	h := room(rate, 10)
	mic := convolve(ref, h)
	late := convolve(ref, append(make([]float32, jump), h...))
	copy(mic[5*rate:], late[5*rate:])
	after := func(tell bool) float64 {
		c := build(t, Config{Rate: rate, LinearOnly: true})
		run(c, mic[:5*rate], ref[:5*rate])
		if tell {
			c.Shift(jump)
		}
		out := run(c, mic[5*rate:], ref[5*rate:])
		return erle(rate, mic[5*rate:], out, 0.1, 0.5)
	}
	if e := after(false); e > 8 {
		t.Fatalf("%.1f dB after a jump nobody told: the test would prove nothing", e)
	}
	if e := after(true); e < 15 {
		t.Errorf("%.1f dB after a jump that was told, want 15", e)
	}
}

// Signals at the edges: the output stays finite and no louder than the input by more than a little.
func TestEdges(t *testing.T) {
	const rate = 8000
	constant := func(v float32) []float32 {
		x := make([]float32, 4*rate)
		for i := range x {
			x[i] = v
		}
		return x
	}
	impulse := make([]float32, 4*rate)
	impulse[rate] = 1
	square := constant(1)
	for i := range square {
		if i/20%2 == 1 {
			square[i] = -1
		}
	}
	signals := map[string][]float32{"silence": constant(0), "full scale": constant(1), "DC": constant(-0.5), "impulse": impulse, "square": square, "denormal": constant(1e-40)}
	for micName, mic := range signals {
		for refName, ref := range signals {
			out := run(build(t, Config{Rate: rate}), mic, ref)
			for i, v := range out {
				if math.IsNaN(float64(v)) || math.Abs(float64(v)) > 4 {
					t.Errorf("microphone %s, reference %s: sample %d is %g", micName, refName, i, v)
					break
				}
			}
		}
	}
}

// Every recursive state must stay out of the denormal range through a long silence after sound.
func TestNoDenormals(t *testing.T) {
	const rate = 8000
	c := build(t, Config{Rate: rate})
	ref := voice(rate, 2, 11)
	run(c, convolve(ref, room(rate, 11)), ref)
	silence := make([]float32, 20*rate)
	run(c, silence, silence)
	states := map[string][]float32{"noise": c.filter.noise, "residual": c.suppress.residual, "error": c.suppress.err, "coherence": c.coherence.err}
	for name, state := range states {
		for k, v := range state {
			if v != 0 && math.Abs(float64(v)) < 1.2e-38 {
				t.Errorf("%s, bin %d is denormal: %g", name, k, v)
			}
		}
	}
	for i := range c.coherence.cross {
		for k, v := range c.coherence.cross[i] {
			if p := max(math.Abs(float64(real(v))), math.Abs(float64(imag(v)))); p != 0 && p < 1.2e-38 {
				t.Errorf("cross spectrum %d, bin %d is denormal: %v", i, k, v)
			}
		}
	}
}

func TestResetForgets(t *testing.T) {
	const rate = 8000
	ref := voice(rate, 2, 12)
	mic := convolve(ref, room(rate, 12))
	c := build(t, Config{Rate: rate, LinearOnly: true})
	first := run(c, mic, ref)
	second := run(c, mic, ref)
	if erle(rate, mic, second, 0, 0.5) < erle(rate, mic, first, 0, 0.5)+3 {
		t.Fatal("nothing was learnt: the test would prove nothing")
	}
	c.Reset()
	third := run(c, mic, ref)
	for i := range first {
		if math.Abs(float64(first[i]-third[i])) > 1e-6 {
			t.Fatalf("after Reset sample %d is %g, of a new canceller %g", i, third[i], first[i])
		}
	}
}

// recorder is a Background that keeps what it is told.
type recorder struct {
	closed, open int
	echo, other  int
}

func (r *recorder) Weigh(spectrum []complex64, gain []float32, echo bool) {
	for k, g := range gain {
		spectrum[k] = scale(g, spectrum[k])
		if g < 0.1 {
			r.closed++
		} else if g > 0.9 {
			r.open++
		}
	}
	if echo {
		r.echo++
	} else {
		r.other++
	}
}

// A Background is told the gains and when there is echo, and what it does to the spectrum is heard.
func TestBackground(t *testing.T) {
	const rate = 16000
	ref := voice(rate, 4, 16)
	mic := convolve(ref, room(rate, 16))
	plain := run(build(t, Config{Rate: rate}), mic, ref)
	r := &recorder{}
	through := run(build(t, Config{Rate: rate, Background: r}), mic, ref)
	for i := range plain {
		if plain[i] != through[i] {
			t.Fatalf("sample %d: %g with a background that only applies the gains, %g without", i, through[i], plain[i])
		}
	}
	if r.closed < r.open || r.echo < r.other {
		t.Errorf("single talk: %d bins closed, %d open; %d frames echo, %d not", r.closed, r.open, r.echo, r.other)
	}
	*r = recorder{}
	near := voice(rate, 2, 17)
	run(build(t, Config{Rate: rate, Background: r}), near, make([]float32, len(near)))
	if r.closed > 0 || r.echo > 0 {
		t.Errorf("no far end: %d bins closed, %d frames taken for echo", r.closed, r.echo)
	}
}

func TestBadConfig(t *testing.T) {
	for _, c := range []Config{{}, {Rate: 48000}, {Rate: 8000, Tail: time.Millisecond}, {Rate: 16000, Tail: time.Second}} {
		_, err := New(c)
		if err == nil || !strings.HasPrefix(err.Error(), "echo: ") {
			t.Errorf("%+v: error %v, want one that names the cure", c, err)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	c := build(t, Config{Rate: 16000})
	mic, ref := voice(16000, 1, 13)[:160], voice(16000, 1, 14)[:160]
	if n := testing.AllocsPerRun(100, func() { c.Process(mic, mic, ref) }); n != 0 {
		t.Errorf("%g allocations a frame", n)
	}
	if n := testing.AllocsPerRun(10, func() { c.Shift(3) }); n != 0 {
		t.Errorf("%g allocations a shift", n)
	}
}

func BenchmarkProcess(b *testing.B) {
	for _, rate := range []int{8000, 16000} {
		b.Run(fmt.Sprintf("%dHz/10ms", rate), func(b *testing.B) {
			c := build(b, Config{Rate: rate})
			ref := voice(rate, 1, 15)
			mic := convolve(ref, room(rate, 15))
			out, n, i := make([]float32, c.Frame()), c.Frame(), 0
			b.ReportAllocs()
			for b.Loop() {
				c.Process(out, mic[i:i+n], ref[i:i+n])
				i = (i + n) % (rate - n)
			}
		})
	}
}
