package transport

import "bytes"

// Class is what a datagram looks like before anything is parsed.
type Class int

// Classes of datagrams.
const (
	// Junk is not for us: it is dropped without a thought.
	Junk Class = iota
	// Keepalive is the few blank or zero octets clients behind NAT send to keep their binding.
	Keepalive
	// STUN is a packet with the magic cookie of RFC 8489 (section 5).
	STUN
	// Request begins with a method.
	Request
	// Response begins with SIP/.
	Response
)

// maxFirstLine bounds the look at a first line. RFC 4475 has one of about 900 octets (section 3.1.1.7).
const maxFirstLine = 8 << 10

// Classify decides cheaply, and without an allocation, what a datagram is (the idea is that of a DNS server's
// accept function: most of what the Internet sends to port 5060 needs no parser).
func Classify(p []byte) Class {
	if isSTUN(p) {
		return STUN
	}
	p = bytes.TrimLeft(p, "\r\n\x00")
	if len(p) == 0 {
		return Keepalive
	}
	if hasVersion(p) {
		return Response
	}
	line := firstLine(p)
	space := bytes.IndexByte(line, ' ')
	if space <= 0 || !isTokens(line[:space]) {
		return Junk
	}
	line = bytes.TrimRight(line, " \t\r")
	if last := bytes.LastIndexByte(line, ' '); !hasVersion(line[last+1:]) {
		return Junk
	}
	return Request
}

// firstLine is what Classify may look at, however long the datagram is.
func firstLine(p []byte) []byte {
	p = p[:min(len(p), maxFirstLine)]
	if i := bytes.IndexByte(p, '\n'); i >= 0 {
		return p[:i]
	}
	return p
}

// hasVersion compares without regard to case, as RFC 3261 section 7.1 asks.
func hasVersion(p []byte) bool { return len(p) > 4 && bytes.EqualFold(p[:4], []byte("SIP/")) }

// isTokens is true of the empty string; callers have looked at the length.
func isTokens(p []byte) bool {
	for _, c := range p {
		if !isToken(c) {
			return false
		}
	}
	return true
}

// isToken tells the characters of a token (RFC 3261 section 25.1).
func isToken(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return bytes.IndexByte([]byte("-.!%*_+`'~"), c) >= 0
}
