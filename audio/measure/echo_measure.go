package main

import "math"

// echoFigures is what a canceller did to one take.
type echoFigures struct {
	e1, e3, e10 float64 // echo return loss enhancement in dB, 1 to 2, 3 to 5 and 10 to 16 s after the far end began
	r1, r3      float64 // the same 1 to 2 and 3 to 5.5 s after the path changed
	doubleTalk  float64 // ESTOI of the near end while both talk
	drop        float64 // by how many dB the near end is softer then than alone, as a negative number
	nearEnd     float64 // ESTOI of the near end alone against what the microphone heard: untouched is 1
	lag         float64 // ms by which the output is late
}

// margin is how much earlier than the card's delay says the reference is taken, in ms, so that no reading error can
// bring the echo before its cause.
const margin = 2

// aligned is the reference as the station's chain presents it: moved by the delay that the card tells.
func (t take) aligned() []float64 { return delayed(t.ref, max(t.delay-margin, 0)*t.rate/1000) }

// judge compares a canceller's output with the parts the take is made of.
func (t take) judge(out []float64) echoFigures {
	late := float64(t.delay) / 1000
	start, change := farStarts+late, pathChanges+late
	active := t.echoActive()
	erle := func(from, to float64) float64 { return t.erle(out, active, from, to) }
	f := echoFigures{
		e1: erle(start+1, start+2), e3: erle(start+3, start+5), e10: erle(start+10, start+16),
		r1: erle(change+1, change+2), r3: erle(change+3, change+5.5),
	}
	const settled, edge = 0.5, 0.2 // s left out where the near end starts and where a part ends
	single := func(x []float64) []float64 { return x[t.at(farEnds+1):t.at(length-settled)] }
	both := func(x []float64) []float64 { return x[t.at(nearStarts+settled):t.at(farEnds-edge)] }
	n := lag(single(out), single(t.near), -t.rate/1000, t.rate/20)
	f.lag = 1000 * float64(n) / float64(t.rate)
	inTime := delayed(out, -n)
	f.doubleTalk = estoi(both(t.near), both(inTime), t.rate)
	f.drop = levelIn(both(t.near), both(inTime)) - levelIn(single(t.near), single(inTime))
	f.nearEnd = estoi(single(t.mic), single(inTime), t.rate)
	return f
}

func (t take) at(second float64) int { return int(second * float64(t.rate)) }

// echoActive marks the samples around which the echo is less than 40 dB below its loudest: in its pauses there is
// nothing to take away.
func (t take) echoActive() []bool {
	const width, depth = 160, 1e-4
	course, sum := make([]float64, len(t.echo)), 0.0
	loudest := 0.0
	for i := range len(t.echo) + width/2 {
		if i < len(t.echo) {
			sum += t.echo[i] * t.echo[i]
		}
		if i >= width {
			sum -= t.echo[i-width] * t.echo[i-width]
		}
		if i >= width/2 {
			course[i-width/2] = sum
			loudest = max(loudest, sum)
		}
	}
	active := make([]bool, len(course))
	for i, p := range course {
		active[i] = p > depth*loudest
	}
	return active
}

// erle is how much softer out is than the microphone where there is echo, in dB, between two times in s.
func (t take) erle(out []float64, active []bool, from, to float64) float64 {
	var before, after, n float64
	for i := t.at(from); i < t.at(to); i++ {
		if active[i] {
			before += t.mic[i] * t.mic[i]
			after += out[i] * out[i]
			n++
		}
	}
	return decibels(before/n) - decibels(after/n)
}

// levelIn is the level in dB at which x is found in out.
func levelIn(x, out []float64) float64 {
	return 20 * math.Log10(max(math.Abs(dot(x, out)/dot(x, x)), 1e-6))
}

// meanEcho is the mean of the takes that count, and the worst double-talk drop among them.
func meanEcho(all []echoFigures) (mean echoFigures, worstDrop float64) {
	n := float64(len(all))
	for _, f := range all {
		mean.e1 += f.e1 / n
		mean.e3 += f.e3 / n
		mean.e10 += f.e10 / n
		mean.r1 += f.r1 / n
		mean.r3 += f.r3 / n
		mean.doubleTalk += f.doubleTalk / n
		mean.drop += f.drop / n
		mean.nearEnd += f.nearEnd / n
		mean.lag = max(mean.lag, f.lag)
		worstDrop = min(worstDrop, f.drop)
	}
	return mean, worstDrop
}
