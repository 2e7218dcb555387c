package digest

import (
	"fmt"
	"slices"
	"strings"
)

// Challenged takes a 401 or 407: status and the values of its WWW-Authenticate or
// Proxy-Authenticate fields in their order. nil means: send the request again, as a new request
// with the next CSeq and what Authorize then gives. An error wraps ErrRejected, ErrRealm,
// ErrRetries, ErrUnsupported or ErrSyntax and is final for this request.
func (c *Client) Challenged(a *Attempt, status int, values []string) error {
	if a.retries >= c.cfg.Retries {
		return fmt.Errorf("%w: %d times", ErrRetries, a.retries+1)
	}
	challenges, err := topmost(values)
	answerable := false
	for _, challenge := range challenges {
		if e := c.consider(a, status == 407, challenge); e != nil {
			err = e
			continue
		}
		answerable = true
	}
	if !answerable {
		return err
	}
	a.retries++
	return nil
}

// topmost picks the first usable challenge of each realm (RFC 8760 section 2.4). A value that
// cannot be read is passed over; the error tells of the last of these, for the case that nothing is
// left.
func topmost(values []string) ([]Challenge, error) {
	var chosen []Challenge
	err := fmt.Errorf("%w: there is none in the response", ErrUnsupported)
	for _, value := range values {
		challenges, e := ParseChallenges(value)
		if e != nil {
			err = e
		}
		for _, challenge := range challenges {
			isKnown := slices.ContainsFunc(chosen, func(o Challenge) bool { return o.Realm == challenge.Realm })
			if !isKnown && len(chosen) < maxRealms {
				chosen = append(chosen, challenge)
			}
		}
	}
	return chosen, err
}

// consider decides whether a challenge may be answered and remembers it if so.
func (c *Client) consider(a *Attempt, proxy bool, challenge Challenge) error {
	if !c.isPermitted(challenge.Realm) {
		return fmt.Errorf("%w: %q", ErrRealm, clip(challenge.Realm))
	}
	u := a.find(proxy, challenge.Realm)
	if u == nil {
		a.uses = append(a.uses, use{proxy: proxy, realm: challenge.Realm})
		return c.remember(proxy, challenge)
	}
	if !u.mayAnswer(challenge) {
		u.isRejected = true
		c.reject(proxy, challenge.Realm)
		return fmt.Errorf("%w: realm %q", ErrRejected, clip(challenge.Realm))
	}
	u.isPreemptive = false
	return c.remember(proxy, challenge)
}

// mayAnswer judges a challenge to a request that carried credentials already (RFC 3261 section
// 22.1). The same nonce again means a wrong password, whatever stale says. Another nonce is worth
// an answer if the server calls the old one stale, or, once, if the old one was from an earlier
// request: FRITZ!Boxes change nonces without a word.
func (u *use) mayAnswer(challenge Challenge) bool {
	if u.isRejected || challenge.Nonce == u.nonce {
		return false
	}
	if challenge.Stale {
		return true
	}
	if u.isPreemptive && !u.isForgiven {
		u.isForgiven = true
		return true
	}
	return false
}

// isPermitted ignores case, because users copy realms from their provider's pages.
func (c *Client) isPermitted(realm string) bool {
	return len(c.cfg.Realms) == 0 || slices.ContainsFunc(c.cfg.Realms, func(permitted string) bool {
		return strings.EqualFold(permitted, realm)
	})
}

// Accepted takes the Authentication-Info value of a successful response ("" if there is none): its
// nextnonce replaces the nonce for the requests to come (RFC 7616 section 3.5). The field does not
// name its realm, so that it is only heeded when the request carried Authorization for a single
// one. A value that cannot be read changes nothing.
func (c *Client) Accepted(a *Attempt, info string) error {
	lists, err := parseLists("Digest " + info)
	if err != nil {
		return err
	}
	next := lists[0].text("nextnonce")
	m := c.onlyServer(a)
	if next == "" || m == nil || next == m.challenge.Nonce {
		return nil
	}
	challenge := m.challenge
	challenge.Nonce, challenge.Stale = next, false
	return c.renew(m, challenge)
}

// onlyServer is the memory behind the one Authorization field of the request, or nil.
func (c *Client) onlyServer(a *Attempt) *memory {
	var found *memory
	for _, u := range a.uses {
		if u.proxy || u.nonce == "" {
			continue
		}
		if found != nil {
			return nil
		}
		found = c.find(false, u.realm)
	}
	return found
}
