package sipua

import (
	"cmp"
	"time"

	"intercom/sipua/sip"
)

// callState is a state of a call.
type callState uint8

const (
	// callStarting is a call placed whose servers are still being located: nothing was sent.
	//
	// https://www.rfc-editor.org/rfc/rfc3263#section-4
	callStarting callState = iota
	// callCalling has sent INVITE and waits for its final response, provisional ones or not.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-13.2
	callCalling
	// callAnswering has a 2xx with an offer, whose answer the application must give before the ACK can leave.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-13.2.1
	callAnswering
	// callIncoming has got INVITE and waits for the application.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-13.3
	callIncoming
	// callAccepted has sent 2xx and repeats it until ACK.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-13.3.1.4
	callAccepted
	// callEstablished is a conversation.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-14
	callEstablished
	// callEnded is over for the application. It stays to acknowledge and end what still arrives for it, such as the
	// 2xx that crossed a CANCEL.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-15
	callEnded
)

// String names the state.
func (s callState) String() string {
	return [...]string{"starting", "calling", "answering", "incoming", "accepted", "established", "ended"}[s]
}

// call is one call, in either direction. It is owned by the Agent's loop.
//
//	Dial      +----------+ located +---------+  2xx, our offer    +-------------+
//	--------> | starting | ------> | calling | -----------------> | established |
//	          +----------+         +---------+ ---+               +-------------+
//	               |                    |         | 2xx, its offer   ^   ^   |
//	               |                    |         v                  |   |   |
//	               |                    |    +-----------+  Answer   |   |   |
//	               |                    |    | answering | ----------+   |   |
//	               |                    |    +-----------+               |   |
//	INVITE    +----------+  Answer +----------+         ACK              |   |
//	--------> | incoming | ------> | accepted | -------------------------+   |
//	          +----------+         +----------+                              |
//	               |                    |      Hangup, BYE, CANCEL, refusal, |
//	               v                    v      limits: from every state      v
//	          +-------------------------------------------------------------------+
//	          |                               ended                               |
//	          +-------------------------------------------------------------------+
type call struct {
	id      CallID
	state   callState
	account *account // nil for a direct call
	secure  bool     // sips: Contact must be sips
	limit   time.Time
	dialog  *dialog // the dialog of the conversation; nil while there is none

	outgoing outgoing
	incoming *serverTx // INVITE of the peer, until it has a final response
	accept   acceptance
	offer    negotiation
	reliable reliable
	session  session
	leastSE  time.Duration // Min-SE of a 422
	tries422 int

	peerUpdates bool        // the peer's Allow has UPDATE
	localSDP    []byte      // our session description in force
	remoteSDP   []byte      // the peer's
	repeat      time.Time   // next repetition of a provisional response
	last1xx     int         // its status
	bye         *errand     // BYE on its way
	reason      []sip.Field // Reason of our CANCEL or BYE

	referral referral // REFER of the peer
	referrer CallID   // the call whose peer asked for this one; 0 for none
	replaces CallID   // the call this one takes the place of when answered; 0 for none
}

// outgoing is what only a call placed by Dial has.
type outgoing struct {
	invite    *errand
	legs      map[string]*dialog // by the To tag of the response: a proxy may fork
	lateOffer bool               // our INVITE had no offer
	isRefused bool               // a final response other than 2xx has come, or none ever will

	visited []sip.URI // called already, and
	ahead   []sip.URI // still to be called, by redirection

	unanswered    *prackDue // an offer in a reliable provisional response, and its PRACK that wants the answer
	earlyAnswered bool      // that was given
}

// acceptance is a 2xx to INVITE or re-INVITE that waits for its ACK (RFC 3261 section 13.3.1.4).
type acceptance struct {
	tx        *serverTx
	response  *sip.Message // nil when nothing waits
	again     time.Time
	interval  time.Duration
	giveUp    time.Time
	wantsSDP  bool // our 2xx carried an offer: its answer is in the ACK
	thenByeIt bool // Hangup came meanwhile: BYE must wait for the ACK (RFC 3261 section 15)
}

// negotiation is a re-INVITE under way, ours or the peer's: there may be one (RFC 3261 section 14).
type negotiation struct {
	ours    *errand
	theirs  *serverTx
	limit   time.Time // when the one under way is given up
	retryAt time.Time // when ours is tried again after 491
	sdp     []byte    // of ours, for that
	tries   int

	isRefresh bool // ours only keeps the session alive
}

// setState is the only writer of the state. limit bounds the stay in it; zero means for ever.
func (c *call) setState(s callState, limit time.Time) {
	c.state = s
	c.limit = limit
}

