package gain

import "math"

// silent is the level of nothing.
const silent = -100

// Level is the level of pcm in dBFS: 0 is a sine of full scale, -100 the least.
func Level(pcm []float32) float64 {
	var sum float64
	for _, v := range pcm {
		x := number(v)
		sum += x * x
	}
	return max(10*math.Log10(2*sum/float64(max(len(pcm), 1))+1e-12), silent)
}

func amplitude(db float64) float64 { return math.Pow(10, db/20) }

// Ramp is a gain that moves in a straight line over one frame, so that it never clicks.
type Ramp struct{ From, To float32 }

// Apply multiplies pcm in place.
func (r Ramp) Apply(pcm []float32) {
	if r.From == 1 && r.To == 1 {
		return
	}
	step := (r.To - r.From) / float32(max(len(pcm), 1))
	for i := range pcm {
		pcm[i] *= r.From + step*float32(i+1)
	}
}

// floor follows the noise behind a voice: the least level of late. It falls at once and rises at riseRate.
type floor struct{ level float64 }

const (
	riseRate   = 5   // dB per second
	leastFloor = -75 // a quiet room is not quieter once a microphone has heard it
	mostFloor  = -25
	startFloor = -50
)

func (f *floor) reset() { f.level = startFloor }

// learn takes the level of a piece of sound of the given length in seconds.
func (f *floor) learn(level, seconds float64) {
	f.level = min(max(min(f.level+riseRate*seconds, level), leastFloor), mostFloor)
}
