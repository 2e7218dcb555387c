package locate

import (
	"strings"
	"testing"
	"time"

	"intercom/sipua/sip"
)

// These tests are named after bugs that users of other stacks reported.

const (
	servfail = 2
	refusedC = 5
	hosted   = `
example.com.           3600 IN SOA ns.example.com. host.example.com. 1 3600 600 86400 60
_sip._udp.example.com.  300 IN SRV 1 0 5060 a.example.com.
_sip._udp.example.com.  300 IN SRV 2 0 5060 b.example.com.
a.example.com.          300 IN A 192.0.2.1
b.example.com.          300 IN A 192.0.2.2
`
)

// TestFailoverOrder: a stack that always takes the first SRV target never leaves a dead one (pjsip 4477).
func TestFailoverOrder(t *testing.T) {
	inBubble(t, hosted, func(r *rig) {
		first := r.locate("sip:example.com;transport=udp")
		r.wantTargets(first, "UDP 192.0.2.1:5060", "UDP 192.0.2.2:5060")
		r.resolver.Failed(r.now(), first.Targets[0])
		again := r.locate("sip:example.com;transport=udp")
		r.wantTargets(again, "UDP 192.0.2.2:5060", "UDP 192.0.2.1:5060")
		if !strings.Contains(text(again), "192.0.2.1:5060 failed lately") {
			t.Errorf("the reasoning does not tell of the hold-down:\n%s", text(again))
		}
		r.pass(29 * time.Second)
		r.wantTargets(r.locate("sip:example.com;transport=udp"), "UDP 192.0.2.2:5060", "UDP 192.0.2.1:5060")
		r.pass(time.Second)
		r.wantTargets(r.locate("sip:example.com;transport=udp"), "UDP 192.0.2.1:5060", "UDP 192.0.2.2:5060")
	})
}

// TestFailureNotInCache: one failed call must not poison the cached records until their TTL (kamailio 4911). The
// memory is of an address over a transport, so that it is right for every name that leads there.
func TestFailureNotInCache(t *testing.T) {
	inBubble(t, hosted, func(r *rig) {
		targets := r.locate("sip:example.com;transport=udp").Targets
		r.zone.Forget()
		r.resolver.Failed(r.now(), targets[0])
		r.resolver.Failed(r.now(), targets[1])
		r.wantTargets(r.locate("sip:example.com;transport=udp"), "UDP 192.0.2.1:5060", "UDP 192.0.2.2:5060")
		r.wantQuestions()
		r.resolver.Succeeded(r.now(), targets[1])
		r.wantTargets(r.locate("sip:example.com;transport=udp"), "UDP 192.0.2.2:5060", "UDP 192.0.2.1:5060")
	})
}

// TestSRVOnlyDomain: after the TTL a failing DNS must not lead to an A record that never was (kamailio 3547).
func TestSRVOnlyDomain(t *testing.T) {
	inBubble(t, hosted, func(r *rig) {
		r.wantTargets(r.locate("sip:example.com;transport=udp"), "UDP 192.0.2.1:5060", "UDP 192.0.2.2:5060")
		r.pass(301 * time.Second)
		r.zone.Misbehave(Manner{Type: "SRV", Rcode: servfail})
		r.second.Misbehave(Manner{Type: "SRV", Rcode: servfail})
		r.zone.Forget()
		result := r.locate("sip:example.com;transport=udp")
		r.wantTargets(result, "UDP 192.0.2.1:5060", "UDP 192.0.2.2:5060")
		for _, question := range r.zone.Questions() {
			if question.Name == "example.com" {
				t.Errorf("asked %s of a domain with SRV records only", question)
			}
		}
		if step := result.Steps[1]; step.Source != FromStale || step.Problem == "" {
			t.Errorf("the step does not tell that the answer is old: %+v", step)
		}
	})
}

// TestFailureIsNotAbsence: without old answers a failing SRV question is an error that asks for patience, not a
// reason to ask for A (freeswitch 870, sipsorcery 363).
func TestFailureIsNotAbsence(t *testing.T) {
	for name, manner := range map[string]Manner{
		"SERVFAIL": {Type: "SRV", Rcode: servfail},
		"REFUSED":  {Type: "SRV", Rcode: refusedC},
		"silence":  {Type: "SRV", Dead: true},
		"garbage":  {Type: "SRV", Raw: []byte("\x00\x00\x80\x00 nothing that could be a DNS message")},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, hosted+"example.com. IN A 192.0.2.99\n", func(r *rig) {
				r.zone.Misbehave(manner)
				r.second.Misbehave(manner)
				result := r.locate("sip:example.com;transport=udp")
				r.wantError(result, ErrDNS)
				r.zone.Misbehave()
				r.wantTargets(r.locate("sip:example.com;transport=udp"), "UDP 192.0.2.1:5060", "UDP 192.0.2.2:5060")
			})
		})
	}
}

