package main

import (
	"math"
	"math/bits"
	"math/cmplx"
)

// transform is the discrete Fourier transform in place; len(x) is a power of two. The measures have a transform of
// their own, in double precision, so that a fault of the one they judge cannot hide.
func transform(x []complex128) {
	n := len(x)
	shift := 64 - uint(bits.TrailingZeros(uint(n)))
	for i := range x {
		if k := int(bits.Reverse64(uint64(i)) >> shift); k > i && n > 1 {
			x[i], x[k] = x[k], x[i]
		}
	}
	turns := make([]complex128, n/2)
	for k := range turns {
		turns[k] = cmplx.Rect(1, -2*math.Pi*float64(k)/float64(n))
	}
	for half := 1; half < n; half *= 2 {
		stride := n / 2 / half
		for at := 0; at < n; at += 2 * half {
			low, high := x[at:at+half], x[at+half:at+2*half]
			for k, a := range low {
				b := turns[k*stride] * high[k]
				low[k], high[k] = a+b, a-b
			}
		}
	}
}

// inverse undoes transform.
func inverse(x []complex128) {
	for i, v := range x {
		x[i] = cmplx.Conj(v)
	}
	transform(x)
	for i, v := range x {
		x[i] = cmplx.Conj(v) / complex(float64(len(x)), 0)
	}
}

// convolved is x through the impulse response h, cut to the length of x, by overlap and add.
func convolved(x, h []float64) []float64 {
	size := 1024
	for size < 2*len(h) {
		size *= 2
	}
	response := make([]complex128, size)
	for i, v := range h {
		response[i] = complex(v, 0)
	}
	transform(response)
	out, block, part := make([]float64, len(x)), size-len(h)+1, make([]complex128, size)
	for at := 0; at < len(x); at += block {
		clear(part)
		for i, v := range x[at:min(at+block, len(x))] {
			part[i] = complex(v, 0)
		}
		transform(part)
		for i := range part {
			part[i] *= response[i]
		}
		inverse(part)
		for i := range min(size, len(x)-at) {
			out[at+i] += real(part[i])
		}
	}
	return out
}

// powers writes the power spectrum of a windowed frame, zero-padded to len(work), into out.
func powers(out []float64, work []complex128, frame, window []float64) {
	clear(work)
	for i, w := range window {
		work[i] = complex(frame[i]*w, 0)
	}
	transform(work)
	for k := range out {
		out[k] = real(work[k])*real(work[k]) + imag(work[k])*imag(work[k])
	}
}

// hann is the Hann window of n samples without its two zeros.
func hann(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i+1)/float64(n+1))
	}
	return w
}
