package trace

import "net/netip"

// Ports of the made-up ends of dialled streams, one per party, from the start of the range for such uses (RFC 6335).
const firstDialled = 49152

// maxParties bounds what is remembered of parties; they are named by the program, not by the network.
const maxParties = 16

// The addresses of an end nobody knows: reserved ones that no packet carries (RFC 7600, RFC 6666).
var (
	dummy4 = netip.MustParseAddr("192.0.0.8")
	dummy6 = netip.MustParseAddr("100::8")
)

// party is a name with the addresses its Via fields have shown.
type party struct {
	name         string
	addr4, addr6 netip.Addr
}

// places completes the addresses of records: a socket on the wildcard does not know its own, and a pcap needs them.
type places struct{ parties []party }

// ends are the two ends of a record, both valid, of one family, with ports.
func (p *places) ends(r Record) (local, remote netip.AddrPort) {
	index := p.party(r.Who)
	known := &p.parties[index]
	known.learn(r.ours)
	known.learn(r.Local.Addr())
	remote = r.Remote
	if !remote.IsValid() {
		remote = netip.AddrPortFrom(dummyLike(r.Local.Addr()), r.Remote.Port())
	}
	addr := r.Local.Addr()
	if isUnknown(addr) || addr.Is4() != remote.Addr().Is4() {
		addr = known.address(remote.Addr())
	}
	port := r.Local.Port()
	if port == 0 {
		port = firstDialled + uint16(index)
	}
	return netip.AddrPortFrom(addr, port), remote
}

// party finds the index of a name, and gives it one. Names beyond the bound share the last.
func (p *places) party(name string) int {
	for i := range p.parties {
		if p.parties[i].name == name {
			return i
		}
	}
	if len(p.parties) == maxParties {
		return maxParties - 1
	}
	p.parties = append(p.parties, party{name: name})
	return len(p.parties) - 1
}

// learn keeps an address that says something.
func (p *party) learn(a netip.Addr) {
	switch {
	case isUnknown(a):
	case a.Is4():
		p.addr4 = a
	default:
		p.addr6 = a
	}
}

// address is the party's own towards a remote one.
func (p *party) address(remote netip.Addr) netip.Addr {
	own := p.addr6
	if remote.Is4() {
		own = p.addr4
	}
	if !own.IsValid() {
		return dummyLike(remote)
	}
	return own
}

// dummyLike is the dummy of an address's family; IPv4 where there is none.
func dummyLike(a netip.Addr) netip.Addr {
	if a.Is6() {
		return dummy6
	}
	return dummy4
}

// isUnknown tells the wildcard and the lack of an address.
func isUnknown(a netip.Addr) bool { return !a.IsValid() || a.IsUnspecified() }
