package pbx

import (
	"errors"

	"intercom/sipua/internal/transaction"
	"intercom/sipua/sip"
)

// isTimeout tells a telephone that kept silent from a way that does not work.
func isTimeout(err error) bool { return errors.Is(err, transaction.ErrTimeout) }

// best chooses the response to pass up when nobody has accepted (RFC 3261 section 16.7, item 6): a
// 6xx, else of the lowest class the most helpful. The challenges of all branches go up together
// (item 7).
func (c *core) best(call *call) *sip.Message {
	best := call.branches[0]
	for _, b := range call.branches[1:] {
		if rank(b.status) < rank(best.status) {
			best = b
		}
	}
	r := c.finish(call, best)
	if r.Status == 401 || r.Status == 407 {
		collectChallenges(r, call, best)
	}
	return r
}

// finish makes the response of a branch the caller's. A 503 would make the caller's other calls
// avoid us for one telephone's sake, so that it becomes 500 (item 6); a telephone's silence after
// the caller's CANCEL is a 487 all the same.
func (c *core) finish(call *call, b *branch) *sip.Message {
	status := b.status
	switch {
	case status == 503:
		status = 500
	case status == 408 && call.isCanceled:
		status = 487
	}
	if b.response == nil || status != b.status {
		return c.reply(call.server.Request(), status)
	}
	r := b.response.Clone()
	r.Via = append([]sip.Via(nil), call.server.Request().Via...)
	return r
}

// rank orders final responses, the best lowest. Within 4xx a response that tells the caller how to
// do better comes first (item 6), one that only says that a telephone is absent, silent or was
// cancelled comes last.
func rank(status int) int {
	switch {
	case status >= 600:
		return 0
	case status == 401 || status == 407:
		return 400
	case status == 415 || status == 420 || status == 484:
		return 410
	case status == 408 || status == 480 || status == 404:
		return 430
	case status == 487:
		return 440
	case status >= 400 && status < 500:
		return 420
	default:
		return status / 100 * 100
	}
}

// collectChallenges adds the challenges of the other branches, for a caller who has credentials for
// several.
func collectChallenges(r *sip.Message, call *call, best *branch) {
	for _, b := range call.branches {
		if b == best || b.response == nil || b.status != 401 && b.status != 407 {
			continue
		}
		for _, f := range b.response.Header {
			if f.Name == "WWW-Authenticate" || f.Name == "Proxy-Authenticate" {
				r.Header = append(r.Header, f)
			}
		}
	}
}
