package pbx

import (
	"net/netip"
	"strconv"
	"time"

	"intercom/sipua/internal/transaction"
	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// forward sends a request to its targets and opens the response context that gathers their answers
// (RFC 3261 section 16.6).
func (c *core) forward(now time.Time, s *transaction.Server, r route, targets []target, breadth int) {
	call := &call{server: s, isInvite: s.Request().Method == sip.INVITE}
	c.calls[call] = true
	for _, t := range targets {
		b := &branch{call: call, route: r, target: t, breadth: breadth}
		call.branches = append(call.branches, b)
		c.start(now, b, t.flow)
	}
	if call.isInvite && !r.isDialog && s.Request().To.Tag() == "" {
		c.observe(call.event(now, Forwarded, 0, len(targets)))
	}
	c.settle(now, call)
}

// start opens a branch's transaction. One that cannot be opened counts as 500.
func (c *core) start(now time.Time, b *branch, flow transport.Flow) {
	b.flow = flow
	m, ok := c.outgoing(b.call.server, b)
	if !ok {
		b.end(500, nil)
		return
	}
	client, err := c.table.Request(now, flow, m)
	if err != nil {
		c.log.Warn("request not forwarded", "method", m.Method, "reason", err)
		b.end(500, nil)
		return
	}
	client.Owner, b.client = b, client
	if b.call.isInvite {
		b.timerC = now.Add(c.cfg.TimerC)
	}
}

// outgoing is the request as one target gets it.
func (c *core) outgoing(s *transaction.Server, b *branch) (*sip.Message, bool) {
	m := s.Request().Clone()
	if !c.address(m, b.flow, b.route, b.target.uri) {
		return nil, false
	}
	m.Header.Set("Max-Breadth", strconv.Itoa(b.breadth))
	m.Header = c.withoutOurs(m.Header)
	if startsDialog(m) {
		c.record(m, s.Flow(), b.flow)
	}
	return m, true
}

// startsDialog tells the requests that get a Record-Route.
func startsDialog(m *sip.Message) bool {
	return m.To.Tag() == "" && (m.Method == sip.INVITE || m.Method == sip.REFER)
}

// address does what all forwarded requests have in common, ACK included: Request-URI, hop count,
// Route and Via (RFC 3261 section 16.6, items 2, 3, 6 and 8). False if the host has no address
// towards the target.
//
// Our Via carries 128 random bits, by which the response finds its transaction, and the loop mark:
//
//	Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK<32 digits>.<16 digits>;rport
//	                                              ^ random    ^ loopMark
func (c *core) address(m *sip.Message, flow transport.Flow, r route, uri sip.URI) bool {
	local := c.own.of(flow)
	if !local.IsValid() {
		return false
	}
	mark := c.loopMark(m)
	m.URI = uri
	hops, ok := m.MaxForwards()
	if !ok {
		hops = 71
	}
	m.Header.Set("Max-Forwards", strconv.Itoa(max(hops-1, 0)))
	setRoutes(m, r.routes)
	via := sip.Via{Transport: flow.Transport, Host: local.Addr().String(), Port: int(local.Port())}
	via.Params = via.Params.With("branch", sip.BranchCookie+c.random()+"."+mark).With("rport", "")
	m.Via = append([]sip.Via{via}, m.Via...)
	return true
}

// setRoutes writes what is left of the Route. If the next hop is a strict router, it gets itself as
// the Request-URI and the real one at the end (section 16.6, item 6).
func setRoutes(m *sip.Message, routes []sip.Address) {
	m.Header.Del("Route")
	if len(routes) > 0 && !routes[0].URI.Params.Has("lr") {
		last := sip.Address{URI: m.URI}
		m.URI = routes[0].URI
		routes = append(routes[1:len(routes):len(routes)], last)
	}
	for _, route := range routes {
		m.Header.Add("Route", route.String())
	}
}

// record puts us into the dialog's route set. Where the two sides reach us by different addresses
// or transports there are two entries, the callee's on top (RFC 5658), so that neither has to be
// rewritten in the response.
func (c *core) record(m *sip.Message, from, to transport.Flow) {
	inside, outside := c.own.of(from), c.own.of(to)
	if inside != outside || from.Transport != to.Transport {
		m.Header.Prepend("Record-Route", c.recordRoute(from, inside, m.CallID).String())
	}
	m.Header.Prepend("Record-Route", c.recordRoute(to, outside, m.CallID).String())
}

// acknowledge forwards the ACK of a 2xx, which has no transaction (RFC 3261 section 16.11). Only
// ACKs that came by our Record-Route are for us to forward; all others find their own way or none.
func (c *core) acknowledge(now time.Time, received *sip.Message) {
	r, status := c.preprocess(received)
	hops, ok := received.MaxForwards()
	if status != 0 || !r.isDialog || ok && hops == 0 || c.isLooping(received) {
		return
	}
	targets, status := c.targets(now, received, netip.Addr{}, r)
	if status != 0 || len(targets) != 1 {
		return
	}
	m := received.Clone()
	if c.address(m, targets[0].flow, r, targets[0].uri) {
		c.network.Send(targets[0].flow, m.Append(nil))
	}
}
