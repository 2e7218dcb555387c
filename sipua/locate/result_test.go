package locate

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"intercom/sipua/sip"
)

// TestWriteText holds the printed reasoning of one full search as it is.
func TestWriteText(t *testing.T) {
	const zone = `
example.com.           300 IN NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.example.com.
example.com.           300 IN NAPTR 20 50 "s" "SIP+D2U" "" _sip._udp.example.com.
_sip._udp.example.com. 300 IN SRV 10 60 5060 a.example.com.
a.example.com.         300 IN A 192.0.2.1
`
	const want = `sip:bob@example.com
  1. no transport, no port and a name: NAPTR tells the transports in the domain's order (RFC 3263 section 4.1)
       NAPTR example.com.  [dns 192.0.2.53:53]
         example.com. 300 IN NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.example.com.
         example.com. 300 IN NAPTR 20 50 "s" "SIP+D2U" "" _sip._udp.example.com.
  2. SIPS+D2T left out: no transport TLS here (RFC 3263 section 4.1)
  3. SIP+D2U, order 20 preference 50: transport UDP (RFC 3263 section 4.1)
  4. the servers for UDP (RFC 3263 section 4.2)
       SRV _sip._udp.example.com.  [additional]
         _sip._udp.example.com. 300 IN SRV 10 60 5060 a.example.com.
  5. the addresses of a.example.com. (RFC 7984 section 4)
       AAAA a.example.com.  [dns 192.0.2.53:53]
         none
  6. the addresses of a.example.com. (RFC 7984 section 4)
       A a.example.com.  [additional]
         a.example.com. 300 IN A 192.0.2.1
  1  UDP 192.0.2.1:5060  a.example.com  priority 10 weight 60
`
	inBubble(t, zone, func(r *rig) {
		q := Query{URI: parseURI(t, "sip:bob@example.com"), Transports: []string{sip.UDP}}
		if got := text(r.ask(q)); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}

// TestWriteTextOfFailure: the error and the server's failing stand in the text.
func TestWriteTextOfFailure(t *testing.T) {
	inBubble(t, "", func(r *rig) {
		r.zone.Misbehave(Manner{Rcode: servfail})
		r.second.Misbehave(Manner{Dead: true})
		got := text(r.locate("sip:example.com;transport=udp"))
		for _, want := range []string{"SRV _sip._udp.example.com.  [failed]", "192.0.2.53:53: response code SERVFAIL", "error: DNS failed"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
	})
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestWriteTextError(t *testing.T) {
	if err := (Result{Subject: "sip:x"}).WriteText(brokenWriter{}); err == nil {
		t.Error("the writer's error is lost")
	}
}

// TestJSON: the form for programs, of a success and of a failure.
func TestJSON(t *testing.T) {
	inBubble(t, "a.example.com. IN A 192.0.2.1", func(r *rig) {
		for _, row := range []struct{ uri, want string }{
			{"sip:192.0.2.9:5070", `{"subject":"sip:192.0.2.9:5070","targets":[{"transport":"UDP","address":"192.0.2.9:5070"}],` +
				`"steps":[{"rule":"192.0.2.9 is an address: nothing to ask; UDP since the URI tells no transport","section":"RFC 3263 section 4.2"}]}`},
			{"sip:b.example.com:5060", `{"subject":"sip:b.example.com:5060","targets":[],` +
				`"steps":[{"rule":"port 5060 is given: neither NAPTR nor SRV; UDP since the URI tells no transport","section":"RFC 3263 section 4.2"},` +
				`{"rule":"the addresses of b.example.com.","section":"RFC 3263 section 4.2","query":"A b.example.com.","source":"dns","server":"192.0.2.53:53"}],` +
				`"error":"no server published: b.example.com. has no address of a family that this host has"}`},
		} {
			got, err := json.Marshal(r.ask(Query{URI: parseURI(t, row.uri), IPv4: true}))
			if err != nil || string(got) != row.want {
				t.Errorf("%v\n got %s\nwant %s", err, got, row.want)
			}
		}
	})
}
