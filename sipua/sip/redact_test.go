package sip

import (
	"strings"
	"testing"
)

const secretive = `INFO sip:door:PW1@pbx.example.com SIP/2.0
Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1
From: <sip:620:PW2@example.com>;tag=1
To: <sip:gate:PW3@example.com>;tag=2
Call-ID: c
CSeq: 3 INFO
Authorization: Digest username="620", realm="fritz, box", nonce="NONCE1", uri="sip:pbx", response="RESPONSE1", cnonce=CNONCE1, qop=auth, nc=00000001, algorithm=MD5, opaque="OPAQUE1", x-new="NEW1"
Proxy-Authorization: Basic QWxhZGRpbjpvcGVu
WWW-Authenticate: Digest realm="r", nonce="NONCE2", stale=FALSE
Authentication-Info: nextnonce="NONCE3", rspauth="RESPONSE2", qop=auth
Contact: "sip:x" <sip:620:PW4@192.0.2.1>;expires=60, <SIPS:621:PW5@[2001:db8::1]:5061>, <sip:622@192.0.2.1:5060>
Content-Type: application/dtmf-relay

Signal= 7
Duration=160
`

func TestRedacted(t *testing.T) {
	m, err := Parse(crlf(secretive))
	if err != nil {
		t.Fatal(err)
	}
	before := m.String()
	trace := string(m.AppendRedacted(nil))
	for _, secret := range []string{"PW1", "PW2", "PW3", "PW4", "PW5", "NONCE", "RESPONSE", "OPAQUE", "NEW1", "QWxh", "= 7"} {
		if strings.Contains(trace, secret) {
			t.Errorf("%s is in the trace:\n%s", secret, trace)
		}
	}
	for _, open := range []string{
		`Digest username="620", realm="fritz, box", nonce="***", uri="sip:pbx", response="***", cnonce="***", qop=auth, nc=00000001`,
		"Proxy-Authorization: Basic ***\r\n", `realm="r", nonce="***", stale=FALSE`, `nextnonce="***", rspauth="***", qop=auth`,
		"INFO sip:door:***@pbx.example.com SIP/2.0", `"sip:x" <sip:620:***@192.0.2.1>;expires=60, <SIPS:621:***@[2001:db8::1]:5061>`,
		"<sip:622@192.0.2.1:5060>", "Signal=***\r\nDuration=160\r\n",
	} {
		if !strings.Contains(trace, open) {
			t.Errorf("%s is missing from the trace:\n%s", open, trace)
		}
	}
	is(t, "the message itself", m.String(), before)
	if _, err := Parse([]byte(trace)); err != nil {
		t.Errorf("the trace is no message: %v", err)
	}
}

func TestRedactedBodies(t *testing.T) {
	sdp := "v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1|2^20;inline:KEY2\r\na=CRYPTO:2 KEY3\r\na=ice-ufrag:u\r\n" +
		"a=ice-pwd:KEY4\r\nk=base64:KEY5\na=key-mgmt:mikey KEY6\r\na=sendrecv"
	for _, row := range []struct{ method, contentType, body, want string }{
		{INVITE, "application/sdp", sdp, "v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:***\r\na=CRYPTO:***\r\na=ice-ufrag:u\r\n" +
			"a=ice-pwd:***\r\nk=***\na=key-mgmt:***\r\na=sendrecv"},
		{INVITE, "multipart/mixed;boundary=b", "--b\r\n\r\na=ice-pwd:KEY\r\n--b--", "--b\r\n\r\na=ice-pwd:***\r\n--b--"},
		{INFO, "application/dtmf", "5", "***"},
		{INFO, "application/dtmf-relay", "SIGNAL : 5\r\nDuration=1", "SIGNAL :***\r\nDuration=1"},
		{INFO, "application/DTMF-relay;x=y", "signals\r\n", "signals\r\n"},
		{INFO, "application/vnd.nortelnetworks.digits", "d=5", "***"},
		{NOTIFY, "application/kpml-response+xml", `<kpml digits="5"/>`, "***"},
		{INFO, "", "5", "***"},
		{INFO, "multipart/mixed;boundary=b", "--b", "***"},
		{INFO, "application/media_control+xml", "<x/>", "<x/>"},
		{MESSAGE, "", "hello", "hello"},
		{INFO, "application/dtmf", "", ""},
	} {
		m := &Message{Method: row.method, CSeq: CSeq{1, row.method}, Body: []byte(row.body)}
		if row.contentType != "" {
			m.Header.Add("c", row.contentType)
		}
		is(t, row.method+" "+row.contentType, string(m.Redacted().Body), row.want)
		is(t, "original", string(m.Body), row.body)
	}
}

func TestRedactedOddCredentials(t *testing.T) {
	for in, want := range map[string]string{
		"":                                    " ***",
		"Digest":                              "Digest ***",
		"Digest secret":                       "Digest ***",
		"Digest secret, realm=r, x":           "Digest ***, realm=r, ***",
		`Digest realm="a,b",response=`:        `Digest realm="a,b", response="***"`,
		`Digest re alm="secret"`:              "Digest ***",
		`Digest realm="open, response=SECRET`: `Digest realm="***"`,
		`Digest realm=r response=SECRET`:      `Digest realm="***"`,
		`Digest realm="r" response="SECRET"`:  `Digest realm="***"`,
		"a=b,c":                               `a="***", ***`,
	} {
		got := (&Message{Header: Header{{"Authorization", in}}}).Redacted().Header[0].Value
		is(t, in, got, want)
	}
}
