package stream

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v5/packetio"
)

// Fingerprint is an a=fingerprint line (RFC 8122): it ties the certificate of the handshake to the signalling.
type Fingerprint struct {
	Hash  string // "sha-256", any case
	Value string // hexadecimal pairs with colons, any case
}

// DTLS asks for keys by a handshake on the RTP port (RFC 5763, 5764). With it, RTCP is sent only with Mux.
type DTLS struct {
	Client       bool          // a=setup:active: we begin the handshake
	Fingerprints []Fingerprint // of the peer; one of them has to match
}

func (d *DTLS) equal(other *DTLS) bool {
	if d == nil || other == nil {
		return d == other
	}
	return d.Client == other.Client && slices.Equal(d.Fingerprints, other.Fingerprints)
}

// Identity is the certificate that we show in DTLS handshakes. One may serve all calls, or each its own.
type Identity struct {
	Certificate tls.Certificate
	Fingerprint Fingerprint // for our SDP
}

// identityLife is how long a certificate is valid. Nobody checks it (the fingerprint counts), but some peers want the
// present inside.
const identityLife = 30 * 365 * 24 * time.Hour

// NewIdentity makes a self-signed certificate that is valid around now.
func NewIdentity(now time.Time) (Identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		return Identity{}, fmt.Errorf("stream: certificate: %w", err)
	}
	serial, err := crand.Int(crand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return Identity{}, fmt.Errorf("stream: certificate: %w", err)
	}
	template := &x509.Certificate{SerialNumber: serial, NotBefore: now.Add(-identityLife), NotAfter: now.Add(identityLife)}
	der, err := x509.CreateCertificate(crand.Reader, template, template, key.Public(), key)
	if err != nil {
		return Identity{}, fmt.Errorf("stream: certificate: %w", err)
	}
	return Identity{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, Fingerprint{"sha-256", fingerprint(crypto.SHA256, der)}}, nil
}

func fingerprint(hash crypto.Hash, der []byte) string {
	h := hash.New()
	h.Write(der)
	var pairs []string
	for _, b := range h.Sum(nil) {
		pairs = append(pairs, strings.ToUpper(hex.EncodeToString([]byte{b})))
	}
	return strings.Join(pairs, ":")
}

// hashes that a fingerprint may use; RFC 8122 section 5 forbids MD5 and MD2, and SHA-1 is broken.
var hashes = map[string]crypto.Hash{"sha-256": crypto.SHA256, "sha-384": crypto.SHA384, "sha-512": crypto.SHA512}

// errFingerprint means that the peer of the handshake is not the one of the signalling.
var errFingerprint = errors.New("the certificate does not match the fingerprint of the SDP")

func (d *DTLS) verify(raw [][]byte, _ [][]*x509.Certificate) error {
	if len(raw) == 0 {
		return errFingerprint
	}
	for _, f := range d.Fingerprints {
		if hash, known := hashes[strings.ToLower(f.Hash)]; known && strings.EqualFold(f.Value, fingerprint(hash, raw[0])) {
			return nil
		}
	}
	return errFingerprint
}

// handshakeTime bounds a handshake; a second per lost flight and back-off in between.
const handshakeTime = 15 * time.Second

// Bounds of the handshake's input: a flight is a dozen datagrams.
const (
	maxFlights     = 64
	maxFlightBytes = 64 << 10
)

// association is one DTLS association: a goroutine of its own that speaks through the stream's socket and whose input the
// stream sorts out of what arrives there.
//
//	[rtp reader] -> stream: first byte 20 to 63 (RFC 7983) -> input -> [handshake] -> keys -> stream.guard
type association struct {
	*packetio.Buffer                                // input
	out              addrPortConn                   // the stream's socket
	to               atomic.Pointer[netip.AddrPort] // where the handshake is answered to
	cancel           context.CancelFunc
	finished         chan struct{}
}

// keysOf hands over what a handshake gave.
type keysOf func(a *association, send, receive *srtp.Context, err error)

