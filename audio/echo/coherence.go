package echo

// coherence measures how much of the error the reference still explains, over the last tenth of a second and the
// partitions in which the direct sound arrives. A voice at the door is not coherent with the reference; an echo by a
// path that has changed is, wherever the filter stands. Both make the error louder than the filter expects, and this
// tells them apart.
//
//	                      share   error against expectation
//	echo, filter settled  .2-.4   about as expected
//	echo, path changed    > .6    far above
//	a voice at the door   < .2    far above
//	voice and echo        < .2    above
type coherence struct {
	cross     [early][]complex64 // error times reference
	far       [early][]float32   // power of the reference
	err       []float32          // power of the error
	explained []float32          // share of each bin's error that the reference explains
	share     float32            // of the error's power that the reference explains, 0 to 1
	ratio     float32            // of the error's power to the expected residual echo
	voice     int                // frames for which a voice at the door is still assumed
	odd       int                // frames in a row that look like a changed path
	wait      int                // frames until a change may be told again
}

const (
	early        = 3   // partitions
	crossSmooth  = 0.9 // memory, in frames of 10 ms
	voiceShare   = 0.2
	voiceRatio   = 4
	voiceHold    = 60 // frames
	changeShare  = 0.6
	changeRatio  = 3
	changeFrames = 6
	changeWait   = 50
	// louder is how much the filter may amplify before the path counts as changed: the near end adds as much to the
	// microphone as to the error, so only a wrong filter makes the error louder.
	louder  = 1.1
	audible = 1e-7
)

func newCoherence(f *filter) *coherence {
	c := &coherence{err: make([]float32, f.n+1), explained: make([]float32, f.n+1)}
	for i := range c.cross {
		c.cross[i], c.far[i] = make([]complex64, f.n+1), make([]float32, f.n+1)
	}
	return c
}

func (c *coherence) reset() {
	for i := range c.cross {
		clear(c.cross[i])
		clear(c.far[i])
	}
	clear(c.err)
	c.share, c.ratio, c.voice, c.odd, c.wait = 0, 0, 0, 0, 0
}

// update takes the spectra of this frame from the filter.
func (c *coherence) update(f *filter) {
	for k, e := range f.err {
		c.err[k] = crossSmooth*c.err[k] + (1-crossSmooth)*power(e) + tiny
	}
	clear(c.explained)
	for i := range min(early, f.parts) {
		addCoherence(c.explained, c.cross[i], c.far[i], c.err, f.heard(i), f.err)
	}
	var explained, all, expected, noise float32
	for k, e := range c.err {
		explained += e * min(c.explained[k], 1)
		all += e
		expected += f.residual[k]
		noise += f.noise[k]
	}
	c.share = explained / all
	c.ratio = noise / (expected + tiny)
	if c.share < voiceShare && c.ratio > voiceRatio {
		c.voice = voiceHold
	} else if c.voice > 0 {
		c.voice--
	}
}

// addCoherence takes one partition's spectra in and adds its magnitude-squared coherence of each bin to sum.
func addCoherence(sum []float32, cross []complex64, far, err []float32, heard, now []complex64) {
	n := len(sum)
	cross, far, err, heard, now = cross[:n], far[:n], err[:n], heard[:n], now[:n]
	for k := range sum {
		x := heard[k]
		c := scale(crossSmooth, cross[k]) + scale(1-crossSmooth, conj(x)*now[k])
		p := power(c)
		if p < tiny*tiny {
			c, p = 0, 0
		}
		cross[k] = c
		far[k] = crossSmooth*far[k] + (1-crossSmooth)*power(x) + tiny
		sum[k] += p / (err[k] * far[k])
	}
}

// pathChanged tells, once per change, that the echo comes by another path than the filter has learnt.
func (c *coherence) pathChanged(f *filter) bool {
	if c.share > changeShare && c.ratio > changeRatio && c.voice == 0 {
		c.odd++
	} else {
		c.odd = 0
	}
	if c.wait > 0 {
		c.wait--
		return false
	}
	amplified := f.errPower > louder*f.micPower && f.micPower > audible
	if c.odd < changeFrames && !amplified {
		return false
	}
	c.odd, c.wait = 0, changeWait
	return true
}
