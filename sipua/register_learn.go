package sipua

import (
	"net/netip"
	"strconv"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// rewriteEvery bounds how often a changed public address makes us register anew at once. A NAT that gives each packet
// another port would else never let us rest.
const rewriteEvery = time.Minute

// learnFromGrant takes from a 200 what it says besides the lifetime: Service-Route, which each 200 replaces, also by
// nothing (RFC 3608 section 5.1); our public address; and the terms of keep-alives.
func (a *Agent) learnFromGrant(acc *account, e *errand, m *sip.Message) {
	routes, err := m.Header.Addresses("Service-Route")
	if err != nil {
		routes = nil
	}
	acc.serviceRoute = routes
	acc.contact = sentContact(e)
	a.planKeepAlive(acc, m)
	a.learnPublic(acc, e, m)
}

// sentContact is the URI we have bound.
func sentContact(e *errand) sip.URI {
	contacts, err := e.tx.Request().Contacts()
	if err != nil || len(contacts) == 0 {
		return sip.URI{}
	}
	return contacts[0].URI
}

// learnPublic compares where the server saw us (received and rport of our Via, RFC 3581) with where we are. Behind a NAT
// the binding must name the public address: the REGISTER is repeated, once, at once.
//
//	door 10.0.0.5:5070 ----- NAT 198.51.100.7:33060 -----> registrar
//	  Contact 10.0.0.5:5070      Via ...;rport  ->  ;rport=33060;received=198.51.100.7
//	  Contact 198.51.100.7:33060, and 10.0.0.5:5070;expires=0
func (a *Agent) learnPublic(acc *account, e *errand, m *sip.Message) {
	seen, ok := seenAt(m)
	if !ok {
		return
	}
	public := netip.AddrPort{}
	if seen.Addr() != a.here(e.tx.Flow()).Addr() {
		public = seen
	}
	if public == acc.public {
		return
	}
	isFlapping := a.now.Sub(acc.publicAt) < rewriteEvery
	acc.public, acc.publicAt = public, a.now
	if !isFlapping {
		acc.reg.next = a.now
	}
}

// seenAt reads received and rport; received may stand in brackets (RFC 5118 section 4.5).
func seenAt(m *sip.Message) (netip.AddrPort, bool) {
	received, hasReceived := m.Via[0].Params.Get("received")
	rport, hasPort := m.Via[0].Params.Get("rport")
	if !hasReceived || !hasPort {
		return netip.AddrPort{}, false
	}
	addr, err := netip.ParseAddr(trimBrackets(received))
	port, err2 := strconv.ParseUint(rport, 10, 16)
	if err != nil || err2 != nil || port == 0 {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), true
}

// trimBrackets takes the brackets off an IPv6 literal.
func trimBrackets(s string) string {
	if len(s) > 1 && s[0] == '[' && s[len(s)-1] == ']' {
		return s[1 : len(s)-1]
	}
	return s
}

// registerRedirected follows a 3xx (RFC 3261 section 8.1.3.4), once in an attempt.
func (a *Agent) registerRedirected(acc *account, e *errand, m *sip.Message) {
	where := redirectTargets(m)
	if len(where) == 0 || acc.reg.isRedirected {
		a.registerFailed(acc, m.Status, retryAfter(m), refusal(m, nil))
		return
	}
	acc.reg.isRedirected = true
	acc.reg.errand = nil
	round := acc.reg.round
	a.findTargets(where, func(list []target, err error) {
		if acc.reg.round != round || acc.reg.state != regTrying {
			return
		}
		acc.trust(list)
		if len(list) == 0 {
			a.registerFailed(acc, m.Status, 0, err)
			return
		}
		next := a.registerErrand(acc, acc.reg.asked)
		next.message.URI = where[0]
		next.message.URI.User = ""
		next.heard = func(m *sip.Message, err error) { a.registerHeard(acc, next, m, err) }
		acc.reg.errand = next
		a.start(next, list)
	})
}

// NetworkChanged tells that an address, a route or a link of the host has changed. All accounts register anew at once,
// with new Contacts, whatever they were waiting for; calls find their way anew with their next request. To move the
// sound of a call, follow with Offer.
func (a *Agent) NetworkChanged() {
	a.post(func(a *Agent) {
		for _, acc := range a.accounts {
			a.networkChanged(acc)
		}
		for _, d := range a.dialogs {
			d.hop.forget()
		}
	})
}

// networkChanged starts an account's registration over: what was learnt of the old network is wrong now, and failures
// there are no reason to wait here.
func (a *Agent) networkChanged(acc *account) {
	if acc.reg.state == regRemoving || !a.closeBy.IsZero() {
		return
	}
	acc.public, acc.publicAt = netip.AddrPort{}, time.Time{}
	acc.reg.failures, acc.reg.flaps = 0, 0
	acc.reg.errand = nil
	a.register(acc)
}

// flowFailed is an error of the transport: if it is the flow of a registration, calls to us would not arrive any more.
func (a *Agent) flowFailed(f transport.Flow, err error) {
	for _, acc := range a.accounts {
		if acc.hasPinned && acc.pinned.Transport == f.Transport && acc.pinned.Addr == f.Remote {
			a.flowLost(acc, err)
		}
	}
}

// flowLost registers anew, unless that is under way.
func (a *Agent) flowLost(acc *account, err error) {
	if acc.reg.state != regActive || acc.cfg.NoRegister || !acc.reg.next.After(a.now) {
		return
	}
	a.log.Info("the flow of the registration is lost", "account", acc.cfg.AOR, "error", err)
	acc.alive = keepAlive{}
	acc.reg.lose(a.now, a.fraction())
}
