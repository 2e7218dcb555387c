package locate

import (
	"strings"
	"testing"

	"intercom/sipua/sip"
)

// These tests are about what popular summaries of RFC 3263 get wrong.

// TestDashIsNoService: "SIP-D2U" is a misprint of articles; the token has a plus sign (RFC 3263 section 4.1).
func TestDashIsNoService(t *testing.T) {
	inBubble(t, `
example.com.           IN NAPTR 10 10 "s" "SIP-D2T" "" _sip._tcp.example.com.
example.com.           IN NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.example.com.
_sip._tcp.example.com. IN SRV 1 1 5060 a.example.com.
_sip._udp.example.com. IN SRV 1 1 5060 a.example.com.
a.example.com.         IN A 192.0.2.1
`, func(r *rig) {
		r.wantTargets(r.locate("sip:example.com"), "UDP 192.0.2.1:5060")
		r.wantQuestions("NAPTR example.com", "AAAA a.example.com")
	})
}

// TestNAPTRForm: flags other than "s", a regexp and services of other applications are passed over; the case of
// flag and service does not matter; order goes before preference, whatever the order of the records.
func TestNAPTRForm(t *testing.T) {
	inBubble(t, `
example.com.           IN NAPTR 1 1 "u" "SIP+D2T" "" _sip._tcp.example.com.
example.com.           IN NAPTR 2 1 "s" "SIP+D2T" "!.*!x!" .
example.com.           IN NAPTR 3 1 "s" "E2U+sip" "" _sip._tcp.example.com.
example.com.           IN NAPTR 4 1 "s" "AAA+D2T" "" _aaa._tcp.example.com.
example.com.           IN NAPTR 5 1 "s" "SIP+D2W" "" _ws._tcp.example.com.
example.com.           IN NAPTR 6 9 "S" "sip+d2u" "" _sip._udp.example.com.
example.com.           IN NAPTR 6 8 "s" "SIP+D2S" "" _sip._sctp.example.com.
example.com.           IN NAPTR 7 1 "s" "SIP+D2T" "" _sip._tcp.example.com.
_sip._udp.example.com. IN SRV 1 1 5060 a.example.com.
_sip._tcp.example.com. IN SRV 1 1 5070 a.example.com.
_sip._sctp.example.com. IN SRV 1 1 5080 a.example.com.
a.example.com.         IN A 192.0.2.1
`, func(r *rig) {
		r.wantTargets(r.locate("sip:example.com"), "UDP 192.0.2.1:5060")
		q := Query{URI: parseURI(t, "sip:example.com"), Transports: []string{sip.UDP, sip.TCP, sip.SCTP}}
		r.wantTargets(r.ask(q), "SCTP 192.0.2.1:5080")
		q.Transports = []string{sip.TCP}
		r.wantTargets(r.ask(q), "TCP 192.0.2.1:5070")
	})
}

// TestNotAlwaysNAPTR: "NAPTR, then SRV, then A" is not what happens with a port, an address or a transport. The
// decision table has each row; here is the domain that publishes all three.
func TestNotAlwaysNAPTR(t *testing.T) {
	inBubble(t, full, func(r *rig) {
		for uri, forbidden := range map[string][]string{
			"sip:example.com:5060":             {"NAPTR", "SRV"},
			"sip:example.com:5080":             {"NAPTR", "SRV"},
			"sip:192.0.2.1":                    {"NAPTR", "SRV", "A", "AAAA"},
			"sip:example.com;transport=udp":    {"NAPTR"},
			"sips:example.com:5061":            {"NAPTR", "SRV"},
			"sips:[2001:db8::1]":               {"NAPTR", "SRV", "A", "AAAA"},
			"sip:x;maddr=192.0.2.5":            {"NAPTR", "SRV", "A", "AAAA"},
			"sip:example.com;transport=UDP;lr": {"NAPTR"},
		} {
			r.locate(uri)
			for _, question := range r.zone.Questions() {
				for _, kind := range forbidden {
					if question.Type == kind {
						t.Errorf("%s asked %s", uri, question)
					}
				}
			}
			r.zone.Forget()
		}
	})
}

