package transaction

import (
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// Receive takes a message from the network and tells what it means to the user. A request must have a Via: completing
// that with received and rport is done here (RFC 3261 section 18.2.1, RFC 3581 section 4).
func (t *Table) Receive(now time.Time, flow transport.Flow, m *sip.Message) Event {
	if !m.IsRequest() {
		return t.receiveResponse(now, flow, m)
	}
	if len(m.Via) == 0 {
		return Event{}
	}
	Stamp(flow, &m.Via[0])
	switch m.Method {
	case sip.ACK:
		return t.receiveAck(now, flow, m)
	case sip.CANCEL:
		return t.receiveCancel(now, flow, m)
	}
	return t.receiveRequest(now, flow, m)
}

// receiveRequest absorbs a repetition or starts a transaction.
func (t *Table) receiveRequest(now time.Time, flow transport.Flow, m *sip.Message) Event {
	key := keyOfRequest(m, m.Method)
	if s := t.servers[key]; s != nil {
		t.repeat(s)
		return Event{}
	}
	if len(t.servers) >= t.maxServers {
		return Event{Kind: Overload, Message: m, Flow: flow}
	}
	merged := m.To.Tag() == "" && t.isMerged(m)
	s := t.newServer(now, key, flow, m)
	if m.To.Tag() == "" && !merged {
		s.merge = keyOfMerge(m)
		t.ongoing[s.merge] = s
	}
	return Event{Kind: Request, Server: s, Merged: merged, Message: m, Flow: flow}
}

// repeat answers a repetition of a request with the response it has had. In Accepted the user does that.
func (t *Table) repeat(s *Server) {
	if s.response != nil && (s.state == ServerProceeding || s.state == ServerCompleted) {
		t.send.Send(s.flow, s.response)
	}
}

// isMerged tells whether a request outside dialogs runs already under another branch. A copy that was refused is not
// ongoing any more: a client may try the same request on another server after a 503 (RFC 3263 section 4.3).
//
// https://www.rfc-editor.org/rfc/rfc3261#section-8.2.2.2
func (t *Table) isMerged(m *sip.Message) bool {
	s := t.ongoing[keyOfMerge(m)]
	return s != nil && s.state != ServerCompleted && s.state != ServerConfirmed
}

// receiveAck gives the ACK of a refusal to its machine and any other to the user. A request of RFC 2543 must carry
// the To tag of the response it acknowledges (RFC 3261 section 17.2.3).
func (t *Table) receiveAck(now time.Time, flow transport.Flow, m *sip.Message) Event {
	s := t.servers[keyOfRequest(m, sip.INVITE)]
	switch {
	case s == nil:
	case s.key.sentBy == "" && m.To.Tag() != s.toTag:
		return Event{}
	case !t.inviteAcked(now, s):
		return Event{}
	}
	return Event{Kind: Ack, Server: s, Message: m, Flow: flow}
}

// receiveCancel starts the CANCEL's own transaction and finds the INVITE it is for.
//
// https://www.rfc-editor.org/rfc/rfc3261#section-9.2
func (t *Table) receiveCancel(now time.Time, flow transport.Flow, m *sip.Message) Event {
	e := t.receiveRequest(now, flow, m)
	if e.Kind != Request {
		return e
	}
	e.Kind, e.Merged = Cancel, false
	if s := t.servers[keyOfRequest(m, sip.INVITE)]; s != nil && isCancelOf(s.request, m) {
		e.Invite = s
	}
	return e
}

// isCancelOf compares what a CANCEL must share with its INVITE beyond the branch: a guess at one is not enough to stop
// a ringing phone.
func isCancelOf(invite, cancel *sip.Message) bool {
	return invite.CallID == cancel.CallID &&
		invite.CSeq.Seq == cancel.CSeq.Seq &&
		invite.From.Tag() == cancel.From.Tag() &&
		invite.To.Tag() == cancel.To.Tag() &&
		invite.URI.Equal(cancel.URI)
}
