package main

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// steady is a trace of one transit with every tenth packet later by extra ms.
func steady(n int, extra float64) trace {
	t := trace{name: "steady", transit: make([]float64, n)}
	for i := range t.transit {
		if t.transit[i] = 10; i%10 == 9 {
			t.transit[i] += extra
		}
	}
	return t
}

func TestFixedPolicy(t *testing.T) {
	f := replay(steady(1000, 70), fixed(60))
	near(t, "delay", f.delay, 60, 1e-9)
	near(t, "late", f.late, 10, 1e-9)
	f = replay(steady(1000, 50), fixed(60))
	near(t, "late though within the delay", f.late, 0, 0)
}

// The policy answers the bucket above the greatest lateness that all but one in twenty half seconds have.
func TestNetEQPolicy(t *testing.T) {
	f := replay(steady(5000, 0), &netEQ{})
	near(t, "delay without jitter", f.delay, 20, 1e-9)
	f = replay(steady(5000, 70), &netEQ{})
	near(t, "delay for 70 ms in every half second", f.delay, 80, 1)
	if f.late > 0.3 { // the first half second alone
		t.Errorf("%.2f %% late", f.late)
	}
	n := &netEQ{}
	for i := range 3000 {
		n.observe(float64(i)*20, 90)
	}
	for i := 3000; i < 3000+25*160; i++ {
		n.observe(float64(i)*20, 0)
	}
	near(t, "delay 80 s after the jitter has gone: forgetting takes 175 half seconds", n.target, 100, 0)
	for i := 7000; i < 7000+25*30; i++ {
		n.observe(float64(i)*20, 0)
	}
	near(t, "delay later", n.target, 20, 0)
}

func TestSlowness(t *testing.T) {
	var s slowness
	near(t, "the first", s.of(arrival{0, 100}), 0, 0)
	near(t, "a slow one", s.of(arrival{1, 150}), 30, 1e-9)
	near(t, "a fast one", s.of(arrival{2, 130}), 0, 1e-9)
	near(t, "after the fast one", s.of(arrival{3, 160}), 10, 1e-9)
	for i := 4; i < 200; i++ {
		s.of(arrival{i, 100 + 20*float64(i)})
	}
	near(t, "the fast one is forgotten after two seconds", s.of(arrival{200, 100 + 4000}), 0, 1e-9)
}

func TestTraces(t *testing.T) {
	for _, tr := range traces(1) {
		if len(tr.transit) != tracePackets {
			t.Errorf("%s has %d packets", tr.name, len(tr.transit))
		}
		all := tr.arrivals()
		for i := 1; i < len(all); i++ {
			if all[i].at < all[i-1].at {
				t.Fatalf("%s: arrival %d comes before the one before it", tr.name, i)
			}
		}
		lost := float64(tracePackets-len(all)) / tracePackets
		switch {
		case tr.name == "lte":
			near(t, "lte: lost", lost, 0.005, 0.003)
		case tr.name == "step congestion":
			near(t, "step: lost", lost, 0.01, 0.004)
		case lost > 0:
			t.Errorf("%s loses packets", tr.name)
		}
	}
	if a, b := traces(1), traces(2); a[1].transit[100] == b[1].transit[100] {
		t.Error("another seed gives the same network")
	}
}

// A queue cannot reorder, a drift is exact.
func TestQueueKeepsOrder(t *testing.T) {
	x := queue(func(i int) float64 { return 50 * float64(i%2) })
	for i := 1; i < len(x); i++ {
		if sendEvery+x[i] < x[i-1] {
			t.Fatalf("packet %d overtakes the one before", i)
		}
	}
	for _, tr := range traces(1) {
		if strings.HasPrefix(tr.name, "drift") {
			moved := tr.transit[tracePackets-1] - tr.transit[0]
			near(t, tr.name+": moved over 300 s", math.Abs(moved), 30, 5)
		}
	}
}

func TestGamma(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	for _, c := range []struct{ shape, scale float64 }{{1.2, 2.5}, {2, 8}, {1.5, 3}} {
		const n = 200000
		sum, squares := 0.0, 0.0
		for range n {
			v := gamma(r, c.shape, c.scale)
			if v < 0 {
				t.Fatalf("%g drawn", v)
			}
			sum, squares = sum+v, squares+v*v
		}
		mean := sum / n
		near(t, "mean", mean, c.shape*c.scale, 0.02*c.shape*c.scale)
		near(t, "variance", squares/n-mean*mean, c.shape*c.scale*c.scale, 0.05*c.shape*c.scale*c.scale)
	}
}

