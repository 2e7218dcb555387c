package dtmf

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sound is a piece of test audio: a digit's tones, possibly off, over noise.
type sound struct {
	digit      byte    // 0 = only noise or silence
	ms         float64 // length
	low, high  float64 // dBFS of each tone
	offset     float64 // relative frequency error of both
	noise      float64 // dBFS of white noise
	lowOffset  float64 // relative frequency error of the row alone
	highOffset float64
}

func amplitude(dB float64) float64 { return math.Pow(10, dB/20) }

func frequencies(digit byte) (low, high float64) {
	for r, row := range keypad {
		for c := range len(row) {
			if row[c] == digit {
				return rows[r], columns[c]
			}
		}
	}
	panic("BUG: no digit " + string(digit))
}

func synthesize(rate int, r *rand.Rand, sounds ...sound) []float32 {
	var pcm []float32
	for _, s := range sounds {
		n := int(s.ms * float64(rate) / 1000)
		for i := range n {
			v := 0.0
			if s.noise != 0 {
				v = amplitude(s.noise) / math.Sqrt2 * r.NormFloat64()
			}
			if s.digit != 0 {
				low, high := frequencies(s.digit)
				t := 2 * math.Pi * float64(i) / float64(rate)
				v += amplitude(s.low) * math.Sin(t*low*(1+s.offset+s.lowOffset))
				v += amplitude(s.high) * math.Sin(t*high*(1+s.offset+s.highOffset)+1)
			}
			pcm = append(pcm, float32(v))
		}
	}
	return pcm
}

// detect runs the detector in frames of 10 ms.
func detect(rate int, pcm []float32) string {
	d := NewDetector(rate)
	var got []byte
	for frame := rate / 100; len(pcm) > 0; pcm = pcm[min(frame, len(pcm)):] {
		if digit, isNew := d.Write(pcm[:min(frame, len(pcm))]); isNew {
			got = append(got, digit)
		}
	}
	return string(got)
}

func TestDetectorHearsEveryDigit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, rate := range []int{8000, 16000, 48000} {
		var sounds []sound
		for i := range len(Digits) {
			sounds = append(sounds, sound{ms: 50}, sound{digit: Digits[i], ms: 50, low: -10, high: -10})
		}
		if got := detect(rate, synthesize(rate, r, sounds...)); got != Digits {
			t.Errorf("%d Hz: got %q, want %q", rate, got, Digits)
		}
	}
}

// The limits of ITU-T Q.24, each at the worst of 12 positions of the tone against the blocks.
func TestDetectorLimits(t *testing.T) {
	quiet := func(s sound) []sound { return []sound{s, {ms: 60}} }
	tests := []struct {
		name   string
		sounds []sound
		want   string // for every digit d; "d" stands for it
	}{
		{"40 ms are enough", quiet(sound{ms: 40, low: -10, high: -10}), "d"},
		{"20 ms are not", quiet(sound{ms: 20, low: -10, high: -10}), ""},
		{"loud", quiet(sound{ms: 50, low: -6, high: -6.2}), "d"},
		{"soft", quiet(sound{ms: 50, low: -36, high: -36}), "d"},
		{"too soft", quiet(sound{ms: 50, low: -46, high: -46}), ""},
		{"normal twist of 6 dB", quiet(sound{ms: 50, low: -10, high: -16}), "d"},
		{"reverse twist of 3 dB", quiet(sound{ms: 50, low: -13, high: -10}), "d"},
		{"twist of 12 dB", quiet(sound{ms: 50, low: -10, high: -22}), ""},
		{"reverse twist of 8 dB", quiet(sound{ms: 50, low: -18, high: -10}), ""},
		{"1.5 % high", quiet(sound{ms: 50, low: -10, high: -10, offset: .015}), "d"},
		{"1.5 % low", quiet(sound{ms: 50, low: -10, high: -10, offset: -.015}), "d"},
		{"column 5 % high", quiet(sound{ms: 80, low: -10, high: -10, highOffset: .05}), ""},
		{"column 5 % low", quiet(sound{ms: 80, low: -10, high: -10, highOffset: -.05}), ""},
		{"noise 15 dB below", quiet(sound{ms: 50, low: -13, high: -13, noise: -28}), "d"},
		{"noise as loud", quiet(sound{ms: 80, low: -13, high: -13, noise: -10}), ""},
		{"one tone alone", quiet(sound{ms: 80, low: -10, high: -80}), ""},
		{"long", quiet(sound{ms: 1000, low: -10, high: -10}), "d"},
		{"interrupted for 8 ms", append(quiet(sound{ms: 50, low: -10, high: -10})[:1], sound{ms: 8}, sound{ms: 50, low: -10, high: -10}, sound{ms: 60}), "d"},
		{"twice with a pause of 40 ms", append(quiet(sound{ms: 50, low: -10, high: -10})[:1], sound{ms: 40}, sound{ms: 50, low: -10, high: -10}, sound{ms: 60}), "dd"},
	}
	r := rand.New(rand.NewPCG(2, 2))
	for _, tt := range tests {
		for i := range len(Digits) {
			sounds := append([]sound(nil), tt.sounds...)
			for k := range sounds {
				if sounds[k].low != 0 {
					sounds[k].digit = Digits[i]
				}
			}
			want := ""
			for range tt.want {
				want += string(Digits[i])
			}
			misses := 0
			for lead := range 12 {
				pcm := append(make([]float32, lead*102/12), synthesize(8000, r, sounds...)...)
				if detect(8000, pcm) != want {
					misses++
				}
			}
			if misses > 0 {
				t.Errorf("%s, digit %c: wrong at %d of 12 positions", tt.name, Digits[i], misses)
			}
		}
	}
}

