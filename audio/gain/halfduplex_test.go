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

// loop is a call through an enclosure that sends the loudspeaker back louder than it got it, to a far end that does the same
// a little less: without a switch it howls.
type loop struct {
	h          *HalfDuplex
	atDoor     []float32 // what the loudspeaker played in the frame before
	atDesk     []float32
	door, desk []float32 // the frame's signals
}

// frame plays 10 ms of what the two sides say and answers what each hears of the other.
func (l *loop) frame(desk, door []float32) (heardAtDoor, heardAtDesk float64) {
	for i := range desk {
		l.desk[i] = desk[i] + 0.5*l.atDesk[i]
		l.door[i] = door[i] + 3*l.atDoor[i]
	}
	toSpeaker, toNetwork := l.h.Decide(Level(l.desk), Level(l.door))
	toSpeaker.Apply(l.desk)
	toNetwork.Apply(l.door)
	copy(l.atDoor, l.desk)
	copy(l.atDesk, l.door)
	return Level(l.desk), Level(l.door)
}

func TestLoopDoesNotHowl(t *testing.T) {
	h, err := NewHalfDuplex(HalfDuplexConfig{Coupling: 10})
	if err != nil {
		t.Fatal(err)
	}
	n := rate / 100
	l := &loop{h: h, atDoor: make([]float32, n), atDesk: make([]float32, n), desk: make([]float32, n), door: make([]float32, n)}
	said, quiet := talk(1, -25, -75), talk(1, -300, -75)
	turn := func(desk, door []float32) (atDoor, atDesk float64, who Line) {
		atDoor, atDesk = silent, silent
		for i := 0; i+n <= len(desk); i += n {
			a, b := l.frame(desk[i:i+n], door[i:i+n])
			atDoor, atDesk = max(atDoor, a), max(atDesk, b)
			if i/n == 30 {
				who = h.Line()
			}
		}
		return atDoor, atDesk, who
	}
	for round := range 5 {
		if a, b, who := turn(said, quiet); a < -28 || b > -35 || who != Far {
			t.Errorf("round %d: the desk talks: heard at %.1f, its echo at %.1f, %s has the line", round, a, b, who)
		}
		turn(quiet, quiet)
		if a, b, who := turn(quiet, said); b < -28 || a > -35 || who != Near {
			t.Errorf("round %d: the door talks: heard at %.1f, its echo at %.1f, %s has the line", round, b, a, who)
		}
		turn(quiet, quiet)
	}
	if a, b, _ := turn(quiet, quiet); a > -70 || b > -70 {
		t.Errorf("in silence %.1f and %.1f dBFS go round", a, b)
	}
}
