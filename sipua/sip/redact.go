package sip

import (
	"bytes"
	"strings"
)

// mask stands for a secret of any length.
const mask = "***"

// What a trace shows instead of ***:
//
//	place                                      kept                        masked
//	Authorization, Proxy-Authorization         scheme, realm, username,    response, nonce, cnonce, opaque,
//	and the challenges to them                 uri, algorithm, qop, nc     anything unknown
//	Authentication-Info                        qop, nc                     nextnonce, rspauth
//	any URI                                    all but                     the password
//	body, any type                             all but                     a=crypto keys, a=ice-pwd, a=key-mgmt, k=
//	body of application/dtmf-relay             Duration                    Signal
//	body of application/dtmf, digits, kpml,                                all
//	INFO without a type or multipart
//
// The nonces are masked since nonce and response together are what an offline guess of the password needs.

// Redacted gives a copy for traces and logs, without what opens a door or an account: the values of
// credentials and challenges from which a password can be guessed, passwords in URIs, the keys of an SDP body and
// DTMF digits. Content-Length of the copy fits the masked body.
func (m *Message) Redacted() *Message {
	c := m.Clone()
	c.URI, c.From.URI, c.To.URI = c.URI.redacted(), c.From.URI.redacted(), c.To.URI.redacted()
	for i := range c.Header {
		f := &c.Header[i]
		if isSecretField(f.Name) {
			f.Value = redactCredentials(f.Value)
		} else {
			f.Value = redactURIs(f.Value)
		}
	}
	if len(c.Body) > 0 {
		c.Body = redactBody(c.CSeq.Method, lower(c.Header.Get("Content-Type")), c.Body)
	}
	return c
}

// AppendRedacted writes what Redacted gives.
func (m *Message) AppendRedacted(b []byte) []byte { return m.Redacted().Append(b) }

// redacted also looks into headers and into foreign schemes, either of which may quote a whole SIP URI.
func (u URI) redacted() URI {
	if u.Password != "" {
		u.Password = mask
	}
	u.Headers = redactURIs(u.Headers)
	u.Opaque = redactURIs(u.Opaque)
	return u
}

// isSecretField includes the challenges, for their nonce goes into the answer.
func isSecretField(name string) bool {
	switch canonicalName(name) {
	case "Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "Authentication-Info":
		return true
	}
	return false
}

// openParams are the parameters of authentication that tell nothing about the password. All others are
// masked, known or not: a list of the secret ones would miss the next extension's.
var openParams = map[string]bool{
	"realm": true, "username": true, "uri": true, "algorithm": true, "qop": true, "nc": true, "stale": true,
	"domain": true, "charset": true, "userhash": true,
}

// redactCredentials keeps scheme and open parameters. A value that does not read as
// "scheme name=value, name=value" is masked from where it stops doing so.
func redactCredentials(value string) string {
	b := make([]byte, 0, len(value))
	scheme := blankIndex(value)
	// Authentication-Info has no scheme: its first word is a parameter already.
	if equals := strings.IndexByte(value, '='); equals < 0 || equals > scheme {
		b = append(append(b, value[:scheme]...), ' ')
		value = value[scheme:]
	}
	for more := true; more; {
		var one string
		one, value, more = cutValue(value)
		b = appendCredential(b, one)
		if more {
			b = append(b, ", "...)
		}
	}
	return string(b)
}

// appendCredential puts the mask in quotes, so that the trace still parses as the field it was.
func appendCredential(b []byte, one string) []byte {
	name, value, ok := strings.Cut(one, "=")
	name = trim(name)
	if !ok || !tokenChar.all(name) {
		return append(b, mask...)
	}
	b = append(append(b, name...), '=')
	if value = trim(value); openParams[lower(name)] && isOneWord(value) {
		return append(b, value...)
	}
	return append(append(append(b, '"'), mask...), '"')
}

// isOneWord tells a value that cannot carry another parameter along, as an open quote would.
func isOneWord(value string) bool {
	if value != "" && value[0] == '"' {
		return quotedEnd(value) == len(value)
	}
	return uriChar.all(value)
}

// redactURIs masks the password of every "sip:user:password@" in a text.
func redactURIs(s string) string {
	if strings.IndexByte(s, '@') < 0 {
		return s
	}
	// Each round goes on behind the '@' before: the text is walked through once.
	var b strings.Builder
	for {
		start, end := passwordIndex(s)
		if start < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:start])
		b.WriteString(mask)
		s = s[end:]
	}
}

// passwordIndex finds the first password: what stands between the second colon after "sip" or "sips" and '@', all
// without blanks and brackets between.
func passwordIndex(s string) (start, end int) {
	colons, start := 0, -1
	for i := range len(s) {
		switch c := s[i]; {
		case c == '@':
			if colons >= 2 && start < i {
				return start, i
			}
			colons = 0
		case c == ':':
			if colons++; colons == 1 && !endsWithScheme(s[:i]) {
				colons = 0
			}
			if colons == 2 {
				start = i + 1
			}
		case classes[c]&uriChar == 0:
			colons = 0
		}
	}
	return -1, -1
}

// endsWithScheme suffices for a trace: a false find masks a harmless text.
func endsWithScheme(s string) bool {
	return len(s) >= 3 && equalFold(s[len(s)-3:], "sip") || len(s) >= 4 && equalFold(s[len(s)-4:], "sips")
}

// secretLines are the starts of body lines the rest of which is masked: keys of SRTP (RFC 4568, RFC 4566 section
// 5.12), of ICE and of MIKEY, and the digit of application/dtmf-relay.
var secretLines = []string{"a=crypto:", "a=ice-pwd:", "a=key-mgmt:", "k=", "signal"}

// redactBody looks at the lines whatever the type says, for a type may lie. A type that is all about digits is
// masked as a whole, and so is an INFO whose type does not tell what it holds.
func redactBody(method, contentType string, body []byte) []byte {
	unclear := method == INFO && (contentType == "" || strings.HasPrefix(contentType, "multipart/"))
	relay := strings.HasPrefix(contentType, "application/dtmf-relay")
	for _, digits := range []string{"dtmf", "digits", "kpml"} {
		unclear = unclear || !relay && strings.Contains(contentType, digits)
	}
	if unclear {
		return []byte(mask)
	}
	// Line ends are kept as they are, so that a trace shows a body of bare LFs for what it is.
	out := make([]byte, 0, len(body))
	for line := range bytes.Lines(body) {
		text := bytes.TrimRight(line, "\r\n")
		out = append(appendRedactedLine(out, text), line[len(text):]...)
	}
	return out
}

// appendRedactedLine keeps the start of a secret line, and of a=crypto the suite too.
func appendRedactedLine(b, line []byte) []byte {
	text := trimLeft(line)
	for _, start := range secretLines {
		if len(text) < len(start) || !equalFold(string(text[:len(start)]), start) {
			continue
		}
		kept := len(start)
		if start == "a=crypto:" {
			if i := bytes.Index(bytes.ToLower(text), []byte("inline:")); i >= 0 {
				kept = i + len("inline:")
			}
		}
		if start == "signal" {
			if kept = bytes.IndexAny(text, "=:") + 1; kept == 0 {
				continue
			}
		}
		return append(append(b, text[:kept]...), mask...)
	}
	return append(b, line...)
}
