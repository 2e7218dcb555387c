package codec

import (
	"fmt"

	"intercom/audio/opus"
)

// OpusRate is what Opus is coded at, in Hz: the rate of the sound chain, for nothing more would be heard at a higher one.
const OpusRate = 16000

// Opus is Opus (RFC 7587) with its own concealment and redundancy. Make it with NewOpus.
type Opus struct {
	encoder *opus.Encoder
	decoder *opus.Decoder
}

// NewOpus answers the codec at 16 kHz as the peer's fmtp wants to be sent to.
func NewOpus(fmtp string) (*Opus, error) {
	e, err := opus.NewEncoder(opus.Config{Rate: OpusRate}.Heed(fmtp))
	if err != nil {
		return nil, fmt.Errorf("codec: %w", err)
	}
	d, err := opus.NewDecoder(OpusRate)
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