// deadline is when the call wants attention.
func (c *call) deadline() time.Time {
	due := earliest(c.limit, c.repeat)
	due = earliest(due, earliest(c.accept.again, c.accept.giveUp))
	due = earliest(due, earliest(c.reliable.again, c.reliable.giveUp))
	due = earliest(due, earliest(c.session.due(), c.referral.limit))
	return earliest(due, earliest(c.offer.limit, c.offer.retryAt))
}

// isOver tells whether the application has heard of the end.
func (c *call) isOver() bool { return c.state == callEnded }

// isBusy tells whether closing the Agent should wait for the call.
func (c *call) isBusy() bool {
	inviting := c.outgoing.invite.isPending() && c.outgoing.invite.tx != nil
	return inviting || c.bye.isPending() || c.accept.response != nil
}

// running counts the calls the application knows of.
func (a *Agent) running() (n int) {
	for _, c := range a.calls {
		if !c.isOver() {
			n++
		}
	}
	return n
}

// isFull tells whether a further call must be refused: too many run, or too many are still being wound up.
func (a *Agent) isFull() bool {
	return !a.closeBy.IsZero() || a.running() >= a.cfg.MaxCalls || len(a.calls) >= a.cfg.MaxCalls+maxLingering
}

// advanceCall does what is due for a call.
func (a *Agent) advanceCall(c *call) {
	if isDue(c.limit, a.now) {
		a.callLimit(c)
	}
	if isDue(c.repeat, a.now) {
		a.repeatProvisional(c)
	}
	if isDue(earliest(c.accept.again, c.accept.giveUp), a.now) {
		a.repeatAccept(c)
	}
	if isDue(earliest(c.reliable.again, c.reliable.giveUp), a.now) {
		a.repeatReliable(c)
	}
	if isDue(c.session.due(), a.now) {
		a.sessionDue(c)
	}
	if isDue(c.referral.limit, a.now) {
		a.referralLimit(c)
	}
	if isDue(c.offer.limit, a.now) {
		a.offerLimit(c)
	}
	if isDue(c.offer.retryAt, a.now) {
		c.offer.retryAt = time.Time{}
		a.sendOffer(c)
	}
}

// callLimit is the end of the time a state may take.
func (a *Agent) callLimit(c *call) {
	c.limit = time.Time{}
	switch c.state {
	case callStarting, callCalling:
		a.cancel(c)
		a.end(c, Ended{By: Local, Reason: "nobody answered"})
	case callIncoming:
		a.refuse(c, 480)
		a.end(c, Ended{By: Local, Status: 480, Reason: "nobody answered"})
	case callAnswering:
		a.ackAndBye(c, c.dialog)
		a.end(c, Ended{By: Local, Reason: "no answer to the offer in the 2xx"})
	case callEnded:
		a.forget(c)
	case callAccepted, callEstablished:
		// without a limit
	}
}

// end tells the application and lets the call linger for what may still arrive.
func (a *Agent) end(c *call, e Ended) {
	if c.isOver() {
		return
	}
	e.Call = c.id
	c.repeat, c.offer = time.Time{}, negotiation{}
	c.reliable, c.session, c.referral = reliable{}, session{}, referral{}
	a.report(c, max(e.Status, 480), cmp.Or(e.Reason, "Temporarily Unavailable"))
	c.setState(callEnded, a.now.Add(a.linger()))
	a.tell(e)
	a.settle(c)
}

// settle forgets a call that is over and waits for nothing any more: neither the ACK of our 2xx, nor the answer to BYE,
// nor, while its INVITE may still be accepted, late 2xx. A flood of CANCELs would else fill the memory.
func (a *Agent) settle(c *call) {
	mayBeAccepted := c.outgoing.invite != nil && !c.outgoing.isRefused
	if c.isOver() && !mayBeAccepted && c.accept.response == nil && !c.bye.isPending() {
		a.forget(c)
	}
}

// maxLingering bounds the calls that are over and not forgotten.
const maxLingering = 64

// linger is how long responses to our INVITE, or the ACK of our 2xx, may come after the end: timers M or H, and what
// a held CANCEL needs before.
func (a *Agent) linger() time.Duration { return 2*64*a.cfg.Timers.T1 + time.Second }

// forget drops a call and its dialogs.
func (a *Agent) forget(c *call) {
	a.dropDialogs(c, nil)
	delete(a.calls, c.id)
}

// dropDialogs forgets all dialogs of a call but one.
func (a *Agent) dropDialogs(c *call, but *dialog) {
	for _, d := range c.outgoing.legs {
		if d != but {
			a.dropDialog(d)
		}
	}
	if c.dialog != nil && c.dialog != but {
		a.dropDialog(c.dialog)
	}
}
