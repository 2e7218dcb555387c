package main

import (
	"math"
	"math/rand/v2"
	"slices"
)

// trace is the one-way transit of each packet of 20 ms in ms; a lost one has the transit gone.
type trace struct {
	name    string
	transit []float64
}

const (
	tracePackets = 15000 // 300 s
	sendEvery    = 20.0  // ms
	gone         = -1.0
)

// traces are the networks a door station meets.
func traces(seed uint64) []trace {
	r := rand.New(rand.NewPCG(seed, 't'))
	return []trace{
		{"lan", queue(func(int) float64 { return 1 + 0.3*math.Abs(r.NormFloat64()) })},
		{"wifi spikes", queue(func(int) float64 { return spikes(r) })},
		{"wifi power-save", queue(func(i int) float64 { return powerSave(r, i) })},
		{"lte", lossPattern{.005, 3}.takeFrom(r, queue(func(i int) float64 { return handover(r, i) }))},
		{"step congestion", lossPattern{.01, 1.5}.takeFrom(r, queue(func(i int) float64 { return congestion(r, i) }))},
		{"drift +100 ppm", each(func(i int) float64 { return 60 + math.Abs(r.NormFloat64()) - sendEvery*float64(i)*100e-6 })},
		{"drift -100 ppm", each(func(i int) float64 { return 15 + math.Abs(r.NormFloat64()) + sendEvery*float64(i)*100e-6 })},
	}
}

// spikes: a radio that scans or retries now and then.
func spikes(r *rand.Rand) float64 {
	t := 4 + gamma(r, 1.2, 2.5)
	if r.Float64() < 0.004 {
		t += between(r, 40, 160)
	}
	return t
}

// powerSave: the access point holds a quarter of the packets until shortly before the next beacon, every 102.4 ms.
func powerSave(r *rand.Rand, i int) float64 {
	const beacon = 102.4
	t := 4 + gamma(r, 1.2, 4)
	if r.Float64() < 0.25 {
		t += 0.9 * (beacon - math.Mod(sendEvery*float64(i), beacon))
	}
	return t
}

// handover: every 30 s the mobile network stalls for 180 ms and catches up over half a second.
func handover(r *rand.Rand, i int) float64 {
	t := 35 + gamma(r, 2, 8)
	if k := i%1500 - 300; k >= 0 && k < 25 {
		t += 180 * float64(24-k) / 24
	}
	return t
}

// congestion: a queue fills up for the middle third.
func congestion(r *rand.Rand, i int) float64 {
	t := 20 + gamma(r, 1.5, 3)
	if i >= tracePackets/3 && i < 2*tracePackets/3 {
		t += 40 + gamma(r, 2, 12)
	}
	return t
}

func each(transit func(i int) float64) []float64 {
	out := make([]float64, tracePackets)
	for i := range out {
		out[i] = transit(i)
	}
	return out
}

// queue keeps the order of sending: a packet waits for the one before it.
func queue(transit func(i int) float64) []float64 {
	out, latest := each(transit), 0.0
	for i := range out {
		latest = max(latest, sendEvery*float64(i)+out[i])
		out[i] = latest - sendEvery*float64(i)
	}
	return out
}

// takeFrom loses packets of a trace.
func (p lossPattern) takeFrom(r *rand.Rand, transit []float64) []float64 {
	for i, lost := range p.lost(r, len(transit)) {
		if lost {
			transit[i] = gone
		}
	}
	return transit
}

// gamma draws from a gamma distribution of any shape above 1 (G. Marsaglia and W. W. Tsang, "A Simple Method for
// Generating Gamma Variables", ACM TOMS 26, 2000).
func gamma(r *rand.Rand, shape, scale float64) float64 {
	d := shape - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := math.Pow(1+c*x, 3)
		if v > 0 && math.Log(1-r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return scale * d * v
		}
	}
}

// arrival is a packet that came: which one, and when, in ms.
type arrival struct {
	packet int
	at     float64
}

// arrivals are the packets of the trace that came, in order of their coming.
func (t trace) arrivals() []arrival {
	var all []arrival
	for i, v := range t.transit {
		if v != gone {
			all = append(all, arrival{i, sendEvery*float64(i) + v})
		}
	}
	slices.SortStableFunc(all, func(a, b arrival) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	return all
}
