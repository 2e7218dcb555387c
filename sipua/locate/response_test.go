package locate

import (
	"testing"

	"intercom/sipua/sip"
)

// TestLocateResponse: RFC 3261 section 18.2.2, RFC 3263 section 5 and RFC 3581 section 4, row by row.
func TestLocateResponse(t *testing.T) {
	for _, row := range []struct {
		name      string
		via       sip.Via
		targets   []string
		questions []string
	}{
		{"address", sip.Via{Transport: "UDP", Host: "192.0.2.7"}, []string{"UDP 192.0.2.7:5060"}, nil},
		{"address and port", sip.Via{Transport: "TCP", Host: "192.0.2.7", Port: 5070}, []string{"TCP 192.0.2.7:5070"}, nil},
		{"IPv6 over TLS", sip.Via{Transport: "TLS", Host: "2001:db8::7"}, []string{"TLS [2001:db8::7]:5061"}, nil},
		{"name and port: no SRV", sip.Via{Transport: "UDP", Host: "example.com", Port: 5060}, []string{"UDP 192.0.2.80:5060"},
			[]string{"AAAA example.com", "A example.com"}},
		{"name: SRV of the transport, no NAPTR", sip.Via{Transport: "TCP", Host: "example.com"},
			[]string{"TCP [2001:db8::1]:5070", "TCP 192.0.2.1:5070"},
			[]string{"SRV _sip._tcp.example.com", "AAAA a.example.com", "A a.example.com"}},
		{"name over TLS: _sips", sip.Via{Transport: "TLS", Host: "example.com"},
			[]string{"TLS [2001:db8::1]:5061", "TLS 192.0.2.1:5061"},
			[]string{"SRV _sips._tcp.example.com", "AAAA a.example.com", "A a.example.com"}},
		{"name without SRV", sip.Via{Transport: "UDP", Host: "bare.example.com"},
			[]string{"UDP [2001:db8::82]:5060", "UDP 192.0.2.82:5060"},
			[]string{"SRV _sip._udp.bare.example.com", "AAAA bare.example.com", "A bare.example.com"}},
		{"received", sip.Via{Transport: "UDP", Host: "example.com", Port: 5070, Params: ";received=192.0.2.9"},
			[]string{"UDP 192.0.2.9:5070"}, nil},
		{"received without port", sip.Via{Transport: "UDP", Host: "example.com", Params: ";received=192.0.2.9"},
			[]string{"UDP 192.0.2.9:5060"}, nil},
		{"received and rport", sip.Via{Transport: "UDP", Host: "10.0.0.1", Port: 5070, Params: ";rport=40001;received=192.0.2.9"},
			[]string{"UDP 192.0.2.9:40001"}, nil},
		{"received in brackets (FRITZ!Box)", sip.Via{Transport: "UDP", Host: "x", Params: ";received=[2001:db8::9];rport=5066"},
			[]string{"UDP [2001:db8::9]:5066"}, nil},
		{"maddr before received", sip.Via{Transport: "UDP", Host: "x", Port: 5070, Params: ";maddr=192.0.2.5;received=192.0.2.9"},
			[]string{"UDP 192.0.2.5:5070"}, nil},
		{"an empty rport is none", sip.Via{Transport: "UDP", Host: "192.0.2.7", Port: 5070, Params: ";rport"},
			[]string{"UDP 192.0.2.7:5070"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, full, func(r *rig) {
				r.zone.Misbehave(Manner{NoAdditional: true})
				r.wantTargets(r.resolver.LocateResponse(r.t.Context(), r.now(), ResponseQuery{Via: row.via}), row.targets...)
				r.wantQuestions(row.questions...)
			})
		})
	}
}

// TestBadVia: what leads nowhere is an error without a question.
func TestBadVia(t *testing.T) {
	for _, via := range []sip.Via{
		{Transport: "WS", Host: "192.0.2.1"},
		{Transport: "", Host: "192.0.2.1"},
		{Transport: "UDP", Host: ""},
		{Transport: "UDP", Host: "a..b"},
		{Transport: "UDP", Host: "192.0.2.1", Port: 65536},
		{Transport: "UDP", Host: "x", Params: ";received=192.0.2.1;rport=70000"},
	} {
		inBubble(t, full, func(r *rig) {
			result := r.resolver.LocateResponse(r.t.Context(), r.now(), ResponseQuery{Via: via})
			if result.Err == nil || len(result.Targets) > 0 {
				t.Errorf("%+v leads to %v", via, result.Targets)
			}
			r.wantQuestions()
		})
	}
}
