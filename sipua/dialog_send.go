package sipua

import (
	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// hop is where a dialog's requests go: the targets of its next hop, located once and kept until the remote target
// changes. Requests wait here, in order, while it is being located.
type hop struct {
	targets  []target
	locating bool
	round    int
	waiting  []func(list []target)
}

// forget makes the next request locate anew.
func (h *hop) forget() {
	h.targets = nil
	h.locating = false
	h.round++
}

// withHop calls send with the targets for a request in the dialog, at once if they are known.
func (a *Agent) withHop(d *dialog, send func(list []target)) {
	if len(d.hop.targets) > 0 {
		send(d.hop.targets)
		return
	}
	d.hop.waiting = append(d.hop.waiting, send)
	if d.hop.locating {
		return
	}
	d.hop.locating = true
	round := d.hop.round
	a.findTargets([]sip.URI{d.nextHop()}, func(list []target, err error) {
		if d.hop.round != round {
			a.relocate(d)
			return
		}
		a.hopFound(d, list, err)
	})
}

// relocate asks again for those who still wait after the remote target has changed.
func (a *Agent) relocate(d *dialog) {
	waiting := d.hop.waiting
	d.hop.waiting = nil
	for _, send := range waiting {
		a.withHop(d, send)
	}
}

// hopFound serves those who wait. The place the dialog is in use with comes first, if it is one of the targets; where
// the peer's messages come from is the last resort, and often the only way to a peer behind NAT.
func (a *Agent) hopFound(d *dialog, list []target, err error) {
	if err != nil {
		a.log.Debug("next hop not located, falling back to the peer's address", "hop", d.nextHop(), "error", err)
	}
	list = d.call.account.reuseServer(list)
	list = preferFlow(list, d.peer)
	d.hop.locating = false
	d.hop.targets = list
	waiting := d.hop.waiting
	d.hop.waiting = nil
	for _, send := range waiting {
		send(list)
	}
}

// preferFlow puts the far end of the flow in use first, if it is one of the targets or, for a connection the peer has
// opened, at the same host: a peer that only dials out has no port to be called back at. Else it is the last resort. The
// TLS name it has proved stays: a Contact names its host by address, which no certificate is for.
func preferFlow(list []target, f transport.Flow) []target {
	there := targetOf(f)
	if !there.Addr.IsValid() {
		return list
	}
	others := make([]target, 0, len(list)+1)
	isAccepted := f.Transport != sip.UDP && f.Local.IsValid()
	isFirst := false
	for _, t := range list {
		isSame := t.Transport == there.Transport && t.Addr == there.Addr
		isSameHost := isAccepted && t.Transport == there.Transport && t.Addr.Addr() == there.Addr.Addr()
		isFirst = isFirst || isSame || isSameHost
		if !isSame {
			others = append(others, t)
		} else if there.domain == "" {
			there.domain = t.domain // it has proved nothing
		}
	}
	if isFirst {
		return append([]target{there}, others...)
	}
	return append(others, there)
}

// targetOf is the far end of a flow.
func targetOf(f transport.Flow) target {
	var t target
	t.Transport, t.Addr, t.domain, t.flow = f.Transport, f.Remote, f.ServerName, f
	return t
}

// sendInDialog sends a request in a dialog; heard gets its responses, m nil if there was none. complete, if not nil,
// finishes each copy for its flow.
func (a *Agent) sendInDialog(d *dialog, m *sip.Message, complete func(m *sip.Message, f transport.Flow), heard func(m *sip.Message, err error)) *errand {
	e := &errand{account: d.call.account, message: m, seq: &d.localSeq, secure: d.call.secure, prepare: complete}
	e.heard = func(m *sip.Message, err error) {
		if isFatal(m) {
			a.dialogGone(d, m)
		}
		heard(m, err)
	}
	a.withHop(d, func(list []target) { a.start(e, list) })
	return e
}

// isFatal tells whether a response to a request in a dialog says that the peer has lost it (RFC 3261 section 12.2.1.2,
// RFC 5057 section 5.1).
func isFatal(m *sip.Message) bool { return m != nil && (m.Status == 481 || m.Status == 408) }

// sendAck acknowledges a 2xx (RFC 3261 section 13.2.2.4): no transaction, a branch of its own, the INVITE's CSeq number
// and credentials. Each repetition of the 2xx gets the same ACK.
func (a *Agent) sendAck(d *dialog, invite *sip.Message, body []byte) {
	ack := d.request(sip.ACK, invite.CSeq.Seq)
	for _, f := range invite.Header {
		if f.Name == "Authorization" || f.Name == "Proxy-Authorization" {
			ack.Header = append(ack.Header, f)
		}
	}
	setBody(ack, body)
	d.ack = nil
	a.withHop(d, func(list []target) {
		if len(list) == 0 {
			return // the peer repeats its 2xx and then gives up
		}
		d.ackFlow = a.flowTo(list[0])
		ack.Via = []sip.Via{a.via(d.ackFlow)}
		d.ack = ack
		a.repeatAck(d)
	})
}

// repeatAck sends the ACK again.
func (a *Agent) repeatAck(d *dialog) {
	if d.ack != nil {
		a.Send(d.ackFlow, d.ack.Append(nil))
	}
}

// setBody puts a session description into a message.
func setBody(m *sip.Message, sdp []byte) {
	m.Body = sdp
	if len(sdp) > 0 {
		m.Header.Set("Content-Type", "application/sdp")
	} else {
		m.Header.Del("Content-Type")
	}
}
