package sipua

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"intercom/sipua/digest"
	"intercom/sipua/sip"
)

// account is the state of one Config.Account. It is owned by the Agent's loop.
type account struct {
	cfg         Account
	aor         sip.URI
	servers     []sip.URI
	contactUser string // secret: scanners cannot guess whom to call
	digest      *digest.Client
	proxies     map[netip.Addr]bool // addresses of the servers: trusted to call and to ask for credentials

	pinned    target // the server in use: that of the registration, else the last that answered
	hasPinned bool
	best      target // of those last located
	isStray   bool   // the pinned server is not among those last located
	shunned   target // answered the last attempt with an error: tried last in the next one

	reg   registration
	alive keepAlive

	serviceRoute []sip.Address  // of the last 200 to REGISTER (RFC 3608)
	contact      sip.URI        // in the last REGISTER that was granted
	public       netip.AddrPort // how the server sees us through a NAT; zero when as we see ourselves
	publicAt     time.Time      // when that was learnt
	isPlain      bool           // the first hop lacks outbound (RFC 5626): register without
}

// openAccounts builds the accounts from the configuration.
func (a *Agent) openAccounts() error {
	for i, cfg := range a.cfg.Accounts {
		acc, err := a.newAccount(cfg)
		if err != nil {
			return fmt.Errorf("sipua: Accounts[%d]: %w", i, err)
		}
		a.accounts = append(a.accounts, acc)
	}
	return nil
}

// newAccount checks one account's configuration. The tag in its Contact lives as long as the Agent, so that a registrar
// sees one device.
func (a *Agent) newAccount(cfg Account) (*account, error) {
	aor, err := parseSIP(cfg.AOR)
	if err != nil {
		return nil, fmt.Errorf("AOR %q: %w", cfg.AOR, err)
	}
	acc := &account{cfg: cfg, aor: aor, contactUser: a.token(), proxies: make(map[netip.Addr]bool)}
	for _, s := range cfg.Servers {
		u, err := parseSIP(s)
		if err != nil {
			return nil, fmt.Errorf("server %q: %w", s, err)
		}
		acc.servers = append(acc.servers, u)
	}
	if len(acc.servers) == 0 {
		acc.servers = []sip.URI{acc.domain()}
	}
	acc.digest = digest.NewClient(digest.ClientConfig{
		Username: cmp.Or(cfg.Username, aor.User), Password: cfg.Password, Realms: cfg.Realms, Rand: a.cfg.Rand,
	})
	acc.reg = newRegistration(cmp.Or(cfg.Expires, 600*time.Second), a.cfg.BackOff)
	acc.reg.callID = a.token()
	acc.reg.next = time.Unix(0, 0) // at once
	return acc, nil
}

// domain is the Request-URI of REGISTER: the AOR's domain without user part (RFC 3261 section 10.2). A FRITZ!Box
// discards a REGISTER with one in silence.
func (acc *account) domain() sip.URI {
	return sip.URI{Scheme: acc.aor.Scheme, Host: acc.aor.Host, Port: acc.aor.Port}
}

// from is the account's From and To address, without tag.
func (acc *account) from() sip.Address {
	return sip.Address{Display: acc.cfg.Display, URI: acc.aor}
}

// secure tells whether the account demands TLS on each hop.
func (acc *account) secure() bool { return acc.aor.Scheme == "sips" }

// deadline is when the account wants attention.
func (acc *account) deadline() time.Time { return earliest(acc.reg.next, acc.alive.due()) }

// isBusy tells whether a request of the account is on its way that closing should wait for.
func (acc *account) isBusy() bool { return acc.reg.errand != nil }

// account finds a configured account by its AOR.
func (a *Agent) account(aor string) *account {
	for _, acc := range a.accounts {
		if acc.cfg.AOR == aor {
			return acc
		}
	}
	return nil
}

// contactUser is the user part of our Contact.
func (a *Agent) contactUser(acc *account) string {
	if acc == nil {
		return "door"
	}
	return acc.contactUser
}

