package simnet

import (
	"net/netip"
	"time"
)

// Fate is what became of a packet at the moment of its sending.
type Fate int

// Fates of packets.
const (
	Sent     Fate = iota // on its way; for a stream also when it needs several tries
	Lost                 // by the link's Loss or MTU
	Filtered             // by SetFilter
	Vanished             // nobody has the address, the host is down, or the way is cut
	Refused              // no socket, or a rejected address: an ICMP error or a reset went back
)

// String names the fate in lower case.
func (f Fate) String() string {
	return [...]string{"sent", "lost", "filtered", "vanished", "refused"}[f]
}

// Packet is what a tap and a filter see: a datagram, or a piece or a sign of a stream.
type Packet struct {
	At       time.Time
	Network  string // "udp" or "tcp"
	Src, Dst netip.AddrPort
	Data     []byte // valid during the call only
	Sign     string // "", or for a stream "syn", "fin", "rst"; for a datagram "icmp"
	Fate     Fate
}

// SetTap has every packet shown to f when it is sent; nil ends that. f is called by many goroutines and must
// not block.
func (n *Net) SetTap(f func(Packet)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.tap = f
}

// SetFilter drops those datagrams for which pass returns false; nil lets all pass. pass is called by many
// goroutines and must not block. Streams are not filtered.
func (n *Net) SetFilter(pass func(Packet) bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.filter = pass
}

// show calls the tap outside the lock, so that it may ask the Net for something.
func (n *Net) show(p Packet) {
	n.mu.Lock()
	tap := n.tap
	n.mu.Unlock()
	if tap != nil {
		tap(p)
	}
}

// passes asks the filter, outside the lock too.
func (n *Net) passes(p Packet) bool {
	n.mu.Lock()
	filter := n.filter
	n.mu.Unlock()
	return filter == nil || filter(p)
}
