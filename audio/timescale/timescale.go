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
	work  []float32 // one overlap, being cross-faded
	join  []float32 // the longest lag and one overlap: the end of the past and the beginning of what follows
}

// New returns a Scaler for a rate that is a multiple of 8000 Hz; other rates are treated as the next lower multiple, and
// rates below 8000 as 8000, which only moves the range of lags.
func New(rate int) *Scaler {
	scale := max(rate/8000, 1)
	return &Scaler{scale: scale, work: make([]float32, overlap*scale), join: make([]float32, (maxLag+overlap)*scale)}
}

// Ahead is how many samples Shorten has to see: 22.5 ms. Stretch has to see Overlap.
func (s *Scaler) Ahead() int { return len(s.join) }

// Overlap is how many samples Stretch has to see: 10 ms.
func (s *Scaler) Overlap() int { return len(s.work) }

// Room is the most samples that a call removes or adds, and how many of the past Stretch has to see: 12.5 ms.
func (s *Scaler) Room() int { return maxLag * s.scale }

// Shorten removes one lag of at most the given number of samples near the beginning of pcm in place and returns how many
// were removed: what follows moves forward. It returns 0 if pcm is shorter than Ahead, if most is under 2.5 ms, or if
// nothing similar was found and force is false.
func (s *Scaler) Shorten(pcm []float32, most int, force bool) int {
	if len(pcm) < s.Ahead() {
		return 0
	}
	// Where the sound is and where it will be one lag later.
	lag, rho, ok := s.search(pcm[:s.Ahead()], 0, 1, most, force)
	if !ok {
		return 0
	}
	s.fade(pcm, pcm[lag:], rho)
	copy(pcm, s.work)
	copy(pcm[len(s.work):], pcm[lag+len(s.work):])
	return lag
}

// Stretch goes back by one lag of at most the given number of samples at the beginning of pcm, into past, which was played just before, and returns how many
// samples were added behind len(pcm); cap(pcm) must leave Room. Looking back and not ahead makes it possible when the
// buffer is all but empty, which is when it is needed. It returns 0 if past is shorter than Room, pcm shorter than Overlap
// or without Room behind, if most is under 2.5 ms, or if nothing similar was found and force is false.
func (s *Scaler) Stretch(past, pcm []float32, most int, force bool) int {
	room, n := s.Room(), len(pcm)
	if len(past) < room || n < s.Overlap() || cap(pcm) < n+room {
		return 0
	}
	copy(s.join, past[len(past)-room:])
	copy(s.join[room:], pcm)
	lag, rho, ok := s.search(s.join, room, -1, most, force)
	if !ok {
		return 0
	}
	s.fade(s.join[room:], s.join[room-lag:], rho)
	w := len(s.work)
	pcm = pcm[:n+lag]
	copy(pcm[w+lag:], pcm[w:n])
	copy(pcm, s.work)
	copy(pcm[w:], s.join[room-lag+w:])
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

// search finds the lag of the greatest normalised correlation between the overlap at position from and the one a lag
// away in the given direction: first on a grid of 1/8000 s, then around it.
func (s *Scaler) search(pcm []float32, from, direction, most int, force bool) (lag int, rho float64, ok bool) {
	best := -1.0
	most = min(most, s.Room())
	for l := minLag; l*s.scale <= most; l++ {
		if r := s.correlation(pcm[from:], pcm[from+direction*l*s.scale:], s.scale); r > best {
			best, lag = r, l*s.scale
		}
	}
	least, last := max(lag-s.scale, minLag*s.scale), min(lag+s.scale, most)
	best = -1
	for l := least; lag > 0 && l <= last; l++ {
		if r := s.correlation(pcm[from:], pcm[from+direction*l:], 1); r > best {
			best, lag = r, l
		}
	}
	ok = lag > 0 && (force || best >= similar || power(pcm) < quiet)
	return lag, min(max(best, 0), 1), ok
}

// correlation compares an overlap of two pieces, every stride-th sample.
func (s *Scaler) correlation(a, b []float32, stride int) float64 {
	var xy, xx, yy float32
	for i := 0; i < len(s.work); i += stride {
		x, y := a[i], b[i]
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
func power(pcm []float32) float64 {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return sum / float64(len(pcm))
}
