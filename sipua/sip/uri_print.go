package sip

import (
	"strconv"
	"strings"
)

// IsSIP tells whether the scheme is sip or sips, so that the parts are there.
func (u URI) IsSIP() bool { return u.Scheme == "sip" || u.Scheme == "sips" }

// Append writes the URI, with user and password escaped as section 19.1.2 asks.
func (u URI) Append(b []byte) []byte {
	if !u.IsSIP() {
		if u.Scheme != "" {
			b = append(append(b, u.Scheme...), ':')
		}
		return append(b, u.Opaque...)
	}
	b = append(append(b, u.Scheme...), ':')
	if u.User != "" { // a password alone cannot be written, and is not read either
		b = appendEscaped(b, u.User, userChar)
		if u.Password != "" {
			b = appendEscaped(append(b, ':'), u.Password, secretChar)
		}
		b = append(b, '@')
	}
	b = appendHostPort(b, u.Host, u.Port)
	b = append(b, u.Params...)
	if u.Headers != "" {
		b = append(append(b, '?'), u.Headers...)
	}
	return b
}

// String gives the URI as text, password included: for a trace see Message.Redacted.
func (u URI) String() string { return string(u.Append(nil)) }

// appendHostPort knows an IPv6 literal by its colon, which no host name has.
func appendHostPort(b []byte, host string, port int) []byte {
	if strings.IndexByte(host, ':') >= 0 {
		b = append(append(append(b, '['), host...), ']')
	} else {
		b = append(b, host...)
	}
	if port != 0 {
		b = strconv.AppendInt(append(b, ':'), int64(port), 10)
	}
	return b
}

// Param gives a URI parameter's value with its escapes resolved.
func (u URI) Param(name string) (value string, ok bool) {
	raw, ok := u.Params.Get(name)
	return lenientUnescape(raw), ok
}

// HeaderValue gives the value of a header in the URI, unescaped once, such as the Replaces of a Refer-To.
// It is a value to look at: nothing in this package makes a header field of it.
func (u URI) HeaderValue(name string) (value string, ok bool) {
	for part := range strings.SplitSeq(u.Headers, "&") {
		key, raw, _ := strings.Cut(part, "=") // split first, unescape then: %26 and %3D are data
		if equalFold(lenientUnescape(key), name) {
			return lenientUnescape(raw), true
		}
	}
	return "", false
}
