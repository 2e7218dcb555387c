package transport

import (
	"net/netip"

	"intercom/sipua/sip"
)

// table holds the streams. It is a plain struct guarded by Layer.mu.
//
//	               key                                           finds
//	byFlow         Flow of the connection                        every connection
//	reusable       the same without Local                        accepted ones but TLS
type table struct {
	limits    Limits
	byFlow    map[Flow]*conn
	reusable  map[Flow]*conn // accepted ones by their Flow without Local: for requests to the same remote
	dialled   int
	accepted  int
	perSource map[netip.Addr]int // of accepted ones
}

// newTable makes an empty table.
func newTable(limits Limits) table {
	return table{
		limits:    limits,
		byFlow:    make(map[Flow]*conn),
		reusable:  make(map[Flow]*conn),
		perSource: make(map[netip.Addr]int),
	}
}

// find returns the connection for a flow, or nil. It notes when an accepted connection is used under the flow of
// a dialled one, whose user must hear of its end.
func (t *table) find(f Flow) *conn {
	if c := t.byFlow[f]; c != nil {
		return c
	}
	c := t.reusable[f]
	if c != nil {
		c.hasAlias = true
	}
	return c
}

// addDialled is false when there are too many. They are counted apart from accepted ones: a crowd at the door must
// not keep us from calling out.
func (t *table) addDialled(c *conn) bool {
	if t.dialled >= t.limits.Connections {
		return false
	}
	t.dialled++
	t.byFlow[c.flow] = c
	return true
}

// addAccepted is false when there are too many, of all or of this source.
func (t *table) addAccepted(c *conn) bool {
	source := sourceKey(c.flow.Remote.Addr())
	if t.accepted >= t.limits.Connections || t.perSource[source] >= t.limits.ConnectionsPerSource {
		return false
	}
	t.accepted++
	t.perSource[source]++
	t.byFlow[c.flow] = c
	if c.flow.Transport != sip.TLS { // a client has proved nothing, see Send
		t.reusable[c.flow.dialled()] = c
	}
	return true
}

// remove takes out a connection and returns the flows under which it was used; none when it was removed before,
// and its name may belong to a younger one.
func (t *table) remove(c *conn) []Flow {
	if t.byFlow[c.flow] != c {
		return nil
	}
	delete(t.byFlow, c.flow)
	if !c.isAccepted() {
		t.dialled--
		return []Flow{c.flow}
	}
	t.accepted--
	source := sourceKey(c.flow.Remote.Addr())
	if t.perSource[source]--; t.perSource[source] == 0 {
		delete(t.perSource, source)
	}
	if t.reusable[c.flow.dialled()] == c {
		delete(t.reusable, c.flow.dialled())
	}
	if c.hasAlias {
		return []Flow{c.flow, c.flow.dialled()}
	}
	return []Flow{c.flow}
}

// dialled is the flow somebody would use to call this one's remote.
func (f Flow) dialled() Flow {
	f.Local = netip.AddrPort{}
	return f
}
