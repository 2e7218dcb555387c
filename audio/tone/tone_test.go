package tone

import (
	"math"
	"testing"
	"time"
)

func play(t Tone, rate int, d time.Duration) []float32 {
	pcm := make([]float32, samples(d, rate))
	New(t, rate).Fill(pcm)
	return pcm
}

// cadence returns the lengths of alternating sound and silence, in samples. A single zero crossing is no silence:
// it takes 2 ms without a sample above the floor.
func cadence(pcm []float32, rate int) []int {
	hold := rate / 500
	var runs []int
	sounding, since, quiet := true, 0, 0
	for i, v := range pcm {
		if math.Abs(float64(v)) > 1e-4 {
			if !sounding {
				runs, sounding, since = append(runs, i-since), true, i
			}
			quiet = 0
			continue
		}
		if quiet++; sounding && quiet == hold {
			runs, sounding, since = append(runs, i-hold+1-since), false, i-hold+1
		}
	}
	return append(runs, len(pcm)-since)
}

func TestCadenceByCountry(t *testing.T) {
	tests := []struct {
		country, name string
		tone          func(Tones) Tone
		onOff         []int // ms, first pass
		hz            []float64
	}{
		{"de", "ringback", ringback, []int{1000, 4000}, hz(425)},
		{"de", "busy", busy, []int{480, 480}, hz(425)},
		{"de", "congestion", congestion, []int{240, 240}, hz(425)},
		{"gb", "ringback", ringback, []int{400, 200, 400, 2000}, hz(400, 450)},
		{"gb", "busy", busy, []int{375, 375}, hz(400)},
		{"gb", "congestion", congestion, []int{400, 350, 225, 525}, hz(400)},
		{"us", "ringback", ringback, []int{2000, 4000}, hz(440, 480)},
		{"us", "busy", busy, []int{500, 500}, hz(480, 620)},
		{"us", "congestion", congestion, []int{250, 250}, hz(480, 620)},
		{"fr", "ringback", ringback, []int{1500, 3500}, hz(440)},
		{"fr", "busy", busy, []int{500, 500}, hz(440)},
		{"nl", "ringback", ringback, []int{1000, 4000}, hz(425)},
		{"nl", "congestion", congestion, []int{250, 250}, hz(425)},
		{"ch", "ringback", ringback, []int{1000, 4000}, hz(425)},
		{"ch", "congestion", congestion, []int{200, 200}, hz(425)},
		{"at", "ringback", ringback, []int{1000, 5000}, hz(420)},
		{"at", "busy", busy, []int{400, 400}, hz(420)},
		{"it", "ringback", ringback, []int{1000, 4000}, hz(425)},
		{"it", "busy", busy, []int{500, 500}, hz(425)},
		{"es", "ringback", ringback, []int{1500, 3000}, hz(425)},
		{"es", "congestion", congestion, []int{200, 200, 200, 200, 200, 600}, hz(425)},
		{"se", "ringback", ringback, []int{1000, 5000}, hz(425)},
		{"se", "congestion", congestion, []int{250, 750}, hz(425)},
	}
	for _, tt := range tests {
		t.Run(tt.country+" "+tt.name, func(t *testing.T) {
			tones, ok := Country(tt.country)
			if !ok {
				t.Fatalf("no tones for %q", tt.country)
			}
			checkCadence(t, tt.tone(tones), tt.onOff, tt.hz)
		})
	}
}

func ringback(c Tones) Tone   { return c.Ringback }
func busy(c Tones) Tone       { return c.Busy }
func congestion(c Tones) Tone { return c.Congestion }

func checkCadence(t *testing.T, tone Tone, onOff []int, hz []float64) {
	t.Helper()
	for _, rate := range []int{8000, 16000, 48000} {
		pcm := play(tone, rate, 2*tone.Duration())
		runs := cadence(pcm, rate)
		if len(runs) != 2*len(onOff) {
			t.Fatalf("rate %d: %d runs in two passes, want %d", rate, len(runs), 2*len(onOff))
		}
		for i, n := range runs {
			want := onOff[i%len(onOff)] * rate / 1000
			// A ramp begins and ends with samples below the floor of the measurement: well under 1 ms.
			if abs(n-want) > rate/1000 {
				t.Errorf("rate %d: run %d lasts %d samples, want %d", rate, i, n, want)
			}
		}
		first := pcm[:onOff[0]*rate/1000]
		if m := Measure(first, rate, hz...); m.SNR < 20 || !m.Present() {
			t.Errorf("rate %d: %v not found: %+v", rate, hz, m)
		}
	}
}

