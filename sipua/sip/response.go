package sip

import "slices"

// Methods a door station knows of.
const (
	INVITE    = "INVITE"
	ACK       = "ACK"
	BYE       = "BYE"
	CANCEL    = "CANCEL"
	REGISTER  = "REGISTER"
	OPTIONS   = "OPTIONS"
	INFO      = "INFO"      // RFC 6086
	UPDATE    = "UPDATE"    // RFC 3311
	PRACK     = "PRACK"     // RFC 3262
	REFER     = "REFER"     // RFC 3515
	NOTIFY    = "NOTIFY"    // RFC 6665
	SUBSCRIBE = "SUBSCRIBE" // RFC 6665
	MESSAGE   = "MESSAGE"   // RFC 3428
	PUBLISH   = "PUBLISH"   // RFC 3903
)

// NewResponse makes the response to a request with what section 8.2.6.2 asks: Via, From, To, Call-ID and CSeq of
// the request, and its Timestamp in a 100. An empty reason means ReasonPhrase(status). The To tag and
// Record-Route are the caller's to add.
func NewResponse(req *Message, status int, reason string) *Message {
	if reason == "" {
		reason = ReasonPhrase(status)
	}
	// Via is copied, the others are values: the caller may add a tag without touching the request.
	m := &Message{
		Status: status, Reason: reason, Via: slices.Clone(req.Via),
		From: req.From, To: req.To, CallID: req.CallID, CSeq: req.CSeq,
	}
	if status == 100 && req.Header.Has("Timestamp") {
		m.Header.Add("Timestamp", req.Header.Get("Timestamp"))
	}
	return m
}

// Clone gives a copy that shares nothing that can be changed.
func (m *Message) Clone() *Message {
	c := *m // strings cannot change, so copying the three slices makes it independent
	c.Via = slices.Clone(m.Via)
	c.Header = slices.Clone(m.Header)
	c.Body = slices.Clone(m.Body)
	return &c
}

// ReasonPhrase gives the standard phrase of a status, that of its class's x00 for an unknown one as section
// 8.1.3.2 treats it, and "" outside 100 to 699.
func ReasonPhrase(status int) string {
	if phrase, ok := phrases[status]; ok {
		return phrase
	}
	return phrases[status/100*100]
}

// phrases follows RFC 3261 section 21 and the IANA registry of response codes.
// A phrase is for people only: nothing in this project decides by one, and a peer's own is kept as it came.
var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
	199: "Early Dialog Terminated",
	200: "OK", 202: "Accepted", 204: "No Notification",
	300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy",
	380: "Alternative Service",
	400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
	405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
	410: "Gone", 412: "Conditional Request Failed", 413: "Request Entity Too Large", 414: "Request-URI Too Long",
	415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 417: "Unknown Resource-Priority",
	420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small", 423: "Interval Too Brief",
	424: "Bad Location Information", 428: "Use Identity Header", 429: "Provide Referrer Identity", 430: "Flow Failed",
	433: "Anonymity Disallowed", 436: "Bad Identity Info", 437: "Unsupported Credential", 438: "Invalid Identity Header",
	439: "First Hop Lacks Outbound Support", 440: "Max-Breadth Exceeded", 469: "Bad Info Package",
	470: "Consent Needed", 480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist",
	482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here",
	487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending",
	493: "Undecipherable", 494: "Security Agreement Required",
	500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
	504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large", 555: "Push Notification Service Not Supported",
	580: "Precondition Failure",
	600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable", 607: "Unwanted",
	608: "Rejected",
}
