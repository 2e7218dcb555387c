package firmware

import (
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vishvananda/netlink"
)

// fakeNet is a host's network as a watch sees it.
type fakeNet struct {
	addrs   chan netlink.AddrUpdate
	links   chan netlink.LinkUpdate
	changes chan struct{}
	source  atomic.Value // string
}

// watchFake runs a watch over a network of the test's, where link 2 has the source.
func watchFake(t *testing.T, f func(n *fakeNet)) {
	synctest.Test(t, func(t *testing.T) {
		n := &fakeNet{addrs: make(chan netlink.AddrUpdate), links: make(chan netlink.LinkUpdate), changes: make(chan struct{}, 1)}
		n.source.Store("192.0.2.10")
		w := networkWatch{
			log: slog.New(slog.DiscardHandler), changes: n.changes, state: map[int]netlink.LinkOperState{},
			source: func() string { return n.source.Load().(string) }, owns: func(link int, _ string) bool { return link == 2 },
		}
		go w.run(n.addrs, n.links)
		synctest.Wait()
		f(n)
		close(n.addrs)
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
	watchFake(t, func(n *fakeNet) {
		time.Sleep(time.Hour)
		if told(n.changes) {
			t.Error("a change was told where there was none")
		}
		n.source.Store("192.0.2.11")
		for range 5 {
			n.addrs <- netlink.AddrUpdate{NewAddr: true}
			time.Sleep(settleTime / 2)
		}
		if told(n.changes) {
			t.Error("a change was told before the network was quiet")
		}
		time.Sleep(settleTime)
		if !told(n.changes) || told(n.changes) {
			t.Error("five messages in a row are not one change")
		}
	})
}

// Containers come and go without moving the address that the door speaks from.
func TestOtherAddressesDoNotCount(t *testing.T) {
	watchFake(t, func(n *fakeNet) {
		n.addrs <- netlink.AddrUpdate{NewAddr: true}
		n.addrs <- netlink.AddrUpdate{NewAddr: false}
		time.Sleep(2 * settleTime)
		if told(n.changes) {
			t.Error("an address that the door does not speak from was told")
		}
	})
}

func link(index int, state netlink.LinkOperState) netlink.LinkUpdate {
	attrs := netlink.NewLinkAttrs()
	attrs.Index, attrs.OperState = index, state
	return netlink.LinkUpdate{Link: &netlink.Dummy{LinkAttrs: attrs}}
}

func TestOnlyTheOwnLinkCounts(t *testing.T) {
	watchFake(t, func(n *fakeNet) {
		for range 3 {
			n.links <- link(2, netlink.OperUp)
			n.links <- link(3, netlink.OperDown)
		}
		n.links <- link(3, netlink.OperUp)
		time.Sleep(2 * settleTime)
		if told(n.changes) {
			t.Error("the same state again, or another link, was told as a change")
		}
		n.links <- link(2, netlink.OperDown)
		time.Sleep(2 * settleTime)
		if told(n.changes) {
			t.Error("a link that goes down is no time to register")
		}
		n.links <- link(2, netlink.OperUp)
		time.Sleep(2 * settleTime)
		if !told(n.changes) {
			t.Error("the own link came back and nobody was told")
		}
	})
}

func TestHostSource(t *testing.T) {
	for _, s := range strings.Fields(hostSource()) {
		if ip := net.ParseIP(s); ip == nil || ip.IsLoopback() {
			t.Errorf("this host is said to speak from %q", s)
		}
	}
	if hostOwns(1<<30, "192.0.2.10") {
		t.Error("a link that does not exist has an address")
	}
}

// The real kernel's socket opens without privilege, and closes with its context.
func TestWatchNetworkOpens(t *testing.T) {
	changes, err := WatchNetwork(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil || told(changes) {
		t.Errorf("error %v", err)
	}
}
