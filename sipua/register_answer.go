package sipua

import (
	"errors"
	"fmt"
	"time"

	"intercom/sipua/digest"
	"intercom/sipua/sip"
)

// maxGrant bounds what is believed of a registrar's lifetime.
const maxGrant = 24 * time.Hour

// errZeroGrant is a 200 that grants nothing.
var errZeroGrant = errors.New("the registrar granted a lifetime of 0")

// registerHeard is a response to REGISTER, or the failure of the last server.
func (a *Agent) registerHeard(acc *account, e *errand, m *sip.Message, err error) {
	if acc.reg.errand != e {
		return // removed meanwhile
	}
	switch {
	case m == nil:
		a.registerFailed(acc, 0, 0, err)
	case m.Status < 200:
	case m.Status < 300:
		a.registerAccepted(acc, e, m)
	case m.Status == 423:
		a.registerTooBrief(acc, e, m)
	case m.Status == 439 && !acc.isPlain: // RFC 5626 section 11.6: the first hop lacks outbound
		acc.isPlain = true
		a.registerAgain(acc, e)
	case m.Status < 400:
		a.registerRedirected(acc, e, m)
	case m.Status == 403 || errors.Is(err, digest.ErrRejected):
		acc.reg.errand = nil
		acc.reg.forbid(a.now, retryAfter(m))
		a.tellUnregistered(acc, m.Status, refusal(m, err))
	case acc.hasPinned && !e.at.same(acc.pinned) && containsTarget(e.targets, acc.pinned):
		a.tryNext(e, refusal(m, err)) // the preferred server is not well yet; the one in use is
	default:
		acc.shunned = e.at
		a.registerFailed(acc, m.Status, retryAfter(m), refusal(m, err))
	}
}

// refusal is the error for a refusing response; a reason of our own is kept.
func refusal(m *sip.Message, err error) error {
	if err != nil {
		return fmt.Errorf("%d %s: %w", m.Status, m.Reason, err)
	}
	return fmt.Errorf("%d %s", m.Status, m.Reason)
}

// registerAccepted is a 2xx: the binding stands for as long as the registrar says.
func (a *Agent) registerAccepted(acc *account, e *errand, m *sip.Message) {
	granted := grantOf(m, sentContact(e), acc.reg.asked)
	if granted <= 0 {
		a.registerFailed(acc, m.Status, 0, errZeroGrant)
		return
	}
	acc.reg.errand = nil
	if !acc.hasPinned || !e.at.same(acc.pinned) || acc.reg.since.IsZero() {
		acc.reg.since = a.now
	}
	acc.isStray = acc.isStray && acc.hasPinned && e.at.same(acc.pinned) || acc.reg.isRedirected
	acc.pin(e.at)
	acc.reg.accept(a.now, granted, a.fraction())
	a.learnFromGrant(acc, e, m)
	a.planReturn(acc)
	a.tell(Registered{
		Account: acc.cfg.AOR,
		Server:  e.at.Transport + " " + e.at.Addr.String(),
		Granted: granted,
		Refresh: acc.reg.next,
	})
}

// planReturn polls for the preferred server while another one serves. A backup is never a place to stay.
func (a *Agent) planReturn(acc *account) {
	if !acc.best.better(acc.pinned) && !acc.isStray {
		acc.reg.betterAt, acc.reg.polls = time.Time{}, 0
		return
	}
	acc.reg.pollBetter(a.now, a.fraction())
}

// grantOf is the lifetime granted: the expires parameter of our own Contact, else the Expires field, else what was
// asked. Ours is the URI we have sent, or else one with its secret user part, since registrars behind NAT rewrite host
// and port.
//
// https://www.rfc-editor.org/rfc/rfc3261#section-10.2.4
func grantOf(m *sip.Message, sent sip.URI, asked time.Duration) time.Duration {
	seconds, ok := m.Expires()
	contacts, _ := m.Contacts()
	for _, c := range contacts {
		value, _ := c.Params.Get("expires")
		own, valid := sip.ParseSeconds(value)
		if !valid || c.URI.User != sent.User {
			continue
		}
		seconds, ok = own, true
		if c.URI.Equal(sent) {
			break
		}
	}
	if !ok {
		return asked
	}
	return min(time.Duration(seconds)*time.Second, maxGrant)
}

// registerTooBrief is 423: ask again for what the registrar wants, once.
func (a *Agent) registerTooBrief(acc *account, e *errand, m *sip.Message) {
	least, ok := m.MinExpires()
	if !ok || !acc.reg.adopt(time.Duration(least)*time.Second) {
		a.registerFailed(acc, m.Status, 0, fmt.Errorf("423 with Min-Expires %d for %v", least, acc.reg.asked))
		return
	}
	a.registerAgain(acc, e)
}

// registerAgain starts over at the same server, with a request built anew.
func (a *Agent) registerAgain(acc *account, e *errand) {
	again := a.registerErrand(acc, acc.reg.asked)
	again.heard = func(m *sip.Message, err error) { a.registerHeard(acc, again, m, err) }
	acc.reg.errand = again
	a.start(again, append([]target{e.at}, e.targets...))
}

// registerFailed ends an attempt. No server is pinned any more, so that the next one starts in the domain's order.
func (a *Agent) registerFailed(acc *account, status int, retry time.Duration, err error) {
	acc.reg.errand = nil
	acc.hasPinned = false
	acc.alive = keepAlive{}
	acc.reg.fail(a.now, retry, a.fraction())
	a.tellUnregistered(acc, status, err)
}

// tellUnregistered reports a failed attempt, and when the next one will be.
func (a *Agent) tellUnregistered(acc *account, status int, err error) {
	a.log.Info("registration failed", "account", acc.cfg.AOR, "status", status, "error", err, "retry", acc.reg.next)
	a.tell(Unregistered{Account: acc.cfg.AOR, Status: status, Err: err, Retry: acc.reg.next})
}

// retryAfter is the Retry-After field (RFC 3261 section 20.33); 0 when there is no good one.
func retryAfter(m *sip.Message) time.Duration {
	r, err := sip.ParseRetryAfter(m.Header.Get("Retry-After"))
	if err != nil {
		return 0
	}
	return time.Duration(r.Seconds) * time.Second
}
