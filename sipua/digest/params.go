package digest

import (
	"errors"
	"fmt"
	"strings"
)

// Bounds of what is read. Real nonces reach about 1,000 characters; beyond these a header field is
// an attack.
const (
	maxHeader = 16384 // characters of one header field value
	maxValue  = 4096  // characters of one parameter
	maxParams = 64
	maxLists  = 16
)

// ErrSyntax is wrapped by every error of reading a header field; a server answers it with 400.
var ErrSyntax = errors.New("digest: malformed authentication header field")

// schemeList is one scheme with its parameters, as in "Digest realm="a", nonce="b"".
type schemeList struct {
	scheme string
	params []param
}

// param is one parameter, its value without quotes and escapes.
type param struct{ name, value string }

// get is the value of the first parameter of that name; later ones of the same name do not count.
func (l schemeList) get(name string) (string, bool) {
	for _, p := range l.params {
		if strings.EqualFold(p.name, name) {
			return p.value, true
		}
	}
	return "", false
}

// text is get for parameters of which absent and empty mean the same.
func (l schemeList) text(name string) string {
	value, _ := l.get(name)
	return value
}

// isTrue reads the flags stale and userhash, of which every mixture of case and quoting is on the
// market.
func (l schemeList) isTrue(name string) bool { return strings.EqualFold(l.text(name), "true") }

func (l schemeList) isDigest() bool { return strings.EqualFold(l.scheme, "Digest") }

// parseLists reads a header field value. One value holds one list (RFC 3261 section 7.3.1 forbids
// to join them), but some proxies join them with commas as HTTP does, and a scheme is told from a
// parameter by the missing "=".
func parseLists(value string) ([]schemeList, error) {
	if len(value) > maxHeader {
		return nil, fmt.Errorf("%w: %d characters, at most %d are read", ErrSyntax, len(value), maxHeader)
	}
	var lists []schemeList
	for s := skipSeparators(value); s != ""; s = skipSeparators(s) {
		word, rest := cutToken(s)
		if word == "" {
			return nil, fmt.Errorf("%w: unexpected %q", ErrSyntax, s[0])
		}
		after, isParam := strings.CutPrefix(skipSpace(rest), "=")
		if !isParam {
			if len(lists) == maxLists {
				return nil, fmt.Errorf("%w: more than %d challenges", ErrSyntax, maxLists)
			}
			lists = append(lists, schemeList{scheme: word})
			s = rest
			continue
		}
		value, tail, err := cutValue(skipSpace(after))
		if err != nil {
			return nil, fmt.Errorf("%w: parameter %q: %w", ErrSyntax, clip(word), err)
		}
		if err := addParam(lists, param{word, value}); err != nil {
			return nil, err
		}
		s = tail
	}
	return lists, nil
}

// addParam hangs p on the last list.
func addParam(lists []schemeList, p param) error {
	if len(lists) == 0 {
		return fmt.Errorf("%w: parameter %q before the scheme", ErrSyntax, clip(p.name))
	}
	last := &lists[len(lists)-1]
	if len(last.params) == maxParams {
		return fmt.Errorf("%w: more than %d parameters", ErrSyntax, maxParams)
	}
	last.params = append(last.params, p)
	return nil
}

// isSpace counts line ends as space, for a value that is still folded as it came from the wire.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func skipSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}

// skipSeparators also passes over commas, one or many: empty list elements are legal, and leaving
// commas out is common.
func skipSeparators(s string) string {
	for s != "" && (isSpace(s[0]) || s[0] == ',') {
		s = s[1:]
	}
	return s
}

// isDelimiter tells what ends an unquoted value. It is more liberal than RFC 3261's token: base64
// nonces come unquoted.
func isDelimiter(c byte) bool { return isSpace(c) || c == ',' || c == '"' || c < ' ' || c == 0x7f }

// cutToken takes a scheme or parameter name.
func cutToken(s string) (token, rest string) {
	i := 0
	for i < len(s) && s[i] != '=' && !isDelimiter(s[i]) {
		i++
	}
	return s[:i], s[i:]
}

// cutValue takes a parameter's value, quoted or not. A quoted one is unescaped, as its hash is of
// the bare text.
func cutValue(s string) (value, rest string, err error) {
	if s != "" && s[0] == '"' {
		return cutQuoted(s)
	}
	i := 0
	for i < len(s) && !isDelimiter(s[i]) {
		i++
	}
	if i > maxValue {
		return "", "", fmt.Errorf("value of %d characters, at most %d are read", i, maxValue)
	}
	return s[:i], s[i:], nil
}

// cutQuoted takes a quoted string. An open one is an error, since its end would be a guess.
func cutQuoted(s string) (value, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], nil
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case c == '\r' || c == '\n':
			// A line fold within quotes reads as one space (RFC 3261 section 7.3.1); the blank that
			// follows supplies it.
		default:
			b.WriteByte(c)
		}
		if b.Len() > maxValue {
			return "", "", fmt.Errorf("value longer than %d characters", maxValue)
		}
	}
	return "", "", errors.New("closing quote is missing")
}

// appendQuoted writes ;name="value"; line ends are dropped, so that no value can start a header
// field of its own.
func appendQuoted(b []byte, name, value string) []byte {
	b = append(separate(b), name...)
	b = append(b, '=', '"')
	for i := 0; i < len(value); i++ {
		switch c := value[i]; c {
		case '\r', '\n':
		case '"', '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// appendToken writes a parameter whose value the RFCs want bare; it is always one of ours.
func appendToken(b []byte, name, value string) []byte {
	b = append(separate(b), name...)
	b = append(b, '=')
	return append(b, value...)
}

// separate puts a comma before every parameter but the first, which follows the scheme and a blank.
func separate(b []byte) []byte {
	if len(b) == 0 || b[len(b)-1] == ' ' {
		return b
	}
	return append(b, ", "...)
}

// clip shortens a peer's text for an error message.
func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "..."
	}
	return s
}
