package sip

import (
	"strings"
	"testing"
)

// Texts written one after the other into the same scratch must not change each other, also when it has to grow.
func TestScratchKeepsWhatItWrote(t *testing.T) {
	var r scratch
	var got []Params
	var want []string
	for i := range 40 {
		name := strings.Repeat(string(rune('a'+i%26)), 1+i)
		p, detail := r.parseParams("; " + name + " = 1 ; x")
		is(t, name, detail, "")
		got, want = append(got, p), append(want, ";"+name+"=1;x")
		is(t, name, r.unquote(`"`+name+`\""`), name+`"`)
	}
	for i := range got {
		is(t, want[i], string(got[i]), want[i])
	}
}

// The second message must not write over the first, though both come from one goroutine.
func TestMessagesShareNoScratch(t *testing.T) {
	wire := sample(t, "wsinv")
	first, err := Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	before := first.String()
	if _, err := Parse([]byte(strings.ReplaceAll(string(wire), "tag", "gat"))); err != nil {
		t.Fatal(err)
	}
	is(t, "the first message", first.String(), before)
}

// The usual names are a short cut, never another meaning: each is what the long way makes of it.
func TestUsualFieldAgreesWithTheTable(t *testing.T) {
	for _, name := range []string{"Via", "From", "To", "CSeq", "Call-ID", "Contact", "Content-Length", "Max-Forwards"} {
		field, end := usualField(name + ": x")
		slow, known := canonical(name)
		if !known || field != slow || end != len(name)+1 {
			t.Errorf("%s: %+v to %d, the table says %+v", name, field, end, slow)
		}
		for _, other := range []string{strings.ToLower(name) + ":x", name + " : x", name + "-X: x", name} {
			if _, end := usualField(other); end != 0 {
				t.Errorf("%q is taken for the usual spelling", other)
			}
		}
	}
}

// A field more than there is room for beside the message, and a user who adds some, must not disturb anything.
func TestFieldsBeyondTheRoom(t *testing.T) {
	for n := range 2*usualFields + 1 {
		text := "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n" +
			strings.Repeat("Q: y\r\n", n) + "\r\n"
		m, err := Parse([]byte(text))
		if err != nil || len(m.Header) != n {
			t.Fatalf("%d fields: %d, %v", n, len(m.Header), err)
		}
		m.Header.Add("Z", "z")
		m.Via = append(m.Via, Via{Host: "other"})
		if m.Via[0].Host != "h" || m.Header.Get("Z") != "z" || m.Header[0].Name != map[bool]string{true: "Z", false: "Q"}[n == 0] {
			t.Errorf("%d fields: %+v", n, m)
		}
	}
}
