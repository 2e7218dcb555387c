package sip

// URI is a SIP or SIPS URI (RFC 3261 section 19.1). Of any other scheme only Scheme and Opaque are set. It is
// a comparable value; Equal compares as section 19.1.4 asks.
type URI struct {
	Scheme   string // "sip", "sips", "tel", ...: lower case
	User     string // unescaped
	Password string // unescaped
	Host     string // lower case; an IPv6 literal stands here without brackets
	Port     int    // 0 when absent
	Params   Params // URI parameters, such as transport and lr
	Headers  string // as received, without the question mark
	Opaque   string // what follows the colon of a scheme other than sip and sips
}

// Params is a list of parameters as on the wire, each with its leading semicolon, such as ";lr;transport=tcp".
// Names compare without regard to case.
type Params string
