package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// validate checks what no single field can tell: references, duplicates and combinations.
func (d *decoder) validate(c *Config) {
	d.accounts(c)
	d.network(c)
	d.sip(c)
	d.tls(c)
	d.buttons(c)
	d.relays(c)
	d.codes(c)
	d.lampsAndInputs(c)
	d.pins(c)
	d.calls(c)
	d.dtmf(c)
	d.pbx(c)
	duplicates(d, "sound.codecs", c.Sound.Codecs)
	d.board(c.Board)
}

// board refuses sound files beside real copper: whoever wrote them waits for a voice that never comes.
func (d *decoder) board(b Board) {
	if b.Type != BoardSim {
		if b.Control != "" {
			d.warn("board.control", "has no effect on a real board", `remove it, or write type = "sim"`)
		}
		for _, f := range []struct{ key, path string }{{"microphone", b.Microphone}, {"loudspeaker", b.Loudspeaker}} {
			if f.path != "" {
				d.problem("board."+f.key, "is a file, but the board is a real one", `remove it, or write type = "sim"`)
			}
		}
	}
	if b.Microphone != "" && b.Microphone == b.Loudspeaker {
		d.problem("board.loudspeaker", "is the microphone's file too, which it would overwrite", "name another file")
	}
}

// duplicates reports the entries of a list of values that were there before.
func duplicates[T comparable](d *decoder, path string, list []T) {
	seen := map[T]bool{}
	for i, v := range list {
		if seen[v] {
			d.problem(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("%v stands twice in the list", v), "remove one of them")
		}
		seen[v] = true
	}
}

// names checks that each part has a usable name of its own.
func names[T any](d *decoder, section, key string, list []T, name func(T) string) {
	first := map[string]int{}
	for i, part := range list {
		path, n := fmt.Sprintf("%s[%d].%s", section, i, key), name(part)
		if n == "" && !d.places.has(path) {
			continue // reported as missing
		}
		if !validName(n) {
			d.problem(path, fmt.Sprintf("%q is no name", n), "write 1 to 32 letters, digits, - or _")
		}
		if before, taken := first[n]; taken {
			d.problem(path, fmt.Sprintf("%q is the name of %s[%d] too", n, section, before), "give each its own")
			continue
		}
		first[n] = i
	}
}

// accounts allows one without a password: some PBX trust their network. It is worth a warning only.
func (d *decoder) accounts(c *Config) {
	names(d, "account", "name", c.Accounts, func(a Account) string { return a.Name })
	for i, a := range c.Accounts {
		path := fmt.Sprintf("account[%d]", i)
		d.identity(path, a)
		d.uri(path+".registrar", a.Registrar)
		d.uri(path+".proxy", a.Proxy)
		switch secret := a.Password.IsSet() || a.PasswordFile != ""; {
		case a.Password.IsSet() && a.PasswordFile != "":
			d.problem(path+".password_file", "stands beside a password", "keep one of the two")
		case a.IsHouse() && !d.places.has(path):
		case a.Register && !secret:
			d.warn(path+".password", "is missing", "a registrar that asks for a password will refuse; write it, or password_file")
		}
	}
}

// identity checks that the address of record and its parts agree.
func (d *decoder) identity(path string, a Account) {
	user, domain, ok := splitAOR(a.AOR)
	switch {
	case a.AOR != "" && !ok:
		d.problem(path+".aor", fmt.Sprintf("%q is no address of record", a.AOR), `write it like "sip:door@example.org"`)
	case a.AOR == "":
		d.problem(path+".aor", "is missing", `write aor = "sip:door@example.org", or user and domain`)
	case a.User != user:
		d.problem(path+".user", fmt.Sprintf("%q is not that of the address of record", a.User), "write only the address of record, and auth_user if the login differs")
	case a.Domain != domain:
		d.problem(path+".domain", fmt.Sprintf("%q is not that of the address of record", a.Domain), "write only the address of record, and registrar or proxy if the server differs")
	}
}

// uri checks an optional setting that names a server.
func (d *decoder) uri(path, s string) {
	if s != "" && !validURI(s) && d.places.has(path) {
		d.problem(path, fmt.Sprintf("%q is no SIP URI", s), `write it like "sip:example.org" or "sip:192.0.2.1:5060;transport=tcp"`)
	}
}

// network takes addresses only: a DNS server by name would need one to be found.
func (d *decoder) network(c *Config) {
	for i, s := range c.Network.DNSServers {
		_, bare := netip.ParseAddr(s)
		_, full := netip.ParseAddrPort(s)
		if bare != nil && full != nil {
			d.problem(fmt.Sprintf("network.dns_servers[%d]", i), fmt.Sprintf("%q is no address", s), `write it like "192.0.2.53" or "[2001:db8::53]:53"`)
		}
	}
	if !c.Network.IPv4 && !c.Network.IPv6 {
		d.problem("network.ipv6", "both address families are off", "switch ipv4 or ipv6 on")
	}
}

// sip holds that direct calls are possible when they are wanted, and from somebody: "from anybody" has to be written out
// as a network, so that nobody opens a door to the whole world by leaving something out.
func (d *decoder) sip(c *Config) {
	duplicates(d, "sip.listen", c.SIP.Listen)
	if len(c.SIP.Listen) == 0 {
		d.problem("sip.listen", "is empty", `write listen = ["udp:0.0.0.0:0"]`)
	}
	if c.SIP.DirectCalls && len(c.SIP.Peers) == 0 {
		d.problem("sip.direct_calls", "is on, but nobody may call", `write peers = ["192.0.2.0/24"], the network of your phones`)
	}
	if !c.SIP.DirectCalls && len(c.SIP.Peers) > 0 {
		d.warn("sip.peers", "has no effect", "write direct_calls = true")
	}
	for _, l := range c.SIP.Listen {
		if c.SIP.DirectCalls && l.Address.Port() == 0 {
			d.warn("sip.listen", "takes any free port, which callers cannot know", `write listen = ["udp:0.0.0.0:5060"] for direct calls`)
			break
		}
	}
}

