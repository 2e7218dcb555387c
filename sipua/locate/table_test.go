package locate

import (
	"testing"

	"intercom/sipua/sip"
)

// full is a domain that publishes everything; plain has no NAPTR; bare has addresses only.
const full = `
example.com.            300 IN SOA   ns.example.com. host.example.com. 1 3600 600 86400 60
example.com.            300 IN A     192.0.2.80
example.com.            300 IN NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.example.com.
example.com.            300 IN NAPTR 20 50 "s" "SIP+D2T" "" _sip._tcp.example.com.
example.com.            300 IN NAPTR 20 40 "s" "SIP+D2U" "" _sip._udp.example.com.
_sips._tcp.example.com. 300 IN SRV   10 0 5061 a.example.com.
_sip._tcp.example.com.  300 IN SRV   10 0 5070 a.example.com.
_sip._udp.example.com.  300 IN SRV   10 0 5080 a.example.com.
_sip._udp.example.com.  300 IN SRV   20 0 5080 b.example.com.
a.example.com.          300 IN A     192.0.2.1
a.example.com.          300 IN AAAA  2001:db8::1
b.example.com.          300 IN A     192.0.2.2

plain.example.com.           300 IN A   192.0.2.81
_sips._tcp.plain.example.com. 300 IN SRV 10 0 5061 a.example.com.
_sip._tcp.plain.example.com. 300 IN SRV 5 0 5070 a.example.com.
_sip._udp.plain.example.com. 300 IN SRV 10 0 5080 a.example.com.

bare.example.com.       300 IN A     192.0.2.82
bare.example.com.       300 IN AAAA  2001:db8::82
`

