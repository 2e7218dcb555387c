package main

import "math"

// biquad is a recursive filter of second order, in the form of R. Bristow-Johnson's "Cookbook formulae for audio EQ
// biquad filter coefficients". With the quality butterworth it is a Butterworth filter.
type biquad struct{ b0, b1, b2, a1, a2 float64 }

const butterworth = math.Sqrt2 / 2

func lowPass(rate, hz, q float64) biquad {
	cos, alpha := corner(rate, hz, q)
	return biquad{(1 - cos) / 2, 1 - cos, (1 - cos) / 2, -2 * cos, 1 - alpha}.over(1 + alpha)
}

func highPass(rate, hz, q float64) biquad {
	cos, alpha := corner(rate, hz, q)
	return biquad{(1 + cos) / 2, -1 - cos, (1 + cos) / 2, -2 * cos, 1 - alpha}.over(1 + alpha)
}

// resonance passes hz with gain 1 and little else.
func resonance(rate, hz, q float64) biquad {
	cos, alpha := corner(rate, hz, q)
	return biquad{alpha, 0, -alpha, -2 * cos, 1 - alpha}.over(1 + alpha)
}

func corner(rate, hz, q float64) (cos, alpha float64) {
	sin, cos := math.Sincos(2 * math.Pi * hz / rate)
	return cos, sin / (2 * q)
}

func (f biquad) over(a0 float64) biquad {
	return biquad{f.b0 / a0, f.b1 / a0, f.b2 / a0, f.a1 / a0, f.a2 / a0}
}

// apply answers x filtered from rest.
func (f biquad) apply(x []float64) []float64 {
	out := make([]float64, len(x))
	var x1, x2, y1, y2 float64
	for i, v := range x {
		y := f.b0*v + f.b1*x1 + f.b2*x2 - f.a1*y1 - f.a2*y2
		x1, x2, y1, y2 = v, x1, y, y1
		out[i] = y
	}
	return out
}

// resampled reads x at every step-th sample, between samples too: by a sinc under a Kaiser window, narrowed where step
// is above 1 so that nothing folds. It serves rates (step 16000/10000) and the drift of clocks (step 1.00005) alike.
func resampled(x []float64, step float64) []float64 {
	const zeros = 24 // of the sinc, to each side
	cutoff := 0.95 / max(step, 1)
	reach := zeros / cutoff
	out := make([]float64, int(float64(len(x))/step))
	table := newKernel(zeros)
	for i := range out {
		at := float64(i) * step
		from, to := max(int(math.Ceil(at-reach)), 0), min(int(at+reach), len(x)-1)
		for k := from; k <= to; k++ {
			out[i] += x[k] * table.at((float64(k)-at)*cutoff)
		}
		out[i] *= cutoff
	}
	return out
}

// kernel is a windowed sinc by table, with straight lines between its points: their error is 100 dB down.
type kernel []float64

const kernelSteps = 512 // per zero of the sinc

func newKernel(zeros int) kernel {
	const beta = 9 // 90 dB of rejection
	k := make(kernel, zeros*kernelSteps+2)
	for i := range k {
		x := float64(i) / kernelSteps
		r := min(x/float64(zeros), 1)
		k[i] = sinc(x) * bessel(beta*math.Sqrt(1-r*r)) / bessel(beta)
	}
	return k
}

func (k kernel) at(x float64) float64 {
	x = math.Abs(x) * kernelSteps
	i := int(x)
	if i+1 >= len(k) {
		return 0
	}
	return k[i] + (x-float64(i))*(k[i+1]-k[i])
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// bessel is the modified Bessel function of order 0, by its power series.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for n := 1.0; term > 1e-12*sum; n++ {
		term *= x * x / (4 * n * n)
		sum += term
	}
	return sum
}
