package sipua

import (
	"testing"
	"time"
)

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// The refresh rule: 90 % of the grant or 30 s before its end, at least half of it, less up to 5 %.
func TestRefreshAfter(t *testing.T) {
	for _, tc := range []struct {
		granted, latest time.Duration
	}{
		{3600 * time.Second, 3240 * time.Second}, // 90 %
		{600 * time.Second, 540 * time.Second},
		{300 * time.Second, 270 * time.Second}, // both rules meet
		{120 * time.Second, 90 * time.Second},  // 30 s before the end
		{60 * time.Second, 30 * time.Second},
		{40 * time.Second, 20 * time.Second}, // half
		{10 * time.Second, 5 * time.Second},
		{1 * time.Second, 1 * time.Second}, // never more often than each second
	} {
		if got := refreshAfter(tc.granted, 0); got != tc.latest {
			t.Errorf("grant %v: refresh after %v, want %v", tc.granted, got, tc.latest)
		}
		earliest := max(tc.latest-tc.latest/20, time.Second)
		if got := refreshAfter(tc.granted, 1); got != earliest {
			t.Errorf("grant %v, full jitter: refresh after %v, want %v", tc.granted, got, earliest)
		}
	}
}

// RFC 5626 section 4.5: W = min(max-time, base-time * 2^failures), and a wait from 50 to 100 % of it.
func TestBackOff(t *testing.T) {
	for _, tc := range []struct {
		name string
		rule BackOff
		want []time.Duration // upper ends
	}{
		{"LAN", BackOff{Base: 2 * time.Second, Cap: time.Minute}, []time.Duration{2e9, 4e9, 8e9, 16e9, 32e9, 60e9, 60e9}},
		{"RFC 5626", BackOff{Base: 30 * time.Second, Cap: 30 * time.Minute}, []time.Duration{30e9, 60e9, 120e9, 240e9, 480e9, 960e9, 1800e9, 1800e9}},
	} {
		r := newRegistration(time.Minute, tc.rule)
		for i, want := range tc.want {
			if got := r.backOffFor(i, 1); got != want {
				t.Errorf("%s: %d failures: at most %v, want %v", tc.name, i, got, want)
			}
			if got := r.backOffFor(i, 0); got != want/2 {
				t.Errorf("%s: %d failures: at least %v, want %v", tc.name, i, got, want/2)
			}
		}
		if got := r.backOffFor(1_000_000, 1); got != tc.rule.Cap {
			t.Errorf("%s: a million failures: %v", tc.name, got)
		}
	}
}

func TestRegistrationCourse(t *testing.T) {
	r := newRegistration(10*time.Minute, BackOff{Base: 2 * time.Second, Cap: time.Minute, Forbidden: 15 * time.Minute})
	if r.isRegistered(epoch) || r.state != regIdle {
		t.Fatal("registered before anything was sent")
	}
	r.begin()
	if r.state != regTrying || !r.next.IsZero() {
		t.Fatalf("%v, next %v", r.state, r.next)
	}
	r.fail(epoch, 0, 1)
	r.begin()
	r.fail(epoch, 0, 1)
	if got := r.next.Sub(epoch); got != 4*time.Second || r.isRegistered(epoch) {
		t.Fatalf("second failure: retry in %v", got)
	}
	r.begin()
	r.accept(epoch, 100*time.Second, 0)
	if r.state != regActive || r.failures != 0 || r.next.Sub(epoch) != 70*time.Second {
		t.Fatalf("accepted: %v, %d failures, next %v", r.state, r.failures, r.next.Sub(epoch))
	}
	if !r.isRegistered(epoch.Add(100*time.Second-1)) || r.isRegistered(epoch.Add(100*time.Second)) {
		t.Error("the binding stands for exactly as long as granted")
	}
	r.begin()
	r.fail(epoch, 0, 1)
	if !r.isRegistered(epoch) {
		t.Error("a silent server may still hold the binding")
	}
	r.forbid(epoch, 0)
	if r.isRegistered(epoch) || r.next.Sub(epoch) != 15*time.Minute {
		t.Errorf("forbidden: next %v", r.next.Sub(epoch))
	}
}

