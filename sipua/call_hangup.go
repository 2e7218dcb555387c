package sipua

import (
	"time"

	"intercom/sipua/sip"
)

// Hangup ends a call in whatever state it is: CANCEL, BYE, or 480 for one not answered yet.
func (a *Agent) Hangup(id CallID) { a.HangupFor(id, sip.Reason{}) }

// HangupFor is Hangup with a reason for the peer (RFC 3326). SIP with cause 200 says that somebody else has answered:
// the other phones of a ring list then do not count a missed call. The zero reason sends none.
func (a *Agent) HangupFor(id CallID, reason sip.Reason) {
	a.post(func(a *Agent) {
		if c := a.calls[id]; c != nil {
			if reason.Protocol != "" {
				c.reason = []sip.Field{{Name: "Reason", Value: reason.String()}}
			}
			a.hangup(c)
		}
	})
}

// hangup is Hangup on the loop.
func (a *Agent) hangup(c *call) {
	switch c.state {
	case callStarting:
		a.end(c, Ended{By: Local})
	case callCalling:
		a.cancel(c)
		a.end(c, Ended{By: Local})
	case callAnswering:
		a.ackAndBye(c, c.dialog)
		a.end(c, Ended{By: Local})
	case callIncoming:
		a.refuse(c, 480)
		a.end(c, Ended{By: Local, Status: 480})
	case callAccepted:
		c.accept.thenByeIt = true
		a.end(c, Ended{By: Local})
	case callEstablished:
		a.bye(c)
		a.end(c, Ended{By: Local})
	case callEnded:
	}
}

// bye sends BYE for the conversation. While a 2xx of ours, to a re-INVITE, waits for its ACK the BYE may go at once:
// the peer has confirmed the dialog before.
func (a *Agent) bye(c *call) {
	c.accept = acceptance{}
	a.refuseOffer(c, 487)
	a.sendBye(c, c.dialog)
}

// sendBye ends a dialog. It is not ours any more at once: whatever the peer says, nothing follows.
func (a *Agent) sendBye(c *call, d *dialog) {
	m := d.request(sip.BYE, d.nextSeq())
	m.Header = append(m.Header, c.reason...)
	a.dropDialog(d)
	c.bye = a.sendInDialog(d, m, nil, func(m *sip.Message, err error) {
		if m == nil || m.Status >= 200 {
			a.settle(c)
		}
	})
}

// serveBye is the peer's BYE.
func (a *Agent) serveBye(d *dialog, tx *serverTx) {
	a.reply(tx, 200)
	a.dropDialog(d)
	c := d.call
	if c.dialog != d {
		return // a branch of a fork
	}
	a.refuse(c, 487)
	a.refuseOffer(c, 487)
	c.accept = acceptance{}
	reason := tx.Request().Header.Get("Reason")
	a.end(c, Ended{By: Remote, Reason: reason})
}

// serveCancel is the peer's CANCEL (RFC 3261 section 9.2): 200 for itself, and 487 for the INVITE it is for, if that
// has no final response yet.
func (a *Agent) serveCancel(tx, invite *serverTx) {
	if invite == nil {
		a.reply(tx, 481)
		return
	}
	a.reply(tx, 200)
	c, isCall := invite.Owner.(*call)
	if !isCall {
		return
	}
	if c.incoming == invite {
		a.refuse(c, 487)
		a.end(c, Ended{By: Remote, Status: 487, Reason: tx.Request().Header.Get("Reason")})
	}
	if c.offer.theirs == invite {
		a.refuseOffer(c, 487)
	}
}

// refuse gives the peer's INVITE a final response other than 2xx. The call has no dialog any more.
func (a *Agent) refuse(c *call, status int, fields ...sip.Field) {
	if c.incoming == nil {
		return
	}
	m := a.inviteResponse(c, c.incoming, status)
	m.Header = append(m.Header, fields...)
	a.respond(c.incoming, m)
	c.incoming, c.repeat = nil, time.Time{}
	a.dropDialogs(c, nil)
}
