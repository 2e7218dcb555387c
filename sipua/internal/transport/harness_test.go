package transport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"intercom/sipua/simnet"
	"intercom/sipua/sip"
)

// world is a network with two ends, in memory or the loopback interface of this machine.
type world struct {
	*testing.T
	door, desk         Network
	doorAddr, deskAddr string // with port 0
	isReal             bool

	net                *simnet.Net // nil when real
	doorHost, deskHost *simnet.Host
}

// inMemory runs f in a bubble with a network in memory.
func inMemory(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := simnet.New(simnet.Config{Seed: 1, Link: simnet.Link{Delay: 10 * time.Millisecond}})
		door := n.Host(netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1"))
		desk := n.Host(netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::2"))
		f(&world{
			T: t, door: door, desk: desk, doorAddr: "192.0.2.1:0", deskAddr: "192.0.2.2:0",
			net: n, doorHost: door, deskHost: desk,
		})
	})
}

// inBothWorlds runs the same check over the network in memory and over real sockets.
func inBothWorlds(t *testing.T, f func(w *world)) {
	t.Run("memory", func(t *testing.T) { inMemory(t, f) })
	t.Run("loopback", func(t *testing.T) {
		f(&world{T: t, door: HostNetwork{}, desk: HostNetwork{}, doorAddr: "127.0.0.1:0", deskAddr: "127.0.0.1:0", isReal: true})
	})
	t.Run("loopback IPv6", func(t *testing.T) {
		f(&world{T: t, door: HostNetwork{}, desk: HostNetwork{}, doorAddr: "[::1]:0", deskAddr: "[::1]:0", isReal: true})
	})
}

// end is a Layer of a test.
type end struct {
	*Layer
	t *testing.T
}

func (w *world) open(cfg Config) *end {
	w.Helper()
	l, err := Open(cfg)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { l.Close() })
	return &end{l, w.T}
}

// pair opens a door and a desk which both listen on the transport.
func (w *world) pair(transport string, limits Limits) (door, desk *end) {
	w.Helper()
	var security TLS
	if transport == sip.TLS {
		ca := newAuthority(w.T)
		security = TLS{Roots: ca.pool(), Certificates: []tls.Certificate{ca.issue(w.T, leaf{dns: []string{"example.com"}})}}
	}
	door = w.open(Config{Network: w.door, Listen: []Listen{{transport, w.doorAddr}}, TLS: security, Limits: limits})
	desk = w.open(Config{Network: w.desk, Listen: []Listen{{transport, w.deskAddr}}, TLS: security, Limits: limits})
	return door, desk
}

// addr is the one address the end listens on.
func (e *end) addr(transport string) netip.AddrPort {
	e.t.Helper()
	local := e.Local(transport)
	if len(local) != 1 {
		e.t.Fatalf("%s listens on %v", transport, local)
	}
	return local[0]
}

// flowTo is the flow for a request to the other end.
func (e *end) flowTo(transport string, other *end) Flow {
	e.t.Helper()
	serverName := ""
	if transport == sip.TLS {
		serverName = "example.com"
	}
	return e.FlowTo(transport, other.addr(transport), serverName)
}

// want waits for the next event, which must be of this kind.
func (e *end) want(what string, kind Kind) Event {
	e.t.Helper()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	select {
	case event := <-e.Events():
		if event.Kind != kind {
			e.t.Fatalf("%s: got the event %v of %+v (%v), want %v", what, event.Kind, event.Flow, event.Err, kind)
		}
		return event
	case <-timer.C:
		e.t.Fatalf("%s: no event", what)
	}
	panic("BUG: Fatalf returned")
}

// wantFailure waits for a Failed event of a flow, with a reason.
func (e *end) wantFailure(what string, f Flow, op string, reason error) {
	e.t.Helper()
	event := e.want(what, Failed)
	var flowErr *FlowError
	if !errors.As(event.Err, &flowErr) || flowErr.Op != op || !errors.Is(event.Err, reason) || event.Flow != f {
		e.t.Fatalf("%s: got %v (%+v) of %+v, want %q and %v of %+v", what, event.Err, flowErr, event.Flow, op, reason, f)
	}
}

// wantQuiet asserts that nothing happens for some time. Only in memory, where that costs no time.
func (e *end) wantQuiet(what string, d time.Duration) {
	e.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	select {
	case event := <-e.Events():
		e.t.Fatalf("%s: got the event %v of %+v: %v", what, event.Kind, event.Flow, event.Err)
	default:
	}
}

// request is an OPTIONS with a Call-ID to know it by.
func request(callID string, body int) []byte {
	return fmt.Appendf(nil, "OPTIONS sip:desk@example.com SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK%[1]s\r\n"+
		"From: <sip:door@example.com>;tag=1\r\nTo: <sip:desk@example.com>\r\nCall-ID: %[1]s\r\nCSeq: 1 OPTIONS\r\n"+
		"Content-Length: %[2]d\r\n\r\n%[3]s", callID, body, make([]byte, body))
}

// response answers a request.
func response(req *sip.Message) []byte { return sip.NewResponse(req, 200, "").Append(nil) }

// wantRequest waits for the request with this Call-ID.
func (e *end) wantRequest(callID string) Event {
	e.t.Helper()
	event := e.want("the request "+callID, Received)
	if event.Err != nil || !event.Message.IsRequest() || event.Message.CallID != callID {
		e.t.Fatalf("the request %s: got %+v, %v", callID, event.Message, event.Err)
	}
	return event
}

// wantResponse waits for the 200 to the request with this Call-ID.
func (e *end) wantResponse(callID string) Event {
	e.t.Helper()
	event := e.want("the response to "+callID, Received)
	if event.Err != nil || event.Message.Status != 200 || event.Message.CallID != callID {
		e.t.Fatalf("the response to %s: got %+v, %v", callID, event.Message, event.Err)
	}
	return event
}

// dialRaw opens a stream to an end without a Layer.
func (w *world) dialRaw(to *end, transport string) net.Conn {
	w.Helper()
	c, err := w.door.Dial(context.Background(), "tcp", to.addr(transport).String())
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { c.Close() })
	return c
}

// wantEnd reads until the peer closes and returns what came before.
func (w *world) wantEnd(what string, c net.Conn) string {
	w.Helper()
	c.SetReadDeadline(time.Now().Add(time.Hour))
	got, err := io.ReadAll(c)
	if isTimeout(err) {
		w.Fatalf("%s: the connection is still open after an hour", what)
	}
	return string(got)
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// leaf describes a certificate.
type leaf struct {
	commonName string
	dns        []string
	uris       []string
	ips        []net.IP
	usage      []x509.ExtKeyUsage
	oids       []asn1.ObjectIdentifier
	expired    bool
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(10 * 365 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

func (a *authority) issue(t testing.TB, l leaf) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: l.commonName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(365 * 24 * time.Hour),
		DNSNames: l.dns, IPAddresses: l.ips, ExtKeyUsage: l.usage, UnknownExtKeyUsage: l.oids,
	}
	if l.expired {
		template.NotAfter = time.Now().Add(-time.Minute)
	}
	for _, s := range l.uris {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		template.URIs = append(template.URIs, u)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: parsed}
}
