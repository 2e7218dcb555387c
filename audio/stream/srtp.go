package stream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// Secret is an SRTP master key followed by its master salt. However printed or logged it reads "[redacted]".
type Secret []byte

const redacted = "[redacted]"

// Format writes the redacted form for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue gives the redacted form to log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText gives the redacted form to encoding/json and its like; it never fails.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Key is what an a=crypto line says (RFC 4568).
type Key struct {
	Suite  string // "AES_CM_128_HMAC_SHA1_80" and the like
	Secret Secret
}

func (k Key) isSet() bool { return k.Suite != "" || len(k.Secret) > 0 }

func (k Key) equal(other Key) bool {
	return strings.EqualFold(k.Suite, other.Suite) && bytes.Equal(k.Secret, other.Secret)
}

// Crypto are the keys of SDES: ours protects what we send, the peer's what it sends. The zero value is plain RTP.
type Crypto struct{ Send, Receive Key }

func (c Crypto) isSet() bool { return c.Send.isSet() || c.Receive.isSet() }

// suites are the crypto suites of RFC 4568 section 6.2, RFC 6188 and RFC 7714.
var suites = map[string]srtp.ProtectionProfile{
	"AES_CM_128_HMAC_SHA1_80": srtp.ProtectionProfileAes128CmHmacSha1_80,
	"AES_CM_128_HMAC_SHA1_32": srtp.ProtectionProfileAes128CmHmacSha1_32,
	"AES_256_CM_HMAC_SHA1_80": srtp.ProtectionProfileAes256CmHmacSha1_80,
	"AES_256_CM_HMAC_SHA1_32": srtp.ProtectionProfileAes256CmHmacSha1_32,
	"AEAD_AES_128_GCM":        srtp.ProtectionProfileAeadAes128Gcm,
	"AEAD_AES_256_GCM":        srtp.ProtectionProfileAeadAes256Gcm,
}

// replayWindow is how many packets back a late one is still taken: 1.3 s at 10 ms, more than the jitter buffer waits.
const replayWindow = 128

// context makes the state of one direction (RFC 3711 section 3.2.3).
func (k Key) context() (*srtp.Context, error) {
	profile, known := suites[strings.ToUpper(k.Suite)]
	if !known {
		return nil, fmt.Errorf("%w: crypto suite %.40q is unknown, offer AES_CM_128_HMAC_SHA1_80", ErrMedia, k.Suite)
	}
	return newContext(k.Secret, profile)
}

func newContext(secret Secret, profile srtp.ProtectionProfile) (*srtp.Context, error) {
	keyLen, err := profile.KeyLen()
	if err != nil {
		return nil, fmt.Errorf("stream: SRTP: %w", err)
	}
	saltLen, err := profile.SaltLen()
	if err != nil {
		return nil, fmt.Errorf("stream: SRTP: %w", err)
	}
	if len(secret) != keyLen+saltLen {
		return nil, fmt.Errorf("%w: an SRTP key of %d bytes, %d are needed for key and salt", ErrMedia, len(secret), keyLen+saltLen)
	}
	c, err := srtp.CreateContext(secret[:keyLen], secret[keyLen:], profile, srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		return nil, fmt.Errorf("stream: SRTP: %w", err)
	}
	return c, nil
}

// guard encrypts what is sent and authenticates what is received. Once required, nothing passes in the clear, in either
// direction, keys or no keys: a peer (or somebody in between) cannot talk us out of encryption in the middle of a call.
type guard struct {
	required bool
	keys     Crypto        // in use, of SDES
	send     *srtp.Context // nil until the keys are known
	receive  *srtp.Context
	sealed   []byte // work space
	opened   []byte
	header   rtp.Header // of the packet in work: kept so that none is made for each
	refused  int        // packets that did not authenticate or came too early
}

// errNoKeys is why nothing is sent before the DTLS handshake is over.
var errNoKeys = errors.New("stream: no keys yet")

// plan makes the contexts of SDES before any lock is taken.
func (c Crypto) plan() (send, receive *srtp.Context, err error) {
	if !c.isSet() {
		return nil, nil, nil
	}
	if send, err = c.Send.context(); err != nil {
		return nil, nil, err
	}
	receive, err = c.Receive.context()
	return send, receive, err
}

// use takes SDES keys into use. A direction whose key has not changed keeps its context, because the roll-over counter and
// the replay list are in it and the packets go on (RFC 4568 section 7.1.4).
func (g *guard) use(c Crypto, send, receive *srtp.Context) {
	if !c.isSet() {
		return
	}
	if g.send == nil || !g.keys.Send.equal(c.Send) {
		g.send = send
	}
	if g.receive == nil || !g.keys.Receive.equal(c.Receive) {
		g.receive = receive
	}
	g.keys = c
	g.require()
}

func (g *guard) require() {
	g.required = true
	if g.sealed == nil {
		g.sealed, g.opened = make([]byte, 0, 2*maxDatagram), make([]byte, 0, 2*maxDatagram)
	}
}

// sealRTP returns the packet as it goes to the network.
func (g *guard) sealRTP(b []byte) ([]byte, error) {
	switch {
	case !g.required:
		return b, nil
	case g.send == nil:
		return nil, errNoKeys
	}
	return g.send.EncryptRTP(g.sealed[:0], b, &g.header)
}

func (g *guard) sealRTCP(b []byte) ([]byte, error) {
	switch {
	case !g.required:
		return b, nil
	case g.send == nil:
		return nil, errNoKeys
	}
	return g.send.EncryptRTCP(nil, b, nil)
}

// openRTP returns the packet in the clear; false for one that is not the peer's.
func (g *guard) openRTP(b []byte) ([]byte, bool) {
	if !g.required {
		return b, true
	}
	if g.receive == nil {
		g.refused++
		return nil, false
	}
	plain, err := g.receive.DecryptRTP(g.opened[:0], b, &g.header)
	if err != nil {
		g.refused++
		return nil, false
	}
	return plain, true
}

func (g *guard) openRTCP(b []byte) ([]byte, bool) {
	if !g.required {
		return b, true
	}
	if g.receive == nil || len(b) < 8 {
		g.refused++
		return nil, false
	}
	plain, err := g.receive.DecryptRTCP(nil, b, nil)
	if err != nil {
		g.refused++
		return nil, false
	}
	return plain, true
}
