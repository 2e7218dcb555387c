package sip

import (
	"net/netip"
	"strings"
)

// The parts of a sip URI and how they are kept:
//
//	sip:alice%40home:secret@[2001:DB8::1]:5061;transport=tcp;lr?Subject=hi
//	^1  ^2           ^3     ^4            ^5  ^6                ^7
//
//	1 Scheme    lower case         5 Port      0 when absent
//	2 User      unescaped          6 Params    as it came, with semicolons
//	3 Password  unescaped          7 Headers   as it came, without the question mark
//	4 Host      lower case, without brackets

// ParseURI reads a URI of any scheme; of sip and sips (RFC 3261 section 19.1) it reads the parts as well. The
// error is a *SyntaxError that does not quote the URI.
//
//	sip:user:password@host:port;uri-parameters?headers
func ParseURI(s string) (URI, error) {
	var u URI
	p := u.parse(s)
	return u, p.err("URI")
}

func (u *URI) parse(s string) problem {
	at, escaped, ok := surveyURI(s)
	if !ok {
		return "blank, control, quote or angle bracket in a URI"
	}
	colon := 0 // by hand, since the first colon may as well be a port's
	for colon < len(s) && classes[s[colon]]&schemeChar != 0 {
		colon++
	}
	if colon == 0 || colon == len(s) || s[colon] != ':' || s[0] < 'A' { // digits, + and - never come first
		return "URI has no scheme"
	}
	switch scheme := s[:colon]; {
	case equalFold(scheme, "sip"):
		u.Scheme = "sip"
	case equalFold(scheme, "sips"):
		u.Scheme = "sips"
	default:
		u.Scheme, u.Opaque = lower(scheme), s[colon+1:]
		if u.Opaque == "" {
			return "URI has nothing after its scheme"
		}
		return ""
	}
	if at < 0 {
		return u.parseHost(s[colon+1:])
	}
	if p := u.parseUser(s[colon+1:at], escaped); p != "" {
		return p
	}
	return u.parseHost(s[at+1:])
}

// surveyURI looks at every octet once: are all allowed, where is the first '@', is there a '%'?
func surveyURI(s string) (at int, escaped, ok bool) {
	at = -1
	for i := range len(s) {
		switch classes[s[i]] & (uriChar | markChar) {
		case uriChar:
		case uriChar | markChar:
			escaped = escaped || s[i] == '%'
			if s[i] == '@' && at < 0 {
				at = i
			}
		default:
			return at, escaped, false
		}
	}
	return at, escaped, true
}

// parseUser reads user[:password]. The first '@' has ended it, and ';', '?' and '/' are plain characters in
// it (RFC 4475 section 3.1.1.9): neither host, parameters nor headers may hold a bare '@'.
func (u *URI) parseUser(s string, escaped bool) problem {
	u.User = s
	if i := strings.IndexByte(s, ':'); i >= 0 {
		u.User, u.Password = s[:i], s[i+1:]
		if i == 0 {
			return "password without a user"
		}
	}
	if !escaped {
		return ""
	}
	var ok1, ok2 bool
	u.User, ok1 = unescape(u.User)
	u.Password, ok2 = unescape(u.Password)
	if !ok1 || !ok2 {
		return "percent sign without two hexadecimal digits"
	}
	return ""
}

// parseHost reads host, port, parameters and headers.
func (u *URI) parseHost(s string) (p problem) {
	if u.Host, u.Port, s, p = cutHostPort(s); p != "" || s == "" {
		return p
	}
	params, headers := s, ""
	if i := strings.IndexByte(s, '?'); i >= 0 { // headers may hold ';', parameters no '?'
		params, headers = s[:i], s[i+1:]
	}
	if params != "" && params[0] != ';' {
		return "text after host and port (an IPv6 address needs brackets)"
	}
	u.Params, u.Headers = Params(strings.TrimRight(params, ";")), headers
	return ""
}

// cutHostPort takes host[:port] off s, with blanks around each as Via allows.
func cutHostPort(s string) (host string, port int, rest string, p problem) {
	host, rest = cutHost(s)
	if host == "" {
		return "", 0, "", "host is missing, or neither name nor address"
	}
	rest = trimLeft(rest)
	if rest == "" || rest[0] != ':' {
		return host, 0, rest, ""
	}
	rest = trimLeft(rest[1:])
	end := 0
	for end < len(rest) && rest[end]-'0' <= 9 {
		end++
	}
	port, ok := parsePort(rest[:end])
	if !ok {
		return "", 0, "", "port is not from 1 to 65535 (an IPv6 address needs brackets)"
	}
	return host, port, trimLeft(rest[end:]), ""
}

// cutHost takes an IPv6 reference, or all that may belong to a name or IPv4 address, off s.
func cutHost(s string) (host, rest string) {
	if s != "" && s[0] == '[' {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", ""
		}
		return parseIPv6(s[1:end]), s[end+1:]
	}
	end, capital := 0, false // names come in lower case: lower is called for the others only
	for end < len(s) && classes[s[end]]&hostChar != 0 {
		capital = capital || s[end]-'A' < 26
		end++
	}
	if capital {
		return lower(s[:end]), s[end:]
	}
	return s[:end], s[end:]
}

// parsePort refuses 0, which no peer can be reached at and which here stands for "absent".
func parsePort(s string) (int, bool) {
	n, ok := parseNumber(s, 65535)
	return int(n), ok && 0 < n && n <= 65535
}

// parseIPv6 gives the literal in lower case, or "". Three colons in a row, which the grammar of RFC 3261 could
// produce, are taken for two (RFC 5118 section 4.10).
func parseIPv6(s string) string {
	if i := strings.Index(s, ":::"); i >= 0 {
		s = s[:i] + s[i+1:]
	}
	// A zone means something on the sender's machine only. An IPv4 address in brackets is an error, one mapped into
	// IPv6 is not (RFC 5118 section 4.9).
	address, err := netip.ParseAddr(s)
	if err != nil || !address.Is6() || address.Zone() != "" {
		return ""
	}
	return lower(s)
}
