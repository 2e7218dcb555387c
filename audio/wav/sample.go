package wav

import (
	"encoding/binary"
	"math"

	"intercom/audio/g711"
)

// Tags of the encodings read here (RFC 2361).
const (
	tagPCM        = 0x0001
	tagFloat      = 0x0003
	tagALaw       = 0x0006
	tagMuLaw      = 0x0007
	tagExtensible = 0xFFFE
)

// reader returns the size of a sample and how to read one; nil if the encoding is unknown. A-law and mu-law are 8
// bits by definition, whatever the header says.
func reader(tag uint16, bits int) (size int, sample func([]byte) float32) {
	switch {
	case tag == tagALaw:
		return 1, func(b []byte) float32 { return float32(g711.FromA(b[0])) / (1 << 15) }
	case tag == tagMuLaw:
		return 1, func(b []byte) float32 { return float32(g711.FromMu(b[0])) / (1 << 15) }
	case tag == tagPCM && bits == 8: // the only unsigned one
		return 1, func(b []byte) float32 { return (float32(b[0]) - 128) / (1 << 7) }
	case tag == tagPCM && bits == 16:
		return 2, func(b []byte) float32 { return float32(int16(binary.LittleEndian.Uint16(b))) / (1 << 15) }
	case tag == tagPCM && bits == 24:
		return 3, func(b []byte) float32 {
			return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)>>8) / (1 << 23)
		}
	case tag == tagPCM && bits == 32:
		return 4, func(b []byte) float32 { return float32(float64(int32(binary.LittleEndian.Uint32(b))) / (1 << 31)) }
	case tag == tagFloat && bits == 32:
		return 4, func(b []byte) float32 { return finite(float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))) }
	case tag == tagFloat && bits == 64:
		return 8, func(b []byte) float32 { return finite(math.Float64frombits(binary.LittleEndian.Uint64(b))) }
	}
	return 0, nil
}

// finite keeps NaN and infinity out of the filters behind, whose state they would poison for ever.
func finite(v float64) float32 {
	if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) > math.MaxFloat32 {
		return 0
	}
	return float32(v)
}
