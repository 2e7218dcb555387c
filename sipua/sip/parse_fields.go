package sip

import (
	"slices"
	"strings"
)

// parseStartLine reads a Request-Line or Status-Line (RFC 3261 sections 7.1 and 7.2). More than one blank between
// the parts and blanks at the end are forgiven (RFC 4475 sections 3.1.2.9 and 3.1.2.10 allow both).
func (p *parser) parseStartLine(line string) {
	line = trim(line)
	if len(line) > MaxField { // what is left is read all the same: the method decides on answer or silence
		p.fail(513, "start line", "more than 16 KiB")
		line = line[:MaxField]
	}
	// No method can hold a slash, thus the first word tells a response from a request.
	first, rest, _ := strings.Cut(line, " ")
	if len(first) > 4 && first[3] == '/' && equalFold(first[:4], "SIP/") {
		p.parseStatusLine(first, trim(rest))
		return
	}
	if first == "" || !tokenChar.all(first) {
		p.fail(400, "start line", "method is not a token")
		return
	}
	p.m.Method = first
	last := strings.LastIndexByte(rest, ' ')
	if last < 0 {
		p.fail(400, "start line", "is not method, Request-URI and version")
		return
	}
	p.checkVersion(rest[last+1:])
	p.parseRequestURI(trim(rest[:last]))
}

// parseStatusLine takes the rest of the line for the reason phrase, be it empty or in any language (RFC 4475 sections
// 3.1.1.12 and 3.1.1.13).
func (p *parser) parseStatusLine(version, rest string) {
	code, reason, _ := strings.Cut(rest, " ")
	status, ok := parseNumber(code, 699)
	p.checkVersion(version)
	if !ok || len(code) != 3 || status < 100 || status > 699 {
		p.fail(0, "start line", "status is not a number from 100 to 699")
		return
	}
	p.m.Status, p.m.Reason = int(status), trim(reason)
}

// checkVersion tells another version of SIP, which deserves 505, from what is no SIP at all.
func (p *parser) checkVersion(version string) {
	switch {
	case version == "SIP/2.0" || equalFold(version, "SIP/2.0"):
	case len(version) > 4 && equalFold(version[:4], "SIP/"):
		p.fail(505, "start line", "version is not SIP/2.0")
	default:
		p.fail(400, "start line", "no SIP version at its end")
	}
}

// parseRequestURI refuses headers in the URI, which section 19.1.1 forbids here: they must not get a chance to
// be taken for header fields of the message (RFC 4475 section 3.1.2.11).
func (p *parser) parseRequestURI(s string) {
	if detail := p.m.URI.parse(s); detail != "" {
		p.check("Request-URI", detail)
		return
	}
	if !p.m.URI.IsSIP() { // tel as well: no door station knows how to reach a telephone number by itself
		p.fail(416, "Request-URI", "scheme is neither sip nor sips")
	}
	if p.m.URI.Headers != "" {
		p.fail(400, "Request-URI", "has headers")
	}
}

// parseField counts each kind of field before it looks at the value: two broken ones are two as well.
//
// It reads one unfolded header field line.
func (p *parser) parseField(line string) {
	field, value, ok := cutField(line)
	if !ok {
		p.fail(400, "header", "line that is not token, colon and value")
		return
	}
	p.seen[field.kind]++
	switch field.kind {
	case viaField:
		p.parseVias(value)
	case fromField:
		p.parseParty(&p.m.From, field, value)
	case toField:
		p.parseParty(&p.m.To, field, value)
	case callIDField:
		p.parseCallID(value)
	case cseqField:
		p.parseCSeq(value)
	case lengthField:
		p.parseLength(value)
	case forwardsField, otherField:
		p.m.Header = append(p.m.Header, Field{field.name, value})
	}
}

// cutField splits a line at its colon, before which blanks may stand. A name found among the known ones needs no
// check of its octets.
func cutField(line string) (field fieldName, value string, ok bool) {
	if field, end := usualField(line); end > 0 {
		return field, trim(line[end:]), true
	}
	colon := strings.IndexByte(line, ':')
	if colon <= 0 {
		return field, "", false
	}
	field, known := canonical(trimRight(line[:colon]))
	return field, trim(line[colon+1:]), known || field.name != "" && tokenChar.all(field.name)
}

