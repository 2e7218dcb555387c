package stream

// fade is the concealer used if Config names none: it repeats the last 10 ms backwards and forwards, so that neither end
// jumps, and fades to silence over 60 ms.
type fade struct {
	last    []float32
	steps   int // lost steps in a row
	forward bool
}

const fadeSteps = 6

func newFade(rate int) *fade { return &fade{last: make([]float32, rate/framesPerSecond)} }

// Heard keeps the end of the frame.
func (f *fade) Heard(pcm []float32) {
	f.steps, f.forward = 0, false
	n := min(len(pcm), len(f.last))
	copy(f.last, f.last[n:])
	copy(f.last[len(f.last)-n:], pcm[len(pcm)-n:])
}

// Lost plays the kept piece, reversed the first time, and each time softer.
func (f *fade) Lost(pcm []float32) {
	from := max(1-float32(f.steps)/fadeSteps, 0)
	to := max(1-float32(f.steps+1)/fadeSteps, 0)
	for i := range pcm {
		k := i % len(f.last)
		if !f.forward {
			k = len(f.last) - 1 - k
		}
		g := from + (to-from)*float32(i)/float32(len(pcm))
		pcm[i] = g * f.last[k]
	}
	f.steps, f.forward = f.steps+1, !f.forward
}