// TestHiccupKeepsRegistration: with all servers dead the old answers serve, DNS is not asked again for 30 s, and
// they are given up after Config.StaleFor.
func TestHiccupKeepsRegistration(t *testing.T) {
	inBubble(t, hosted, func(r *rig) {
		q := Query{URI: parseURI(t, "sip:example.com;transport=udp"), IPv4: true}
		want := []string{"UDP 192.0.2.1:5060", "UDP 192.0.2.2:5060"}
		r.wantTargets(r.ask(q), want...)
		r.zone.Misbehave(Manner{Dead: true})
		r.second.Misbehave(Manner{Dead: true})
		r.zone.Forget()
		r.pass(299 * time.Second)
		r.wantTargets(r.ask(q), want...)
		r.wantQuestions()
		r.pass(time.Second)
		r.wantTargets(r.ask(q), want...)
		if len(r.zone.Questions()) == 0 {
			t.Error("DNS was not asked though the answer had expired")
		}
		r.zone.Forget()
		r.pass(10 * time.Second)
		r.wantTargets(r.ask(q), want...)
		r.wantQuestions()
		r.pass(25 * time.Hour)
		r.wantError(r.ask(q), ErrDNS)
	})
}

// TestHostWithoutSRVSurvives: that a host has no SRV records is knowledge too; when DNS fails it is found by its
// old A record, not lost for want of an SRV answer.
func TestHostWithoutSRVSurvives(t *testing.T) {
	inBubble(t, "fritz.box. 9 IN SOA fritz.box. admin.fritz.box. 1 21600 1800 43200 10\nfritz.box. 9 IN A 192.0.2.1\n", func(r *rig) {
		r.wantTargets(r.locate("sip:fritz.box"), "UDP 192.0.2.1:5060")
		r.pass(time.Minute)
		r.zone.Misbehave(Manner{Dead: true})
		r.second.Misbehave(Manner{Dead: true})
		r.wantTargets(r.locate("sip:fritz.box"), "UDP 192.0.2.1:5060")
	})
}

// TestCacheByTTL: answers are used for their TTL, "there is none" for the SOA's minimum, both bounded (re 369).
func TestCacheByTTL(t *testing.T) {
	inBubble(t, full, func(r *rig) {
		r.zone.Misbehave(Manner{NoAdditional: true})
		r.locate("sip:bare.example.com;transport=udp")
		r.wantQuestions("SRV _sip._udp.bare.example.com", "AAAA bare.example.com", "A bare.example.com")
		r.pass(59 * time.Second)
		r.locate("sip:bare.example.com;transport=udp")
		r.wantQuestions()
		r.pass(time.Second)
		r.locate("sip:bare.example.com;transport=udp")
		r.wantQuestions("SRV _sip._udp.bare.example.com")
		r.pass(240 * time.Second)
		r.locate("sip:bare.example.com;transport=udp")
		r.wantQuestions("SRV _sip._udp.bare.example.com", "AAAA bare.example.com", "A bare.example.com")
	})
}

// TestTTLBounds: a TTL of weeks is cut to MaxTTL, a negative one to MaxNegativeTTL, and none or the top bit means
// ask again.
func TestTTLBounds(t *testing.T) {
	for _, row := range []struct {
		name, record string
		lives        time.Duration
	}{
		{"long", "a.example.com. 604800 IN A 192.0.2.1", time.Hour},
		{"short", "a.example.com. 5 IN A 192.0.2.1", 5 * time.Second},
		{"zero", "a.example.com. 0 IN A 192.0.2.1", 0},
		{"top bit", "a.example.com. 4294967295 IN A 192.0.2.1", 0},
		{"least of a set", "a.example.com. 50 IN A 192.0.2.1\na.example.com. 9 IN A 192.0.2.2", 9 * time.Second},
		{"alias", "a.example.com. 7 IN CNAME c.example.com.\nc.example.com. 50 IN A 192.0.2.2", 7 * time.Second},
		{"none, SOA of a week", "example.com. 604800 IN SOA n. h. 1 1 1 1 604800", 5 * time.Minute},
		{"none, SOA minimum", "example.com. 604800 IN SOA n. h. 1 1 1 1 20", 20 * time.Second},
		{"none, SOA TTL", "example.com. 20 IN SOA n. h. 1 1 1 1 3000", 20 * time.Second},
		{"none, no SOA", "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, row.record, func(r *rig) {
				q := Query{URI: parseURI(t, "sip:a.example.com:5060"), IPv4: true}
				r.ask(q)
				r.wantQuestions("A a.example.com")
				if row.lives > 0 {
					r.pass(row.lives - 1)
					r.ask(q)
					r.wantQuestions()
					r.pass(1)
				}
				r.ask(q)
				r.wantQuestions("A a.example.com")
			})
		})
	}
}