func TestOursOnSteadyNetwork(t *testing.T) {
	f := replayOurs(steady(6000, 0))
	if f.delay > 15 || f.late > 0 || f.missing > 0.1 || f.scaled > 10 {
		t.Errorf("%+v without any jitter", f)
	}
	late := replayOurs(steady(6000, 100))
	if late.delay < 50 || late.late > 2 || late.greatest > 200 {
		t.Errorf("%+v with 100 ms for every tenth packet", late)
	}
}

// Each box runs, and the shares make up one call.
func TestBoxes(t *testing.T) {
	x := hum(2 * speechRate)
	names := map[string]bool{}
	for _, b := range boxes {
		if names[b.name] {
			t.Errorf("two boxes are called %s", b.name)
		}
		names[b.name] = true
		work, err := b.work(x)
		if err != nil {
			t.Fatalf("%s: %v", b.name, err)
		}
		for range 120 { // beyond the end of the signal
			work()
		}
		if n := testing.AllocsPerRun(20, work); n > 0 && b.name != "Opus encode" { // the library allocates for its redundancy
			t.Errorf("%s: %g allocations in 20 ms", b.name, n)
		}
	}
	for _, name := range []string{"echo with noise", "G.722 encode", "G.722 decode", "resample 48 to 16 kHz", "resample 16 to 48 kHz", "jitter buffer", "gain", "high-pass"} {
		if !names[name] {
			t.Errorf("the call lacks %s", name)
		}
	}
}

func TestLoop(t *testing.T) {
	l := loop{x: []float32{1, 2, 3, 4, 5}}
	for _, want := range []float32{1, 3, 1, 3} {
		if got := l.next(2)[0]; got != want {
			t.Errorf("next begins with %g, want %g", got, want)
		}
	}
}

func TestCounted(t *testing.T) {
	m := counted.FindStringSubmatch("instructions 123456\n")
	if m == nil || m[1] != "123456" {
		t.Errorf("read %v", m)
	}
	if counted.MatchString("nothing") {
		t.Error("a count is found in nothing")
	}
}

func TestQuiet(t *testing.T) {
	x := make([]float64, 8000)
	copy(x[3000:5000], tone(2000, 1000, 0.1, speechRate))
	q := quiet(x)
	for i, want := range map[int]bool{0: true, 2000: true, 2500: false, 4000: false, 5500: false, 6000: true, 7999: true} {
		if q[i] != want {
			t.Errorf("sample %d quiet: %v, speech is from 3000 to 5000", i, q[i])
		}
	}
}

func TestJudgeNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 6))
	n := noisy{clean: append(make([]float64, seconds(noiseLead)), hum(seconds(5))...)}
	for i := seconds(4); i < seconds(5); i++ {
		n.clean[i] = 0
	}
	setActiveLevel(n.clean, -26)
	noise := street(r, len(n.clean))
	setLevel(noise, -41)
	n.mic = sum(n.clean, noise)
	half := append([]float64(nil), noise...)
	scale(half, amplitude(-10))
	f := n.judge(sum(n.clean, half))
	near(t, "reduction", f.reduction, 10, 0.3)
	near(t, "speech", f.speechDropped, 0, 0.2)
	before := n.judge(n.mic)
	if f.understood <= before.understood || f.segmental <= before.segmental {
		t.Errorf("less noise: ESTOI %.3f after %.3f, segmental %.1f after %.1f", f.understood, before.understood, f.segmental, before.segmental)
	}
	near(t, "reduction by nothing", before.reduction, 0, 1e-9)
}

func TestWeightedSNR(t *testing.T) {
	x := hum(seconds(3))
	near(t, "the same", weightedSNR(x, x), 35, 0.01)
	near(t, "silence", weightedSNR(x, make([]float64, len(x))), 0, 0.01)
	soft := append([]float64(nil), x...)
	scale(soft, 0.9)
	near(t, "a tenth softer", weightedSNR(x, soft), 20, 0.01)
}

func TestCountDifferent(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "ab", 1}, {"", "xy", 2}} {
		if got := countDifferent([]byte(c.a), []byte(c.b)); got != c.want {
			t.Errorf("%q and %q differ in %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
