package sipua

import (
	"slices"
	"sort"
	"strconv"

	"intercom/sipua/sip"
)

// maxRedirects bounds the addresses tried for one call.
const maxRedirects = 5

// redirectTargets are the SIP URIs of a 3xx, the best q first (RFC 3261 section 8.1.3.4). Header fields in a URI are
// dropped: a redirection may say where, not what.
func redirectTargets(m *sip.Message) []sip.URI {
	contacts, err := m.Contacts()
	if err != nil {
		return nil
	}
	sort.SliceStable(contacts, func(i, j int) bool { return quality(contacts[i]) > quality(contacts[j]) })
	var list []sip.URI
	for _, c := range contacts {
		if c.URI.IsSIP() && c.URI.Host != "" && len(list) < maxRedirects {
			c.URI.Headers = ""
			list = append(list, c.URI)
		}
	}
	return list
}

// quality is the q parameter, 1 when absent.
func quality(c sip.Address) float64 {
	value, ok := c.Params.Get("q")
	if !ok {
		return 1
	}
	q, err := strconv.ParseFloat(value, 64)
	if err != nil || q < 0 || q > 1 {
		return 0
	}
	return q
}

// redirected takes the addresses of a 3xx to try in place of the one called, none of them twice. It tells whether the
// call goes on.
func (a *Agent) redirected(c *call, m *sip.Message) bool {
	o := &c.outgoing
	if len(o.visited) == 0 {
		o.visited = append(o.visited, o.invite.message.URI)
	}
	for _, u := range redirectTargets(m) {
		if !slices.ContainsFunc(append(o.visited, o.ahead...), u.Equal) && len(o.visited)+len(o.ahead) <= maxRedirects {
			o.ahead = append(o.ahead, u)
		}
	}
	return a.tryAhead(c)
}

// tryAhead calls the next of the addresses a redirection gave. The request is a new one: same From, To and Call-ID, next
// CSeq.
func (a *Agent) tryAhead(c *call) bool {
	o := &c.outgoing
	if len(o.ahead) == 0 || c.isOver() {
		return false
	}
	next := o.ahead[0]
	o.ahead = o.ahead[1:]
	o.visited = append(o.visited, next)
	e := o.invite
	*e.seq++
	e.message.CSeq.Seq = *e.seq
	e.message.URI = next
	e.tx, e.isOver = nil, false
	c.secure = c.secure || next.Scheme == "sips"
	c.setState(callStarting, c.limit)
	a.locateCall(c, next)
	return true
}
