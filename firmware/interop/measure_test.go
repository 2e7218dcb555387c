//go:build interop

package interop

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"intercom/audio/wav"
)

// measure is what a stretch of a recording is worth.
type measure struct {
	seconds float64
	level   float64 // root mean square, dB of full scale
	impure  int     // windows of 100 ms in which less than 80 % is the tone
	windows int     // of 100 ms
	quiet   int     // ms, the longest time without sound
}

// measureTone judges the last seconds of a recording.
func measureTone(pcm []float32, rate int, frequency float64, seconds int) measure {
	pcm = pcm[max(0, len(pcm)-seconds*rate):]
	m := measure{seconds: float64(len(pcm)) / float64(rate), level: level(pcm)}
	for window := range slices.Chunk(pcm, rate/10) {
		if len(window) < rate/10 {
			break
		}
		m.windows++
		if share(window, frequency, rate) < 0.8 {
			m.impure++
		}
	}
	run := 0
	for window := range slices.Chunk(pcm, rate/200) { // 5 ms
		if run += 5; level(window) > m.level-20 {
			run = 0
		}
		m.quiet = max(m.quiet, run)
	}
	return m
}

// level is the root mean square in dB of full scale, at least -100.
func level(pcm []float32) float64 {
	var energy float64
	for _, x := range pcm {
		energy += float64(x) * float64(x)
	}
	return 10 * math.Log10(max(energy/float64(max(1, len(pcm))), 1e-10))
}

// recording is the newest file of what the phone heard, with its rate: that of the codec.
func (p *phone) recording() (pcm []float32, rate int) {
	p.street.Helper()
	found, err := filepath.Glob(filepath.Join(p.street.path(p.name), "dump-*-dec.wav"))
	if err != nil || len(found) == 0 {
		return nil, soundRate
	}
	data, err := os.ReadFile(found[len(found)-1])
	if err != nil {
		p.street.Fatal(err)
	}
	clip, err := wav.Parse(data)
	if err != nil {
		return nil, soundRate // the header is not there yet
	}
	return clip.Mono(), clip.Rate
}

// wantHeard waits until the phone has recorded a second of the tone, at whatever rate.
func (p *phone) wantHeard(frequency float64) {
	p.street.Helper()
	p.street.eventually(patience, p.name+" hears the tone", func() bool {
		pcm, rate := p.recording()
		return hears(pcm, frequency, rate)
	})
}

// TestMeasure: the measure sees a hole, a wrong tone and a level.
func TestMeasure(t *testing.T) {
	tone := sine(600, soundRate, 4*soundRate)
	holed := slices.Clone(tone)
	clear(holed[soundRate : soundRate+soundRate/20]) // 50 ms
	for _, row := range []struct {
		name          string
		pcm           []float32
		frequency     float64
		impure, quiet int
	}{
		{"pure", tone, 600, 0, 0},
		{"a hole of 50 ms", holed, 600, 1, 50},
		{"another tone", tone, 1000, 40, 0},
	} {
		got := measureTone(row.pcm, soundRate, row.frequency, 4)
		if got.impure != row.impure || got.quiet != row.quiet || got.windows != 40 || math.Abs(got.level+15.1) > 0.2 {
			t.Errorf("%s: %+v, want %d impure of 40 windows, %d ms quiet, -15 dB", row.name, got, row.impure, row.quiet)
		}
	}
}
