package sdp

import (
	"strconv"
	"strings"
)

// The order of lines is fixed (RFC 8866 section 5); these stand before and after c= in either part.
// What is unknown comes last, before the attributes.
const (
	beforeConnection = "iuep"
	afterConnection  = "btrzk"
)

// Append writes the description with CRLF line ends. Control characters that would end a line are
// left out, so that no value can add lines of its own.
func (s *Session) Append(b []byte) []byte {
	o := s.Origin
	b = append(b, "v=0\r\n"...)
	b = appendLine(b, 'o', o.Username, o.ID, o.Version, o.Network, o.Family, o.Address)
	b = appendLine(b, 's', s.Name)
	b = appendPart(b, s.Connection, s.Lines, s.Attributes)
	for i := range s.Media {
		b = s.Media[i].append(b)
	}
	return b
}

// Bytes is the description as Append writes it.
func (s *Session) Bytes() []byte { return s.Append(nil) }

// append writes the m= line and what belongs to it.
func (m *Media) append(b []byte) []byte {
	port := strconv.Itoa(m.Port)
	if m.Ports != 0 {
		port += "/" + strconv.Itoa(m.Ports)
	}
	b = appendLine(b, 'm', append([]string{m.Kind, port, m.Protocol}, m.Formats...)...)
	return appendPart(b, m.Connection, m.Lines, m.Attributes)
}

// appendPart writes all but the head of the session part or of a medium. The order matters to strict
// peers even where the parser of this package does not care.
func appendPart(b []byte, c Connection, lines []Line, attributes Attributes) []byte {
	b = appendLines(b, lines, beforeConnection)
	if !c.isZero() {
		b = appendLine(b, 'c', c.Network, c.Family, c.Address)
	}
	b = appendLines(b, lines, afterConnection)
	for _, line := range lines {
		if strings.IndexByte(beforeConnection+afterConnection, line.Type) < 0 {
			b = appendLine(b, line.Type, line.Value)
		}
	}
	for _, a := range attributes {
		b = a.append(b)
	}
	return b
}

// appendLines writes the lines of the given types in the order of the types.
func appendLines(b []byte, lines []Line, types string) []byte {
	for i := range len(types) {
		for _, line := range lines {
			if line.Type == types[i] {
				b = appendLine(b, line.Type, line.Value)
			}
		}
	}
	return b
}

// append leaves the colon out where there is no value: "a=sendrecv" with one is another attribute.
func (a Attribute) append(b []byte) []byte {
	if a.Value == "" {
		return appendLine(b, 'a', a.Name)
	}
	return appendLine(b, 'a', a.Name+":"+a.Value)
}

// appendLine writes one line, its fields with blanks between.
func appendLine(b []byte, kind byte, fields ...string) []byte {
	b = append(b, kind, '=')
	for i, field := range fields {
		if i > 0 {
			b = append(b, ' ')
		}
		for j := range len(field) {
			if c := field[j]; c != '\r' && c != '\n' && c != 0 {
				b = append(b, c)
			}
		}
	}
	return append(b, "\r\n"...)
}
