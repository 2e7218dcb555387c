package firmware

import (
	"net/url"
	"slices"
	"strings"

	"intercom/firmware/config"
	"intercom/sipua/sip"
)

// party is somebody at the other end of a call, as far as allow-lists can tell: the user and host of a SIP URI.
type party struct {
	user, host string // host in lower case, without port
	trusted    bool   // the identity may be believed
}

// partyOf is the identity of a caller.
func partyOf(from sip.URI, trusted bool) party {
	return party{from.User, strings.ToLower(from.Host), trusted}
}

// String writes the party like an address of record.
func (p party) String() string {
	if p.user == "" {
		return "sip:" + p.host
	}
	return "sip:" + p.user + "@" + p.host
}

// partyAt is the identity of somebody the door called: the door chose the address, so it is trusted.
func partyAt(target string) party {
	user, host := splitURI(target)
	return party{user, host, true}
}

// splitURI returns the user and the host of a SIP URI as the configuration allows them.
func splitURI(s string) (user, host string) {
	_, s, _ = strings.Cut(s, ":")
	if end := strings.IndexAny(s, ";?"); end >= 0 {
		s = s[:end]
	}
	user, host, hasUser := strings.Cut(s, "@")
	if !hasUser {
		user, host = "", s
	}
	if v6, ok := strings.CutPrefix(host, "["); ok {
		host, _, _ = strings.Cut(v6, "]")
	} else {
		host, _, _ = strings.Cut(host, ":")
	}
	if plain, err := url.PathUnescape(user); err == nil {
		user = plain
	}
	return user, strings.ToLower(host)
}

// allowList is a list of callers of the configuration.
type allowList struct {
	entries []string
	domains []string // the hosts at which a number without a domain is meant
}

// domainsOf lists the hosts of the station's own accounts and of its embedded PBX.
func domainsOf(cfg *config.Config) []string {
	var list []string
	for _, a := range cfg.Accounts {
		list = append(list, strings.ToLower(a.Domain))
	}
	if cfg.PBX.Enabled {
		list = append(list, strings.ToLower(cfg.PBX.Domain))
	}
	return list
}

// has tells whether p is on the list. Nobody is whose identity may be forged, unless the list says "*".
func (l allowList) has(p party) bool {
	for _, e := range l.entries {
		if e == "*" || p.trusted && l.matches(e, p) {
			return true
		}
	}
	return false
}

// matches compares one entry. User parts are compared letter by letter (RFC 3261 section 19.1.4), hosts without case.
func (l allowList) matches(entry string, p party) bool {
	if !strings.Contains(entry, ":") {
		return entry == p.user && slices.Contains(l.domains, p.host)
	}
	user, host := splitURI(entry)
	return host == p.host && (user == "*" || user == p.user)
}
