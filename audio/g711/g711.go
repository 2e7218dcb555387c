package g711

import "math/bits"

// The layout of a code word, before the inversions that G.711 prescribes for the line:
//
//	 7 6 5 4 3 2 1 0
//	+-+-----+-------+
//	|S| seg |  step |    S: 1 = positive; seg: chord 0..7, each twice as coarse as the one below;
//	+-+-----+-------+    step: one of 16 equal intervals of the chord
//
// A-law inverts the even bits (0x55), mu-law all of them (0xFF), so that silence carries many ones.
const (
	signBit  = 0x80
	aInvert  = 0x55
	muInvert = 0xFF
	muBias   = 33 // in 14-bit units: makes every chord of mu-law start at a power of two
	muClip   = 8158
)

var (
	fromA  = table(expandA)
	fromMu = table(expandMu)
)

func table(expand func(byte) int16) (t [256]int16) {
	for c := range t {
		t[c] = expand(byte(c))
	}
	return t
}

// expandA is Table 1 of G.711 in 16-bit units: the middle of the interval that c names.
func expandA(c byte) int16 {
	c ^= aInvert
	seg, step := int(c>>4&7), int(c&15)
	magnitude := step<<4 + 8
	if seg > 0 {
		magnitude = (magnitude + 256) << (seg - 1)
	}
	if c&signBit == 0 {
		magnitude = -magnitude
	}
	return int16(magnitude)
}

// expandMu is Table 2 of G.711 in 16-bit units.
func expandMu(c byte) int16 {
	c ^= muInvert
	seg, step := int(c>>4&7), int(c&15)
	magnitude := ((2*step+muBias)<<seg - muBias) << 2
	if c&signBit != 0 {
		magnitude = -magnitude
	}
	return int16(magnitude)
}

// ToA returns the A-law code of one 16-bit linear sample.
func ToA(sample int16) byte {
	sign, magnitude := byte(signBit), uint(sample)
	if sample < 0 {
		sign, magnitude = 0, uint(^sample)
	}
	magnitude >>= 4 // 11 bits: A-law resolves no more
	seg := max(bits.Len(magnitude)-4, 0)
	step := magnitude >> max(seg-1, 0) & 15
	return (sign | byte(seg<<4) | byte(step)) ^ aInvert
}

// ToMu returns the mu-law code of one 16-bit linear sample.
func ToMu(sample int16) byte {
	sign, magnitude := byte(0), uint(sample)
	if sample < 0 {
		sign, magnitude = signBit, uint(^sample)
	}
	magnitude = min(magnitude>>2, muClip) + muBias // 14 bits
	seg := bits.Len(magnitude) - 6
	step := magnitude >> (seg + 1) & 15
	return (sign | byte(seg<<4) | byte(step)) ^ muInvert
}

// FromA returns the 16-bit linear value of an A-law code, -32256 to 32256.
func FromA(c byte) int16 { return fromA[c] }

// FromMu returns the 16-bit linear value of a mu-law code, -32124 to 32124.
func FromMu(c byte) int16 { return fromMu[c] }

// AppendA appends the A-law codes of pcm to dst.
func AppendA(dst []byte, pcm []int16) []byte {
	for _, s := range pcm {
		dst = append(dst, ToA(s))
	}
	return dst
}

// AppendMu appends the mu-law codes of pcm to dst.
func AppendMu(dst []byte, pcm []int16) []byte {
	for _, s := range pcm {
		dst = append(dst, ToMu(s))
	}
	return dst
}

// DecodeA appends the samples of an A-law payload to dst.
func DecodeA(dst []int16, payload []byte) []int16 {
	for _, c := range payload {
		dst = append(dst, fromA[c])
	}
	return dst
}

// DecodeMu appends the samples of a mu-law payload to dst.
func DecodeMu(dst []int16, payload []byte) []int16 {
	for _, c := range payload {
		dst = append(dst, fromMu[c])
	}
	return dst
}
