package noise

import "math"

// exp is the exponential function within two parts in a million, for x of -80 to 80 (beyond, the nearest of these): a
// fifth of the work of math.Exp, of which every bin of every frame needs several. The power of two is put together from
// its bits, and what is left by a polynomial (the Taylor series of exp2 up to the fifth term, about the middle).
func exp(x float32) float32 {
	const log2e = 1.44269504
	x = min(max(x, -80), 80) * log2e
	whole := int32(x + 127.5) // rounded, and biased as the exponent of a float is
	r := (x - float32(whole-127)) * math.Ln2
	p := 1 + r*(1+r*(1./2+r*(1./6+r*(1./24+r*(1./120)))))
	return math.Float32frombits(uint32(whole)<<23) * p
}

// log is the natural logarithm of a normal number above zero, within four parts in a million of it or, near 1, of one:
// the exponent from the bits, and the mantissa by the series of the inverse hyperbolic tangent.
func log(x float32) float32 {
	const root = 0x3f3504f3 // the bits of 1/sqrt(2): mantissas from there to sqrt(2)
	bits := math.Float32bits(x)
	exponent := (int32(bits) - root) >> 23
	m := math.Float32frombits(bits - uint32(exponent)<<23)
	z := (m - 1) / (m + 1)
	s := z * z
	return float32(exponent)*math.Ln2 + z*(2+s*(2./3+s*(2./5+s*(2./7))))
}
