package gain

import (
	"math"
	"testing"
)

// rig plays frames of levels to a voice switch and checks, every frame, that the loop stays open.
type rig struct {
	t              *testing.T
	h              *HalfDuplex
	loss           float64
	speaker, micro Ramp // of the last frame
}

func newRig(t *testing.T, c HalfDuplexConfig) *rig {
	t.Helper()
	h, err := NewHalfDuplex(c)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, h: h, loss: c.loss()}
	r.speaker.To, r.micro.To = h.gains()
	r.play(100, -90, -70)
	return r
}

func (r *rig) play(frames int, far, near float64) {
	r.t.Helper()
	for range frames {
		s, m := r.h.Decide(far, near)
		if s.From != r.speaker.To || m.From != r.micro.To {
			r.t.Fatalf("the gains jump from %g and %g to %g and %g", r.speaker.To, r.micro.To, s.From, m.From)
		}
		if db := 20 * math.Log10(float64(s.To)*float64(m.To)); math.Abs(db+r.loss) > 0.01 {
			r.t.Fatalf("the loop is open by %.2f dB, want %g", -db, r.loss)
		}
		if db := 20 * math.Log10(float64(s.From+s.To)*float64(m.From+m.To)/4); db > 4-r.loss {
			r.t.Fatalf("in the middle of a frame the loop is open by %.2f dB only", -db)
		}
		r.speaker, r.micro = s, m
	}
}

func (r *rig) want(text string, line Line) {
	r.t.Helper()
	if r.h.Line() != line {
		r.t.Fatalf("%s: %s has the line, want %s", text, r.h.Line(), line)
	}
	want := [...]float64{Nobody: r.loss / 2, Far: 0, Near: r.loss}[line]
	if db := -20 * math.Log10(float64(r.speaker.To)); math.Abs(db-want) > 0.01 {
		r.t.Fatalf("%s: the loudspeaker is lowered by %.1f dB, want %g", text, db, want)
	}
}

func TestWhoTalksGetsTheLine(t *testing.T) {
	for _, loss := range []float64{0, 6, 30, 60} {
		r := newRig(t, HalfDuplexConfig{Loss: loss, Coupling: -10})
		r.want("silence", Nobody)
		r.play(10, -30, -45)
		r.want("far talks, its echo in the microphone", Far)
		r.play(10, -90, -70)
		r.want("a pause of 100 ms", Far)
		r.play(30, -90, -70)
		r.want("a pause of 400 ms", Nobody)
		r.play(10, -90, -40)
		r.want("near talks", Near)
		r.play(10, -90, -70)
		r.want("a pause of 100 ms", Near)
		r.play(30, -90, -70)
		r.want("a pause of 400 ms", Nobody)
	}
}

func TestHolderIsNotInterrupted(t *testing.T) {
	r := newRig(t, HalfDuplexConfig{Coupling: -20})
	r.play(10, -30, -60)
	r.want("far talks", Far)
	r.play(50, -30, -25)
	r.want("both talk, far was first", Far)
	r.play(yieldFrames+5, -90, -25)
	r.want("far pauses while near talks", Near)
	r.play(50, -30, -25)
	r.want("both talk, near was first", Near)
	r.play(yieldFrames+5, -30, -80)
	r.want("near pauses while far talks", Far)
}

// The echo of a loud enclosure, decaying after the far voice, must not take the line.
func TestEchoDoesNotTakeTheLine(t *testing.T) {
	for _, coupling := range []float64{-20, 0, 10} {
		r := newRig(t, HalfDuplexConfig{Coupling: coupling})
		r.play(100, -25, -25+coupling)
		r.want("far talks", Far)
		for f := range 60 {
			r.play(1, -90, -25+coupling-1.2*float64(f))
			if r.h.Line() == Near {
				t.Fatalf("coupling %g: after %d0 ms the echo took the line", coupling, f)
			}
		}
		r.want("the echo has gone", Nobody)
	}
}

// And while the near side has the line, the loudspeaker is low, so that an answer of the far side is heard as such.
func TestLowSpeakerMakesNoEcho(t *testing.T) {
	r := newRig(t, HalfDuplexConfig{})
	r.play(50, -90, -35)
	r.want("near talks", Near)
	r.play(3, -25, -35)
	r.play(20, -25, -66)
	r.want("near has ended, far goes on", Far)
}

func TestKnockIsNoVoice(t *testing.T) {
	r := newRig(t, HalfDuplexConfig{})
	r.play(breakInFrames-1, -90, -20)
	r.play(1, -90, -70)
	r.want("a knock of 20 ms", Nobody)
	r.play(breakInFrames+5, -90, -20)
	r.want("a voice", Near)
}

func TestSteadyNoiseIsNoVoice(t *testing.T) {
	r := newRig(t, HalfDuplexConfig{})
	r.play(3000, -90, -48)
	r.want("traffic", Nobody)
	r.play(20, -90, -33)
	r.want("a voice over it", Near)
}

func TestOddLevels(t *testing.T) {
	r := newRig(t, HalfDuplexConfig{})
	for _, l := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e9, -1e9} {
		r.play(20, l, l)
	}
	r.h.Reset()
	r.speaker.To, r.micro.To = r.h.gains()
	r.play(100, -90, -70)
	r.want("after Reset", Nobody)
}

func TestLineNames(t *testing.T) {
	for l, want := range map[Line]string{Nobody: "nobody", Far: "far", Near: "near", 9: "near"} {
		if l.String() != want {
			t.Errorf("state %d is called %q, want %q", l, l, want)
		}
	}
}