// tls holds that a certificate has its key and that who listens has both.
func (d *decoder) tls(c *Config) {
	t := c.TLS
	switch {
	case t.CertificateFile != "" && t.KeyFile == "":
		d.problem("tls.key", "is missing", "write the file of the certificate's private key")
	case t.CertificateFile == "" && t.KeyFile != "":
		d.problem("tls.certificate", "is missing", "write the file of the key's certificate")
	}
	for i, l := range c.SIP.Listen {
		if l.Transport == "TLS" && t.CertificateFile == "" {
			d.problem(fmt.Sprintf("sip.listen[%d]", i), "has no certificate to show", "write certificate and key in [tls], or listen on tcp: calls from a server come over the door's own connection to it")
		}
	}
	for i, l := range c.PBX.Listen {
		if l.Transport == "TLS" {
			d.problem(fmt.Sprintf("pbx.listen[%d]", i), "is TLS, which the embedded registrar has not", "write udp or tcp")
		}
	}
}

// calls holds that the times fit into each other, and that no microphone opens to an empty list of callers.
func (d *decoder) calls(c *Config) {
	k := c.Calls
	if k.Warning >= k.Limit {
		d.problem("calls.warning", "is not shorter than the limit of "+formatDuration(k.Limit), "write less, or a longer limit")
	}
	if k.RingTimeout > k.RingTotal {
		d.problem("calls.ring_timeout", "is longer than ring_total, "+formatDuration(k.RingTotal), "write at most that")
	}
	if k.AutoAnswer && len(k.Allowed) == 0 {
		d.problem("calls.auto_answer", "is on, but no caller is allowed", `write allowed = ["sip:11@example.org"]: whoever is answered hears the street`)
	}
	if !k.AutoAnswer && len(k.Allowed) > 0 {
		d.warn("calls.allowed", "has no effect", "write auto_answer = true")
	}
	if d.places.has("calls.prolong") && k.Prolong && !c.CanProlong() {
		d.warn("calls.prolong", "has no effect, for a code contains #", "choose codes of digits only")
	}
	d.callers("calls.allowed", k.Allowed)
}

// callers checks an allow-list.
func (d *decoder) callers(path string, list []string) {
	duplicates(d, path, list)
	for i, s := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		if s == "*" {
			d.warn(at, "lets everybody in who can reach the station", "name the callers")
		} else if !validCaller(s) {
			d.problem(at, fmt.Sprintf("%q is no caller", s), `write "sip:11@example.org", "sip:*@example.org", or a number such as "11"`)
		}
	}
}

// dtmf holds that codes can arrive, and that lockouts grow.
func (d *decoder) dtmf(c *Config) {
	duplicates(d, "dtmf.methods", c.DTMF.Methods)
	if len(c.DTMF.Methods) == 0 && len(c.Codes) > 0 {
		d.problem("dtmf.methods", "is empty, so that no code can arrive", `write methods = ["rtp", "info"]`)
	}
	if c.DTMF.Lockout > c.DTMF.LockoutMax {
		d.problem("dtmf.lockout_max", "is shorter than lockout, "+formatDuration(c.DTMF.Lockout), "write at least that")
	}
}

// pbx checks users even when it is off, for they will be in use when it is switched on.
func (d *decoder) pbx(c *Config) {
	p := c.PBX
	duplicates(d, "pbx.listen", p.Listen)
	names(d, "pbx.user", "name", p.Users, func(u PBXUser) string { return u.Name })
	for i, u := range p.Users {
		if u.Password.IsSet() && len(u.Password.Reveal()) < 8 {
			d.warn(fmt.Sprintf("pbx.user[%d].password", i), "is shorter than 8 characters", "let a password manager make one")
		}
		if !u.Password.IsSet() && d.places.has(fmt.Sprintf("pbx.user[%d].password", i)) {
			d.problem(fmt.Sprintf("pbx.user[%d].password", i), "is empty", "write a password: anybody could register as this user")
		}
	}
	if !p.Enabled {
		return
	}
	if !validHost(p.Domain) {
		d.problem("pbx.domain", fmt.Sprintf("%q is no host name", p.Domain), `write domain = "home.example", as in the phones' addresses`)
	}
	for i, u := range p.Users {
		if u.Name == c.Station.Name && len(c.Accounts) == 1 && c.Accounts[0].IsHouse() {
			d.problem(fmt.Sprintf("pbx.user[%d].name", i), fmt.Sprintf("%q is the door's own name", u.Name), "give the phone or the station another one")
		}
	}
	if len(p.Users) == 0 {
		d.problem("pbx.enabled", "is on, but there are no users", "write [[pbx.user]] sections with name and password")
	}
	if len(p.Listen) == 0 {
		d.problem("pbx.listen", "is empty", `write listen = ["udp:0.0.0.0:5060"]`)
	}
	for i, l := range p.Listen {
		if l.Address.Port() != 0 && listens(c.SIP.Listen, l) {
			d.problem(fmt.Sprintf("pbx.listen[%d]", i), "is taken by the station itself in sip.listen", "give one of them another port")
		}
	}
}

// listens tells whether one of list takes the port of l.
func listens(list []Listen, l Listen) bool {
	for _, other := range list {
		a, b := other.Address, l.Address
		same := a.Addr() == b.Addr() || a.Addr().IsUnspecified() || b.Addr().IsUnspecified()
		if strings.EqualFold(other.Transport, l.Transport) && a.Port() == b.Port() && same {
			return true
		}
	}
	return false
}
