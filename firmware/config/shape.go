package config

import (
	"strings"
)

// isURI tells a SIP URI from a short number.
func isURI(s string) bool {
	scheme, _, ok := strings.Cut(s, ":")
	return ok && (strings.EqualFold(scheme, "sip") || strings.EqualFold(scheme, "sips"))
}

// splitAOR returns the user and host of an address of record without port or parameters.
func splitAOR(s string) (user, host string, ok bool) {
	if !isURI(s) || !validURI(s) {
		return "", "", false
	}
	_, rest, _ := strings.Cut(s, ":")
	user, host, ok = strings.Cut(rest, "@")
	return user, host, ok && user != "" && !strings.ContainsAny(host, ":;?")
}

// validURI checks the outer shape of a SIP URI: printable, with a host, at most one @.
func validURI(s string) bool {
	_, rest, ok := strings.Cut(s, ":")
	if !ok || !isURI(s) || strings.ContainsFunc(rest, outsideURI) || strings.Count(rest, "@") > 1 {
		return false
	}
	user, host, hasUser := strings.Cut(rest, "@")
	if !hasUser {
		user, host = "user", rest
	}
	if end := strings.IndexAny(host, ";?"); end >= 0 {
		host = host[:end]
	}
	return user != "" && validHostPort(host)
}

// validHostPort checks "host", "host:port", "[v6]" and "[v6]:port" for their letters.
func validHostPort(s string) bool {
	if v6, ok := strings.CutPrefix(s, "["); ok {
		v6, port, ok := strings.Cut(v6, "]")
		return ok && v6 != "" && onlyOf(v6, "0123456789abcdefABCDEF:.") && (port == "" || validPort(port[1:]) && port[0] == ':')
	}
	host, port, hasPort := strings.Cut(s, ":")
	return validHost(host) && (!hasPort || validPort(port))
}

// validHost allows the underscore, which no host name has but many a home network.
func validHost(s string) bool {
	return s != "" && len(s) <= 253 && onlyOf(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-._")
}

// validPort leaves the exact bound to the URI parser.
func validPort(s string) bool { return s != "" && len(s) <= 5 && onlyOf(s, "0123456789") }

// validShort checks a number or name without a domain: "11", "**621", "reception".
func validShort(s string) bool {
	return s != "" && len(s) <= 64 && onlyOf(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789*#+-._")
}

// validCaller checks an entry of an allow-list: "*", "sip:user@host", "sip:*@host" or a number without a domain.
func validCaller(s string) bool {
	if isURI(s) {
		_, _, ok := splitAOR(s)
		return ok
	}
	return validShort(s)
}

// validName checks the name of a part: it stands in logs, paths and answers.
func validName(s string) bool {
	return s != "" && len(s) <= 32 && onlyOf(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-_")
}

// onlyOf tells whether s consists of these letters alone; the empty text does.
func onlyOf(s, letters string) bool {
	return strings.Trim(s, letters) == ""
}

// outsideURI tells the letters that never stand in a URI: space, controls, quotes, brackets of markup, beyond ASCII.
func outsideURI(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"<>\\^`{|}#", r)
}
