package firmware

import (
	"math"
	"testing"

	"intercom/firmware/config"
	"intercom/hal"
)

// loop is a card that captures what it played.
type loop struct {
	hal.Sound
	played []float32
}

func (l *loop) Play(pcm []float32) error    { l.played = append(l.played[:0], pcm...); return nil }
func (l *loop) Capture(pcm []float32) error { copy(pcm, l.played); return nil }

func TestVolume(t *testing.T) {
	for _, c := range []struct {
		speaker, microphone int
		played, captured    float64 // of a sample of 0.5
	}{{80, 80, 0.5, 0.5}, {0, 80, 0, 0}, {80, 0, 0.5, 0}, {60, 100, 0.1581, 0.5}, {100, 40, 1.5811, 0.1581}} {
		card := &loop{}
		v := newVolume(card, config.Sound{Speaker: c.speaker, Microphone: c.microphone})
		pcm := []float32{0.5}
		if err := v.Play(pcm); err != nil || pcm[0] != 0.5 {
			t.Fatalf("Play: %v, and left %g of what it was given", err, pcm[0])
		}
		heard := make([]float32, 1)
		if err := v.Capture(heard); err != nil {
			t.Fatal(err)
		}
		if math.Abs(float64(card.played[0])-c.played) > 1e-3 || math.Abs(float64(heard[0])-c.captured) > 1e-3 {
			t.Errorf("%d and %d percent: played %g and captured %g, want %g and %g", c.speaker, c.microphone, card.played[0], heard[0], c.played, c.captured)
		}
	}
}
