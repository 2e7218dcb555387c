package main

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// A scenario of 48 s, in seconds:
//
//	0   0.5                  16.5            22.5             37.5        48
//	+---+--------------------+---------------+----------------+-----------+
//	|   | far end, path A    | far, path B   | both, path B   | near end  |
//	+---+--------------------+---------------+----------------+-----------+
//	       E1  E3      E10      R1  R3          double talk      untouched?
const (
	farStarts, pathChanges, nearStarts, farEnds, length = 0.5, 16.5, 22.5, 37.5, 48.0

	farLevel  = -20.0 // dBFS while speaking
	nearLevel = -28.0
)

// scenario is one kind of door station.
type scenario struct {
	name      string
	nearOver  float64 // level of the visitor over the echo in dB
	decay     float64 // reverberation time in s
	tail      float64 // its level in dB
	amplifier distortion
	noise     float64 // dBFS
	delay     int     // of the echo in ms, known from the card
	drift     float64 // of the microphone's clock in ppm
	jump      bool    // the path changes by 20 ms more delay instead of another place
	recorded  bool    // voices of flite
	steady    bool    // the far end is noise: no speech, so it counts for no mean
	narrow    bool    // an 8 kHz copy is measured too
}

// scenarios are the twelve kinds. All use the same voices; each has its own rooms and noise.
var scenarios = []scenario{
	{name: "base", decay: .12, tail: -18, noise: -68, delay: 60},
	{name: "loud", nearOver: -10, decay: .12, tail: -18, amplifier: mild, noise: -68, delay: 60, narrow: true},
	{name: "hall", nearOver: -5, decay: .4, tail: -8, amplifier: mild, noise: -68, delay: 60, narrow: true},
	{name: "street", nearOver: -5, decay: .12, tail: -18, amplifier: mild, noise: -42, delay: 60, narrow: true},
	{name: "drift", nearOver: -10, decay: .12, tail: -18, amplifier: mild, noise: -68, delay: 60, drift: 50},
	{name: "late", nearOver: -10, decay: .12, tail: -18, amplifier: mild, noise: -68, delay: 200},
	{name: "clip", nearOver: -10, decay: .12, tail: -18, amplifier: severe, noise: -68, delay: 60},
	{name: "steady", nearOver: -5, decay: .12, tail: -18, noise: -68, delay: 60, steady: true},
	{name: "xrun", nearOver: -10, decay: .12, tail: -18, amplifier: mild, noise: -68, delay: 60, jump: true},
	{name: "recorded-loud", nearOver: -10, decay: .12, tail: -18, amplifier: mild, noise: -68, delay: 60, recorded: true},
	{name: "recorded-mid", decay: .12, tail: -18, amplifier: mild, noise: -60, delay: 60, recorded: true},
	{name: "recorded-easy", nearOver: 10, decay: .12, tail: -18, amplifier: mild, noise: -60, delay: 60, recorded: true},
}

// take is a scenario made to sound: what was played, what was recorded, and what the recording is made of.
type take struct {
	name                        string
	rate                        int
	delay                       int // ms
	counts                      bool
	ref, mic, near, echo, noise []float64
}

// voices are what far and near end say, long enough for every scenario.
type voices struct{ far, near, recordedFar, recordedNear []float64 }

func newVoices(ctx context.Context, seed uint64) (v voices, err error) {
	c := castOf(seed)
	far, near := script(seed, 12)
	jobs := []struct {
		into  *[]float64
		who   speaker
		texts []string
		gap   float64
	}{
		{&v.far, c.far, far, .25}, {&v.near, c.near, near, .35},
		{&v.recordedFar, c.recordedFar, far, .25}, {&v.recordedNear, c.recordedNear, near, .35},
	}
	err = inParallel(len(jobs), func(i int) error {
		x, err := jobs[i].who.recite(ctx, jobs[i].texts, jobs[i].gap)
		*jobs[i].into = repeated(x, seconds(length))
		return err
	})
	return v, err
}

func seconds(t float64) int { return int(t * speechRate) }

// newSet makes all scenarios of a seed: the 16 kHz takes in the order of the table, then the 8 kHz copies.
func newSet(ctx context.Context, seed uint64) ([]take, error) {
	v, err := newVoices(ctx, seed)
	if err != nil {
		return nil, fmt.Errorf("voices: %w", err)
	}
	takes := make([]take, len(scenarios))
	err = inParallel(len(scenarios), func(i int) error {
		takes[i] = scenarios[i].record(v, rand.New(rand.NewPCG(seed, uint64(i))))
		return nil
	})
	for i, s := range scenarios {
		if s.narrow {
			takes = append(takes, takes[i].narrowed())
		}
	}
	return takes, err
}

// record puts the scenario together.
func (s scenario) record(v voices, r *rand.Rand) take {
	t := take{name: s.name, rate: speechRate, delay: s.delay, counts: !s.steady}
	t.ref = quantized(s.farEnd(v, r))
	t.echo = s.echo(t.ref, r)
	t.near = s.nearEnd(v, r)
	t.noise = hiss(r, len(t.ref))
	if s.noise > -60 {
		t.noise = street(r, len(t.ref))
	}
	setLevel(t.noise, s.noise)
	t.mic = quantized(sum(t.echo, t.near, t.noise))
	return t
}

func (s scenario) farEnd(v voices, r *rand.Rand) []float64 {
	far := append([]float64(nil), v.far...)
	switch {
	case s.steady:
		far = band(r, seconds(length))
	case s.recorded:
		copy(far, v.recordedFar)
	}
	setActiveLevel(far, farLevel)
	clear(far[:seconds(farStarts)])
	clear(far[seconds(farEnds):])
	return far
}

func (s scenario) echo(ref []float64, r *rand.Rand) []float64 {
	played := loudspeaker(s.amplifier.apply(ref))
	before := room(r, s.decay, s.tail)
	after := room(r, s.decay, s.tail)
	if s.jump {
		after = delayed(before, speechRate/50)
	}
	echo, later := convolved(played, before), convolved(played, after)
	copy(echo[seconds(pathChanges):], later[seconds(pathChanges):])
	echo = delayed(echo, s.delay*speechRate/1000)
	if s.drift != 0 {
		echo = fitted(resampled(echo, 1+s.drift*1e-6), len(ref))
	}
	setActiveLevel(echo, nearLevel-s.nearOver)
	return echo
}

func (s scenario) nearEnd(v voices, r *rand.Rand) []float64 {
	near := append([]float64(nil), v.near...)
	if s.recorded {
		copy(near, v.recordedNear)
	}
	clear(near[:seconds(nearStarts)])
	near = convolved(near, room(r, .12, -12))
	setActiveLevel(near, nearLevel)
	return near
}

// narrowed is the take at 8 kHz.
func (t take) narrowed() take {
	n := take{name: t.name + "-8k", rate: speechRate / 2, delay: t.delay}
	for _, x := range []struct{ to, from *[]float64 }{{&n.ref, &t.ref}, {&n.near, &t.near}, {&n.echo, &t.echo}, {&n.noise, &t.noise}} {
		*x.to = resampled(*x.from, 2)
	}
	n.ref, n.mic = quantized(n.ref), quantized(sum(n.echo, n.near, n.noise))
	return n
}
