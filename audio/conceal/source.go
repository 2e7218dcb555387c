package conceal

import "math"

// source is the excitation of the extrapolation: the last pitch periods of the real one over and over, mixed with noise of
// the same strength as far as the sound was unvoiced.
type source struct {
	rate    int
	cycle   []float32 // the excitation before the gap, newest at the end
	lag     int
	periods int // how many of the last periods are in use
	pos     int // next sample to repeat, from the end of cycle
	tonal   float32
	noisy   float32
	draw    noise
}

func newSource(rate, n int) source {
	return source{rate: rate, cycle: make([]float32, n-order(rate))}
}

func (s *source) reset() { s.draw = 0x9E3779B9 }

// start takes the excitation out of the history.
func (s *source) start(m *model, history []float32, lag int, voicing float64) {
	p := len(m.a)
	from := len(history) - min(len(s.cycle), 3*lag+s.rate/100*2)
	var sum float64
	for i := from; i < len(history); i++ {
		s.cycle[i-p] = m.residual(history, i)
	}
	n := s.rate / 50
	for _, v := range s.cycle[len(s.cycle)-n:] {
		sum += float64(v) * float64(v)
	}
	tonal := min(max((voicing-0.3)/0.4, 0), 1)
	s.lag, s.periods, s.pos = lag, 1, lag
	s.tonal = float32(math.Sqrt(tonal))
	s.noisy = float32(math.Sqrt((1 - tonal) * sum / float64(n)))
}

// next answers the excitation at a time since the gap began.
func (s *source) next(at int) float32 {
	if s.pos == 0 {
		// One period over and over sounds like an organ: take one more each 10 ms, to three (G.711 Appendix I).
		s.periods = min(1+at/(s.rate/100), 3)
		s.pos = s.periods * s.lag
	}
	v := s.tonal * s.cycle[len(s.cycle)-s.pos]
	s.pos--
	return v + s.noisy*s.draw.next()
}
