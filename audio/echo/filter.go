package echo

import (
	"fmt"

	"intercom/audio/internal/fft"
)

// filter is the linear part of the canceller: a partitioned-block frequency-domain Kalman filter (Enzner and Vary,
// Signal Processing 86, 2006; in partitions: Kuech, Mabande and Enzner, ICASSP 2014). The state to be estimated is the
// echo path, cut into partitions of one frame each:
//
//	lag      0        n        2n       3n            parts*n
//	         ├ path 0 ┼ path 1 ┼ path 2 ┼ ...             ┤
//	heard    x(t)     x(t-n)   x(t-2n)          spectra of two frames each
//
// For each partition and bin it keeps the variance of its own error, the doubt. What the near end says counts as
// measurement noise, which slows the adaptation by itself.
type filter struct {
	n, parts int
	plan     *fft.Plan
	far      []float32     // the last two frames of the reference
	spectra  [][]complex64 // of far; the newest is at head
	head     int
	path     [][]complex64 // the echo path
	doubt    [][]float32   // the variance of its error
	noise    []float32     // the power that is not echo, per bin
	residual []float32     // the power of echo expected in the error, per bin
	product  []complex64   // the spectrum of the echo expected
	err      []complex64   // the spectrum of the error
	time     []float32     // two frames of scratch
	response []float32     // the whole path in time, scratch for shift
	turn     int           // the partition that is constrained next

	errPower, micPower float32 // of the last 50 ms
}

const (
	// transition is how much of the path is expected to be the same after a frame: a person who moves before the
	// station changes it within a second or so.
	transition = 0.9985
	// noiseSmooth is the memory of the noise's power, noiseWeight its share in a frame that is half zeros.
	noiseSmooth = 0.8
	noiseWeight = 0.5
	// voiceWeight takes its place while a voice is at the door: speech rises faster than its smoothed power, and each
	// step taken on it leads away from the path.
	voiceWeight = 1.5
	// startDoubt is the variance before anything is known: a path as loud as the reference in each partition.
	startDoubt = 1.0
	// forgetSpread times the mean power of the known path is the doubt after the path has changed.
	forgetSpread = 4
	// powerSmooth is the memory of the powers that forgetting looks at.
	powerSmooth = 0.8
	// tiny keeps every recursive state above the denormal numbers, which cost five-fold in time.
	tiny = 1e-10
)

func newFilter(n, parts int) (*filter, error) {
	plan, err := fft.New(2 * n)
	if err != nil {
		return nil, fmt.Errorf("echo: %w", err)
	}
	f := &filter{
		n: n, parts: parts, plan: plan, far: make([]float32, 2*n), time: make([]float32, 2*n),
		response: make([]float32, n*parts), noise: make([]float32, n+1), residual: make([]float32, n+1),
		product: make([]complex64, n+1), err: make([]complex64, n+1),
	}
	for range parts {
		f.spectra = append(f.spectra, make([]complex64, n+1))
		f.path = append(f.path, make([]complex64, n+1))
		f.doubt = append(f.doubt, make([]float32, n+1))
	}
	f.reset()
	return f, nil
}

func (f *filter) reset() {
	clear(f.far)
	clear(f.noise)
	clear(f.residual)
	f.errPower, f.micPower, f.head, f.turn = 0, 0, 0, 0
	for p := range f.parts {
		clear(f.spectra[p])
		clear(f.path[p])
		for k := range f.doubt[p] {
			f.doubt[p][k] = startDoubt
		}
	}
}

// heard is the reference's spectrum of p frames ago.
func (f *filter) heard(p int) []complex64 { return f.spectra[(f.head+p)%f.parts] }

