package codec

import (
	"fmt"

	"intercom/audio/conceal"
)

// L16 is linear PCM of 16 bits, the most significant octet first (RFC 3551 section 4.5.11), with concealment. Make it with
// NewL16.
type L16 struct {
	*conceal.Concealer // Heard and Lost
}

// NewL16 answers the codec for a rate that package conceal takes.
func NewL16(rate int) (*L16, error) {
	c, err := conceal.New(rate)
	if err != nil {
		return nil, fmt.Errorf("codec: L16: %w", err)
	}
	return &L16{c}, nil
}

// Encode appends two octets for each sample.
func (*L16) Encode(payload []byte, pcm []float32) ([]byte, error) {
	for _, v := range pcm {
		s := sample16(v)
		payload = append(payload, byte(s>>8), byte(s))
	}
	return payload, nil
}

// Decode appends a sample for each two octets.
func (*L16) Decode(pcm []float32, payload []byte) ([]float32, error) {
	if len(payload)%2 != 0 {
		return pcm, fmt.Errorf("codec: an L16 payload of %d octets is not whole samples: it was cut or is another format", len(payload))
	}
	for i := 0; i < len(payload); i += 2 {
		pcm = append(pcm, float32(int16(payload[i])<<8|int16(payload[i+1]))/32768)
	}
	return pcm, nil
}
