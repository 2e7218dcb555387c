package resample

import "fmt"

// Resampler converts one stream of samples from one rate to another. Make it with New; one goroutine may use it.
type Resampler struct {
	l, m    int       // out/in in lowest terms
	taps    int       // coefficients of each phase
	phases  []float32 // l phases
	history []float32 // the last taps-1 samples, then room for a block
	phase   int       // of the next output, 0 to l-1
	skip    int       // input samples to pass before the next output
}

// block is how many input samples are filtered at once; longer input is cut up.
const block = 1024

// New answers a resampler from in to out Hz, each between 8000 and 192000. Equal rates are allowed and copy. The
// ratio in lowest terms must not need more than 512 phases.
func New(in, out int) (*Resampler, error) {
	for _, rate := range []int{in, out} {
		if rate < 8000 || rate > 192000 {
			return nil, fmt.Errorf("resample: a rate of %d Hz is outside 8000 to 192000: choose 8000, 16000, 32000, 44100 or 48000", rate)
		}
	}
	d := gcd(in, out)
	l, m := out/d, in/d
	if l > 512 {
		return nil, fmt.Errorf("resample: %d to %d Hz needs %d phases, 512 is the limit: choose 8000, 16000, 32000, 44100 or 48000", in, out, l)
	}
	r := &Resampler{l: l, m: m, taps: 1, phases: []float32{1}}
	if in != out {
		r.phases, r.taps = prototype(in, out, l)
	}
	r.history = make([]float32, r.taps-1+block)
	return r, nil
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Delay is the filter's delay in output samples.
func (r *Resampler) Delay() float64 { return float64(r.taps*r.l-1) / 2 / float64(r.m) }

// Reset forgets all samples, as after New.
func (r *Resampler) Reset() {
	clear(r.history)
	r.phase, r.skip = 0, 0
}

// Room is the most samples that Process can write for n samples of input.
func (r *Resampler) Room(n int) int { return n*r.l/r.m + 1 }

// Process filters all of src and answers how many samples it wrote to dst, which must have Room for them. Over many
// blocks the ratio is exact; where n*out/in is whole for every block, so is each answer.
func (r *Resampler) Process(dst, src []float32) (n int) {
	for len(src) > 0 {
		part := src[:min(len(src), block)]
		src = src[len(part):]
		n += r.filter(dst[n:], part)
	}
	return n
}

// filter runs one block of at most block samples.
func (r *Resampler) filter(dst, src []float32) (n int) {
	old := r.taps - 1
	copy(r.history[old:], src)
	at := r.skip
	for ; at < len(src); n++ {
		dst[n] = dot(r.phases[r.phase*r.taps:(r.phase+1)*r.taps], r.history[at:])
		r.phase += r.m
		at += r.phase / r.l
		r.phase %= r.l
	}
	r.skip = at - len(src)
	copy(r.history, r.history[len(src):len(src)+old])
	return n
}

// dot multiplies a with as many samples of b, in four sums so that the additions do not wait for one another. The arrays
// spare the bounds of every sample being checked.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	for len(a) >= 8 && len(b) >= 8 {
		x, y := (*[8]float32)(a), (*[8]float32)(b)
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
		s0 += x[4] * y[4]
		s1 += x[5] * y[5]
		s2 += x[6] * y[6]
		s3 += x[7] * y[7]
		a, b = a[8:], b[8:]
	}
	for i, c := range a {
		s0 += c * b[i]
	}
	return s0 + s1 + s2 + s3
}
