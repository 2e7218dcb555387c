//go:build interop

package interop

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"intercom/audio/wav"
)

// soundRate is that of the phones' files, Hz.
const soundRate = 8000

// toneSeconds is longer than any call of the tests.
const toneSeconds = 90

// sine returns samples of a tone at a quarter of full scale.
func sine(frequency float64, rate int, samples int) []float32 {
	pcm := make([]float32, samples)
	for i := range pcm {
		pcm[i] = 0.25 * float32(math.Sin(2*math.Pi*frequency*float64(i)/float64(rate)))
	}
	return pcm
}

// writeTone creates a WAV file that plays a tone through any call; at 0 Hz it is silence.
func (s *street) writeTone(path string, frequency float64) {
	s.Helper()
	clip := wav.Clip{Rate: soundRate, Channels: 1, PCM: sine(frequency, soundRate, toneSeconds*soundRate)}
	data, err := wav.Append(nil, clip, wav.PCM16)
	if err != nil {
		s.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		s.Fatal(err)
	}
}

// readSound decodes a recording, also one that is still being written.
func (s *street) readSound(data []byte) []float32 {
	s.Helper()
	clip, err := wav.Parse(data)
	if err != nil {
		return nil // the header is not there yet
	}
	return clip.Mono()
}

// share is the part of the energy that a tone has in pcm, 0 to 1, by Goertzel's recurrence. A pure tone of that
// frequency has nearly 1, silence and other tones nearly 0.
func share(pcm []float32, frequency float64, rate int) float64 {
	w := 2 * math.Cos(2*math.Pi*frequency/float64(rate))
	var s1, s2, energy float64
	for _, x := range pcm {
		s1, s2 = float64(x)+w*s1-s2, s1
		energy += float64(x) * float64(x)
	}
	if energy <= 1e-6*float64(len(pcm)) { // below -60 dB: silence has no tone
		return 0
	}
	power := s1*s1 + s2*s2 - w*s1*s2
	return power / (energy * float64(len(pcm)) / 2)
}

// hears tells whether the last second of a recording is the tone.
func hears(pcm []float32, frequency float64, rate int) bool {
	return len(pcm) >= rate && share(pcm[len(pcm)-rate:], frequency, rate) > 0.8
}

// wantTone waits until a recording ends with a second of the tone.
func (s *street) wantTone(who string, recorded func() []float32, frequency float64, rate int) {
	s.Helper()
	s.eventually(patience, who+" hears the tone", func() bool { return hears(recorded(), frequency, rate) })
}

func (s *street) pause(d time.Duration) { s.poll(d, func() bool { return false }) }

// TestShare: the measure of the other tests tells tones apart.
func TestShare(t *testing.T) {
	tone := sine(440, soundRate, soundRate)
	mixed := sine(440, soundRate, soundRate)
	for i, x := range sine(1000, soundRate, soundRate) {
		mixed[i] += x
	}
	for _, row := range []struct {
		name      string
		pcm       []float32
		frequency float64
		low, high float64
	}{
		{"itself", tone, 440, 0.98, 1.01},
		{"another", tone, 1000, 0, 0.02},
		{"near", tone, 450, 0, 0.02},
		{"half of a mixture", mixed, 1000, 0.45, 0.55},
		{"silence", make([]float32, soundRate), 440, 0, 0},
		{"nothing", nil, 440, 0, 0},
	} {
		if got := share(row.pcm, row.frequency, soundRate); !(got >= row.low && got <= row.high) {
			t.Errorf("%s: %.3f, want %.2f to %.2f", row.name, got, row.low, row.high)
		}
	}
	if hears(tone[:soundRate-1], 440, soundRate) {
		t.Error("less than a second was taken for a tone")
	}
}
