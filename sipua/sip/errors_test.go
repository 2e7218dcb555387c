package sip

import (
	"errors"
	"strings"
	"testing"
)

// Each complaint names the field it is about and what is wrong there; a caller logs just this.
func TestComplaints(t *testing.T) {
	for _, row := range []struct {
		name          string
		old, new      string // a replacement in plainInvite
		status        int
		field, detail string
	}{
		{"method", "INVITE sip", "IN(VITE sip", 0, "start line", "method is not a token"},
		{"no URI", "INVITE sip:desk@example.net SIP/2.0", "INVITE SIP/2.0", 400, "start line", "is not method, Request-URI and version"},
		{"version", "net SIP/2.0", "net SIP/3.0", 505, "start line", "version is not SIP/2.0"},
		{"no version", "net SIP/2.0", "net", 400, "start line", "is not method"},
		{"other protocol", "net SIP/2.0", "net RTSP/1.0", 400, "start line", "no SIP version"},
		{"scheme", "INVITE sip:", "INVITE https:", 416, "Request-URI", "scheme is neither sip nor sips"},
		{"URI headers", "net SIP/2.0", "net?a=b SIP/2.0", 400, "Request-URI", "has headers"},
		{"URI", "INVITE sip:desk@", "INVITE sip:desk@:", 400, "Request-URI", "host is missing"},
		{"no Via", "Via: SIP/2.0/UDP", "X: SIP/2.0/UDP", 0, "header", "is missing"},
		{"no From", "From:", "X:", 400, "header", "is missing"},
		{"no To", "To:", "X:", 400, "header", "is missing"},
		{"no Call-ID", "Call-ID:", "X:", 400, "header", "is missing"},
		{"no CSeq", "CSeq:", "X:", 400, "header", "is missing"},
		{"Via", "192.0.2.1:5060;", "192.0.2.1:0;", 0, "Via", "port is not from 1 to 65535"},
		{"second Via", ";rport", ";rport, SIP/2.0/UDP", 400, "Via", "no transport"},
		{"From", `"Door" <`, `"Door" `, 400, "From", "display name without an address"},
		{"second From", "To:", "From: <sip:x@y>\nTo:", 400, "From", "more than one"},
		{"second To", "CSeq", "t: <sip:x@y>\nCSeq", 400, "To", "more than one"},
		{"second Call-ID", "CSeq", "i: x\nCSeq", 400, "Call-ID", "more than one"},
		{"second CSeq", "Contact", "CSeq: 1 INVITE\nContact", 400, "CSeq", "more than one"},
		{"second Max-Forwards", "CSeq", "Max-Forwards: 70\nCSeq", 400, "Max-Forwards", "more than one"},
		{"second Content-Length", "CSeq", "l: 4\nCSeq", 400, "Content-Length", "more than one"},
		{"To", "To: <sip:desk@example.net>", "To: <sip:desk@example.net", 400, "To", "angle bracket has no end"},
		{"Call-ID", "c1@192.0.2.1", "c1 192.0.2.1", 400, "Call-ID", "with a blank"},
		{"CSeq number", "CSeq: 1", "CSeq: one", 400, "CSeq", "not a number below 2^32"},
		{"CSeq method", "1 INVITE", "1 BYE", 400, "CSeq", "method is not that of the start line"},
		{"Content-Length", "Length: 4", "Length: four", 400, "Content-Length", "not a number"},
		{"short body", "Length: 4", "Length: 40", 400, "Content-Length", "greater than the body"},
		{"cookie", "z9hG4bK1", "z9hG4bK", 400, "Via", "branch is the cookie alone"},
		{"colon", "Contact:", "Contact", 400, "header", "line that is not token, colon and value"},
	} {
		text := strings.Replace(plainInvite, row.old, row.new, 1)
		if text == plainInvite {
			t.Fatalf("%s: %q is not in the message", row.name, row.old)
		}
		_, err := Parse(crlf(text))
		var bad *SyntaxError
		if !errors.As(err, &bad) {
			t.Errorf("%s: got %v", row.name, err)
			continue
		}
		is(t, row.name, bad.Status, row.status)
		is(t, row.name, bad.Field, row.field)
		if !strings.Contains(bad.Detail, row.detail) {
			t.Errorf("%s: detail %q, want %q", row.name, bad.Detail, row.detail)
		}
	}
}

func TestErrorText(t *testing.T) {
	is(t, "answered", (&SyntaxError{400, "To", "is odd"}).Error(), "sip: To: is odd (400)")
	is(t, "dropped", (&SyntaxError{0, "Via", "is odd"}).Error(), "sip: Via: is odd")
	is(t, "no problem", problem("").err("X"), nil)
}

// The first failure decides, and later fields are read all the same, for the answer.
func TestReadingGoesOnAfterAFailure(t *testing.T) {
	text := strings.Replace(plainInvite, "net SIP/2.0", "net SIP/3.0", 1)
	text = strings.Replace(text, "Max-Forwards: 70", "(bad): x", 1)
	m, err := Parse(crlf(text))
	isStatus(t, err, 505)
	is(t, "From", m.From.Tag(), "a1")
	is(t, "To", m.To.URI.User, "desk")
	is(t, "Call-ID", m.CallID, "c1@192.0.2.1")
	is(t, "CSeq", m.CSeq, CSeq{1, INVITE})
}

// A response is never answered, whatever is wrong with it (RFC 3261 section 8.1.3.3 and 18.1.2).
func TestResponsesAreDropped(t *testing.T) {
	good := string(sample(t, "fritz401"))
	for _, replacement := range [][2]string{
		{"SIP/2.0 401", "SIP/3.0 401"},
		{"401 ", "700 "},
		{"401 ", "40 "},
		{"401 ", "4010 "},
		{"Via: ", "Via: x"},
		{"From: ", "From: \""},
		{"To: ", "To: <"},
		{"CSeq: 101", "CSeq: 99999999999"},
		{"Length: 0", "Length: 1"},
		{"User-Agent:", "User-Agent"},
	} {
		text := strings.Replace(good, replacement[0], replacement[1], 1)
		if text == good {
			t.Fatalf("%q is not in the message", replacement[0])
		}
		got, m := status(t, []byte(text))
		is(t, replacement[1], got, drop)
		is(t, replacement[1], m, nil)
	}
}
