package digest

import (
	"fmt"
	"strconv"
	"strings"
)

// Request is what a digest protects.
type Request struct {
	Method string
	URI    string // the Request-URI as it is printed in the request line
	Body   []byte // only hashed for auth-int
}

// Credentials is one Authorization or Proxy-Authorization value of the scheme Digest:
//
//	Digest username="door", realm="...", nonce="...", uri="sip:...", response="32 or 64 digits",
//	       algorithm=SHA-256, opaque="...", qop=auth, cnonce="...", nc=00000001, userhash=true
//	       ^ if the challenge named it      ^ these three with qop only, nc of eight digits
//
// https://www.rfc-editor.org/rfc/rfc7616#section-3.4
type Credentials struct {
	Username  string // its hash if UserHash
	UserHash  bool
	Realm     string
	Nonce     string
	URI       string
	Response  string // hexadecimal
	Algorithm Algorithm
	Opaque    string
	QOP       QOP    // zero, Auth or AuthInt
	CNonce    string // with a QOP only
	Count     uint32 // nonce count nc, with a QOP only
}

// compute is the response of RFC 7616 section 3.4.1; without QOP it is that of RFC 2617 section
// 3.2.2.1. user is the bare name, also when Username is its hash.
func (c *Credentials) compute(user string, password Secret, method string, body []byte) string {
	a := c.Algorithm
	a1 := a.sum(user, c.Realm, string(password))
	if a.isSession() {
		a1 = a.sum(a1, c.Nonce, c.CNonce)
	}
	a2 := a.sum(method, c.URI)
	if c.QOP == AuthInt {
		a2 = a.sum(method, c.URI, a.sum(string(body)))
	}
	if c.QOP == 0 {
		return a.sum(a1, c.Nonce, a2)
	}
	return a.sum(a1, c.Nonce, c.count(), c.CNonce, c.QOP.String(), a2)
}

// count is nc on the wire: exactly eight digits (RFC 7616 section 3.4).
func (c *Credentials) count() string { return fmt.Sprintf("%08x", c.Count) }

// ParseCredentials reads a header field value; quotes around any value are accepted, also around
// nc, qop and algorithm. The error wraps ErrUnsupported for another scheme or algorithm and
// ErrSyntax for the rest.
func ParseCredentials(value string) (Credentials, error) {
	lists, err := parseLists(value)
	if err != nil {
		return Credentials{}, err
	}
	if len(lists) > 0 && !lists[0].isDigest() {
		return Credentials{}, fmt.Errorf("%w: scheme %q", ErrUnsupported, clip(lists[0].scheme))
	}
	if len(lists) != 1 {
		return Credentials{}, fmt.Errorf("%w: %d schemes in one Authorization, want 1", ErrSyntax, len(lists))
	}
	return readCredentials(lists[0])
}

// readCredentials insists on the parameters of RFC 2069, without which nothing can be verified.
func readCredentials(l schemeList) (Credentials, error) {
	algorithm, known := parseAlgorithm(l.text("algorithm"))
	if !known {
		return Credentials{}, fmt.Errorf("%w: algorithm %q", ErrUnsupported, clip(l.text("algorithm")))
	}
	for _, name := range [...]string{"username", "realm", "nonce", "uri", "response"} {
		if _, ok := l.get(name); !ok {
			return Credentials{}, fmt.Errorf("%w: %s is missing", ErrSyntax, name)
		}
	}
	c := Credentials{
		Username: l.text("username"), UserHash: l.isTrue("userhash"), Realm: l.text("realm"), Nonce: l.text("nonce"),
		URI: l.text("uri"), Response: strings.ToLower(l.text("response")), Algorithm: algorithm, Opaque: l.text("opaque"),
	}
	return c, c.readProtection(l)
}

// readProtection reads qop, cnonce and nc, which stand or fall together (RFC 7616 section 3.4).
func (c *Credentials) readProtection(l schemeList) error {
	switch strings.ToLower(l.text("qop")) {
	case "":
		return nil
	case "auth":
		c.QOP = Auth
	case "auth-int":
		c.QOP = AuthInt
	default:
		return fmt.Errorf("%w: qop %q", ErrUnsupported, clip(l.text("qop")))
	}
	count, err := strconv.ParseUint(l.text("nc"), 16, 32)
	if err != nil || len(l.text("nc")) != 8 {
		return fmt.Errorf("%w: nc %q, want eight hexadecimal digits", ErrSyntax, clip(l.text("nc")))
	}
	c.Count, c.CNonce = uint32(count), l.text("cnonce")
	return nil
}

// Append writes the header field value, quoting as RFC 7616 section 3.4 lays down: nc, qop,
// algorithm and userhash bare, the rest in quotes.
func (c Credentials) Append(b []byte) []byte {
	b = append(b, "Digest "...)
	b = appendQuoted(b, "username", c.Username)
	b = appendQuoted(b, "realm", c.Realm)
	b = appendQuoted(b, "nonce", c.Nonce)
	b = appendQuoted(b, "uri", c.URI)
	b = appendQuoted(b, "response", c.Response)
	if c.Algorithm != Unnamed {
		b = appendToken(b, "algorithm", c.Algorithm.String())
	}
	if c.Opaque != "" {
		b = appendQuoted(b, "opaque", c.Opaque)
	}
	if c.QOP != 0 {
		b = appendToken(b, "qop", c.QOP.String())
		b = appendQuoted(b, "cnonce", c.CNonce)
		b = appendToken(b, "nc", c.count())
	}
	if c.UserHash {
		b = appendToken(b, "userhash", "true")
	}
	return b
}

// String is the header field value.
func (c Credentials) String() string { return string(c.Append(nil)) }
