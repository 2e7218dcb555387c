package locate

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"intercom/sipua/sip"
)

const one = "a.example.com. IN A 192.0.2.1\n"

// askOne locates the one host over IPv4 and returns the result and the time it took.
func (r *rig) askOne() (Result, time.Duration) {
	before := time.Now()
	result := r.ask(Query{URI: parseURI(r.t, "sip:a.example.com:5060"), IPv4: true})
	return result, time.Since(before)
}

// TestExchange tries each way in which a server can misbehave, with the time it costs and the connections made.
func TestExchange(t *testing.T) {
	udp1, udp2, tcp1 := "udp "+firstServer, "udp "+secondServer, "tcp "+firstServer
	for _, row := range []struct {
		name   string
		first  Manner
		second Manner
		want   error // nil: the address is found
		took   time.Duration
		dialed []string
	}{
		{"well", Manner{}, Manner{}, nil, 0, []string{udp1}},
		{"first is dead", Manner{Dead: true}, Manner{}, nil, 2 * time.Second, []string{udp1, udp2}},
		{"both are dead", Manner{Dead: true}, Manner{Dead: true}, ErrDNS, 8 * time.Second, []string{udp1, udp2, udp1, udp2}},
		{"a datagram is lost", Manner{Dead: true, Times: 1}, Manner{Dead: true}, nil, 4 * time.Second, []string{udp1, udp2, udp1}},
		{"late but in time", Manner{Delay: 1900 * time.Millisecond}, Manner{}, nil, 1900 * time.Millisecond, []string{udp1}},
		{"too late", Manner{Delay: 3 * time.Second}, Manner{}, nil, 2 * time.Second, []string{udp1, udp2}},
		{"wrong id", Manner{WrongID: true}, Manner{}, nil, 2 * time.Second, []string{udp1, udp2}},
		{"another question", Manner{WrongName: true}, Manner{}, nil, 2 * time.Second, []string{udp1, udp2}},
		{"SERVFAIL", Manner{Rcode: servfail}, Manner{}, nil, 0, []string{udp1, udp2}},
		{"REFUSED by both", Manner{Rcode: refusedC}, Manner{Rcode: refusedC}, ErrDNS, 0, []string{udp1, udp2, udp1, udp2}},
		{"truncated", Manner{Truncate: true}, Manner{}, nil, 0, []string{udp1, tcp1}},
		{"truncated, TCP dead", Manner{Truncate: true}, Manner{}, nil, 0, []string{udp1, tcp1}},
		{"no EDNS", Manner{NoEDNS: true}, Manner{}, nil, 0, []string{udp1, udp1}},
		{"malformed", Manner{Raw: []byte("\x00\x00\x80\x00\x00\x01")}, Manner{}, nil, 2 * time.Second, []string{udp1, udp2}},
		{"malformed body", Manner{Raw: []byte("\x00\x00\x80\x00\x00\x01\x00\x01\x00\x00\x00\x00\xff")}, Manner{}, nil, 0, []string{udp1, udp2}},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, one, func(r *rig) {
				r.zone.Misbehave(row.first)
				r.second.Misbehave(row.second)
				result, took := r.askOne()
				if row.want != nil {
					r.wantError(result, row.want)
				} else {
					r.wantTargets(result, "UDP 192.0.2.1:5060")
				}
				if took != row.took {
					t.Errorf("took %v, want %v", took, row.took)
				}
				if fmt.Sprint(r.wire.dialled) != fmt.Sprint(row.dialed) {
					t.Errorf("connections %v, want %v", r.wire.dialled, row.dialed)
				}
			})
		})
	}
}

