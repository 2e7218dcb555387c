package pbx

import (
	"slices"
	"time"
)

// refusal is a request that is answered with status instead of being served.
type refusal struct {
	status int
	reason string // for the log
}

// Error gives the reason; it is for the log of the PBX and never sent.
func (r *refusal) Error() string { return r.reason }

// register applies the contacts of one REGISTER, all or none (RFC 3261 section 10.3, step 7): a
// binding whose expires is not after now is removed. A nil contacts and isWildcard removes
// everything. The error is a *refusal.
func (l *location) register(now time.Time, user string, contacts []*binding, wildcard *binding) ([]change, error) {
	before := l.users[user]
	if before == nil && len(l.users) >= l.maxUsers && len(contacts) > 0 {
		return nil, &refusal{503, "as many users have registered as may"}
	}
	after := slices.Clone(before)
	var err error
	if wildcard != nil {
		after, err = removeAll(after, wildcard)
	}
	for _, b := range contacts {
		if after, err = apply(now, after, b); err != nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	after = l.makeRoom(after)
	l.put(user, after)
	return difference(before, after), nil
}

// removeAll is Contact: *, with the same guard against REGISTERs that overtook one another as for
// each single binding.
func removeAll(bindings []*binding, by *binding) ([]*binding, error) {
	for _, b := range bindings {
		if err := checkOrder(b, by); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// apply replaces, adds or removes one binding.
func apply(now time.Time, bindings []*binding, b *binding) ([]*binding, error) {
	at := slices.IndexFunc(bindings, b.replaces)
	if at >= 0 {
		if err := checkOrder(bindings[at], b); err != nil {
			return nil, err
		}
		bindings = slices.Delete(bindings, at, at+1)
	}
	if !b.expires.After(now) {
		return bindings, nil
	}
	return append(bindings, b), nil
}

// replaces tells whether b is the same telephone as old: the same contact URI (RFC 3261 section
// 19.1.4), or the same instance and reg-id (RFC 5626 section 6), which finds a telephone again that
// has restarted on another port.
func (b *binding) replaces(old *binding) bool {
	if b.instance != "" && b.instance == old.instance {
		return b.regID == old.regID
	}
	return b.uri.Equal(old.uri)
}

// checkOrder refuses a REGISTER that was sent before the one the binding is from (RFC 3261 section
// 10.3, steps 6 and 7).
func checkOrder(old, b *binding) error {
	if old.callID == b.callID && b.cseq <= old.cseq {
		return &refusal{500, "REGISTER is older than the binding it is for"}
	}
	return nil
}

// makeRoom drops what expires soonest: it is most likely the leftover of a telephone that restarted
// under another address, and refusing the new one would keep a telephone of today out for the sake
// of one of yesterday.
func (l *location) makeRoom(bindings []*binding) []*binding {
	for len(bindings) > l.maxBindings {
		soonest := 0
		for i, b := range bindings {
			if b.expires.Before(bindings[soonest].expires) {
				soonest = i
			}
		}
		bindings = slices.Delete(bindings, soonest, soonest+1)
	}
	return bindings
}
