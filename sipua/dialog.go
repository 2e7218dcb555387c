package sipua

import (
	"slices"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// dialogKey identifies a dialog (RFC 3261 section 12). All three are random and long on our side.
type dialogKey struct {
	callID    string
	localTag  string
	remoteTag string
}

// dialog is the state two user agents share (RFC 3261 section 12). It belongs to a call.
type dialog struct {
	call      *call
	key       dialogKey
	local     sip.Address // with our tag
	remote    sip.Address // with the peer's tag
	localSeq  uint32
	remoteSeq uint32 // 0 when the peer has sent no request yet
	hasRemote bool   // remoteSeq counts
	routes    []sip.Address
	target    sip.URI // remote target: the peer's Contact
	isEarly   bool
	peer      transport.Flow // where the dialog's last message came from: the way of last resort

	ack     *sip.Message   // the ACK of the last 2xx, sent again whenever that comes again
	ackFlow transport.Flow // where it went

	rseq uint32 // RSeq of the last reliable provisional response of the peer; 0 before the first

	hop hop
}

// dialogOfResponse makes the UAC's side (RFC 3261 section 12.1.2): the route set is Record-Route reversed.
func dialogOfResponse(request, response *sip.Message) *dialog {
	d := &dialog{
		key:      dialogKey{response.CallID, response.From.Tag(), response.To.Tag()},
		local:    request.From,
		remote:   response.To,
		localSeq: request.CSeq.Seq,
		isEarly:  response.Status < 200,
	}
	d.setRoutes(response, true)
	d.setTarget(response)
	return d
}

// dialogOfRequest makes the UAS's side (RFC 3261 section 12.1.1): the route set is Record-Route in order.
func dialogOfRequest(request *sip.Message, localTag string) *dialog {
	d := &dialog{
		key:       dialogKey{request.CallID, localTag, request.From.Tag()},
		local:     request.To,
		remote:    request.From,
		remoteSeq: request.CSeq.Seq,
		hasRemote: true,
		isEarly:   true,
	}
	d.local.Params = d.local.Params.With("tag", localTag)
	d.setRoutes(request, false)
	d.setTarget(request)
	if !request.Header.Has("Contact") && request.From.URI.IsSIP() {
		d.target = request.From.URI // a caller of RFC 2543, where Contact was optional
	}
	return d
}

// setRoutes takes the route set. That of an early dialog is replaced by the one of its 2xx (RFC 3261 section 13.2.2.4).
func (d *dialog) setRoutes(m *sip.Message, reverse bool) {
	routes, err := m.RecordRoutes()
	if err != nil {
		return
	}
	if reverse {
		slices.Reverse(routes)
	}
	d.routes = routes
}

// setTarget takes the remote target from a message that sets or refreshes it: a request or response of INVITE or
// UPDATE with a usable Contact.
func (d *dialog) setTarget(m *sip.Message) {
	contacts, err := m.Contacts()
	if err != nil || len(contacts) == 0 || !contacts[0].URI.IsSIP() {
		return
	}
	if u := contacts[0].URI; u != d.target {
		d.target = u
		d.hop.forget()
	}
}

// confirm turns an early dialog into the one of a 2xx.
func (d *dialog) confirm(m *sip.Message) {
	d.isEarly = false
	d.setRoutes(m, true)
	d.setTarget(m)
}

// nextHop is the URI to locate: the first route, else the remote target (RFC 3261 section 8.1.2). A strict router in
// front is the Request-URI as well, and addressed by it.
func (d *dialog) nextHop() sip.URI {
	if len(d.routes) > 0 {
		return d.routes[0].URI
	}
	return d.target
}

// isOrdered checks and takes the CSeq of a request in the dialog: a lower one is out of order (RFC 3261 section 12.2.2).
func (d *dialog) isOrdered(m *sip.Message) bool {
	if d.hasRemote && m.CSeq.Seq < d.remoteSeq {
		return false
	}
	d.remoteSeq, d.hasRemote = m.CSeq.Seq, true
	return true
}

// request builds a request within the dialog. seq is the CSeq: of ACK that of its INVITE, else the next one.
//
// https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.1
func (d *dialog) request(method string, seq uint32) *sip.Message {
	m := &sip.Message{
		Method: method,
		URI:    d.target,
		From:   d.local,
		To:     d.remote,
		CallID: d.key.callID,
		CSeq:   sip.CSeq{Seq: seq, Method: method},
	}
	m.URI.Headers = ""
	m.URI.Params = m.URI.Params.Without("method")
	m.Header.Add("Max-Forwards", "70")
	d.addRoutes(m)
	return m
}

// addRoutes writes the Route fields. If the first router is a strict one of RFC 2543, its URI is the Request-URI and
// the remote target is the last route.
//
//	route set              Request-URI     Route
//	empty                  remote target   none
//	P1;lr P2;lr            remote target   P1, P2
//	P1 P2;lr (strict P1)   P1              P2, remote target
func (d *dialog) addRoutes(m *sip.Message) {
	routes := d.routes
	if len(routes) == 0 {
		return
	}
	if !routes[0].URI.Params.Has("lr") {
		m.URI = routes[0].URI
		m.URI.Headers = ""
		m.URI.Params = m.URI.Params.Without("method")
		routes = append(slices.Clone(routes[1:]), sip.Address{URI: d.target})
	}
	for _, r := range routes {
		m.Header.Add("Route", r.String())
	}
}

// nextSeq counts up for a new request.
func (d *dialog) nextSeq() uint32 {
	d.localSeq++
	return d.localSeq
}

// addDialog makes a dialog findable.
func (a *Agent) addDialog(c *call, d *dialog) {
	d.call = c
	a.dialogs[d.key] = d
}

// dropDialog forgets a dialog; requests for it are answered with 481 from now on.
func (a *Agent) dropDialog(d *dialog) { delete(a.dialogs, d.key) }

// findDialog finds the dialog of a request: Call-ID and both tags must match.
func (a *Agent) findDialog(m *sip.Message) *dialog {
	return a.dialogs[dialogKey{m.CallID, m.To.Tag(), m.From.Tag()}]
}
