package echo

import (
	"fmt"

	"intercom/audio/internal/fft"
)

// filter is the linear part of the canceller: a partitioned-block frequency-domain Kalman filter (Enzner and Vary 2006;
// partitioned by Kuech, Mabande and Enzner 2014). The state is the echo path, split into partitions of one frame each;
// the filter knows how sure it is of each, which gives a step size for every bin and frame and needs no double-talk
// detector: what the near end says counts as measurement noise and slows the adaptation by itself.
type filter struct {
	n, parts           int
	plan               *fft.Plan
	far                []float32     // the last two frames of the reference
	spectra            [][]complex64 // of far, newest at head
	head               int           //
	path               [][]complex64 // the echo path's partitions
	doubt              [][]float32   // the variance of each partition's error
	noise              []float32     // what the near end and the noise have, per bin
	echo, err          []complex64   // spectra of this frame
	time               []float32     // two frames
	turn               int           // the partition whose constraint is next
	surprise           int
	talk               int
	pred               *predictor
	coh                float32
	errPower, micPower float32
	hold               int
	residual           []float32 // the power of echo expected to be left in the error, per bin
}

const (
	transition  = 0.9985 // how much of the path is expected to remain from frame to frame
	noiseSmooth = 0.8
	doubtStart  = 1.0
	floor       = 1e-10
)

func newFilter(n, parts int) (*filter, error) {
	plan, err := fft.New(2 * n)
	if err != nil {
		return nil, fmt.Errorf("echo: %w", err)
	}
	f := &filter{n: n, parts: parts, plan: plan, far: make([]float32, 2*n), time: make([]float32, 2*n)}
	bins := plan.Bins()
	f.noise, f.echo, f.err = make([]float32, bins), make([]complex64, bins), make([]complex64, bins)
	f.residual = make([]float32, bins)
	f.pred = newPredictor(bins)
	for range parts {
		f.spectra = append(f.spectra, make([]complex64, bins))
		f.path = append(f.path, make([]complex64, bins))
		f.doubt = append(f.doubt, make([]float32, bins))
	}
	f.reset()
	return f, nil
}

func (f *filter) reset() {
	clear(f.far)
	clear(f.noise)
	for p := range f.parts {
		clear(f.spectra[p])
		clear(f.path[p])
		for k := range f.doubt[p] {
			f.doubt[p][k] = doubtStart
		}
	}
}

// spectrum is the reference of p frames ago.
func (f *filter) spectrum(p int) []complex64 { return f.spectra[(f.head+p)%f.parts] }

// process takes one frame of reference and microphone, writes the echo it expects and the error that is left.
func (f *filter) process(err, echo, mic, ref []float32) {
	copy(f.far, f.far[f.n:])
	copy(f.far[f.n:], ref)
	f.head = (f.head + f.parts - 1) % f.parts
	f.plan.Forward(f.spectrum(0), f.far)

	clear(f.echo)
	for p := range f.parts {
		x, w := f.spectrum(p), f.path[p]
		for k := range f.echo {
			f.echo[k] += x[k] * w[k]
		}
	}
	f.plan.Inverse(f.time, f.echo)
	copy(echo, f.time[f.n:])
	for i := range err {
		err[i] = mic[i] - echo[i]
	}
	f.doubtDivergence(err, mic)
	f.adapt(err)
}

// doubtDivergence notices that the filter makes the echo louder instead of softer, which only a changed path does (the
// near end adds as much to the microphone as to the error), and forgets how sure it was.
func (f *filter) doubtDivergence(err, mic []float32) {
	var e, d float32
	for i := range err {
		e += err[i] * err[i]
		d += mic[i] * mic[i]
	}
	f.errPower = 0.8*f.errPower + 0.2*e
	f.micPower = 0.8*f.micPower + 0.2*d
	if f.hold > 0 {
		f.hold--
		return
	}
	if f.micPower > 1e-7 && (f.errPower > 1.1*f.micPower || f.surprise >= 6) {
		f.surprise = 0
		f.hold = 50
		for k := range f.noise {
			var sum float32
			for p := range f.parts {
				sum += power(f.path[p][k])
			}
			sum *= spread / float32(f.parts)
			for p := range f.parts {
				f.doubt[p][k] = max(f.doubt[p][k], sum)
			}
		}
	}
}

func (f *filter) adapt(err []float32) {
	clear(f.time[:f.n])
	copy(f.time[f.n:], err)
	f.plan.Forward(f.err, f.time)
	f.coh = f.pred.update(f)
	for k, e := range f.err {
		f.noise[k] = noiseSmooth*f.noise[k] + (1-noiseSmooth)*power(e)
	}
	for k := range f.err {
		var sum float32
		for p := range f.parts {
			sum += f.doubt[p][k] * power(f.spectrum(p)[k])
		}
		f.residual[k] = sum / 2
		gain := 1 / (sum + noiseWeight*f.noise[k] + floor)
		for p := range f.parts {
			x := f.spectrum(p)[k]
			mu := f.doubt[p][k] * gain
			w := f.path[p][k] + scale(mu, conj(x)*f.err[k])
			f.path[p][k] = w
			d := (1 - 0.5*mu*power(x)) * f.doubt[p][k]
			f.doubt[p][k] = transition*transition*d + (1-transition*transition)*power(w) + floor
		}
	}
	f.constrain()
	f.constrain()
	var e, r float32
	for k := range f.err {
		e += f.noise[k]
		r += f.residual[k]
	}
	if f.coh < 0.2 && e > 4*r {
		f.talk = 60
	} else if f.talk > 0 {
		f.talk--
	}
	if f.coh > 0.6 && e > 3*r && f.talk == 0 {
		f.surprise++
	} else {
		f.surprise = 0
	}
}

const noiseWeight = 0.5
const spread = 4

// constrain takes the part out of one partition's response that circular convolution would wrap around; one or two
// partitions a frame are enough.
func (f *filter) constrain() {
	w := f.path[f.turn]
	f.turn = (f.turn + 1) % f.parts
	f.plan.Inverse(f.time, w)
	clear(f.time[f.n:])
	f.plan.Forward(w, f.time)
}

func power(v complex64) float32              { return real(v)*real(v) + imag(v)*imag(v) }
func conj(v complex64) complex64             { return complex(real(v), -imag(v)) }
func scale(g float32, v complex64) complex64 { return complex(g*real(v), g*imag(v)) }
