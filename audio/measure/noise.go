package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"

	"intercom/audio/noise"
)

const (
	noiseRatio = 15.0 // dB of speech over the street
	noiseLead  = 2    // s of street alone, first
	speexLower = 15   // dB, speexdsp's own default
)

// noisy is speech in a street: clean, and what the microphone hears.
type noisy struct{ clean, mic []float64 }

func newNoisy(ctx context.Context, seed uint64) ([]noisy, error) {
	speech, err := sayings(ctx, seed)
	all := make([]noisy, len(speech))
	for i, x := range speech {
		r := rand.New(rand.NewPCG(seed, 'n'+uint64(i)))
		n := &all[i]
		n.clean = append(make([]float64, seconds(noiseLead)), repeated(x, seconds(15))...)
		hum := street(r, len(n.clean))
		setLevel(hum, activeLevel(n.clean)-noiseRatio)
		n.mic = quantized(sum(n.clean, hum))
	}
	return all, err
}

// noiseFigures is what a suppressor did.
type noiseFigures struct {
	reduction     float64 // of the noise in pauses, dB
	understood    float64 // ESTOI against the clean speech
	untouched     float64 // ESTOI of clean speech sent through
	segmental     float64 // frequency-weighted segmental signal-to-noise ratio, dB
	perceived     float64 // score of perceptual.go
	speechDropped float64 // dB by which speech is found softer
}

// judge compares out, in time with the microphone, with what went in.
func (n noisy) judge(out []float64) (f noiseFigures) {
	pauses := quiet(n.clean)
	var before, after []float64
	for i, q := range pauses {
		if q && i > seconds(noiseLead) {
			before, after = append(before, n.mic[i]), append(after, out[i])
		}
	}
	speech := seconds(noiseLead)
	f.reduction = decibels(power(before)) - decibels(power(after))
	f.understood = estoi(n.clean[speech:], out[speech:], speechRate)
	f.segmental = weightedSNR(n.clean[speech:], out[speech:])
	f.perceived = newPerceptual(speechRate).score(n.clean[speech:], out[speech:])
	f.speechDropped = levelIn(n.clean, out)
	return f
}

// quiet marks where no speech has been within 50 ms.
func quiet(clean []float64) []bool {
	const reach, depth = speechRate / 20, 1e-4
	out := make([]bool, len(clean))
	loud := -reach - 1
	mark := func(i int) {
		if v := clean[i]; v > depth || v < -depth {
			loud = i
		}
	}
	for i := range clean {
		mark(i)
		out[i] = i-loud > reach
	}
	loud = len(clean) + reach + 1
	for i := len(clean) - 1; i >= 0; i-- {
		mark(i)
		out[i] = out[i] && loud-i > reach
	}
	return out
}

// noiseSystem lowers noise and answers a signal in time with its input.
type noiseSystem struct {
	name    string
	process func(ctx context.Context, mic []float64) ([]float64, error)
}

func noiseSystems(speex string) []noiseSystem {
	return []noiseSystem{
		{"none", func(_ context.Context, mic []float64) ([]float64, error) { return mic, nil }},
		{"speexdsp", func(ctx context.Context, mic []float64) ([]float64, error) {
			out, err := filtered(ctx, toInt16(mic), speex, "noise", strconv.Itoa(speechRate), strconv.Itoa(speexLower))
			return delayed(fitted(fromInt16(out), len(mic)), -speechRate/100), err
		}},
		{"ours", func(_ context.Context, mic []float64) ([]float64, error) { return ourNoise(mic) }},
	}
}

func ourNoise(mic []float64) ([]float64, error) {
	s, err := noise.New(noise.Config{Rate: speechRate})
	if err != nil {
		return nil, err
	}
	x, n := toFloat32(mic), s.Frame()
	for i := 0; i+n <= len(x); i += n {
		s.Process(x[i : i+n])
	}
	return quantized(delayed(fromFloat32(x), -n)), nil
}

// measureNoise prints the table of noise suppression.
func measureNoise(ctx context.Context, o options) (bool, error) {
	w, err := newWorkshop()
	if err != nil {
		return false, err
	}
	defer w.close()
	speex, err := w.compile(ctx, "speex", speexSource, "-lspeexdsp")
	if err != nil {
		return false, err
	}
	takes, err := newNoisy(ctx, o.seed)
	if err != nil {
		return false, err
	}
	systems := noiseSystems(speex)
	means := make([]noiseFigures, len(systems))
	err = inParallel(len(systems), func(i int) (err error) {
		means[i], err = systems[i].mean(ctx, takes)
		return err
	})
	if err != nil {
		return false, err
	}
	return reportNoise(o, systems, means), nil
}

// mean is the mean over all takes.
func (s noiseSystem) mean(ctx context.Context, takes []noisy) (mean noiseFigures, err error) {
	share := 1 / float64(len(takes))
	for _, n := range takes {
		out, err := s.process(ctx, n.mic)
		if err != nil {
			return mean, fmt.Errorf("%s: %w", s.name, err)
		}
		alone, err := s.process(ctx, n.clean)
		if err != nil {
			return mean, fmt.Errorf("%s: %w", s.name, err)
		}
		f := n.judge(out)
		mean.reduction += share * f.reduction
		mean.understood += share * f.understood
		mean.perceived += share * f.perceived
		mean.segmental += share * f.segmental
		mean.speechDropped += share * f.speechDropped
		mean.untouched += share * estoi(n.clean[seconds(noiseLead):], alone[seconds(noiseLead):], speechRate)
	}
	return mean, nil
}

func reportNoise(o options, systems []noiseSystem, means []noiseFigures) bool {
	t := newTable("Noise: street, 15 dB below the speech", "", "reduction dB", "ESTOI", "segmental SNR dB", "perceptual", "speech dB", "clean ESTOI")
	for i, s := range systems {
		f := means[i]
		t.row(s.name, decimal(f.reduction, 1), decimal(f.understood, 3), decimal(f.segmental, 1), decimal(f.perceived, 2), decimal(f.speechDropped, 2), decimal(f.untouched, 3))
	}
	t.print(o.out)
	none, speex, ours := means[0], means[1], means[2]
	return judgeTargets(o.out, []target{
		{"reduction, dB", ours.reduction, atLeast, 12, true},
		{"ESTOI", ours.understood, atLeast, 0.76, true},
		{"ESTOI: no less than speexdsp", ours.understood, atLeast, speex.understood, false},
		{"segmental SNR: better than without", ours.segmental, atLeast, none.segmental, true},
		{"perceptual score: better than without", ours.perceived, atLeast, none.perceived, true},
		{"clean speech untouched, ESTOI", ours.untouched, atLeast, 0.98, true},
	})
}
