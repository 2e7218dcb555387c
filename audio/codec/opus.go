package codec

import (
	"fmt"

	"intercom/audio/opus"
)

// Opus is coded at the rate of the sound chain; nothing that it holds would be heard at a higher one.
const opusRate = 16000

var opusConfig = opus.Config{Rate: opusRate}

// Opus is Opus (RFC 7587) with its own concealment and redundancy. Make it with NewOpus.
type Opus struct {
	encoder *opus.Encoder
	decoder *opus.Decoder
}

// NewOpus answers the codec at 16 kHz as the peer's fmtp wants to be sent to.
func NewOpus(fmtp string) (*Opus, error) {
	e, err := opus.NewEncoder(opusConfig.Heed(fmtp))
	if err != nil {
		return nil, fmt.Errorf("codec: %w", err)
	}
	d, err := opus.NewDecoder(opusRate)
	if err != nil {
		return nil, fmt.Errorf("codec: %w", err)
	}
	return &Opus{encoder: e, decoder: d}, nil
}

// Encode appends one packet of 10, 20, 40 or 60 ms.
func (c *Opus) Encode(payload []byte, pcm []float32) ([]byte, error) {
	return c.encoder.Encode(payload, pcm)
}

// Decode appends the samples of a packet.
func (c *Opus) Decode(pcm []float32, payload []byte) ([]float32, error) {
	return c.decoder.Decode(pcm, payload)
}

// Heard does nothing: the decoder itself smooths the joint after a gap.
func (c *Opus) Heard([]float32) {}

// Lost fills pcm with the decoder's guess.
func (c *Opus) Lost(pcm []float32) { c.decoder.Lost(pcm) }

// Recover fills pcm, which has the length of the one packet that is missing, from the redundancy in the packet after it.
func (c *Opus) Recover(pcm []float32, next []byte) { c.decoder.Recover(pcm, next) }
