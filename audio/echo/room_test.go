package echo

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The rooms and voices of these tests are made here, so that the figures need no files: a voice is a pulse train of
// changing pitch through three formants, cut into syllables; a room is a direct sound, some reflections and a tail.

// voice makes seconds of speech-like sound at about -20 dB.
func voice(rate, seconds int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, rate*seconds)
	var phase, pitch, loud, want float64
	filters := [3]formant{}
	for i := range x {
		if i%(rate/8) == 0 { // a new syllable
			want = []float64{0, 0.3, 1, 1.4}[r.IntN(4)]
			pitch = 90 + 130*r.Float64()
			for j := range filters {
				filters[j].tune(rate, (0.4+r.Float64())*[]float64{500, 1500, 2600}[j])
			}
		}
		loud += (want - loud) * 40 / float64(rate)
		phase += pitch / float64(rate)
		source := 0.02 * r.NormFloat64()
		if phase >= 1 {
			phase--
			source += 1
		}
		var y float64
		for j := range filters {
			y += filters[j].run(source)
		}
		x[i] = float32(loud * y)
	}
	level(x, 0.1)
	return x
}

// formant is a resonator of 80 Hz width.
type formant struct{ a1, a2, y1, y2 float64 }

func (f *formant) tune(rate int, hz float64) {
	r := math.Exp(-math.Pi * 80 / float64(rate))
	f.a1, f.a2 = 2*r*math.Cos(2*math.Pi*hz/float64(rate)), -r*r
}

func (f *formant) run(x float64) float64 {
	y := (x + f.a1*f.y1 + f.a2*f.y2)
	f.y2, f.y1 = f.y1, y
	return y
}

// level scales x to a root mean square.
func level(x []float32, rms float64) {
	g := float32(rms / math.Sqrt(energy(x)/float64(len(x))+1e-20))
	for i := range x {
		x[i] *= g
	}
}

func energy(x []float32) (sum float64) {
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

// room is an impulse response with a reverberation of 120 ms.
func room(rate int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 2))
	h := make([]float32, rate/5)
	for i := range h {
		h[i] = float32(0.02 * r.NormFloat64() * math.Exp(-6.9*float64(i)/(0.12*float64(rate))))
	}
	h[3] += 1
	for range 12 {
		h[4+r.IntN(rate/50)] += float32(0.3 * r.NormFloat64())
	}
	return h
}

func convolve(x, h []float32) []float32 {
	y := make([]float32, len(x))
	for k, c := range h {
		if k >= len(x) {
			break
		}
		sum, in := y[k:], x[:len(x)-k]
		for i, v := range in {
			sum[i] += c * v
		}
	}
	return y
}

func add(a, b []float32) []float32 {
	sum := make([]float32, len(a))
	for i := range a {
		sum[i] = a[i] + b[i]
	}
	return sum
}

func build(t testing.TB, c Config) *Canceller {
	t.Helper()
	canceller, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return canceller
}

// run cancels the whole of mic and answers the output, brought back in time by the canceller's delay.
func run(c *Canceller, mic, ref []float32) []float32 {
	n := c.Frame()
	out := make([]float32, len(mic)/n*n)
	for i := 0; i+n <= len(mic); i += n {
		c.Process(out[i:i+n], mic[i:i+n], ref[i:i+n])
	}
	return out[c.Delay():]
}

// erle is the echo return loss enhancement in dB between two seconds.
func erle(rate int, mic, out []float32, from, to float64) float64 {
	a, b := int(from*float64(rate)), int(to*float64(rate))
	return 10 * math.Log10(energy(mic[a:b])/(energy(out[a:b])+1e-20))
}
