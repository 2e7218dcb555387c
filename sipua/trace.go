package sipua

import (
	"bytes"
	"regexp"
	"strings"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// trace tells the application of a message, without what must not be seen: a digest allows guessing at the password, a
// key allows listening in, and the body of INFO may be the code of the door.
func (a *Agent) trace(sent bool, f transport.Flow, m *sip.Message) {
	a.tell(Traced{At: a.now, Sent: sent, Flow: f, Message: redact(m)})
}

// hidden is what stands in place of a secret.
const hidden = "*"

// secretParams are the parameters of a digest that depend on the password; secretLines are the keys of SDES (RFC 4568)
// in a session description.
var (
	secretParams = regexp.MustCompile(`(?i)\b(response|rspauth)\s*=\s*("[^"]*"|[^,\s]*)`)
	secretLines  = regexp.MustCompile(`(?i)(inline:)[^\s|]*`)
)

// redact copies a message without its secrets.
func redact(m *sip.Message) *sip.Message {
	r := m.Clone()
	for i, f := range r.Header {
		switch f.Name {
		case "Authorization", "Proxy-Authorization", "Authentication-Info", "Proxy-Authentication-Info":
			r.Header[i].Value = redactCredentials(f.Value)
		}
	}
	if r.CSeq.Method == sip.INFO && len(r.Body) > 0 {
		r.Body = bytes.Repeat([]byte(hidden), len(r.Body))
	} else {
		r.Body = secretLines.ReplaceAll(r.Body, []byte("${1}"+hidden))
	}
	return r
}

// redactCredentials keeps what helps to find an error: scheme, realm, nonce and counts. Basic is all secret.
func redactCredentials(value string) string {
	scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	if strings.EqualFold(scheme, "Basic") || strings.EqualFold(scheme, "Bearer") {
		return scheme + " " + hidden
	}
	return secretParams.ReplaceAllString(value, `${1}="`+hidden+`"`)
}
