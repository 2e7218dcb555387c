package conceal

// law is how loud the extrapolation may still be: the longer the gap, the less it is worth.
type law struct {
	hold, end int // samples
}

// Times of the law in ms. A vowel goes on longer than a hiss.
const (
	holdTime     = 10
	fadeVoiced   = 80
	fadeUnvoiced = 50
)

func newLaw(rate int, voicing float64) law {
	fade := fadeUnvoiced + (fadeVoiced-fadeUnvoiced)*voicing
	return law{hold: rate / 1000 * holdTime, end: int(float64(rate) / 1000 * (holdTime + fade))}
}

// gain is 1 at first, then falls in a straight line to 0.
func (l law) gain(at int) float32 {
	switch {
	case at <= l.hold:
		return 1
	case at >= l.end:
		return 0
	}
	return float32(l.end-at) / float32(l.end-l.hold)
}
