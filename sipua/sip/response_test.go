package sip

import (
	"strings"
	"testing"
)

// RFC 3261 section 8.2.6.
func TestNewResponse(t *testing.T) {
	req, err := Parse(crlf(plainInvite))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Add("Timestamp", "54")
	req.Header.Add("Record-Route", "<sip:p;lr>")
	ringing := NewResponse(req, 180, "")
	is(t, "header", len(ringing.Header), 0)
	trying := NewResponse(req, 100, "One moment")
	is(t, "reason", trying.Reason, "One moment")
	is(t, "Timestamp", trying.Header.Get("Timestamp"), "54")
	trying.Via[0].Host = "changed"
	is(t, "Via is a copy", req.Via[0].Host, "192.0.2.1")
	is(t, "body", len(trying.Body), 0)
}

func TestClone(t *testing.T) {
	m, err := Parse(crlf(plainInvite))
	if err != nil {
		t.Fatal(err)
	}
	before := m.String()
	c := m.Clone()
	is(t, "same", c.String(), before)
	c.Via[0].Host, c.Header[0].Value, c.Body[0] = "x", "x", 'x'
	c.Header.Add("X", "y")
	is(t, "original", m.String(), before)
}

func TestReasonPhrase(t *testing.T) {
	for status, want := range map[int]string{
		100: "Trying", 200: "OK", 481: "Call/Transaction Does Not Exist", 600: "Busy Everywhere",
		199: "Early Dialog Terminated", 299: "OK", 499: "Bad Request", 699: "Busy Everywhere", 0: "", 99: "", 700: "", -1: "",
	} {
		is(t, "phrase", ReasonPhrase(status), want)
	}
}

// What an application puts into a field must not become a header field of its own.
func TestAppendTakesLineEndsOut(t *testing.T) {
	evil := "x\r\nRoute: <sip:evil@h>\nX: y\r"
	m := &Message{
		Method: INVITE, URI: URI{Scheme: "sip", User: evil, Host: "h", Params: Params(";a=" + evil)},
		Via:  []Via{{Transport: UDP, Host: "h", Params: Params(";branch=" + evil)}},
		From: Address{Display: evil, URI: host, Params: Params(";tag=" + evil)}, To: Address{URI: host},
		CallID: evil, CSeq: CSeq{1, INVITE}, Header: Header{{"Subject" + evil, evil}}, Body: []byte(evil),
	}
	head, body, ok := strings.Cut(m.String(), "\r\n\r\n")
	is(t, "header section ends", ok, true)
	is(t, "lines", strings.Count(head, "\n"), 7)
	is(t, "CRs", strings.Count(head, "\r"), 7)
	is(t, "Route", strings.Contains(head, "\nRoute") || strings.Contains(head, "\nX"), false)
	is(t, "body", body, evil)
	response := &Message{Status: 200, Reason: evil}
	is(t, "response", strings.Count(response.String(), "\n"), 3)
}

func TestAppendWritesContentLength(t *testing.T) {
	m := &Message{Status: 200, Reason: "OK", Header: Header{{"content-length", "99"}}, Body: []byte("12345")}
	is(t, "message", m.String(), "SIP/2.0 200 OK\r\nContent-Length: 5\r\n\r\n12345")
	prefix := []byte("keep")
	is(t, "appended", string(m.Append(prefix)), "keep"+m.String())
}

func TestAppendAllocatesOnceAtMost(t *testing.T) {
	m, err := Parse(sample(t, "ok200"))
	if err != nil {
		t.Fatal(err)
	}
	buffer := m.Append(nil)
	if n := testing.AllocsPerRun(20, func() { buffer = m.Append(buffer[:0]) }); n != 0 {
		t.Errorf("%v allocations into a buffer that fits", n)
	}
	if n := testing.AllocsPerRun(20, func() { buffer = m.Append(nil) }); n > 2 { // the second one is the race detector's
		t.Errorf("%v allocations into a new buffer", n)
	}
}

func TestParseAllocations(t *testing.T) {
	for name, want := range map[string]float64{"invite": 3, "ok200": 4, "fritz401": 3, "wsinv": 11} {
		wire := sample(t, name)
		if n := testing.AllocsPerRun(20, func() { _, _ = Parse(wire) }); n > want {
			t.Errorf("%s: %v allocations, want %v at most", name, n, want)
		}
	}
}