// TestSecureDiscards: with sips, services without SIPS MUST be discarded, and nothing falls back to UDP.
func TestSecureDiscards(t *testing.T) {
	inBubble(t, `
example.com.            IN NAPTR 1 1 "s" "SIP+D2U" "" _sip._udp.example.com.
example.com.            IN NAPTR 2 1 "s" "SIP+D2T" "" _sip._tcp.example.com.
_sip._udp.example.com.  IN SRV 1 1 5060 a.example.com.
_sip._tcp.example.com.  IN SRV 1 1 5060 a.example.com.
_sips._tcp.example.com. IN SRV 1 1 5061 a.example.com.
a.example.com.          IN A 192.0.2.1
`, func(r *rig) {
		r.wantTargets(r.locate("sips:example.com"), "TLS 192.0.2.1:5061")
		r.wantQuestions("NAPTR example.com", "SRV _sips._tcp.example.com", "AAAA a.example.com")
	})
}

// TestSecureDefault: "no SRV: UDP" holds for sip only; sips goes to TLS and port 5061.
func TestSecureDefault(t *testing.T) {
	inBubble(t, `example.com. IN A 192.0.2.1`, func(r *rig) {
		r.wantTargets(r.locate("sips:example.com"), "TLS 192.0.2.1:5061")
		r.wantTargets(r.locate("sip:example.com"), "UDP 192.0.2.1:5060")
	})
}

// TestPrioritiesNotMerged: the SRV priorities of two transports say nothing about each other; the transport is
// chosen by the client's preference, though the other's priority is lower.
func TestPrioritiesNotMerged(t *testing.T) {
	inBubble(t, `
_sip._udp.example.com. IN SRV 30 0 5060 a.example.com.
_sip._udp.example.com. IN SRV 20 0 5060 b.example.com.
_sip._tcp.example.com. IN SRV 1 0 5060 c.example.com.
a.example.com.         IN A 192.0.2.1
b.example.com.         IN A 192.0.2.2
c.example.com.         IN A 192.0.2.3
`, func(r *rig) {
		r.wantTargets(r.locate("sip:example.com"), "UDP 192.0.2.2:5060", "UDP 192.0.2.1:5060", "TCP 192.0.2.3:5060")
		q := Query{URI: parseURI(t, "sip:example.com"), Transports: []string{sip.TCP, sip.UDP}}
		r.wantTargets(r.ask(q), "TCP 192.0.2.3:5060", "UDP 192.0.2.2:5060", "UDP 192.0.2.1:5060")
	})
}

// TestNoUnderscoreTLS: there is no _sip._tls; TLS is _sips._tcp.
func TestNoUnderscoreTLS(t *testing.T) {
	inBubble(t, `
_sip._tls.example.com. IN SRV 1 1 5061 a.example.com.
a.example.com.         IN A 192.0.2.1
`, func(r *rig) {
		r.wantError(r.locate("sip:example.com;transport=tls"), ErrNotFound)
		for _, question := range r.zone.Questions() {
			if strings.Contains(question.Name, "_tls") {
				t.Errorf("asked %s", question)
			}
		}
	})
}

// TestTargetDot: the target "." says that the service is not offered: no fallback to the domain's A record.
func TestTargetDot(t *testing.T) {
	inBubble(t, `
example.com.           IN A 192.0.2.1
_sip._udp.example.com. IN SRV 0 0 0 .
`, func(r *rig) {
		r.wantError(r.locate("sip:example.com;transport=udp"), ErrNotFound)
		r.wantQuestions("SRV _sip._udp.example.com")
		r.wantError(r.locate("sip:example.com"), ErrNotFound)
		r.wantQuestions("NAPTR example.com", "SRV _sip._tcp.example.com", "SRV _sips._tcp.example.com")
	})
}

// TestTargetDotElsewhere: "." for one transport leaves the others.
func TestTargetDotElsewhere(t *testing.T) {
	inBubble(t, `
_sip._udp.example.com. IN SRV 0 0 0 .
_sip._tcp.example.com. IN SRV 1 1 5070 a.example.com.
a.example.com.         IN A 192.0.2.1
`, func(r *rig) {
		r.wantTargets(r.locate("sip:example.com"), "TCP 192.0.2.1:5070")
	})
}

// TestNAPTRWithoutService: when the first NAPTR record's replacement has no SRV records the next one counts, and
// when none has, the host's addresses with the first one's transport.
func TestNAPTRWithoutService(t *testing.T) {
	const zone = `
example.com.           IN NAPTR 1 1 "s" "SIP+D2T" "" _sip._tcp.example.com.
example.com.           IN NAPTR 2 1 "s" "SIP+D2U" "" _sip._udp.example.com.
example.com.           IN A 192.0.2.9
`
	inBubble(t, zone, func(r *rig) {
		r.wantTargets(r.locate("sip:example.com"), "TCP 192.0.2.9:5060")
		r.wantQuestions("NAPTR example.com", "SRV _sip._tcp.example.com", "SRV _sip._udp.example.com", "AAAA example.com", "A example.com")
	})
	inBubble(t, zone+`
_sip._udp.example.com. IN SRV 1 1 5080 a.example.com.
a.example.com.         IN A 192.0.2.1
`, func(r *rig) {
		r.wantTargets(r.locate("sip:example.com"), "UDP 192.0.2.1:5080")
	})
}

