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
	end := 0
	for end < len(s) && s[end] != ';' && s[end] != '?' {
		end++
	}
	host, port, p := parseHostPort(s[:end])
	if p != "" {
		return p
	}
	u.Host, u.Port = host, port
	if s = s[end:]; s != "" {
		params, headers, _ := strings.Cut(s, "?")
		u.Params, u.Headers = Params(strings.TrimRight(params, ";")), headers
	}
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

// parseHostPort reads host[:port], with blanks around each as Via allows.
func parseHostPort(s string) (host string, port int, p problem) {
	s = trim(s)
	if s == "" {
		return "", 0, "host is missing"
	}
	rest := ""
	if s[0] == '[' {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, "IPv6 literal has no closing bracket"
		}
		host, rest = parseIPv6(s[1:end]), trim(s[end+1:])
		if host == "" {
			return "", 0, "no IPv6 address between the brackets"
		}
	} else {
		end := strings.IndexByte(s, ':')
		if end < 0 {
			end = len(s)
		}
		host, rest = trimRight(s[:end]), s[end:]
		if host == "" || !hostChar.all(host) {
			return "", 0, "host is neither name nor address"
		}
		host = lower(host)
	}
	if rest == "" {
		return host, 0, ""
	}
	port, ok := parsePort(trim(rest[1:]))
	if rest[0] != ':' || !ok {
		return "", 0, "port is not a number from 1 to 65535 (an IPv6 address needs brackets)"
	}
	return host, port, ""
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
