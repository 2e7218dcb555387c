package sipua

import (
	"intercom/sipua/sip"
)

// serveUpdate is the peer's UPDATE (RFC 3311): a new remote target, a refreshed session, or an offer outside INVITE.
func (a *Agent) serveUpdate(d *dialog, tx *serverTx) {
	c, m := d.call, tx.Request()
	hasOffer := sdpOf(m) != nil
	switch {
	case c.isOver() || c.dialog != nil && c.dialog != d:
		a.reply(tx, 481)
	case hasOffer && c.offer.ours != nil:
		a.reply(tx, 491)
	case hasOffer && (c.state != callEstablished || c.offer.theirs != nil || c.accept.response != nil):
		a.reply(tx, 500, a.retrySoon()) // RFC 3311 section 5.2
	case hasOffer:
		a.askApplication(c, tx)
	default:
		a.acceptUpdate(c, d, tx, nil)
	}
}

// acceptUpdate answers an UPDATE. There is no ACK and nothing to repeat.
func (a *Agent) acceptUpdate(c *call, d *dialog, tx *serverTx, sdp []byte) {
	request := tx.Request()
	d.setTarget(request)
	m := sip.NewResponse(request, 200, "")
	a.setContact(m, c.account, tx.Flow(), c.secure)
	a.addCapabilities(m)
	setBody(m, sdp)
	if c.state == callEstablished {
		a.sessionAccepted(c, request, m)
	}
	a.respond(tx, m)
}
