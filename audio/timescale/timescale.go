package timescale

import "math"

// Times in units of 1/8000 s, which the search works in whatever the rate.
const (
	minLag  = 20  // 2.5 ms
	maxLag  = 100 // 12.5 ms
	overlap = 80  // 10 ms: compared and cross-faded
)

const (
	similar = 0.6  // correlation from which a change goes unnoticed
	quiet   = 1e-5 // mean square (-50 dBFS) under which any change does
)

// Scaler shortens and stretches at one sample rate.
type Scaler struct {
	scale int       // samples per 1/8000 s
	work  []float32 // one overlap
}

// New returns a Scaler for a rate that is a multiple of 8000 Hz; other rates are treated as the next lower multiple, and
// rates below 8000 as 8000, which only moves the range of lags.
func New(rate int) *Scaler {
	scale := max(rate/8000, 1)
	return &Scaler{scale: scale, work: make([]float32, overlap*scale)}
}

// Need is how many samples Shorten and Stretch have to see: 22.5 ms.
func (s *Scaler) Need() int { return (maxLag + overlap) * s.scale }

// Room is the most samples that a call removes or adds: 12.5 ms.
func (s *Scaler) Room() int { return maxLag * s.scale }

// Shorten removes one lag near the beginning of pcm in place and returns how many samples were removed: what follows moves
// forward. It returns 0 if pcm is shorter than Need, or if nothing similar was found and force is false.
func (s *Scaler) Shorten(pcm []float32, force bool) int {
	lag, rho, ok := s.search(pcm, force)
	if !ok {
		return 0
	}
	s.fade(pcm, pcm[lag:], rho)
	copy(pcm, s.work)
	copy(pcm[len(s.work):], pcm[lag+len(s.work):])
	return lag
}

// Stretch repeats one lag near the beginning of pcm and returns how many samples were added behind len(pcm), for which
// cap(pcm) must leave Room. It returns 0 under the conditions of Shorten, or without room.
func (s *Scaler) Stretch(pcm []float32, force bool) int {
	lag, rho, ok := s.search(pcm, force)
	if !ok || cap(pcm) < len(pcm)+lag {
		return 0
	}
	s.fade(pcm[lag:], pcm, rho)
	n := len(pcm)
	pcm = pcm[:n+lag]
	copy(pcm[lag+len(s.work):], pcm[len(s.work):n])
	copy(pcm[lag:], s.work)
	return lag
}

// fade crosses from one piece to the other over the overlap. The sum is normalised by the correlation: like pieces add in
// amplitude, unlike ones in power.
func (s *Scaler) fade(from, to []float32, rho float64) {
	n := len(s.work)
	for i := range s.work {
		b := (float64(i) + 0.5) / float64(n)
		a := 1 - b
		g := 1 / math.Sqrt(a*a+b*b+2*a*b*rho)
		s.work[i] = float32(g * (a*float64(from[i]) + b*float64(to[i])))
	}
}

// search finds the lag of the greatest normalised correlation: first on a grid of 1/8000 s, then around it.
func (s *Scaler) search(pcm []float32, force bool) (lag int, rho float64, ok bool) {
	if len(pcm) < s.Need() {
		return 0, 0, false
	}
	best := -1.0
	for l := minLag; l <= maxLag; l++ {
		if r := s.correlation(pcm, l*s.scale, s.scale); r > best {
			best, lag = r, l*s.scale
		}
	}
	from, to := max(lag-s.scale, minLag*s.scale), min(lag+s.scale, maxLag*s.scale)
	best = -1
	for l := from; l <= to; l++ {
		if r := s.correlation(pcm, l, 1); r > best {
			best, lag = r, l
		}
	}
	ok = force || best >= similar || s.power(pcm) < quiet
	return lag, min(max(best, 0), 1), ok
}

// correlation compares the first overlap of pcm with the one lag later, every stride-th sample.
func (s *Scaler) correlation(pcm []float32, lag, stride int) float64 {
	var xy, xx, yy float32
	for i := 0; i < len(s.work); i += stride {
		x, y := pcm[i], pcm[i+lag]
		xy += x * y
		xx += x * x
		yy += y * y
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return float64(xy) / math.Sqrt(float64(xx)*float64(yy))
}

// power is the mean square of what a change touches.
func (s *Scaler) power(pcm []float32) float64 {
	var sum float64
	for _, v := range pcm[:s.Need()] {
		sum += float64(v) * float64(v)
	}
	return sum / float64(s.Need())
}
