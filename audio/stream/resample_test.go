package stream

import (
	"testing"
	"time"

	"intercom/audio/tone"
)

// through sends one second of a tone of amplitude 0.5 through a resampler in frames and returns the last half second.
func through(t *testing.T, from, to int, hz float64) []float32 {
	t.Helper()
	r, err := newIntegerResampler(from, to)
	if err != nil {
		t.Fatal(err)
	}
	g := tone.New(tone.Tone{Steps: []tone.Step{{Hz: []float64{hz}, Level: .5, On: time.Hour}}}, from)
	in, frame := make([]float32, from/framesPerSecond), make([]float32, to/framesPerSecond)
	var out []float32
	for range framesPerSecond {
		g.Fill(in)
		r.Resample(frame, in)
		out = append(out, frame...)
	}
	return out[len(out)/2:]
}

func TestResampler(t *testing.T) {
	tests := []struct {
		from, to int
		hz       float64
		image    float64 // where energy must not appear; 0 = the tone itself must survive
	}{
		{48000, 48000, 440, 0}, {48000, 16000, 1000, 0}, {48000, 16000, 6000, 0}, {48000, 8000, 3000, 0}, {16000, 8000, 3000, 0},
		{8000, 16000, 3000, 0}, {8000, 48000, 440, 0}, {16000, 48000, 6000, 0},
		{48000, 16000, 10000, 6000}, {48000, 8000, 6000, 2000}, {16000, 8000, 5000, 3000}, // aliases
		{8000, 16000, 3000, 5000}, {16000, 48000, 6000, 10000}, {8000, 48000, 1000, 7000}, // images
	}
	for _, tt := range tests {
		out := through(t, tt.from, tt.to, tt.hz)
		if tt.image == 0 {
			if m := tone.Measure(out, tt.to, tt.hz); m.Level < -6.3 || m.Level > -5.7 || m.SNR < 50 {
				t.Errorf("%d to %d: %v Hz at %.2f dB, SNR %.1f; want -6 and 50", tt.from, tt.to, tt.hz, m.Level, m.SNR)
			}
			continue
		}
		if m := tone.Measure(out, tt.to, tt.image); m.Level > -66 {
			t.Errorf("%d to %d: %v Hz comes out at %v Hz with %.1f dB", tt.from, tt.to, tt.hz, tt.image, m.Level)
		}
	}
}

func TestResamplerRefusesOtherRatios(t *testing.T) {
	for _, pair := range [][2]int{{44100, 16000}, {32000, 48000}} {
		if _, err := newIntegerResampler(pair[0], pair[1]); err == nil {
			t.Errorf("%v: no error", pair)
		}
	}
}

func BenchmarkCardToVoice(b *testing.B) {
	r, _ := newIntegerResampler(48000, 16000)
	in, out := make([]float32, 480), make([]float32, 160)
	b.ReportAllocs()
	for b.Loop() {
		r.Resample(out, in)
	}
}
