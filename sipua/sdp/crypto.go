package sdp

import (
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

// Key is an SRTP master key followed by its master salt. However printed or logged it reads
// "[redacted]"; only the description that goes to the peer holds it in the open.
type Key []byte

const redacted = "[redacted]"

// Format writes the redacted form for every verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue gives the redacted form to log/slog.
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText gives the redacted form to encoding/json and its like; it never fails.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Crypto is one a=crypto line (RFC 4568 section 4), of which the lifetime is not kept:
//
//	a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:<base64 of key and salt>|2^31
//	         ^tag ^suite                      ^Key
type Crypto struct {
	Tag   int
	Suite string
	Key   Key
}

// The suites whose key length is known here (RFC 4568 section 6.2, RFC 6188, RFC 7714).
const (
	AES128SHA80 = "AES_CM_128_HMAC_SHA1_80"
	AES128SHA32 = "AES_CM_128_HMAC_SHA1_32"
	AES256SHA80 = "AES_256_CM_HMAC_SHA1_80"
	AES256SHA32 = "AES_256_CM_HMAC_SHA1_32"
	AEAD128     = "AEAD_AES_128_GCM"
	AEAD256     = "AEAD_AES_256_GCM"
)

// keyLength is the bytes of key and salt of a suite; 0 for an unknown one.
func keyLength(suite string) int {
	switch suite {
	case AES128SHA80, AES128SHA32:
		return 16 + 14
	case AES256SHA80, AES256SHA32:
		return 32 + 14
	case AEAD128:
		return 16 + 12
	case AEAD256:
		return 32 + 12
	default:
		return 0
	}
}

// parseCrypto reads one attribute value; false for a line that must not be chosen: an unknown
// suite, a key of the wrong length, several keys or a master key identifier (which changes the
// packets), or a session parameter that changes the packets. WSH, the window size hint, may be
// ignored (RFC 4568 section 6.3.7).
func parseCrypto(value string) (Crypto, bool) {
	f := strings.Fields(value)
	if len(f) < 3 {
		return Crypto{}, false
	}
	for _, parameter := range f[3:] {
		if !strings.HasPrefix(strings.ToUpper(parameter), "WSH=") {
			return Crypto{}, false
		}
	}
	tag, err := strconv.ParseUint(f[0], 10, 30)
	method, info, _ := strings.Cut(f[2], ":")
	if err != nil || !strings.EqualFold(method, "inline") || strings.ContainsAny(info, ";:") {
		return Crypto{}, false
	}
	text, _, _ := strings.Cut(info, "|")
	key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	c := Crypto{Tag: int(tag), Suite: strings.ToUpper(f[1]), Key: key}
	return c, err == nil && len(key) > 0 && len(key) == keyLength(c.Suite)
}

// attribute is the a= line, the one place where a key is printed.
func (c Crypto) attribute() Attribute {
	return Attribute{"crypto", strconv.Itoa(c.Tag) + " " + c.Suite + " inline:" + base64.StdEncoding.EncodeToString(c.Key)}
}

// cryptos are the lines of m that may be chosen.
func (m *Media) cryptos() []Crypto {
	var all []Crypto
	for value := range m.Attributes.All("crypto") {
		if c, ok := parseCrypto(value); ok {
			all = append(all, c)
		}
	}
	return all
}

// chooseCrypto takes the offered line of the suite that stands first in suites.
func chooseCrypto(suites []string, offered []Crypto) (Crypto, bool) {
	for _, suite := range suites {
		i := slices.IndexFunc(offered, func(c Crypto) bool { return c.Suite == suite })
		if i >= 0 {
			return offered[i], true
		}
	}
	return Crypto{}, false
}

// Redact gives a copy of a description in which the keys of a=crypto and a=key-mgmt lines and the
// k= lines are blotted out, for traces and logs. What is no description comes back as it is.
func Redact(body []byte) []byte {
	lines := strings.SplitAfter(string(body), "\n")
	for i, line := range lines {
		end := line[len(strings.TrimRight(line, "\r\n")):]
		head := strings.ToLower(strings.TrimLeft(line, " \t\x00"))
		switch {
		case strings.HasPrefix(head, "k="):
			lines[i] = "k=" + redacted + end
		case strings.HasPrefix(head, "a=key-mgmt"):
			lines[i] = "a=key-mgmt:" + redacted + end
		case strings.HasPrefix(head, "a=crypto"):
			at := strings.Index(head, "inline")
			lines[i] = head[:max(at, len("a=crypto"))] + ":" + redacted + end
		}
	}
	return []byte(strings.Join(lines, ""))
}
