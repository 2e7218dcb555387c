package sip

import "math"

// ContentLength finds the Content-Length of a header section, for the framing of a stream: head ends with the
// empty line. The name may be compact, the value folded. The error (*SyntaxError with Status 400) comes for two
// of them and for what is no number; then the framing is lost and the connection must be closed (RFC 3261
// section 18.3). A number beyond 2^31-1 is given as 2^31-1. It sees just the lines Parse sees.
func ContentLength(head []byte) (n int, present bool, err error) {
	head = skipEmptyLines(head) // a stream's keep-alives may stand before the message
	var l lines
	l.find(head)
	text := l.text(head, new(scratch))
	for i := 1; i < l.n; i++ {
		value, isLength := lengthValue(line(&l, text, i))
		if !isLength {
			continue // all lines are looked at: a second Content-Length must not go unseen
		}
		length, ok := parseLength(value)
		if present || !ok {
			return 0, true, problem("more than one, or not a number").err("Content-Length")
		}
		n, present = length, true
	}
	return n, present, nil
}

// lengthValue gives the value of a line if it is a Content-Length.
func lengthValue(field string) (value string, ok bool) {
	if field[0]|0x20 != 'c' && field[0]|0x20 != 'l' {
		return "", false
	}
	name, value, ok := cutField(field)
	return value, ok && name.kind == lengthField
}

// parseLength clamps, for the caller compares with its own limit anyway and must not wrap around.
func parseLength(value string) (int, bool) {
	n, ok := parseNumber(value, math.MaxInt32-1)
	return int(n), ok
}
