package alsa

import "intercom/hal"

// microphone chooses the channel of a stereo card. A MEMS microphone fills one half of the I2S frame, left or right
// by a solder jumper; the other half is zeros, or whatever floats there. For the first second the channel with more
// alternating signal wins from period to period, then the choice stands.
type microphone struct {
	fixed    bool
	channel  int
	channels int
	left     int // samples until the choice stands
	begun    bool
	power    [2]float64
	last     [2]float32
}

func newMicrophone(c hal.Channel, channels, rate int) microphone {
	m := microphone{channels: channels, left: rate}
	m.fixed = channels < 2 || c != hal.ChannelAuto
	if channels == 2 && c == hal.ChannelRight {
		m.channel = 1
	}
	return m
}

// listen looks at one period before it is collected. Differences between samples do not see a constant offset,
// of which some microphones have much.
func (m *microphone) listen(f *format, frames []byte) {
	if m.fixed {
		return
	}
	n := len(frames) / (2 * f.bytes)
	for i := range n {
		for c := range 2 {
			x := f.get(frames[(2*i+c)*f.bytes:])
			d := float64(x - m.last[c])
			m.power[c] += d * d
			m.last[c] = x
		}
		if !m.begun { // the step from nothing to the offset is no sound either
			m.begun, m.power = true, [2]float64{}
		}
	}
	m.channel = 0
	if m.power[1] > m.power[0] {
		m.channel = 1
	}
	m.left -= n
	m.fixed = m.left <= 0
}
