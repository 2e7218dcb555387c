package transaction

import (
	"time"

	"intercom/sipua/sip"
)

// otherResponse is the client machine of every method but INVITE. It tells whether the response goes up.
//
//	      | request sent
//	      v
//	+-----------+  timer E: send again, min(2*E, T2)
//	|  Calling  |  timer F (64*T1) or transport error: Failed
//	+-----------+
//	      | 1xx: up
//	      v
//	+-----------+  1xx: up; timer E = T2: send again
//	| Proceeding|  timer F or transport error: Failed
//	+-----------+
//	      | 200-699: up               (also straight from Calling)
//	      v
//	+-----------+  responses are absorbed
//	| Completed |  timer K (T4 UDP, 0 TCP): Ended
//	+-----------+
//
// https://www.rfc-editor.org/rfc/rfc3261#section-17.1.2
func (t *Table) otherResponse(now time.Time, c *Client, m *sip.Message) (up bool) {
	switch c.state {
	case ClientCalling, ClientProceeding:
		if m.Status < 200 {
			t.slowDown(now, c)
			return true
		}
		limit := t.t4
		if reliable(c.flow) {
			limit = 0
		}
		t.setClient(now, c, ClientCompleted, limit)
		return true
	case ClientCompleted, ClientAccepted:
	case ClientTerminated:
		panic("BUG: response for a transaction that has left the table")
	}
	return false
}

// slowDown enters Proceeding at the first 1xx, where timer E is T2; timer F goes on.
func (t *Table) slowDown(now time.Time, c *Client) {
	first := c.state == ClientCalling
	c.state = ClientProceeding
	if !first || c.entry.timers.again.IsZero() {
		return
	}
	c.entry.timers.interval = t.t2
	c.entry.timers.again = now.Add(t.t2)
	t.agenda.set(&c.entry)
}
