package sipua

import (
	"time"
)

// regState is a state of a registration.
type regState uint8

const (
	// regIdle has no binding and nothing on its way: not started, or waiting for the back-off to end.
	//
	// https://www.rfc-editor.org/rfc/rfc5626#section-4.5
	regIdle regState = iota
	// regTrying has a REGISTER on its way, from locating the server to the final response, failover and digest included.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-10.2
	regTrying
	// regActive has a binding and waits for the time to refresh it.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-10.2.4
	regActive
	// regRemoving is taking the binding back; nothing follows.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-10.2.2
	regRemoving
)

// String names the state.
func (s regState) String() string { return [...]string{"idle", "trying", "active", "removing"}[s] }

// registration decides when an account registers. It is passive: the Agent tells it what happened and at what time.
//
//	            next is due
//	+------+ -----------------> +--------+ <----- next is due ---- +--------+
//	| idle |                    | trying |                         | active |
//	+------+ <----------------- +--------+ ----- 200 granted ----> +--------+
//	          failed: back-off,    |    ^ 423 once, 401, 503                |
//	          Retry-After, 403     |    +--+                                |
//	                               v                                        |
//	                          +----------+ <------- shutdown ---------------+
//	                          | removing |
//	                          +----------+
//
// While trying, a binding granted before may still stand: isRegistered tells.
type registration struct {
	state   regState
	backOff BackOff
	next    time.Time // when something is to be done; zero while waiting for an answer

	asked   time.Duration // lifetime to ask for; 423 raises it
	adopted bool          // a Min-Expires was adopted for this attempt

	isRedirected bool // a 3xx was followed in this attempt

	granted  time.Duration
	expires  time.Time // end of the binding; zero when there is none
	failures int       // in a row

	// betterAt is when a server preferred over the pinned one is to be tried again; polls counts those attempts.
	betterAt time.Time
	polls    int

	since time.Time // of the first grant on the present flow
	flaps int       // flows lost in a row before their time

	callID string // one for each boot: a registrar takes another for another phone
	seq    uint32
	errand *errand // the REGISTER on its way
	round  int     // counts attempts, so that answers to locating for an older one are ignored
}

// newRegistration makes one that has not begun.
func newRegistration(asked time.Duration, backOff BackOff) registration {
	return registration{asked: asked, backOff: backOff}
}

// setState is the only writer of the state. next is when the state wants attention; zero means on an answer.
func (r *registration) setState(s regState, next time.Time) {
	r.state = s
	r.next = next
}

// isRegistered tells whether a binding stands at now.
func (r *registration) isRegistered(now time.Time) bool { return r.expires.After(now) }

// begin starts an attempt.
func (r *registration) begin() {
	r.round++
	r.adopted, r.isRedirected = false, false
	r.setState(regTrying, time.Time{})
}

// accept takes a grant. jitter is a random number from 0 to 1.
func (r *registration) accept(now time.Time, granted time.Duration, jitter float64) {
	r.failures = 0
	r.granted = granted
	r.expires = now.Add(granted)
	r.setState(regActive, now.Add(refreshAfter(granted, jitter)))
}

// refreshAfter is when to refresh a binding: at 90 % of its life or 30 s before its end, whichever is earlier, yet not
// before half of it, less up to 5 % so that the doors of a house do not march in step after a power cut.
//
//	granted      90 %      30 s before   half      refreshed at, less up to 5 %
//	3600 s       3240      3570          1800      3240 s
//	 600 s        540       570           300       540 s
//	 120 s        108        90            60        90 s
//	  40 s         36        10            20        20 s
func refreshAfter(granted time.Duration, jitter float64) time.Duration {
	after := max(min(granted*9/10, granted-30*time.Second), granted/2)
	after -= time.Duration(jitter * float64(after) / 20)
	return max(after, time.Second)
}

// steady is how long a flow must have stood for its loss to be no sign of a flapping server (RFC 5626 section 4.5).
const steady = 2 * time.Minute

// lose is the loss of the flow of a standing registration: register anew at once, or by the back-off if that happens
// again and again.
func (r *registration) lose(now time.Time, jitter float64) {
	if now.Sub(r.since) >= steady {
		r.flaps = 0
	}
	wait := time.Duration(0)
	if r.flaps > 0 {
		wait = r.backOffFor(r.flaps-1, jitter)
	}
	r.flaps++
	r.since = now
	r.next = now.Add(wait)
}

// fail ends an attempt. The wait is at least retryAfter, of which at most an hour is believed. The binding granted
// before may still stand.
func (r *registration) fail(now time.Time, retryAfter time.Duration, jitter float64) {
	wait := r.backOffFor(r.failures, jitter)
	r.failures++
	r.setState(regIdle, now.Add(max(wait, min(retryAfter, time.Hour))))
}

// forbid ends an attempt that more attempts would only make worse.
func (r *registration) forbid(now time.Time, retryAfter time.Duration) {
	r.failures++
	r.expires = time.Time{}
	r.setState(regIdle, now.Add(max(r.backOff.Forbidden, min(retryAfter, time.Hour))))
}

// backOffFor is the rule of RFC 5626 section 4.5. jitter is a random number from 0 to 1.
//
//	failures     0      1      2       3       4        5 and more
//	LAN          1-2    2-4    4-8     8-16    16-32    30-60 s
//	RFC 5626     15-30  30-60  60-120  120-240 240-480  up to 30 min
func (r *registration) backOffFor(failures int, jitter float64) time.Duration {
	wait := r.backOff.Base
	for range failures {
		if wait >= r.backOff.Cap {
			break
		}
		wait *= 2
	}
	wait = min(wait, r.backOff.Cap)
	return wait/2 + time.Duration(jitter*float64(wait/2))
}

// adopt takes the Min-Expires of a 423, once for each attempt and only if it is more than was asked (RFC 3261 section
// 10.2.8): a registrar may not send us round in circles.
func (r *registration) adopt(least time.Duration) bool {
	if r.adopted || least <= r.asked || least > 24*time.Hour {
		return false
	}
	r.adopted = true
	r.asked = least
	return true
}

// pollBetter plans the next try of a preferred server while a backup serves: 30 s, doubling up to 15 min. A plan that
// is not due yet stands: refreshes come more often than the later tries, and would put them off for ever.
func (r *registration) pollBetter(now time.Time, jitter float64) {
	rule := registration{backOff: BackOff{Base: 30 * time.Second, Cap: 15 * time.Minute}}
	if !r.betterAt.After(now) {
		r.betterAt = now.Add(rule.backOffFor(r.polls, jitter))
		r.polls++
	}
	if r.betterAt.Before(r.next) {
		r.next = r.betterAt
	}
}
