package pbx

import (
	"time"

	"intercom/sipua/internal/transaction"
	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// call is the response context of one forwarded request (RFC 3261 section 16.7): its branches and
// what they answered. For an INVITE:
//
//	           forward to n targets
//	                   |
//	                   v
//	+-----------------------------------------+  1xx but 100: up
//	| ringing: a branch has no final response |  timer C of a branch: CANCEL it
//	+-----------------------------------------+
//	 2xx: up,            | 6xx, or CANCEL     | every branch has a final
//	 CANCEL the others   | from the caller:   | response, none of them 2xx
//	        |            v CANCEL all         v
//	        |       (ringing goes on)     best response up
//	        v
//	further 2xx: up, each
type call struct {
	server     *transaction.Server
	branches   []*branch
	isInvite   bool
	isFinal    bool // a final response has gone up
	isCanceled bool // the caller gave up
}

// branch is one target's part of a call. It hangs on its client transaction (Client.Owner), so that
// a response finds it without a table, and lives as long as that: a 2xx that comes after the call
// was forgotten still goes up.
type branch struct {
	call     *call
	route    route
	target   target
	flow     transport.Flow // in use
	breadth  int
	client   *transaction.Client // nil if it could not be sent
	status   int                 // final response, 0 while there is none
	response *sip.Message        // the final response; nil for one made up here
	timerC   time.Time           // INVITE only; zero once it has fired
}

// isPending tells whether the final response is still to come.
func (b *branch) isPending() bool { return b.status == 0 }

// end notes the final response; a nil one is made up when it is needed.
func (b *branch) end(status int, response *sip.Message) {
	b.status, b.response, b.timerC = status, response, time.Time{}
}

// isPending tells whether a branch has no final response.
func (c *call) isPending() bool {
	for _, b := range c.branches {
		if b.isPending() {
			return true
		}
	}
	return false
}

// deadline is the next timer C; zero for none.
func (c *call) deadline() time.Time {
	var next time.Time
	for _, b := range c.branches {
		if !b.timerC.IsZero() && (next.IsZero() || b.timerC.Before(next)) {
			next = b.timerC
		}
	}
	return next
}

// event describes the call to observers.
func (c *call) event(now time.Time, kind Kind, status, targets int) Event {
	m := c.server.Request()
	return Event{
		Kind: kind, At: now, From: m.From.URI.String(), To: m.URI.String(), CallID: m.CallID, Status: status, Targets: targets,
	}
}

// response takes a response of one branch.
func (c *core) response(now time.Time, b *branch, m *sip.Message) {
	switch {
	case m.Status == 100:
	case m.Status < 200:
		if !b.timerC.IsZero() {
			b.timerC = now.Add(c.cfg.TimerC)
		}
		if !b.call.isFinal {
			c.pass(now, b.call, m)
		}
	case m.Status < 300:
		c.accepted(now, b, m)
	case b.isPending():
		b.end(m.Status, m)
		if m.Status >= 600 {
			c.cancelBranches(now, b.call)
		}
		c.settle(now, b.call)
	}
}

// accepted passes a 2xx up: for an INVITE each one, since every telephone that answered must be
// told by the caller which of them is wanted (section 16.7, item 5), for other methods the first.
func (c *core) accepted(now time.Time, b *branch, m *sip.Message) {
	isFirst := b.isPending()
	b.end(m.Status, m)
	if !b.call.isFinal && b.call.isInvite && b.call.server.Request().To.Tag() == "" {
		c.observe(b.call.event(now, Answered, m.Status, 1))
	}
	if b.call.isInvite || !b.call.isFinal {
		c.pass(now, b.call, m)
		b.call.isFinal = true
	}
	if isFirst {
		c.cancelBranches(now, b.call)
		c.settle(now, b.call)
	}
}

// pass forwards a response to the caller: its own Via list in the place of the one that came back
// (section 16.7, items 3 and 9), so that no telephone can send a response elsewhere.
func (c *core) pass(now time.Time, call *call, m *sip.Message) {
	r := m.Clone()
	r.Via = append([]sip.Via(nil), call.server.Request().Via...)
	c.respond(now, call.server, r)
}

// failed is a branch without an answer: 408 after its time, 503 for a way that does not work
// (section 16.9), unless there is another way to the same telephone.
func (c *core) failed(now time.Time, b *branch, err error) {
	if !b.isPending() {
		return
	}
	isTimeout := isTimeout(err)
	c.log.Info("telephone does not answer", "target", b.flow.Remote, "reason", err)
	if spare := b.target.spare; !isTimeout && spare != (transport.Flow{}) && !b.client.Answered() && !b.client.Cancelled() {
		b.target.spare = transport.Flow{}
		c.start(now, b, spare)
	} else if isTimeout {
		b.end(408, nil)
	} else {
		b.end(503, nil)
	}
	c.settle(now, b.call)
}

// cancel is a CANCEL of the caller: it is answered here, and each ringing telephone gets one of
// ours (section 16.10).
func (c *core) cancel(now time.Time, e transaction.Event) {
	if e.Invite == nil {
		c.refuse(now, e.Server, 481)
		return
	}
	c.refuse(now, e.Server, 200)
	for call := range c.calls {
		if call.server == e.Invite {
			call.isCanceled = true
			c.cancelBranches(now, call)
		}
	}
}

// cancelBranches asks every telephone that has not answered to stop ringing.
func (c *core) cancelBranches(now time.Time, call *call) {
	for _, b := range call.branches {
		if b.isPending() && b.client != nil {
			c.table.Cancel(now, b.client)
			b.timerC = time.Time{}
		}
	}
}

// advanceCall fires timer C: a telephone that rings for ever is cancelled (section 16.8). Its 487,
// or the end of its transaction, is its final response.
func (c *core) advanceCall(now time.Time, call *call) {
	for _, b := range call.branches {
		if !b.timerC.IsZero() && !b.timerC.After(now) {
			b.timerC = time.Time{}
			c.table.Cancel(now, b.client)
		}
	}
}

// settle answers the caller when every branch has its final response, and forgets the call. Late
// 2xx still find their way: the branches hang on their transactions.
func (c *core) settle(now time.Time, call *call) {
	if call.isPending() {
		return
	}
	delete(c.calls, call)
	if call.isFinal {
		return
	}
	call.isFinal = true
	r := c.best(call)
	if call.isInvite && call.server.Request().To.Tag() == "" {
		c.observe(call.event(now, Refused, r.Status, len(call.branches)))
	}
	c.respond(now, call.server, r)
}
