package pbx

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// location is the table of the location service (RFC 3261 section 10.3): which contacts a user has.
// It is passive.
type location struct {
	users       map[string][]*binding
	maxBindings int
	maxUsers    int
}

// binding is one contact of a user:
//
//	REGISTER sip:house.example                            flow: where it came from
//	To: <sip:kitchen@house.example>                       user
//	Call-ID: a84b4c76e66710   CSeq: 7 REGISTER            callID, cseq
//	Contact: <sip:kitchen@192.0.2.20>;q=0.5;expires=600;  uri, q, expires
//	         +sip.instance="<urn:uuid:...>";reg-id=1      instance, regID
//
// It is not changed but replaced, so that a refused REGISTER
// leaves no trace.
type binding struct {
	user      string
	uri       sip.URI
	q         int // thousandths, 1000 when not given
	instance  string
	regID     string
	callID    string
	cseq      uint32
	expires   time.Time
	renewed   time.Time
	flow      transport.Flow // where the REGISTER came from
	isCut     bool           // the connection of flow has closed
	userAgent string
}

// newLocation makes an empty table.
func newLocation(maxBindings, maxUsers int) *location {
	return &location{users: make(map[string][]*binding), maxBindings: maxBindings, maxUsers: maxUsers}
}

// change is what a registration, or time, did to the table: the binding that is new or renewed, or
// the one that is gone.
type change struct{ before, after *binding }

// lookup gives a user's bindings, the preferred first: by q, then the one renewed last.
func (l *location) lookup(now time.Time, user string) []*binding {
	var live []*binding
	for _, b := range l.users[user] {
		if b.expires.After(now) {
			live = append(live, b)
		}
	}
	slices.SortStableFunc(live, func(a, b *binding) int {
		return cmp.Or(cmp.Compare(b.q, a.q), b.renewed.Compare(a.renewed))
	})
	return live
}

// find gives the binding with a contact, whoever's, for requests inside a dialog; nil if there is
// none.
func (l *location) find(now time.Time, uri sip.URI) *binding {
	for _, bindings := range l.users {
		for _, b := range bindings {
			if b.expires.After(now) && b.uri.Equal(uri) {
				return b
			}
		}
	}
	return nil
}

// isKnown tells whether a telephone has registered from this address.
func (l *location) isKnown(now time.Time, addr netip.Addr) bool {
	for _, bindings := range l.users {
		for _, b := range bindings {
			if b.expires.After(now) && b.flow.Remote.Addr() == addr {
				return true
			}
		}
	}
	return false
}

// cut notes that a connection is gone: calls go to the contact's own address from now on.
func (l *location) cut(flow transport.Flow) {
	if flow.Transport == sip.UDP {
		return // a socket does not close; an ICMP error may be of the moment
	}
	for _, bindings := range l.users {
		for _, b := range bindings {
			if b.flow == flow {
				b.isCut = true
			}
		}
	}
}

// all gives every binding.
func (l *location) all(now time.Time) []*binding {
	var all []*binding
	for user := range l.users {
		all = append(all, l.lookup(now, user)...)
	}
	slices.SortFunc(all, func(a, b *binding) int {
		return cmp.Or(cmp.Compare(a.user, b.user), cmp.Compare(a.uri.String(), b.uri.String()))
	})
	return all
}

// deadline is when the next binding expires; zero without any.
func (l *location) deadline() time.Time {
	var next time.Time
	for _, bindings := range l.users {
		for _, b := range bindings {
			if next.IsZero() || b.expires.Before(next) {
				next = b.expires
			}
		}
	}
	return next
}

// expire removes what has expired and tells it.
func (l *location) expire(now time.Time) []change {
	var gone []change
	for user, bindings := range l.users {
		kept := slices.DeleteFunc(slices.Clone(bindings), func(b *binding) bool { return !b.expires.After(now) })
		if len(kept) == len(bindings) {
			continue
		}
		gone = append(gone, difference(bindings, kept)...)
		l.put(user, kept)
	}
	return gone
}

// put replaces a user's bindings.
func (l *location) put(user string, bindings []*binding) {
	if len(bindings) == 0 {
		delete(l.users, user)
		return
	}
	l.users[user] = bindings
}

// difference tells what became of each binding. One that was renewed only has an after.
func difference(before, after []*binding) []change {
	var changes []change
	for _, b := range before {
		isRenewed := slices.ContainsFunc(after, func(a *binding) bool { return a.replaces(b) })
		if !slices.Contains(after, b) && !isRenewed {
			changes = append(changes, change{before: b})
		}
	}
	for _, a := range after {
		if !slices.Contains(before, a) {
			changes = append(changes, change{after: a})
		}
	}
	return changes
}
