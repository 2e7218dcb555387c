package tone

import (
	"math"
	"math/rand/v2"
	"testing"
)

func sine(hz, level float64, rate, n int) []float32 {
	pcm := make([]float32, n)
	for i := range pcm {
		pcm[i] = float32(level * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)+0.3))
	}
	return pcm
}

func withNoise(pcm []float32, rms float64, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]float32, len(pcm))
	for i, v := range pcm {
		out[i] = v + float32(rms*r.NormFloat64())
	}
	return out
}

func TestMeasure(t *testing.T) {
	const rate, n = 8000, 1600
	tests := []struct {
		name       string
		pcm        []float32
		hz         []float64
		level, snr float64 // snr: expected, capped at 40
		present    bool
	}{
		{"full scale", sine(440, 1, rate, n), hz(440), 0, 40, true},
		{"-20 dB between bins", sine(442.7, .1, rate, n), hz(442.7), -20, 40, true},
		{"in noise 20 dB below", withNoise(sine(440, .1, rate, n), .1/math.Sqrt2/10, 3), hz(440), -20, 20, true},
		{"in noise as loud", withNoise(sine(440, .1, rate, n), .1/math.Sqrt2, 4), hz(440), -20, 0, false},
		{"noise only", withNoise(make([]float32, n), .1, 5), hz(440), -37, -20, false},
		{"silence", make([]float32, n), hz(440), -200, -80, false},
		{"too quiet", sine(440, .001, rate, n), hz(440), -60, 40, false},
		{"another tone", sine(600, .1, rate, n), hz(440), -100, -40, false},
		{"one of two asked", sine(400, .1, rate, n), hz(400, 450), -20, 40, true},
	}
	for _, tt := range tests {
		m := Measure(tt.pcm, rate, tt.hz...)
		if m.Present() != tt.present {
			t.Errorf("%s: present is %v: %+v", tt.name, m.Present(), m)
		}
		if tt.present && math.Abs(m.Level-tt.level) > 0.5 {
			t.Errorf("%s: level %.1f dB, want %.1f", tt.name, m.Level, tt.level)
		}
		if tt.present && math.Abs(min(m.SNR, 40)-tt.snr) > 3 {
			t.Errorf("%s: SNR %.1f dB, want about %.1f", tt.name, m.SNR, tt.snr)
		}
		if !tt.present && tt.snr < 0 && m.SNR > tt.snr+15 {
			t.Errorf("%s: SNR %.1f dB, want about %.1f", tt.name, m.SNR, tt.snr)
		}
	}
}

func TestMeasureNothing(t *testing.T) {
	if m := Measure(nil, 8000, 440); m.Present() {
		t.Errorf("a tone in no samples: %+v", m)
	}
}

func TestDetectorCountsBlocks(t *testing.T) {
	const rate = 8000
	d := NewDetector(rate, 440)
	if d.Last().Present() {
		t.Error("present before the first sample")
	}
	silence, tone := make([]float32, rate), sine(440, .2, rate, rate)
	for _, pcm := range [][]float32{silence, tone, silence} {
		for len(pcm) > 0 { // frames of 10 ms
			d.Write(pcm[:80])
			pcm = pcm[80:]
		}
	}
	blocks, present := d.Counts()
	if blocks != 30 || present != 10 {
		t.Errorf("%d blocks, %d with the tone; want 30 and 10", blocks, present)
	}
	if d.Last().Present() {
		t.Error("still present in silence")
	}
}

// A vowel is the hardest sound for a tone detector: a strong harmonic series.
func TestVowelIsNoTone(t *testing.T) {
	const rate = 8000
	pcm := make([]float32, rate)
	for h := 1; h <= 20; h++ {
		for i, v := range sine(110*float64(h), .3/float64(h), rate, rate) {
			pcm[i] += v
		}
	}
	d := NewDetector(rate, 440)
	d.Write(pcm)
	if _, present := d.Counts(); present != 0 {
		t.Errorf("440 Hz found in %d blocks of a vowel at 110 Hz", present)
	}
}

func TestPathsAllocateNothing(t *testing.T) {
	g, d, pcm := New(countries["us"].Ringback, 16000), NewDetector(16000, 440), make([]float32, 160)
	if n := testing.AllocsPerRun(100, func() { g.Fill(pcm); d.Write(pcm) }); n != 0 {
		t.Errorf("%v allocations per frame, want 0", n)
	}
}

func BenchmarkFill10ms(b *testing.B) {
	g, pcm := New(countries["us"].Ringback, 16000), make([]float32, 160)
	b.ReportAllocs()
	for b.Loop() {
		g.Fill(pcm)
	}
}

func BenchmarkDetect10ms(b *testing.B) {
	d, pcm := NewDetector(16000, 440), sine(440, .1, 16000, 160)
	b.ReportAllocs()
	for b.Loop() {
		d.Write(pcm)
	}
}
