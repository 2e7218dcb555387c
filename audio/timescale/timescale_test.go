package timescale

import (
	"math"
	"math/rand/v2"
	"testing"
)

func sine(hz float64, rate, n int) []float32 {
	pcm := make([]float32, n)
	for i := range pcm {
		pcm[i] = float32(.5 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return pcm
}

func noise(level float64, n int) []float32 {
	r := rand.New(rand.NewPCG(1, 1))
	pcm := make([]float32, n)
	for i := range pcm {
		pcm[i] = float32(level * r.NormFloat64())
	}
	return pcm
}

// vowel is a harmonic series with formant-like weights: what voiced speech looks like over 25 ms.
func vowel(hz float64, rate, n int) []float32 {
	pcm := make([]float32, n)
	for h := 1.0; h*hz < float64(rate)/2; h++ {
		weight := .3 / (1 + math.Abs(h*hz-700)/200)
		for i := range pcm {
			pcm[i] += float32(weight * math.Sin(2*math.Pi*h*hz*float64(i)/float64(rate)+h))
		}
	}
	return pcm
}

// shape returns what a call must leave unchanged at the ends, and the largest step between two samples.
func largestStep(pcm []float32) float64 {
	worst := 0.0
	for i := 1; i < len(pcm); i++ {
		worst = max(worst, math.Abs(float64(pcm[i]-pcm[i-1])))
	}
	return worst
}

func TestShortenAndStretchPeriodicSound(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		for _, hz := range []float64{85, 110, 155, 220, 390} {
			for name, make := range map[string]func(float64, int, int) []float32{"sine": sine, "vowel": vowel} {
				original := make(hz, rate, rate/20) // 50 ms
				checkShorten(t, name, rate, hz, original)
				checkStretch(t, name, rate, hz, original)
			}
		}
	}
}

func checkShorten(t *testing.T, name string, rate int, hz float64, original []float32) {
	t.Helper()
	s := New(rate)
	pcm := append([]float32(nil), original...)
	removed := s.Shorten(pcm, s.Room(), false)
	if removed < rate/400 || removed > rate/80 {
		t.Errorf("%s of %v Hz at %d: %d samples removed", name, hz, rate, removed)
		return
	}
	checkJoint(t, "shortened "+name, rate, hz, original, pcm[:len(pcm)-removed], removed)
}

func checkStretch(t *testing.T, name string, rate int, hz float64, original []float32) {
	t.Helper()
	s := New(rate)
	past, original := original[:s.Room()], original[s.Room():]
	pcm := append(make([]float32, 0, len(original)+s.Room()), original...)
	added := s.Stretch(past, pcm, s.Room(), false)
	if added < rate/400 || added > rate/80 {
		t.Errorf("%s of %v Hz at %d: %d samples added", name, hz, rate, added)
		return
	}
	checkJoint(t, "stretched "+name, rate, hz, original, pcm[:len(pcm)+added], -added)
}

// checkJoint: no step larger than the sound itself makes, the first samples and the tail are the original's.
func checkJoint(t *testing.T, name string, rate int, hz float64, original, got []float32, shift int) {
	t.Helper()
	if a, b := largestStep(original), largestStep(got); b > a*1.1 {
		t.Errorf("%s of %v Hz at %d: a step of %.3f, the original has %.3f", name, hz, rate, b, a)
	}
	if d := math.Abs(float64(got[0] - original[0])); d > .05 {
		t.Errorf("%s of %v Hz at %d: begins %.3f off", name, hz, rate, d)
	}
	for i := 1; i <= rate/100; i++ {
		if got[len(got)-i] != original[len(original)-i] {
			t.Errorf("%s of %v Hz at %d: the tail did not move by %d", name, hz, rate, shift)
			return
		}
	}
}

func TestNothingSimilar(t *testing.T) {
	s := New(8000)
	loud := noise(.1, 400)
	pcm := append(make([]float32, 0, 600), loud...)
	if n := s.Shorten(pcm, s.Room(), false); n != 0 {
		t.Errorf("%d samples of loud noise removed unasked", n)
	}
	if n := s.Stretch(loud, pcm, s.Room(), false); n != 0 {
		t.Errorf("%d samples of loud noise added unasked", n)
	}
	for i := range pcm {
		if pcm[i] != loud[i] {
			t.Fatal("a refused change changed the sound")
		}
	}
	if n := s.Shorten(pcm, s.Room(), true); n < minLag || n > maxLag {
		t.Errorf("forced: %d samples removed", n)
	}
	if n := s.Stretch(loud, pcm, s.Room(), true); n < minLag || n > maxLag {
		t.Errorf("forced: %d samples added", n)
	}
}

func TestForcedNoiseKeepsItsPower(t *testing.T) {
	s := New(8000)
	var before, after float64
	for seed := range 50 {
		pcm := noise(.1, 400+seed)[seed:]
		before += mean(pcm[:overlap])
		s.Shorten(pcm, s.Room(), true)
		after += mean(pcm[:overlap])
	}
	if ratio := 10 * math.Log10(after/before); math.Abs(ratio) > 1.5 {
		t.Errorf("power at the joint changes by %.1f dB", ratio)
	}
}

func mean(pcm []float32) (sum float64) {
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return sum / float64(len(pcm))
}

func TestQuietSoundMayAlwaysChange(t *testing.T) {
	s := New(16000)
	for name, pcm := range map[string][]float32{"silence": make([]float32, 800), "faint noise": noise(.001, 800)} {
		if n := s.Shorten(pcm, s.Room(), false); n == 0 {
			t.Errorf("%s was not shortened", name)
		}
	}
}

func TestTooShortOrNoRoom(t *testing.T) {
	s := New(8000)
	if n := s.Shorten(make([]float32, s.Ahead()-1), s.Room(), true); n != 0 {
		t.Errorf("%d samples removed from too few", n)
	}
	if n := s.Shorten(nil, s.Room(), true); n != 0 {
		t.Errorf("%d samples removed from nothing", n)
	}
	past, roomy := make([]float32, s.Room()), make([]float32, s.Overlap(), s.Overlap()+s.Room())
	tests := map[string]struct{ past, pcm []float32 }{
		"no room":      {past, roomy[:s.Overlap():s.Overlap()]},
		"little past":  {past[1:], roomy},
		"little ahead": {past, roomy[1:]},
		"nothing":      {},
	}
	for name, tt := range tests {
		if n := s.Stretch(tt.past, tt.pcm, s.Room(), true); n != 0 {
			t.Errorf("%s: %d samples added", name, n)
		}
	}
	if n := s.Stretch(past, roomy, s.Room(), true); n == 0 {
		t.Error("just enough, but nothing was added")
	}
}

func TestMost(t *testing.T) {
	s := New(8000)
	for _, most := range []int{minLag - 1, 0, -5} {
		if n := s.Shorten(make([]float32, 400), most, true) + s.Stretch(make([]float32, 400), make([]float32, 400, 600), most, true); n != 0 {
			t.Errorf("at most %d: %d samples changed", most, n)
		}
	}
	for most := minLag; most <= maxLag; most++ {
		if n := s.Shorten(vowel(85, 8000, 400), most, true); n < minLag || n > most {
			t.Errorf("at most %d: %d samples removed", most, n)
		}
		if n := s.Stretch(vowel(85, 8000, 400), append(make([]float32, 0, 600), vowel(85, 8000, 400)...), most, true); n < minLag || n > most {
			t.Errorf("at most %d: %d samples added", most, n)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	s, pcm := New(16000), make([]float32, 800, 2000)
	if n := testing.AllocsPerRun(50, func() { s.Shorten(pcm, s.Room(), true); s.Stretch(pcm, pcm, s.Room(), true) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkShorten8k(b *testing.B)  { benchmark(b, 8000) }
func BenchmarkShorten16k(b *testing.B) { benchmark(b, 16000) }
func BenchmarkShorten48k(b *testing.B) { benchmark(b, 48000) }

func benchmark(b *testing.B, rate int) {
	s, pcm := New(rate), vowel(120, rate, rate/20)
	b.ReportAllocs()
	for b.Loop() {
		s.Shorten(pcm, s.Room(), false)
	}
}
