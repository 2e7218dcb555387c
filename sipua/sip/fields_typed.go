package sip

import (
	"math"
	"strconv"
	"strings"
)

// Fields whose values are numbers with parameters. They are parsed when the agent asks, not by Parse: a broken
// Session-Expires is for the one who wants a timer to answer, and most messages have none of these.

// SessionExpires is the value of Session-Expires (RFC 4028 section 4):
//
//	Session-Expires: 1800;refresher=uac
type SessionExpires struct {
	Seconds   int
	Refresher string // "uac", "uas" or "" when not told
}

// ParseSessionExpires reads the value of Session-Expires; other parameters are ignored.
func ParseSessionExpires(s string) (SessionExpires, error) {
	seconds, params, p := parseDelta(s)
	if p != "" {
		return SessionExpires{}, p.err("Session-Expires")
	}
	refresher, _ := params.Get("refresher")
	refresher = lower(refresher) // tokens have no case (RFC 3261 section 7.3.1)
	if refresher != "" && refresher != "uac" && refresher != "uas" {
		return SessionExpires{}, problem("refresher is neither uac nor uas").err("Session-Expires")
	}
	return SessionExpires{seconds, refresher}, nil
}

// String gives the value as it stands in the field.
func (e SessionExpires) String() string {
	s := strconv.Itoa(e.Seconds)
	if e.Refresher != "" {
		s += ";refresher=" + e.Refresher
	}
	return s
}

// ParseMinSE reads the value of Min-SE in seconds (RFC 4028 section 5); its parameters are ignored.
func ParseMinSE(s string) (seconds int, err error) {
	seconds, _, p := parseDelta(s)
	return seconds, p.err("Min-SE")
}

// parseDelta is shared by the fields of RFC 4028, where generic parameters may follow the number.
//
// It reads delta-seconds with parameters.
func parseDelta(s string) (seconds int, params Params, p problem) {
	number, rest := s, ""
	if i := strings.IndexByte(s, ';'); i >= 0 {
		number, rest = s[:i], s[i:]
	}
	seconds, ok := ParseSeconds(number)
	if !ok {
		return 0, "", "no number of seconds below 2^31"
	}
	params, p = parseParams(rest)
	return seconds, params, p
}

// RetryAfter is the value of Retry-After (RFC 3261 section 20.33):
//
//	Retry-After: 300 (in a meeting);duration=3600
type RetryAfter struct {
	Seconds  int
	Comment  string // without its parentheses, escapes resolved
	Duration int    // seconds the callee will be there from then on, 0 when not told
}

// ParseRetryAfter reads the value of Retry-After.
func ParseRetryAfter(s string) (RetryAfter, error) {
	var r RetryAfter
	s = trim(s)
	end := 0
	for end < len(s) && s[end]-'0' <= 9 {
		end++
	}
	seconds, ok := ParseSeconds(s[:end])
	if !ok {
		return r, problem("no number of seconds below 2^31").err("Retry-After")
	}
	// The order is fixed: seconds, comment, parameters. Commas are the comment's own, see isSingle.
	comment, rest, p := cutComment(trimLeft(s[end:]))
	if p != "" {
		return r, p.err("Retry-After")
	}
	params, p := parseParams(rest)
	if p != "" {
		return r, p.err("Retry-After")
	}
	r = RetryAfter{Seconds: seconds, Comment: comment}
	if duration, present := params.Get("duration"); present {
		if r.Duration, ok = ParseSeconds(duration); !ok {
			return RetryAfter{}, problem("duration is no number of seconds").err("Retry-After")
		}
	}
	return r, nil
}

// cutComment takes a comment off s, if there is one. Comments nest; depth is counted, not recursed into.
func cutComment(s string) (text, rest string, p problem) {
	if s == "" || s[0] != '(' {
		return "", s, ""
	}
	var b strings.Builder
	depth := 0 // a counter and no recursion: ten thousand parentheses must not cost a stack
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s): // a quoted parenthesis does not count
			i++
		case c == '(':
			if depth++; depth == 1 {
				continue
			}
		case c == ')':
			if depth--; depth == 0 {
				return b.String(), s[i+1:], ""
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", "comment has no end"
}

// RAck is the value of RAck in a PRACK (RFC 3262 section 7.2): which reliable response is acknowledged.
type RAck struct {
	RSeq uint32 // of the response
	CSeq CSeq   // of the response
}

// ParseRAck reads the value of RAck.
func ParseRAck(s string) (RAck, error) {
	s = trim(s)
	// Two numbers and a method: "776656 1 INVITE".
	first := blankIndex(s)
	rest := trimLeft(s[first:])
	second := blankIndex(rest)
	method := trimLeft(rest[second:])
	rseq, ok1 := parseUint32(s[:first])
	cseq, ok2 := parseUint32(rest[:second])
	if !ok1 || !ok2 || method == "" || !tokenChar.all(method) {
		return RAck{}, problem("not two numbers below 2^32 and a method").err("RAck")
	}
	return RAck{rseq, CSeq{cseq, method}}, nil
}

// String gives the value as it stands in the field.
func (r RAck) String() string {
	return strconv.FormatUint(uint64(r.RSeq), 10) + " " + strconv.FormatUint(uint64(r.CSeq.Seq), 10) + " " + r.CSeq.Method
}

// RSeq gives the RSeq field of a reliable provisional response (RFC 3262 section 7.1).
func (m *Message) RSeq() (seq uint32, ok bool) { return parseUint32(m.Header.Get("RSeq")) }

// parseUint32 holds RSeq and CSeq to their size: one beyond would match another after wrapping.
func parseUint32(s string) (uint32, bool) {
	n, ok := parseNumber(s, math.MaxUint32)
	return uint32(n), ok && n <= math.MaxUint32
}
