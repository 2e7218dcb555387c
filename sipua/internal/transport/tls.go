package transport

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// security is the TLS side of a Layer.
type security struct {
	roots        *x509.CertPool
	certificates []tls.Certificate
	server       *tls.Config
}

// newSecurity prepares the server's side; the client's depends on the domain.
func newSecurity(cfg TLS) security {
	s := security{roots: cfg.Roots, certificates: cfg.Certificates}
	s.server = &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: cfg.Certificates,
		ClientCAs:    cfg.ClientRoots,
	}
	if cfg.ClientRoots != nil {
		s.server.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return s
}

// secure puts TLS on a stream.
func (s *security) secure(raw net.Conn, f Flow, isServer bool) *tls.Conn {
	if isServer {
		return tls.Server(raw, s.server)
	}
	domain := f.ServerName
	if domain == "" {
		domain = f.Remote.Addr().String()
	}
	return tls.Client(raw, &tls.Config{
		MinVersion:   tls.VersionTLS12,
		ServerName:   domain, // crypto/tls sends no SNI for an address
		Certificates: s.certificates,
		// Package tls would check host names as a browser does. SIP has rules of its own (RFC 5922), which
		// VerifyConnection applies, to resumed sessions too.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			return s.verify(state.PeerCertificates, domain)
		},
	})
}

// CertificateError says that a server proved to be somebody else.
type CertificateError struct {
	Domain string   // who it should be
	Names  []string // who its certificate says it is
}

// Error names both and the cure.
func (e *CertificateError) Error() string {
	return fmt.Sprintf("the certificate is for %q, not for the SIP domain %q; "+
		"it needs the domain as a DNS name or as the URI sip:%[2]s", e.Names, e.Domain)
}

// Object identifiers package x509 has no names for.
var (
	oidSIPDomain      = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 20} // id-kp-sipDomain (RFC 5924 section 4)
	oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}               // id-ce-subjectAltName (RFC 5280 section 4.2.1.6)
)

// verify checks a server's certificates against the SIP domain.
func (s *security) verify(chain []*x509.Certificate, domain string) error {
	if len(chain) == 0 {
		return errors.New("the server showed no certificate")
	}
	leaf := chain[0]
	options := x509.VerifyOptions{
		Roots:         s.roots,
		Intermediates: x509.NewCertPool(),
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny}, // checked below: package x509 does not know SIP's
	}
	// What else the server sent may be needed between its certificate and a root; it is trusted only if signed.
	for _, c := range chain[1:] {
		options.Intermediates.AddCert(c)
	}
	if _, err := leaf.Verify(options); err != nil {
		return err
	}
	if !mayServe(leaf) {
		return errors.New("the certificate's extended key usage has neither serverAuth nor sipDomain")
	}
	names := Identities(leaf)
	if !slices.ContainsFunc(names, func(n string) bool { return isSameHost(n, domain) }) {
		return &CertificateError{Domain: domain, Names: names}
	}
	return nil
}

// mayServe applies RFC 5924 section 3: no extended key usage at all means any.
func mayServe(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) ||
		slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny) ||
		slices.ContainsFunc(c.UnknownExtKeyUsage, oidSIPDomain.Equal)
}

// Identities returns the SIP domains a certificate stands for (RFC 5922 section 7.1): the sip URIs of its
// subjectAltName; if there are none, the DNS names and addresses there; and only without any subjectAltName the
// common name.
func Identities(c *x509.Certificate) []string {
	var names []string
	for _, u := range c.URIs {
		if name := sipDomain(u); name != "" {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		return names
	}
	names = append(names, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if hasAltName(c) || c.Subject.CommonName == "" {
		return names
	}
	return []string{c.Subject.CommonName}
}

// hasAltName looks at the extension itself: one that holds only names package x509 does not know, such as an SRV
// name, rules out the common name too.
func hasAltName(c *x509.Certificate) bool {
	return slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidSubjectAltName) })
}

// sipDomain is the domain of a URI such as sip:example.com. One with a user stands for a person, not a domain.
func sipDomain(u *url.URL) string {
	if !strings.EqualFold(u.Scheme, "sip") || u.User != nil {
		return ""
	}
	host := u.Host
	if host == "" {
		host = u.Opaque
	}
	host, _, _ = strings.Cut(host, ";")
	if strings.ContainsAny(host, "@/?") {
		return ""
	}
	return host
}

// isSameHost compares as RFC 5922 section 7.2: the whole name, without regard to case. A wildcard matches nothing.
func isSameHost(name, domain string) bool {
	return strings.EqualFold(strings.TrimSuffix(name, "."), strings.TrimSuffix(domain, "."))
}
