package noise

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

const rate = 16000

// street is coloured noise at an rms level.
func street(n int, rms float64, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 3))
	x := make([]float32, n)
	var low, sum float64
	for i := range x {
		low += 0.15 * (r.NormFloat64() - low)
		v := low + 0.05*r.NormFloat64()
		sum += v * v
		x[i] = float32(v)
	}
	for i := range x {
		x[i] *= float32(rms / math.Sqrt(sum/float64(n)))
	}
	return x
}

// talk is bursts of harmonics, 300 ms on and 200 ms off, with quiet[i] telling where it pauses.
func talk(n int, rms float64) (x []float32, quiet []bool) {
	x, quiet = make([]float32, n), make([]bool, n)
	for i := range x {
		at := i % (rate / 2)
		quiet[i] = at > rate*3/10
		if quiet[i] {
			continue
		}
		pitch := 130 + 20*math.Sin(2*math.Pi*float64(i)/rate)
		var v float64
		for h := 1.0; h < 20; h++ {
			v += math.Sin(2*math.Pi*pitch*h*float64(i)/rate) / (1 + h/3)
		}
		x[i] = float32(v * rms / 2 * math.Sin(math.Pi*float64(at)/(rate*3/10)))
	}
	return x, quiet
}

func build(t testing.TB, c Config) *Suppressor {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run suppresses all of x and brings the output back in time.
func run(s *Suppressor, x []float32) []float32 {
	out := append([]float32(nil), x...)
	for i := 0; i+s.Frame() <= len(out); i += s.Frame() {
		s.Process(out[i : i+s.Frame()])
	}
	return out[s.Frame():]
}

func decibel(a, b float64) float64 { return 10 * math.Log10((a+1e-20)/(b+1e-20)) }

func energy(x []float32) (sum float64) {
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

func TestPureNoise(t *testing.T) {
	for _, reduction := range []float64{6, 10, 18} {
		x := street(4*rate, 0.02, 1)
		y := run(build(t, Config{Rate: rate, Reduction: reduction}), x)
		got := decibel(energy(x[rate:3*rate]), energy(y[rate:3*rate]))
		if math.Abs(got-reduction) > 4 {
			t.Errorf("noise is lowered by %.1f dB, %g were asked", got, reduction)
		}
	}
}

func TestVoiceInNoise(t *testing.T) {
	voice, quiet := talk(8*rate, 0.1)
	noise := street(8*rate, 0.018, 2)
	mix := make([]float32, len(voice))
	for i := range mix {
		mix[i] = voice[i] + noise[i]
	}
	out := run(build(t, Config{Rate: rate}), mix)
	var before, after, cross, power float64
	for i := 2 * rate; i < len(out); i++ {
		if quiet[i] {
			before += float64(mix[i] * mix[i])
			after += float64(out[i] * out[i])
		}
		cross += float64(out[i] * voice[i])
		power += float64(voice[i] * voice[i])
	}
	if r := decibel(before, after); r < 10 {
		t.Errorf("pauses are lowered by %.1f dB, want 10", r)
	}
	if g := 20 * math.Log10(cross/power); g < -3.5 || g > 0.5 {
		t.Errorf("the voice comes through at %.2f dB, want -3.5 to 0.5", g)
	}
}

// A floor that jumps up by 20 dB, a lorry that stops before the door, must be learnt within three seconds.
func TestFloorFollows(t *testing.T) {
	x := append(street(3*rate, 0.002, 3), street(5*rate, 0.02, 4)...)
	y := run(build(t, Config{Rate: rate}), x)
	if r := decibel(energy(x[3*rate:3*rate+rate/10]), energy(y[3*rate:3*rate+rate/10])); r > 6 {
		t.Fatalf("lowered by %.1f dB at once: the test would prove nothing", r)
	}
	if r := decibel(energy(x[6*rate:7*rate]), energy(y[6*rate:7*rate])); r < 10 {
		t.Errorf("three seconds after a jump the noise is lowered by %.1f dB, want 10", r)
	}
}

// Two people who talk at once leave no pause for a second or more: the floor must not take the louder vowels in.
func TestSpeechWithoutPauseStays(t *testing.T) {
	x := street(4*rate, 0.0005, 6)
	for i := rate; i < len(x); i++ {
		for h := 1.0; h < 20; h++ {
			x[i] += float32(0.05 * math.Sin(2*math.Pi*150*h*float64(i)/rate) / (1 + h/3))
		}
	}
	y := run(build(t, Config{Rate: rate}), x)
	if r := decibel(energy(x[2*rate:3*rate]), energy(y[2*rate:3*rate])); r > 1 {
		t.Errorf("a vowel of two seconds is lowered by %.1f dB, want at most 1", r)
	}
}

// While the echo canceller reports echo, the floor learns nothing, but what stands out of it is still told from it.
func TestVoiceBehindEcho(t *testing.T) {
	s := build(t, Config{Rate: rate, NoComfort: true})
	run(s, street(2*rate, 0.005, 7))
	before := append([]float32(nil), s.floor.noise...)
	through := func(times float32) float64 {
		spectrum := make([]complex64, s.n+1)
		var in, out float64
		for range 20 {
			for k := range spectrum {
				spectrum[k] = complex(times*float32(math.Sqrt(float64(s.floor.noise[k]))), 0)
				in += float64(power(spectrum[k]))
			}
			s.Weigh(spectrum, s.open, true)
			for _, v := range spectrum {
				out += float64(power(v))
			}
		}
		return decibel(in, out)
	}
	if r := through(1); r < 10 {
		t.Errorf("noise behind an echo is lowered by %.1f dB, want 10", r)
	}
	if r := through(30); r > 1 {
		t.Errorf("a voice behind an echo is lowered by %.1f dB, want at most 1", r)
	}
	for k, v := range s.floor.noise {
		if v != before[k] {
			t.Fatalf("bin %d of the floor learnt from an echo", k)
		}
	}
}

func TestComfortFillsWhatEchoClosed(t *testing.T) {
	s := build(t, Config{Rate: rate})
	mute := build(t, Config{Rate: rate, NoComfort: true})
	x := street(2*rate, 0.02, 5)
	heard := run(s, x)
	run(mute, x)
	want := energy(heard[rate:]) / float64(len(heard[rate:]))
	closed := make([]float32, s.n+1)
	var got float64
	for range 100 {
		spectrum := make([]complex64, s.n+1)
		s.Weigh(spectrum, closed, true)
		for _, v := range spectrum {
			got += float64(power(v)) / 100
		}
		silent := make([]complex64, s.n+1)
		mute.Weigh(silent, closed, true)
		for k, v := range silent {
			if v != 0 {
				t.Fatalf("without comfort noise bin %d holds %v", k, v)
			}
		}
	}
	// The spectrum of n samples' energy under the window, both halves: Parseval gives n*n times the mean power.
	if d := decibel(got, want*float64(s.n*s.n)); math.Abs(d) > 4 {
		t.Errorf("comfort noise is %.1f dB off the noise heard before", d)
	}
}

// What is heard while the echo plays teaches nothing.
func TestEchoTeachesNothing(t *testing.T) {
	s := build(t, Config{Rate: rate})
	run(s, street(rate, 0.002, 6))
	before := append([]float32(nil), s.floor.noise...)
	loud := make([]complex64, s.n+1)
	for k := range loud {
		loud[k] = complex(2*float32(math.Sqrt(float64(before[k]))), 0)
	}
	for range 200 {
		s.Weigh(append([]complex64(nil), loud...), s.open, true)
	}
	for k := range before {
		if s.floor.noise[k] != before[k] {
			t.Fatalf("bin %d: the floor moved from %g to %g", k, before[k], s.floor.noise[k])
		}
	}
	s.Weigh(loud, s.open, false)
	if s.floor.noise[5] == before[5] {
		t.Error("without echo the floor does not move: the test proves nothing")
	}
}

func TestNegativeReductionPasses(t *testing.T) {
	x := street(rate, 0.05, 7)
	y := run(build(t, Config{Rate: rate, Reduction: -1}), x)
	for i := range y {
		if math.Abs(float64(y[i]-x[i])) > 1e-5 {
			t.Fatalf("sample %d: %g became %g", i, x[i], y[i])
		}
	}
}

func TestEdges(t *testing.T) {
	signals := map[string]func(i int) float32{
		"silence": func(int) float32 { return 0 }, "DC": func(int) float32 { return 0.7 }, "full scale": func(i int) float32 { return float32(1 - i/20%2*2) },
		"impulse": func(i int) float32 { return float32(1 - min(i, 1)) }, "denormal": func(int) float32 { return 1e-41 },
	}
	for name, f := range signals {
		x := make([]float32, 2*rate)
		for i := range x {
			x[i] = f(i)
		}
		s := build(t, Config{Rate: rate})
		for i, v := range run(s, x) {
			if math.IsNaN(float64(v)) || math.Abs(float64(v)) > 1.5 {
				t.Errorf("%s: sample %d is %g", name, i, v)
				break
			}
		}
		for k, v := range s.floor.noise {
			if v < 1e-37 {
				t.Errorf("%s: the floor of bin %d is %g, denormal or less", name, k, v)
				break
			}
		}
	}
}

func TestResetForgets(t *testing.T) {
	s := build(t, Config{Rate: rate})
	x := street(rate, 0.02, 8)
	first, second := run(s, x), run(s, x)
	if first[0] == second[0] && first[100] == second[100] {
		t.Fatal("nothing was learnt: the test would prove nothing")
	}
	s.Reset()
	for i, v := range run(s, x) {
		if v != first[i] {
			t.Fatalf("after Reset sample %d is %g, of a new suppressor %g", i, v, first[i])
		}
	}
}

func TestBadConfig(t *testing.T) {
	for _, c := range []Config{{}, {Rate: 8001}, {Rate: 96000}, {Rate: rate, Reduction: 31}} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), "choose") {
			t.Errorf("%+v: error %v, want one that names the cure", c, err)
		}
	}
}

// The exponential integral behind the gain, against values of Abramowitz and Stegun table 5.1.
func TestSpread(t *testing.T) {
	for _, c := range []struct{ x, e1 float64 }{{0.01, 4.0379}, {0.1, 1.8229}, {0.5, 0.5598}, {1, 0.2194}, {2, 0.0489}, {5, 0.00115}} {
		if got, want := float64(spread(float32(c.x))), math.Exp(c.e1/2); math.Abs(got-want) > 2e-3*want {
			t.Errorf("spread(%g) is %.4f, want %.4f", c.x, got, want)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	s, x := build(t, Config{Rate: rate}), street(160, 0.1, 9)
	if n := testing.AllocsPerRun(100, func() { s.Process(x) }); n != 0 {
		t.Errorf("%g allocations a frame", n)
	}
}

func BenchmarkProcess(b *testing.B) {
	for _, r := range []int{8000, 16000} {
		b.Run(fmt.Sprintf("%dHz/10ms", r), func(b *testing.B) {
			s, x := build(b, Config{Rate: r}), street(r/100, 0.1, 10)
			b.ReportAllocs()
			for b.Loop() {
				s.Process(x)
			}
		})
	}
}
