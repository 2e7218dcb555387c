package stream

import (
	"time"

	"intercom/audio/dtmf"
)

// echoOfTone is how long after a digit heard in the audio the same digit as an RTP event is taken for the same press: a
// gateway that sends both lets the tone begin before it has recognised it.
const echoOfTone = time.Second

// inband listens for tones in the received audio as long as no RTP event has come. Some gateways send both.
type inband struct {
	detector *dtmf.Detector // nil = off
	digit    byte           // heard last
	at       time.Time
}

// hear takes a frame of received audio.
func (b *inband) hear(now time.Time, pcm []float32) (digit byte, isNew bool) {
	if b.detector == nil {
		return 0, false
	}
	digit, isNew = b.detector.Write(pcm)
	if isNew {
		b.digit, b.at = digit, now
	}
	return digit, isNew
}

// isHeard takes a digit that came as an event and tells whether its tone has been reported already. From now on only
// events count.
func (b *inband) isHeard(now time.Time, digit byte) bool {
	if b.detector == nil {
		return false
	}
	b.detector = nil
	return b.digit == digit && now.Sub(b.at) < echoOfTone
}
