package digest

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnsupported tells that no challenge can be answered: none is Digest, or algorithm or qop are
// unknown.
var ErrUnsupported = errors.New("digest: no challenge this client can answer")

// QOP is a set of qualities of protection (RFC 7616 section 3.3). The zero value is the form of RFC
// 2069: none named.
type QOP uint8

// Auth protects method and URI, AuthInt the body as well.
const (
	Auth QOP = 1 << iota
	AuthInt
)

// String is the list on the wire.
func (q QOP) String() string {
	switch q {
	case Auth:
		return "auth"
	case AuthInt:
		return "auth-int"
	case Auth | AuthInt:
		return "auth,auth-int"
	default:
		return ""
	}
}

// Challenge is one WWW-Authenticate or Proxy-Authenticate value of the scheme Digest:
//
//	Digest realm="house.example", nonce="...", opaque="...", stale=true, algorithm=SHA-256, qop="auth"
//	       ^ both required               ^ given back    ^ bare     ^ bare             ^ a list
//
// The domain parameter means nothing in SIP (RFC 3261 section 22.4, item 2) and charset is always
// UTF-8 there; neither is kept.
//
// https://www.rfc-editor.org/rfc/rfc7616#section-3.3
type Challenge struct {
	Realm     string
	Nonce     string
	Opaque    string
	Algorithm Algorithm
	QOP       QOP
	Stale     bool // the password was right, the nonce too old
	UserHash  bool // the server wants the hash of the user name (RFC 7616 section 3.4.4)
}

// ParseChallenges reads a header field value, quoted and spelled as peers do. What it cannot answer
// is left out, as RFC 8760 section 2.4 demands: other schemes (Basic first of all), unknown
// algorithms, a qop list without a known value. If nothing is left the error wraps ErrUnsupported
// or ErrSyntax.
func ParseChallenges(value string) ([]Challenge, error) {
	lists, err := parseLists(value)
	if err != nil {
		return nil, err
	}
	var challenges []Challenge
	err = ErrUnsupported
	for _, l := range lists {
		c, e := readChallenge(l)
		if e != nil {
			err = e
			continue
		}
		challenges = append(challenges, c)
	}
	if len(challenges) == 0 {
		return nil, err
	}
	return challenges, nil
}

// readChallenge takes one list. What is missing for an answer is an error here, so that topmost
// moves on to a challenge the server has offered besides (RFC 8760 section 2.4).
func readChallenge(l schemeList) (Challenge, error) {
	if !l.isDigest() {
		return Challenge{}, fmt.Errorf("%w: scheme %q", ErrUnsupported, clip(l.scheme))
	}
	algorithm, known := parseAlgorithm(l.text("algorithm"))
	if !known {
		return Challenge{}, fmt.Errorf("%w: algorithm %q", ErrUnsupported, clip(l.text("algorithm")))
	}
	nonce, hasNonce := l.get("nonce")
	if _, hasRealm := l.get("realm"); !hasRealm || !hasNonce {
		return Challenge{}, fmt.Errorf("%w: a challenge without realm or nonce", ErrSyntax)
	}
	qop, err := readQOP(l)
	if err != nil {
		return Challenge{}, err
	}
	if qop == 0 && algorithm.isSession() {
		// The -sess kinds hash a cnonce, which must not be sent without qop (RFC 8760 section 2.6,
		// item 8).
		return Challenge{}, fmt.Errorf("%w: %v without qop", ErrUnsupported, algorithm)
	}
	return Challenge{
		Realm: l.text("realm"), Nonce: nonce, Opaque: l.text("opaque"), Algorithm: algorithm, QOP: qop,
		Stale: l.isTrue("stale"), UserHash: l.isTrue("userhash"),
	}, nil
}

// readQOP collects the known values of the list; unknown ones are ignored (RFC 7616 section 3.3),
// but a list of which nothing is known cannot be answered. An empty list is taken as none.
func readQOP(l schemeList) (QOP, error) {
	text := l.text("qop")
	var qop QOP
	named := false
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		named = true
		switch {
		case strings.EqualFold(word, "auth"):
			qop |= Auth
		case strings.EqualFold(word, "auth-int"):
			qop |= AuthInt
		}
	}
	if named && qop == 0 {
		return 0, fmt.Errorf("%w: qop %q", ErrUnsupported, clip(text))
	}
	return qop, nil
}

// Append writes the header field value, quoting as RFC 7616 section 3.3 lays down: stale and
// algorithm bare, the rest in quotes.
func (c Challenge) Append(b []byte) []byte {
	b = append(b, "Digest "...)
	b = appendQuoted(b, "realm", c.Realm)
	b = appendQuoted(b, "nonce", c.Nonce)
	if c.Opaque != "" {
		b = appendQuoted(b, "opaque", c.Opaque)
	}
	if c.Stale {
		b = appendToken(b, "stale", "true")
	}
	if c.Algorithm != Unnamed {
		b = appendToken(b, "algorithm", c.Algorithm.String())
	}
	if c.QOP != 0 {
		b = appendQuoted(b, "qop", c.QOP.String())
	}
	if c.UserHash {
		b = appendToken(b, "userhash", "true")
	}
	return b
}

// String is the header field value.
func (c Challenge) String() string { return string(c.Append(nil)) }
