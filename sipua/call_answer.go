package sipua

import (
	"time"

	"intercom/sipua/sip"
)

// Answer gives a session description: the answer to the offer of an Incoming call, of an Established event that
// WantsAnswer or of an Offered event; or our offer, where the peer left it to us.
func (a *Agent) Answer(id CallID, sdp []byte) {
	a.post(func(a *Agent) {
		c := a.calls[id]
		switch {
		case c == nil:
		case c.state == callIncoming:
			a.acceptCall(c, sdp)
		case c.outgoing.unanswered != nil:
			c.localSDP = sdp
			a.answerEarly(c, sdp)
		case c.state == callAnswering:
			c.setState(callEstablished, time.Time{})
			c.localSDP = sdp
			a.sendAck(c.dialog, c.outgoing.invite.tx.Request(), sdp)
		case c.offer.theirs != nil:
			a.acceptOffer(c, sdp)
		}
	})
}

// acceptCall sends 200 to the INVITE.
func (a *Agent) acceptCall(c *call, sdp []byte) {
	tx := c.incoming
	c.incoming, c.repeat = nil, time.Time{}
	c.reliable = reliable{}
	c.dialog.isEarly = false
	c.setState(callAccepted, time.Time{})
	a.sendAccept(c, tx, sdp)
	a.endReplaced(c)
}

// sendAccept sends a 2xx to INVITE or re-INVITE and repeats it until its ACK, over TCP as well: a proxy on the way may
// use UDP. The interval starts at T1 and doubles up to T2; 64*T1 is the end (RFC 3261 section 13.3.1.4).
//
//	sent at   0   0.5   1.5   3.5   7.5   11.5   15.5   19.5   23.5   27.5   31.5 s
//	ends at   the ACK with the INVITE's CSeq number, or 32 s: BYE
func (a *Agent) sendAccept(c *call, tx *serverTx, sdp []byte) {
	m := a.inviteResponse(c, tx, 200)
	setBody(m, sdp)
	c.localSDP = sdp
	a.sessionAccepted(c, tx.Request(), m)
	c.accept = acceptance{
		tx:       tx,
		response: m,
		interval: a.cfg.Timers.T1,
		again:    a.now.Add(a.cfg.Timers.T1),
		giveUp:   a.now.Add(64 * a.cfg.Timers.T1),
		wantsSDP: sdpOf(tx.Request()) == nil,
	}
	a.respond(tx, m)
}

// repeatAccept sends the 2xx again, or gives the call up.
func (a *Agent) repeatAccept(c *call) {
	p := &c.accept
	if isDue(p.giveUp, a.now) {
		c.accept = acceptance{}
		a.sendBye(c, c.dialog)
		a.end(c, Ended{By: Trouble, Reason: "no ACK"})
		return
	}
	a.respond(p.tx, p.response)
	p.interval = min(2*p.interval, a.cfg.Timers.T2)
	p.again = p.again.Add(p.interval)
}

// serveAck is an ACK in a dialog: it ends the repetition of the 2xx with its CSeq number. Others are stray.
func (a *Agent) serveAck(d *dialog, m *sip.Message) {
	c := d.call
	p := c.accept
	if p.response == nil || p.response.CSeq.Seq != m.CSeq.Seq {
		return
	}
	c.accept = acceptance{}
	switch {
	case p.thenByeIt:
		a.sendBye(c, d)
	case p.wantsSDP && sdpOf(m) == nil:
		a.sendBye(c, d) // our offer was not answered: there is no session
		a.end(c, Ended{By: Trouble, Reason: "no answer to our offer in ACK"})
	case c.state == callAccepted:
		c.setState(callEstablished, time.Time{})
		a.tell(Established{Call: c.id, SDP: sdpOf(m), Remote: d.remote})
	case p.wantsSDP:
		a.tell(Updated{Call: c.id, SDP: sdpOf(m)})
	}
}