func TestAnotherDigitWithoutAPause(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	pcm := synthesize(8000, r, sound{digit: '1', ms: 60, low: -10, high: -10}, sound{digit: '9', ms: 60, low: -10, high: -10}, sound{ms: 60})
	if got := detect(8000, pcm); got != "19" {
		t.Errorf("got %q, want 19", got)
	}
}

// Talk-off: five minutes of vowels with moving pitch and formants, as a worst case of what a voice can hold for 25 ms.
func TestDetectorIgnoresVoices(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	d := NewDetector(8000)
	var dialled []byte
	frame := make([]float32, 80)
	v := voice{r: r}
	for range 5 * 60 * 100 {
		v.fill(frame)
		if digit, isNew := d.Write(frame); isNew {
			dialled = append(dialled, digit)
		}
	}
	if len(dialled) > 0 {
		t.Errorf("a voice dialled %q", dialled)
	}
}

// voice is a source-filter model: pulses of a gliding pitch, whose own spectrum falls as a glottis's does, with some breath,
// through two gliding resonances.
type voice struct {
	r                    *rand.Rand
	left                 int
	pitch, f1, f2        float64
	dp, df1, df2, phase  float64
	a1, a2, b1, b2, gain float64
	glottis              float64
}

func (v *voice) fill(pcm []float32) {
	for i := range pcm {
		if v.left--; v.left < 0 {
			v.syllable()
		}
		v.pitch, v.f1, v.f2 = v.pitch+v.dp, v.f1+v.df1, v.f2+v.df2
		x := 0.0
		if v.phase += v.pitch / 8000; v.phase >= 1 {
			v.phase--
			x = 1
		}
		x += .01 * v.r.NormFloat64()
		v.glottis = .9*v.glottis + x
		const radius = .976 // a bandwidth of 60 Hz: as sharp as formants come
		y1 := x + 2*radius*math.Cos(2*math.Pi*v.f1/8000)*v.a1 - radius*radius*v.a2
		v.a1, v.a2 = y1, v.a1
		y2 := x + 2*radius*math.Cos(2*math.Pi*v.f2/8000)*v.b1 - radius*radius*v.b2
		v.b1, v.b2 = y2, v.b1
		pcm[i] = float32(v.gain * (y1 + .7*y2 + 3*v.glottis))
	}
}

func (v *voice) syllable() {
	v.left = 400 + v.r.IntN(2000)
	n := float64(v.left)
	v.pitch = 80 + 320*v.r.Float64()
	v.dp = v.pitch * (v.r.Float64() - .5) * .4 / n
	v.f1, v.f2 = 250+700*v.r.Float64(), 900+1600*v.r.Float64()
	v.df1, v.df2 = 200*(v.r.Float64()-.5)/n, 600*(v.r.Float64()-.5)/n
	v.gain = .02 + .1*v.r.Float64()
}

func TestDetectorAllocatesNothing(t *testing.T) {
	d, frame := NewDetector(16000), make([]float32, 160)
	if n := testing.AllocsPerRun(100, func() { d.Write(frame) }); n != 0 {
		t.Errorf("%v allocations per frame", n)
	}
}

func BenchmarkDetect10ms(b *testing.B) {
	d, frame := NewDetector(16000), make([]float32, 160)
	b.ReportAllocs()
	for b.Loop() {
		d.Write(frame)
	}
}
