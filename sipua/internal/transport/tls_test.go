package transport

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"net"
	"slices"
	"testing"

	"intercom/sipua/sip"
)

func TestIdentities(t *testing.T) {
	tests := []struct {
		name string
		leaf leaf
		want []string
	}{
		{"DNS", leaf{dns: []string{"example.com", "sip.example.com"}}, []string{"example.com", "sip.example.com"}},
		{"URI before DNS", leaf{uris: []string{"sip:example.com"}, dns: []string{"sip10.example.com"}}, []string{"example.com"}},
		{"several URIs", leaf{uris: []string{"sip:example.com", "SIP:example.net;transport=tls"}}, []string{"example.com", "example.net"}},
		{"URI of a user", leaf{uris: []string{"sip:bob@example.com"}, dns: []string{"a.example"}}, []string{"a.example"}},
		{"URI of another scheme", leaf{uris: []string{"https://example.com/"}, dns: []string{"a.example"}}, []string{"a.example"}},
		{"only foreign names", leaf{commonName: "example.com", uris: []string{"https://example.com/"}}, nil},
		{"common name", leaf{commonName: "example.com"}, []string{"example.com"}},
		{"common name beside DNS", leaf{commonName: "example.com", dns: []string{"a.example"}}, []string{"a.example"}},
		{"address", leaf{ips: []net.IP{net.IPv4(192, 0, 2, 1)}}, []string{"192.0.2.1"}},
		{"nothing", leaf{}, nil},
	}
	ca := newAuthority(t)
	for _, test := range tests {
		if got := Identities(ca.issue(t, test.leaf).Leaf); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestVerify(t *testing.T) {
	server, client := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	tests := []struct {
		name   string
		leaf   leaf
		domain string
		isGood bool
	}{
		{"DNS name", leaf{dns: []string{"example.com"}}, "example.com", true},
		{"case", leaf{dns: []string{"Example.COM"}}, "example.com", true},
		{"final dot", leaf{dns: []string{"example.com"}}, "example.com.", true},
		{"URI", leaf{uris: []string{"sip:example.com"}}, "example.com", true},
		{"other name", leaf{dns: []string{"example.net"}}, "example.com", false},
		{"sub domain", leaf{dns: []string{"sip.example.com"}}, "example.com", false},
		{"wildcard", leaf{dns: []string{"*.example.com"}}, "sip.example.com", false},
		{"wildcard itself", leaf{dns: []string{"*.example.com"}}, "example.com", false},
		{"DNS name hidden by a URI", leaf{uris: []string{"sip:example.net"}, dns: []string{"example.com"}}, "example.com", false},
		{"common name only", leaf{commonName: "example.com"}, "example.com", true},
		{"common name beside others", leaf{commonName: "example.com", dns: []string{"a.example"}}, "example.com", false},
		{"address", leaf{ips: []net.IP{net.ParseIP("2001:db8::1")}}, "2001:db8::1", true},
		{"server usage", leaf{dns: []string{"example.com"}, usage: server}, "example.com", true},
		{"client usage", leaf{dns: []string{"example.com"}, usage: client}, "example.com", false},
		{"SIP usage, RFC 5924", leaf{dns: []string{"example.com"}, oids: []asn1.ObjectIdentifier{oidSIPDomain}}, "example.com", true},
		{"expired", leaf{dns: []string{"example.com"}, expired: true}, "example.com", false},
	}
	ca := newAuthority(t)
	for _, test := range tests {
		s := newSecurity(TLS{Roots: ca.pool()})
		err := s.verify([]*x509.Certificate{ca.issue(t, test.leaf).Leaf}, test.domain)
		if (err == nil) != test.isGood {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	s := newSecurity(TLS{Roots: newAuthority(t).pool()})
	if err := s.verify([]*x509.Certificate{ca.issue(t, leaf{dns: []string{"example.com"}}).Leaf}, "example.com"); err == nil {
		t.Error("a certificate of a foreign authority was accepted")
	}
	if err := s.verify(nil, "example.com"); err == nil {
		t.Error("no certificate was accepted")
	}
}

// secured opens a desk with a certificate and a door that trusts its authority.
func secured(w *world, l leaf) (door, desk *end) {
	ca := newAuthority(w.T)
	desk = w.open(Config{
		Network: w.desk, Listen: []Listen{{sip.TLS, w.deskAddr}},
		TLS: TLS{Certificates: []tls.Certificate{ca.issue(w.T, l)}},
	})
	door = w.open(Config{Network: w.door, TLS: TLS{Roots: ca.pool()}})
	return door, desk
}

func TestWrongServerIsRefused(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		door, desk := secured(w, leaf{dns: []string{"example.net"}})
		f := door.flowTo(sip.TLS, desk)
		door.Send(f, request("secret", 0))
		event := door.want("the refusal", Failed)
		var wrong *CertificateError
		if !errors.As(event.Err, &wrong) || wrong.Domain != "example.com" || !slices.Equal(wrong.Names, []string{"example.net"}) {
			w.Errorf("the error is %v", event.Err)
		}
		desk.want("the desk's side", Failed)
		if n := desk.Counters().Received; n != 0 {
			w.Errorf("%d messages were sent to the wrong server", n)
		}
	})
}

func TestUnknownAuthorityIsRefused(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		_, desk := secured(w, leaf{dns: []string{"example.com"}})
		door := w.open(Config{Network: w.door, TLS: TLS{Roots: newAuthority(w.T).pool()}})
		door.Send(door.flowTo(sip.TLS, desk), request("1", 0))
		event := door.want("the refusal", Failed)
		var unknown x509.UnknownAuthorityError
		if !errors.As(event.Err, &unknown) {
			w.Errorf("the error is %v", event.Err)
		}
	})
}

