package sipua

import (
	"errors"
	"fmt"
	"time"

	"intercom/sipua/sip"
)

// answerTime is how long the application may take to answer an offer that the ACK must answer.
const answerTime = 10 * time.Second

// errNoContact is a 2xx that names no place to send the rest of the dialog to.
var errNoContact = errors.New("the peer's 2xx has no usable Contact")

// inviteHeard is a response to our INVITE, or the failure of the last server (m nil).
func (a *Agent) inviteHeard(c *call, m *sip.Message, err error) {
	switch {
	case m == nil:
		c.outgoing.isRefused = true
		a.end(c, Ended{By: Trouble, Err: err})
		a.settle(c)
	case m.Status < 200:
		a.inviteProgress(c, m)
	case m.Status < 300:
		a.inviteAccepted(c, m)
	case m.Status == 422 && !c.isOver() && a.adoptMinSE(c, m):
		a.retryWithSession(c, c.outgoing.invite)
	case m.Status < 400 && a.redirected(c, m):
	case m.Status < 600 && m.Status >= 400 && a.tryAhead(c): // RFC 3261 section 8.1.3.4: the next of the list
	default:
		c.outgoing.isRefused = true
		a.dropDialogs(c, nil)
		a.end(c, Ended{By: Remote, Status: m.Status, Reason: m.Reason, Err: err})
		a.settle(c)
	}
}

// inviteProgress is a 1xx. Each To tag is an early dialog of its own: the call may have been forked (RFC 3261 section
// 13.2.2.1). 100 and responses without tag create none.
func (a *Agent) inviteProgress(c *call, m *sip.Message) {
	if c.isOver() || m.Status == 100 {
		return
	}
	tag := m.To.Tag()
	d := c.outgoing.legs[tag]
	if tag != "" && d == nil && len(c.outgoing.legs) < maxLegs {
		d = a.newLeg(c, m)
	}
	if d != nil && !a.heardReliable(c, d, m) {
		return
	}
	a.report(c, m.Status, m.Reason)
	a.tell(Ringing{Call: c.id, Status: m.Status, SDP: sdpOf(m), WantsAnswer: c.outgoing.unanswered != nil})
}

// newLeg makes the dialog of a response to our INVITE.
func (a *Agent) newLeg(c *call, m *sip.Message) *dialog {
	tx := c.outgoing.invite.tx
	d := dialogOfResponse(tx.Request(), m)
	d.peer = tx.Flow()
	c.outgoing.legs[m.To.Tag()] = d
	a.addDialog(c, d)
	return d
}

// inviteAccepted is a 2xx: of the first answer, a repetition, or of another branch of a fork, which gets ACK and BYE
// (RFC 3261 section 13.2.2.4). So does one that crossed our CANCEL.
//
//	2xx of ...                        reaction
//	a branch, the first to answer     ACK, established
//	the same branch again             the same ACK again
//	another branch                    ACK, BYE
//	any branch after Hangup           ACK, BYE
func (a *Agent) inviteAccepted(c *call, m *sip.Message) {
	d := c.outgoing.legs[m.To.Tag()]
	switch {
	case d == nil && len(c.outgoing.legs) >= 2*maxLegs:
		return // somebody plays with us
	case d == nil:
		d = a.newLeg(c, m)
	case !d.isEarly:
		a.repeatAck(d)
		return
	default:
		d.confirm(m)
	}
	if d.target.Host == "" {
		a.end(c, Ended{By: Trouble, Status: m.Status, Err: errNoContact})
		return
	}
	if c.isOver() || c.dialog != nil {
		a.ackAndBye(c, d)
		return
	}
	a.answered(c, d, m)
}

// answered is the first 2xx: the conversation is with this dialog.
func (a *Agent) answered(c *call, d *dialog, m *sip.Message) {
	c.dialog = d
	a.dropDialogs(c, d)
	a.addDialog(c, d) // again, if a PRACK was answered with 481
	if c.account != nil {
		c.account.pin(c.outgoing.invite.at)
	}
	a.sessionAnswered(c, m)
	a.report(c, m.Status, m.Reason)
	if sdp := sdpOf(m); sdp != nil {
		c.remoteSDP = sdp
	}
	if c.outgoing.lateOffer && !c.outgoing.earlyAnswered {
		c.setState(callAnswering, a.now.Add(answerTime))
		a.tell(Established{Call: c.id, SDP: sdpOf(m), WantsAnswer: true, Remote: d.remote})
		return
	}
	c.setState(callEstablished, time.Time{})
	a.sendAck(d, c.outgoing.invite.tx.Request(), nil)
	a.tell(Established{Call: c.id, SDP: sdpOf(m), Remote: d.remote})
}

// ackAndBye ends a dialog nobody wants: the surplus of a fork, or a 2xx after Hangup.
func (a *Agent) ackAndBye(c *call, d *dialog) {
	a.sendAck(d, c.outgoing.invite.tx.Request(), nil)
	a.sendBye(c, d)
}

// cancel ends our INVITE as far as it has got. Before it was sent there is nothing to do; before any response the
// table holds the CANCEL.
func (a *Agent) cancel(c *call) {
	if e := c.outgoing.invite; e != nil && e.tx != nil {
		a.table.Cancel(a.now, e.tx, c.reason...)
	}
}

// sdpOf is the session description in a message, nil when there is none.
func sdpOf(m *sip.Message) []byte {
	if len(m.Body) == 0 || mediaType(m.Header.Get("Content-Type")) != typeSDP {
		return nil
	}
	return m.Body
}

// dialogGone ends the call whose dialog the peer does not know any more.
func (a *Agent) dialogGone(d *dialog, m *sip.Message) {
	a.dropDialog(d)
	c := d.call
	if c.dialog == d {
		a.end(c, Ended{By: Trouble, Status: m.Status, Err: fmt.Errorf("the peer lost the call: %d %s", m.Status, m.Reason)})
	}
}
