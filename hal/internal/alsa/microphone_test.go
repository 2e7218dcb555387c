package alsa

import (
	"testing"

	"intercom/hal"
)

// stereo makes a period with a signal on each side: alternating between +a and -a around an offset.
func stereo(f *format, n int, left, right, offset float32) []byte {
	frames := make([]byte, n*2*f.bytes)
	for i := range n {
		sign := float32(1 - 2*(i%2))
		f.put(frames[2*i*f.bytes:], sign*left+offset)
		f.put(frames[(2*i+1)*f.bytes:], sign*right)
	}
	return frames
}

func TestMicrophoneFixed(t *testing.T) {
	f := &formats[0]
	for _, test := range []struct {
		channel  hal.Channel
		channels int
		want     int
	}{{hal.ChannelLeft, 2, 0}, {hal.ChannelRight, 2, 1}, {hal.ChannelAuto, 1, 0}, {hal.ChannelRight, 1, 0}} {
		m := newMicrophone(test.channel, test.channels, 48000)
		if m.channels == 2 {
			m.listen(f, stereo(f, 480, 0.1, 0.2, 0))
		}
		if m.channel != test.want {
			t.Errorf("%v of %d channels takes %d, want %d", test.channel, test.channels, m.channel, test.want)
		}
	}
}

func TestMicrophoneAuto(t *testing.T) {
	for _, test := range []struct {
		name                string
		left, right, offset float32
		want                int
	}{
		{"left only", 0.01, 0, 0, 0},
		{"right only", 0, 0.01, 0, 1},
		{"right is louder", 0.01, 0.02, 0, 1},
		{"left is a constant", 0, 0.001, 0.9, 1}, // an offset is no sound
		{"silence", 0, 0, 0, 0},
	} {
		f := &formats[0]
		m := newMicrophone(hal.ChannelAuto, 2, 48000)
		for range 100 {
			m.listen(f, stereo(f, 480, test.left, test.right, test.offset))
		}
		if m.channel != test.want || !m.fixed {
			t.Errorf("%s: channel %d (fixed %v), want %d", test.name, m.channel, m.fixed, test.want)
		}
	}
}

func TestMicrophoneChoiceStands(t *testing.T) {
	f := &formats[0]
	m := newMicrophone(hal.ChannelAuto, 2, 48000)
	for i := range 101 {
		m.listen(f, stereo(f, 480, 0, 0.01, 0))
		if i < 99 == m.fixed {
			t.Fatalf("fixed %v after %d periods of 10 ms, want one second", m.fixed, i+1)
		}
	}
	for range 1000 { // a later noise on the other side changes nothing
		m.listen(f, stereo(f, 480, 0.9, 0, 0))
	}
	if m.channel != 1 {
		t.Error("the choice changed after its second")
	}
}
