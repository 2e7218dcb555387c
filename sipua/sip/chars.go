package sip

import "strings"

// class is a set of character classes, one bit each. The grammar of RFC 3261 section 25.1 has many more; these are
// the ones a decision hangs on:
//
//	class   where                                    beyond it
//	token   methods, header names, parameter names   400
//	user    user part of a URI, when printed         escaped as %HH
//	secret  password of a URI, when printed          escaped as %HH
//	host    host names and IPv4 addresses            ends the host
//	plain   value of a parameter, when printed       quoted
//	uri     any place of a URI, when read            400
//	scheme  before a URI's colon                     no scheme
//	param   parameters of a header field, when read  a separator, or 400
//
// Reading is more liberal than printing: octets beyond ASCII pass in a URI and in parameters, as peers send raw UTF-8,
// but are printed escaped where an escape exists.
type class uint16

const (
	tokenChar  class = 1 << iota // token of RFC 3261 section 25.1: methods, header and parameter names
	userChar                     // stands unescaped in a user part: unreserved / user-unreserved
	secretChar                   // stands unescaped in a password
	hostChar                     // host name or IPv4 address; the underscore is no host name's, but Windows sends it
	plainChar                    // a parameter's value printed without quotes: token and the v6 literal
	uriChar                      // may stand anywhere in a URI: neither blank, control, quote nor angle bracket
	schemeChar                   // RFC 3986 section 3.1
	paramChar                    // in a header parameter neither separator, blank, control nor bracket
	markChar                     // means something in a URI wherever it stands: @ and %
)

const (
	alphanum   = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	unreserved = alphanum + "-_.!~*'()"
)

// classes tells the classes of an octet; one look-up per octet is what keeps the parser fast.
var classes = makeClasses()

func makeClasses() (table [256]class) {
	for _, set := range []struct {
		class class
		chars string
	}{
		{tokenChar, alphanum + "-.!%*_+`'~"},
		{userChar, unreserved + "&=+$,;?/"},
		{secretChar, unreserved + "&=+$,"},
		{hostChar, alphanum + "-._"},
		{plainChar, alphanum + "-.!%*_+`'~[]:/&$"},
		{schemeChar, alphanum + "+-."},
		{markChar, "@%"},
	} {
		for i := range len(set.chars) {
			table[set.chars[i]] |= set.class
		}
	}
	for c := '!'; c <= 255; c++ {
		if c != '"' && c != '<' && c != '>' && c != 0x7f {
			table[c] |= uriChar
		}
		if !strings.ContainsRune("\"<>;=,\x7f", c) {
			table[c] |= paramChar
		}
	}
	return table
}

// all is the check of what has been cut out already; loops that look for an end use the table directly.
//
// It tells whether every octet of s is of the class.
func (c class) all(s string) bool {
	for i := range len(s) {
		if classes[s[i]]&c == 0 {
			return false
		}
	}
	return true
}

// isBlank knows no CR and LF: lines are unfolded before anything else is done to them.
func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// blankIndex gives the index of the first blank, or the length.
func blankIndex(s string) int {
	i := 0
	for i < len(s) && !isBlank(s[i]) {
		i++
	}
	return i
}

// trim cuts linear white space from both ends; lines are unfolded before, so CR and LF are none.
func trim(s string) string { return trimRight(trimLeft(s)) }

func trimLeft[T string | []byte](s T) T {
	for len(s) > 0 && isBlank(s[0]) {
		s = s[1:]
	}
	return s
}

func trimRight[T string | []byte](s T) T {
	for len(s) > 0 && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// lower hardly ever allocates, since hosts and schemes come in lower case.
//
// It is strings.ToLower for ASCII only: letters beyond must not be folded in a host or scheme.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return mapASCII(s, i, 'A', 'Z')
		}
	}
	return s
}

// upper is lower's counterpart, for transports.
func upper(s string) string {
	for i := range len(s) {
		if 'a' <= s[i] && s[i] <= 'z' {
			return mapASCII(s, i, 'a', 'z')
		}
	}
	return s
}

// mapASCII flips the case of the letters between first and last, beginning where the caller found one.
func mapASCII(s string, from int, first, last byte) string {
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:from])
	for ; from < len(s); from++ {
		c := s[from]
		if first <= c && c <= last {
			c ^= 0x20
		}
		b.WriteByte(c)
	}
	return b.String()
}

// equalFold is for names which RFC 3261 section 7.3.1 calls case-insensitive. strings.EqualFold would also take the
// Kelvin sign for a k.
//
// It compares without regard to the case of ASCII letters.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && !sameLetter(a[i], b[i]) {
			return false
		}
	}
	return true
}

// sameLetter excludes pairs such as '@' and '`', which differ in the same bit as a letter's two cases.
func sameLetter(a, b byte) bool {
	a |= 0x20
	return a == b|0x20 && 'a' <= a && a <= 'z'
}

// parseNumber reads 1*DIGIT. A number beyond limit yields limit+1, so that the caller may refuse or
// clamp it; leading zeros are fine (RFC 4475 section 3.1.1.1 sends "0068").
func parseNumber(s string, limit uint64) (n uint64, ok bool) {
	if s == "" {
		return 0, false
	}
	for i := range len(s) {
		digit := s[i] - '0'
		if digit > 9 {
			return 0, false
		}
		if n <= limit {
			n = n*10 + uint64(digit)
		}
	}
	return min(n, limit+1), true
}

// unescape replaces %HH once. %00 stays in the string as an octet like any other: nothing in Go ends there.
func unescape(s string) (string, bool) {
	i := strings.IndexByte(s, '%')
	if i < 0 {
		return s, true
	}
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:i])
	for ; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+2 >= len(s) {
				return "", false
			}
			high, low := hexValue(s[i+1]), hexValue(s[i+2])
			if high > 15 || low > 15 {
				return "", false
			}
			c = high<<4 | low
			i += 2
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

// hexValue gives a number above 15 for what is no digit.
func hexValue(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

// appendEscaped is the only place where an escape is made, unescape the only one where it is undone: so that nothing is
// unescaped twice (RFC 4475 section 3.1.1.3).
//
// It escapes every octet that is not of the class.
func appendEscaped(b []byte, s string, plain class) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; classes[c]&plain != 0 {
			b = append(b, c)
		} else {
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return b
}
