package sip

import (
	"net/netip"
	"strings"
)

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
	if !uriChar.all(s) {
		return "blank, control, quote or angle bracket in a URI"
	}
	colon := 0
	for colon < len(s) && classes[s[colon]]&schemeChar != 0 {
		colon++
	}
	if colon == 0 || colon == len(s) || s[colon] != ':' {
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
	return u.parseParts(s[colon+1:])
}

// parseParts reads what follows "sip:". The first '@' ends the user part, in which ';', '?' and '/' are
// plain characters (RFC 4475 section 3.1.1.3): neither host, parameters nor headers may hold a bare '@'.
func (u *URI) parseParts(s string) problem {
	if at := strings.IndexByte(s, '@'); at >= 0 {
		if p := u.parseUser(s[:at]); p != "" {
			return p
		}
		s = s[at+1:]
	}
	var p problem
	if u.Host, u.Port, s, p = cutHostPort(s); p != "" || s == "" {
		return p
	}
	params, headers := s, ""
	if i := strings.IndexByte(s, '?'); i >= 0 {
		params, headers = s[:i], s[i+1:]
	}
	if params != "" && params[0] != ';' {
		return "text after host and port (an IPv6 address needs brackets)"
	}
	u.Params, u.Headers = Params(strings.TrimRight(params, ";")), headers
	return ""
}

func (u *URI) parseUser(s string) problem {
	user, password, hasPassword := strings.Cut(s, ":")
	if user == "" && hasPassword {
		return "password without a user"
	}
	var ok1, ok2 bool
	u.User, ok1 = unescape(user)
	u.Password, ok2 = unescape(password)
	if !ok1 || !ok2 {
		return "percent sign without two hexadecimal digits"
	}
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
	end, capital := 0, false
	for end < len(s) && classes[s[end]]&hostChar != 0 {
		capital = capital || s[end]-'A' < 26
		end++
	}
	if capital {
		return lower(s[:end]), s[end:]
	}
	return s[:end], s[end:]
}

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
	address, err := netip.ParseAddr(s)
	if err != nil || !address.Is6() || address.Zone() != "" {
		return ""
	}
	return lower(s)
}