// cancel takes one frame of microphone and reference, and writes the echo it expects and the error that is left. The
// filter is as before; adapt follows.
func (f *filter) cancel(err, echo, mic, ref []float32) {
	copy(f.far, f.far[f.n:])
	copy(f.far[f.n:], ref)
	f.head = (f.head + f.parts - 1) % f.parts
	f.plan.Forward(f.heard(0), f.far)
	clear(f.product)
	for p := range f.parts {
		multiplyAdd(f.product, f.heard(p), f.path[p])
	}
	f.plan.Inverse(f.time, f.product)
	copy(echo, f.time[f.n:])
	var e, d float32
	for i, m := range mic {
		err[i] = m - echo[i]
		d += m * m
		e += err[i] * err[i]
	}
	f.errPower = powerSmooth*f.errPower + (1-powerSmooth)*e + tiny
	f.micPower = powerSmooth*f.micPower + (1-powerSmooth)*d + tiny
	clear(f.time[:f.n])
	copy(f.time[f.n:], err)
	f.plan.Forward(f.err, f.time)
	f.expect()
}

// expect updates what the error is expected to be made of: noise, and the echo that the doubt lets through.
func (f *filter) expect() {
	clear(f.residual)
	for p := range f.parts {
		x, doubt := f.heard(p)[:len(f.residual)], f.doubt[p][:len(f.residual)]
		for k := range f.residual {
			f.residual[k] += doubt[k] * power(x[k])
		}
	}
	for k, e := range f.err {
		f.residual[k] /= 2 // half of the frame behind it is zeros
		f.noise[k] = noiseSmooth*f.noise[k] + (1-noiseSmooth)*power(e) + tiny
	}
}

// adapt moves the path along the error by the Kalman gain, and the doubt by what has been learnt and what may have
// changed since. While a voice is at the door it moves less.
func (f *filter) adapt(isVoice bool) {
	gain, weight := f.time[:len(f.err)], float32(noiseWeight)
	if isVoice {
		weight = voiceWeight
	}
	for k := range gain {
		gain[k] = 1 / (2*f.residual[k] + weight*f.noise[k] + tiny)
	}
	for p := range f.parts {
		learn(f.path[p], f.doubt[p], f.heard(p), f.err, gain)
	}
	f.constrain()
	f.constrain()
}

// learn is the Kalman step of one partition.
func learn(path []complex64, doubt []float32, heard, err []complex64, gain []float32) {
	n := len(path)
	doubt, heard, err, gain = doubt[:n], heard[:n], err[:n], gain[:n]
	for k, w := range path {
		x, d := heard[k], doubt[k]
		mu := d * gain[k]
		w += scale(mu, conj(x)*err[k])
		path[k] = w
		learnt := d - 0.5*mu*d*power(x)
		doubt[k] = transition*transition*learnt + (1-transition*transition)*power(w) + tiny
	}
}

// constrain takes out of one partition what circular convolution would wrap around. Two partitions a frame are enough,
// for the wrapped part grows slowly; all of them would cost more than everything else together.
func (f *filter) constrain() {
	w := f.path[f.turn]
	f.turn = (f.turn + 1) % f.parts
	f.plan.Inverse(f.time, w)
	clear(f.time[f.n:])
	f.plan.Forward(w, f.time)
}

// forget keeps the path but not the confidence: each bin may be wrong by as much as the path itself.
func (f *filter) forget() {
	for k := range f.noise {
		var sum float32
		for p := range f.parts {
			sum += power(f.path[p][k])
		}
		sum *= forgetSpread / float32(f.parts)
		for p := range f.parts {
			f.doubt[p][k] = max(f.doubt[p][k], sum)
		}
	}
	f.expect()
}

// shift moves the path by n samples in time.
func (f *filter) shift(n int) {
	for p := range f.parts {
		f.plan.Inverse(f.time, f.path[p])
		copy(f.response[p*f.n:], f.time[:f.n])
	}
	for p := range f.parts {
		clear(f.time)
		for i := range f.n {
			if k := p*f.n + i - n; k >= 0 && k < len(f.response) {
				f.time[i] = f.response[k]
			}
		}
		f.plan.Forward(f.path[p], f.time)
	}
}

func multiplyAdd(sum, a, b []complex64) {
	a, b = a[:len(sum)], b[:len(sum)]
	for k := range sum {
		sum[k] += a[k] * b[k]
	}
}

func power(v complex64) float32              { return real(v)*real(v) + imag(v)*imag(v) }
func conj(v complex64) complex64             { return complex(real(v), -imag(v)) }
func scale(g float32, v complex64) complex64 { return complex(g*real(v), g*imag(v)) }
