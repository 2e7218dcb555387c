package sip

import (
	"bytes"
	"strconv"
)

// Append writes the message in its wire form: start line, Via, From, To, Call-ID, CSeq, then Header in order, and
// Content-Length, which is always computed; one in Header is ignored. Fields without a value are left out, so
// that an answer to a broken request carries what could be read. CR and LF inside any value become
// blanks: no value can add a header field.
func (m *Message) Append(b []byte) []byte {
	start := len(b)
	b = endLine(m.appendStartLine(b), start)
	for i := range m.Via {
		start = len(b)
		b = endLine(m.Via[i].Append(append(b, "Via: "...)), start)
	}
	b = appendParty(b, "From: ", &m.From)
	b = appendParty(b, "To: ", &m.To)
	if m.CallID != "" {
		b = appendField(b, "Call-ID", m.CallID)
	}
	if m.CSeq.Method != "" {
		start = len(b)
		b = strconv.AppendUint(append(b, "CSeq: "...), uint64(m.CSeq.Seq), 10)
		b = endLine(append(append(b, ' '), m.CSeq.Method...), start)
	}
	for i := range m.Header {
		if f := &m.Header[i]; !equalFold(f.Name, "Content-Length") {
			b = appendField(b, f.Name, f.Value)
		}
	}
	b = strconv.AppendInt(append(b, "Content-Length: "...), int64(len(m.Body)), 10)
	return append(append(b, "\r\n\r\n"...), m.Body...)
}

// String gives the wire form as text, secrets included: for a trace see Redacted.
func (m *Message) String() string { return string(m.Append(nil)) }

func (m *Message) appendStartLine(b []byte) []byte {
	if m.IsRequest() {
		b = append(append(b, m.Method...), ' ')
		return append(m.URI.Append(b), " SIP/2.0"...)
	}
	b = strconv.AppendInt(append(b, "SIP/2.0 "...), int64(m.Status), 10)
	return append(append(b, ' '), m.Reason...)
}

func appendParty(b []byte, name string, a *Address) []byte {
	if a.URI.Scheme == "" {
		return b
	}
	start := len(b)
	return endLine(a.Append(append(b, name...)), start)
}

func appendField(b []byte, name, value string) []byte {
	start := len(b)
	b = append(append(append(b, name...), ": "...), value...)
	return endLine(b, start)
}

// endLine ends the line that began at start, after taking line ends out of it.
func endLine(b []byte, start int) []byte {
	if line := b[start:]; bytes.IndexByte(line, '\n') >= 0 || bytes.IndexByte(line, '\r') >= 0 {
		for i, c := range line {
			if c == '\r' || c == '\n' {
				line[i] = ' '
			}
		}
	}
	return append(b, '\r', '\n')
}