// TestDecisionTable has one case for each row of the table in doc.go, with the questions asked and thereby those
// not asked. Additional records are switched off, so that each question is seen.
func TestDecisionTable(t *testing.T) {
	for _, row := range []struct {
		name, uri string
		targets   []string
		questions []string
	}{
		{"transport, address", "sip:192.0.2.7;transport=tcp", []string{"TCP 192.0.2.7:5060"}, nil},
		{"transport, address, port", "sip:192.0.2.7:5090;transport=tcp", []string{"TCP 192.0.2.7:5090"}, nil},
		{"transport TLS, address", "sip:192.0.2.7;transport=tls", []string{"TLS 192.0.2.7:5061"}, nil},
		{"address sip", "sip:192.0.2.7", []string{"UDP 192.0.2.7:5060"}, nil},
		{"address sips", "sips:192.0.2.7", []string{"TLS 192.0.2.7:5061"}, nil},
		{"address sip with port", "sip:192.0.2.7:5062", []string{"UDP 192.0.2.7:5062"}, nil},
		{"address IPv6", "sip:bob@[2001:db8::7]", []string{"UDP [2001:db8::7]:5060"}, nil},
		{"transport, name, port", "sip:bare.example.com:5090;transport=tcp",
			[]string{"TCP [2001:db8::82]:5090", "TCP 192.0.2.82:5090"},
			[]string{"AAAA bare.example.com", "A bare.example.com"}},
		{"name, port, sip", "sip:bare.example.com:5090",
			[]string{"UDP [2001:db8::82]:5090", "UDP 192.0.2.82:5090"},
			[]string{"AAAA bare.example.com", "A bare.example.com"}},
		{"name, port, sips", "sips:bare.example.com:5091",
			[]string{"TLS [2001:db8::82]:5091", "TLS 192.0.2.82:5091"},
			[]string{"AAAA bare.example.com", "A bare.example.com"}},
		{"name, port 5060: no SRV", "sip:example.com:5060",
			[]string{"UDP 192.0.2.80:5060"},
			[]string{"AAAA example.com", "A example.com"}},
		{"transport UDP, name", "sip:example.com;transport=udp",
			[]string{"UDP [2001:db8::1]:5080", "UDP 192.0.2.1:5080", "UDP 192.0.2.2:5080"},
			[]string{"SRV _sip._udp.example.com", "AAAA a.example.com", "A a.example.com", "AAAA b.example.com", "A b.example.com"}},
		{"transport TCP, name", "sip:example.com;transport=tcp",
			[]string{"TCP [2001:db8::1]:5070", "TCP 192.0.2.1:5070"},
			[]string{"SRV _sip._tcp.example.com", "AAAA a.example.com", "A a.example.com"}},
		{"transport TLS, name", "sip:example.com;transport=tls",
			[]string{"TLS [2001:db8::1]:5061", "TLS 192.0.2.1:5061"},
			[]string{"SRV _sips._tcp.example.com", "AAAA a.example.com", "A a.example.com"}},
		{"transport TCP, sips", "sips:example.com;transport=tcp",
			[]string{"TLS [2001:db8::1]:5061", "TLS 192.0.2.1:5061"},
			[]string{"SRV _sips._tcp.example.com", "AAAA a.example.com", "A a.example.com"}},
		{"transport, name, no SRV", "sip:bare.example.com;transport=tcp",
			[]string{"TCP [2001:db8::82]:5060", "TCP 192.0.2.82:5060"},
			[]string{"SRV _sip._tcp.bare.example.com", "AAAA bare.example.com", "A bare.example.com"}},
		{"transport TLS, name, no SRV", "sip:bare.example.com;transport=tls",
			[]string{"TLS [2001:db8::82]:5061", "TLS 192.0.2.82:5061"},
			[]string{"SRV _sips._tcp.bare.example.com", "AAAA bare.example.com", "A bare.example.com"}},
		{"sip, name, NAPTR", "sip:example.com",
			[]string{"TLS [2001:db8::1]:5061", "TLS 192.0.2.1:5061"},
			[]string{"NAPTR example.com", "SRV _sips._tcp.example.com", "AAAA a.example.com", "A a.example.com"}},
		{"sip, name, no NAPTR", "sip:plain.example.com",
			[]string{"UDP [2001:db8::1]:5080", "UDP 192.0.2.1:5080", "TCP [2001:db8::1]:5070", "TCP 192.0.2.1:5070",
				"TLS [2001:db8::1]:5061", "TLS 192.0.2.1:5061"},
			[]string{"NAPTR plain.example.com", "SRV _sip._udp.plain.example.com", "AAAA a.example.com", "A a.example.com",
				"SRV _sip._tcp.plain.example.com", "SRV _sips._tcp.plain.example.com"}},
		{"sip, name, no NAPTR, no SRV", "sip:bare.example.com",
			[]string{"UDP [2001:db8::82]:5060", "UDP 192.0.2.82:5060"},
			[]string{"NAPTR bare.example.com", "SRV _sip._udp.bare.example.com", "SRV _sip._tcp.bare.example.com",
				"SRV _sips._tcp.bare.example.com", "AAAA bare.example.com", "A bare.example.com"}},
		{"sips, name, NAPTR", "sips:example.com",
			[]string{"TLS [2001:db8::1]:5061", "TLS 192.0.2.1:5061"},
			[]string{"NAPTR example.com", "SRV _sips._tcp.example.com", "AAAA a.example.com", "A a.example.com"}},
		{"sips, name, no NAPTR", "sips:plain.example.com",
			[]string{"TLS [2001:db8::1]:5061", "TLS 192.0.2.1:5061"},
			[]string{"NAPTR plain.example.com", "SRV _sips._tcp.plain.example.com", "AAAA a.example.com", "A a.example.com"}},
		{"sips, name, no NAPTR, no SRV", "sips:bare.example.com",
			[]string{"TLS [2001:db8::82]:5061", "TLS 192.0.2.82:5061"},
			[]string{"NAPTR bare.example.com", "SRV _sips._tcp.bare.example.com", "AAAA bare.example.com", "A bare.example.com"}},
		{"maddr is the target", "sip:example.com;maddr=192.0.2.99", []string{"UDP 192.0.2.99:5060"}, nil},
		{"maddr IPv6 in brackets", "sip:example.com:5070;maddr=[2001:db8::99]", []string{"UDP [2001:db8::99]:5070"}, nil},
		{"maddr is a name", "sip:example.com:5070;maddr=b.example.com", []string{"UDP 192.0.2.2:5070"},
			[]string{"AAAA b.example.com", "A b.example.com"}},
		{"localhost is not asked for", "sip:localhost:5070", []string{"UDP [::1]:5070", "UDP 127.0.0.1:5070"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, full, func(r *rig) {
				r.zone.Misbehave(Manner{NoAdditional: true})
				result := r.locate(row.uri)
				r.wantTargets(result, row.targets...)
				r.wantQuestions(row.questions...)
				if len(result.Steps) == 0 {
					t.Error("no reasoning")
				}
			})
		})
	}
}

