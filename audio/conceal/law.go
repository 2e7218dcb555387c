package conceal

import "math"

// law is how loud the extrapolation may still be: the longer the gap, the less it is worth.
//
//	1 |----------.                       times trend, which goes on with a voice that was dying away,
//	  |            ` .                   but never below leastTrend
//	  |                ` .
//	0 +----------+---------`---> time
//	            hold       end           (hold: samples; a vowel ends later than a hiss)
type law struct {
	hold, end int     // samples
	trend     float32 // factor per sample
	going     float32 // product of the trends so far
}

// Times of the law in ms.
const (
	holdTime     = 10
	fadeVoiced   = 100
	fadeUnvoiced = 60
)

// A voice that dies away is followed to leastTrend of its amplitude, at a rate of no more than steepest for the stretch
// that was compared. One that swells is not followed: a guess that is too loud is heard, one too soft is not.
const (
	leastTrend = 0.5
	steepest   = 0.6
)

func newLaw(rate int, voicing, trend float64) law {
	fade := fadeUnvoiced + (fadeVoiced-fadeUnvoiced)*voicing
	return law{hold: rate / 1000 * holdTime, end: int(float64(rate) / 1000 * (holdTime + fade)), trend: float32(trend), going: 1}
}

// next is the gain for the sample at a time since the gap began: 1 at first, 0 in the end.
func (l *law) next(at int) float32 {
	if at >= l.end {
		return 0
	}
	l.going = max(l.going*l.trend, leastTrend)
	return l.going * min(float32(l.end-at)/float32(l.end-l.hold), 1)
}

// trend compares the loudness of the last stretch of the history, at least one period, with the one before, and answers
// the change as a factor per sample.
func (c *Concealer) trend(lag int) float64 {
	n := max(lag, c.step)
	now, old := 1e-9, 1e-9
	end := len(c.history)
	for i := 1; i <= n; i++ {
		a, b := float64(c.history[end-i]), float64(c.history[end-n-i])
		now += a * a
		old += b * b
	}
	change := min(max(math.Sqrt(now/old), steepest), 1)
	return math.Pow(change, 1/float64(n))
}
