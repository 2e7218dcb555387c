package transaction

import (
	"time"

	"intercom/sipua/sip"
)

// Cancel asks the server to end a pending INVITE (RFC 3261 section 9.1). Before the first provisional response the
// CANCEL is held; with a final response it does nothing, so a 2xx that crosses is for the user to BYE. The extra
// fields, such as Reason (RFC 3326), go into the CANCEL. The INVITE then ends with its final response, or after 64*T1
// with ErrTimeout.
func (t *Table) Cancel(now time.Time, c *Client, extra ...sip.Field) {
	if c.cancelled || c.key.method != sip.INVITE || c.state > ClientProceeding {
		return
	}
	c.cancelled = true
	c.cancel = skeleton(c.request, sip.CANCEL)
	c.cancel.Header = append(c.cancel.Header, extra...)
	if c.state == ClientProceeding {
		t.sendCancel(now, c)
	}
}

// sendCancel starts the CANCEL's own transaction, to the address of the INVITE, and limits the INVITE's life. A full
// table loses the CANCEL, not the limit.
func (t *Table) sendCancel(now time.Time, c *Client) {
	_, _ = t.Request(now, c.flow, c.cancel)
	c.entry.timers.end = now.Add(64 * t.t1)
	t.agenda.set(&c.entry)
}
