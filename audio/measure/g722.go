package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"intercom/audio/g722"
)

// measureG722 compares package g722 with spandsp octet by octet and sample by sample, on noise of every level, full
// scale, silence and speech. There is no figure between right and wrong here.
func measureG722(ctx context.Context, o options) (bool, error) {
	w, err := newWorkshop()
	if err != nil {
		return false, err
	}
	defer w.close()
	program, err := w.compile(ctx, "spandsp", spandspSource, "-lspandsp", "-lm")
	if err != nil {
		return false, err
	}
	signals, err := codecSignals(ctx, o.seed)
	if err != nil {
		return false, err
	}
	t := newTable("G.722 against spandsp, bit for bit", "signal", "octets", "differ", "samples", "differ", "beyond 16 bits")
	differ := 0
	for _, s := range signals {
		c, err := compareG722(ctx, program, s.pcm)
		if err != nil {
			return false, fmt.Errorf("%s: %w", s.name, err)
		}
		t.row(s.name, fmt.Sprint(c.octets), fmt.Sprint(c.octetsDiffer), fmt.Sprint(c.samples), fmt.Sprint(c.samplesDiffer), fmt.Sprint(c.clipped))
		differ += c.octetsDiffer + c.samplesDiffer
	}
	t.print(o.out)
	return judgeTargets(o.out, []target{{"octets and samples that differ", float64(differ), atMost, 0, true}}), nil
}

type codecSignal struct {
	name string
	pcm  []int16
}

func codecSignals(ctx context.Context, seed uint64) ([]codecSignal, error) {
	r := rand.New(rand.NewPCG(seed, 'g'))
	noise := make([]int16, 60*g722.Rate)
	for i := range noise {
		swell := math.Pow(2, -15*math.Abs(math.Sin(float64(i)/g722.Rate))) // from full scale to one step
		noise[i] = int16(32767 * between(r, -1, 1) * swell)
	}
	square := make([]int16, 10*g722.Rate)
	for i := range square {
		square[i] = int16(32767 - 65535*(i/(20+i/1600)%2))
	}
	silence := make([]int16, 2*g722.Rate)
	copy(silence, noise[:100])
	speech, err := sayings(ctx, seed)
	var all []float64
	for _, x := range speech {
		all = append(all, x...)
	}
	return []codecSignal{{"noise of all levels", noise}, {"square waves at full scale", square}, {"silence after noise", silence}, {"speech", toInt16(all)}}, err
}

// codecComparison counts what differs. Where our decoder is at the limit of 16 bits, which the Recommendation demands
// (block LIMIT), this version of spandsp wraps around; those samples are counted apart.
type codecComparison struct{ octets, octetsDiffer, samples, samplesDiffer, clipped int }

func compareG722(ctx context.Context, program string, pcm []int16) (c codecComparison, err error) {
	pcm = pcm[:len(pcm)/2*2]
	octets := make([]byte, len(pcm)/2)
	g722.NewEncoder().Encode(octets, pcm)
	want, err := executeSamples(ctx, pcm, program, "encode")
	if err != nil {
		return c, err
	}
	c.octets, c.octetsDiffer = len(octets), countDifferent(octets, want)
	decoded := make([]int16, len(pcm))
	g722.NewDecoder().Decode(decoded, octets)
	raw, err := execute(ctx, octets, program, "decode")
	if err != nil {
		return c, err
	}
	other := samplesOf(raw)
	c.samples = len(decoded)
	for i, v := range decoded {
		switch {
		case v == math.MaxInt16 || v == math.MinInt16:
			c.clipped++
		case i >= len(other) || v != other[i]:
			c.samplesDiffer++
		}
	}
	return c, nil
}

func countDifferent(a, b []byte) (n int) {
	if bytes.Equal(a, b) {
		return 0
	}
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			n++
		}
	}
	return n
}
