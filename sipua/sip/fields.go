package sip

// The numbers of a registration. All are seconds as int, which on the Pi's 32-bit boards holds no more than 2^31-1; a
// value beyond is treated as the RFC's advice for overlarge values is, never truncated.

// Expires gives the Expires field in seconds; a malformed or overlarge one counts as 3600 (RFC 4475 section 3.1.2.4).
func (m *Message) Expires() (seconds int, ok bool) {
	if !m.Header.Has("Expires") {
		return 0, false
	}
	seconds, ok = ParseSeconds(m.Header.Get("Expires"))
	if !ok {
		seconds = 3600
	}
	return seconds, true
}

// MinExpires gives the Min-Expires field of a 423 in seconds (RFC 3261 section 20.23).
func (m *Message) MinExpires() (seconds int, ok bool) {
	return ParseSeconds(m.Header.Get("Min-Expires"))
}

// MaxForwards gives the Max-Forwards field; one that is missing or not from 0 to 255 is not ok
// and to be treated as absent (RFC 4475 section 3.1.2.4).
func (m *Message) MaxForwards() (hops int, ok bool) {
	n, ok := parseNumber(m.Header.Get("Max-Forwards"), 255)
	if !ok || n > 255 {
		return 0, false
	}
	return int(n), true
}

// ParseSeconds reads delta-seconds (RFC 3261 section 25.1); beyond 2^31-1 it is not ok.
func ParseSeconds(s string) (seconds int, ok bool) {
	const limit = 1<<31 - 1
	n, ok := parseNumber(trim(s), limit)
	if !ok || n > limit {
		return 0, false
	}
	return int(n), true
}
