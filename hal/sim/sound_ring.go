package sim

// push puts a period at the end; false if there is no room.
func (r *ring) push(pcm []float32) bool {
	if r.filled+r.silence >= len(r.periods) {
		return false
	}
	copy(r.periods[(r.first+r.filled)%len(r.periods)], pcm)
	r.filled++
	return true
}

// pop takes the oldest period; false if there is none.
func (r *ring) pop(pcm []float32) bool {
	if r.filled == 0 {
		return false
	}
	copy(pcm, r.periods[r.first])
	r.first = (r.first + 1) % len(r.periods)
	r.filled--
	return true
}

// delayLine is the air between loudspeaker and microphone.
type delayLine struct {
	past []float32
	at   int
}

func newDelayLine(rate, frames int) *delayLine {
	return &delayLine{past: make([]float32, int(maxLeak.Seconds()*float64(rate))+frames)}
}

// mix adds to ear what mouth said delay samples ago. It keeps mouth for later in any case.
func (d *delayLine) mix(ear, mouth []float32, gain float32, delay int) {
	for i, m := range mouth {
		d.past[d.at] = m
		from := d.at - delay
		if from < 0 {
			from += len(d.past)
		}
		ear[i] = clip(ear[i] + gain*d.past[from])
		if d.at++; d.at == len(d.past) {
			d.at = 0
		}
	}
}

func clip(x float32) float32 { return min(max(x, -1), 1) }
