package sip

import (
	"bytes"
	"slices"
	"strconv"
)

// The wire form, lines ended by CRLF:
//
//	INVITE sip:desk@example.net SIP/2.0          or  SIP/2.0 200 OK
//	Via: SIP/2.0/UDP 192.0.2.1:5060;branch=...   topmost first, each on a line of its own
//	From: "Door" <sip:door@example.net>;tag=...
//	To: <sip:desk@example.net>
//	Call-ID: ...
//	CSeq: 1 INVITE
//	Contact: ...                                 Header, in its order
//	Content-Length: 4
//
//	v=0                                          Body, as it is

// Append writes the message in its wire form: start line, Via, From, To, Call-ID, CSeq, then Header in order, and
// Content-Length, which is always computed; one in Header is ignored. Fields without a value are left out, so
// that an answer to a broken request carries what could be read. CR and LF inside any value become
// blanks: no value can add a header field.
func (m *Message) Append(b []byte) []byte {
	p := printer{b: slices.Grow(b, m.size())}
	start := len(b)
	p.message(m)
	if head := p.b[start:]; bytes.Count(head, []byte{'\n'}) != p.lines || bytes.Count(head, []byte{'\r'}) != p.lines {
		p = printer{b: p.b[:start], start: start, careful: true}
		p.message(m)
	}
	return append(p.b, m.Body...)
}

// String gives the wire form as text, secrets included: for a trace see Redacted.
func (m *Message) String() string { return string(m.Append(nil)) }

// size is an upper estimate for usual messages, so that one allocation does.
func (m *Message) size() int {
	n := 256 + len(m.Body) + len(m.Via)*64 + len(m.From.Params) + len(m.To.Params) + len(m.CallID)
	for i := range m.Via {
		n += len(m.Via[i].Params)
	}
	for i := range m.Header {
		n += len(m.Header[i].Name) + len(m.Header[i].Value) + 4
	}
	return n
}

// printer writes the header section. It counts the lines it ends: when the text holds more line ends than those, a
// value brought some along, and a second, careful pass takes them out. Nearly no message needs it.
type printer struct {
	b       []byte
	start   int // of the current line
	lines   int
	careful bool
}

// endLine is the only one who writes a line end.
func (p *printer) endLine() {
	if p.careful {
		for i, c := range p.b[p.start:] {
			if c == '\r' || c == '\n' {
				p.b[p.start+i] = ' '
			}
		}
	}
	p.b = append(p.b, '\r', '\n')
	p.start = len(p.b)
	p.lines++
}

func (p *printer) message(m *Message) {
	p.startLine(m)
	for i := range m.Via {
		p.b = m.Via[i].Append(append(p.b, "Via: "...))
		p.endLine()
	}
	p.party("From: ", &m.From)
	p.party("To: ", &m.To)
	if m.CallID != "" {
		p.field("Call-ID", m.CallID)
	}
	if m.CSeq.Method != "" {
		p.b = strconv.AppendUint(append(p.b, "CSeq: "...), uint64(m.CSeq.Seq), 10)
		p.b = append(append(p.b, ' '), m.CSeq.Method...)
		p.endLine()
	}
	for i := range m.Header {
		if f := &m.Header[i]; !equalFold(f.Name, "Content-Length") {
			p.field(f.Name, f.Value)
		}
	}
	p.b = strconv.AppendInt(append(p.b, "Content-Length: "...), int64(len(m.Body)), 10)
	p.endLine()
	p.endLine()
}

// startLine always writes SIP/2.0, the only version there is.
func (p *printer) startLine(m *Message) {
	if m.IsRequest() {
		p.b = append(append(p.b, m.Method...), ' ')
		p.b = append(m.URI.Append(p.b), " SIP/2.0"...)
	} else {
		p.b = strconv.AppendInt(append(p.b, "SIP/2.0 "...), int64(m.Status), 10)
		p.b = append(append(p.b, ' '), m.Reason...)
	}
	p.endLine()
}

// party leaves an address out that was never set or could not be read.
func (p *printer) party(name string, a *Address) {
	if a.URI.Scheme != "" {
		p.b = a.Append(append(p.b, name...))
		p.endLine()
	}
}

func (p *printer) field(name, value string) {
	p.b = append(append(append(p.b, name...), ": "...), value...)
	p.endLine()
}
