package simnet

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Config describes a network. The zero value is a perfect one.
type Config struct {
	Seed uint64       // of everything random
	Link Link         // how packets travel where SetLink says nothing else
	Tap  func(Packet) // as SetTap; nil for none
}

// pair is one direction between two addresses.
type pair struct{ from, to netip.Addr }

// Net is a network of hosts. Make it with New; inside the bubble when testing/synctest is used.
type Net struct {
	seed  uint64
	queue queue // packets on their way

	mu       sync.Mutex // held for looks into the maps only: a mutex wait is not durably blocking
	fallback Link
	links    map[pair]*link       // made at first use: they hold randomness even without a model of their own
	hosts    map[netip.Addr]*Host // by each of their addresses
	cuts     map[pair]bool
	rejected map[netip.Addr]bool
	filter   func(Packet) bool // nil lets everything pass
	tap      func(Packet)      // nil for none
}

// New makes a network without hosts.
func New(cfg Config) *Net {
	return &Net{
		seed:     cfg.Seed,
		fallback: cfg.Link,
		tap:      cfg.Tap,
		links:    make(map[pair]*link),
		hosts:    make(map[netip.Addr]*Host),
		cuts:     make(map[pair]bool),
		rejected: make(map[netip.Addr]bool),
	}
}

// clock is the only place where this package reads the clock. In a synctest bubble it is the bubble's.
func clock() time.Time { return time.Now() }

// Host adds a machine with the given addresses; each host has its own 127.0.0.1 and ::1 besides. It panics when
// an address is taken, which is a mistake of the test.
func (n *Net) Host(addrs ...netip.Addr) *Host {
	h := newHost(n)
	h.SetAddrs(addrs...)
	return h
}

// SetDefaultLink replaces Config.Link for everything sent from now on.
func (n *Net) SetDefaultLink(l Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fallback = l
}

// SetLink says how packets travel from one address to another, in this direction only.
func (n *Net) SetLink(from, to netip.Addr, l Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	state, _ := n.linkLocked(from, to)
	state.own = &l
}

// SetCut cuts or mends the way between all addresses of two sets, both directions. What is sent over a cut is
// lost in silence.
func (n *Net) SetCut(a, b []netip.Addr, cut bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, x := range a {
		for _, y := range b {
			n.cuts[pair{x, y}] = cut
			n.cuts[pair{y, x}] = cut
		}
	}
}

// SetRejected makes routers answer for an address with ICMP host unreachable instead of silence.
func (n *Net) SetRejected(addr netip.Addr, rejected bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rejected[addr] = rejected
}

// linkLocked returns the state of one direction, made at first use, and the model in force.
func (n *Net) linkLocked(from, to netip.Addr) (*link, Link) {
	key := pair{from, to}
	l := n.links[key]
	if l == nil {
		l = newLink(n.seed, from, to)
		n.links[key] = l
	}
	if l.own != nil {
		return l, *l.own
	}
	return l, n.fallback
}

// route is what the network decides about one packet before it travels.
type route struct {
	host     *Host           // nil: nobody is there, or the way is cut
	rejected bool            // a router answers for the destination
	delays   []time.Duration // one for each copy that arrives
}

// way looks up the destination of a datagram and draws its fate.
func (n *Net) way(from *Host, src, dst netip.Addr, size int) route {
	n.mu.Lock()
	defer n.mu.Unlock()
	if dst.IsLoopback() || n.hosts[dst] == from {
		return route{host: from, delays: []time.Duration{0}}
	}
	l, model := n.linkLocked(src, dst)
	return route{
		rejected: n.rejected[dst],
		host:     n.reachLocked(from, src, dst),
		delays:   l.draw(model, size),
	}
}

// pace draws how long a piece of a stream takes, with the retransmissions it needs.
func (n *Net) pace(from *Host, src, dst netip.Addr) time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	if dst.IsLoopback() || n.hosts[dst] == from {
		return 0
	}
	l, model := n.linkLocked(src, dst)
	return l.drawReliable(model)
}

// reach returns the host behind dst, nil when a packet would vanish, and whether a router rejects it.
func (n *Net) reach(from *Host, src, dst netip.Addr) (to *Host, rejected bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if dst.IsLoopback() || n.hosts[dst] == from {
		return from, false
	}
	return n.reachLocked(from, src, dst), n.rejected[dst]
}

// reachLocked is the host behind dst, or nil when a packet would vanish.
func (n *Net) reachLocked(from *Host, src, dst netip.Addr) *Host {
	to := n.hosts[dst]
	if to == nil || to.down || from.down || n.cuts[pair{src, dst}] {
		return nil
	}
	return to
}

// setAddrs moves a host to other addresses.
func (n *Net) setAddrs(h *Host, addrs []netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, a := range h.addrs {
		delete(n.hosts, a)
	}
	for _, a := range addrs {
		if a != a.Unmap() || !a.IsValid() || a.IsUnspecified() {
			panic(fmt.Sprintf("simnet: %v is no address for a host", a))
		}
		if n.hosts[a] != nil {
			panic(fmt.Sprintf("simnet: the address %v belongs to another host", a))
		}
		n.hosts[a] = h
	}
	h.addrs = slices.Clone(addrs)
}
