package sip

import "bytes"

// Limits of Parse; what exceeds them is answered with 513 (Message Too Large, RFC 3261 section 21.5.7).
const (
	MaxMessage = 64 << 10 // octets of a message with its body; RFC 3261 section 18.1.1 asks for 65,535
	MaxFields  = 256      // header field lines, continuations counted
	MaxField   = 16 << 10 // octets of one header field line, unfolded
	MaxValues  = 128      // values of Via, and of any other field given as addresses
)

// The way of a datagram through Parse:
//
//	datagram
//	  | skipEmptyLines   keep-alives before the message
//	  | lines.find       one pass over the line ends: where is the body, is anything folded?
//	  | lines.text       the one copy, unfolded
//	  | parseStartLine
//	  | parseField       for each line; fills Via, From, To, Call-ID, CSeq or Header
//	  | parseBody        by Content-Length
//	  | checkFields      what only the whole message shows
//	  v result           message and error: accept, answer or drop
//
// A failure on the way is noted, not returned: the rest is still read, as far as it can be, for the answer.

// Parse reads one whole message, as a datagram carries it or as the framing of a stream has cut it off. Empty
// lines before it are skipped, octets after its body are ignored (RFC 3261 section 18.3). Nothing in the result
// refers to the datagram's array.
//
// The error is a *SyntaxError. With a request whose top Via is usable the Message comes with it, filled as far as
// it could be read, so that the caller can answer it with the error's Status; without a Message there is
// nothing to answer.
func Parse(datagram []byte) (*Message, error) {
	p := newParser()
	if len(datagram) > MaxMessage { // only a stream's reader can bring so much
		datagram = datagram[:MaxMessage]
		p.fail(513, "message", "more than 64 KiB")
	}
	datagram = skipEmptyLines(datagram)
	var l lines
	l.find(datagram)
	if l.strayCR {
		p.fail(400, "header", "carriage return without line feed")
	}
	p.parseHead(l.text(datagram, &p.scratch), &l)
	if l.body < 0 {
		p.fail(400, "header", "no empty line at its end")
	} else {
		p.parseBody(datagram[l.body:])
	}
	p.checkFields()
	return p.result()
}

// usualFields is how many fields a telephone's messages have besides those Parse takes apart; eight of them fill the size
// class that the message itself has begun.
const usualFields = 8

// newParser gets the message with room for one Via, which a response to a phone has, and for the usual fields in one
// allocation.
func newParser() parser {
	var room struct {
		message Message
		vias    [1]Via
		fields  [usualFields]Field
	}
	room.message.Via, room.message.Header = room.vias[:0], room.fields[:0]
	return parser{m: &room.message}
}

// parser is the state of one Parse. The first failure decides the answer; reading goes on after it, for
// the answer needs Via, From, To, Call-ID and CSeq.
type parser struct {
	m       *Message
	failure *SyntaxError
	seen    [forwardsField + 1]int // how many lines of each kind
	length  int                    // of the body, as Content-Length says
	scratch scratch
}

// fail keeps the first failure, for the ones after it are often its consequences.
func (p *parser) fail(status int, field, detail string) {
	if p.failure == nil {
		p.failure = &SyntaxError{status, field, detail}
	}
}

// check turns a small parser's complaint into a failure.
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

// skipEmptyLines also makes nothing of a keep-alive (RFC 5626 section 3.5.1).
func skipEmptyLines(b []byte) []byte {
	for len(b) > 0 && (b[0] == '\r' || b[0] == '\n') {
		b = b[1:]
	}
	return b
}

// parseHead stops at a line too long: what follows is from someone who means no call.
func (p *parser) parseHead(text string, l *lines) {
	if l.n == 0 {
		p.fail(400, "start line", "has no end")
		return
	}
	p.parseStartLine(line(l, text, 0))
	if others := l.n - 7; others > usualFields { // start line and six mandatory fields are not in Header
		p.m.Header = make(Header, 0, others)
	}
	for i := 1; i < l.n; i++ {
		field := line(l, text, i)
		if len(field) > MaxField {
			p.fail(513, "header", "line of more than 16 KiB")
			return
		}
		p.parseField(field)
	}
	if l.tooMany {
		p.fail(513, "header", "more than 256 lines")
	}
}

// parseBody takes what Content-Length says, or all when it says nothing (RFC 3261 section 18.3).
func (p *parser) parseBody(rest []byte) {
	if p.seen[lengthField] > 0 {
		if p.length > len(rest) { // the datagram was cut, or its sender lies: either way the body is not whole
			p.fail(400, "Content-Length", "greater than the body")
			return
		}
		rest = rest[:p.length]
	}
	if len(rest) > 0 {
		p.m.Body = bytes.Clone(rest)
	}
}
