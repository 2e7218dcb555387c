package g722

// Rate is the sampling rate of the speech, in Hz. RTP's clock for it runs at 8000 all the same (RFC 3551 section 4.5.2).
const Rate = 16000

// line is the delay line of a quadrature mirror filter: the last 24 samples, written twice so that any 24 in a row can
// be read without a wrap.
type line struct {
	x   [48]int32
	pos int // of the oldest sample, even
}

// push puts two samples where the two oldest stood and answers the 24 samples, oldest first.
func (l *line) push(a, b int32) *[24]int32 {
	l.x[l.pos], l.x[l.pos+24] = a, a
	l.x[l.pos+1], l.x[l.pos+25] = b, b
	l.pos = (l.pos + 2) % 24
	return (*[24]int32)(l.x[l.pos : l.pos+24])
}

// fold runs both polyphase halves of the mirror filter over 24 samples.
func fold(x *[24]int32) (even, odd int32) {
	for i, c := range qmf {
		odd += x[2*i] * c
		even += x[2*i+1] * qmf[11-i]
	}
	return even, odd
}

// Encoder turns speech into G.722 octets. Make it with NewEncoder.
type Encoder struct {
	low, high band
	line      line
}

// NewEncoder answers an encoder in the Recommendation's reset state.
func NewEncoder() *Encoder {
	return &Encoder{low: band{det: 32}, high: band{det: 8}}
}

// Reset brings the encoder back to the state NewEncoder gives.
func (e *Encoder) Reset() { *e = *NewEncoder() }

// Encode writes one octet to dst for each two samples of pcm, 16-bit linear at 16 kHz, and answers how many octets it
// wrote. An odd last sample is left out; dst must hold len(pcm)/2 octets.
func (e *Encoder) Encode(dst []byte, pcm []int16) int {
	n := len(pcm) / 2
	dst = dst[:n]
	for i := range dst {
		even, odd := fold(e.line.push(int32(pcm[2*i]), int32(pcm[2*i+1])))
		low := e.encodeLow((even + odd) >> 14)
		high := e.encodeHigh((even - odd) >> 14)
		dst[i] = high<<6 | low
	}
	return n
}

// encodeLow quantizes one sample of the lower band to 6 bits (blocks SUBTRA and QUANTL).
func (e *Encoder) encodeLow(x int32) uint8 {
	diff := saturate(x - e.low.s)
	size := diff ^ diff>>31 // the Recommendation's one's complement size
	code := lowPositive[interval(size, e.low.det)]
	if diff < 0 {
		code = lowNegative[interval(size, e.low.det)]
	}
	e.low.advanceLow(code)
	return code
}

// interval finds the number of decision levels at or below size, 1 to 30, by bisection.
func interval(size, det int32) int {
	lo, hi := 1, 30
	for lo < hi {
		if mid := (lo + hi) / 2; size < lowDecision[mid]*det>>12 {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// encodeHigh quantizes one sample of the higher band to 2 bits (blocks SUBTRA and QUANTH).
func (e *Encoder) encodeHigh(x int32) uint8 {
	diff := saturate(x - e.high.s)
	code := uint8(3)
	if diff < 0 {
		code = 1
	}
	if diff^diff>>31 >= 564*e.high.det>>12 {
		code--
	}
	e.high.advanceHigh(code)
	return code
}

// Decoder turns G.722 octets into speech. Make it with NewDecoder.
type Decoder struct {
	low, high band
	line      line
}

// NewDecoder answers a decoder in the Recommendation's reset state.
func NewDecoder() *Decoder {
	return &Decoder{low: band{det: 32}, high: band{det: 8}}
}

// Reset brings the decoder back to the state NewDecoder gives.
func (d *Decoder) Reset() { *d = *NewDecoder() }

// Decode writes two samples to pcm, 16-bit linear at 16 kHz, for each octet of src and answers how many samples it
// wrote. pcm must hold 2*len(src) samples.
func (d *Decoder) Decode(pcm []int16, src []byte) int {
	pcm = pcm[:2*len(src)]
	for i, octet := range src {
		low := d.decodeLow(octet & 63)
		high := d.decodeHigh(octet >> 6)
		even, odd := fold(d.line.push(low+high, low-high))
		pcm[2*i] = int16(saturate(even >> 11))
		pcm[2*i+1] = int16(saturate(odd >> 11))
	}
	return len(pcm)
}

// decodeLow reconstructs one sample of the lower band (blocks 5L and 6L): the output takes all 6 bits of the code
// word, the adaptation 4.
func (d *Decoder) decodeLow(code uint8) int32 {
	r := saturate(d.low.s + d.low.det*lowOutput6[code]>>15)
	d.low.advanceLow(code)
	return limit(r)
}

// decodeHigh reconstructs one sample of the higher band (blocks 2H to 6H).
func (d *Decoder) decodeHigh(code uint8) int32 {
	s := d.high.s
	return limit(s + d.high.advanceHigh(code))
}

// limit holds a sub-band's output to 15 bits, so that the mirror filter's sum stays within 16 (block LIMIT).
func limit(x int32) int32 { return min(max(x, -16384), 16383) }
