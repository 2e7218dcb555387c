package locate

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/miekg/dns"
)

// readAddresses returns the addresses a message could be sent to. Link-local ones of IPv6 are useless without a
// zone, which DNS cannot give; the unspecified address and multicast are no servers.
func readAddresses(records []dns.RR) []netip.Addr {
	var addrs []netip.Addr
	for _, record := range records {
		var addr netip.Addr
		switch record := record.(type) {
		case *dns.A:
			addr, _ = netip.AddrFromSlice(record.A)
		case *dns.AAAA:
			addr, _ = netip.AddrFromSlice(record.AAAA)
		}
		addr = addr.Unmap()
		unusable := !addr.IsValid() || addr.IsUnspecified() || addr.IsMulticast() || addr.Is6() && addr.IsLinkLocalUnicast()
		if !unusable {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// precedences is the policy table of RFC 6724 section 2.1, most specific prefix first.
var precedences = []struct {
	prefix     netip.Prefix
	precedence int
}{
	{netip.MustParsePrefix("::1/128"), 50},
	{netip.MustParsePrefix("2001::/32"), 5},
	{netip.MustParsePrefix("2002::/16"), 30},
	{netip.MustParsePrefix("3ffe::/16"), 1},
	{netip.MustParsePrefix("fec0::/10"), 1},
	{netip.MustParsePrefix("fc00::/7"), 3},
	{netip.MustParsePrefix("0.0.0.0/0"), 35},
	{netip.MustParsePrefix("::/0"), 40},
}

// orderAddresses sorts the addresses of ONE host by RFC 6724 section 6, rules 6 (precedence), 8 (scope) and 10
// (else as DNS gave them). The rules about source addresses need the routing table and are left to the kernel.
func orderAddresses(addrs []netip.Addr) []netip.Addr {
	slices.SortStableFunc(addrs, func(a, b netip.Addr) int {
		return cmp.Or(cmp.Compare(precedence(b), precedence(a)), cmp.Compare(scope(a), scope(b)))
	})
	return addrs
}

// precedence is that of the most specific prefix; the table is in that order where prefixes overlap.
func precedence(addr netip.Addr) int {
	for _, row := range precedences {
		if row.prefix.Contains(addr) {
			return row.precedence
		}
	}
	return 40
}

// scope is 2 for link-local (with loopback, RFC 6724 section 3.2), 14 for global.
func scope(addr netip.Addr) int {
	if addr.IsLoopback() || addr.IsLinkLocalUnicast() {
		return 2
	}
	return 14
}
