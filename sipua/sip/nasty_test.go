package sip

import (
	"fmt"
	"strings"
	"testing"
)

// nasty gives messages of nearly 64 KiB, each to make one of the parser's loops work as hard as it can. The aim is
// less than 5 ms for each, which the benchmark shows; here only the outcome is asserted.
func nasty() map[string][]byte {
	const frame = "INVITE sip:desk@example.net SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n" +
		"From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n"
	room := MaxMessage - len(frame) - 200
	fill := func(part string) string { return strings.Repeat(part, room/len(part)) }
	field := func(name, part string) []byte { return []byte(frame + name + ": " + fill(part) + "\r\n\r\n") }
	short := func(name, start, part, end string) []byte {
		return []byte(frame + name + ": " + start + strings.Repeat(part, (MaxField-100)/len(part)) + end + "\r\n\r\n")
	}
	messages := map[string][]byte{
		"10k fields":         []byte(frame + fill("X: y\r\n") + "\r\n"),
		"10k short fields":   []byte(frame + fill("a:\r\n") + "\r\n"),
		"10k empty lines":    []byte(fill("\r\n") + frame + "\r\n"),
		"folding":            field("Subject", "\r\n x"),
		"folding blanks":     field("Subject", "\r\n   "),
		"blanks":             []byte(strings.Replace(frame, "To:", "To:"+fill(" "), 1) + "\r\n"),
		"lone CR":            field("Subject", "\r"),
		"no line end":        []byte(frame + fill("x")),
		"10k commas in Via":  field("Via", ","),
		"Vias":               field("Via", "SIP/2.0/UDP h,"),
		"lines of Via":       []byte(frame + fill("v:SIP/2.0/UDP h\r\n") + "\r\n"),
		"commas in Route":    short("Route", "", ",", ""),
		"values in Route":    short("Route", "", "<sip:h>,", ""),
		"quotes in Route":    short("Route", "", `",",`, ""),
		"brackets in Route":  short("Route", "", "<,", ""),
		"open quote":         short("Contact", `"`, `\"`, ""),
		"escapes":            short("Contact", "<sip:", "%41", "@h>"),
		"parameters":         short("Contact", "<sip:h", ";a", ">"),
		"blank parameters":   short("Contact", "<sip:h>", " ; a", ""),
		"quoted parameters":  short("Contact", "<sip:h>", `;a=""`, ""),
		"headers in URI":     short("Contact", "<sip:h?", "a=b&", ">"),
		"comments":           short("Retry-After", "1 ", "(", ""),
		"credentials":        short("Authorization", "Digest ", "a=b,", ""),
		"passwords":          short("X-List", "", "sip:a:b@", ""),
		"header parentheses": short("User-Agent", "", "(())", ""),
		"long method":        []byte(strings.Replace(frame, "INVITE", fill("A"), 1) + "\r\n"),
		"long request URI":   []byte(strings.Replace(frame, "desk", fill("%41"), 1) + "\r\n"),
		"body of keys":       []byte(frame + "\r\n" + fill("k=\n")),
		"NUL":                []byte(frame + "\r\n" + fill("\x00")),
	}
	return messages
}

// workHard does to a message what a user agent does to any it gets, and more.
func workHard(wire []byte) error {
	m, err := Parse(wire)
	_, _, _ = ContentLength(wire)
	if m == nil {
		return err
	}
	for _, name := range []string{"Contact", "Route", "X-List"} {
		list, _ := m.Header.Addresses(name)
		for i := range list {
			list[i].Params.Without("a").With("tag", "x").Get("tag")
			list[i].URI.Equal(URI{Scheme: "sip", Host: list[i].URI.Host, User: list[i].URI.User, Params: ";b", Headers: "c=d"})
			list[i].URI.HeaderValue("Replaces")
		}
	}
	_, _ = ParseRetryAfter(m.Header.Get("Retry-After"))
	m.Header.HasToken("X-List", "x")
	m.AppendRedacted(nil)
	return err
}

func TestNasty(t *testing.T) {
	want := map[string]int{
		"10k fields": 513, "10k short fields": 513, "10k empty lines": accept, "folding": 513, "folding blanks": 513,
		"blanks": 513, "lone CR": 400, "no line end": 400, "10k commas in Via": 513, "Vias": 513, "lines of Via": 513,
		"long method": 513, "long request URI": 513, "body of keys": accept, "NUL": accept,
	}
	for name, wire := range nasty() {
		expected, listed := want[name]
		if !listed {
			expected = accept
		}
		got, _ := status(t, wire)
		is(t, name, got, expected)
		if len(wire) > MaxMessage {
			t.Errorf("%s: %d octets", name, len(wire))
		}
		if err := workHard(wire); (err == nil) != (expected == accept) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLimitsAreReached(t *testing.T) {
	fields := func(n int) []byte {
		return []byte("OPTIONS sip:h SIP/2.0\r\nv:SIP/2.0/UDP h\r\nf:sip:a@h\r\nt:sip:b@h\r\ni:c\r\nCSeq:1 OPTIONS\r\n" +
			strings.Repeat("X: y\r\n", n-5) + "\r\n")
	}
	got, _ := status(t, fields(MaxFields))
	is(t, fmt.Sprint(MaxFields), got, accept)
	got, _ = status(t, fields(MaxFields+1))
	is(t, fmt.Sprint(MaxFields+1), got, 513)
	long := func(n int) []byte {
		return []byte("OPTIONS sip:h SIP/2.0\r\nv:SIP/2.0/UDP h\r\nf:sip:a@h\r\nt:sip:b@h\r\ni:c\r\nCSeq:1 OPTIONS\r\nX:" +
			strings.Repeat("y", n-2) + "\r\n\r\n")
	}
	got, _ = status(t, long(MaxField))
	is(t, fmt.Sprint(MaxField), got, accept)
	got, _ = status(t, long(MaxField+1))
	is(t, fmt.Sprint(MaxField+1), got, 513)
	whole := append(fields(10), make([]byte, MaxMessage-len(fields(10)))...)
	got, _ = status(t, whole)
	is(t, fmt.Sprint(len(whole)), got, accept)
	got, _ = status(t, append(whole, 0))
	is(t, fmt.Sprint(len(whole)+1), got, 513)
}

func BenchmarkNasty(b *testing.B) {
	for name, wire := range nasty() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(wire)))
			b.ReportAllocs()
			for b.Loop() {
				_ = workHard(wire)
			}
		})
	}
}
