package g722

// band is the adaptive state of one sub-band: the predictor of two poles and six zeros and the quantizer's scale
// factor (G.722 section 3, blocks 3L, 4L, 3H and 4H). Encoder and decoder run the same one, which keeps them in step.
type band struct {
	s      int32    // the signal predicted for the next sample
	sz     int32    // the part of it that the zeros give
	r1, r2 int32    // reconstructed signals before
	p1, p2 int32    // partially reconstructed signals before
	a1, a2 int32    // poles, scaled by 2^14
	b      [6]int32 // zeros, scaled by 2^14
	d      [6]int32 // difference signals before, doubled and held to 16 bits
	nb     int32    // logarithmic scale factor
	det    int32    // linear scale factor
}

// predict takes the difference signal d of this sample, adapts poles and zeros and predicts the next sample (block 4).
func (g *band) predict(d int32) {
	r := saturate(g.s + d)
	p := saturate(g.sz + d)
	g.adaptPoles(p)
	g.adaptZeros(d)
	g.p2, g.p1 = g.p1, p
	g.r2, g.r1 = g.r1, r
	g.sz = g.zeros()
	g.s = saturate(saturate(g.a1*saturate(r+r)>>15+g.a2*saturate(g.r2+g.r2)>>15) + g.sz)
}

// adaptPoles moves the poles along the sign of the partial signals, and holds them inside the stable triangle (blocks
// UPPOL2 and UPPOL1).
func (g *band) adaptPoles(p int32) {
	s0, s1, s2 := p>>31, g.p1>>31, g.p2>>31
	w := saturate(g.a1 << 2)
	if s0 == s1 {
		w = min(-w, 32767)
	}
	step := int32(-128)
	if s0 == s2 {
		step = 128
	}
	a2 := min(max(w>>7+step+g.a2*32512>>15, -12288), 12288)
	step = -192
	if s0 == s1 {
		step = 192
	}
	limit := saturate(15360 - a2)
	g.a1 = min(max(saturate(step+g.a1*32640>>15), -limit), limit)
	g.a2 = a2
}

// adaptZeros moves the zeros along the sign of the difference signals and shifts their line (blocks UPZERO and DELAYA).
func (g *band) adaptZeros(d int32) {
	step := int32(128)
	if d == 0 {
		step = 0
	}
	for i := range g.b {
		// The product of two signs without a branch: x is 0 where they agree and -1 where they differ.
		x := (g.d[i] ^ d) >> 31
		g.b[i] = saturate((step ^ x - x) + g.b[i]*32640>>15)
	}
	g.d[5], g.d[4], g.d[3], g.d[2], g.d[1], g.d[0] = g.d[4], g.d[3], g.d[2], g.d[1], g.d[0], saturate(d+d)
}

// zeros is the zero section's share of the prediction (block FILTEZ), which takes each difference signal doubled.
func (g *band) zeros() int32 {
	var sum int32
	for i := range g.b {
		sum += g.b[i] * g.d[i] >> 15
	}
	return saturate(sum)
}

// rescale adapts the quantizer's scale factor by a multiplier of the table; limit and shift differ by band (blocks
// LOGSCL, SCALEL, LOGSCH and SCALEH).
func (g *band) rescale(multiplier, limit, shift int32) {
	g.nb = min(max(g.nb*127>>7+multiplier, 0), limit)
	w := antilog[g.nb>>6&31]
	if n := shift - g.nb>>11; n < 0 {
		w <<= -n
	} else {
		w >>= n
	}
	g.det = w << 2
}

const (
	lowLimit, lowShift   = 18432, 8
	highLimit, highShift = 22528, 10
)

// advanceLow and advanceHigh take the code word of one sample through the adaptation that both ends share.
func (g *band) advanceLow(code uint8) {
	d := g.det * lowOutput4[code>>2&15] >> 15
	g.rescale(lowScale[code>>2&15], lowLimit, lowShift)
	g.predict(d)
}

// advanceHigh answers the difference signal, which the decoder needs before the prediction moves on.
func (g *band) advanceHigh(code uint8) (d int32) {
	d = g.det * highOutput[code&3] >> 15
	g.rescale(highScale[code&3], highLimit, highShift)
	g.predict(d)
	return d
}

// saturate holds x to 16 bits.
func saturate(x int32) int32 { return min(max(x, -32768), 32767) }
