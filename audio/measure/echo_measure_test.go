package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"intercom/audio/echo"
)

// testVoices are voices without a synthesiser, testTake is what they make of the first scenario.
var (
	testVoices = sync.OnceValue(func() voices {
		n := seconds(length)
		x := hum(n + 16000)
		far, near := x[16000:], delayed(x[:n], 5000)
		return voices{far, near, far, near}
	})
	testTake = sync.OnceValue(func() take { return scenarios[0].record(testVoices(), rand.New(rand.NewPCG(1, 1))) })
)

// perfect is what a canceller without fault would leave, softer echo of the given share and n samples late.
func (t take) perfect(rest float64, n int) []float64 {
	echo := append([]float64(nil), t.echo...)
	scale(echo, rest)
	return delayed(sum(t.near, echo), n)
}

func TestJudgeKnownOutputs(t *testing.T) {
	x := testTake()
	f := x.judge(x.mic)
	for what, v := range map[string]float64{"E1": f.e1, "E3": f.e3, "E10": f.e10, "R1": f.r1, "R3": f.r3} {
		near(t, what+" of doing nothing", v, 0, 1e-9)
	}
	near(t, "near end untouched by doing nothing", f.nearEnd, 1, 1e-6)
	near(t, "lag of doing nothing", f.lag, 0, 0)

	f = x.judge(x.perfect(0.01, 160))
	for what, v := range map[string]float64{"E1": f.e1, "E3": f.e3, "E10": f.e10, "R1": f.r1, "R3": f.r3} {
		near(t, what+" of a hundredth of the echo", v, 40, 1.5)
	}
	near(t, "lag of one frame", f.lag, 10, 0)
	near(t, "double talk without echo", f.doubleTalk, 1, 0.01)
	near(t, "drop of what is whole", f.drop, 0, 0.1)
}

// A canceller that is half duplex must be told by the drop and by what is understood.
func TestJudgeHalfDuplex(t *testing.T) {
	x := testTake()
	out := x.perfect(0, 0)
	scale(out[x.at(nearStarts):x.at(farEnds)], amplitude(-6))
	near(t, "drop", x.judge(out).drop, -6, 0.1)
	clear(out[x.at(nearStarts+2):x.at(farEnds-2)])
	if f := x.judge(out); f.doubleTalk > 0.8 {
		t.Errorf("a visitor who is mostly silenced is understood by %.3f", f.doubleTalk)
	}
}

func TestEchoActive(t *testing.T) {
	x := take{rate: 16000, echo: make([]float64, 16000)}
	copy(x.echo[8000:9000], tone(1000, 1000, 0.1, 16000))
	active, n := x.echoActive(), 0
	for i, a := range active {
		if a && (i < 8000-100 || i > 9000+100) {
			t.Fatalf("sample %d is marked active, the echo is from 8000 to 9000", i)
		}
		if a {
			n++
		}
	}
	if n < 1000 || n > 1200 {
		t.Errorf("%d samples are marked, want little more than 1000", n)
	}
}

func TestMeanEcho(t *testing.T) {
	mean, worst := meanEcho([]echoFigures{{e1: 30, drop: -1, lag: 5}, {e1: 50, drop: -3, lag: 10}})
	near(t, "mean E1", mean.e1, 40, 0)
	near(t, "mean drop", mean.drop, -2, 0)
	near(t, "worst drop", worst, -3, 0)
	near(t, "greatest lag", mean.lag, 10, 0)
}

// The reference is taken a little early, never late: a canceller cannot predict.
func TestAligned(t *testing.T) {
	x := take{rate: 16000, delay: 60, ref: make([]float64, 16000)}
	x.ref[0] = 1
	if y := x.aligned(); y[58*16] != 1 || y[0] != 0 {
		t.Error("the reference is not moved by 58 ms")
	}
	x.delay = 1
	if y := x.aligned(); y[0] != 1 {
		t.Error("a delay below the margin moves the reference")
	}
}

func TestOursRuns(t *testing.T) {
	x := testTake()
	for _, background := range []bool{false, true} {
		out, err := ourEcho(x, echo.Config{}, background)
		if err != nil {
			t.Fatal(err)
		}
		if f := x.judge(out); f.e3 < 25 || f.lag != 10 || f.doubleTalk < 0.5 {
			t.Errorf("noise suppressor %v: %+v", background, f)
		}
	}
	if _, err := ourEcho(take{rate: 1}, echo.Config{}, false); err == nil {
		t.Error("a rate of 1 Hz is taken")
	}
}

