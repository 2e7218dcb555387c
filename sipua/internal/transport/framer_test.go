package transport

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"intercom/sipua/sip"
)

// message is a request whose body has n octets, and whose Content-Length says so under the given name.
func message(lengthName string, n int) string {
	return "OPTIONS sip:desk@example.com SIP/2.0\r\n" +
		"Via: SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bK1\r\n" +
		"From: <sip:door@example.com>;tag=1\r\nTo: <sip:desk@example.com>\r\n" +
		"Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n" +
		lengthName + fmt.Sprintf(": %d\r\n\r\n", n) + strings.Repeat("x", n)
}

// headOnly is a request with the given lines in place of Content-Length.
func headOnly(lines string) string {
	m := message("l", 0)
	return strings.Replace(m, "l: 0\r\n", lines, 1)
}

// frames runs a stream through a Framer, cut into the given pieces, and writes down what came out.
func frames(f *Framer, pieces ...string) (found []string) {
	for _, p := range pieces {
		f.Write([]byte(p))
		for {
			frame, ok := f.Next()
			if !ok {
				break
			}
			found = append(found, describe(frame))
		}
	}
	return found
}

func describe(frame Frame) string {
	switch frame.Kind {
	case FramePing:
		return "ping"
	case FramePong:
		return "pong"
	case FrameBroken:
		return fmt.Sprintf("broken %d %s, head %d", frame.Err.Status, frame.Err.Field, len(frame.Data))
	}
	return string(frame.Data)
}

// streams are the cases for all tests of the framer: what is written and what must be found.
func streams() []struct {
	name, stream string
	accepted     bool
	want         []string
} {
	short, body := message("l", 0), message("Content-Length", 10)
	folded := headOnly("Content-Length:\r\n 0\r\n")
	missing := headOnly("")
	twice := headOnly("l: 0\r\nContent-Length: 0\r\n")
	negative := headOnly("Content-Length: -999\r\n")
	overflow := headOnly("Content-Length: 9999999999999999999999\r\n")
	words := headOnly("Content-Length: nine\r\n")
	bareLF := strings.ReplaceAll(short, "\r\n", "\n")
	head := func(s string) int { return len(s) }
	return []struct {
		name, stream string
		accepted     bool
		want         []string
	}{
		{"nothing", "", true, nil},
		{"one", short, true, []string{short}},
		{"two", short + body, true, []string{short, body}},
		{"many", strings.Repeat(body, 5), false, []string{body, body, body, body, body}},
		{"bare LF", bareLF + short, true, []string{bareLF, short}},
		{"folded length", folded + short, true, []string{folded, short}},
		{"NUL and empty lines in the body", headOnly("l: 7\r\n") + "\x00\r\n\r\n\n\n" + short, true, []string{headOnly("l: 7\r\n") + "\x00\r\n\r\n\n\n", short}},
		{"ping from the dialling side", "\r\n\r\n", true, []string{"ping"}},
		{"pings and messages", "\r\n\r\n" + short + "\r\n\r\n\r\n\r\n" + body, true, []string{"ping", short, "ping", "ping", body}},
		{"single CRLF before messages is no ping", "\r\n" + short + "\r\n" + short + "\r\n\r\n", true, []string{short, short, "ping"}},
		{"pong from the accepting side", "\r\n", false, []string{"pong"}},
		{"pong and message", "\r\n" + short, false, []string{"pong", short}},
		{"bare LF between messages", "\n" + short + "\n\n" + short, true, []string{short, short}},
		{"ncl: negative length", negative + short, true, []string{fmt.Sprintf("broken 400 Content-Length, head %d", head(negative))}},
		{"mcl01: two lengths", twice + short, true, []string{fmt.Sprintf("broken 400 Content-Length, head %d", head(twice))}},
		{"missing length", short + missing + short, true, []string{short, fmt.Sprintf("broken 400 Content-Length, head %d", head(missing))}},
		{"overflowing length", overflow + short, true, []string{fmt.Sprintf("broken 513 Content-Length, head %d", head(overflow))}},
		{"length in words", words, true, []string{fmt.Sprintf("broken 400 Content-Length, head %d", head(words))}},
		{"too long", message("l", 70000)[:400], true, []string{fmt.Sprintf("broken 513 Content-Length, head %d", head(headOnly("l: 70000\r\n")))}},
		{"clerr: the rest never comes", message("l", 100)[:250], true, nil},
		{"TLS on the TCP port", "\x16\x03\x01\x02\x00", true, []string{"broken 0 start line, head 0"}},
		{"lone CR", "\rOPTIONS", true, []string{"broken 0 start line, head 0"}},
	}
}

func TestFramer(t *testing.T) {
	for _, s := range streams() {
		f := &Framer{Accepted: s.accepted}
		if got := frames(f, s.stream); !slices.Equal(got, s.want) {
			t.Errorf("%s: got %q, want %q", s.name, got, s.want)
		}
	}
}

