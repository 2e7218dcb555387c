package sip

import (
	"bytes"
	"strings"
)

// Limits of Parse; what exceeds them is answered with 513 (Message Too Large, RFC 3261 section 21.5.7).
const (
	MaxMessage = 64 << 10 // octets of a message with its body; RFC 3261 section 18.1.1 asks for 65,535
	MaxFields  = 256      // header field lines
	MaxField   = 16 << 10 // octets of one header field line, unfolded
	MaxValues  = 128      // values of Via, and of any other field given as addresses
)

// Parse reads one whole message, as a datagram carries it or as the framing of a stream has cut it off. Empty
// lines before it are skipped, octets after its body are ignored (RFC 3261 section 18.3). Nothing in the result
// refers to the datagram's array.
//
// The error is a *SyntaxError. With a request whose top Via is usable the Message comes with it, filled as far as
// it could be read, so that the caller can answer it with the error's Status; without a Message there is
// nothing to answer.
func Parse(datagram []byte) (*Message, error) {
	p := newParser()
	if len(datagram) > MaxMessage {
		datagram = datagram[:MaxMessage]
		p.fail(513, "message", "more than 64 KiB")
	}
	datagram = skipEmptyLines(datagram)
	l := findHead(datagram)
	if l.strayCR {
		p.fail(400, "header", "carriage return without line feed")
	}
	p.parseHead(l.text(datagram), l.lines)
	if l.end < 0 {
		p.fail(400, "header", "no empty line at its end")
	} else {
		p.parseBody(datagram[l.end:])
	}
	p.checkFields()
	return p.result()
}

// newParser gets the message and room for two Vias, which is what a phone sees, in one allocation.
func newParser() parser {
	var room struct {
		message Message
		vias    [2]Via
	}
	room.message.Via = room.vias[:0]
	return parser{m: &room.message}
}

// parser is the state of one Parse. The first failure decides the answer; reading goes on after it, for
// the answer needs Via, From, To, Call-ID and CSeq.
type parser struct {
	m       *Message
	failure *SyntaxError
	seen    [forwardsField + 1]int // how many lines of each kind
	length  int                    // of the body, as Content-Length says
}

func (p *parser) fail(status int, field, detail string) {
	if p.failure == nil {
		p.failure = &SyntaxError{status, field, detail}
	}
}

func (p *parser) check(field string, detail problem) {
	if detail != "" {
		p.fail(400, field, string(detail))
	}
}

// result drops what must not be answered: responses (RFC 3261 section 18.1.2), ACK, and requests that do not
// say where an answer should go.
func (p *parser) result() (*Message, error) {
	if p.failure == nil {
		return p.m, nil
	}
	if p.m.Method == "" || p.m.Method == ACK || len(p.m.Via) == 0 {
		p.failure.Status = 0
		return nil, p.failure
	}
	return p.m, p.failure
}

// layout is what one quick look over the line ends tells about a header section.
type layout struct {
	end     int // index of the body, -1 when no empty line ends the header section
	lines   int
	folded  bool
	strayCR bool
}

// findHead looks at line ends only. A bare LF ends a line as CRLF does; a lone CR is an error, since others
// may take it for a line's end and read another message than we do.
func findHead(b []byte) layout {
	l := layout{end: -1}
	pairs, start := 0, 0
	for {
		i := bytes.IndexByte(b[start:], '\n')
		if i < 0 {
			start = len(b)
			break
		}
		line := b[start : start+i]
		if i > 0 && line[i-1] == '\r' {
			pairs++
			line = line[:i-1]
		}
		start += i + 1
		if len(line) == 0 {
			l.end = start
			break
		}
		l.folded = l.folded || isBlank(line[0])
		l.lines++
	}
	l.strayCR = bytes.Count(b[:start], []byte{'\r'}) != pairs
	return l
}

// text copies the header section into the one string all others are parts of.
func (l layout) text(b []byte) string {
	if l.end >= 0 {
		b = b[:l.end]
	}
	if !l.folded {
		return string(b)
	}
	return unfold(b)
}

// unfold replaces each line end and the blanks around it by one blank (RFC 3261 section 7.3.1). A line of
// blanks only is a continuation too, not the end of the header section.
func unfold(b []byte) string {
	var out strings.Builder
	out.Grow(len(b))
	for {
		i := foldIndex(b)
		if i < 0 {
			out.Write(b)
			return out.String()
		}
		if text := bytes.TrimRight(b[:i], "\r \t"); len(text) > 0 {
			out.Write(text)
			out.WriteByte(' ')
		}
		b = bytes.TrimLeft(b[i+1:], " \t")
	}
}

// foldIndex finds the first line end that a blank follows.
func foldIndex(b []byte) int {
	for start := 0; ; {
		i := bytes.IndexByte(b[start:], '\n')
		if start += i + 1; i < 0 || start == len(b) {
			return -1
		}
		if isBlank(b[start]) {
			return start - 1
		}
	}
}

func skipEmptyLines(b []byte) []byte {
	for len(b) > 0 && (b[0] == '\r' || b[0] == '\n') {
		b = b[1:]
	}
	return b
}

// cutLine takes a line with its end off s; without an end the line is incomplete and not given.
func cutLine(s string) (line, rest string, ok bool) {
	i := strings.IndexByte(s, '\n')
	if i < 0 {
		return "", "", false
	}
	line = s[:i]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, s[i+1:], true
}

func (p *parser) parseHead(text string, lines int) {
	line, rest, ok := cutLine(text)
	if !ok {
		p.fail(400, "start line", "has no end")
		return
	}
	p.parseStartLine(line)
	p.m.Header = make(Header, 0, min(max(lines-6, 0), MaxFields)) // six or more lines are no Header fields
	for fields := 0; rest != ""; fields++ {
		if line, rest, ok = cutLine(rest); !ok || line == "" {
			return
		}
		if fields == MaxFields || len(line) > MaxField {
			p.fail(513, "header", "more than 256 lines or a line of more than 16 KiB")
			return
		}
		p.parseField(line)
	}
}

// parseBody takes what Content-Length says, or all when it says nothing (RFC 3261 section 18.3).
func (p *parser) parseBody(rest []byte) {
	if p.seen[lengthField] > 0 {
		if p.length > len(rest) {
			p.fail(400, "Content-Length", "greater than the body")
			return
		}
		rest = rest[:p.length]
	}
	if len(rest) > 0 {
		p.m.Body = bytes.Clone(rest)
	}
}
