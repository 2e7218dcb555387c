package firmware

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vishvananda/netlink"
)

// watchFake runs a watch over channels of the test's.
func watchFake(t *testing.T, f func(addrs chan<- netlink.AddrUpdate, links chan<- netlink.LinkUpdate, changes <-chan struct{})) {
	synctest.Test(t, func(t *testing.T) {
		addrs, links := make(chan netlink.AddrUpdate), make(chan netlink.LinkUpdate)
		changes := make(chan struct{}, 1)
		w := networkWatch{log: slog.New(slog.DiscardHandler), changes: changes, state: map[int]netlink.LinkOperState{}}
		go w.run(addrs, links)
		f(addrs, links, changes)
		close(addrs)
	})
}

func told(changes <-chan struct{}) bool {
	select {
	case <-changes:
		return true
	default:
		return false
	}
}

func TestAddressChangesSettle(t *testing.T) {
	watchFake(t, func(addrs chan<- netlink.AddrUpdate, _ chan<- netlink.LinkUpdate, changes <-chan struct{}) {
		time.Sleep(time.Hour)
		if told(changes) {
			t.Error("a change was told where there was none")
		}
		for range 5 {
			addrs <- netlink.AddrUpdate{NewAddr: true}
			time.Sleep(settleTime / 2)
		}
		if told(changes) {
			t.Error("a change was told before the network was quiet")
		}
		time.Sleep(settleTime)
		if !told(changes) || told(changes) {
			t.Error("five messages in a row are not one change")
		}
	})
}

func link(index int, state netlink.LinkOperState) netlink.LinkUpdate {
	attrs := netlink.NewLinkAttrs()
	attrs.Index, attrs.OperState = index, state
	return netlink.LinkUpdate{Link: &netlink.Dummy{LinkAttrs: attrs}}
}

func TestOnlyLinksThatMoveCount(t *testing.T) {
	watchFake(t, func(_ chan<- netlink.AddrUpdate, links chan<- netlink.LinkUpdate, changes <-chan struct{}) {
		for range 3 {
			links <- link(2, netlink.OperUp)
			links <- link(3, netlink.OperDown)
		}
		time.Sleep(2 * settleTime)
		if told(changes) {
			t.Error("the same state again was told as a change")
		}
		links <- link(3, netlink.OperUp)
		time.Sleep(2 * settleTime)
		if !told(changes) {
			t.Error("a link that came up was not told")
		}
	})
}

// The real kernel's socket opens without privilege, and closes with its context.
func TestWatchNetworkOpens(t *testing.T) {
	changes, err := WatchNetwork(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil || told(changes) {
		t.Errorf("error %v", err)
	}
}