// TestTruncatedWithoutTCP: what was truncated and is not to be had over TCP is the next server's to answer.
func TestTruncatedWithoutTCP(t *testing.T) {
	inBubble(t, one, func(r *rig) {
		r.zone.Misbehave(Manner{Truncate: true})
		r.wire.refuse["tcp"] = true
		result, _ := r.askOne()
		r.wantTargets(result, "UDP 192.0.2.1:5060")
		wantLog(t, r.second, "A a.example.com")
	})
	inBubble(t, one, func(r *rig) {
		r.zone.Misbehave(Manner{Truncate: true, Network: "udp"}, Manner{Dead: true, Network: "tcp"})
		result, took := r.askOne()
		r.wantTargets(result, "UDP 192.0.2.1:5060")
		if took != 2*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestLongAnswer: an answer beyond the EDNS size comes truncated and is asked over TCP.
func TestLongAnswer(t *testing.T) {
	var zone strings.Builder
	for i := range 60 {
		fmt.Fprintf(&zone, "_sip._udp.example.com. IN SRV %d 0 5060 server-with-a-long-name-%d.example.com.\n", i, i)
		fmt.Fprintf(&zone, "server-with-a-long-name-%d.example.com. IN A 192.0.2.%d\n", i, i+1)
	}
	inBubble(t, zone.String(), func(r *rig) {
		q := Query{URI: parseURI(t, "sip:example.com;transport=udp"), Transports: []string{sip.UDP}, IPv4: true}
		result := r.ask(q)
		if len(result.Targets) != maxServices || result.Targets[0].Addr.String() != "192.0.2.1:5060" {
			t.Errorf("%d targets\n%s", len(result.Targets), text(result))
		}
		r.wantQuestions("SRV _sip._udp.example.com", "SRV _sip._udp.example.com over tcp")
	})
}

// TestFastestFirst: a dead first server costs its timeout once, not for each question.
func TestFastestFirst(t *testing.T) {
	inBubble(t, full, func(r *rig) {
		r.zone.Misbehave(Manner{Dead: true})
		before := time.Now()
		r.locate("sip:plain.example.com")
		if took := time.Since(before); took != 2*time.Second {
			t.Errorf("took %v, want the one timeout of 2 s", took)
		}
		r.wantQuestions("NAPTR plain.example.com")
	})
}

// TestBudget: whatever fails, Locate ends within the budget and within the caller's context.
func TestBudget(t *testing.T) {
	withConfig(t, full, Config{Budget: 5 * time.Second}, func(r *rig) {
		r.zone.Misbehave(Manner{Dead: true})
		r.second.Misbehave(Manner{Dead: true})
		before := time.Now()
		r.wantError(r.locate("sip:example.com"), ErrDNS)
		if took := time.Since(before); took != 5*time.Second {
			t.Errorf("took %v, want the budget of 5 s", took)
		}
		ctx, cancel := context.WithTimeout(r.t.Context(), time.Second)
		defer cancel()
		before = time.Now()
		r.wantError(r.resolver.Locate(ctx, r.now(), Query{URI: parseURI(t, "sip:example.com")}), ErrDNS)
		if took := time.Since(before); took != time.Second {
			t.Errorf("took %v, want the caller's 1 s", took)
		}
	})
}

// TestBriefAfterSilence: once no server has answered a question at all, the next ones go round only once.
func TestBriefAfterSilence(t *testing.T) {
	withConfig(t, full, Config{Budget: time.Minute}, func(r *rig) {
		r.zone.Misbehave(Manner{Dead: true})
		r.second.Misbehave(Manner{Dead: true})
		before := time.Now()
		r.wantError(r.locate("sip:example.com"), ErrDNS)
		// NAPTR: two rounds of two servers; SRV of three transports: one round each.
		if took := time.Since(before); took != (8+3*4)*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestNoServerReachable: connections refused are an error at once.
func TestNoServerReachable(t *testing.T) {
	inBubble(t, one, func(r *rig) {
		r.wire.refuse["udp"] = true
		result, took := r.askOne()
		r.wantError(result, ErrDNS)
		if took != 0 {
			t.Errorf("took %v", took)
		}
	})
}

// TestAdditional: records of the Additional section are used, those missing there are asked for.
func TestAdditional(t *testing.T) {
	inBubble(t, full, func(r *rig) {
		result := r.locate("sip:example.com;transport=udp")
		r.wantTargets(result, "UDP [2001:db8::1]:5080", "UDP 192.0.2.1:5080", "UDP 192.0.2.2:5080")
		r.wantQuestions("SRV _sip._udp.example.com", "AAAA b.example.com")
		r.wantTargets(r.locate("sip:example.com"), "TLS [2001:db8::1]:5061", "TLS 192.0.2.1:5061")
		r.wantQuestions("NAPTR example.com")
	})
}

// TestAdditionalOfOthers: records about names that the answer does not lead to are dropped.
func TestAdditionalOfOthers(t *testing.T) {
	inBubble(t, full, func(r *rig) {
		r.locate("sip:example.com;transport=tcp")
		r.zone.Forget()
		r.locate("sip:bare.example.com:5060")
		r.wantQuestions("AAAA bare.example.com", "A bare.example.com")
	})
}

// TestAliases: CNAMEs are followed inside an answer and, left dangling, by asking again; circles end.
func TestAliases(t *testing.T) {
	const zone = `
www.example.com.  IN CNAME a.example.com.
a.example.com.    IN CNAME b.example.com.
b.example.com.    IN A 192.0.2.1
out.example.com.  IN CNAME elsewhere.example.net.
round.example.com. IN CNAME about.example.com.
about.example.com. IN CNAME round.example.com.
_sip._udp.example.com. IN CNAME _sip._udp.host.example.com.
_sip._udp.host.example.com. IN SRV 1 1 5070 www.example.com.
`
	inBubble(t, zone, func(r *rig) {
		v4 := func(uri string) Result { return r.ask(Query{URI: parseURI(t, uri), IPv4: true}) }
		r.wantTargets(v4("sip:www.example.com:5060"), "UDP 192.0.2.1:5060")
		r.wantQuestions("A www.example.com")
		r.wantTargets(v4("sip:example.com;transport=udp"), "UDP 192.0.2.1:5070")
		r.wantQuestions("SRV _sip._udp.example.com")
		r.wantError(v4("sip:out.example.com:5060"), ErrNotFound)
		r.wantQuestions("A out.example.com", "A elsewhere.example.net")
		r.wantError(v4("sip:round.example.com:5060"), ErrDNS)
	})
}

// TestCacheBound: the number of cached answers never exceeds the limit.
func TestCacheBound(t *testing.T) {
	withConfig(t, one, Config{CacheSize: 10}, func(r *rig) {
		for i := range 50 {
			r.ask(Query{URI: parseURI(t, fmt.Sprintf("sip:h%d.example.com:5060", i)), IPv4: true})
			r.resolver.Failed(r.now(), Target{Transport: sip.UDP, Name: "x", Priority: uint16(i)})
			r.resolver.Failed(r.now(), Target{Transport: fmt.Sprint(i)})
		}
		if n := len(r.resolver.cache.entries); n != 10 {
			t.Errorf("%d answers cached, want 10", n)
		}
		if n := len(r.resolver.failures.places); n != 10 {
			t.Errorf("%d failures remembered, want 10", n)
		}
	})
}

// TestChangedZone: the server's records change while it serves, and the resolver follows after the TTL.
func TestChangedZone(t *testing.T) {
	inBubble(t, one, func(r *rig) {
		result, _ := r.askOne()
		r.wantTargets(result, "UDP 192.0.2.1:5060")
		if err := r.zone.Set("a.example.com. IN A 192.0.2.77\n"); err != nil {
			t.Fatal(err)
		}
		result, _ = r.askOne()
		r.wantTargets(result, "UDP 192.0.2.1:5060")
		r.pass(300 * time.Second)
		result, _ = r.askOne()
		r.wantTargets(result, "UDP 192.0.2.77:5060")
	})
}
