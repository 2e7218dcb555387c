package config

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// complete fills in the settings that follow from others, so that their readers need not know how: what the
// file leaves out is the first account, the first relay, the station's name, the time of [calls].
func (d *decoder) complete(c *Config) {
	if c.Station.DisplayName == "" {
		c.Station.DisplayName = c.Station.Name
	}
	c.completePBX()
	for i := range c.Accounts {
		c.Accounts[i].complete(c.Station.DisplayName)
	}
	c.completeButtons()
	c.completeRelays()
	for i := range c.Lamps {
		c.Lamps[i].complete()
	}
	for i, in := range c.Inputs {
		if in.Role != InputDoor && !d.places.has(fmt.Sprintf("input[%d].held_open", i)) {
			c.Inputs[i].HeldOpen = 0 // the default is a door contact's
		}
	}
}

// completePBX gives a door that is its own exchange an account there, unless the file has accounts: its name is the
// station's, its password is made at each start, and its registrar is this machine.
func (c *Config) completePBX() {
	if !c.PBX.Enabled || len(c.Accounts) > 0 || c.PBX.Domain == "" || len(c.PBX.Listen) == 0 {
		return
	}
	listen := c.PBX.Listen[0]
	addr := listen.Address
	if addr.Addr().IsUnspecified() {
		addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), addr.Port())
	}
	c.Accounts = []Account{{
		Name: houseAccount, AOR: "sip:" + c.Station.Name + "@" + c.PBX.Domain, Register: true, Transport: TransportAuto,
		Registrar: "sip:" + addr.String() + ";transport=" + strings.ToLower(listen.Transport), Expires: 10 * time.Minute,
	}}
}

// houseAccount is the name of the account that a door has at its own exchange.
const houseAccount = "house"

// IsHouse tells the account that a door has at its own exchange from those that the file writes.
func (a Account) IsHouse() bool {
	return a.Name == houseAccount && !a.Password.IsSet() && a.PasswordFile == ""
}

// complete derives the address of record and its parts from each other, whichever the file has.
func (a *Account) complete(display string) {
	if user, domain, ok := splitAOR(a.AOR); ok {
		fill(&a.User, user)
		fill(&a.Domain, domain)
	} else if a.AOR == "" && a.User != "" && a.Domain != "" {
		a.AOR = "sip:" + a.User + "@" + a.Domain
	}
	fill(&a.AuthUser, a.User)
	fill(&a.DisplayName, display)
	if a.Domain != "" {
		fill(&a.Registrar, "sip:"+a.Domain)
	}
}

// completeButtons gives a button the first account and the time of all, so that a small file has neither.
func (c *Config) completeButtons() {
	for i := range c.Buttons {
		if len(c.Accounts) > 0 {
			fill(&c.Buttons[i].Account, c.Accounts[0].Name)
		}
		if c.Buttons[i].RingTimeout == 0 {
			c.Buttons[i].RingTimeout = c.Calls.RingTimeout
		}
	}
}

// completeRelays names the relay of codes and exit buttons and gives codes their relay's pulse.
func (c *Config) completeRelays() {
	if len(c.Relays) == 0 {
		return
	}
	for i := range c.Inputs {
		if c.Inputs[i].Role == InputExit {
			fill(&c.Inputs[i].Relay, c.Relays[0].Name)
		}
	}
	for i := range c.Codes {
		code := &c.Codes[i]
		fill(&code.Relay, c.Relays[0].Name)
		if r, ok := c.Relay(code.Relay); ok && code.Pulse == 0 {
			code.Pulse = r.Pulse
		}
	}
}

// complete lets the file change one pattern of a role without writing the others.
func (l *Lamp) complete() {
	role := rolePatterns[l.Role]
	own := []*Pattern{&l.Patterns.Door, &l.Patterns.Call, &l.Patterns.Ringing, &l.Patterns.Fault, &l.Patterns.Ready}
	for i, p := range []Pattern{role.Door, role.Call, role.Ringing, role.Fault, role.Ready} {
		if *own[i] == "" {
			*own[i] = p
		}
	}
}

// Relay returns the relay of that name.
func (c *Config) Relay(name string) (Relay, bool) {
	for _, r := range c.Relays {
		if r.Name == name {
			return r, true
		}
	}
	return Relay{}, false
}

// Account returns the account of that name.
func (c *Config) Account(name string) (Account, bool) {
	for _, a := range c.Accounts {
		if a.Name == name {
			return a, true
		}
	}
	return Account{}, false
}

// TargetURI returns the SIP URI of a button's target: itself, or the short number at the domain of the button's account. The
// number sign is escaped, as a URI must (RFC 3261 section 25.1).
func (c *Config) TargetURI(b Button, target string) string {
	if isURI(target) {
		return target
	}
	a, _ := c.Account(b.Account)
	return "sip:" + strings.ReplaceAll(target, "#", "%23") + "@" + a.Domain
}

// CanProlong tells whether # starts a call's limit anew: the setting, unless a code needs the # for itself.
func (c *Config) CanProlong() bool {
	for _, code := range c.Codes {
		if strings.Contains(code.Digits.Reveal(), "#") {
			return false
		}
	}
	return c.Calls.Prolong
}

// fill keeps what the file says.
func fill(dst *string, value string) {
	if *dst == "" {
		*dst = value
	}
}
