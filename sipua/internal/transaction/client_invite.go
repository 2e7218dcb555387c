package transaction

import (
	"time"

	"intercom/sipua/sip"
)

// inviteResponse is the INVITE client machine. It tells whether the response goes up to the user.
//
//	             | INVITE sent
//	             v
//	       +-----------+  timer A: send again, interval doubles
//	       |  Calling  |  timer B (64*T1) or transport error: Failed
//	       +-----------+
//	             | 1xx: up
//	             v
//	       +-----------+  1xx: up; a held CANCEL is sent at the first
//	       | Proceeding|  no limit, but 64*T1 once cancelled: Failed
//	       +-----------+
//	 2xx: up |       | 300-699: ACK, up      (both also straight from Calling)
//	         v       v
//	+----------+   +-----------+  300-699: ACK again
//	| Accepted |   | Completed |  timer D (32 s UDP, 0 TCP): Ended
//	+----------+   +-----------+
//	 2xx: up; timer M (64*T1): Ended
//
// https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1
// https://www.rfc-editor.org/rfc/rfc6026#section-7.2
func (t *Table) inviteResponse(now time.Time, c *Client, m *sip.Message) (up bool) {
	class := m.Status / 100
	switch c.state {
	case ClientCalling, ClientProceeding:
		switch {
		case class == 1:
			t.inviteProvisional(now, c)
		case class == 2:
			t.setClient(now, c, ClientAccepted, 64*t.t1)
		default:
			t.inviteRefused(now, c, m)
		}
		return true
	case ClientAccepted:
		return class == 2
	case ClientCompleted:
		if class > 2 {
			t.send.Send(c.flow, c.ack)
		}
	case ClientTerminated:
		panic("BUG: response for a transaction that has left the table")
	}
	return false
}

// inviteProvisional stops the repetition at the first 1xx and then sends a CANCEL that had to wait for it.
func (t *Table) inviteProvisional(now time.Time, c *Client) {
	if c.state == ClientProceeding {
		return
	}
	t.setClient(now, c, ClientProceeding, -1)
	if c.cancelled {
		t.sendCancel(now, c)
	}
}

// inviteRefused acknowledges a non-2xx final response. Timer D is at least 32 s whatever T1 is.
func (t *Table) inviteRefused(now time.Time, c *Client, m *sip.Message) {
	c.ack = ackOf(c.request, m).Append(nil)
	t.send.Send(c.flow, c.ack)
	limit := max(64*t.t1, 32*time.Second)
	if reliable(c.flow) {
		limit = 0
	}
	t.setClient(now, c, ClientCompleted, limit)
}

// ackOf makes the ACK of a non-2xx response: the INVITE's branch, URI, Route and credentials, the response's To.
//
// https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1.3
// https://www.rfc-editor.org/rfc/rfc3261#section-22.1
func ackOf(request, response *sip.Message) *sip.Message {
	ack := skeleton(request, sip.ACK)
	ack.To = response.To
	copyFields(ack, request, "Authorization")
	copyFields(ack, request, "Proxy-Authorization")
	return ack
}

// skeleton is what ACK and CANCEL share with their request: the same way through the network.
func skeleton(request *sip.Message, method string) *sip.Message {
	m := &sip.Message{
		Method: method,
		URI:    request.URI,
		Via:    []sip.Via{request.Via[0]},
		From:   request.From,
		To:     request.To,
		CallID: request.CallID,
		CSeq:   sip.CSeq{Seq: request.CSeq.Seq, Method: method},
	}
	m.Header.Add("Max-Forwards", "70")
	copyFields(m, request, "Route")
	return m
}

// copyFields takes over each field of a name, in order.
func copyFields(to, from *sip.Message, name string) {
	for _, f := range from.Header {
		if f.Name == name {
			to.Header = append(to.Header, f)
		}
	}
}
