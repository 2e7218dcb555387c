package main

import (
	"context"
	_ "embed" // the anchor's source
	"fmt"
	"math/rand/v2"

	"intercom/audio/conceal"
	"intercom/audio/g711"
)

//go:embed testdata/spandsp.c
var spandspSource []byte

const (
	narrowRate = 8000
	packet     = narrowRate / 50 // samples of 20 ms
)

// lossPattern is the two-state model of E. N. Gilbert ("Capacity of a Burst-Noise Channel", Bell Syst. Tech. J. 39,
// 1960): share of packets lost, in bursts of a mean length; 1 is "at random".
type lossPattern struct{ share, burst float64 }

var lossPatterns = []lossPattern{{.01, 1}, {.03, 1}, {.05, 1}, {.10, 1}, {.05, 2.5}, {.10, 2.5}, {.20, 3}}

func (p lossPattern) String() string {
	if p.burst == 1 {
		return fmt.Sprintf("%g %%", 100*p.share)
	}
	return fmt.Sprintf("%g %% in bursts of %g", 100*p.share, p.burst)
}

// lost marks n packets. With bursts of 1 on average, losses are independent of one another.
func (p lossPattern) lost(r *rand.Rand, n int) []bool {
	leave, enter := 1/p.burst, p.share/p.burst/(1-p.share)
	out, bad := make([]bool, n), false
	for i := range out {
		switch {
		case p.burst == 1:
			bad = r.Float64() < p.share
		case bad:
			bad = r.Float64() >= leave
		default:
			bad = r.Float64() < enter
		}
		out[i] = bad
	}
	return out
}

// concealer fills the lost packets of speech that was coded and decoded already.
type concealer struct {
	name string
	fill func(ctx context.Context, x []float64, lost []bool) ([]float64, error)
}

func concealers(spandsp string) []concealer {
	return []concealer{
		{"silence", fillSilence},
		{"repeat and fade", fillRepeat},
		{"spandsp", func(ctx context.Context, x []float64, lost []bool) ([]float64, error) {
			return fillSpandsp(ctx, spandsp, x, lost)
		}},
		{"ours", fillOurs},
	}
}

func fillSilence(_ context.Context, x []float64, lost []bool) ([]float64, error) {
	out := append([]float64(nil), x...)
	for i, l := range lost {
		if l {
			clear(out[i*packet:][:packet])
		}
	}
	return out, nil
}

// fillRepeat repeats the last packet, each time 6 dB softer.
func fillRepeat(_ context.Context, x []float64, lost []bool) ([]float64, error) {
	out := append([]float64(nil), x...)
	for i, l := range lost {
		if l && i > 0 {
			copy(out[i*packet:][:packet], out[(i-1)*packet:])
			scale(out[i*packet:][:packet], 0.5)
		}
	}
	return out, nil
}

func fillSpandsp(ctx context.Context, program string, x []float64, lost []bool) ([]float64, error) {
	var in []int16
	for i, l := range lost {
		flag := int16(0)
		if l {
			flag = 1
		}
		in = append(append(in, flag), toInt16(x[i*packet:][:packet])...)
	}
	out, err := filtered(ctx, in, program, "plc")
	return fromInt16(out), err
}

// fillOurs runs package conceal as the stream does: in steps of 10 ms.
func fillOurs(_ context.Context, x []float64, lost []bool) ([]float64, error) {
	c, err := conceal.New(narrowRate)
	if err != nil {
		return nil, err
	}
	out := toFloat32(x)
	for i, l := range lost {
		for step := range 2 {
			frame := out[i*packet+step*packet/2:][:packet/2]
			if l {
				c.Lost(frame)
			} else {
				c.Heard(frame)
			}
		}
	}
	return fromFloat32(out), nil
}

// overALaw is the speech at 8 kHz as G.711 carries it, cut to whole packets.
func overALaw(x []float64) []float64 {
	x = resampled(x, speechRate/narrowRate)
	pcm := toInt16(x[:len(x)/packet*packet])
	for i, v := range pcm {
		pcm[i] = g711.FromA(g711.ToA(v))
	}
	return fromInt16(pcm)
}

// sayings is speech in eight voices, two sentences each.
func sayings(ctx context.Context, seed uint64) ([][]float64, error) {
	far, near := script(seed, 8)
	all := make([][]float64, 8)
	err := inParallel(len(all), func(i int) (err error) {
		who := speaker{"espeak-ng", formantVoices[i/2], 150, 45}
		if i%2 == 1 {
			who = speaker{program: "flite", voice: recordedVoices[i/2]}
		}
		all[i], err = who.recite(ctx, []string{far[i], near[i]}, 0.3)
		setActiveLevel(all[i], nearLevel+2)
		return err
	})
	return all, err
}

// measureConcealment prints the score of each concealer for each pattern of loss.
func measureConcealment(ctx context.Context, o options) (bool, error) {
	w, err := newWorkshop()
	if err != nil {
		return false, err
	}
	defer w.close()
	program, err := w.compile(ctx, "spandsp", spandspSource, "-lspandsp", "-lm")
	if err != nil {
		return false, err
	}
	speech, err := sayings(ctx, o.seed)
	if err != nil {
		return false, err
	}
	for i := range speech {
		speech[i] = overALaw(speech[i])
	}
	systems := concealers(program)
	scores := make([][]float64, len(lossPatterns))
	err = inParallel(len(lossPatterns), func(i int) (err error) {
		scores[i], err = scoreLoss(ctx, systems, speech, lossPatterns[i], o.seed)
		return err
	})
	if err != nil {
		return false, err
	}
	return reportConcealment(o, systems, scores), nil
}

// repeats is how many patterns of loss each speech meets: at 1 % one pattern has a handful of losses.
const repeats = 6

// scoreLoss is the mean score of each system over all speech, under the same losses.
func scoreLoss(ctx context.Context, systems []concealer, speech [][]float64, p lossPattern, seed uint64) ([]float64, error) {
	ear := newPerceptual(narrowRate)
	means := make([]float64, len(systems))
	for k, x := range speech {
		for again := range uint64(repeats) {
			lost := p.lost(rand.New(rand.NewPCG(seed*repeats+again, uint64(k))), len(x)/packet)
			for s, system := range systems {
				out, err := system.fill(ctx, x, lost)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", system.name, err)
				}
				means[s] += ear.score(x, out) / float64(repeats*len(speech))
			}
		}
	}
	return means, nil
}

func reportConcealment(o options, systems []concealer, scores [][]float64) bool {
	columns := []string{"loss"}
	for _, s := range systems {
		columns = append(columns, s.name)
	}
	t := newTable("Concealment of lost packets: G.711, 20 ms, perceptual score (4.5 is unharmed)", columns...)
	var targets []target
	for i, p := range lossPatterns {
		cells := []string{p.String()}
		for _, v := range scores[i] {
			cells = append(cells, decimal(v, 2))
		}
		t.row(cells...)
		ours, spandsp := scores[i][len(systems)-1], scores[i][len(systems)-2]
		targets = append(targets, target{p.String() + ": no less than spandsp", ours, atLeast, spandsp, true})
	}
	t.print(o.out)
	return judgeTargets(o.out, targets)
}