// learn takes what locating the servers has found. A server in use that DNS does not know any more, or that was reached
// by a redirection, is not to be left at once, nor for ever stayed at.
func (acc *account) learn(targets []target) {
	acc.trust(targets)
	acc.isStray = acc.hasPinned && len(targets) > 0 && !containsTarget(targets, acc.pinned)
	for i, t := range targets {
		if i == 0 || t.better(acc.best) {
			acc.best = t
		}
	}
}

// trust remembers the addresses of an account's servers. The bound only matters where a domain changes its addresses
// for years on end.
func (acc *account) trust(targets []target) {
	if len(acc.proxies) > 64 {
		clear(acc.proxies)
		acc.proxies[acc.pinned.Addr.Addr().Unmap()] = acc.hasPinned
	}
	for _, t := range targets {
		acc.proxies[t.Addr.Addr().Unmap()] = true
	}
}

// pin makes a server the one for everything the account sends: the nonces, the binding and the flow are there (RFC
// 3261 section 10.2.4).
func (acc *account) pin(t target) {
	if t.isSwitched {
		t.Transport = sip.UDP // TCP was for one large request only
	}
	t.isSwitched, t.isLast = false, false
	acc.pinned, acc.hasPinned = t, true
}

// order puts the pinned server first among targets, unless a better one is wanted back. A pinned server that DNS
// does not publish any more is still tried first: the binding is there.
func (acc *account) order(list []target, wantBetter bool) []target {
	if !acc.hasPinned {
		return acc.shunnedLast(list)
	}
	ordered := make([]target, 0, len(list)+1)
	if wantBetter {
		for _, t := range list {
			if t.better(acc.pinned) || acc.isStray {
				ordered = append(ordered, t)
			}
		}
	}
	better := len(ordered)
	ordered = append(ordered, acc.pinned)
	for _, t := range list {
		if !t.same(acc.pinned) && !containsTarget(ordered[:better], t) {
			ordered = append(ordered, t)
		}
	}
	return ordered
}

// shunnedLast lets the neighbours of a server that answers, but with errors only, have their turn.
func (acc *account) shunnedLast(list []target) []target {
	ordered := make([]target, 0, len(list))
	var last []target
	for _, t := range list {
		if t.same(acc.shunned) {
			last = append(last, t)
		} else {
			ordered = append(ordered, t)
		}
	}
	acc.shunned = target{}
	return append(ordered, last...)
}

// reuseServer lets requests in dialogs use the connection of the registration where they go to the same address: a Route
// may name the server by its address or another name, which the server's certificate need not know.
func (acc *account) reuseServer(list []target) []target {
	if acc == nil || !acc.hasPinned {
		return list
	}
	for i, t := range list {
		if t.Transport == acc.pinned.Transport && t.Addr == acc.pinned.Addr {
			list[i].domain = acc.pinned.domain
		}
	}
	return list
}

// containsTarget tells whether a place is in a list.
func containsTarget(list []target, t target) bool {
	for _, o := range list {
		if o.same(t) {
			return true
		}
	}
	return false
}

// callRoute is the preloaded route set of requests other than REGISTER: an outbound proxy, then the Service-Route (RFC
// 3608 section 5.1).
func (acc *account) callRoute(t target) []sip.Address {
	return slices.Concat(acc.route(t), acc.serviceRoute)
}

// nextHops are the URIs to locate for a call: the servers, or the first Service-Route if no outbound proxy is set.
func (acc *account) nextHops() []sip.URI {
	if len(acc.serviceRoute) > 0 && !acc.servers[0].Params.Has("lr") {
		return []sip.URI{acc.serviceRoute[0].URI}
	}
	return acc.servers
}

// route is the preloaded route set of requests outside dialogs (RFC 3261 section 8.1.2) towards one of the servers.
func (acc *account) route(t target) []sip.Address {
	if t.server < len(acc.servers) && acc.servers[t.server].Params.Has("lr") {
		return []sip.Address{{URI: acc.servers[t.server]}}
	}
	return nil
}
