// This file holds the types; the verbs stand in parse.go, print.go and response.go.

package sip

// Message is one SIP request or response (RFC 3261 section 7). The fields every message must carry are
// parsed; all others stand in Header in their order of arrival.
type Message struct {
	Method string // of a request, upper case as sent; empty in a response
	URI    URI    // Request-URI of a request

	Status int    // 100 to 699 in a response; 0 in a request
	Reason string // reason phrase of a response

	Via    []Via // topmost first
	From   Address
	To     Address
	CallID string
	CSeq   CSeq
	Header Header // the other fields
	Body   []byte
}

// IsRequest tells a request from a response.
func (m *Message) IsRequest() bool { return m.Status == 0 }

// CSeq is the value of the CSeq header field (RFC 3261 section 20.16).
type CSeq struct {
	Seq    uint32
	Method string
}

// Via is one value of the Via header field (RFC 3261 section 20.42).
type Via struct {
	Transport string // "UDP", "TCP", "TLS", "SCTP", "WS", "WSS": upper case
	Host      string // sent-by host; an IPv6 literal stands here without brackets
	Port      int    // sent-by port, 0 when absent
	Params    Params
}

// Address is a name-addr or addr-spec with its header parameters, as in From, To, Contact and Route
// (RFC 3261 section 20.10).
type Address struct {
	Display string // display name, unquoted
	URI     URI
	Params  Params // the header field's parameters, such as tag
}

// Field is one header field line: the canonical long name and the unfolded, trimmed value.
type Field struct {
	Name  string
	Value string
}

// Header is the ordered list of a message's header fields.
type Header []Field
