package sipua

import (
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// provisionalEvery is how often a provisional response is repeated, so that proxies do not give the call up (RFC 3261
// section 13.3.1.1).
const provisionalEvery = time.Minute

// serveInvite is an INVITE outside dialogs that has passed all checks: ask the application.
func (a *Agent) serveInvite(tx *serverTx, flow transport.Flow) {
	m := tx.Request()
	if a.isFull() {
		a.reply(tx, 486)
		return
	}
	acc := a.accountOf(m.URI)
	isServer := a.isServer(flow.Remote.Addr().Unmap())
	replaces, ok := a.replaced(m)
	if !ok && isServer {
		a.reply(tx, 481)
		return
	}
	c := &call{id: CallID(a.lastCall.Add(1)), account: acc, incoming: tx, secure: isSecure(m)}
	c.setState(callIncoming, a.now.Add(a.cfg.MaxRing))
	c.dialog = dialogOfRequest(m, a.token())
	c.dialog.peer = flow
	if c.dialog.target.Host == "" {
		a.reply(tx, 400, sip.Field{Name: "Warning", Value: `399 intercom "Contact is no SIP URI"`})
		return
	}
	tx.Owner = c
	a.calls[c.id] = c
	a.addDialog(c, c.dialog)
	c.remoteSDP = sdpOf(m)
	in := Incoming{
		Call: c.id, Account: accountName(acc), From: m.From, To: m.To, SDP: sdpOf(m), Header: m.Header, Flow: flow,
	}
	if isServer {
		c.replaces = replaces
		in.Replaces = replaces
		in.Asserted = asserted(m)
		in.After, in.AutoAnswer = autoAnswer(m)
	}
	a.tell(in)
}

// isSecure tells whether Contact must be a SIPS URI (RFC 3261 section 12.1.1).
func isSecure(m *sip.Message) bool {
	if m.URI.Scheme == "sips" {
		return true
	}
	if routes, err := m.RecordRoutes(); err == nil && len(routes) > 0 {
		return routes[0].URI.Scheme == "sips"
	}
	contacts, err := m.Contacts()
	return err == nil && len(contacts) > 0 && contacts[0].URI.Scheme == "sips"
}

// accountName is the name of an account in events; empty for direct calls.
func accountName(acc *account) string {
	if acc == nil {
		return ""
	}
	return acc.cfg.AOR
}

// Ring tells the caller of an Incoming call that somebody is being alerted.
func (a *Agent) Ring(id CallID) {
	a.post(func(a *Agent) {
		if c := a.calls[id]; c != nil && c.state == callIncoming {
			a.provisional(c, 180)
		}
	})
}

// provisional sends a 1xx and plans its repetition. Where the caller demands reliable ones (RFC 3262) it is sent until
// PRACK comes; if he also left the offer to us, none is sent, since the first reliable message would have to carry it.
func (a *Agent) provisional(c *call, status int) {
	request := c.incoming.Request()
	m := a.inviteResponse(c, c.incoming, status)
	switch {
	case !wantsReliable(request):
		a.respond(c.incoming, m)
	case c.reliable.response == nil && sdpOf(request) != nil:
		a.sendReliable(c, m)
	}
	c.last1xx = status
	c.repeat = a.now.Add(provisionalEvery)
}

// repeatProvisional sends the last provisional response again, while the call still rings.
func (a *Agent) repeatProvisional(c *call) {
	if c.incoming != nil {
		a.provisional(c, c.last1xx)
	}
}

// inviteResponse builds a response to an INVITE or re-INVITE of the call: our tag, Contact, and the Record-Route the
// caller builds its route set from (RFC 3261 section 12.1.1).
func (a *Agent) inviteResponse(c *call, tx *serverTx, status int) *sip.Message {
	request := tx.Request()
	m := sip.NewResponse(request, status, "")
	m.To.Params = m.To.Params.With("tag", c.dialog.key.localTag)
	if status >= 300 {
		return m
	}
	for _, f := range request.Header {
		if f.Name == "Record-Route" {
			m.Header = append(m.Header, f)
		}
	}
	a.setContact(m, c.account, tx.Flow(), c.secure)
	a.addCapabilities(m)
	return m
}

// warning goes with a refused session description (RFC 3261 sections 13.3.1.3 and 20.43).
func warning(status int) []sip.Field {
	if status != 488 && status != 606 {
		return nil
	}
	return []sip.Field{{Name: "Warning", Value: `305 intercom "Incompatible media format"`}}
}

// Reject refuses an Incoming call, or an Offered session, with a status from 300 to 699, such as 486 or 488.
func (a *Agent) Reject(id CallID, status int) {
	if status < 300 || status > 699 {
		status = 480
	}
	a.post(func(a *Agent) {
		c := a.calls[id]
		switch {
		case c == nil:
		case c.state == callIncoming:
			a.refuse(c, status, warning(status)...)
			a.end(c, Ended{By: Local, Status: status})
		case c.offer.theirs != nil:
			a.refuseOffer(c, status)
		}
	})
}
