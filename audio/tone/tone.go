package tone

import (
	"math"
	"time"
)

// Step is one sounding and the pause after it.
type Step struct {
	Hz    []float64     // frequencies that sound together
	Level float64       // peak of each frequency, full scale = 1
	On    time.Duration // sounding, ramps included
	Off   time.Duration // silence afterwards
}

// Tone is a sequence of steps, once or for ever.
type Tone struct {
	Steps   []Step
	Endless bool
}

// Duration is the time one pass over the steps takes.
func (t Tone) Duration() time.Duration {
	var sum time.Duration
	for _, s := range t.Steps {
		sum += s.On + s.Off
	}
	return sum
}

// rampTime is the length of the raised-cosine edges: below 3 ms an edge is heard as a click, above 10 ms as a
// softer beginning.
const rampTime = 5 * time.Millisecond

// Generator plays one Tone at one rate.
type Generator struct {
	tone Tone
	rate int
	ramp int // samples of one edge

	step  int           // index of the step being played; len(Steps) = ended
	pos   int           // sample within the step
	on    int           // samples the step sounds
	total int           // samples the step lasts
	past  time.Duration // end of the step, from the beginning of the current pass
}

// New returns a generator at rate samples a second that starts at the tone's first sample.
func New(t Tone, rate int) *Generator {
	g := &Generator{tone: t, rate: rate, ramp: samples(rampTime, rate)}
	g.enter(0)
	return g
}

func samples(d time.Duration, rate int) int {
	return int(math.Round(d.Seconds() * float64(rate)))
}

// enter starts a step. Its length is the difference of rounded absolute positions, so that odd durations at odd
// rates do not add up to a drift within a pass.
func (g *Generator) enter(step int) {
	if step == 0 {
		g.past = 0
	}
	g.step, g.pos = step, 0
	if step >= len(g.tone.Steps) {
		return
	}
	s := g.tone.Steps[step]
	begin := samples(g.past, g.rate)
	g.on = samples(g.past+s.On, g.rate) - begin
	g.past += s.On + s.Off
	g.total = samples(g.past, g.rate) - begin
}

// Done tells whether the tone has ended; an endless tone never does.
func (g *Generator) Done() bool { return g.step >= len(g.tone.Steps) }

// Fill writes the next samples and returns how many belong to the tone: fewer than len(pcm) once it has ended;
// the rest of pcm is silence.
func (g *Generator) Fill(pcm []float32) int {
	for i := range pcm {
		for !g.Done() && g.pos >= g.total {
			g.next()
		}
		if g.Done() {
			clear(pcm[i:])
			return i
		}
		pcm[i] = g.sample()
		g.pos++
	}
	return len(pcm)
}

func (g *Generator) next() {
	step := g.step + 1
	if step == len(g.tone.Steps) && g.tone.Endless && g.tone.Duration() > 0 {
		step = 0
	}
	g.enter(step)
}

func (g *Generator) sample() float32 {
	if g.pos >= g.on {
		return 0
	}
	s := g.tone.Steps[g.step]
	var sum float64
	for _, f := range s.Hz {
		sum += math.Sin(2 * math.Pi * f * float64(g.pos) / float64(g.rate))
	}
	return float32(sum * s.Level * g.edge())
}

// edge is the envelope at the current sample: 0 to 1 over the first ramp, back to 0 over the last one.
func (g *Generator) edge() float64 {
	ramp := min(g.ramp, g.on/2)
	distance := min(g.pos, g.on-1-g.pos)
	if distance >= ramp {
		return 1
	}
	return 0.5 - 0.5*math.Cos(math.Pi*float64(distance)/float64(ramp))
}
