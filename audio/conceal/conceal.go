package conceal

import "fmt"

// Times in units of 1/100 s, the step in which the stream asks.
const (
	stepsPerSecond = 100
	historySteps   = 6 // covers the stretch compared, the longest lag before it and the model's window
)

// Concealer fills the gaps of one stream. Make it with New.
//
//	                Lost (analyse)
//	heard ------------------------------> lost --+
//	  ^                                    |  ^  | Lost (extrapolate further, softer)
//	  |       Heard (cross-fade)           |  +--+
//	  +------------------------------------+
type Concealer struct {
	rate, step int

	history []float32 // what was played last, newest at the end
	model   model     // of the voice before the gap
	source  source    // the excitation that drives the model
	floor   floor     // the noise behind the voice
	law     law       // how loud it may still be
	lost    int       // samples since the gap began; 0 = none
	work    []float32 // extrapolation under a cross-fade
}

// New answers a concealer for a rate in Hz that is a multiple of 8000, at most 48000.
func New(rate int) (*Concealer, error) {
	if rate < 8000 || rate > 48000 || rate%8000 != 0 {
		return nil, fmt.Errorf("conceal: a rate of %d Hz is not supported: choose 8000, 16000, 24000, 32000 or 48000", rate)
	}
	step := rate / stepsPerSecond
	c := &Concealer{rate: rate, step: step, history: make([]float32, historySteps*step), work: make([]float32, step)}
	c.model = newModel(rate)
	c.source = newSource(rate)
	c.floor = newFloor(rate)
	c.Reset()
	return c, nil
}

// Reset forgets the stream, as after New.
func (c *Concealer) Reset() {
	clear(c.history)
	c.lost = 0
	c.model.reset()
	c.source.reset()
	c.floor.reset()
}

// Heard sees every frame that was decoded, in order, of any length. The first one after a gap is cross-faded in place with
// what the concealer expected, so that the joint does not click.
func (c *Concealer) Heard(pcm []float32) {
	tame(pcm)
	if c.lost > 0 {
		c.merge(pcm)
		c.lost = 0
	}
	c.floor.learn(pcm)
	c.remember(pcm)
}

// Lost fills pcm with the best guess of what is missing, of any length; the stream asks in steps of 10 ms.
func (c *Concealer) Lost(pcm []float32) {
	if c.lost == 0 {
		c.analyse()
	}
	c.extrapolate(pcm)
	c.remember(pcm)
}

// Ahead fills pcm with what Lost would give next, of any length, and leaves the concealer as it is. It is for codecs whose
// state has to be led through the gap and that are a filter's delay ahead of what is heard. Outside a gap it is silent.
func (c *Concealer) Ahead(pcm []float32) {
	if c.lost == 0 {
		clear(pcm)
		return
	}
	lost, law, source, floor := c.lost, c.law, c.source, c.floor
	var voice, noise [maxOrder]float32
	copy(voice[:], c.model.memory)
	copy(noise[:], c.floor.model.memory)
	c.extrapolate(pcm)
	c.lost, c.law, c.source, c.floor = lost, law, source, floor
	copy(c.model.memory, voice[:])
	copy(c.floor.model.memory, noise[:])
}

// analyse makes the model of the voice that the gap has cut.
func (c *Concealer) analyse() {
	lag, voicing := c.pitch()
	c.model.fit(c.history)
	c.source.start(&c.model, c.history, lag, voicing)
	c.law = newLaw(c.rate, voicing, c.trend(lag))
	c.floor.start()
}

// extrapolate writes the continuation of the voice and moves on.
func (c *Concealer) extrapolate(pcm []float32) {
	for i := range pcm {
		gain := c.law.next(c.lost)
		var v float32
		if gain > 0 {
			v = gain * c.model.synthesize(c.source.next())
		}
		pcm[i] = v + c.floor.next(1-gain)
		c.lost++
	}
}

// merge leads from the extrapolation to the real signal: the longer the gap, the less the two agree and the longer the
// cross-fade.
func (c *Concealer) merge(pcm []float32) {
	n := c.rate / 1000 * min(mergeShort+mergeGrowth*(c.lost/c.step-1), mergeLong)
	for done := 0; done < min(n, len(pcm)); done += len(c.work) {
		part := pcm[done:min(n, len(pcm))]
		guess := c.work[:min(len(c.work), len(part))]
		c.extrapolate(guess)
		for i, g := range guess {
			w := (float32(done+i) + 0.5) / float32(n)
			part[i] = w*part[i] + (1-w)*g
		}
	}
}

// Lengths of the cross-fade in ms.
const (
	mergeShort  = 3
	mergeGrowth = 2 // for each further 10 ms of gap
	mergeLong   = 10
)

// remember appends what was played to the history.
func (c *Concealer) remember(pcm []float32) {
	n := min(len(pcm), len(c.history))
	keep := copy(c.history, c.history[n:])
	copy(c.history[keep:], pcm[len(pcm)-n:])
}

// tame takes out what no decoder should give and no recursion would survive.
func tame(pcm []float32) {
	for i, v := range pcm {
		if !(v >= -4 && v <= 4) {
			pcm[i] = 0
		}
	}
}
