package pbx

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// maxAddresses bounds the host's own addresses that are remembered; a host has a few.
const maxAddresses = 64

// addresses is what the PBX is called by: its names and its sockets. Sockets bound to the wildcard
// have the addresses peers reach them by, which are learned as messages arrive.
type addresses struct {
	network network
	names   []string
	ports   map[string][]netip.AddrPort // listened on, by transport
	numeric map[netip.AddrPort]bool

	sources map[netip.Addr]netip.Addr // what Source said, by remote address
	since   time.Time                 // of the oldest entry
}

// The host's word about a source address is asked for again after a while, since addresses change.
const (
	sourceLifetime = 30 * time.Second
	maxSources     = 256
)

// newAddresses starts with what the configuration and the sockets tell.
func newAddresses(cfg *Config, n network) addresses {
	a := addresses{network: n, names: []string{cfg.Domain}, ports: map[string][]netip.AddrPort{}, numeric: map[netip.AddrPort]bool{}}
	for _, alias := range cfg.Aliases {
		a.names = append(a.names, strings.ToLower(alias))
	}
	for _, t := range []string{sip.UDP, sip.TCP} {
		a.ports[t] = n.Local(t)
		for _, local := range a.ports[t] {
			a.learn(local)
		}
	}
	return a
}

// learn remembers an address of ours.
func (a *addresses) learn(local netip.AddrPort) {
	if local.IsValid() && !local.Addr().IsUnspecified() && len(a.numeric) < maxAddresses {
		a.numeric[netip.AddrPortFrom(local.Addr().Unmap(), local.Port())] = true
	}
}

// of is the address under which the far end of a flow can reach us: that of the socket, or for a
// wildcard the one the host would send from. Invalid if the host has no way there.
func (a *addresses) of(f transport.Flow) netip.AddrPort {
	local := f.Local
	if local.IsValid() && !local.Addr().IsUnspecified() {
		return local
	}
	if !local.IsValid() {
		local = a.listening(f)
	}
	if !local.IsValid() || !local.Addr().IsUnspecified() {
		return local
	}
	addr, known := a.sources[f.Remote.Addr()]
	if !known {
		var err error
		if addr, err = a.network.Source(f.Remote); err != nil {
			return netip.AddrPort{}
		}
		a.sources[f.Remote.Addr()] = addr.Unmap()
	}
	local = netip.AddrPortFrom(addr.Unmap(), local.Port())
	a.learn(local)
	return local
}

// refresh forgets what the host said too long ago, or about too many.
func (a *addresses) refresh(now time.Time) {
	if now.Sub(a.since) >= sourceLifetime || len(a.sources) >= maxSources {
		a.sources, a.since = make(map[netip.Addr]netip.Addr), now
	}
}

// listening is the socket that takes new connections of the flow's transport and family.
func (a *addresses) listening(f transport.Flow) netip.AddrPort {
	is4 := f.Remote.Addr().Is4()
	for _, local := range a.ports[f.Transport] {
		// The IPv6 wildcard takes IPv4 as well.
		if local.Addr().Is4() == is4 || local.Addr().IsUnspecified() && local.Addr().Is6() {
			return local
		}
	}
	return netip.AddrPort{}
}

// has tells whether a URI's host and port are ours. A name stands for any port of ours and for
// none.
func (a *addresses) has(host string, port int) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if slices.Contains(a.names, host) {
		return port == 0 || a.hasPort(port)
	}
	if port == 0 {
		port = 5060
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && port < 1<<16 && a.numeric[netip.AddrPortFrom(addr.Unmap(), uint16(port))]
}

// hasPort does not ask for the transport: a name with a port leads here by any of them.
func (a *addresses) hasPort(port int) bool {
	for _, locals := range a.ports {
		for _, local := range locals {
			if int(local.Port()) == port {
				return true
			}
		}
	}
	return false
}

// isOwn tells whether a URI leads here.
func (a *addresses) isOwn(u sip.URI) bool { return u.IsSIP() && a.has(u.Host, u.Port) }

// flowTo finds the way to a numeric URI; false for names, sips and transports that are not served.
func (a *addresses) flowTo(u sip.URI) (transport.Flow, bool) {
	addr, err := netip.ParseAddr(u.Host)
	if err != nil || u.Scheme != "sip" || addr.IsUnspecified() || addr.IsMulticast() || u.Port >= 1<<16 {
		return transport.Flow{}, false
	}
	name, _ := u.Param("transport")
	name = strings.ToUpper(name)
	if name == "" {
		name = sip.UDP
	}
	if len(a.ports[name]) == 0 {
		return transport.Flow{}, false
	}
	port := u.Port
	if port == 0 {
		port = 5060
	}
	return a.network.FlowTo(name, netip.AddrPortFrom(addr.Unmap(), uint16(port)), ""), true
}
