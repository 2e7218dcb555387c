package firmware

import (
	"math"

	"intercom/firmware/config"
	"intercom/hal"
)

// volume is a sound card with the configuration's volumes. They are digital: a Pi's I2S codecs have no other.
type volume struct {
	hal.Sound
	speaker, microphone float32
	scaled              []float32
}

func newVolume(s hal.Sound, c config.Sound) *volume {
	return &volume{Sound: s, speaker: factor(c.Speaker), microphone: factor(c.Microphone)}
}

// factor of a volume in percent: 80 is as it is, each 10 are 5 dB, 0 is silence.
func factor(percent int) float32 {
	if percent == 0 {
		return 0
	}
	return float32(math.Pow(10, float64(percent-80)/2/20))
}

// Capture implements stream.Card.
func (v *volume) Capture(pcm []float32) error {
	err := v.Sound.Capture(pcm)
	for i := range pcm {
		pcm[i] *= v.microphone
	}
	return err
}

// Play implements stream.Card. The samples are copied, for the engine keeps them as the echo canceller's reference.
func (v *volume) Play(pcm []float32) error {
	v.scaled = append(v.scaled[:0], pcm...)
	for i := range v.scaled {
		v.scaled[i] *= v.speaker
	}
	return v.Sound.Play(v.scaled)
}
