package echo

import (
	"math"

	"intercom/audio/internal/fft"
)

type suppressor struct {
	n             int
	plan          *fft.Plan
	window        []float32
	old, oldY     []float32
	out           []float32
	time          []float32
	e, y          []complex64
	see, syy, sre []float32
	leak          []float32
	near          float32
	talk          bool
	gain          []float32
	Debug         func(re, ee, near float32)
}

func newSuppressor(n int) (*suppressor, error) {
	plan, err := fft.New(2 * n)
	if err != nil {
		return nil, err
	}
	b := plan.Bins()
	s := &suppressor{n: n, plan: plan}
	for _, p := range []*[]float32{&s.see, &s.syy, &s.sre, &s.gain, &s.leak} {
		*p = make([]float32, b)
	}
	s.e, s.y = make([]complex64, b), make([]complex64, b)
	for i := range s.leak {
		s.leak[i] = 0.1
		s.gain[i] = 1
	}
	s.old, s.oldY, s.out, s.time, s.window = make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, 2*n), make([]float32, 2*n)
	for i := range s.window {
		s.window[i] = float32(math.Sin(math.Pi * (float64(i) + 0.5) / float64(2*n)))
	}
	return s, nil
}

func (s *suppressor) spectrum(dst []complex64, old, x []float32) {
	for i := range s.n {
		s.time[i] = old[i] * s.window[i]
		s.time[s.n+i] = x[i] * s.window[s.n+i]
	}
	copy(old, x)
	s.plan.Forward(dst, s.time)
}

const (
	psdSmooth = 0.5
	gainFloor = 0.003
)

func (s *suppressor) process(err, echo, residual []float32) {
	s.spectrum(s.e, s.old, err)
	s.spectrum(s.y, s.oldY, echo)
	var sumE, sumR float32
	for k := range s.e {
		s.see[k] = psdSmooth*s.see[k] + (1-psdSmooth)*power(s.e[k])
		s.syy[k] = psdSmooth*s.syy[k] + (1-psdSmooth)*power(s.y[k])
		s.sre[k] = psdSmooth*s.sre[k] + (1-psdSmooth)*residual[k]
		sumE += s.see[k]
		sumR += s.sre[k]
	}
	if s.Debug != nil {
		s.Debug(sumR, sumE, s.near)
	}
	r := sumE / (sumR + 1e-12)
	far := min(max((s.near-0.25)/0.2, 0), 1) * min(max((4-r)/3, 0), 1)
	over := max(min(max(3+6*(1-r/1.5), 3), 9), 3+9*far)
	if !s.talk {
		over = max(over, 10)
	}
	share := float32(0)
	if s.near > 0.6 && !s.talk {
		share = s.near
	}
	for k := range s.e {
		g := max(1-over*max(s.sre[k], share*s.see[k])/(s.see[k]+1e-12), gainFloor)
		s.gain[k] = g
		s.e[k] = scale(g, s.e[k])
	}
	s.plan.Inverse(s.time, s.e)
	for i := range s.n {
		err[i] = s.out[i] + s.time[i]*s.window[i]
		s.out[i] = s.time[s.n+i] * s.window[s.n+i]
	}
}
