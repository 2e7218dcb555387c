package main

import (
	"context"
	"fmt"

	"intercom/audio/echo"
	"intercom/audio/noise"
)

// system is one canceller under test.
type system struct {
	name    string
	process func(context.Context, take) ([]float64, error)
}

// Names of the systems that targets speak of.
const (
	alone      = "ours"
	chain      = "ours + noise suppressor"
	fullAnchor = "speexdsp + suppressor"
)

// echoSystems are ours and the anchors; speex is the compiled anchor.
func echoSystems(speex string) []system {
	ours := func(c echo.Config, background bool) func(context.Context, take) ([]float64, error) {
		return func(_ context.Context, t take) ([]float64, error) { return ourEcho(t, c, background) }
	}
	anchor := func(suppress bool) func(context.Context, take) ([]float64, error) {
		return func(ctx context.Context, t take) ([]float64, error) { return speexEcho(ctx, speex, t, suppress) }
	}
	return []system{
		{"none", func(_ context.Context, t take) ([]float64, error) { return t.mic, nil }},
		{"speexdsp, linear", anchor(false)},
		{fullAnchor, anchor(true)},
		{"ours, linear", ours(echo.Config{LinearOnly: true}, false)},
		{alone, ours(echo.Config{}, false)},
		{chain, ours(echo.Config{}, true)},
	}
}

// ourEcho runs package echo over a take, alone or with package noise behind it as the station has it.
func ourEcho(t take, c echo.Config, background bool) ([]float64, error) {
	c.Rate = t.rate
	if background {
		n, err := noise.New(noise.Config{Rate: t.rate})
		if err != nil {
			return nil, err
		}
		c.Background = n
	}
	canceller, err := echo.New(c)
	if err != nil {
		return nil, err
	}
	ref, mic := toFloat32(t.aligned()), toFloat32(t.mic)
	out, n := make([]float32, len(mic)), canceller.Frame()
	for i := 0; i+n <= len(mic); i += n {
		canceller.Process(out[i:i+n], mic[i:i+n], ref[i:i+n])
	}
	return quantized(fromFloat32(out)), nil
}

// measureEcho prints the table of echo cancellation and says whether all held targets are met.
func measureEcho(ctx context.Context, o options) (bool, error) {
	takes, err := o.takes(ctx)
	if err != nil {
		return false, err
	}
	w, err := newWorkshop()
	if err != nil {
		return false, err
	}
	defer w.close()
	speex, err := w.compile(ctx, "speex", speexSource, "-lspeexdsp")
	if err != nil {
		return false, err
	}
	systems := echoSystems(speex)
	figures := make([][]echoFigures, len(systems))
	for i := range figures {
		figures[i] = make([]echoFigures, len(takes))
	}
	err = inParallel(len(systems)*len(takes), func(i int) error {
		s, k := i/len(takes), i%len(takes)
		out, err := systems[s].process(ctx, takes[k])
		if err != nil {
			return fmt.Errorf("%s on %s: %w", systems[s].name, takes[k].name, err)
		}
		figures[s][k] = takes[k].judge(out)
		return nil
	})
	if err != nil {
		return false, err
	}
	return reportEcho(o, systems, takes, figures), nil
}

var echoColumns = []string{"", "E1", "E3", "E10", "R1", "R3", "DT ESTOI", "DT drop", "near ESTOI", "lag ms"}

func (f echoFigures) cells() []string {
	return []string{decimal(f.e1, 1), decimal(f.e3, 1), decimal(f.e10, 1), decimal(f.r1, 1), decimal(f.r3, 1), decimal(f.doubleTalk, 3), decimal(f.drop, 2), decimal(f.nearEnd, 3), decimal(f.lag, 1)}
}

func reportEcho(o options, systems []system, takes []take, figures [][]echoFigures) bool {
	detail := newTable("Echo, the station's chain take by take", echoColumns...)
	means := newTable("Echo, means over the 16 kHz takes with speech", echoColumns...)
	byName, worst := map[string]echoFigures{}, map[string]float64{}
	for s, system := range systems {
		var counted []echoFigures
		for k, t := range takes {
			if o.all || system.name == chain {
				detail.row(append([]string{system.name + ", " + t.name}, figures[s][k].cells()...)...)
			}
			if t.counts {
				counted = append(counted, figures[s][k])
			}
		}
		mean, drop := meanEcho(counted)
		means.row(append([]string{system.name}, mean.cells()...)...)
		byName[system.name], worst[system.name] = mean, drop
	}
	detail.print(o.out)
	means.print(o.out)
	return judgeTargets(o.out, echoTargets(byName, worst))
}

// echoTargets judges the chain as the station has it, which lowers noise as the anchor does, and the canceller alone
// where the noise suppressor would change the answer.
func echoTargets(mean map[string]echoFigures, worst map[string]float64) []target {
	ours, anchor := mean[chain], mean[fullAnchor]
	return []target{
		{"E1, dB", ours.e1, atLeast, 38, true},
		{"E3, dB", ours.e3, atLeast, 32, true},
		{"E10, dB", ours.e10, atLeast, 33, true},
		{"R1, dB", ours.r1, atLeast, 20, true},
		{"canceller alone: E1, dB", mean[alone].e1, atLeast, 38, false},
		{"canceller alone: E3, dB", mean[alone].e3, atLeast, 32, true},
		{"canceller alone: E10, dB", mean[alone].e10, atLeast, 33, true},
		{"canceller alone: R1, dB", mean[alone].r1, atLeast, 20, true},
		{"double talk, ESTOI: within 0.02 of speexdsp + suppressor", ours.doubleTalk, atLeast, anchor.doubleTalk - 0.02, true},
		{"double talk, ESTOI: no less than speexdsp + suppressor", ours.doubleTalk, atLeast, anchor.doubleTalk, false},
		{"double talk, mean drop of the near end, dB", ours.drop, atLeast, -1.5, true},
		{"double talk, worst drop, dB", worst[chain], atLeast, -3, true},
		{"canceller alone: near end untouched, ESTOI", mean[alone].nearEnd, atLeast, 0.98, true},
		{"delay, ms", ours.lag, atMost, 10, true},
	}
}
