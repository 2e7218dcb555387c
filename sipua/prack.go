package sipua

import (
	"strconv"
	"time"

	"intercom/sipua/sip"
)

// Reliable provisional responses (RFC 3262), as caller:
//
//	door                                     desk
//	 | -- INVITE, Supported: 100rel --------> |
//	 | <- 183, Require: 100rel, RSeq: 9 ----- |   repeated T1, 2*T1, 4*T1 ... until PRACK
//	 | -- PRACK, RAck: 9 1 INVITE ----------> |   a transaction of its own, in the early dialog
//	 | <- 200 PRACK ------------------------- |
//
// and as callee, only where the caller demands it by Require: sendReliable, repeatReliable, servePrack.

// heardReliable is a provisional response that wants PRACK (RFC 3262 section 4). It tells whether the response counts:
// one out of order is dropped, a repetition too, since its PRACK is on the way and repeats itself.
func (a *Agent) heardReliable(c *call, d *dialog, m *sip.Message) bool {
	if !m.Header.HasToken("Require", "100rel") {
		return true
	}
	rseq, ok := m.RSeq()
	if !ok || rseq == 0 || d.rseq != 0 && rseq != d.rseq+1 {
		return false
	}
	d.rseq = rseq
	rack := sip.RAck{RSeq: rseq, CSeq: m.CSeq}
	if c.outgoing.lateOffer && sdpOf(m) != nil && c.outgoing.unanswered == nil && !c.outgoing.earlyAnswered {
		c.outgoing.unanswered = &prackDue{dialog: d, rack: rack}
		return true // the application's answer goes into the PRACK
	}
	a.sendPrack(d, rack, nil)
	return true
}

// prackDue is a PRACK that waits for the application's answer.
type prackDue struct {
	dialog *dialog
	rack   sip.RAck
}

// sendPrack acknowledges a reliable provisional response, in its early dialog.
func (a *Agent) sendPrack(d *dialog, rack sip.RAck, sdp []byte) {
	m := d.request(sip.PRACK, d.nextSeq())
	m.Header.Add("RAck", rack.String())
	setBody(m, sdp)
	a.sendInDialog(d, m, nil, func(m *sip.Message, err error) {
		if m == nil || m.Status >= 300 {
			a.log.Info("PRACK was not taken", "call", d.call.id, "error", err)
		}
	})
}

// answerEarly gives the application's answer to the offer in a reliable provisional response.
func (a *Agent) answerEarly(c *call, sdp []byte) {
	p := c.outgoing.unanswered
	c.outgoing.unanswered, c.outgoing.earlyAnswered = nil, true
	a.sendPrack(p.dialog, p.rack, sdp)
}

// reliable is our provisional response that waits for its PRACK (RFC 3262 section 3).
type reliable struct {
	response *sip.Message // nil when nothing waits
	rseq     uint32
	again    time.Time
	interval time.Duration
	giveUp   time.Time
}

// wantsReliable tells whether the caller demands reliable provisional responses.
func wantsReliable(m *sip.Message) bool { return m.Header.HasToken("Require", "100rel") }

// sendReliable sends a provisional response until its PRACK comes.
func (a *Agent) sendReliable(c *call, m *sip.Message) {
	rseq := c.reliable.rseq + 1
	if rseq == 1 {
		rseq = 1 + uint32(a.fraction()*(1<<31-2)) // RFC 3262 section 3: the first is random
	}
	m.Header.Add("Require", "100rel")
	m.Header.Add("RSeq", strconv.FormatUint(uint64(rseq), 10))
	c.reliable = reliable{
		response: m, rseq: rseq, interval: a.cfg.Timers.T1,
		again: a.now.Add(a.cfg.Timers.T1), giveUp: a.now.Add(64 * a.cfg.Timers.T1),
	}
	a.respond(c.incoming, m)
}

// repeatReliable sends the response again; the interval doubles without bound. Without PRACK for 64*T1 the INVITE is
// refused with a 5xx (RFC 3262 section 3).
func (a *Agent) repeatReliable(c *call) {
	p := &c.reliable
	switch {
	case c.incoming == nil:
		c.reliable = reliable{rseq: p.rseq}
	case isDue(p.giveUp, a.now):
		a.refuse(c, 504)
		a.end(c, Ended{By: Trouble, Status: 504, Reason: "no PRACK"})
	default:
		a.respond(c.incoming, p.response)
		p.interval *= 2
		p.again = p.again.Add(p.interval)
	}
}

// servePrack is the peer's PRACK: it must name the response that waits for it.
func (a *Agent) servePrack(d *dialog, tx *serverTx) {
	c := d.call
	p := &c.reliable
	m := tx.Request()
	rack, err := sip.ParseRAck(m.Header.Get("RAck"))
	switch {
	case err != nil || p.response == nil || rack != (sip.RAck{RSeq: p.rseq, CSeq: p.response.CSeq}):
		a.reply(tx, 481)
	case sdpOf(m) != nil:
		a.reply(tx, 488) // our answer is still to come: this is no time for another offer
		c.reliable = reliable{rseq: p.rseq}
	default:
		a.reply(tx, 200)
		c.reliable = reliable{rseq: p.rseq}
	}
}