// TestOversize: RFC 3261 section 18.1.1, TCP first and UDP kept for a server that refuses TCP.
func TestOversize(t *testing.T) {
	inBubble(t, full, func(r *rig) {
		q := Query{URI: parseURI(t, "sip:example.com;transport=udp"), Transports: []string{sip.UDP, sip.TCP}, IPv4: true}
		r.wantTargets(r.ask(q), "UDP 192.0.2.1:5080", "UDP 192.0.2.2:5080")
		q.Large = true
		r.wantTargets(r.ask(q), "TCP 192.0.2.1:5080", "UDP 192.0.2.1:5080", "TCP 192.0.2.2:5080", "UDP 192.0.2.2:5080")
		q.Transports = []string{sip.UDP}
		r.wantTargets(r.ask(q), "UDP 192.0.2.1:5080", "UDP 192.0.2.2:5080")
	})
}

// TestUnsupported: what the URI asks and the client lacks ends with an error that says so, and without a question.
func TestUnsupported(t *testing.T) {
	for _, row := range []struct {
		name string
		q    Query
	}{
		{"no TLS for sips", Query{URI: parseURI(t, "sips:example.com"), Transports: []string{sip.UDP, sip.TCP}}},
		{"no TLS for sips to an address", Query{URI: parseURI(t, "sips:192.0.2.1"), Transports: []string{sip.UDP}}},
		{"sips over udp", Query{URI: parseURI(t, "sips:example.com;transport=udp"), Transports: []string{sip.UDP, sip.TLS}}},
		{"sips over sctp", Query{URI: parseURI(t, "sips:example.com;transport=sctp"), Transports: []string{sip.TLS, sip.SCTP}}},
		{"no such transport", Query{URI: parseURI(t, "sip:example.com;transport=ws")}},
		{"family", Query{URI: parseURI(t, "sip:[2001:db8::1]"), IPv4: true}},
		{"scheme", Query{URI: sip.URI{Scheme: "tel", Opaque: "+49301234"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, full, func(r *rig) {
				r.wantError(r.ask(row.q), ErrUnsupported)
				r.wantQuestions()
			})
		})
	}
}

// TestBadHosts: a host that cannot be a name is not asked for.
func TestBadHosts(t *testing.T) {
	for _, host := range []string{"", "a..b", "x y", `a\.b`, string(make([]byte, 300))} {
		inBubble(t, full, func(r *rig) {
			r.wantError(r.ask(Query{URI: sip.URI{Scheme: "sip", Host: host}}), ErrNotFound)
			r.wantError(r.ask(Query{URI: sip.URI{Scheme: "sip", Host: "a", Port: 70000}}), ErrNotFound)
			r.wantQuestions()
		})
	}
}

// TestOnlyStream: a client without UDP takes what it has where the RFC's default would be UDP.
func TestOnlyStream(t *testing.T) {
	inBubble(t, full, func(r *rig) {
		q := Query{URI: parseURI(t, "sip:192.0.2.7"), Transports: []string{sip.TCP}}
		r.wantTargets(r.ask(q), "TCP 192.0.2.7:5060")
		q.URI = parseURI(t, "sip:bare.example.com")
		r.wantTargets(r.ask(q), "TCP [2001:db8::82]:5060", "TCP 192.0.2.82:5060")
	})
}

// parseURI reads the few URIs of these tests.
func parseURI(t testing.TB, s string) sip.URI {
	t.Helper()
	uri, err := sip.ParseURI(s)
	if err != nil {
		t.Fatal(err)
	}
	return uri
}
