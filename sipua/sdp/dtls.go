package sdp

import "strings"

// Fingerprint is an a=fingerprint line (RFC 8122 section 5): the hash function and the hash of the
// certificate.
type Fingerprint struct {
	Hash  string // "sha-256", lower case
	Value string // hexadecimal pairs with colons, upper case
}

// attribute is the a= line.
func (f Fingerprint) attribute() Attribute { return Attribute{"fingerprint", f.Hash + " " + f.Value} }

// maxFingerprints bounds how many of a peer's are kept.
const maxFingerprints = 8

// fingerprints are those of m, else those of the session part.
func (s *Session) fingerprints(m *Media) []Fingerprint {
	for _, attributes := range []Attributes{m.Attributes, s.Attributes} {
		var all []Fingerprint
		for value := range attributes.All("fingerprint") {
			f := strings.Fields(value)
			if len(f) == 2 && len(all) < maxFingerprints {
				all = append(all, Fingerprint{strings.ToLower(f[0]), strings.ToUpper(f[1])})
			}
		}
		if all != nil {
			return all
		}
	}
	return nil
}

// Setup is who opens the DTLS connection (RFC 4145 section 4.1, RFC 5763 section 5).
type Setup string

// The values of a=setup. ActPass leaves the choice to the answerer; Active is the DTLS client.
const (
	Active  Setup = "active"
	Passive Setup = "passive"
	ActPass Setup = "actpass"
)

// answer is the role to take against an offer (RFC 5763 section 5): active unless the offerer
// insists on it. kept is the role of the association that runs already, which an actpass of a later
// offer does not change; "" for none.
func (offered Setup) answer(kept Setup) (Setup, bool) {
	switch offered {
	case Active:
		return Passive, true
	case Passive:
		return Active, true
	case ActPass:
		if kept != "" {
			return kept, true
		}
		return Active, true
	default:
		return "", false
	}
}

// mirror is the role left to the offerer by an answer.
func (answered Setup) mirror() (Setup, bool) {
	switch answered {
	case Active:
		return Passive, true
	case Passive:
		return Active, true
	default:
		return "", false
	}
}

// setup reads the attribute of m. A missing one means active in an offer by RFC 4145 section 4;
// with DTLS RFC 5763 makes actpass a must, which is what the peers mean who leave it out.
func (s *Session) setup(m *Media) Setup {
	value, ok := s.attribute(m, "setup")
	if !ok {
		return ActPass
	}
	return Setup(strings.ToLower(value))
}
