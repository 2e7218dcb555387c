package alsa

import (
	"encoding/binary"
	"math"
)

// A format is how the card wants a sample.
//
//	S32_LE   4 bytes, full scale 2^31
//	S24_LE   4 bytes, the low 24 bits count, full scale 2^23
//	S24_3LE  3 bytes, full scale 2^23
//	S16_LE   2 bytes, full scale 2^15
type format struct {
	name  string
	code  uint32 // SNDRV_PCM_FORMAT_*
	bytes int
	scale float32
	top   int32 // the highest value; the lowest is -top-1
}

// formats are tried in this order: microphones without gain need the bits.
var formats = [...]format{
	{"S32_LE", 10, 4, 1 << 31, math.MaxInt32},
	{"S24_LE", 6, 4, 1 << 23, 1<<23 - 1},
	{"S24_3LE", 32, 3, 1 << 23, 1<<23 - 1},
	{"S16_LE", 2, 2, 1 << 15, 1<<15 - 1},
}

// get reads one sample, -1 to below 1.
func (f *format) get(b []byte) float32 {
	switch f.bytes {
	case 2:
		return float32(int16(binary.LittleEndian.Uint16(b))) / f.scale
	case 3:
		return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)>>8) / f.scale
	}
	x := int32(binary.LittleEndian.Uint32(b))
	if f.top != math.MaxInt32 {
		x = x << 8 >> 8 // the high byte is undefined
	}
	return float32(x) / f.scale
}

// put writes one sample, rounded and clipped. What is not a number becomes silence.
func (f *format) put(b []byte, x float32) {
	v := f.integer(x)
	switch f.bytes {
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case 3:
		b[0], b[1], b[2] = byte(v), byte(v>>8), byte(v>>16)
	default:
		binary.LittleEndian.PutUint32(b, uint32(v))
	}
}

func (f *format) integer(x float32) int32 {
	v := math.RoundToEven(float64(x) * float64(f.scale))
	switch {
	case v >= float64(f.top):
		return f.top
	case v <= -float64(f.top)-1:
		return -f.top - 1
	case v != v:
		return 0
	}
	return int32(v)
}

// spread writes mono samples to all channels of interleaved frames.
func (f *format) spread(frames []byte, pcm []float32, channels int) {
	for _, x := range pcm {
		for range channels {
			f.put(frames, x)
			frames = frames[f.bytes:]
		}
	}
}

// collect reads one channel of interleaved frames.
func (f *format) collect(pcm []float32, frames []byte, channels, channel int) {
	frames = frames[channel*f.bytes:]
	stride := channels * f.bytes
	for i := range pcm {
		pcm[i] = f.get(frames[i*stride:])
	}
}
