package sdp

import (
	"errors"
	"fmt"
	"strings"
)

// The errors of a wrong order of offers and answers.
var (
	// ErrGlare: an offer came while ours is unanswered; answer 491 (RFC 3261 section 14.2).
	ErrGlare = errors.New("sdp: an offer crosses the one that is still unanswered")
	// ErrNoOffer: an answer came that nobody asked for.
	ErrNoOffer = errors.New("sdp: an answer without an offer")
)

// Unusable tells why an offer cannot be answered or an answer not be used, in the terms of a SIP
// response: an offer deserves 488 with a Warning, an answer the end of the call.
type Unusable struct {
	Code   int    // warn-code of RFC 3261 section 20.43
	Detail string // without quotes and control characters
}

// unusable makes the error. Its text may quote the peer and ends up in a quoted string of a header
// field, so that quotes and control characters go.
func unusable(code int, format string, args ...any) *Unusable {
	clean := func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		if r == '"' || r == '\\' {
			return '\''
		}
		return r
	}
	return &Unusable{code, strings.Map(clean, fmt.Sprintf(format, args...))}
}

// Error implements error.
func (e *Unusable) Error() string { return "sdp: " + e.Detail }

// Warning is the value of a Warning header field by the host named agent (RFC 3261 section 20.43).
func (e *Unusable) Warning(agent string) string {
	return fmt.Sprintf(`%d %s "%s"`, e.Code, agent, e.Detail)
}

// Warning makes the value of a Warning header field for any error of this package.
func Warning(err error, agent string) string {
	var u *Unusable
	if !errors.As(err, &u) {
		u = unusable(399, "%v", err)
	}
	return u.Warning(agent)
}
