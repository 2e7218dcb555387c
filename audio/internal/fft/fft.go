package fft

import (
	"fmt"
	"math"
)

// Plan transforms real frames of one length. Make it with New.
type Plan struct {
	n      int         // real length
	stages []stage     // of the complex transform of n/2
	a, b   []complex64 // n/2 each: the stages go from one to the other
	split  []complex64 // exp(-2 pi i k/n), which parts the two interleaved halves
}

// stage is one pass of the Stockham algorithm: radix p over length n with stride s, and its twiddle factors (Van Loan,
// Computational Frameworks for the Fast Fourier Transform, section 1.7).
type stage struct {
	p, m, s int
	twiddle []complex64 // w^t for q in 0..m-1 and t in 1..p-1
}

// New plans the transform of n real samples; n is even, at least 4, and n/2 a product of 2, 3 and 5.
func New(n int) (*Plan, error) {
	if n < 4 || n%2 != 0 {
		return nil, fmt.Errorf("fft: a length of %d is not an even number of at least 4", n)
	}
	half := n / 2
	p := &Plan{n: n, a: make([]complex64, half), b: make([]complex64, half), split: make([]complex64, half+1)}
	for k := range p.split {
		p.split[k] = root(k, n)
	}
	s := 1
	for length := half; length > 1; {
		radix := factor(length)
		if radix == 0 {
			return nil, fmt.Errorf("fft: a length of %d has a prime factor above 5", n)
		}
		p.stages = append(p.stages, newStage(radix, length, s))
		length /= radix
		s *= radix
	}
	return p, nil
}

// root is exp(-2 pi i k/n).
func root(k, n int) complex64 {
	sin, cos := math.Sincos(-2 * math.Pi * float64(k) / float64(n))
	return complex(float32(cos), float32(sin))
}

func factor(n int) int {
	for _, p := range []int{4, 5, 3, 2} {
		if n%p == 0 {
			return p
		}
	}
	return 0
}

func newStage(p, n, s int) stage {
	m := n / p
	st := stage{p: p, m: m, s: s}
	for q := range m {
		for t := 1; t < p; t++ {
			st.twiddle = append(st.twiddle, root(q*t, n))
		}
	}
	return st
}

// Len is the length of a frame in samples.
func (p *Plan) Len() int { return p.n }

// Bins is the number of spectrum values: Len/2 + 1.
func (p *Plan) Bins() int { return p.n/2 + 1 }

// Forward writes the spectrum of x, Len samples, to spectrum, Bins values, without scaling.
func (p *Plan) Forward(spectrum []complex64, x []float32) {
	x = x[:p.n]
	for i := range p.a {
		p.a[i] = complex(x[2*i], x[2*i+1])
	}
	z := p.run()
	half := p.n / 2
	spectrum = spectrum[:half+1]
	spectrum[0] = complex(real(z[0])+imag(z[0]), 0)
	spectrum[half] = complex(real(z[0])-imag(z[0]), 0)
	// Bins k and half-k come of the same two values, and their twiddle factors mirror each other.
	for k := 1; k <= half-k; k++ {
		u, v := z[k], conj(z[half-k])
		even, odd := u+v, p.split[k]*(u-v)
		spectrum[k] = complex((real(even)+imag(odd))/2, (imag(even)-real(odd))/2)
		spectrum[half-k] = complex((real(even)-imag(odd))/2, (-imag(even)-real(odd))/2)
	}
}

// Inverse writes to x, Len samples, the frame whose Forward spectrum is given. The imaginary parts of the first and
// last value are taken for zero.
func (p *Plan) Inverse(x []float32, spectrum []complex64) {
	half := p.n / 2
	spectrum, x = spectrum[:half+1], x[:p.n]
	first, last := real(spectrum[0]), real(spectrum[half])
	p.a[0] = complex(first+last, last-first)
	for k := 1; k <= half-k; k++ {
		u, v := spectrum[k], conj(spectrum[half-k])
		even, odd := u+v, conj(p.split[k])*(u-v)
		// The inverse is the forward transform of the conjugate, conjugated again below.
		p.a[k] = complex(real(even)-imag(odd), -imag(even)-real(odd))
		p.a[half-k] = complex(real(even)+imag(odd), imag(even)-real(odd))
	}
	z := p.run()
	scale := 1 / float32(p.n)
	for i, v := range z {
		x[2*i] = real(v) * scale
		x[2*i+1] = -imag(v) * scale
	}
}

func conj(v complex64) complex64 { return complex(real(v), -imag(v)) }

// run transforms p.a and answers where the result stands.
func (p *Plan) run() []complex64 {
	x, y := p.a, p.b
	for i := range p.stages {
		st := &p.stages[i]
		switch st.p {
		case 2:
			if st.m == 1 {
				st.radix2Last(y, x)
			} else {
				st.radix2(y, x)
			}
		case 3:
			st.radix3(y, x)
		case 4:
			if st.s == 1 {
				st.radix4First(y, x)
			} else {
				st.radix4(y, x)
			}
		case 5:
			st.radix5(y, x)
		default:
			panic("BUG: a stage of a radix that factor does not give")
		}
		x, y = y, x
	}
	return x
}
