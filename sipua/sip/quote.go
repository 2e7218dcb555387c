package sip

import "strings"

// A quoted-string (RFC 3261 section 25.1) hides all separators, and a backslash in it hides its quotes:
//
//	"Bell, \"Front\" <1>" <sip:bell@example.net>
//	^ 0                 ^ quotedEnd gives the index after this one
//
// Every splitter of this package jumps over it with quotedEnd.

// quotedEnd gives the index after the closing quote of the quoted-string s starts with, or -1 when it is open.
func quotedEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// unquote returns a part of its argument unless there is a backslash, which is rare.
//
// It takes the quotes off a whole quoted-string and resolves its quoted-pairs once.
func unquote(s string) string { return new(scratch).unquote(s) }

func (r *scratch) unquote(s string) string {
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	start := r.begin(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		r.WriteByte(s[i])
	}
	return r.String()[start:]
}

// appendQuoted writes a quoted-string. Controls become quoted-pairs, which may carry all but CR and LF (RFC 3261
// section 25.1); those two become blanks, since on the wire they would end the header field.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\r' || c == '\n':
			b = append(b, ' ')
		case c == '"' || c == '\\' || c < ' ' && c != '\t' || c == 0x7f:
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// cutValue splits s at its first comma outside quoted-strings and angle brackets. Each octet is looked at once
// over all calls, so that a list of ten thousand values costs its length.
func cutValue(s string) (value, rest string, more bool) {
	comma := strings.IndexByte(s, ',')
	if comma < 0 {
		return trim(s), "", false
	}
	if strings.IndexByte(s[:comma], '"') < 0 && strings.IndexByte(s[:comma], '<') < 0 {
		return trim(s[:comma]), s[comma+1:], true
	}
	// A quote or bracket stands before the first comma, so every octet has to be looked at. Quotes count outside
	// of brackets only: in a URI they are no syntax, and one there must not swallow the next value.
	bracket := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' && !bracket:
			end := quotedEnd(s[i:])
			if end < 0 {
				return trim(s), "", false // whoever parses the value will complain
			}
			i += end - 1
		case c == '<':
			bracket = true
		case c == '>':
			bracket = false
		case c == ',' && !bracket:
			return trim(s[:i]), s[i+1:], true
		}
	}
	return trim(s), "", false
}