func abs(n int) int { return max(n, -n) }

func TestCountryFallsBackToGermany(t *testing.T) {
	got, ok := Country("zz")
	if ok {
		t.Error("country zz exists")
	}
	if got.Ringback.Duration() != 5*time.Second || len(got.Busy.Steps) == 0 {
		t.Errorf("fallback is %+v, want Germany's tones", got)
	}
}

// A click is a jump that the tone itself cannot make: the steepest slope of a sine of amplitude a is a*2*pi*f/rate.
func TestNoClicks(t *testing.T) {
	tones := map[string]Tone{"door": DoorOpened, "wrong": WrongCode, "ending": CallEnding, "connected": Connected}
	for code, c := range countries {
		tones[code+" ringback"], tones[code+" busy"], tones[code+" congestion"] = c.Ringback, c.Busy, c.Congestion
	}
	for name, tone := range tones {
		for _, rate := range []int{8000, 48000} {
			pcm := play(tone, rate, 2*tone.Duration()+50*time.Millisecond)
			limit := steepest(tone, rate)
			last := float32(0)
			for i, v := range pcm {
				if step := math.Abs(float64(v - last)); step > limit {
					t.Errorf("%s at %d Hz: jump of %.3f at sample %d, the tone allows %.3f", name, rate, step, i, limit)
					break
				}
				last = v
			}
		}
	}
}

// steepest adds the slope of the raised-cosine edge (at most amplitude * pi/2 / ramp) to that of the sines.
func steepest(t Tone, rate int) float64 {
	limit := 0.0
	for _, s := range t.Steps {
		sum := 0.0
		for _, f := range s.Hz {
			sum += s.Level * (2*math.Pi*f/float64(rate) + math.Pi/2/(rampTime.Seconds()*float64(rate)))
		}
		limit = max(limit, sum)
	}
	return limit * 1.01
}

func TestEveryToneStaysBelowFullScale(t *testing.T) {
	for name, tone := range map[string]Tone{"door": DoorOpened, "wrong": WrongCode, "us": countries["us"].Busy} {
		for i, v := range play(tone, 16000, tone.Duration()) {
			if math.Abs(float64(v)) > 0.75 {
				t.Fatalf("%s: sample %d is %.2f", name, i, v)
			}
		}
	}
}

func TestBeepsEnd(t *testing.T) {
	for name, tone := range map[string]Tone{"door": DoorOpened, "wrong": WrongCode, "ending": CallEnding, "connected": Connected} {
		g := New(tone, 8000)
		if g.Done() {
			t.Errorf("%s: done before it began", name)
		}
		want := samples(tone.Duration(), 8000)
		pcm := make([]float32, want+100)
		for i := range pcm {
			pcm[i] = 1
		}
		if n := g.Fill(pcm); n != want {
			t.Errorf("%s: %d samples, want %d", name, n, want)
		}
		if !g.Done() {
			t.Errorf("%s: not done after its last sample", name)
		}
		for i, v := range pcm[want:] {
			if v != 0 {
				t.Fatalf("%s: sample %d after the end is %v, want silence", name, i, v)
			}
		}
		if n := g.Fill(pcm); n != 0 {
			t.Errorf("%s: %d samples after the end", name, n)
		}
	}
}

func TestFramesDoNotMatter(t *testing.T) {
	tone := countries["gb"].Ringback
	whole := play(tone, 44100, 4*time.Second)
	g := New(tone, 44100)
	var cut []float32
	for n := 1; len(cut) < len(whole); n = n%97 + 1 {
		frame := make([]float32, min(n, len(whole)-len(cut)))
		g.Fill(frame)
		cut = append(cut, frame...)
	}
	for i := range whole {
		if whole[i] != cut[i] {
			t.Fatalf("sample %d differs when frames are cut differently", i)
		}
	}
}

func TestDegenerateTones(t *testing.T) {
	pcm := make([]float32, 10)
	for name, tone := range map[string]Tone{"no steps": {}, "no steps, endless": {Endless: true},
		"empty step": {Steps: []Step{{Hz: hz(1000), Level: 1}}}, "empty step, endless": {Steps: []Step{{}}, Endless: true}} {
		if n := New(tone, 8000).Fill(pcm); n != 0 {
			t.Errorf("%s: %d samples, want none", name, n)
		}
	}
}
