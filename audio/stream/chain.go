package stream

import "time"

// frame is the whole sound path, once every 10 ms: the card pulls it, one clock rules it.
//
//	network -> latch -> jitter buffer -> decode/conceal/scale -+
//	                                       tones and prompts --+-> limit -+-> resample -> loudspeaker
//	                                                                      |
//	                                               reference, by the card's delay
//	                                                                      v
//	network <- encode <- resample <- gain <- noise <- echo canceller <- high-pass <- resample <- microphone
func (e *Engine) frame(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = now
	for _, s := range e.streams {
		s.readNetwork(now)
	}

	// From the microphone to the network.
	e.fromCard.Resample(e.near, e.mic)
	if e.config.HighPass != nil {
		e.config.HighPass.Process(e.near)
	}
	if e.config.Echo != nil {
		e.config.Echo.Process(e.clean, e.near, e.history.at(e.card.delay()))
		copy(e.near, e.clean)
	}
	if e.config.Noise != nil {
		e.config.Noise.Process(e.near)
	}
	if e.config.Gain != nil {
		e.config.Gain.Process(e.near)
	}
	for _, s := range e.streams {
		s.send.frame(e.near, s.destination())
	}

	// From the network to the loudspeaker.
	clear(e.far)
	for _, s := range e.streams {
		s.receive.frame(now, e.mix)
		s.listen(now, e.mix)
		add(e.far, e.mix)
		s.housekeeping(now)
	}
	e.prompt.addTo(e.far)
	limit(e.far)
	e.history.push(e.far)
	e.toCard.Resample(e.speaker, e.far)
}

func add(sum, pcm []float32) {
	for i, v := range pcm {
		sum[i] += v
	}
}

// limit keeps the sum of call and tone within what the card can play.
func limit(pcm []float32) {
	for i, v := range pcm {
		pcm[i] = min(max(v, -1), 1)
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
	ring  []float32
	frame []float32
	end   int // position in ring after the newest sample
	scale float64
	delay int // in use, samples at the engine's rate
}

// Changes of the card's delay up to half a millisecond are its own reading error; following them would only shake the
// canceller's filter.
const (
	maxEchoDelay   = time.Second
	delayTolerance = time.Second / 2000
	delayMargin    = time.Millisecond
)

func newReference(c EngineConfig) reference {
	return reference{ring: make([]float32, int(maxEchoDelay.Seconds()*float64(c.Rate))), scale: float64(c.Rate) / float64(c.CardRate),
		frame: make([]float32, c.Rate/framesPerSecond)}
}

func (r *reference) push(far []float32) {
	for _, v := range far {
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
