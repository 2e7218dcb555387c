package sipua

import (
	"strings"
	"testing"

	"intercom/sipua/sip"
)

// What must never be seen: a digest response allows guessing at the password, an SDES key listening in, an INFO body
// opening the door.
func TestRedact(t *testing.T) {
	m := &sip.Message{Method: "INVITE", URI: sip.URI{Scheme: "sip", Host: "x"}, CSeq: sip.CSeq{Seq: 1, Method: "INVITE"}}
	m.Header.Add("Authorization", `Digest username="door", realm="r", nonce="n", Response = "0123abcd", uri="sip:x", qop=auth, nc=00000001`)
	m.Header.Add("Proxy-Authorization", `Digest username="door", response=0123abcd, nonce="n"`)
	m.Header.Add("Authorization", "Basic ZG9vcjpzZWNyZXQ=")
	m.Header.Add("Authentication-Info", `rspauth="0123abcd", nextnonce="m"`)
	m.Header.Add("Subject", `response="kept"`)
	m.Body = []byte("v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRETKEY|2^20\r\na=crypto:2 X INLINE:SECRETKEY\r\n")
	r := redact(m)
	text := r.String()
	for _, secret := range []string{"0123abcd", "ZG9vcjpzZWNyZXQ", "SECRETKEY"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is to be seen in\n%s", secret, text)
		}
	}
	for _, useful := range []string{`realm="r"`, `nonce="n"`, "nc=00000001", `nextnonce="m"`, `response="kept"`, "AES_CM_128_HMAC_SHA1_80 inline:*|2^20"} {
		if !strings.Contains(text, useful) {
			t.Errorf("%s is missing in\n%s", useful, text)
		}
	}
	if !strings.Contains(m.String(), "0123abcd") || !strings.Contains(string(m.Body), "SECRETKEY") {
		t.Error("the message itself was changed")
	}
}

func TestRedactInfo(t *testing.T) {
	m := &sip.Message{Method: "INFO", CSeq: sip.CSeq{Seq: 1, Method: "INFO"}, Body: []byte("Signal=5\r\nDuration=160\r\n")}
	if r := redact(m); strings.ContainsAny(string(r.Body), "5Signal") || len(r.Body) != len(m.Body) {
		t.Errorf("the digit is to be seen: %q", r.Body)
	}
}
