package gain

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The boxes work the same at every rate and frame length.
func TestRatesAndLengths(t *testing.T) {
	for _, r := range []int{8000, 16000, 32000, 44100, 48000, 192000} {
		h, err := NewHighPass(r)
		if err != nil {
			t.Fatal(err)
		}
		a, err := NewControl(Config{Rate: r})
		if err != nil {
			t.Fatal(err)
		}
		draw := rand.New(rand.NewPCG(uint64(r), 1))
		var last []float32
		for at := 0; at < 8*r; {
			x := make([]float32, draw.IntN(r/25)+1)
			for i := range x {
				now := float64(at+i) / float64(r)
				x[i] = 0.5 + float32(0.003*math.Sin(2*math.Pi*400*now))
			}
			h.Process(x)
			a.Process(x)
			at += len(x)
			last = append(last, x...)
			last = last[max(len(last)-r/10, 0):]
		}
		// The offset is gone; the tone, as steady as noise, may have come up before that was known, but not far.
		if db := Level(last); db < -51 || db > -40 {
			t.Errorf("%d Hz: a tone of -50 dBFS on an offset comes out at %.1f", r, db)
		}
	}
	control(t, Config{}).Process(nil)
}

// The whole path from a MEMS microphone: an offset as large as speech, speech at -55 dBFS, noise at -80.
func TestFromTheMicrophone(t *testing.T) {
	h, err := NewHighPass(rate)
	if err != nil {
		t.Fatal(err)
	}
	a := control(t, Config{})
	x := talk(15, -55, -80)
	for i := range x {
		x[i] += 0.02
	}
	y := run(func(p []float32) { h.Process(p); a.Process(p) }, x)
	last := y[len(y)-rate/2:]
	if db := Level(last[:rate*35/100]); db < -29 || db > -22 {
		t.Errorf("speech comes out at %.1f dBFS, want about -25", db)
	}
	if db := Level(last[rate*40/100:]); db > -44 {
		t.Errorf("the pause comes out at %.1f dBFS", db)
	}
	for i, v := range y {
		if max(v, -v) > ceiling {
			t.Fatalf("sample %d is %g", i, v)
		}
	}
}

// A shout in the middle of soft speech is limited, and the speech after it is soon back where it was.
func TestShoutAndBack(t *testing.T) {
	a := control(t, Config{})
	run(a.Process, talk(12, -50, -80))
	before := a.Gain()
	y := run(a.Process, talk(0.35, -6, -80))
	if slices.Max(y) > ceiling || -slices.Min(y) > ceiling {
		t.Errorf("the shout comes out at %g", slices.Max(y))
	}
	fallen := a.Gain()
	if fallen > before-4 {
		t.Errorf("the shout moved the gain from %.1f to %.1f dB only", before, fallen)
	}
	run(a.Process, talk(6, -50, -80))
	if a.Gain() < before-3 {
		t.Errorf("6 s after a shout the gain is %.1f dB, before it %.1f", a.Gain(), before)
	}
}

func TestTargetAndMaximum(t *testing.T) {
	for _, c := range []Config{{Target: -30}, {Target: -18}, {MaxGain: 12}, {MaxGain: 40}} {
		a := control(t, c)
		run(a.Process, talk(14, -48, -85))
		want := min(a.config.target()+49.5, a.config.maxGain())
		if math.Abs(a.Gain()-want) > 2.5 {
			t.Errorf("%+v: the gain is %.1f dB, want %.1f", c, a.Gain(), want)
		}
	}
}

// The gain moves without steps: over a change of state no sample jumps more than the signal does, times the gain.
func TestGainMovesSmoothly(t *testing.T) {
	a := control(t, Config{NoLimiter: true})
	x := append(talk(3, -40, -90), talk(1, -20, -90)...)
	old, frames := 0.0, 0
	run(func(p []float32) {
		before := a.factor
		a.Process(p)
		if step := math.Abs(20 * math.Log10(float64(a.factor/before))); step > downRate/100+1e-6 {
			t.Fatalf("frame %d: the gain moved by %.3f dB in one frame", frames, step)
		}
		old, frames = a.Gain(), frames+1
	}, x)
	if old < 1 || frames != 400 {
		t.Errorf("after %d frames the gain is %.1f dB: nothing moved", frames, old)
	}
}

func TestLimiterKeepsSign(t *testing.T) {
	l, err := NewLimiter(rate)
	if err != nil {
		t.Fatal(err)
	}
	x := []float32{0.1, -3, 3, -0.1, float32(math.Inf(-1)), float32(math.NaN()), 0}
	l.Process(x)
	if x[0] != 0.1 || x[1] != -ceiling || x[2] != ceiling || x[3] >= 0 || x[4] != -ceiling || x[5] != 0 || x[6] != 0 {
		t.Errorf("limited to %v", x)
	}
	l.Reset()
	x = []float32{0.5}
	if l.Process(x); x[0] != 0.5 {
		t.Errorf("after Reset 0.5 becomes %g", x[0])
	}
}
