package config

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// keyPair makes a certificate for house.example that signs itself, and its key, both in PEM form.
func keyPair(t *testing.T) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{"house.example"}}
	der, err := x509.CreateCertificate(rand.Reader, &form, &form, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// folder is a directory with files and a configuration door.toml.
func folder(t *testing.T, files map[string][]byte, text string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "door.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const tlsText = "[tls]\nca_file = \"ca.pem\"\ncertificate = \"door.pem\"\nkey = \"door.key\"\n"

func TestLoadReadsCertificates(t *testing.T) {
	certificate, key := keyPair(t)
	path := folder(t, map[string][]byte{"ca.pem": certificate, "door.pem": certificate, "door.key": key}, tlsText)
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.TLS.Roots == nil || c.TLS.Certificate == nil || c.TLS.Certificate.Leaf.DNSNames[0] != "house.example" {
		t.Errorf("read %+v", c.TLS)
	}
	if want := filepath.Join(filepath.Dir(path), "door.key"); c.TLS.KeyFile != want {
		t.Errorf("the key's path is %s, want %s", c.TLS.KeyFile, want)
	}
	text := printed(t, *c) + fmt.Sprintf("%+v", *c)
	if block, _ := pem.Decode(key); strings.Contains(text, string(key)) || strings.Contains(text, fmt.Sprint(block.Bytes[40:60])) {
		t.Error("the key is printed")
	}
	if c, err := Parse("door.toml", []byte(tlsText)); err != nil || c.TLS.Roots != nil || c.TLS.Certificate != nil || c.TLS.CAFile != "ca.pem" {
		t.Errorf("Parse touched the files: %+v, %v", c, err)
	}
	if c, err := Load(folder(t, nil, "")); err != nil || c.TLS != (TLS{}) {
		t.Errorf("without [tls]: %+v, %v", c, err)
	}
}

func TestLoadRefusesCertificates(t *testing.T) {
	certificate, key := keyPair(t)
	_, other := keyPair(t)
	for _, row := range []struct {
		name  string
		files map[string][]byte
		want  []string
	}{
		{"nothing there", nil, []string{
			"2:1: tls.ca_file: cannot be read: no such file or directory; write the certificates of the authorities, in PEM form, into ",
			"3:1: tls.certificate: cannot be read: no such file or directory; write the certificate,",
		}},
		{"no key", map[string][]byte{"ca.pem": certificate, "door.pem": certificate}, []string{
			"4:1: tls.key: cannot be read: no such file or directory; write the private key in PEM form into ",
		}},
		{"another's key", map[string][]byte{"ca.pem": certificate, "door.pem": certificate, "door.key": other}, []string{
			"3:1: tls.certificate: is of no use with the key: tls: private key does not match public key",
		}},
		{"no PEM", map[string][]byte{"ca.pem": []byte("\x30\x82"), "door.pem": []byte("x"), "door.key": key}, []string{
			"2:1: tls.ca_file: holds no certificate in PEM form; convert it with: openssl x509",
			"3:1: tls.certificate: is of no use with the key: ",
		}},
		{"a key for an authority", map[string][]byte{"ca.pem": key, "door.pem": certificate, "door.key": key}, []string{
			"2:1: tls.ca_file: holds no certificate in PEM form",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := Load(folder(t, row.files, tlsText))
			var problems Problems
			if !errors.As(err, &problems) || len(problems) != len(row.want) || c != nil {
				t.Fatalf("got %v", err)
			}
			for i, p := range problems {
				if !strings.Contains(p.Error(), row.want[i]) {
					t.Errorf("%q lacks %q", p.Error(), row.want[i])
				}
			}
			if bytes.Contains([]byte(err.Error()), key[30:60]) {
				t.Error("the key is in the error")
			}
		})
	}
}

// TestPathsAreRelativeToTheFile: a service has no idea of the folder it is started in.
func TestPathsAreRelativeToTheFile(t *testing.T) {
	path := folder(t, nil, "[board]\ntype = \"sim\"\ncontrol = \"c.sock\"\nmicrophone = \"in/m.wav\"\nloudspeaker = \"/tmp/l.wav\"\n")
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	for got, want := range map[string]string{
		c.Board.Control: filepath.Join(dir, "c.sock"), c.Board.Microphone: filepath.Join(dir, "in", "m.wav"), c.Board.Loudspeaker: "/tmp/l.wav",
	} {
		if got != want {
			t.Errorf("path %s, want %s", got, want)
		}
	}
}