func TestScenarioPlan(t *testing.T) {
	v := testVoices()
	for _, i := range []int{0, 3, 4, 5, 7, 8} { // one of each kind of path, noise and clock
		s := scenarios[i]
		x := s.record(v, rand.New(rand.NewPCG(2, uint64(i))))
		if len(x.mic) != seconds(length) || x.rate != speechRate {
			t.Fatalf("%s: %d samples at %d Hz", s.name, len(x.mic), x.rate)
		}
		near(t, s.name+": level of the far end", activeLevel(x.ref), farLevel, 0.2)
		near(t, s.name+": level of the near end", activeLevel(x.near), nearLevel, 0.01)
		near(t, s.name+": echo under the near end", activeLevel(x.near)-activeLevel(x.echo), s.nearOver, 0.01)
		near(t, s.name+": noise", decibels(power(x.noise)), s.noise, 0.01)
		near(t, s.name+": near end before its time", power(x.near[:x.at(nearStarts)-1]), 0, 1e-12)
		near(t, s.name+": far end after its time", power(x.ref[x.at(farEnds):]), 0, 0)
		near(t, s.name+": echo before anything", power(x.echo[:x.at(farStarts)+s.delay*16]), 0, 1e-9)
		if x.counts == s.steady {
			t.Errorf("%s: counts is %v", s.name, x.counts)
		}
	}
}

func TestScenarioDependsOnSeed(t *testing.T) {
	v := testVoices()
	record := func(seed uint64) take { return scenarios[1].record(v, rand.New(rand.NewPCG(seed, 1))) }
	a, again, b := record(1), record(1), record(2)
	same := func(x, y []float64) bool { return power(difference(x, y)) < 1e-12 }
	if !same(a.mic, again.mic) {
		t.Error("the same seed gives another take")
	}
	if same(a.echo, b.echo) || same(a.noise, b.noise) {
		t.Error("another seed gives the same room or noise")
	}
}

func difference(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}

func TestNarrowed(t *testing.T) {
	x := testTake()
	n := x.narrowed()
	if n.rate != 8000 || len(n.mic) != len(x.mic)/2 || n.counts || n.name != "base-8k" {
		t.Fatalf("%s: %d samples at %d Hz, counts %v", n.name, len(n.mic), n.rate, n.counts)
	}
	near(t, "level of the echo", decibels(power(n.echo)), decibels(power(x.echo)), 3)
}

func TestRoom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	h := room(r, 0.4, -8)
	loudest := 0
	for i, v := range h {
		if v*v > h[loudest]*h[loudest] {
			loudest = i
		}
	}
	if h[0] != 0 || loudest < 4 || loudest > 40 {
		t.Errorf("the loudest is sample %d, the first is %g", loudest, h[0])
	}
	early, late := power(h[1600:3200]), power(h[4800:6400])
	near(t, "decay over 200 ms at 0.4 s to -60 dB", decibels(early)-decibels(late), 30, 3)
}

func TestDistortion(t *testing.T) {
	x := tone(16000, 1000, 0.5, 16000)
	near(t, "no distortion", power(difference(clean.apply(x), x)), 0, 0)
	near(t, "silence", power(mild.apply(make([]float64, 10))), 0, 0)
	out, work := make([]float64, 8193), make([]complex128, 16384)
	powers(out, work, severe.apply(tone(16384, 1000, 0.5, 16384)), hann(16384))
	if ratio := decibels(out[3000]) - decibels(out[1000]); ratio < -30 || ratio > -5 {
		t.Errorf("the third harmonic of a clipping amplifier is at %.0f dB", ratio)
	}
}

func TestStreetSwells(t *testing.T) {
	x := street(rand.New(rand.NewPCG(4, 4)), 20*speechRate)
	least, most := 1e9, 0.0
	for ; len(x) >= speechRate; x = x[speechRate:] {
		p := power(x[:speechRate])
		least, most = min(least, p), max(most, p)
	}
	if most < 2*least {
		t.Errorf("over 20 s the street's power goes from %g to %g only", least, most)
	}
}

func TestSetRoundTrip(t *testing.T) {
	dir := t.TempDir()
	x := testTake()
	steady := scenarios[7].record(testVoices(), rand.New(rand.NewPCG(1, 7)))
	for _, s := range []take{x, steady, x.narrowed()} {
		if err := s.save(dir); err != nil {
			t.Fatal(err)
		}
	}
	all, err := options{set: dir}.takes(context.Background())
	if err != nil || len(all) != 3 {
		t.Fatalf("%d takes, error %v", len(all), err)
	}
	got := map[string]take{}
	for _, s := range all {
		got[s.name] = s
	}
	if !got["base"].counts || got["base-8k"].counts || got["steady"].counts {
		t.Error("what counts for the means is not kept")
	}
	near(t, "the microphone", power(difference(got["base"].mic, x.mic)), 0, 1e-12)
	if got["base"].delay != 60 || got["base-8k"].rate != 8000 {
		t.Errorf("delay %d, rate %d", got["base"].delay, got["base-8k"].rate)
	}
}
