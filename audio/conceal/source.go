package conceal

import "math"

// source is the excitation of the extrapolation: the last pitch period of the real one over and over, mixed with noise of
// the same strength as far as the sound was unvoiced. Appendix I of G.711 takes more periods as the gap grows, against the
// sound of an organ; behind a model and with noise in the mix that measured worse than it did good (spectral distance and intelligibility over
// sixteen sentences).
type source struct {
	rate  int
	cycle []float32 // the excitation before the gap, newest at the end
	lag   int
	pos   int // next sample to repeat, from the end of cycle
	tonal float32
	noisy float32
	draw  noise
}

func newSource(rate int) source {
	return source{rate: rate, cycle: make([]float32, max(maxLag*rate/8000, rate/50))}
}

func (s *source) reset() { s.draw = 0x9E3779B9 }

// A likeness of unvoicedBelow and less is chance, one of voicedAbove and more is a voice.
const (
	unvoicedBelow = 0.2
	voicedAbove   = 0.5
)

// start takes the excitation out of the history.
func (s *source) start(m *model, history []float32, lag int, voicing float64) {
	from := len(history) - len(s.cycle)
	var sum float64
	for i := range s.cycle {
		s.cycle[i] = m.residual(history, from+i)
		sum += float64(s.cycle[i]) * float64(s.cycle[i])
	}
	share := min(max((voicing-unvoicedBelow)/(voicedAbove-unvoicedBelow), 0), 1)
	s.lag, s.pos = lag, lag
	s.tonal = float32(math.Sqrt(share))
	s.noisy = float32(math.Sqrt((1 - share) * sum / float64(len(s.cycle))))
}

// next answers the next sample of excitation.
func (s *source) next() float32 {
	v := s.tonal*s.cycle[len(s.cycle)-s.pos] + s.noisy*s.draw.next()
	if s.pos--; s.pos == 0 {
		s.pos = s.lag
	}
	return v
}
