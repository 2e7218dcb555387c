package config

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// i2sLines are the BCM numbers an I2S sound card takes on a Raspberry Pi's header: bit clock, word select, data in and
// out, and the line many cards use for their enable pin.
var i2sLines = []int{16, 18, 19, 20, 21}

// buttons holds that each button rings somebody: one that does not is found out by a stranded visitor.
func (d *decoder) buttons(c *Config) {
	names(d, "button", "name", c.Buttons, func(b Button) string { return b.Name })
	for i, b := range c.Buttons {
		path := fmt.Sprintf("button[%d]", i)
		if _, ok := c.Account(b.Account); b.Account != "" && !ok {
			d.problem(path+".account", fmt.Sprintf("there is no account %q", b.Account), choose("account", accountNames(c)))
		}
		if len(b.Targets) == 0 {
			d.problem(path+".targets", "is empty", `write targets = ["sip:11@example.org"]: whom the button rings`)
		}
		duplicates(d, path+".targets", b.Targets)
		for k, t := range b.Targets {
			d.target(fmt.Sprintf("%s.targets[%d]", path, k), c, b, t)
		}
		d.ringTimes(path, c, b)
	}
}

// target checks whom a button rings. A number needs the domain of an account.
func (d *decoder) target(path string, c *Config, b Button, target string) {
	switch uri := isURI(target); {
	case uri && !validURI(target), !uri && !validShort(target):
		d.problem(path, fmt.Sprintf("%q is neither a SIP URI nor a number", target), `write "sip:11@example.org" or "11"`)
	case !uri && len(c.Accounts) == 0:
		d.problem(path, fmt.Sprintf("%q has no domain, and there is no account to take it from", target), "write sip:"+target+"@ and the host")
	}
}

// ringTimes checks a button's times against those of the list.
func (d *decoder) ringTimes(path string, c *Config, b Button) {
	if b.RingTimeout < 3*time.Second {
		d.problem(path+".ring_timeout", "is "+formatDuration(b.RingTimeout), "write 3s or more: nobody answers faster")
	}
	if b.RingTimeout > c.Calls.RingTotal {
		d.problem(path+".ring_timeout", "is longer than calls.ring_total, "+formatDuration(c.Calls.RingTotal), "write at most that")
	}
	if n := time.Duration(len(b.Targets)); b.Ring == Sequential && (n-1)*b.RingTimeout >= c.Calls.RingTotal {
		d.warn(path+".targets", "the last ones are never rung: calls.ring_total ends before", "shorten ring_timeout, or ring in parallel")
	}
}

// relays holds that a pulse can run its time. The ceiling itself is bounded by its range.
func (d *decoder) relays(c *Config) {
	names(d, "relay", "name", c.Relays, func(r Relay) string { return r.Name })
	for i, r := range c.Relays {
		if r.Pulse > r.Ceiling {
			d.problem(fmt.Sprintf("relay[%d].pulse", i), "is longer than the ceiling of "+formatDuration(r.Ceiling), "write less, or a higher ceiling (30s at most)")
		}
	}
}

// relay checks a reference to a relay.
func (d *decoder) relay(path string, c *Config, name string) {
	_, found := c.Relay(name)
	switch {
	case found:
	case len(c.Relays) == 0:
		d.problem(path, "there is no relay", "write a [[relay]] section with name and line")
	default:
		d.problem(path, fmt.Sprintf("there is no relay %q", name), choose("relay", relayNames(c)))
	}
}

// lampsAndInputs refuses settings that their role does not have: a key that never does anything misleads for months.
func (d *decoder) lampsAndInputs(c *Config) {
	names(d, "lamp", "name", c.Lamps, func(l Lamp) string { return l.Name })
	names(d, "input", "name", c.Inputs, func(in Input) string { return in.Name })
	for i, in := range c.Inputs {
		path := fmt.Sprintf("input[%d]", i)
		if in.Role == InputExit {
			d.relay(path+".relay", c, in.Relay)
		} else if in.Relay != "" {
			d.problem(path+".relay", "belongs to an exit button only", `remove it, or write role = "exit"`)
		}
		if in.HeldOpen > 0 && in.Role != InputDoor {
			d.problem(path+".held_open", "belongs to a door contact only", `remove it, or write role = "door"`)
		}
	}
}

// part is a thing on a line, with its path in the file.
type part struct {
	path string
	pin  Pin
}

// pins checks that no two parts share a line.
func (d *decoder) pins(c *Config) {
	var parts []part
	for i, b := range c.Buttons {
		parts = append(parts, part{fmt.Sprintf("button[%d]", i), b.Pin})
	}
	for i, r := range c.Relays {
		parts = append(parts, part{fmt.Sprintf("relay[%d]", i), r.Pin})
	}
	for i, l := range c.Lamps {
		parts = append(parts, part{fmt.Sprintf("lamp[%d]", i), l.Pin})
	}
	for i, in := range c.Inputs {
		parts = append(parts, part{fmt.Sprintf("input[%d]", i), in.Pin})
	}
	taken := map[Pin]string{}
	for _, p := range parts {
		key := p.path + ".line"
		if !d.places.has(key) {
			continue // reported as missing
		}
		if before, ok := taken[p.pin]; ok {
			d.problem(key, fmt.Sprintf("line %d is taken by %s too", p.pin.Line, before), "give each part its own line")
			continue
		}
		taken[p.pin] = p.path
		if c.Board.I2S && p.pin.Chip == "" && slices.Contains(i2sLines, p.pin.Line) {
			d.problem(key, fmt.Sprintf("line %d belongs to the I2S sound card", p.pin.Line), "take another line, or write i2s = false in [board] if the sound card is on USB")
		}
	}
}

// choose is the cure of a reference into the void.
func choose(kind string, have []string) string {
	if len(have) == 0 {
		return "write a [[" + kind + "]] section"
	}
	cure := "there is "
	for i, n := range have {
		if i > 0 {
			cure += ", "
		}
		cure += strconv.Quote(n)
	}
	return cure
}

// accountNames and relayNames are offered where a reference goes wrong.
func accountNames(c *Config) []string {
	list := make([]string, len(c.Accounts))
	for i, a := range c.Accounts {
		list[i] = a.Name
	}
	return list
}

func relayNames(c *Config) []string {
	list := make([]string, len(c.Relays))
	for i, r := range c.Relays {
		list[i] = r.Name
	}
	return list
}
