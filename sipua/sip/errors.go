package sip

import "strconv"

// The status of a refusal, and what earns it:
//
//	400  anything not listed below
//	416  Request-URI with a scheme other than sip and sips (RFC 3261 section 8.2.2.1)
//	501  CSeq and start line differ, and the method is unknown (RFC 4475 section 3.1.2.18)
//	505  a version other than SIP/2.0
//	513  a limit of Parse is exceeded
//	0    nothing to be sent: a response, an ACK, or no Via to send it to

// SyntaxError tells what is wrong with a message or a part of it.
type SyntaxError struct {
	// Status is the response the request deserves: 400, 416, 501, 505 or 513. 0 asks to drop the message
	// silently, as every malformed response and ACK (RFC 3261 sections 17.1.3 and 8.2.6).
	Status int
	Field  string // header field, "Request-URI", "start line", "URI", ...
	Detail string // what is wrong there; never a whole value, which may hold a password
}

// Error gives field and detail on one line.
func (e *SyntaxError) Error() string {
	if e.Status == 0 {
		return "sip: " + e.Field + ": " + e.Detail
	}
	return "sip: " + e.Field + ": " + e.Detail + " (" + strconv.Itoa(e.Status) + ")"
}

// problem is the detail of a SyntaxError on its way up; "" means all is well. It spares the small parsers
// an allocation and the knowledge of the field they work for.
type problem string

// err makes the error a caller of an exported parser gets.
func (p problem) err(field string) error {
	if p == "" {
		return nil
	}
	return &SyntaxError{Status: 400, Field: field, Detail: string(p)}
}
