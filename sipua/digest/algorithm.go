package digest

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
)

// Algorithm is a digest algorithm (RFC 7616 section 6.1, RFC 8760 section 2.1).
type Algorithm uint8

// The algorithms. Unnamed is MD5 by a challenge without an algorithm parameter; its answer names
// none either, since servers of RFC 2069's age refuse parameters they did not send. The -sess kinds
// hash nonce and cnonce into A1.
const (
	Unnamed Algorithm = iota
	MD5
	MD5Sess
	SHA256
	SHA256Sess
	SHA512256
	SHA512256Sess
)

var algorithmNames = [...]string{"", "MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"}

// String is the name on the wire, empty for Unnamed.
func (a Algorithm) String() string {
	if int(a) >= len(algorithmNames) {
		return "unknown"
	}
	return algorithmNames[a]
}

// parseAlgorithm reads a name without regard to case; false for one this package does not know.
func parseAlgorithm(name string) (Algorithm, bool) {
	for i, known := range algorithmNames {
		if strings.EqualFold(known, name) {
			return Algorithm(i), true
		}
	}
	return 0, false
}

// isSession tells the -sess variants.
func (a Algorithm) isSession() bool { return a == MD5Sess || a == SHA256Sess || a == SHA512256Sess }

// newHash is the bare hash; whether it is salted with nonce and cnonce (-sess) is the business of
// compute.
func (a Algorithm) newHash() hash.Hash {
	switch a {
	case SHA256, SHA256Sess:
		return sha256.New()
	case SHA512256, SHA512256Sess:
		// This is SHA-512/256 of FIPS 180-4, with its own initial values. RFC 7616 section 3.9.2
		// prints values of a truncated SHA-512, which is another function.
		return sha512.New512_256()
	default:
		return md5.New()
	}
}

// sum is the hex digest of the parts joined by colons: H(a ":" b ":" ...) in the RFCs' notation.
func (a Algorithm) sum(parts ...string) string {
	h := a.newHash()
	for i, part := range parts {
		if i > 0 {
			h.Write([]byte{':'})
		}
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}
