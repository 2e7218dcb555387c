//go:build interop

package interop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

// keys are a certificate and its private key in PEM form.
type keys struct {
	certificate, key []byte
	signer           *ecdsa.PrivateKey
	parsed           *x509.Certificate
}

// newKeys makes a certificate for a SIP domain, signed by an authority; a nil authority makes one.
func (s *street) newKeys(name string, authority *keys) *keys {
	s.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.Fatal(err)
	}
	form := x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true,
	}
	parent, signer := &form, private
	if authority == nil {
		form.IsCA, form.KeyUsage = true, x509.KeyUsageCertSign
	} else {
		parent, signer = authority.parsed, authority.signer
		form.DNSNames, form.ExtKeyUsage = []string{name}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	der, err := x509.CreateCertificate(rand.Reader, &form, parent, private.Public(), signer)
	if err != nil {
		s.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		s.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		s.Fatal(err)
	}
	return &keys{pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), private, parsed}
}

// TestRegisterOverTLS: SRV of _sips._tcp, a certificate for the domain, and calls both ways over the door's own
// connection: it listens on no TLS port.
func TestRegisterOverTLS(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	authority := s.newKeys("the house's authority", nil)
	kamailio := s.startRegistrar(s.address(10), registrarConfig{TLS: s.newKeys(domain, authority)})
	dns := s.startNameServer(s.address(53), srv("_sips._tcp", "pbx", 5061, 10, 0), srv("_sip._udp", "pbx", 5060, 10, 0), host("pbx", kamailio.addr))
	door := s.startDoor(s.address(20), doorConfig{DNS: dns.addr, CA: authority.certificate, Targets: []string{"bob"}, Caller: "sip:alice@" + domain})
	if got := kamailio.wantBindings("door", 1)[0].Address; !strings.HasSuffix(got, ";transport=tls") {
		t.Errorf("bound %s, want a contact over TLS", got)
	}
	if text := kamailio.text(); !strings.Contains(text, " tls cseq") || strings.Contains(text, " udp cseq") || strings.Contains(text, " tcp cseq") {
		t.Error("the REGISTER did not come over TLS alone")
	}
	alice := s.startPhone(s.address(11), phoneConfig{User: "alice", Tone: 440, Register: true, DNS: dns.addr})
	alice.dial("sip:door@" + domain)
	alice.want("CALL_ESTABLISHED")
	s.wantConversation(door, alice, 440)
	alice.keys(code)
	door.want("relay strike on")
	alice.hangup()
	door.want("lamp status off")

	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, Register: true, AutoAnswer: true, DNS: dns.addr})
	door.press()
	bob.want("CALL_ESTABLISHED")
	s.wantConversation(door, bob, 1000)
	door.press()
	bob.want("CALL_CLOSED")
	door.end()
	kamailio.wantBindings("door", 0)
}

// TestForgedCertificate: a server that cannot prove to be the domain's gets no word of the door's, and the next one is
// taken.
func TestForgedCertificate(t *testing.T) {
	for name, forge := range map[string]func(s *street, authority *keys) *keys{
		"another domain":    func(s *street, authority *keys) *keys { return s.newKeys("pbx."+domain, authority) },
		"another authority": func(s *street, _ *keys) *keys { return s.newKeys(domain, s.newKeys("nobody", nil)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t)
			authority := s.newKeys("the house's authority", nil)
			forged := s.startRegistrar(s.address(9), registrarConfig{Name: "forged", TLS: forge(s, authority)})
			kamailio := s.startRegistrar(s.address(10), registrarConfig{TLS: s.newKeys(domain, authority)})
			dns := s.startNameServer(s.address(53), srv("_sips._tcp", "pbx", 5061, 20, 0), srv("_sips._tcp", "forged", 5061, 10, 0),
				host("forged", forged.addr), host("pbx", kamailio.addr))
			door := s.startDoor(s.address(20), doorConfig{DNS: dns.addr, CA: authority.certificate})
			kamailio.wantBindings("door", 1)
			if n := forged.requests("REGISTER"); n != 0 {
				t.Errorf("%d REGISTER to the forged server", n)
			}
			if !strings.Contains(door.text(), "certificate") {
				t.Error("the log does not say why the first server was left")
			}
		})
	}
}
