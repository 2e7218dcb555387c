package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestTrimmed(t *testing.T) {
	x := []float64{0, 0.001, -0.5, 0, 0.4, -0.002, 0}
	if got := trimmed(x); len(got) != 3 || got[0] != -0.5 || got[2] != 0.4 {
		t.Errorf("trimmed to %v", got)
	}
	if got := trimmed(make([]float64, 5)); len(got) != 0 {
		t.Errorf("silence is trimmed to %v", got)
	}
}

func TestCastNeverSharesAVoice(t *testing.T) {
	seen := map[speaker]bool{}
	for seed := range uint64(30) {
		c := castOf(seed)
		if c.far.voice == c.near.voice || c.recordedFar.voice == c.recordedNear.voice {
			t.Errorf("seed %d: far and near share a voice: %+v", seed, c)
		}
		if c != castOf(seed) {
			t.Errorf("seed %d: another cast the second time", seed)
		}
		seen[c.far] = true
	}
	if len(seen) < 10 {
		t.Errorf("30 seeds give %d far ends", len(seen))
	}
}

func TestScript(t *testing.T) {
	far, near := script(1, 12)
	again, _ := script(1, 12)
	other, _ := script(2, 12)
	if !slices.Equal(far, again) || slices.Equal(far, other) {
		t.Error("a seed must give one script, and another seed another")
	}
	seen := map[string]bool{}
	for _, s := range append(far, near...) {
		if seen[s] || s == "" || strings.Contains(s, "\n") {
			t.Errorf("%q is said twice, or is no sentence", s)
		}
		seen[s] = true
	}
	if len(seen) != 24 {
		t.Errorf("%d sentences, want 24", len(seen))
	}
}

func TestSetNeedsVoices(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := newSet(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "packages.sh") {
		t.Errorf("without any synthesiser: error %v", err)
	}
	if _, err := sayings(t.Context(), 1); err == nil {
		t.Error("sentences without a synthesiser")
	}
}

func TestLossPatterns(t *testing.T) {
	const n = 400000
	for _, p := range append(lossPatterns, lossPattern{.3, 5}) {
		lost := p.lost(rand.New(rand.NewPCG(1, 1)), n)
		total, bursts := 0, 0
		for i, l := range lost {
			if l {
				total++
				if i == 0 || !lost[i-1] {
					bursts++
				}
			}
		}
		near(t, p.String()+": share", float64(total)/n, p.share, 0.06*p.share)
		want := p.burst
		if p.burst == 1 {
			want = 1 / (1 - p.share) // independent losses follow one another by chance
		}
		near(t, p.String()+": burst", float64(total)/float64(bursts), want, 0.05*want)
	}
	if s := (lossPattern{.05, 2.5}).String(); s != "5 % in bursts of 2.5" {
		t.Errorf("called %q", s)
	}
}

func TestSimpleConcealers(t *testing.T) {
	x := tone(4*packet, 400, 0.5, narrowRate)
	lost := []bool{false, true, true, false}
	silent, err := fillSilence(t.Context(), x, lost)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "silence", power(silent[packet:3*packet]), 0, 0)
	near(t, "what came", power(difference(silent[3*packet:], x[3*packet:])), 0, 0)
	repeat, err := fillRepeat(t.Context(), x, lost)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the first lost packet", repeat[packet+7], x[7]/2, 1e-12)
	near(t, "the second", repeat[2*packet+7], x[7]/4, 1e-12)
	near(t, "the original", power(x), power(tone(4*packet, 400, 0.5, narrowRate)), 0)
	if first, _ := fillRepeat(t.Context(), x, []bool{true, false, false, false}); first[3] != x[3] {
		t.Error("the first packet cannot be repeated")
	}
}

// Ours must sound better than silence by the measure, on a signal that needs no synthesiser.
func TestPerceptualRanksConcealers(t *testing.T) {
	x := resampled(hum(8*speechRate), 2)
	setActiveLevel(x, -26)
	x = x[:len(x)/packet*packet]
	ear := newPerceptual(narrowRate)
	near(t, "unharmed", ear.score(x, x), 4.55, 0.01)
	before := 4.5
	for _, share := range []float64{.02, .1, .3} {
		lost := lossPattern{share, 1}.lost(rand.New(rand.NewPCG(1, 2)), len(x)/packet)
		silent, _ := fillSilence(t.Context(), x, lost)
		ours, err := fillOurs(t.Context(), x, lost)
		if err != nil {
			t.Fatal(err)
		}
		a, b := ear.score(x, silent), ear.score(x, ours)
		if a >= before {
			t.Errorf("%g lost: silence scores %.2f, not below the %.2f before", share, a, before)
		}
		if b <= a {
			t.Errorf("%g lost: ours scores %.2f, silence %.2f", share, b, a)
		}
		before = a
	}
}

// A change of level is hardly a fault, noise is.
func TestPerceptualScale(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		x := hum(4 * rate)
		setActiveLevel(x, -26)
		ear := newPerceptual(rate)
		softer := append([]float64(nil), x...)
		scale(softer, 0.7)
		if s := ear.score(x, softer); s < 4.2 {
			t.Errorf("%d Hz: 3 dB softer scores %.2f", rate, s)
		}
		before := ear.score(x, x)
		for _, ratio := range []float64{40, 20, 5} {
			noise := hiss(rand.New(rand.NewPCG(1, 3)), len(x))
			setLevel(noise, -26-ratio)
			s := ear.score(x, sum(x, noise))
			if s >= before || s < 1 {
				t.Errorf("%d Hz: noise %g dB below scores %.2f after %.2f", rate, ratio, s, before)
			}
			before = s
		}
	}
}

func TestBark(t *testing.T) {
	near(t, "1 kHz in Bark", bark(1000), 8.51, 0.05)
	near(t, "4 kHz in Bark", bark(4000), 17.25, 0.15)
	near(t, "hearing at 1 kHz", hearing(1000), 3.4, 0.2)
	if hearing(3300) > hearing(1000) || hearing(100) < 20 {
		t.Error("the threshold of hearing has the wrong shape")
	}
}

func TestOverTime(t *testing.T) {
	near(t, "nothing", overTime(nil), 0, 0)
	steady := make([]float64, 100)
	for i := range steady {
		steady[i] = 3
	}
	near(t, "a steady fault", overTime(steady), 3, 1e-9)
	single := make([]float64, 100)
	single[50] = 3
	if v := overTime(single); v < 0.4 || v > 2 {
		t.Errorf("a single fault of 3 in 100 counts %g", v)
	}
}

func TestOverALaw(t *testing.T) {
	x := tone(16000+37, 500, 0.5, speechRate)
	y := overALaw(x)
	if len(y)%packet != 0 || len(y) < narrowRate-packet {
		t.Fatalf("%d samples", len(y))
	}
	fault := difference(y, tone(len(y), 500, 0.5, narrowRate))
	if snr := decibels(power(y)) - decibels(power(fault)); snr < 33 || snr > 45 {
		t.Errorf("A-law gives %.1f dB of signal to noise", snr)
	}
}
