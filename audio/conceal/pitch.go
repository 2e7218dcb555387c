package conceal

import "math"

// The range of lags and the stretch compared, in units of 1/8000 s: 60 to 400 Hz.
const (
	minLag  = 20
	maxLag  = 133
	compare = 160
)

// pitch finds the lag at which the end of the history looks most like what came before it, and how alike the two are (0
// to 1). It looks on a grid of 1/8000 s first and then between.
func (c *Concealer) pitch() (lag int, voicing float64) {
	scale := c.rate / 8000
	best := -1.0
	for l := minLag; l <= maxLag; l++ {
		// A small bonus for short lags: of several periods in a row one is the truest.
		r := c.likeness(l*scale, scale) - 0.0004*float64(l)
		if r > best {
			best, lag = r, l*scale
		}
	}
	best = -1
	from, to := max(lag-scale+1, minLag*scale), min(lag+scale-1, maxLag*scale)
	for l := from; l <= to; l++ {
		if r := c.likeness(l, 1); r > best {
			best, lag = r, l
		}
	}
	return lag, min(max(best, 0), 1)
}

// likeness is the normalised correlation of the end of the history with itself lag samples before, every stride-th sample.
func (c *Concealer) likeness(lag, stride int) float64 {
	n := compare * c.rate / 8000
	now := c.history[len(c.history)-n:]
	old := c.history[len(c.history)-n-lag:][:n]
	var xy, xx, yy float32
	for i := 0; i < n; i += stride {
		x, y := now[i], old[i]
		xy += x * y
		xx += x * x
		yy += y * y
	}
	if xx < quiet || yy < quiet {
		return 0
	}
	return float64(xy) / math.Sqrt(float64(xx)*float64(yy))
}

// quiet is a sum of squares that is not worth continuing, about -100 dBFS.
const quiet = 1e-8
