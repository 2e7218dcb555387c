package demo

import (
	"math"
	"sync"
	"sync/atomic"

	"intercom/audio/tone"
)

// What the visitor and the desk say, in Hz: two tones that no signal of the station contains. They come in syllables,
// as a voice does, for a noise suppressor takes a tone that never pauses for a ventilator.
const (
	visitorTone = 620
	deskTone    = 1150

	syllable = 0.36 // seconds of sound
	pause    = 0.12 // seconds of silence after it
	loudness = 0.2
)

// mouth says one tone. It belongs to the sound card that reads it.
type mouth struct {
	hz     float64
	n      int
	silent atomic.Bool // says nothing, in tests
}

func newMouth(hz float64) *mouth { return &mouth{hz: hz} }

func (m *mouth) fill(pcm []float32, rate int) {
	for i := range pcm {
		t := float64(m.n) / float64(rate)
		at := math.Mod(t, syllable+pause)
		pcm[i] = 0
		if at < syllable && !m.silent.Load() {
			envelope := min(1, at*50, (syllable-at)*50) // 20 ms of ramp at both ends
			pcm[i] = float32(loudness * envelope * math.Sin(2*math.Pi*m.hz*t))
		}
		m.n++
	}
}

// ear listens for one tone.
type ear struct {
	hz       float64
	mu       sync.Mutex
	detector *tone.Detector
}

func newEar(hz float64) *ear { return &ear{hz: hz} }

func (e *ear) hear(pcm []float32, rate int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.detector == nil {
		e.detector = tone.NewDetector(rate, e.hz)
	}
	e.detector.Write(pcm)
}

// heard is for how many tenths of a second the tone was there.
func (e *ear) heard() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.detector == nil {
		return 0
	}
	_, present := e.detector.Counts()
	return present
}
