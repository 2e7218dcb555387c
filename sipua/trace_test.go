package sipua

import (
	"strings"
	"testing"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// What must never be seen: a digest response allows guessing at the password, an SDES key listening in, an INFO body
// opening the door. The message itself stays as it is.
func TestTraceIsRedacted(t *testing.T) {
	for _, tc := range []struct{ method, field, kind, body, secret string }{
		{"REGISTER", `Digest username="door", realm="r", nonce="n", response="0123abcd", uri="sip:x"`, "", "", "0123abcd"},
		{"INVITE", "", "application/sdp", "v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRETKEY|2^20\r\n", "SECRETKEY"},
		{"INFO", "", "application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "=5"},
	} {
		m := &sip.Message{Method: tc.method, URI: sip.URI{Scheme: "sip", Host: "x"}, CSeq: sip.CSeq{Seq: 1, Method: tc.method}}
		m.Header.Add("Authorization", tc.field)
		m.Header.Add("Content-Type", tc.kind)
		m.Body = []byte(tc.body)
		var a Agent
		a.trace(true, transport.Flow{}, m)
		seen := a.queue[0].(Traced)
		if text := seen.Message.String(); strings.Contains(text, tc.secret) || !seen.Sent {
			t.Errorf("%s is to be seen in\n%s", tc.secret, text)
		}
		if !strings.Contains(m.String(), tc.secret) {
			t.Error("the message itself was changed")
		}
	}
}
