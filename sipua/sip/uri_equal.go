package sip

import (
	"net/netip"
	"strings"
)

// The rules of RFC 3261 section 19.1.4 as a table:
//
//	part                                  compared      if in one URI only
//	scheme                                exactly       differ
//	user, password                        with case     differ
//	host                                  without case  differ
//	port                                  as number     differ: absent is not 5060
//	user, ttl, method, maddr, transport   without case  differ
//	other parameters                      without case  no matter
//	headers                               with case     differ
//
// The relation is symmetric but not transitive, as the RFC remarks itself: a URI without a parameter equals two that
// disagree about it. So never key a map by it.

// Equal compares as RFC 3261 section 19.1.4 asks. User and password are compared with regard to case, all else
// without; an absent port differs from 5060; a parameter in one URI only does not matter unless it is user, ttl,
// method, maddr or transport; headers must be the same in any order.
func (u URI) Equal(other URI) bool {
	if u.Scheme != other.Scheme {
		return false
	}
	if !u.IsSIP() {
		return equalFold(u.Opaque, other.Opaque)
	}
	return u.User == other.User && u.Password == other.Password && u.Port == other.Port &&
		equalHost(u.Host, other.Host) &&
		equalParams(u.Params, other.Params) && equalHeaders(u.Headers, other.Headers)
}

// equalHost sees through the many spellings of one IPv6 address.
func equalHost(a, b string) bool {
	if equalFold(a, b) {
		return true
	}
	if strings.IndexByte(a, ':') < 0 || strings.IndexByte(b, ':') < 0 {
		return false
	}
	first, err1 := netip.ParseAddr(a)
	second, err2 := netip.ParseAddr(b)
	return err1 == nil && err2 == nil && first == second
}

// equalParams works through maps, since both lists may be as long as a message lets them.
func equalParams(a, b Params) bool {
	return a == b || agree(a.unescaped(), b.unescaped())
}

// agree goes through both lists: each may have what the other lacks.
func agree(a, b map[string]string) bool {
	for name, mine := range a {
		theirs, present := b[name]
		if present && !equalFold(mine, theirs) || !present && mustMatch(name) {
			return false
		}
	}
	for name := range b {
		if _, present := a[name]; !present && mustMatch(name) {
			return false
		}
	}
	return true
}

// unescaped gives the values by name in lower case; of a name that comes twice the first counts, as in Get.
func (p Params) unescaped() map[string]string {
	values := make(map[string]string)
	for name, raw := range p.All() {
		name = lower(lenientUnescape(name))
		if _, twice := values[name]; !twice {
			values[name] = lenientUnescape(raw)
		}
	}
	return values
}

// equalHeaders takes headers for a multiset: none may be missing, in any order.
func equalHeaders(a, b string) bool {
	if a == b { // nearly always: both are empty
		return true
	}
	balance := make(map[string]int)
	for part := range strings.SplitSeq(a, "&") {
		balance[normalHeader(part)]++
	}
	for part := range strings.SplitSeq(b, "&") {
		balance[normalHeader(part)]--
	}
	for _, n := range balance {
		if n != 0 {
			return false
		}
	}
	return true
}

// normalHeader folds the name only: whether a header's value has case depends on the header.
func normalHeader(part string) string {
	name, value, _ := strings.Cut(part, "=")
	return lower(lenientUnescape(name)) + "=" + lenientUnescape(value)
}

// lenientUnescape leaves a text with a broken escape as it is.
func lenientUnescape(s string) string {
	if plain, ok := unescape(s); ok {
		return plain
	}
	return s
}

// mustMatch names the parameters that count even in one URI only.
func mustMatch(name string) bool {
	switch name { // lower case already
	case "user", "ttl", "method", "maddr", "transport":
		return true
	}
	return false
}