func TestFramerFindsTheSameHoweverTheStreamIsCut(t *testing.T) {
	for _, s := range streams() {
		for i := range len(s.stream) {
			f := &Framer{Accepted: s.accepted}
			if got := frames(f, s.stream[:i], s.stream[i:]); !slices.Equal(got, s.want) {
				t.Fatalf("%s: cut at %d: got %q, want %q", s.name, i, got, s.want)
			}
		}
		f := &Framer{Accepted: s.accepted}
		if got := frames(f, strings.Split(s.stream, "")...); !slices.Equal(got, s.want) {
			t.Errorf("%s: byte by byte: got %q, want %q", s.name, got, s.want)
		}
	}
}

func TestFramerTellsPartialMessages(t *testing.T) {
	m := message("l", 5)
	f := &Framer{Accepted: true}
	if f.IsPartial() {
		t.Error("partial before the first byte")
	}
	for i := range len(m) - 1 {
		frames(f, m[i:i+1])
		if !f.IsPartial() {
			t.Fatalf("not partial after %d bytes", i+1)
		}
	}
	frames(f, m[len(m)-1:])
	if f.IsPartial() {
		t.Error("partial after the last byte")
	}
	frames(f, "\x16")
	if f.IsPartial() {
		t.Error("a broken stream waits for nothing")
	}
}

func TestFramerBounds(t *testing.T) {
	line := "X: " + strings.Repeat("y", 1000) + "\r\n"
	f := &Framer{}
	found := frames(f, strings.Repeat(line, 40))
	if want := []string{"broken 0 header, head 0"}; !slices.Equal(found, want) {
		t.Errorf("an endless head: got %q, want %q", found, want)
	}
	for range 1000 {
		f.Write(make([]byte, 1000))
	}
	if len(f.buf) > 64<<10 {
		t.Errorf("%d bytes are kept of a broken stream", len(f.buf))
	}
	small := &Framer{MaxMessage: 300}
	m := message("l", 300-len(headOnly("l: 000\r\n")))
	if found := frames(small, m, message("l", 200)); len(found) != 2 || found[0] != m || !strings.HasPrefix(found[1], "broken 513") {
		t.Errorf("MaxMessage: got %q", found)
	}
}

// TestFramerScansEachByteOnce holds the cost of a head that comes byte by byte: a second look at each byte would
// be quadratic.
func TestFramerScansEachByteOnce(t *testing.T) {
	f := &Framer{}
	last := 0
	for _, c := range []byte(strings.Repeat("X: y\r\n", 1000)) {
		f.Write([]byte{c})
		f.Next()
		if f.scan < last || len(f.buf)-f.scan > 2 {
			t.Fatalf("at %d bytes the scan stands at %d, was %d", len(f.buf), f.scan, last)
		}
		last = f.scan
	}
}

// FuzzFramer compares the stream as a whole with the same stream in two pieces, and each message found with what
// the parser takes for the message's length.
func FuzzFramer(f *testing.F) {
	for _, s := range streams() {
		f.Add([]byte(s.stream), len(s.stream)/2, s.accepted)
	}
	f.Fuzz(func(t *testing.T, stream []byte, cut int, accepted bool) {
		cut = min(max(cut, 0), len(stream))
		whole := frames(&Framer{Accepted: accepted}, string(stream))
		parts := frames(&Framer{Accepted: accepted}, string(stream[:cut]), string(stream[cut:]))
		if !slices.Equal(whole, parts) {
			t.Fatalf("whole %q, cut at %d %q", whole, cut, parts)
		}
		g := &Framer{Accepted: accepted}
		g.Write(stream)
		for frame, ok := g.Next(); ok; frame, ok = g.Next() {
			if frame.Kind == FrameMessage {
				checkLength(t, frame.Data)
			}
		}
	})
}

// checkLength asserts that the parser sees all of the frame's body and no less.
func checkLength(t *testing.T, data []byte) {
	m, err := sip.Parse(data)
	if err != nil || m == nil {
		return
	}
	n, isPresent, err := sip.ContentLength(data[:len(data)-len(m.Body)])
	if err != nil || !isPresent || n != len(m.Body) || !bytes.HasSuffix(data, m.Body) {
		t.Fatalf("a frame of %d octets has a body of %d, Content-Length %d, %v", len(data), len(m.Body), n, err)
	}
}

func BenchmarkFramer(b *testing.B) {
	f := &Framer{}
	m := []byte(message("l", 300))
	b.SetBytes(int64(len(m)))
	b.ReportAllocs()
	for b.Loop() {
		f.Write(m)
		if _, ok := f.Next(); !ok {
			b.Fatal("no frame")
		}
	}
}
