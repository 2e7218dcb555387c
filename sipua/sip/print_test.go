package sip

import (
	"strings"
	"testing"
)

// lf makes a wire form readable.
func lf(b []byte) string { return strings.ReplaceAll(string(b), "\r\n", "\n") }

func TestAppendRequest(t *testing.T) {
	m := &Message{
		Method: REGISTER,
		URI:    URI{Scheme: "sip", Host: "fritz.box"},
		Via: []Via{
			{Transport: UDP, Host: "2001:db8::40", Port: 5062, Params: ";rport;branch=z9hG4bK1"},
			{Transport: TCP, Host: "pc.example.net", Params: ";branch=z9hG4bK0"},
		},
		From:   Address{Display: `The "Door"`, URI: URI{Scheme: "sip", User: "620", Host: "fritz.box"}, Params: ";tag=a"},
		To:     Address{URI: URI{Scheme: "sip", User: "620", Host: "fritz.box"}},
		CallID: "1@h",
		CSeq:   CSeq{4294967295, REGISTER},
		Header: Header{
			{"Max-Forwards", "70"},
			{"Contact", `<sip:620@[2001:db8::40]:5062>;expires=300`},
			{"Subject", ""},
		},
	}
	want := `REGISTER sip:fritz.box SIP/2.0
Via: SIP/2.0/UDP [2001:db8::40]:5062;rport;branch=z9hG4bK1
Via: SIP/2.0/TCP pc.example.net;branch=z9hG4bK0
From: "The \"Door\"" <sip:620@fritz.box>;tag=a
To: <sip:620@fritz.box>
Call-ID: 1@h
CSeq: 4294967295 REGISTER
Max-Forwards: 70
Contact: <sip:620@[2001:db8::40]:5062>;expires=300
Subject: 
Content-Length: 0

`
	is(t, "wire form", lf(m.Append(nil)), want)
	checkStable(t, m.Append(nil))
}

func TestAppendResponse(t *testing.T) {
	m := &Message{
		Status: 488,
		Via:    []Via{{Transport: TLS, Host: "h", Params: ";branch=z9hG4bK1"}},
		From:   Address{URI: URI{Scheme: "tel", Opaque: "+49301234"}, Params: ";tag=a"},
		To:     Address{URI: URI{Scheme: "sips", User: "a b", Host: "h", Port: 5061, Params: ";x", Headers: "y=z"}, Params: ";tag=b"},
		CallID: "1",
		CSeq:   CSeq{0, INVITE},
		Body:   []byte("\x00\r\n\n"),
	}
	want := `SIP/2.0 488 
Via: SIP/2.0/TLS h;branch=z9hG4bK1
From: <tel:+49301234>;tag=a
To: <sips:a%20b@h:5061;x?y=z>;tag=b
Call-ID: 1
CSeq: 0 INVITE
Content-Length: 4

` + "\x00\n\n"
	is(t, "wire form", lf(m.Append(nil)), want)
	checkStable(t, m.Append(nil))
}

// A field edited between Parse and Append shows, for nothing is cached.
func TestEditsShow(t *testing.T) {
	m, err := Parse(crlf(plainInvite))
	if err != nil {
		t.Fatal(err)
	}
	m.URI.Port = 5080
	m.Via[0].Params = m.Via[0].Params.With("received", "192.0.2.9").With("rport", "1024")
	m.To.Params = m.To.Params.With("tag", "b")
	m.CSeq.Seq++
	m.Header.Set("Max-Forwards", "69")
	m.Header.Del("Content-Type")
	m.Body = nil
	want := `INVITE sip:desk@example.net:5080 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport=1024;received=192.0.2.9
From: "Door" <sip:door@example.net>;tag=a1
To: <sip:desk@example.net>;tag=b
Call-ID: c1@192.0.2.1
CSeq: 2 INVITE
Max-Forwards: 69
Contact: <sip:door@192.0.2.1:5060>
Content-Length: 0

`
	is(t, "wire form", lf(m.Append(nil)), want)
}

// The printer guesses the size; a wrong guess may cost time, never octets.
func TestAppendBeyondTheEstimate(t *testing.T) {
	long := strings.Repeat("x", 5000)
	m := &Message{
		Method: INVITE, URI: URI{Scheme: "sip", User: long, Host: long},
		Via:    []Via{{Transport: UDP, Host: long}},
		From:   Address{Display: strings.Repeat(`"`, 5000), URI: host},
		To:     Address{URI: URI{Scheme: "sip", User: strings.Repeat("@", 5000), Host: "h"}},
		CallID: "c", CSeq: CSeq{1, INVITE},
	}
	wire := m.Append([]byte("kept"))
	is(t, "prefix", string(wire[:4]), "kept")
	checkStable(t, wire[4:])
	again, err := Parse(wire[4:])
	is(t, "error", err, nil)
	is(t, "display", again.From.Display, m.From.Display)
	is(t, "user", again.To.URI.User, m.To.URI.User)
	is(t, "host", again.Via[0].Host, long)
}

func TestAppendLeavesOutWhatIsNotSet(t *testing.T) {
	is(t, "empty request", lf((&Message{Method: OPTIONS, URI: host}).Append(nil)),
		"OPTIONS sip:a@h SIP/2.0\nContent-Length: 0\n\n")
	is(t, "empty response", lf((&Message{Status: 100}).Append(nil)), "SIP/2.0 100 \nContent-Length: 0\n\n")
}

// All torture messages that are accepted or answered must yield an answer of one header section, in which the
// request's text adds no line.
func TestAnswersAreClean(t *testing.T) {
	for name, datagram := range corpus(t) {
		req, _ := Parse(datagram)
		if req == nil || !req.IsRequest() {
			continue
		}
		answer := NewResponse(req, 486, "").Append(nil)
		lines := strings.Split(string(answer), "\r\n")
		for i, line := range lines[:len(lines)-2] {
			prefixes := []string{"Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: ", "Content-Length: "}
			if i == 0 {
				prefixes = []string{"SIP/2.0 486 Busy Here"}
			}
			if !hasAnyPrefix(line, prefixes) {
				t.Errorf("%s: line %q in the answer", name, line)
			}
		}
		if strings.ContainsAny(strings.ReplaceAll(string(answer), "\r\n", ""), "\r\n") {
			t.Errorf("%s: stray line end in %q", name, answer)
		}
	}
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}
