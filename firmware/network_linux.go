package firmware

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/vishvananda/netlink"
)

// settleTime is how long the network must be quiet before a change is told: a new lease comes as several messages.
const settleTime = time.Second

// WatchNetwork tells when an address or a link of this host has changed, at most once a second, until ctx ends. It
// listens to the kernel's routing socket (rtnetlink(7)), which needs no privilege.
func WatchNetwork(ctx context.Context, log *slog.Logger) (<-chan struct{}, error) {
	addrs, links := make(chan netlink.AddrUpdate, 16), make(chan netlink.LinkUpdate, 16)
	if err := netlink.AddrSubscribe(addrs, ctx.Done()); err != nil {
		return nil, fmt.Errorf("network changes cannot be watched: %w", err)
	}
	if err := netlink.LinkSubscribe(links, ctx.Done()); err != nil {
		return nil, fmt.Errorf("network changes cannot be watched: %w", err)
	}
	changes := make(chan struct{}, 1)
	w := networkWatch{log: log, changes: changes, state: map[int]netlink.LinkOperState{}}
	go w.run(addrs, links)
	return changes, nil
}

// networkWatch turns the kernel's messages into one sign per change.
type networkWatch struct {
	log     *slog.Logger
	changes chan<- struct{}
	state   map[int]netlink.LinkOperState // of each link, by its index
}

// run ends when the subscriptions do.
func (w *networkWatch) run(addrs <-chan netlink.AddrUpdate, links <-chan netlink.LinkUpdate) {
	settled := time.NewTimer(settleTime)
	settled.Stop()
	defer settled.Stop()
	for {
		select {
		case a, open := <-addrs:
			if !open {
				return
			}
			w.log.Info("address changed", "address", a.LinkAddress.String(), "added", a.NewAddr)
			settled.Reset(settleTime)
		case l, open := <-links:
			if !open {
				return
			}
			if w.moved(l.Attrs()) {
				settled.Reset(settleTime)
			}
		case <-settled.C:
			select {
			case w.changes <- struct{}{}:
			default: // one that nobody has taken says it already
			}
		}
	}
}

// moved tells whether a link went up or down: the kernel reports counters and flags as well.
func (w *networkWatch) moved(l *netlink.LinkAttrs) bool {
	before, known := w.state[l.Index]
	w.state[l.Index] = l.OperState
	if !known || before == l.OperState {
		return false
	}
	w.log.Info("link changed", "link", l.Name, "state", l.OperState.String())
	return true
}
