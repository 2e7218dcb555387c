package jitter

import "time"

// Constants of the delay estimate. They follow NetEQ's relative-delay tracker; the buckets are finer, because 20 ms
// steps alone would cost a LAN call more than its whole budget.
const (
	bucket       = 5 * time.Millisecond
	buckets      = 60 // 300 ms: beyond the greatest delay
	quantile     = 0.95
	forget       = 0.983
	startForget  = 2.0 // the first samples weigh more: factor 1-2/(n+1) until it exceeds forget
	interval     = 500 * time.Millisecond
	windowPart   = 250 * time.Millisecond
	windowParts  = 8 // two seconds in which the fastest packet is the reference
	initialDelay = 40 * time.Millisecond
	headroom     = 20 * time.Millisecond // between the greatest target and the greatest delay
)

// estimator derives the play-out delay from arrival times:
//
//	offset of a packet --> relative to the least of the last 2 s --> greatest per 500 ms
//	   --> histogram with forgetting --> quantile --> target
//
// The greatest per interval is what counts, not each packet: a spike every few hundred packets is one bad sample out of
// many otherwise, and would never reach the quantile although it is heard every time.
type estimator struct {
	min, max, fixed time.Duration // bounds of the target

	window  [windowParts]leastOf
	current int64 // part of the window being filled

	weights [buckets]float64 // sum 1 once there is a sample
	samples int
	worst   time.Duration // greatest relative delay in the running interval
	until   time.Time     // end of the running interval
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
	e.worst, e.until = 0, time.Time{}
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
	if e.until.IsZero() {
		e.until = now.Add(interval)
	}
	e.worst = max(e.worst, offset-e.least())
	if now.Before(e.until) {
		return
	}
	e.learn(e.worst)
	e.worst, e.until = 0, now.Add(interval)
}

func (e *estimator) remember(now time.Time, offset time.Duration) {
	e.current = now.UnixNano() / int64(windowPart)
	l := &e.window[e.current%windowParts]
	if !l.valid || l.part != e.current || offset < l.value {
		*l = leastOf{e.current, true, offset}
	}
}

// learn adds one sample to the histogram and moves the target to the quantile.
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
	sum := 0.0
	for i, w := range e.weights {
		if sum += w; sum >= quantile {
			e.setTarget(time.Duration(i+1) * bucket)
			return
		}
	}
}
