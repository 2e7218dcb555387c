package sipua

import (
	"fmt"
	"strings"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// What goes to and fro when the desk asks the door to call the boss (RFC 3515):
//
//	desk                         door                         boss
//	 | ------- REFER ----------> |                             |
//	 | <------ 202 ------------- |                             |
//	 | <------ NOTIFY 100 ------ | ------- INVITE -----------> |
//	 | <------ NOTIFY 180 ------ | <------ 180 --------------- |
//	 | <------ NOTIFY 200 ------ | <------ 200 --------------- |
//	 | ------- BYE ------------> |          terminated         |

// referral is a REFER of the peer being carried out, and the subscription that tells him how it goes (RFC 3515).
type referral struct {
	isOpen     bool
	isSilent   bool   // Refer-Sub: false (RFC 4488): no subscription
	id         uint32 // CSeq of the REFER
	replaces   string // Replaces of the Refer-To
	referredBy string
	limit      time.Time // for the application to place the call
}

// serveRefer is the peer's wish that we call somebody else. It is off unless Config.AllowTransfer, and taken from an
// account's own server only: a door that calls whom strangers name is an open line.
func (a *Agent) serveRefer(d *dialog, tx *serverTx) {
	c, m := d.call, tx.Request()
	to, err := m.ReferTo()
	switch {
	case !a.isServer(d.peer.Remote.Addr().Unmap()) || c.account == nil:
		a.reply(tx, 403)
	case c.state != callEstablished || c.referral.isOpen:
		a.reply(tx, 491)
	case err != nil || !to.URI.IsSIP():
		a.reply(tx, 400)
	default:
		a.acceptRefer(d, tx, to.URI)
	}
}

// acceptRefer tells the application whom to call.
func (a *Agent) acceptRefer(d *dialog, tx *serverTx, to sip.URI) {
	c, m := d.call, tx.Request()
	c.referral = referral{
		isOpen: true, id: m.CSeq.Seq, isSilent: strings.EqualFold(m.Header.Get("Refer-Sub"), "false"),
		replaces: replacesOf(to), referredBy: m.Header.Get("Referred-By"), limit: a.now.Add(answerTime),
	}
	response := sip.NewResponse(m, 202, "")
	a.setContact(response, c.account, tx.Flow(), c.secure)
	if c.referral.isSilent {
		response.Header.Add("Refer-Sub", "false")
	}
	a.respond(tx, response)
	to.Headers = ""
	to.Params = to.Params.Without("method")
	a.notifyReferrer(c, 100, "Trying")
	a.tell(Referred{Call: c.id, To: to.String()})
}

// replacesOf finds the Replaces field in the header part of a Refer-To URI; empty when there is no good one.
func replacesOf(to sip.URI) string {
	value, _ := to.HeaderValue("Replaces")
	r, err := sip.ParseReplaces(value)
	if err != nil {
		return ""
	}
	return r.String()
}

// notifyReferrer reports the fate of the new call as a fragment of its response (RFC 3515 section 2.4.5). A final
// response ends the subscription.
func (a *Agent) notifyReferrer(c *call, status int, reason string) {
	r := &c.referral
	if !r.isOpen {
		return
	}
	state := "active;expires=60"
	if status >= 200 {
		state = "terminated;reason=noresource"
		r.isOpen = false
	}
	if r.isSilent || c.isOver() || c.dialog == nil {
		return
	}
	m := c.dialog.request(sip.NOTIFY, c.dialog.nextSeq())
	m.Header.Add("Event", fmt.Sprintf("refer;id=%d", r.id))
	m.Header.Add("Subscription-State", state)
	m.Header.Add("Content-Type", "message/sipfrag;version=2.0")
	m.Body = fmt.Appendf(nil, "SIP/2.0 %d %s\r\n", status, reason)
	complete := func(m *sip.Message, f transport.Flow) { a.setContact(m, c.account, f, c.secure) }
	a.sendInDialog(c.dialog, m, complete, func(*sip.Message, error) {})
}

// referralLimit gives up on an application that does not place the call.
func (a *Agent) referralLimit(c *call) {
	c.referral.limit = time.Time{}
	a.notifyReferrer(c, 603, "Decline")
}

// carryOut ties a new call to the one whose peer asked for it.
func (a *Agent) carryOut(c *call, by CallID, m *sip.Message) {
	referrer := a.calls[by]
	if referrer == nil || !referrer.referral.isOpen {
		return
	}
	referrer.referral.limit = time.Time{}
	c.referrer = by
	if r := referrer.referral; r.replaces != "" {
		m.Header.Add("Replaces", r.replaces)
	}
	if by := referrer.referral.referredBy; by != "" {
		m.Header.Add("Referred-By", by)
	}
}

// report tells the referrer of a call, if it has one, how it goes.
func (a *Agent) report(c *call, status int, reason string) {
	if referrer := a.calls[c.referrer]; referrer != nil {
		a.notifyReferrer(referrer, status, reason)
	}
}

// replaced finds the call that an INVITE wants to take the place of (RFC 3891 section 3). ok is false when it names one
// that does not exist here: 481.
func (a *Agent) replaced(m *sip.Message) (id CallID, ok bool) {
	value := m.Header.Get("Replaces")
	if value == "" || !a.cfg.AllowTransfer {
		return 0, true
	}
	r, err := sip.ParseReplaces(value)
	d := a.dialogs[dialogKey{r.CallID, r.ToTag, r.FromTag}]
	if err != nil || r.EarlyOnly || d == nil || d.isEarly || d.call.state != callEstablished {
		return 0, false
	}
	return d.call.id, true
}

// endReplaced hangs up the call another one has taken the place of.
func (a *Agent) endReplaced(c *call) {
	old := a.calls[c.replaces]
	if old == nil || old.state != callEstablished {
		return
	}
	a.bye(old)
	a.end(old, Ended{By: Remote, Reason: "replaced by another call"})
}
