package firmware

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
)

// settleTime is how long the network must be quiet before a change is told: a new lease comes as several messages.
const settleTime = time.Second

// WatchNetwork tells when the address that this host speaks from has changed, or its link came back, at most once a
// second, until ctx ends. What other links do, such as those of containers, is nobody's business here. It listens to the
// kernel's routing socket (rtnetlink(7)), which needs no privilege.
func WatchNetwork(ctx context.Context, log *slog.Logger) (<-chan struct{}, error) {
	addrs, links := make(chan netlink.AddrUpdate, 16), make(chan netlink.LinkUpdate, 16)
	if err := netlink.AddrSubscribe(addrs, ctx.Done()); err != nil {
		return nil, fmt.Errorf("network changes cannot be watched: %w", err)
	}
	if err := netlink.LinkSubscribe(links, ctx.Done()); err != nil {
		return nil, fmt.Errorf("network changes cannot be watched: %w", err)
	}
	changes := make(chan struct{}, 1)
	w := networkWatch{log: log, changes: changes, state: map[int]netlink.LinkOperState{}, source: hostSource, owns: hostOwns}
	go w.run(addrs, links)
	return changes, nil
}

// networkWatch turns the kernel's messages into one sign per change.
type networkWatch struct {
	log     *slog.Logger
	changes chan<- struct{}
	state   map[int]netlink.LinkOperState      // of each link, by its index
	source  func() string                      // the addresses this host speaks from
	owns    func(link int, source string) bool // whether one of them is a link's
	last    string                             // the source last told
	isBack  bool                               // the link of the source came up again
}

// run ends when the subscriptions do.
func (w *networkWatch) run(addrs <-chan netlink.AddrUpdate, links <-chan netlink.LinkUpdate) {
	w.last = w.source()
	settled := time.NewTimer(settleTime)
	settled.Stop()
	defer settled.Stop()
	for {
		select {
		case _, open := <-addrs:
			if !open {
				return
			}
			settled.Reset(settleTime)
		case l, open := <-links:
			if !open {
				return
			}
			if w.moved(l.Attrs()) {
				settled.Reset(settleTime)
			}
		case <-settled.C:
			w.judge()
		}
	}
}

// judge tells a change if there was one.
func (w *networkWatch) judge() {
	source := w.source()
	if source == w.last && !w.isBack {
		return
	}
	w.log.Info("network changed", "address", source, "before", w.last)
	w.last, w.isBack = source, false
	select {
	case w.changes <- struct{}{}:
	default: // one that nobody has taken says it already
	}
}

// moved tells whether a link went up or down: the kernel reports counters and flags as well.
func (w *networkWatch) moved(l *netlink.LinkAttrs) bool {
	before, known := w.state[l.Index]
	w.state[l.Index] = l.OperState
	if !known || before == l.OperState {
		return false
	}
	w.isBack = w.isBack || l.OperState == netlink.OperUp && w.owns(l.Index, w.last)
	return true
}

// hostSource is what the routing table says this host speaks from, in both families. A network without a way outside has
// all its addresses instead, for each may be the one that matters.
func hostSource() string {
	var sources []string
	for _, outside := range []string{"192.0.2.1:9", "[2001:db8::1]:9"} { // documentation addresses; nothing is sent
		if conn, err := net.Dial("udp", outside); err == nil {
			sources = append(sources, conn.LocalAddr().(*net.UDPAddr).IP.String())
			conn.Close()
		}
	}
	if len(sources) > 0 {
		return strings.Join(sources, " ")
	}
	addrs, _ := net.InterfaceAddrs() // none if that fails
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			sources = append(sources, n.IP.String())
		}
	}
	return strings.Join(sources, " ")
}

// hostOwns tells whether a link has one of the addresses of a source.
func hostOwns(link int, source string) bool {
	i, err := net.InterfaceByIndex(link)
	if err != nil {
		return false
	}
	addrs, _ := i.Addrs() // none if the link is gone
	return slices.ContainsFunc(addrs, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && slices.Contains(strings.Fields(source), n.IP.String())
	})
}