// TestNAPTRForOthersOnly: NAPTR records that offer only what is not here lead to SRV, never to a guess at UDP.
func TestNAPTRForOthersOnly(t *testing.T) {
	const zone = `
example.com.            IN NAPTR 1 1 "s" "SIPS+D2T" "" _sips._tcp.example.com.
_sips._tcp.example.com. IN SRV 1 1 5061 a.example.com.
example.com.            IN A 192.0.2.9
a.example.com.          IN A 192.0.2.1
`
	inBubble(t, zone, func(r *rig) {
		q := Query{URI: parseURI(t, "sip:example.com"), Transports: []string{sip.UDP, sip.TCP}}
		result := r.ask(q)
		r.wantError(result, ErrUnsupported)
		if !strings.Contains(result.Err.Error(), "TLS") {
			t.Errorf("the error %q does not name the transport to enable", result.Err)
		}
		r.wantQuestions("NAPTR example.com", "SRV _sip._udp.example.com", "SRV _sip._tcp.example.com")
	})
}

// TestFamilies: all families that the host has, none that it lacks (RFC 7984 section 4).
func TestFamilies(t *testing.T) {
	inBubble(t, full, func(r *rig) {
		q := Query{URI: parseURI(t, "sip:bare.example.com:5060"), IPv4: true}
		r.wantTargets(r.ask(q), "UDP 192.0.2.82:5060")
		r.wantQuestions("A bare.example.com")
		q = Query{URI: q.URI, IPv6: true}
		r.wantTargets(r.ask(q), "UDP [2001:db8::82]:5060")
		r.wantQuestions("AAAA bare.example.com")
		q.URI = parseURI(t, "sip:b.example.com:5060")
		r.wantError(r.ask(q), ErrNotFound)
	})
}

// TestNeverSortedOverTargets: the IPv6 addresses of the second SRV target stay behind the IPv4 addresses of the
// first (RFC 7984 section 4), and Teredo and unique local addresses behind IPv4 inside a target (RFC 6724).
func TestNeverSortedOverTargets(t *testing.T) {
	inBubble(t, `
_sip._udp.example.com. IN SRV 1 0 5060 a.example.com.
_sip._udp.example.com. IN SRV 2 0 5060 b.example.com.
a.example.com.         IN A 192.0.2.1
a.example.com.         IN A 192.0.2.2
b.example.com.         IN A 192.0.2.3
b.example.com.         IN AAAA fd00::3
b.example.com.         IN AAAA 2001:db8::3
b.example.com.         IN AAAA 2001:0:1::3
b.example.com.         IN AAAA fe80::3
b.example.com.         IN AAAA ff02::3
b.example.com.         IN AAAA ::
b.example.com.         IN AAAA ::ffff:192.0.2.4
`, func(r *rig) {
		r.wantTargets(r.locate("sip:example.com;transport=udp"),
			"UDP 192.0.2.1:5060", "UDP 192.0.2.2:5060",
			"UDP [2001:db8::3]:5060", "UDP 192.0.2.4:5060", "UDP 192.0.2.3:5060", "UDP [2001:0:1::3]:5060", "UDP [fd00::3]:5060")
	})
}

// TestAddressAsTarget: someone writes an address where an SRV record wants a name.
func TestAddressAsTarget(t *testing.T) {
	inBubble(t, `_sip._udp.example.com. IN SRV 1 0 5060 192.0.2.1.`, func(r *rig) {
		r.wantTargets(r.locate("sip:example.com;transport=udp"), "UDP 192.0.2.1:5060")
		r.wantQuestions("SRV _sip._udp.example.com")
	})
}

// TestTargetCarriesItsRecord: name, priority and weight are those of the SRV record, the name only for display.
func TestTargetCarriesItsRecord(t *testing.T) {
	inBubble(t, full, func(r *rig) {
		got := r.locate("sip:example.com;transport=tls").Targets[1]
		if got.Name != "a.example.com" || got.Priority != 10 || got.Weight != 0 {
			t.Errorf("target %+v", got)
		}
	})
}
