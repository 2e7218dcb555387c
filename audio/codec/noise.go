package codec

import (
	"errors"
	"fmt"
	"math"

	"intercom/audio/internal/lpc"
)

// Noise describes the noise of a pause (RFC 3389):
//
//	 0                   1                   2
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+- - - -
//	|0|    level    |      N1       |      N2        ...
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+- - - -
//
// level is the power under that of overload in dB, each N a reflection coefficient in steps of 258/32768 around 127.
type Noise struct {
	Level      float64           // dBov, -127 to 0: power against that of a square wave of full scale
	Reflection [MaxOrder]float64 // within -1 to 1; only the first Order count
	Order      int               // 0 = white
}

// MaxOrder is how many reflection coefficients are read and sent; a sender may use more, which say ever less.
const MaxOrder = 12

// ErrNoise is wrapped by the error of a payload that is no comfort noise.
var ErrNoise = errors.New("codec: malformed comfort noise")

const (
	noiseStep   = 258.0 / 32768
	noiseMiddle = 127
	leastNoise  = -127
)

// ParseNoise reads a payload. Coefficients after MaxOrder are left out, and the reserved bit of the level is ignored.
func ParseNoise(payload []byte) (Noise, error) {
	if len(payload) == 0 {
		return Noise{}, fmt.Errorf("%w: 0 octets, at least one is needed for the level", ErrNoise)
	}
	n := Noise{Level: -float64(payload[0] & 0x7F)}
	for _, c := range payload[1:] {
		if n.Order == MaxOrder {
			break
		}
		// The value 255, which the RFC does not use, would be outside of 1.
		n.Reflection[n.Order] = min(float64(int(c)-noiseMiddle)*noiseStep, mostReflection)
		n.Order++
	}
	return n, nil
}

const mostReflection = 1 - 1.0/32768

// Append appends the payload.
func (n Noise) Append(payload []byte) []byte {
	level := math.Round(-n.Level)
	payload = append(payload, byte(min(max(level, 0), -leastNoise)))
	for _, k := range n.Reflection[:n.Order] {
		v := math.Round(k/noiseStep) + noiseMiddle
		payload = append(payload, byte(min(max(v, 0), 254)))
	}
	return payload
}

// MeasureNoise describes the noise in pcm, which should be 20 ms or more of a pause.
func MeasureNoise(pcm []float32) Noise {
	var r [MaxOrder + 1]float64
	lpc.Correlate(r[:], pcm)
	n := Noise{Level: leastNoise, Order: MaxOrder}
	power := r[0] / float64(max(len(pcm), 1))
	if !(power > 1e-12) {
		n.Order = 0
		return n
	}
	n.Level = min(max(10*math.Log10(power), leastNoise), 0)
	var a [MaxOrder]float64
	r[0] *= 1.001 // a noise floor 30 dB below keeps a hum from becoming a whistle
	lpc.Levinson(a[:], n.Reflection[:], r[:])
	return n
}

// ComfortNoise is the codec of RFC 3389: it decodes a description into noise, and codes what it is given as one. Make it
// with NewComfortNoise.
type ComfortNoise struct {
	rate   int
	a      [MaxOrder]float64
	memory [MaxOrder]float64
	gain   float64 // of the white noise, moving to want
	want   float64
	random uint32
}

// NewComfortNoise answers the codec for a rate in Hz. Until a description has come it is silent.
func NewComfortNoise(rate int) *ComfortNoise { return &ComfortNoise{rate: rate, random: 0x6C078965} }

// Encode appends the description of the noise in pcm.
func (c *ComfortNoise) Encode(payload []byte, pcm []float32) ([]byte, error) {
	return MeasureNoise(pcm).Append(payload), nil
}

// Decode takes a description and appends the first 10 ms of its noise. What else the pause needs comes from Lost.
func (c *ComfortNoise) Decode(pcm []float32, payload []byte) ([]float32, error) {
	n, err := ParseNoise(payload)
	if err != nil {
		return pcm, err
	}
	c.Set(n)
	for range c.rate / 100 {
		pcm = append(pcm, c.next())
	}
	return pcm, nil
}

// Set changes the noise that is generated; its level moves there in some 10 ms.
func (c *ComfortNoise) Set(n Noise) {
	rest := lpc.Predictor(c.a[:], n.Reflection[:n.Order])
	c.want = math.Sqrt(rest) * math.Pow(10, n.Level/20)
	if n.Level <= leastNoise {
		c.want = 0
	}
}

// Heard does nothing.
func (c *ComfortNoise) Heard([]float32) {}

// Lost fills pcm with more of the noise: between two descriptions nothing is sent.
func (c *ComfortNoise) Lost(pcm []float32) {
	for i := range pcm {
		pcm[i] = c.next()
	}
}

// approach is how much of the way to the wanted level is gone with each sample at 8 kHz: 10 ms to 63 %.
const approach = 1.0 / 80

func (c *ComfortNoise) next() float32 {
	c.random = c.random*1664525 + 1013904223
	c.gain += (c.want - c.gain) * approach * 8000 / float64(c.rate)
	v := c.gain * float64(int32(c.random)) * (math.Sqrt(3) / (1 << 31))
	for i, a := range c.a {
		v += a * c.memory[i]
	}
	v = min(max(v, -1), 1)
	if math.Abs(v) < 1e-15 {
		v = 0
	}
	copy(c.memory[1:], c.memory[:])
	c.memory[0] = v
	return float32(v)
}
