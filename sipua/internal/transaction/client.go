package transaction

import (
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// ClientState is a state of the client machines.
type ClientState uint8

const (
	// ClientCalling repeats the request until any response comes ("Calling" of INVITE, "Trying" of others).
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1.2
	ClientCalling ClientState = iota
	// ClientProceeding has a provisional response. An INVITE is not repeated any more, other requests are, each T2.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-17.1.2.2
	ClientProceeding
	// ClientAccepted has a 2xx to an INVITE and passes each further 2xx up: a forking proxy sends several.
	//
	// https://www.rfc-editor.org/rfc/rfc6026#section-7.2
	ClientAccepted
	// ClientCompleted has its final response and absorbs repetitions of it; an INVITE answers each with ACK.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1.2
	ClientCompleted
	// ClientTerminated has left the table.
	ClientTerminated
)

// String is the RFC's name of the state.
func (s ClientState) String() string {
	return [...]string{"Calling", "Proceeding", "Accepted", "Completed", "Terminated"}[s]
}

// Client is one client transaction. The table changes it; the user reads it through its methods.
type Client struct {
	Owner any // the user's own, such as the call it belongs to

	entry     entry
	key       clientKey
	state     ClientState
	request   *sip.Message
	packet    []byte // the request as it is repeated
	ack       []byte // the ACK of a non-2xx final response
	flow      transport.Flow
	answered  bool // any response at all has come
	cancelled bool // the user has called Cancel
	cancel    *sip.Message
	failure   error // set by Fail, reported by Advance
}

// Request is the request as sent.
func (c *Client) Request() *sip.Message { return c.request }

// Flow is where the request went. ACK and CANCEL go there as well (RFC 3263 section 4).
func (c *Client) Flow() transport.Flow { return c.flow }

// State is the state of the machine.
func (c *Client) State() ClientState { return c.state }

// Answered tells whether any response has come: if none, a failure may be tried at the next server (RFC 3263 4.3).
func (c *Client) Answered() bool { return c.answered }

// Cancelled tells whether Cancel was called.
func (c *Client) Cancelled() bool { return c.cancelled }

// Request sends a request that the user has finished, Via with a fresh branch included, and starts its transaction.
// ErrFull and ErrBranch say why it was not sent. ACK has no transaction: it panics.
func (t *Table) Request(now time.Time, flow transport.Flow, m *sip.Message) (*Client, error) {
	if m.Method == sip.ACK {
		panic("BUG: ACK has no client transaction")
	}
	if len(t.clients) >= t.maxClients {
		return nil, ErrFull
	}
	if len(m.Via) == 0 || m.Via[0].Branch() == "" {
		return nil, ErrBranch
	}
	key := clientKey{branch: m.Via[0].Branch(), method: m.Method}
	if t.clients[key] != nil {
		return nil, ErrBranch
	}
	c := &Client{key: key, request: m, packet: m.Append(nil), flow: flow, entry: entry{place: -1}}
	c.entry.client = c
	t.clients[key] = c
	t.startClient(now, c)
	return c, nil
}

// startClient sends the request the first time. Timers A and E only run where the transport loses messages; B and F
// run everywhere.
func (t *Table) startClient(now time.Time, c *Client) {
	t.send.Send(c.flow, c.packet)
	if !reliable(c.flow) {
		c.entry.timers.interval = t.t1
		c.entry.timers.again = now.Add(t.t1)
	}
	c.entry.timers.end = now.Add(64 * t.t1)
	t.agenda.set(&c.entry)
}

// setClient is the only writer of a client's state. A new state starts with no retransmission and the limit given,
// counted from now; negative is no limit.
func (t *Table) setClient(now time.Time, c *Client, s ClientState, limit time.Duration) {
	c.state = s
	c.entry.timers = timers{}
	if limit >= 0 {
		c.entry.timers.end = now.Add(limit)
	}
	t.agenda.set(&c.entry)
}

// endClient takes the transaction out of the table.
func (t *Table) endClient(c *Client) {
	c.state = ClientTerminated
	t.agenda.drop(&c.entry)
	delete(t.clients, c.key)
}

// advanceClient does what is due: report a failure, repeat the request, or end.
func (t *Table) advanceClient(now time.Time, c *Client) Event {
	if c.failure != nil {
		t.endClient(c)
		return Event{Kind: Failed, Client: c, Err: c.failure}
	}
	if end := c.entry.timers.end; !end.IsZero() && !end.After(now) {
		return t.expireClient(c)
	}
	t.send.Send(c.flow, c.packet)
	c.entry.timers.interval = t.nextInterval(c)
	c.entry.timers.again = c.entry.timers.again.Add(c.entry.timers.interval)
	t.agenda.set(&c.entry)
	return Event{}
}

// nextInterval is timer A, doubling without bound, or timer E, doubling up to T2.
func (t *Table) nextInterval(c *Client) time.Duration {
	double := 2 * c.entry.timers.interval
	if c.key.method == sip.INVITE {
		return double
	}
	return min(double, t.t2)
}

// expireClient is the end of a state's time. Before a final response it is timer B or F, or the 64*T1 a cancelled
// INVITE may take (RFC 3261 section 9.1): a failure.
func (t *Table) expireClient(c *Client) Event {
	pending := c.state == ClientCalling || c.state == ClientProceeding
	t.endClient(c)
	if pending {
		return Event{Kind: Failed, Client: c, Err: ErrTimeout}
	}
	return Event{Kind: Ended, Client: c}
}

// failClient marks a transaction as failed unless that does not matter any more: with a final response in hand
// nothing is lost, and an ICMP error after a 1xx over UDP is no proof against the peer that has answered.
func (t *Table) failClient(now time.Time, c *Client, err error) {
	waiting := c.state == ClientCalling || c.state == ClientProceeding && reliable(c.flow)
	if !waiting || c.failure != nil {
		return
	}
	c.failure = err
	c.entry.timers.end = now
	t.agenda.set(&c.entry)
}

// receiveResponse finds the transaction of a response and lets its machine judge.
func (t *Table) receiveResponse(now time.Time, flow transport.Flow, m *sip.Message) Event {
	if len(m.Via) == 0 {
		return Event{}
	}
	c := t.clients[clientKey{branch: m.Via[0].Branch(), method: m.CSeq.Method}]
	if c == nil || c.failure != nil || m.CSeq.Seq != c.request.CSeq.Seq {
		return Event{}
	}
	c.answered = true
	up := false
	if c.key.method == sip.INVITE {
		up = t.inviteResponse(now, c, m)
	} else {
		up = t.otherResponse(now, c, m)
	}
	if !up {
		return Event{}
	}
	return Event{Kind: Response, Client: c, Message: m, Flow: flow}
}
