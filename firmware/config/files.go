package config

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// readFiles reads what the file names, relative to its folder: passwords and certificates. The simulated board's paths are only
// completed, for the board opens them.
func (d *decoder) readFiles(c *Config, folder string) {
	for _, path := range []*string{&c.TLS.CAFile, &c.TLS.CertificateFile, &c.TLS.KeyFile, &c.Board.Control, &c.Board.Microphone, &c.Board.Loudspeaker} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(folder, *path)
		}
	}
	d.passwordFiles(c, folder)
	d.authorities(&c.TLS)
	d.certificate(&c.TLS)
}

// passwordFiles reads the passwords that stand in files of their own; their trailing line feeds do not count.
func (d *decoder) passwordFiles(c *Config, folder string) {
	for i := range c.Accounts {
		a := &c.Accounts[i]
		if a.PasswordFile == "" || a.Password.IsSet() {
			continue
		}
		key := fmt.Sprintf("account[%d].password_file", i)
		path := a.PasswordFile
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		text, err := os.ReadFile(path)
		text = bytes.TrimRight(text, "\r\n")
		switch {
		case err != nil:
			d.problem(key, "cannot be read: "+reason(err), "write the password, and nothing else, into "+path)
		case len(text) == 0 || len(text) > 256 || slices.ContainsFunc(text, isControl):
			d.problem(key, "does not hold one line of 1 to 256 characters", "write the password, and nothing else, into "+path)
		default:
			a.Password = NewSecret(string(text))
		}
	}
}

// authorities reads who may sign the servers' certificates. Nothing read means that nothing is trusted, not everything.
func (d *decoder) authorities(t *TLS) {
	if t.CAFile == "" {
		return
	}
	const key = "tls.ca_file"
	text, err := os.ReadFile(t.CAFile)
	if err != nil {
		d.problem(key, "cannot be read: "+reason(err), "write the certificates of the authorities, in PEM form, into "+t.CAFile)
		return
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		d.problem(key, "holds no certificate in PEM form", "convert it with: openssl x509 -inform der -in FILE -out "+t.CAFile)
		return
	}
	t.Roots = pool
}

// certificate reads our own certificate with its key. The error of package tls names no part of the key.
func (d *decoder) certificate(t *TLS) {
	if t.CertificateFile == "" || t.KeyFile == "" {
		return // one without the other is reported already
	}
	var parts [2][]byte
	for i, f := range []struct{ key, path, what string }{
		{"tls.certificate", t.CertificateFile, "certificate, and those that lead to its authority,"}, {"tls.key", t.KeyFile, "private key"},
	} {
		text, err := os.ReadFile(f.path)
		if err != nil {
			d.problem(f.key, "cannot be read: "+reason(err), "write the "+f.what+" in PEM form into "+f.path)
			return
		}
		parts[i] = text
	}
	pair, err := tls.X509KeyPair(parts[0], parts[1])
	if err != nil {
		d.problem("tls.certificate", "is of no use with the key: "+err.Error(), "write a certificate and the key it was made for, both in PEM form")
		return
	}
	t.Certificate = &pair
}