// TestServerNameIsPartOfTheFlow holds that a connection proven for one domain serves no other.
func TestServerNameIsPartOfTheFlow(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		door, desk := secured(w, leaf{dns: []string{"example.com", "example.net"}})
		first, second := door.flowTo(sip.TLS, desk), door.flowTo(sip.TLS, desk)
		second.ServerName = "example.net"
		other := first
		other.ServerName = "example.org"
		door.Send(first, request("1", 0))
		one := desk.wantRequest("1").Flow
		door.Send(second, request("2", 0))
		if two := desk.wantRequest("2").Flow; two == one {
			w.Error("two domains share a connection")
		}
		door.Send(other, request("3", 0))
		if e := door.want("the third domain", Failed); e.Flow != other {
			w.Errorf("the failure is of %+v", e.Flow)
		}
	})
}

// TestAcceptedTLSIsNotUsedForRequests holds that a client which proved nothing does not get our requests.
func TestAcceptedTLSIsNotUsedForRequests(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		door, desk := w.pair(sip.TLS, Limits{})
		door.Send(door.flowTo(sip.TLS, desk), request("1", 0))
		got := desk.wantRequest("1").Flow
		back := desk.FlowTo(sip.TLS, got.Remote, "")
		desk.Send(back, request("2", 0))
		if e := desk.want("a connection of its own, to a port nobody listens on", Failed); e.Flow != back {
			w.Errorf("the failure is of %+v", e.Flow)
		}
	})
}

func TestClientCertificate(t *testing.T) {
	tests := []struct {
		name   string
		issuer func(mine, foreign *authority) *authority
		isGood bool
	}{
		{"own authority", func(mine, _ *authority) *authority { return mine }, true},
		{"foreign authority", func(_, foreign *authority) *authority { return foreign }, false},
		{"none", func(_, _ *authority) *authority { return nil }, true},
	}
	for _, test := range tests {
		inMemory(t, func(w *world) {
			ca, foreign := newAuthority(w.T), newAuthority(w.T)
			desk := w.open(Config{
				Network: w.desk, Listen: []Listen{{sip.TLS, w.deskAddr}},
				TLS: TLS{Certificates: []tls.Certificate{ca.issue(w.T, leaf{dns: []string{"example.com"}})}, ClientRoots: ca.pool()},
			})
			security := TLS{Roots: ca.pool()}
			if issuer := test.issuer(ca, foreign); issuer != nil {
				usage := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
				security.Certificates = []tls.Certificate{issuer.issue(w.T, leaf{dns: []string{"door.example.com"}, usage: usage})}
			}
			door := w.open(Config{Network: w.door, TLS: security})
			door.Send(door.flowTo(sip.TLS, desk), request("1", 0))
			event := <-desk.Events()
			if isGood := event.Kind == Received; isGood != test.isGood {
				w.Errorf("%s: %v, %v", test.name, event.Kind, event.Err)
			}
		})
	}
}

func TestTLSVersions(t *testing.T) {
	tests := map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true}
	for version, isGood := range tests {
		inMemory(t, func(w *world) {
			_, desk := secured(w, leaf{dns: []string{"example.com"}})
			raw := w.dialRaw(desk, sip.TLS)
			c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
			if err := c.Handshake(); (err == nil) != isGood {
				w.Errorf("%s: %v", tls.VersionName(version), err)
			}
		})
	}
}
