package simnet

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"syscall"
)

// firstEphemeral is the start of the dynamic ports (RFC 6335 section 6).
const firstEphemeral = 49152

// Host is one machine. Its methods ListenPacket, Listen and Dial are those of an operating system.
type Host struct {
	net *Net

	// What routes depend on is guarded by net.mu: one lock then decides about a packet.
	addrs []netip.Addr // the first of a family is the source of what no socket is bound for
	down  bool

	// The sockets have a lock of their own. It is never taken inside net.mu, nor the other way round.
	mu        sync.Mutex
	stealth   bool
	packets   map[netip.AddrPort]*PacketConn // by local address; the wildcards included
	listeners map[netip.AddrPort]*listener
	streams   map[*Conn]struct{}
	nextPort  uint16 // the next ephemeral port to try
}

// newHost makes a host without addresses, which reaches only itself.
func newHost(n *Net) *Host {
	return &Host{
		net:       n,
		packets:   make(map[netip.AddrPort]*PacketConn),
		listeners: make(map[netip.AddrPort]*listener),
		streams:   make(map[*Conn]struct{}),
		nextPort:  firstEphemeral,
	}
}

// Addrs returns the host's addresses.
func (h *Host) Addrs() []netip.Addr {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	return slices.Clone(h.addrs)
}

// SetAddrs gives the host other addresses, as a new DHCP lease does. Sockets bound to a lost address stay open
// and hear nothing more.
func (h *Host) SetAddrs(addrs ...netip.Addr) { h.net.setAddrs(h, addrs) }

// SetDown pulls (true) or plugs in the host's cable. Everything from and to it vanishes in silence; streams go on
// when it is up again.
func (h *Host) SetDown(down bool) {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	h.down = down
}

// SetStealth makes the host a firewalled one: closed ports answer with silence instead of ICMP or a reset.
func (h *Host) SetStealth(stealth bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stealth = stealth
}

// Crash closes all sockets without a word to anybody, as a loss of power does. Peers of streams are reset when
// they send the next byte. The host can be used again at once.
func (h *Host) Crash() {
	h.mu.Lock()
	// The tables are replaced first: closing a socket takes the lock, and finds itself gone already.
	packets, listeners, streams := h.packets, h.listeners, h.streams
	h.packets = make(map[netip.AddrPort]*PacketConn)
	h.listeners = make(map[netip.AddrPort]*listener)
	h.streams = make(map[*Conn]struct{})
	h.mu.Unlock()
	for _, c := range packets {
		c.Close()
	}
	for _, l := range listeners {
		l.Close()
	}
	for c := range streams {
		c.crash()
	}
}

// source is the address a packet to dst is sent from when its socket is bound to none.
func (h *Host) source(dst netip.Addr) (netip.Addr, error) {
	if dst.IsLoopback() {
		return dst, nil
	}
	for _, a := range h.Addrs() {
		if a.Is4() == dst.Is4() {
			return a, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("no address of the family of %v: %w", dst, syscall.ENETUNREACH)
}

// owns reports whether a socket may be bound to the address.
func (h *Host) owns(a netip.Addr) bool {
	return a.IsUnspecified() || a.IsLoopback() || slices.Contains(h.Addrs(), a)
}

// bindLocked finds the local address for a socket: port 0 becomes a free one. taken tells what is in use.
func (h *Host) bindLocked(local netip.AddrPort, taken func(netip.AddrPort) bool) (netip.AddrPort, error) {
	// A port asked for is given or refused; only port 0 leaves a choice.
	if local.Port() != 0 {
		if taken(local) {
			return local, fmt.Errorf("address %v: %w", local, syscall.EADDRINUSE)
		}
		return local, nil
	}
	for range 65536 - firstEphemeral {
		// Counting instead of drawing keeps runs alike, and leaves a closed port unused for long, so that a late
		// datagram finds nobody rather than the wrong one.
		port := h.nextPort
		h.nextPort++
		if h.nextPort == 0 {
			h.nextPort = firstEphemeral
		}
		if a := netip.AddrPortFrom(local.Addr(), port); !taken(a) {
			return a, nil
		}
	}
	return local, fmt.Errorf("no port is free: %w", syscall.EADDRINUSE)
}

// bindings are the keys of the tables under which a socket stands: the dual wildcard has one in each family.
func bindings(local netip.AddrPort, dual bool) []netip.AddrPort {
	if !dual {
		return []netip.AddrPort{local}
	}
	return []netip.AddrPort{local, netip.AddrPortFrom(netip.IPv4Unspecified(), local.Port())}
}

// lookup finds the socket for dst: the exact address first, then the wildcard of its family.
func lookup[S any](table map[netip.AddrPort]S, dst netip.AddrPort) (s S, found bool) {
	if s, found = table[dst]; found {
		return s, true
	}
	any := netip.IPv6Unspecified()
	if dst.Addr().Is4() {
		any = netip.IPv4Unspecified()
	}
	s, found = table[netip.AddrPortFrom(any, dst.Port())]
	return s, found
}

// isStealth is asked on arrival, when the sender has long returned.
func (h *Host) isStealth() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stealth
}
