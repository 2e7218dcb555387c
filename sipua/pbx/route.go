package pbx

import (
	"net/netip"
	"slices"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// route is where a request wants to go after our own entries are taken out of it.
//
// How a call finds back through here, with the PBX at P between caller A and callee B:
//
//	INVITE sip:b@house  A -> P        P -> B   INVITE sip:b@B    Record-Route: <sip:P;lr;d=seal>
//	200                 A <- P        P <- B   200               Record-Route: <sip:P;lr;d=seal>
//	BYE sip:b@B         A -> P        P -> B   BYE sip:b@B       (no Route any more)
//	Route: <sip:P;lr;d=seal>
//
// The seal is a MAC over the Call-ID. A request with it belongs to a call that was let through, and
// goes where its Request-URI and Route say; without it only the domain's users can be reached. So
// the PBX needs no memory of calls, and is no relay all the same.
type route struct {
	uri      sip.URI
	routes   []sip.Address // what is left of the Route header fields
	isDialog bool          // it came back with a Record-Route of ours: it belongs to a call we have forwarded
}

// target is one place a request is forwarded to.
type target struct {
	uri   sip.URI
	flow  transport.Flow
	spare transport.Flow // to be tried when flow does not work; zero for none
}

// preprocess is RFC 3261 section 16.4. A strict router (RFC 2543) before us has put our
// Record-Route into the Request-URI and the real one at the end of the Route; the first Route
// entries that are ours have done their work.
func (c *core) preprocess(m *sip.Message) (r route, status int) {
	routes, err := m.Routes()
	if err != nil {
		return r, 400
	}
	r = route{uri: m.URI, routes: routes}
	if last := len(routes) - 1; last >= 0 && c.isRecorded(m.URI) {
		r.isDialog = c.isSealed(m.URI, m.CallID)
		r.uri, r.routes = routes[last].URI, routes[:last]
	}
	for len(r.routes) > 0 && c.own.isOwn(r.routes[0].URI) {
		r.isDialog = r.isDialog || c.isSealed(r.routes[0].URI, m.CallID)
		r.routes = r.routes[1:]
	}
	return r, 0
}

// isRecorded tells whether a URI is one we put into Record-Route.
func (c *core) isRecorded(u sip.URI) bool {
	return c.own.isOwn(u) && u.User == "" && u.Params.Has(sealName)
}

// sealName is the URI parameter that proves a Record-Route to be ours and of this Call-ID. Without
// it anybody could send through us to any address, by a Route that says so.
const sealName = "d"

// isSealed compares in variable time: a seal tells no secret, and guessing 64 bits by the clock of a
// network takes longer than a call.
func (c *core) isSealed(u sip.URI, callID string) bool {
	seal, _ := u.Params.Get(sealName)
	return seal != "" && seal == c.mark("record-route", callID)
}

// recordRoute is our entry for a dialog: the address its peer reaches us by (RFC 3261 section 16.6,
// item 4).
func (c *core) recordRoute(at transport.Flow, local netip.AddrPort, callID string) sip.Address {
	u := sip.URI{Scheme: "sip", Host: local.Addr().String(), Port: int(local.Port())}
	if at.Transport != sip.UDP {
		u.Params = u.Params.With("transport", lower(at.Transport))
	}
	u.Params = u.Params.With("lr", "").With(sealName, c.mark("record-route", callID))
	return sip.Address{URI: u}
}

// lower is the transport as URIs have it.
func lower(name string) string {
	if name == sip.TCP {
		return "tcp"
	}
	return "udp"
}

// targets finds where a request goes: along its Route, to the telephones of a user or group, or to
// an address outside the domain. The last is only for calls that run through us already and for
// hosts a telephone has registered from: this is a house's exchange and no relay for strangers.
func (c *core) targets(now time.Time, m *sip.Message, source netip.Addr, r route) ([]target, int) {
	mayPass := r.isDialog || c.location.isKnown(now, source)
	switch {
	case len(r.routes) > 0:
		if !mayPass {
			return nil, 403
		}
		flow, ok := c.own.flowTo(r.routes[0].URI)
		if !ok {
			return nil, 502
		}
		return []target{{uri: r.uri, flow: flow}}, 0
	case c.own.isOwn(r.uri):
		return c.telephones(now, r.uri.User)
	case !mayPass:
		return nil, 403
	default:
		return c.direct(now, r.uri)
	}
}

// direct is the target of a URI outside the domain: the way its telephone registered by, if it did,
// else its address.
func (c *core) direct(now time.Time, u sip.URI) ([]target, int) {
	if b := c.location.find(now, u); b != nil {
		t, ok := c.toBinding(b)
		if ok {
			t.uri = u
			return []target{t}, 0
		}
	}
	flow, ok := c.own.flowTo(u)
	if !ok {
		return nil, 502
	}
	return []target{{uri: u, flow: flow}}, 0
}

// telephones are those of a user, or of all members of a group: 404 for a name nobody has, 480 for
// one without a registration.
func (c *core) telephones(now time.Time, name string) ([]target, int) {
	members, isGroup := c.groups[name]
	if !isGroup {
		members = []string{name}
		if !c.isUser(name) {
			return nil, 404
		}
	}
	var targets []target
	for _, member := range members {
		for _, b := range c.location.lookup(now, member) {
			t, ok := c.toBinding(b)
			isNew := !slices.ContainsFunc(targets, func(o target) bool { return o.flow == t.flow && o.uri.Equal(t.uri) })
			if ok && isNew && len(targets) < c.cfg.MaxForks {
				targets = append(targets, t)
			}
		}
	}
	if targets == nil {
		return nil, 480
	}
	return targets, 0
}

// toBinding is the way to a registered telephone. It is the way the REGISTER came, which passes
// address translation and holds a connection open, unless the telephone itself names another
// address on its own host or another transport. So a registration cannot aim our packets at a third
// party either.
func (c *core) toBinding(b *binding) (target, bool) {
	t := target{uri: b.uri, flow: b.flow}
	t.uri.Headers = ""
	named, ok := c.own.flowTo(b.uri)
	isOwnHost := ok && named.Remote.Addr() == b.flow.Remote.Addr().Unmap()
	if isOwnHost && named.Transport == sip.UDP && b.flow.Transport == sip.UDP {
		named.Local = b.flow.Local // the socket the telephone knows
	}
	_, isNamed := b.uri.Param("transport")
	isOther := isNamed && named.Transport != b.flow.Transport
	switch {
	case b.flow.Transport != sip.UDP && !b.isCut && !isOther:
		if isOwnHost {
			t.spare = named
		}
	case isOwnHost:
		t.flow = named
	case b.isCut:
		return target{}, false
	}
	return t, true
}
