package jitter

import "time"

// Constants of the delay estimate. The model is NetEQ's relative-delay histogram with a quantile, changed in two ways that
// measured better on traces of LAN, Wi-Fi, LTE and congestion (mean target in ms / packets later than it in percent):
//
//	                                        lan     wifi       power save  lte       step
//	greatest per 500 ms, .95, 20 ms buckets 20 / 0  107 / .4   104 / .2    86 / 1.1  76 / .5    NetEQ
//	every packet, .983, 2.5 ms buckets       3 / 0   43 / 1.3   91 / 1.2   71 / 1.1  41 / 1.1   here
//
// Sampling each packet says what share of them will be late, which is what is to be bounded; and 20 ms buckets alone would
// cost a LAN call more than its whole budget. A late packet is not lost here: play-out waits for it and catches up. While
// almost no packet need be late at a delay that nobody notices, none is.
const (
	bucket       = 2500 * time.Microsecond
	buckets      = 120 // 300 ms: beyond the greatest delay
	quantile     = 0.983
	nearlyAll    = 0.9995                // as many as that, while it costs
	cheap        = 10 * time.Millisecond // no more than this
	forget       = 0.998                 // a memory of 500 packets
	startForget  = 2.0                   // the first samples weigh more: factor 1-2/(n+1) until it exceeds forget
	warmUp       = 50                    // packets before the target may fall below the initial one
	windowPart   = 250 * time.Millisecond
	windowParts  = 8 // two seconds in which the fastest packet is the reference
	initialDelay = 40 * time.Millisecond
	headroom     = 20 * time.Millisecond // between the greatest target and the greatest delay
)

// estimator derives the play-out delay from arrival times:
//
//	offset of a packet --> relative to the least of the last 2 s --> histogram with forgetting --> quantile --> target
type estimator struct {
	min, max, fixed time.Duration // bounds of the target

	window  [windowParts]leastOf
	current int64 // part of the window being filled

	weights [buckets]float64 // sum 1 once there is a sample
	samples int
	target  time.Duration
}

// leastOf is the least offset seen in one part of the window.
type leastOf struct {
	part  int64
	valid bool
	value time.Duration
}

func (e *estimator) reset(c Config) {
	*e = estimator{min: c.Min, max: c.Max - headroom, fixed: c.Fixed}
	e.setTarget(initialDelay)
}

// restart forgets the reference but keeps what is known of the network.
func (e *estimator) restart() {
	e.window = [windowParts]leastOf{}
}

func (e *estimator) setTarget(d time.Duration) {
	e.target = min(max(d, e.min), e.max)
	if e.fixed > 0 {
		e.target = e.fixed
	}
}

// least is the offset of the fastest packet in the window.
func (e *estimator) least() time.Duration {
	found, value := false, time.Duration(0)
	for _, l := range e.window {
		if l.valid && l.part > e.current-windowParts && (!found || l.value < value) {
			found, value = true, l.value
		}
	}
	return value
}

// observe takes the offset of a packet.
func (e *estimator) observe(now time.Time, offset time.Duration) {
	e.remember(now, offset)
	e.learn(offset - e.least())
}

func (e *estimator) remember(now time.Time, offset time.Duration) {
	e.current = now.UnixNano() / int64(windowPart)
	l := &e.window[e.current%windowParts]
	if !l.valid || l.part != e.current || offset < l.value {
		*l = leastOf{e.current, true, offset}
	}
}

// learn adds one sample to the histogram and sets the target.
func (e *estimator) learn(delay time.Duration) {
	e.samples++
	factor := min(forget, 1-startForget/float64(e.samples+1))
	if e.samples == 1 {
		factor = 0
	}
	for i := range e.weights {
		e.weights[i] *= factor
	}
	e.weights[min(int(delay/bucket), buckets-1)] += 1 - factor
	target := max(e.quantile(quantile), min(e.quantile(nearlyAll), cheap))
	if e.samples < warmUp {
		target = max(target, initialDelay)
	}
	e.setTarget(target)
}

// quantile is the delay within which the given share of packets came.
func (e *estimator) quantile(share float64) time.Duration {
	sum := 0.0
	for i, w := range e.weights {
		if sum += w; sum >= share {
			return time.Duration(i+1) * bucket
		}
	}
	return buckets * bucket
}
