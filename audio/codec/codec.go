package codec

import (
	"math"

	"intercom/audio/opus"
)

// Codec is what this package makes: a stream's codec and its concealer in one.
type Codec interface {
	// Encode appends the payload of one packet; pcm is a whole number of 10 ms.
	Encode(payload []byte, pcm []float32) ([]byte, error)
	// Decode appends the samples of one packet's payload.
	Decode(pcm []float32, payload []byte) ([]float32, error)
	// Heard sees what was decoded, in order, and may smooth its beginning after a gap in place.
	Heard(pcm []float32)
	// Lost fills pcm, a step of 10 ms, with the best guess of what is missing.
	Lost(pcm []float32)
}

// Type is a row of the table of codecs.
type Type struct {
	Name      string // encoding name of the rtpmap
	ClockRate int    // RTP clock in Hz
	Rate      int    // of the samples in Hz, which often is another
	Fmtp      string // what to tell the peer in SDP; "" = nothing
	// New makes the codec of one call. fmtp is what the peer tells us.
	New func(fmtp string) (Codec, error)
}

// Types lists the codecs in order of preference: wideband with redundancy, wideband, comfort noise.
func Types() []Type {
	return []Type{
		{Name: "opus", ClockRate: 48000, Rate: OpusRate, Fmtp: opus.Config{Rate: OpusRate}.Fmtp(), New: func(fmtp string) (Codec, error) { return NewOpus(fmtp) }},
		{Name: "G722", ClockRate: 8000, Rate: 16000, New: func(string) (Codec, error) { return NewG722() }},
		{Name: "L16", ClockRate: 16000, Rate: 16000, New: func(string) (Codec, error) { return NewL16(16000) }},
		{Name: "L16", ClockRate: 8000, Rate: 8000, New: func(string) (Codec, error) { return NewL16(8000) }},
		{Name: "CN", ClockRate: 8000, Rate: 8000, New: func(string) (Codec, error) { return NewComfortNoise(8000), nil }},
	}
}

// sample16 is a sample as 16 bits; what is no number is 0.
func sample16(v float32) int16 {
	if v != v {
		return 0
	}
	return int16(math.RoundToEven(float64(min(max(v, -1), 1)) * 32767))
}

func appendInts(dst []int16, pcm []float32) []int16 {
	for _, v := range pcm {
		dst = append(dst, sample16(v))
	}
	return dst
}

func appendFloats(dst []float32, pcm []int16) []float32 {
	for _, v := range pcm {
		dst = append(dst, float32(v)/32768)
	}
	return dst
}
