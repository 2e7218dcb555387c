package conceal

import (
	"math"

	"intercom/audio/internal/lpc"
)

// floor is the noise behind the voice. It is what a faded extrapolation ends in, because a line that goes dead between two
// words is heard as a fault, and a street that goes on is not.
type floor struct {
	rate  int
	power float64   // mean square of the quietest frames
	shape []float64 // autocorrelation of those
	model model
	sigma float32 // of the white noise that drives the model
	draw  noise
}

const (
	// leastPower is -90 dBFS, below which nothing is worth a filter; mostPower is -35 dBFS, above which it is no noise
	// but a voice that never paused.
	leastPower = 1e-9
	mostPower  = 3e-4
	// riseRate is how fast the floor is believed to go up without proof, per second: 6 dB.
	riseRate = 1.386
	// near is how much above the floor a frame still counts as noise, in power.
	near = 4
	// shapeMemory is the part of the shape that a frame leaves.
	shapeMemory = 0.9
)

func newFloor(rate int) floor {
	m := newModel(rate)
	return floor{rate: rate, model: m, shape: make([]float64, len(m.a)+1)}
}

func (f *floor) reset() {
	f.power = mostPower // the first pause proves less
	clear(f.shape)
	f.model.reset()
	f.sigma = 0
	f.draw = 0x2545F491
}

// learn takes one frame that was heard.
func (f *floor) learn(pcm []float32) {
	if len(pcm) < len(f.shape) {
		return
	}
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	power := sum / float64(len(pcm))
	f.power *= 1 + riseRate*float64(len(pcm))/float64(f.rate)
	f.power = min(max(min(f.power, power), leastPower), mostPower)
	if power > near*f.power {
		return
	}
	for k := range f.shape {
		var r float32
		for i := k; i < len(pcm); i++ {
			r += pcm[i] * pcm[i-k]
		}
		f.shape[k] = shapeMemory*f.shape[k] + (1-shapeMemory)*float64(r)/float64(len(pcm))
	}
}

// start makes the filter of the noise at the beginning of a gap.
func (f *floor) start() {
	var r [maxOrder + 1]float64
	copy(r[:], f.shape)
	r[0] += 1e-12
	e := lpc.Levinson(f.model.a, nil, r[:len(f.shape)])
	f.sigma = float32(math.Sqrt(e))
	if f.shape[0] < leastPower {
		f.sigma = 0
	}
}

// next is one sample of the noise, at a gain.
func (f *floor) next(gain float32) float32 {
	if f.sigma == 0 {
		return 0
	}
	return gain * f.model.synthesize(f.sigma*f.draw.next())
}

// noise is white, uniform, with a mean square of 1; its value is the state of a linear congruence.
type noise uint32

func (n *noise) next() float32 {
	*n = *n*1664525 + 1013904223
	return float32(int32(*n)) * (1.7320508 / (1 << 31))
}
