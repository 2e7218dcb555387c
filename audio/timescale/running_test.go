package timescale

import (
	"math"
	"testing"
)

// goertzel is the amplitude of one frequency in pcm.
func goertzel(pcm []float32, hz float64, rate int) float64 {
	var s1, s2 float64
	c := 2 * math.Cos(2*math.Pi*hz/float64(rate))
	for _, v := range pcm {
		s1, s2 = float64(v)+c*s1-s2, s1
	}
	return 2 * math.Sqrt(s1*s1+s2*s2-c*s1*s2) / float64(len(pcm))
}

// run plays a sound in frames of 10 ms as a receiver does: queue, change, take. It returns what is heard.
func run(s *Scaler, sound []float32, rate, rest int, stretch bool) []float32 {
	frame := rate / 100
	queue := make([]float32, 0, 10*frame+s.Room())
	var heard []float32
	for n := 0; ; n++ {
		for len(queue) < s.Ahead() && len(sound) >= 2*frame {
			queue, sound = append(queue, sound[:2*frame]...), sound[2*frame:]
		}
		if len(queue) < frame {
			return heard
		}
		if n%rest == rest-1 && stretch {
			queue = queue[:len(queue)+s.Stretch(heard, queue, s.Room(), false)]
		} else if n%rest == rest-1 {
			queue = queue[:len(queue)-s.Shorten(queue, s.Room(), false)]
		}
		heard = append(heard, queue[:min(frame, len(queue))]...)
		queue = queue[:copy(queue, queue[min(frame, len(queue)):])]
	}
}

// Five seconds of a voice, changed every 30 ms: the length changes, the pitch and the level do not.
func TestPitchStaysWhenALongSoundIsScaled(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		for _, hz := range []float64{100, 140, 220} {
			sound := vowel(hz, rate, 5*rate)
			for _, stretch := range []bool{false, true} {
				heard := run(New(rate), sound, rate, 3, stretch)
				ratio := float64(len(heard)) / float64(len(sound))
				if stretch && (ratio < 1.1 || ratio > 1.6) || !stretch && (ratio < .6 || ratio > .9) {
					t.Errorf("%v Hz at %d, stretched %v: length changed by %.2f", hz, rate, stretch, ratio)
				}
				if a, b := largestStep(sound), largestStep(heard); b > 1.15*a {
					t.Errorf("%v Hz at %d, stretched %v: a step of %.3f, the voice has %.3f", hz, rate, stretch, b, a)
				}
				before, after := math.Sqrt(mean(sound)), math.Sqrt(mean(heard))
				if after < .9*before || after > 1.1*before {
					t.Errorf("%v Hz at %d, stretched %v: level %.3f became %.3f", hz, rate, stretch, before, after)
				}
			}
		}
	}
}

// A single tone is the hardest judge of pitch: its energy must stay where it was.
func TestToneStaysPure(t *testing.T) {
	const rate = 8000
	for _, hz := range []float64{200, 440, 1000} {
		for _, stretch := range []bool{false, true} {
			heard := run(New(rate), sine(hz, rate, 2*rate), rate, 10, stretch)
			// Blocks of 100 ms, since each change moves the phase by a fraction of a sample's worth.
			for from := 0; from+800 <= len(heard); from += 800 {
				if a := goertzel(heard[from:from+800], hz, rate); a < .45 || a > .55 {
					t.Errorf("%v Hz, stretched %v: amplitude %.2f at %d ms, want 0.5", hz, stretch, a, from/8)
				}
			}
		}
	}
}