// TestNoNAPTRForwarder: a router that drops every NAPTR question still serves SRV.
func TestNoNAPTRForwarder(t *testing.T) {
	for name, manner := range map[string]Manner{"silence": {Type: "NAPTR", Dead: true}, "SERVFAIL": {Type: "NAPTR", Rcode: servfail}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, hosted, func(r *rig) {
				r.zone.Misbehave(manner)
				r.second.Misbehave(manner)
				r.wantTargets(r.locate("sip:example.com"), "UDP 192.0.2.1:5060", "UDP 192.0.2.2:5060")
			})
		})
	}
}

// TestRotationOnlyByDraw: the same draw gives the same order; nothing about the request, such as a hash of its
// Call-ID, moves it to another server (baresip 39).
func TestRotationOnlyByDraw(t *testing.T) {
	withConfig(t, `
_sip._udp.example.com. IN SRV 1 0 5060 a.example.com.
_sip._udp.example.com. IN SRV 1 0 5060 b.example.com.
a.example.com.         IN A 192.0.2.1
b.example.com.         IN A 192.0.2.2
`, Config{Rand: zeros{}}, func(r *rig) {
		for _, user := range []string{"a", "b", "c", "d"} {
			r.wantTargets(r.locate("sip:"+user+"@example.com;transport=udp"), "UDP 192.0.2.1:5060", "UDP 192.0.2.2:5060")
		}
	})
}

// TestHoldDown: it doubles with each failure in a row up to ten times its base, is at least what Retry-After
// says, and is forgotten when the target answers or has been quiet.
func TestHoldDown(t *testing.T) {
	inBubble(t, hosted, func(r *rig) {
		target := r.locate("sip:example.com;transport=udp").Targets[0]
		held := func(want time.Duration) {
			t.Helper()
			r.pass(want - 1)
			if got := r.locate("sip:example.com;transport=udp").Targets[1]; got.place() != target.place() {
				t.Errorf("not held down any more just before %v", want)
			}
			r.pass(1)
			if got := r.locate("sip:example.com;transport=udp").Targets[0]; got.place() != target.place() {
				t.Errorf("still held down after %v", want)
			}
		}
		for _, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute, 5 * time.Minute} {
			r.resolver.Failed(r.now(), target)
			held(want)
		}
		r.resolver.Succeeded(r.now(), target)
		r.resolver.Failed(r.now(), target)
		held(30 * time.Second)
		r.pass(301 * time.Second)
		r.resolver.FailedFor(r.now(), target, 2*time.Minute)
		held(2 * time.Minute)
		r.pass(301 * time.Second)
		r.resolver.FailedFor(r.now(), target, 48*time.Hour)
		held(time.Hour)
	})
}

// TestHeldTransportOnly: a failure over UDP says nothing about TCP to the same address.
func TestHeldTransportOnly(t *testing.T) {
	inBubble(t, "a.example.com. IN A 192.0.2.1\na.example.com. IN A 192.0.2.2", func(r *rig) {
		udp := r.locate("sip:a.example.com:5060;transport=udp").Targets[0]
		r.resolver.Failed(r.now(), udp)
		r.wantTargets(r.locate("sip:a.example.com:5060;transport=udp"), "UDP 192.0.2.2:5060", "UDP 192.0.2.1:5060")
		r.wantTargets(r.locate("sip:a.example.com:5060;transport=tcp"), "TCP 192.0.2.1:5060", "TCP 192.0.2.2:5060")
	})
}

// TestDoubles: two names of one server do not make it be tried twice.
func TestDoubles(t *testing.T) {
	inBubble(t, `
_sip._udp.example.com. IN SRV 1 0 5060 a.example.com.
_sip._udp.example.com. IN SRV 2 0 5060 b.example.com.
a.example.com.         IN A 192.0.2.1
b.example.com.         IN A 192.0.2.1
`, func(r *rig) {
		q := Query{URI: parseURI(t, "sip:example.com"), Transports: []string{sip.UDP}, IPv4: true}
		r.wantTargets(r.ask(q), "UDP 192.0.2.1:5060")
	})
}
