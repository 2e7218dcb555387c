package sipua

import (
	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// trace tells the application of a message, without what must not be seen: a digest allows guessing at the password, a
// key allows listening in, and the digits of an INFO may be the code of the door.
func (a *Agent) trace(sent bool, f transport.Flow, m *sip.Message) {
	a.tell(Traced{At: a.now, Sent: sent, Flow: f, Message: m.Redacted()})
}
