package gain

import "math"

// Limiter holds peaks at -1 dBFS without delay. Its gain falls at once where a sample would pass the ceiling and comes back
// over releaseTime; since the gain follows the signal itself when it falls, the output has no step that the input has not.
type Limiter struct {
	gain    float32
	release float32 // part of the missing gain that comes back with each sample
	hold    int     // samples until it does
	holding int     // the length of a hold
}

const (
	most        = 1e6                // what comes from an infinity
	ceiling     = float32(0.8912509) // -1 dBFS
	releaseTime = 0.06               // seconds to 63 %
	holdTime    = 0.008              // seconds: the next peak of a voice is near, the gain shall not swing between two
)

// NewLimiter answers a limiter for a rate of 8000 to 192000 Hz.
func NewLimiter(rate int) (*Limiter, error) {
	if err := checkRate(rate); err != nil {
		return nil, err
	}
	return &Limiter{gain: 1, release: float32(1 - math.Exp(-1/(releaseTime*float64(rate)))), holding: int(holdTime * float64(rate))}, nil
}

// Reset opens the limiter.
func (l *Limiter) Reset() { l.gain, l.hold = 1, 0 }

// Process limits pcm in place. What is no number becomes 0; infinities become the ceiling.
func (l *Limiter) Process(pcm []float32) {
	for i, v := range pcm {
		v = min(max(v, -most), most)
		size := max(v, -v)
		switch {
		case size*l.gain > ceiling:
			l.gain, l.hold = ceiling/size, l.holding
		case l.hold > 0:
			l.hold--
		case l.gain < 1:
			l.gain += (1 - l.gain) * l.release
			if l.gain > 0.9999 {
				l.gain = 1
			}
		}
		pcm[i] = limited(v, l.gain)
	}
}

// limited multiplies and corrects the last rounding.
func limited(v, gain float32) float32 {
	if v != v {
		return 0
	}
	return min(max(v*gain, -ceiling), ceiling)
}
