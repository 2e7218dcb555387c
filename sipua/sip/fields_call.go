package sip

import "strconv"

// Fields that name another call or tell why one ends. RFC 3326 allows a Reason in any request within a dialog; the one
// that matters at a door is "Call completed elsewhere", by which a phone tells a missed call from one that was taken.

// Reason is one value of the Reason field (RFC 3326), which tells why a request was sent:
//
//	Reason: SIP;cause=200;text="Call completed elsewhere"
type Reason struct {
	Protocol string // "SIP", "Q.850", ...
	Cause    int    // 0 when not told
	Text     string // unquoted
}

// ParseReason reads one value of Reason, as Header.Values gives it. A cause that is no number counts as not told.
func ParseReason(s string) (Reason, error) {
	s = trim(s)
	end := 0
	for end < len(s) && classes[s[end]]&tokenChar != 0 {
		end++
	}
	params, p := parseParams(s[end:])
	if end == 0 {
		p = "no protocol" // tells more than what is wrong with the parameters
	}
	if p != "" {
		return Reason{}, p.err("Reason")
	}
	r := Reason{Protocol: s[:end]}
	r.Text, _ = params.Get("text")
	// An ill-formed cause is no ground to lose the text, which is what a person gets to read.
	if cause, present := params.Get("cause"); present {
		r.Cause, _ = ParseSeconds(cause)
	}
	return r, nil
}

// String gives the value as it stands in the field.
func (r Reason) String() string {
	b := []byte(r.Protocol)
	if r.Cause != 0 {
		b = strconv.AppendInt(append(b, ";cause="...), int64(r.Cause), 10)
	}
	if r.Text != "" {
		b = appendQuoted(append(b, ";text="...), r.Text)
	}
	return string(b)
}

// The grammar gives tags as tokens, so String quotes nothing.

// Replaces is the value of Replaces (RFC 3891): the dialog a new INVITE takes the place of, as its receiver sees it.
//
//	Replaces: 98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff;early-only
type Replaces struct {
	CallID    string
	ToTag     string // the receiver's own tag
	FromTag   string
	EarlyOnly bool
}

// ParseReplaces reads the value of Replaces; both tags are mandatory (RFC 3891 section 6.1). For one in a URI
// take URI.HeaderValue, which resolves its escapes.
func ParseReplaces(s string) (Replaces, error) {
	s = trim(s)
	end := 0
	for end < len(s) && s[end] != ';' && !isBlank(s[end]) {
		end++
	}
	params, p := parseParams(s[end:]) // tags may come in either order
	if p != "" {
		return Replaces{}, p.err("Replaces")
	}
	r := Replaces{CallID: s[:end], EarlyOnly: params.Has("early-only")}
	r.ToTag, _ = params.Get("to-tag")
	r.FromTag, _ = params.Get("from-tag")
	if r.CallID == "" || r.ToTag == "" || r.FromTag == "" {
		return Replaces{}, problem("Call-ID, to-tag or from-tag is missing").err("Replaces")
	}
	return r, nil
}

// String gives the value as it stands in the field; in a URI it needs escapes.
func (r Replaces) String() string {
	s := r.CallID + ";to-tag=" + r.ToTag + ";from-tag=" + r.FromTag
	if r.EarlyOnly {
		s += ";early-only"
	}
	return s
}

// ReferTo parses Refer-To (RFC 3515 section 2.1), of which there must be exactly one.
func (m *Message) ReferTo() (Address, error) {
	list, err := m.Header.Addresses("Refer-To")
	if err == nil && len(list) != 1 {
		err = problem("not exactly one").err("Refer-To")
	}
	if err != nil {
		return Address{}, err
	}
	return list[0], nil
}

// AssertedIdentities parses P-Asserted-Identity (RFC 3325 section 9.1), at most a sip and a tel URI. To be believed
// only when the message comes from a trusted proxy.
func (m *Message) AssertedIdentities() ([]Address, error) {
	return m.Header.Addresses("P-Asserted-Identity")
}
