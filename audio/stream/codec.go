package stream

import (
	"fmt"
	"math"
	"strings"

	"intercom/audio/codec"
	"intercom/audio/g711"
	"intercom/audio/resample"
)

// Codec codes and decodes one stream. Samples are mono, full scale 1. Both methods append, so that a caller with room
// allocates nothing. A Codec keeps separate state for its two directions and is used by one goroutine.
type Codec interface {
	// Encode appends the payload of one packet; pcm is a whole number of 10 ms.
	Encode(payload []byte, pcm []float32) ([]byte, error)
	// Decode appends the samples of one packet's payload.
	Decode(pcm []float32, payload []byte) ([]float32, error)
}

// Concealer fills the gaps that lost packets leave. A Codec that can do it itself (Opus) implements Lost too; it is then
// asked first.
type Concealer interface {
	// Heard sees every frame that was decoded, in order, and may smooth its beginning after a gap in place.
	Heard(pcm []float32)
	// Lost fills pcm, a step of 10 ms, with the best guess of what is missing.
	Lost(pcm []float32)
}

// Recoverer is a Codec whose packets carry the one before in a coarser form (Opus in-band FEC). Recover fills pcm, the
// length of a packet, with the packet that is missing before next.
type Recoverer interface {
	Recover(pcm []float32, next []byte)
}

// CodecType is a row of the table of codecs: how a Format becomes a Codec.
type CodecType struct {
	Name      string // encoding name of the rtpmap
	ClockRate int    // RTP clock; 0 = any multiple of 100 Hz
	Rate      int    // sample rate of the audio, which for G.722 is not the clock rate; 0 = the clock rate
	New       func(Format) (Codec, error)
}

// builtin are the codecs known without Config. L16 is RFC 3551 section 4.5.11, for laboratories and tests.
var builtin = [...]CodecType{
	{Name: "PCMU", ClockRate: 8000, New: func(Format) (Codec, error) { return mu{}, nil }},
	{Name: "PCMA", ClockRate: 8000, New: func(Format) (Codec, error) { return alaw{}, nil }},
	{Name: "G722", ClockRate: 8000, Rate: 16000, New: newG722},           // the clock rate is RFC 3551 section 4.5.2's old mistake
	{Name: "opus", ClockRate: 48000, Rate: codec.OpusRate, New: newOpus}, // whatever is coded, RFC 7587 section 4.1
	{Name: "L16", New: func(Format) (Codec, error) { return l16{}, nil }},
}

func (t CodecType) matches(f Format) bool {
	return strings.EqualFold(t.Name, f.Name) && (t.ClockRate == f.ClockRate || t.ClockRate == 0 && f.ClockRate%100 == 0)
}

// find looks first in the given types, so that they can replace built-in ones.
func find(types []CodecType, f Format) (CodecType, bool) {
	for _, list := range [][]CodecType{types, builtin[:]} {
		for _, t := range list {
			if t.matches(f) {
				if t.Rate == 0 {
					t.Rate = f.ClockRate
				}
				return t, true
			}
		}
	}
	return CodecType{}, false
}

func sample16(v float32) int16 {
	return int16(math.RoundToEven(float64(min(max(v, -1), 1)) * 32767))
}

type alaw struct{}

func (alaw) Encode(b []byte, pcm []float32) ([]byte, error) {
	for _, v := range pcm {
		b = append(b, g711.ToA(sample16(v)))
	}
	return b, nil
}

func (alaw) Decode(pcm []float32, b []byte) ([]float32, error) {
	for _, c := range b {
		pcm = append(pcm, float32(g711.FromA(c))/32768)
	}
	return pcm, nil
}

type mu struct{}

func (mu) Encode(b []byte, pcm []float32) ([]byte, error) {
	for _, v := range pcm {
		b = append(b, g711.ToMu(sample16(v)))
	}
	return b, nil
}

func (mu) Decode(pcm []float32, b []byte) ([]float32, error) {
	for _, c := range b {
		pcm = append(pcm, float32(g711.FromMu(c))/32768)
	}
	return pcm, nil
}

func newG722(Format) (Codec, error) { return codec.NewG722() }

func newOpus(f Format) (Codec, error) { return codec.NewOpus(f.Fmtp) }

type l16 struct{}

func (l16) Encode(b []byte, pcm []float32) ([]byte, error) {
	for _, v := range pcm {
		s := sample16(v)
		b = append(b, byte(s>>8), byte(s))
	}
	return b, nil
}

func (l16) Decode(pcm []float32, b []byte) ([]float32, error) {
	if len(b)%2 != 0 {
		return pcm, fmt.Errorf("stream: L16 payload of %d bytes is not whole samples", len(b))
	}
	for i := 0; i < len(b); i += 2 {
		pcm = append(pcm, float32(int16(b[i])<<8|int16(b[i+1]))/32768)
	}
	return pcm, nil
}

// polyphase is package resample's filter in the shape of a Resampler.
type polyphase struct{ *resample.Resampler }

func newResampler(from, to int) (Resampler, error) {
	if from == to {
		return same{}, nil
	}
	r, err := resample.New(from, to)
	return polyphase{r}, err
}

func (p polyphase) Resample(dst, src []float32) { p.Process(dst, src) }

type same struct{}

func (same) Resample(dst, src []float32) { copy(dst, src) }
