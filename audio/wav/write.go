package wav

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Encoding is how Append writes samples.
type Encoding int

// The encodings that can be written.
const (
	PCM16   Encoding = iota // 16-bit integers: what everything reads
	PCM24                   // 24-bit integers
	PCM32                   // 32-bit integers
	Float32                 // IEEE float, no clipping
)

// layouts is indexed by Encoding.
var layouts = [...]struct {
	tag   uint16
	bytes int
	put   func([]byte, float32) []byte
}{
	PCM16: {tagPCM, 2, func(b []byte, v float32) []byte {
		return binary.LittleEndian.AppendUint16(b, uint16(integer(v, 1<<15)))
	}},
	PCM24: {tagPCM, 3, func(b []byte, v float32) []byte {
		n := integer(v, 1<<23)
		return append(b, byte(n), byte(n>>8), byte(n>>16))
	}},
	PCM32: {tagPCM, 4, func(b []byte, v float32) []byte {
		return binary.LittleEndian.AppendUint32(b, uint32(integer(v, 1<<31)))
	}},
	Float32: {tagFloat, 4, func(b []byte, v float32) []byte {
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}},
}

// integer rounds v*full to the nearest value in [-full, full-1].
func integer(v float32, full float64) int64 {
	return int64(min(max(math.RoundToEven(float64(v)*full), -full), full-1))
}

// Append appends clip as a whole WAV file to dst. It fails if the clip cannot be expressed: a rate or number of
// channels outside what Parse takes, a cut frame, more than 4 GiB.
func Append(dst []byte, clip Clip, e Encoding) ([]byte, error) {
	if e < 0 || int(e) >= len(layouts) {
		return dst, fmt.Errorf("wav: encoding %d is unknown, use PCM16, PCM24, PCM32 or Float32", e)
	}
	if clip.Rate < minRate || clip.Rate > maxRate || clip.Channels < 1 || clip.Channels > maxChannels {
		return dst, fmt.Errorf("wav: %d Hz with %d channels cannot be written, set Rate (%d to %d) and Channels (1 to %d)",
			clip.Rate, clip.Channels, minRate, maxRate, maxChannels)
	}
	l := layouts[e]
	size := int64(len(clip.PCM)) * int64(l.bytes)
	if len(clip.PCM)%clip.Channels != 0 || size > math.MaxUint32-64 {
		return dst, fmt.Errorf("wav: %d samples of %d channels are not whole frames of at most 4 GiB", len(clip.PCM), clip.Channels)
	}
	dst = appendHeader(dst, clip, l.tag, l.bytes, uint32(size))
	for _, v := range clip.PCM {
		dst = l.put(dst, v)
	}
	return append(dst, make([]byte, size&1)...), nil
}

func appendHeader(dst []byte, clip Clip, tag uint16, bytes int, size uint32) []byte {
	le := binary.LittleEndian
	block := bytes * clip.Channels
	dst = append(dst, "RIFF"...)
	dst = le.AppendUint32(dst, 36+size+size&1)
	dst = append(dst, "WAVEfmt "...)
	dst = le.AppendUint32(dst, 16)
	dst = le.AppendUint16(dst, tag)
	dst = le.AppendUint16(dst, uint16(clip.Channels))
	dst = le.AppendUint32(dst, uint32(clip.Rate))
	dst = le.AppendUint32(dst, uint32(clip.Rate*block))
	dst = le.AppendUint16(dst, uint16(block))
	dst = le.AppendUint16(dst, uint16(8*bytes))
	dst = append(dst, "data"...)
	return le.AppendUint32(dst, size)
}
