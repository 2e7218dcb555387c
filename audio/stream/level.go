package stream

import "math"

// silence is the level under which a frame counts as silent. A-law idle noise is near -66 dBFS, a quiet room with a MEMS
// microphone after gain control above -55.
const silence = -60

// meter measures a flow of frames.
type meter struct {
	frames, silent int
	power          float64 // sum over the frames that were not silent
	loud           int     // number of these
	peak           float32
	now            float64 // level of the last frame, dBFS
}

// frame measures one frame and tells whether it was silent. 0 dBFS is a sine of full scale.
func (m *meter) frame(pcm []float32) (isSilent bool) {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
		m.peak = max(m.peak, max(v, -v))
	}
	power := 2 * sum / float64(max(len(pcm), 1))
	m.now = dB(power)
	m.frames++
	if m.now < silence {
		m.silent++
		return true
	}
	m.power += power
	m.loud++
	return false
}

func dB(power float64) float64 { return 10 * math.Log10(max(power, 1e-10)) }

// Level is what was heard on one side of the call.
type Level struct {
	Mean   float64 // dBFS of the frames that were not silent; -100 if all were
	Peak   float64 // dBFS of the largest sample
	Now    float64 // dBFS of the last frame
	Silent float64 // share of silent frames, 0 to 1
}

func (m *meter) level() Level {
	l := Level{Mean: dB(m.power / float64(max(m.loud, 1))), Peak: dB(float64(m.peak) * float64(m.peak)), Now: m.now}
	if m.frames > 0 {
		l.Silent = float64(m.silent) / float64(m.frames)
	}
	return l
}