// parseVias appends the values of one line. After a failure none is added: a hole would make the next value pass
// for the topmost.
func (p *parser) parseVias(value string) {
	for more := true; more; { // several values in a line are as good as several lines
		var one string
		one, value, more = cutValue(value)
		if len(p.m.Via) == MaxValues {
			p.fail(513, "Via", "more than 128 values")
			return
		}
		if len(p.m.Via) == cap(p.m.Via) {
			p.m.Via = slices.Grow(p.m.Via, 3)
		}
		n := len(p.m.Via)
		p.m.Via = p.m.Via[:n+1] // read in its place: a Via is a handful of words to copy
		if detail := p.m.Via[n].parse(one, &p.scratch); detail != "" {
			p.m.Via[n] = Via{}
			p.m.Via = p.m.Via[:n]
			p.check("Via", detail)
			return
		}
		if n == 0 && p.seen[viaField] > 1 {
			p.m.Via = p.m.Via[:0]
		}
	}
}

// parseParty reads From or To. A broken one is left empty, so that no half of it gets into the answer.
func (p *parser) parseParty(a *Address, field fieldName, value string) {
	if p.seen[field.kind] > 1 {
		p.fail(400, field.name, "more than one")
		return
	}
	detail := a.parse(value, &p.scratch)
	// "*" is an address in Contact only.
	if detail == "" && a.IsWildcard() {
		detail = "is no address"
	}
	if detail != "" {
		*a = Address{}
		p.check(field.name, detail)
	}
}

// parseCallID takes any text without blanks: the grammar's "word" forbids little, and peers send that too.
func (p *parser) parseCallID(value string) {
	switch {
	case p.seen[callIDField] > 1:
		p.fail(400, "Call-ID", "more than one")
	case value == "" || strings.IndexByte(value, ' ') >= 0 || strings.IndexByte(value, '\t') >= 0:
		p.fail(400, "Call-ID", "empty or with a blank")
	default:
		p.m.CallID = value
	}
}

// parseCSeq allows all of 32 bits, though RFC 3261 section 8.1.1.5 asks for less than 2^31: peers start at random.
func (p *parser) parseCSeq(value string) {
	end := blankIndex(value)
	if p.seen[cseqField] > 1 || end == len(value) {
		p.fail(400, "CSeq", "more than one, or not number and method")
		return
	}
	method := trim(value[end:])
	seq, ok := parseNumber(value[:end], 1<<32-1)
	if !ok || seq >= 1<<32 || !tokenChar.all(method) {
		p.fail(400, "CSeq", "not a number below 2^32 and a method")
		return
	}
	p.m.CSeq = CSeq{uint32(seq), method}
}

// parseLength refuses a second Content-Length even if it says the same: two readers might believe two different ones.
func (p *parser) parseLength(value string) {
	length, ok := parseLength(value)
	if p.seen[lengthField] > 1 || !ok {
		p.fail(400, "Content-Length", "more than one, or not a number")
		return
	}
	p.length = length
}

// checkFields holds the message as a whole against RFC 3261 sections 8.1.1 and 8.2.
func (p *parser) checkFields() {
	m := p.m
	switch {
	case p.seen[viaField] == 0 || p.seen[fromField] == 0 || p.seen[toField] == 0 ||
		p.seen[callIDField] == 0 || p.seen[cseqField] == 0:
		p.fail(400, "header", "Via, From, To, Call-ID or CSeq is missing")
	case p.seen[forwardsField] > 1:
		p.fail(400, "Max-Forwards", "more than one")
	case m.IsRequest() && m.CSeq.Method != m.Method:
		p.fail(mismatchStatus(m.Method), "CSeq", "method is not that of the start line")
	case p.failure == nil && isCookieAlone(m.Via[0]):
		p.fail(400, "Via", "branch is the cookie alone")
	}
}

// mismatchStatus: RFC 4475 section 3.1.2.18 prefers 501 when the method of the start line is unknown.
func mismatchStatus(method string) int {
	switch method {
	case INVITE, ACK, BYE, CANCEL, REGISTER, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY, SUBSCRIBE, MESSAGE, PUBLISH:
		return 400
	}
	return 501
}

// isCookieAlone looks for the cookie first, which costs less than to take all parameters apart.
func isCookieAlone(v Via) bool {
	i := strings.Index(string(v.Params), BranchCookie)
	end := i + len(BranchCookie)
	return i >= 0 && (end == len(v.Params) || v.Params[end] == ';') && v.Branch() == BranchCookie
}
