package sip

import "strings"

// The forms an address comes in; in the last, parameters are the header field's and not the URI's:
//
//	"Front, Door" <sip:door@example.net;transport=tcp>;tag=1
//	Front Door <sip:door@example.net>
//	<sip:door@example.net>
//	sip:door@example.net;tag=1

// ParseAddress reads a name-addr or addr-spec with its parameters (RFC 3261 section 20.10), and "*" of Contact.
// In the form without angle brackets parameters belong to the header field, and a '?' is an error, since headers
// there would be of doubtful meaning (RFC 4475 section 3.1.2.13). A display name without quotes may hold
// any character (RFC 4475 section 3.1.2.15), and blanks inside the brackets are forgiven (3.1.2.14).
func ParseAddress(s string) (Address, error) {
	var a Address
	p := a.parse(trim(s), new(scratch))
	return a, p.err("address")
}

func (a *Address) parse(s string, r *scratch) problem {
	if s == "*" {
		a.URI.Opaque = "*"
		return ""
	}
	if s != "" && s[0] == '"' {
		end := quotedEnd(s)
		if end < 0 {
			return "quoted string has no end"
		}
		a.Display = r.unquote(s[:end])
		s = trim(s[end:])
		if s == "" || s[0] != '<' {
			return "display name without an address in angle brackets"
		}
		return a.parseBracketed(s, r)
	}
	// A bracket counts only before parameters and quotes: +sip.instance="<urn:...>" has one, too.
	i := 0
	for i < len(s) && s[i] != '<' && s[i] != ';' && s[i] != '"' {
		i++
	}
	if i < len(s) && s[i] == '<' {
		a.Display = trimRight(s[:i])
		return a.parseBracketed(s[i:], r)
	}
	return a.parseBare(trimRight(s[:i]), s[i:], r)
}

// parseBracketed takes the first '>' for the end, since none can stand in a URI.
func (a *Address) parseBracketed(s string, r *scratch) problem {
	end := strings.IndexByte(s, '>')
	if end < 0 {
		return "angle bracket has no end"
	}
	if p := a.URI.parse(trim(s[1:end])); p != "" {
		return p
	}
	var p problem
	a.Params, p = r.parseParams(s[end+1:])
	return p
}

// parseBare is the form without brackets, where '?', ',' and ';' do not belong to the URI (RFC 3261 section 20).
func (a *Address) parseBare(uri, params string, r *scratch) problem {
	if p := a.URI.parse(uri); p != "" {
		return p
	}
	if strings.IndexByte(uri, '?') >= 0 || strings.IndexByte(uri, ',') >= 0 {
		return "URI with question mark or comma needs angle brackets"
	}
	var p problem
	a.Params, p = r.parseParams(params)
	return p
}

// IsWildcard tells whether the address is the "*" of a Contact that removes all bindings.
func (a Address) IsWildcard() bool { return a.URI.Scheme == "" && a.URI.Opaque == "*" }

// Tag gives the tag parameter, "" when there is none.
func (a Address) Tag() string {
	tag, _ := a.Params.Get("tag")
	return tag
}

// Append writes the address, always with angle brackets and a quoted display name: the form without has traps.
func (a Address) Append(b []byte) []byte {
	if a.IsWildcard() {
		return append(append(b, '*'), a.Params...)
	}
	if a.Display != "" {
		b = append(appendQuoted(b, a.Display), ' ')
	}
	b = append(a.URI.Append(append(b, '<')), '>')
	return append(b, a.Params...)
}

// String gives the address as text, password included: for a trace see Message.Redacted.
func (a Address) String() string { return string(a.Append(nil)) }
