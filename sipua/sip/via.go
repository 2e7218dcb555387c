package sip

import (
	"net/netip"
	"strings"
)

// Transports as they stand in Via.
const (
	UDP  = "UDP"
	TCP  = "TCP"
	TLS  = "TLS"
	SCTP = "SCTP"
)

// BranchCookie starts the branch of every request that follows RFC 3261 (section 8.1.1.7).
const BranchCookie = "z9hG4bK"

// ParseVia reads one value of Via:
//
//	SIP / 2.0 / UDP  host : port ; branch = z9hG4bK...
//
// Any version is accepted, since a request of SIP/7.0 deserves an answer (505) that finds its way.
func ParseVia(s string) (Via, error) {
	var v Via
	p := v.parse(trim(s), new(scratch))
	return v, p.err("Via")
}

func (v *Via) parse(s string, r *scratch) problem {
	rest, ok := cutProtocol(s)
	if !ok {
		return "no SIP/2.0/transport at its start"
	}
	end := 0 // a token, for RFC 4475 section 3.1.1.10 sends transports nobody knows
	for end < len(rest) && classes[rest[end]]&tokenChar != 0 {
		end++
	}
	if end == 0 || end == len(rest) || !isBlank(rest[end]) {
		return "no transport, or nothing after it"
	}
	v.Transport = canonicalTransport(rest[:end])
	var p problem
	if v.Host, v.Port, rest, p = cutHostPort(trimLeft(rest[end:])); p != "" {
		return p
	}
	v.Params, p = r.parseParams(rest)
	return p
}

// cutProtocol takes protocol name, version and slashes off.
func cutProtocol(s string) (rest string, ok bool) {
	const usual = "SIP/2.0/"
	if strings.HasPrefix(s, usual) {
		return trimLeft(s[len(usual):]), true
	}
	protocol, rest, _ := strings.Cut(s, "/")
	version, rest, ok := strings.Cut(rest, "/")
	version = trim(version)
	ok = ok && version != "" && tokenChar.all(version) && equalFold(trimRight(protocol), "SIP")
	return trimLeft(rest), ok
}

// canonicalTransport spares an upper-cased copy of a known name.
func canonicalTransport(s string) string {
	if s == UDP {
		return UDP // by far the most frequent
	}
	for _, known := range [...]string{UDP, TCP, TLS, SCTP, "WS", "WSS"} {
		if equalFold(s, known) {
			return known
		}
	}
	return upper(s)
}

// Branch gives the branch parameter, "" when there is none.
func (v Via) Branch() string {
	branch, _ := v.Params.Get("branch")
	return branch
}

// Received gives the address of the received parameter. An IPv6 address may stand in brackets, which a FRITZ!Box
// sends and RFC 5118 section 4.5 asks to accept; to set it use Params.With and netip.Addr.String, without them.
func (v Via) Received() (netip.Addr, bool) {
	s, _ := v.Params.Get("received")
	if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
		s = s[1 : len(s)-1]
	}
	address, err := netip.ParseAddr(s)
	return address, err == nil
}

// RPort gives the port of the rport parameter (RFC 3581), 0 when it has no usable value yet.
func (v Via) RPort() (port int, present bool) {
	s, present := v.Params.Get("rport")
	port, ok := parsePort(s)
	if !ok {
		return 0, present
	}
	return port, present
}

// Append writes the value as SIP/2.0.
func (v Via) Append(b []byte) []byte {
	b = append(append(append(b, "SIP/2.0/"...), v.Transport...), ' ')
	b = appendHostPort(b, v.Host, v.Port)
	return append(b, v.Params...)
}

// String gives the value as text.
func (v Via) String() string { return string(v.Append(nil)) }
