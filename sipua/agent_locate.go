package sipua

import (
	"context"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/locate"
	"intercom/sipua/sip"
)

// target is an address to send a request to, with what led there.
type target struct {
	locate.Target
	domain string // of the URI: what a TLS certificate must name (RFC 5922 section 7.2)
	server int    // index in Account.Servers; 0 for other URIs

	flow transport.Flow // if set, an existing flow to use and no other, such as a connection the peer has opened

	isSwitched bool // TCP instead of UDP for the sake of one large request (RFC 3261 section 18.1.1)
	isLast     bool // UDP again, since that TCP failed
}

// better tells whether t is to be preferred over b by the site's or the domain's own order; weights are no order.
func (t target) better(b target) bool {
	return t.server < b.server || t.server == b.server && t.Priority < b.Priority
}

// same tells whether two targets are one place.
func (t target) same(b target) bool {
	return t.Transport == b.Transport && t.Addr == b.Addr && t.domain == b.domain
}

// flowTo is the flow of a target.
func (a *Agent) flowTo(t target) transport.Flow {
	if t.flow != (transport.Flow{}) {
		return t.flow
	}
	return a.layer.FlowTo(t.Transport, t.Addr, t.domain)
}

// transports are those we can send over: the ones we have a socket for, and TCP and TLS, which need none.
func (a *Agent) transports() []string {
	list := make([]string, 0, 4)
	for _, t := range []string{sip.UDP, sip.TCP, sip.TLS, sip.SCTP} {
		if t == sip.TCP || t == sip.TLS || len(a.layer.Local(t)) > 0 {
			list = append(list, t)
		}
	}
	return list
}

// families are the address families of our UDP sockets (RFC 7984 section 4: others must not be tried). Without UDP both
// are left open, since streams can be dialled over either.
func (a *Agent) families() (v4, v6 bool) {
	for _, l := range a.layer.Local(sip.UDP) {
		isBoth := l.Addr().Is6() && l.Addr().IsUnspecified()
		v4 = v4 || l.Addr().Unmap().Is4() || isBoth
		v6 = v6 || l.Addr().Unmap().Is6()
	}
	return v4, v6
}

// findTargets locates URIs, in order, in a goroutine of its own, and hands the targets of all of them to found on the
// loop. The error is the last one, for the case that there is no target.
func (a *Agent) findTargets(uris []sip.URI, found func(list []target, err error)) {
	query := locate.Query{Transports: a.transports()}
	query.IPv4, query.IPv6 = a.families()
	ctx, now, resolver := a.ctx, a.now, a.cfg.Resolver
	go func() {
		list, err := locateAll(ctx, now, resolver, uris, query)
		a.post(func(a *Agent) { found(list, err) })
	}()
}

// locateAll asks the resolver for each URI.
func locateAll(ctx context.Context, now time.Time, r Resolver, uris []sip.URI, q locate.Query) (list []target, err error) {
	for i, u := range uris {
		q.URI = u
		result := r.Locate(ctx, now, q)
		if result.Err != nil {
			err = result.Err
		}
		for _, t := range result.Targets {
			list = append(list, target{Target: t, domain: u.Host, server: i})
		}
	}
	return list, err
}
