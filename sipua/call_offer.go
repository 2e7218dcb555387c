package sipua

import (
	"bytes"
	"strconv"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// maxOfferTries bounds how often an offer is repeated after 491.
const maxOfferTries = 5

// Offer changes the session of an established call by re-INVITE, for hold or a new address. Updated or Refused tells
// what came of it; the old session goes on until then, and after Refused (RFC 3261 section 14.1).
func (a *Agent) Offer(id CallID, sdp []byte) {
	a.post(func(a *Agent) {
		c := a.calls[id]
		if c == nil || c.isOver() {
			return
		}
		if c.state != callEstablished || c.offer.isPending() {
			a.tell(Refused{Call: id, Status: 491})
			return
		}
		c.offer = negotiation{sdp: sdp}
		a.sendOffer(c)
	})
}

// isPending tells whether a re-INVITE is under way or about to be repeated.
func (n *negotiation) isPending() bool {
	return n.ours != nil || n.theirs != nil || !n.retryAt.IsZero()
}

// sendOffer sends the re-INVITE.
func (a *Agent) sendOffer(c *call) {
	d := c.dialog
	m := d.request(sip.INVITE, d.nextSeq())
	a.addCapabilities(m)
	a.addSession(c, m)
	setBody(m, c.offer.sdp)
	c.offer.tries++
	c.offer.limit = a.now.Add(2 * 64 * a.cfg.Timers.T1)
	c.offer.retryAt = time.Time{}
	complete := func(m *sip.Message, f transport.Flow) { a.setContact(m, c.account, f, c.secure) }
	var e *errand
	heard := func(m *sip.Message, err error) { a.offerHeard(c, e, m, err) }
	e = a.sendInDialog(d, m, complete, heard)
	c.offer.ours = e
	if e.isOver {
		c.offer = negotiation{}
	}
}

// offerHeard is a response to our re-INVITE.
func (a *Agent) offerHeard(c *call, e *errand, m *sip.Message, err error) {
	switch {
	case m != nil && m.Status < 200:
	case m != nil && m.Status < 300:
		a.offerAccepted(c, e, m)
	case c.offer.ours != e || c.isOver():
	case m != nil && m.Status == 422 && a.adoptMinSE(c, m):
		a.retryWithSession(c, e)
	case m != nil && m.Status == 491 && c.offer.tries < maxOfferTries:
		c.offer.ours, c.offer.limit = nil, time.Time{}
		c.offer.retryAt = a.now.Add(a.glareWait(c))
	default:
		a.offerRefused(c, m, err)
	}
}

// offerRefused ends our re-INVITE without effect. One that was only to keep the session alive is no news; the session
// timer decides.
func (a *Agent) offerRefused(c *call, m *sip.Message, err error) {
	isRefresh := c.offer.isRefresh
	c.offer = negotiation{}
	if isRefresh {
		return
	}
	refused := Refused{Call: c.id, Err: err}
	if m != nil {
		refused.Status = m.Status
	}
	a.tell(refused)
}

// offerAccepted acknowledges each 2xx, also one that came too late to matter: without ACK the peer would hang up.
func (a *Agent) offerAccepted(c *call, e *errand, m *sip.Message) {
	d := c.dialog
	if d.ack != nil && d.ack.CSeq.Seq == m.CSeq.Seq {
		a.repeatAck(d)
		return
	}
	d.setTarget(m)
	a.sendAck(d, e.tx.Request(), nil)
	if c.offer.ours != e || c.isOver() {
		return
	}
	isNews := !c.offer.isRefresh || !bytes.Equal(c.remoteSDP, sdpOf(m))
	c.localSDP, c.remoteSDP = c.offer.sdp, sdpOf(m)
	c.offer = negotiation{}
	a.sessionAnswered(c, m)
	if isNews {
		a.tell(Updated{Call: c.id, SDP: c.remoteSDP})
	}
}

// glareWait is how long to wait after 491, so that the two sides do not collide again: 2.1 to 4 s for the one who made
// the Call-ID, 0 to 2 s for the other, in units of 10 ms (RFC 3261 section 14.1).
func (a *Agent) glareWait(c *call) time.Duration {
	if c.outgoing.invite != nil {
		return a.between(2100*time.Millisecond, 4*time.Second).Truncate(10 * time.Millisecond)
	}
	return a.between(0, 2*time.Second).Truncate(10 * time.Millisecond)
}

// serveReinvite is the peer's re-INVITE (RFC 3261 section 14.2).
//
//	state                                    answer to the peer's re-INVITE
//	his last one is not answered yet         500, Retry-After: 0 to 10
//	our 2xx still waits for its ACK          500, Retry-After: 0 to 10
//	ours is under way (glare)                491
//	established                              Offered to the application; 500 if that sleeps
func (a *Agent) serveReinvite(d *dialog, tx *serverTx) {
	c := d.call
	switch {
	case c.offer.theirs != nil || c.incoming != nil || c.accept.response != nil:
		a.reply(tx, 500, a.retrySoon())
	case c.offer.ours != nil:
		a.reply(tx, 491)
	case c.state != callEstablished:
		a.reply(tx, 491)
	default:
		a.askApplication(c, tx)
	}
}

// retrySoon is a Retry-After of 0 to 10 s (RFC 3261 section 14.2).
func (a *Agent) retrySoon() sip.Field {
	return sip.Field{Name: "Retry-After", Value: strconv.Itoa(int(a.fraction() * 10.999))}
}

// askApplication hands an offer of the peer, or the wish for one, to the application.
func (a *Agent) askApplication(c *call, tx *serverTx) {
	tx.Owner = c
	c.offer.theirs = tx
	c.offer.limit = a.now.Add(answerTime)
	a.tell(Offered{Call: c.id, SDP: sdpOf(tx.Request())})
}

// acceptOffer answers the peer's re-INVITE. Only now its Contact counts: a refused one changes nothing.
func (a *Agent) acceptOffer(c *call, sdp []byte) {
	tx := c.offer.theirs
	c.offer.theirs, c.offer.limit = nil, time.Time{}
	if offer := sdpOf(tx.Request()); offer != nil {
		c.remoteSDP = offer
	}
	if tx.Request().Method == sip.UPDATE {
		c.localSDP = sdp
		a.acceptUpdate(c, c.dialog, tx, sdp)
		return
	}
	c.dialog.setTarget(tx.Request())
	a.sendAccept(c, tx, sdp)
}

// refuseOffer refuses the peer's re-INVITE, if there is one.
func (a *Agent) refuseOffer(c *call, status int) {
	tx := c.offer.theirs
	if tx == nil {
		return
	}
	c.offer.theirs, c.offer.limit = nil, time.Time{}
	a.respond(tx, a.inviteResponse(c, tx, status))
}

// offerLimit gives up a re-INVITE nobody answers: the peer's because the application is too slow, ours because a
// provisional response was all that came.
func (a *Agent) offerLimit(c *call) {
	c.offer.limit = time.Time{}
	if c.offer.theirs != nil {
		a.refuseOffer(c, 500)
	}
	if e := c.offer.ours; e != nil {
		if e.tx != nil {
			a.table.Cancel(a.now, e.tx)
		}
		a.offerRefused(c, nil, errGivenUp)
	}
}
