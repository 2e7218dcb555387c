package gain

import "fmt"

// Config describes a Control. Rate must be given.
type Config struct {
	// Rate of the signal in Hz, 8000 to 192000.
	Rate int
	// Target is the level that speech shall have while it is spoken, in dBFS, -40 to -10; 0 means -23.
	Target float64
	// MaxGain in dB, at most 40; 0 means 30.
	MaxGain float64
	// Fixed switches the automatic off: a gain in dB of -40 to 40 that does not move. Use 0.001 for none.
	Fixed float64
	// NoLimiter leaves peaks as they are.
	NoLimiter bool
}

// Check names the first field that is out of range.
func (c Config) Check() error {
	switch {
	case c.Target != 0 && (c.Target < -40 || c.Target > -10):
		return fmt.Errorf("gain: a target of %g dBFS is out of range: choose -40 to -10", c.Target)
	case c.MaxGain < 0 || c.MaxGain > 40:
		return fmt.Errorf("gain: a greatest gain of %g dB is out of range: choose 0 to 40", c.MaxGain)
	case c.Fixed < -40 || c.Fixed > 40:
		return fmt.Errorf("gain: a fixed gain of %g dB is out of range: choose -40 to 40", c.Fixed)
	}
	return checkRate(c.Rate)
}

func (c Config) target() float64 {
	if c.Target == 0 {
		return -23
	}
	return c.Target
}

func (c Config) maxGain() float64 {
	if c.MaxGain == 0 {
		return 30
	}
	return c.MaxGain
}

// Control is the automatic gain control. It measures the level of speech, not of noise, over about a second and moves the
// gain slowly, between 0 and MaxGain, so that speech comes to the target:
//
//	up      6 dB per second, only while the visitor speaks
//	down   20 dB per second
//	stays  in pauses, and while the far end talks, for what is then heard is what the echo canceller has left of it
//
// The gain is not raised so far that the noise behind the voice comes above noiseCeiling. A limiter follows.
type Control struct {
	config  Config
	limiter *Limiter // nil: none
	floor   floor
	far     bool
	speech  float64 // level of speech, dBFS
	heard   float64 // seconds of it, up to speechMemory
	gain    float64 // dB
	factor  float32 // the same as a factor
}

const (
	upRate       = 6.0  // dB per second
	downRate     = 20.0 // dB per second
	speechMemory = 1.0  // seconds, in decibels, so that a shout is not remembered longer than a whisper
	loudFavour   = 3.0  // how much sooner the loud parts of speech count than the soft ones
	speechOver   = 9.0  // dB over the noise floor: from here on it is speech,
	leastSpeech  = -68  // dBFS, and from here on
	noiseCeiling = -40  // dBFS
	dead         = 1.0  // dB of difference that is not worth moving for
)

// NewControl answers a control; errors name the field that is out of range.
func NewControl(c Config) (*Control, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	a := &Control{config: c}
	if !c.NoLimiter {
		l, err := NewLimiter(c.Rate)
		if err != nil {
			return nil, err
		}
		a.limiter = l
	}
	a.Reset()
	return a, nil
}

// Reset forgets what was learnt about the voice and its noise; the gain begins at 0 dB or the fixed one.
func (a *Control) Reset() {
	a.far, a.speech, a.heard, a.gain = false, 0, 0, a.config.Fixed
	a.factor = float32(amplitude(a.gain))
	a.floor.reset()
	if a.limiter != nil {
		a.limiter.Reset()
	}
}

// Gain is the gain in dB after the last frame, without the limiter's.
func (a *Control) Gain() float64 { return a.gain }

// FarTalks tells whether the loudspeaker is talking, from the next frame on. While it does, nothing is learnt.
func (a *Control) FarTalks(isTalking bool) { a.far = isTalking }

// Process changes one frame in place.
func (a *Control) Process(pcm []float32) {
	if a.config.Fixed == 0 && !a.far {
		a.learn(pcm)
	}
	to := a.factor
	if a.config.Fixed == 0 {
		to = float32(amplitude(a.gain))
	}
	Ramp{a.factor, to}.Apply(pcm)
	a.factor = to
	if a.limiter != nil {
		a.limiter.Process(pcm)
	}
}

// learn measures a frame and moves the gain.
func (a *Control) learn(pcm []float32) {
	level, seconds := Level(pcm), float64(len(pcm))/float64(a.config.Rate)
	a.floor.learn(level, seconds)
	if level < max(a.floor.level+speechOver, leastSpeech) || seconds == 0 {
		return
	}
	a.heard = min(a.heard+seconds, speechMemory)
	part := seconds / a.heard
	if level > a.speech {
		part = min(part*loudFavour, 1) // the level of a voice is that of its vowels
	}
	a.speech += (level - a.speech) * part
	want := a.config.target() - a.speech
	want = min(want, noiseCeiling-a.floor.level)
	want = min(max(want, 0), a.config.maxGain())
	switch move := want - a.gain; {
	case move > dead:
		a.gain += min(move, upRate*seconds)
	case move < -dead:
		a.gain += max(move, -downRate*seconds)
	}
}
