package sip

import (
	"errors"
	"strings"
	"testing"
)

// crlf makes a message of readable text: one line per line, the first empty line ends the header section.
func crlf(text string) []byte {
	return []byte(strings.ReplaceAll(text, "\n", "\r\n"))
}

const plainInvite = `INVITE sip:desk@example.net SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport
Max-Forwards: 70
From: "Door" <sip:door@example.net>;tag=a1
To: <sip:desk@example.net>
Call-ID: c1@192.0.2.1
CSeq: 1 INVITE
Contact: <sip:door@192.0.2.1:5060>
Content-Type: application/sdp
Content-Length: 4

v=0
`

func TestParseRequest(t *testing.T) {
	m, err := Parse(crlf(plainInvite))
	if err != nil {
		t.Fatal(err)
	}
	if !m.IsRequest() || m.Method != INVITE || m.URI != (URI{Scheme: "sip", User: "desk", Host: "example.net"}) {
		t.Errorf("start line: %q %+v", m.Method, m.URI)
	}
	if len(m.Via) != 1 || m.Via[0].Branch() != "z9hG4bK1" || m.Via[0].Port != 5060 || m.Via[0].Transport != UDP {
		t.Errorf("Via: %+v", m.Via)
	}
	if m.From.Display != "Door" || m.From.Tag() != "a1" || m.To.Tag() != "" || m.To.URI.User != "desk" {
		t.Errorf("From %+v To %+v", m.From, m.To)
	}
	if m.CallID != "c1@192.0.2.1" || m.CSeq != (CSeq{1, INVITE}) || string(m.Body) != "v=0\r" {
		t.Errorf("Call-ID %q CSeq %+v body %q", m.CallID, m.CSeq, m.Body)
	}
	if len(m.Header) != 3 || m.Header.Get("max-forwards") != "70" || m.Header.Has("Content-Length") {
		t.Errorf("Header: %+v", m.Header)
	}
}

func TestParseKeepsNothingOfTheDatagram(t *testing.T) {
	datagram := crlf(plainInvite)
	m, err := Parse(datagram)
	if err != nil {
		t.Fatal(err)
	}
	before := m.String()
	clear(datagram)
	if after := m.String(); after != before {
		t.Errorf("after the buffer was cleared:\n%q\nwant\n%q", after, before)
	}
}

func TestResponseRoundTrip(t *testing.T) {
	req, err := Parse(crlf(plainInvite))
	if err != nil {
		t.Fatal(err)
	}
	resp := NewResponse(req, 180, "")
	resp.To.Params = resp.To.Params.With("tag", "b2")
	m, err := Parse(resp.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	if m.IsRequest() || m.Status != 180 || m.Reason != "Ringing" || m.To.Tag() != "b2" || req.To.Tag() != "" {
		t.Errorf("got %+v", m)
	}
	if m.Via[0] != req.Via[0] || m.From != req.From || m.CallID != req.CallID || m.CSeq != req.CSeq || m.Body != nil {
		t.Errorf("got %+v", m)
	}
}

// status gives what Parse would have a request answered with: 200 for accepted, 0 for dropped.
func status(t *testing.T, datagram []byte) (int, *Message) {
	t.Helper()
	m, err := Parse(datagram)
	if err == nil {
		return 200, m
	}
	var bad *SyntaxError
	if !errors.As(err, &bad) {
		t.Fatalf("error %v is no *SyntaxError", err)
	}
	if (m == nil) != (bad.Status == 0) {
		t.Fatalf("message %v with status %d", m, bad.Status)
	}
	return bad.Status, m
}

func TestEveryTruncation(t *testing.T) {
	whole := crlf(plainInvite)
	for n := range len(whole) - 1 {
		if got, _ := status(t, whole[:n]); got == 200 {
			t.Errorf("first %d octets were accepted", n)
		}
	}
	if got, _ := status(t, whole); got != 200 {
		t.Errorf("whole message: %d", got)
	}
}
