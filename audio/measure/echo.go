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
		{"speexdsp + suppressor", anchor(true)},
		{"ours, linear", ours(echo.Config{LinearOnly: true}, false)},
		{"ours", ours(echo.Config{}, false)},
		{"ours + noise suppressor", ours(echo.Config{}, true)},
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
	detail := newTable("Echo, ours take by take", echoColumns...)
	means := newTable("Echo, means over the 16 kHz takes with speech", echoColumns...)
	var own, anchor echoFigures
	var worst float64
	for s := range systems {
		var counted []echoFigures
		for k, t := range takes {
			if o.all || systems[s].name == "ours" {
				detail.row(append([]string{systems[s].name + ", " + t.name}, figures[s][k].cells()...)...)
			}
			if t.counts {
				counted = append(counted, figures[s][k])
			}
		}
		mean, drop := meanEcho(counted)
		means.row(append([]string{systems[s].name}, mean.cells()...)...)
		switch systems[s].name {
		case "ours":
			own, worst = mean, drop
		case "speexdsp + suppressor":
			anchor = mean
		}
	}
	detail.print(o.out)
	means.print(o.out)
	return judgeTargets(o.out, []target{
		{"E1, dB", own.e1, atLeast, 38, true},
		{"E3, dB", own.e3, atLeast, 32, true},
		{"E10, dB", own.e10, atLeast, 33, true},
		{"R1, dB", own.r1, atLeast, 20, true},
		{"double talk, ESTOI: no less than speexdsp + suppressor", own.doubleTalk, atLeast, anchor.doubleTalk, true},
		{"double talk, mean drop of the near end, dB", own.drop, atLeast, -1.5, true},
		{"double talk, worst drop, dB", worst, atLeast, -3, true},
		{"near end alone untouched, ESTOI", own.nearEnd, atLeast, 0.98, true},
		{"delay, ms", own.lag, atMost, 10, true},
	})
}