func startDTLS(d *DTLS, identity Identity, out addrPortConn, to netip.AddrPort, done keysOf) *association {
	ctx, cancel := context.WithCancel(context.Background())
	a := &association{Buffer: packetio.NewBuffer(), out: out, cancel: cancel, finished: make(chan struct{})}
	a.SetLimitCount(maxFlights)
	a.SetLimitSize(maxFlightBytes)
	a.to.Store(&to)
	go a.run(ctx, d, identity, done)
	return a
}

// run does the handshake and keeps the association until close, since the peer may ask for the last flight again.
func (a *association) run(ctx context.Context, d *DTLS, identity Identity, done keysOf) {
	defer close(a.finished)
	conn, err := a.open(d, identity)
	if err != nil {
		done(a, nil, nil, fmt.Errorf("stream: DTLS: %w", err))
		return
	}
	defer conn.Close()
	limited, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	if err = conn.HandshakeContext(limited); err != nil {
		done(a, nil, nil, fmt.Errorf("stream: DTLS handshake: %w", err))
		return
	}
	send, receive, err := keys(conn, d.Client)
	done(a, send, receive, err)
	<-ctx.Done()
}

func (a *association) open(d *DTLS, identity Identity) (*dtls.Conn, error) {
	profiles := dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	silent := dtls.WithLoggerFactory(&logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled})
	certificate := dtls.WithCertificates(identity.Certificate)
	verify := dtls.WithVerifyPeerCertificate(d.verify)
	// No authority has signed a telephone's certificate; verify, which always runs, is what decides.
	skip, ems := dtls.WithInsecureSkipVerify(true), dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret)
	if d.Client {
		return dtls.ClientWithOptions(a, a.LocalAddr(), profiles, silent, certificate, verify, skip, ems)
	}
	return dtls.ServerWithOptions(a, a.LocalAddr(), profiles, silent, certificate, verify, skip, ems, dtls.WithClientAuth(dtls.RequireAnyClientCert))
}

// keys derives the SRTP keys (RFC 5764 section 4.2).
func keys(conn *dtls.Conn, isClient bool) (send, receive *srtp.Context, err error) {
	state, ok := conn.ConnectionState()
	selected, hasProfile := conn.SelectedSRTPProtectionProfile()
	if !ok || !hasProfile {
		return nil, nil, errors.New("stream: DTLS: the peer agreed on no SRTP profile, offer it SDES instead")
	}
	c := srtp.Config{Profile: srtp.ProtectionProfile(selected)}
	if err = c.ExtractSessionKeysFromDTLS(&state, isClient); err != nil {
		return nil, nil, fmt.Errorf("stream: DTLS: %w", err)
	}
	if send, err = newContext(append(c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt...), c.Profile); err != nil {
		return nil, nil, err
	}
	receive, err = newContext(append(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt...), c.Profile)
	return send, receive, err
}

// feed takes a datagram of the handshake. The answer goes where it came from: behind NAT the SDP does not tell, and whoever
// lies about it cannot show the right certificate.
func (a *association) feed(from netip.AddrPort, b []byte) {
	a.to.Store(&from)
	_, _ = a.Write(b, nil) // a full buffer drops it, and the peer will repeat it
}

// close ends the association and waits for its goroutine.
func (a *association) close() {
	a.cancel()
	<-a.finished
	_ = a.Close()
}

// ReadFrom gives the handshake its input.
func (a *association) ReadFrom(b []byte) (int, net.Addr, error) {
	n, _, err := a.Read(b, nil)
	return n, a.LocalAddr(), err
}

// WriteTo sends a datagram of the handshake; the address that the library believes in is not used.
func (a *association) WriteTo(b []byte, _ net.Addr) (int, error) {
	to := *a.to.Load()
	if !to.IsValid() || to.Port() == 0 || to.Addr().IsUnspecified() {
		return len(b), nil // nobody to talk to yet; it will be repeated
	}
	return a.out.WriteToUDPAddrPort(b, to)
}

// LocalAddr satisfies net.PacketConn; the library only prints it.
func (a *association) LocalAddr() net.Addr { return &net.UDPAddr{} }

// SetDeadline sets the read deadline; writes do not block.
func (a *association) SetDeadline(t time.Time) error { return a.SetReadDeadline(t) }

// SetWriteDeadline does nothing: writes do not block.
func (a *association) SetWriteDeadline(time.Time) error { return nil }
