package main

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"intercom/audio/jitter"
)

// policy decides the play-out delay: told by how much each packet came later than the fastest of the last two seconds,
// it answers the delay aimed at, both in ms.
type policy interface {
	observe(at, late float64) (target float64)
}

// fixed is a buffer of one delay for ever.
type fixed float64

func (f fixed) observe(float64, float64) float64 { return float64(f) }

// netEQ is the policy that WebRTC's NetEQ is known for: the greatest lateness of each 500 ms goes into a histogram of
// 20 ms buckets which forgets by .983, and the delay is its .95 quantile.
type netEQ struct {
	histogram [100]float64
	started   bool
	from      float64 // when the present interval began
	greatest  float64
	target    float64
}

const (
	netEQBucket   = 20.0 // ms
	netEQInterval = 500.0
	netEQForget   = 0.983
	netEQQuantile = 0.95
)

func (n *netEQ) observe(at, late float64) float64 {
	n.greatest = max(n.greatest, late)
	if !n.started || at-n.from >= netEQInterval {
		n.learn()
		n.started, n.from, n.greatest = true, at, 0
	}
	return n.target
}

func (n *netEQ) learn() {
	weight := 1 - netEQForget
	if !n.started {
		weight = 1
	}
	for i := range n.histogram {
		n.histogram[i] *= 1 - weight
	}
	n.histogram[min(int(n.greatest/netEQBucket), len(n.histogram)-1)] += weight
	sum := 0.0
	for i, v := range n.histogram {
		if sum += v; sum >= netEQQuantile {
			n.target = float64(i+1) * netEQBucket
			return
		}
	}
}

// slowness tells by how much an arrival is later than the fastest of the last two seconds.
type slowness struct{ recent []arrival }

const slownessWindow = 2000 // ms

func (s *slowness) of(a arrival) float64 {
	transit := func(x arrival) float64 { return x.at - sendEvery*float64(x.packet) }
	s.recent = append(s.recent, a)
	for s.recent[0].at < a.at-slownessWindow {
		s.recent = s.recent[1:]
	}
	least := math.Inf(1)
	for _, x := range s.recent {
		least = min(least, transit(x))
	}
	return transit(a) - least
}

// jitterFigures is what a policy did with a trace.
type jitterFigures struct {
	delay    float64 // mean delay aimed at, ms
	late     float64 // share of packets later than that, in per cent
	missing  float64 // ours: packets that came and were not played, in per cent
	greatest float64 // ours: delay at which anything was played, ms
	scaled   int     // ours: corrections by time scaling a minute
}

// replay runs a policy over a trace.
func replay(t trace, p policy) (f jitterFigures) {
	var s slowness
	all := t.arrivals()
	for _, a := range all {
		slow := s.of(a)
		target := p.observe(a.at, slow)
		f.delay += target / float64(len(all))
		if slow > target {
			f.late += 100 / float64(len(all))
		}
	}
	return f
}

// player pulls a jitter.Buffer as the stream does, every 10 ms, with packets of 160 units of 1/8000 s. The sound itself
// is left out: a correction takes or adds 5 ms, at most every 30 ms, as time scaling by whole pitch periods would.
type player struct {
	buffer *jitter.Buffer
	start  time.Time
	queued int // units decoded and not played
	rest   int // pulls until the next correction
}

const (
	stepUnits   = 80
	packetUnits = 160
	scaleUnits  = 40
	scaleRest   = 2
)

func (p *player) clock(ms float64) time.Time {
	return p.start.Add(time.Duration(ms * float64(time.Millisecond)))
}

// replayOurs runs package jitter over a trace.
func replayOurs(t trace) (f jitterFigures) {
	p := player{buffer: jitter.New(jitter.Config{}), start: time.Unix(1000, 0)}
	all := t.arrivals()
	var s slowness
	next, last := 0, all[len(all)-1].at
	for clock := 3.0; clock < last+1000; clock += 10 {
		for ; next < len(all) && all[next].at <= clock; next++ {
			a := all[next]
			p.buffer.Push(p.clock(a.at), jitter.Packet{Seq: uint16(a.packet), Timestamp: uint32(a.packet * packetUnits), Payload: []byte{1}})
			target := float64(p.buffer.Target()) / float64(time.Millisecond)
			f.delay += target / float64(len(all))
			if s.of(a) > target {
				f.late += 100 / float64(len(all))
			}
		}
		p.pull(p.clock(clock), &f)
	}
	f.missing = 100 * float64(len(all)-p.buffer.Counters().Played) / float64(len(all))
	f.scaled /= tracePackets * sendEvery / 60000
	return f
}

// pull is one frame of the card.
func (p *player) pull(now time.Time, f *jitterFigures) {
	for p.queued < stepUnits {
		if p.buffer.Next(now, p.queued, stepUnits).Action != jitter.Play {
			p.queued += stepUnits
			continue
		}
		f.greatest = max(f.greatest, float64(p.buffer.Delay(now, p.queued))/float64(time.Millisecond))
		p.buffer.Done(packetUnits)
		p.queued += packetUnits
	}
	if p.rest--; p.rest < 0 {
		switch x := p.buffer.Correction(now, p.queued, stepUnits); {
		case x > 0 && p.queued >= scaleUnits:
			p.queued -= scaleUnits
			p.rest, f.scaled = scaleRest, f.scaled+1
		case x < 0:
			p.queued += scaleUnits
			p.rest, f.scaled = scaleRest, f.scaled+1
		}
	}
	p.queued -= min(stepUnits, p.queued)
}

// measureJitter prints what each network costs in delay and in packets that come too late.
func measureJitter(_ context.Context, o options) (bool, error) {
	t := newTable("Jitter: mean delay in ms / packets later than it in %",
		"network", "fixed 60", "NetEQ policy", "ours", "not played %", "greatest ms", "scalings/min")
	var targets []target
	for _, tr := range traces(o.seed) {
		still, neteq, ours := replay(tr, fixed(60)), replay(tr, &netEQ{}), replayOurs(tr)
		t.row(tr.name, still.cell(), neteq.cell(), ours.cell(), decimal(ours.missing, 2), decimal(ours.greatest, 0), strconv.Itoa(ours.scaled))
		delay, late := neteq.delay, 1.5
		if tr.name == "lan" || strings.HasPrefix(tr.name, "drift") {
			delay, late = 15, 0
		}
		targets = append(targets,
			target{tr.name + ": mean delay, ms", ours.delay, atMost, delay, true},
			target{tr.name + ": late, %", ours.late, atMost, late, true},
			target{tr.name + ": greatest delay, ms", ours.greatest, atMost, 200, true})
	}
	t.print(o.out)
	return judgeTargets(o.out, targets), nil
}

func (f jitterFigures) cell() string { return decimal(f.delay, 0) + " / " + decimal(f.late, 2) }