// RFC 3261 section 20.33: Retry-After is a floor; one beyond an hour is not believed.
func TestRetryAfterIsAFloor(t *testing.T) {
	for _, tc := range []struct{ retry, want time.Duration }{
		{0, 2 * time.Second}, {time.Second, 2 * time.Second}, {30 * time.Second, 30 * time.Second}, {100 * time.Hour, time.Hour},
	} {
		r := newRegistration(time.Minute, BackOff{Base: 2 * time.Second, Cap: time.Minute})
		r.fail(epoch, tc.retry, 1)
		if got := r.next.Sub(epoch); got != tc.want {
			t.Errorf("Retry-After %v: next %v, want %v", tc.retry, got, tc.want)
		}
	}
}

// RFC 3261 section 10.2.8 with a bound: one adoption for each attempt, and only of more than was asked.
func TestAdoptMinExpires(t *testing.T) {
	r := newRegistration(time.Minute, BackOff{})
	r.begin()
	for _, least := range []time.Duration{0, 30 * time.Second, time.Minute, 25 * time.Hour} {
		if r.adopt(least) {
			t.Errorf("adopted %v", least)
		}
	}
	if !r.adopt(2*time.Minute) || r.asked != 2*time.Minute {
		t.Error("2 min not adopted")
	}
	if r.adopt(3 * time.Minute) {
		t.Error("adopted twice in one attempt")
	}
	r.begin()
	if !r.adopt(3 * time.Minute) {
		t.Error("not adopted in the next attempt")
	}
}

func TestPollBetterDoublesUpTo15Minutes(t *testing.T) {
	r := newRegistration(time.Minute, BackOff{})
	r.accept(epoch, time.Hour, 0)
	for _, want := range []time.Duration{30e9, 60e9, 120e9, 240e9, 480e9, 900e9, 900e9} {
		r.next, r.betterAt = epoch.Add(time.Hour), epoch // that of the last poll
		r.pollBetter(epoch, 1)
		if got := r.betterAt.Sub(epoch); got != want || r.next != r.betterAt {
			t.Errorf("poll after %v, want %v", got, want)
		}
	}
}

// A refresh in between must not put the poll off: with ten-minute bindings it would never come again.
func TestPollBetterIsNotPutOffByRefreshes(t *testing.T) {
	r := newRegistration(time.Minute, BackOff{})
	now, granted := epoch, 10*time.Minute
	r.polls = 6 // the preferred server has been away for half an hour: the wait is longer than a binding
	polls := 0
	for range 100 {
		if isDue(r.betterAt, now) {
			polls++
		}
		r.accept(now, granted, 0)
		r.pollBetter(now, 1)
		if r.next.After(now.Add(granted)) {
			t.Fatalf("the binding of %v lapses: next at %v", granted, r.next.Sub(now))
		}
		now = r.next
	}
	if hours := now.Sub(epoch).Hours(); polls < int(4*hours)-1 || polls > int(4*hours)+1 {
		t.Errorf("%d polls in %.1f h, want one every 15 min", polls, hours)
	}
}

func TestStateNames(t *testing.T) {
	for s, want := range map[interface{ String() string }]string{
		regIdle: "idle", regTrying: "trying", regActive: "active", regRemoving: "removing",
		callStarting: "starting", callCalling: "calling", callAnswering: "answering", callIncoming: "incoming",
		callAccepted: "accepted", callEstablished: "established", callEnded: "ended",
		Local: "local", Remote: "remote", Trouble: "trouble",
	} {
		if s.String() != want {
			t.Errorf("%v is %q, want %q", s, s.String(), want)
		}
	}
}
