package stream

import (
	"time"

	"intercom/audio/gain"
)

// frame is the whole sound path, once every 10 ms: the card pulls it, one clock rules it.
//
//	network -> latch -> jitter buffer -> decode/conceal/scale -+
//	                                       tones and prompts --+--> switch -> limiter -+-> resample -> loudspeaker
//	                                                                 ^                 v
//	                                                                 |   high-pass -> reference, by the card's delay
//	                                                                 v                 v
//	network <- encode <- resample <- gain control <------------- switch <- noise <- echo <- high-pass <- microphone
func (e *Engine) frame(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = now

	clear(e.far)
	for _, s := range e.streams {
		s.readNetwork(now)
		s.receive.frame(now, e.mix)
		s.listen(now, e.mix)
		add(e.far, e.mix)
	}
	e.prompt.addTo(e.far)

	e.fromCard.Resample(e.near, e.mic)
	e.highPass.Process(e.near)
	if e.config.Echo != nil {
		e.config.Echo.Process(e.clean, e.near, e.history.at(e.card.delay()))
		copy(e.near, e.clean)
	}
	if e.config.Noise != nil {
		e.config.Noise.Process(e.near)
	}
	e.level()

	for _, s := range e.streams {
		s.send.frame(e.near, s.destination())
		s.housekeeping(now)
	}
	e.limiter.Process(e.far)
	e.history.push(e.far)
	e.toCard.Resample(e.speaker, e.far)
}

// farVoice is the level in dBFS from which the far side counts as talking: what the microphone hears then is no measure
// for its gain.
const farVoice = -45

// level sets how loud both directions are.
func (e *Engine) level() {
	if e.config.Switch == nil && e.config.Gain == nil {
		return
	}
	far := gain.Level(e.far)
	if e.config.Switch != nil {
		toSpeaker, toNetwork := e.config.Switch.Decide(far, gain.Level(e.near))
		toSpeaker.Apply(e.far)
		toNetwork.Apply(e.near)
	}
	if e.config.Gain == nil {
		return
	}
	if g, ok := e.config.Gain.(interface{ FarTalks(bool) }); ok {
		g.FarTalks(far > farVoice)
	}
	e.config.Gain.Process(e.near)
}

func add(sum, pcm []float32) {
	for i, v := range pcm {
		sum[i] += v
	}
}

// prompt is the tone or announcement being played.
type prompt struct {
	now, ending Source
	frame       []float32
}

func (p *prompt) play(s Source) {
	if p.now != nil {
		p.ending = p.now
	}
	p.now = s
}

func (p *prompt) addTo(sum []float32) {
	if p.ending != nil { // faded out over one frame
		p.ending.Fill(p.frame)
		for i, v := range p.frame {
			sum[i] += v * (1 - float32(i)/float32(len(sum)))
		}
		p.ending = nil
	}
	if p.now == nil {
		return
	}
	n := p.now.Fill(p.frame)
	add(sum, p.frame[:n])
	if n < len(p.frame) {
		p.now = nil
	}
}

// mirrored is a Source of one frame: the last one played, backwards, so that what ends abruptly can be faded out from
// where it stopped.
type mirrored []float32

// Fill plays the frame backwards.
func (m mirrored) Fill(pcm []float32) int {
	for i := range pcm {
		pcm[i] = m[len(m)-1-i%len(m)]
	}
	return len(pcm)
}

// reference is the history of what was played, from which the echo canceller gets the part that belongs to the frame
// just captured.
type reference struct {
	highPass Box
	ring     []float32
	frame    []float32
	end      int // position in ring after the newest sample
	scale    float64
	delay    int // in use, samples at the engine's rate
}

// Changes of the card's delay up to half a millisecond are its own reading error; following them would only shake the
// canceller's filter.
const (
	maxEchoDelay   = time.Second
	delayTolerance = time.Second / 2000
	delayMargin    = time.Millisecond
)

func newReference(c EngineConfig) (reference, error) {
	box, err := c.NewHighPass(c.Rate)
	return reference{highPass: box, ring: make([]float32, int(maxEchoDelay.Seconds()*float64(c.Rate))),
		scale: float64(c.Rate) / float64(c.CardRate), frame: make([]float32, c.Rate/framesPerSecond)}, err
}

func (r *reference) push(far []float32) {
	copy(r.frame, far)
	r.highPass.Process(r.frame)
	for _, v := range r.frame {
		r.ring[r.end] = v
		r.end = (r.end + 1) % len(r.ring)
	}
}

// at returns what was played delay card samples before the frame just captured, less a margin that keeps the echo behind
// its reference when the card's delay is told too long. A frame cannot be heard before it has been played, so less than one
// frame counts as one.
func (r *reference) at(delay int) []float32 {
	n := len(r.frame)
	margin := n * int(delayMargin) / int(frameTime)
	want := min(max(int(float64(delay)*r.scale)-margin, n), len(r.ring)-n)
	if off := want - r.delay; max(off, -off) > n*int(delayTolerance)/int(frameTime) {
		r.delay = want
	}
	from := r.end - r.delay + len(r.ring)
	for i := range r.frame {
		r.frame[i] = r.ring[(from+i)%len(r.ring)]
	}
	return r.frame
}
