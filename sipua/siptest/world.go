package siptest

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"intercom/sipua/locate"
	"intercom/sipua/simnet"
	"intercom/sipua/sip"
)

// DoorAddress is where the Agent under test lives.
const DoorAddress = "192.0.2.1"

// clock is the harness's only one: a test's bubble moves it.
func clock() time.Time { return time.Now() }

// World is a network with a directory of names.
type World struct {
	T   *testing.T
	Net *simnet.Net

	count int // makes tags, branches and Call-IDs of peers unique

	mu    sync.Mutex // guards the world's DNS, which agents ask from goroutines of their own
	names map[string][]locate.Target
	delay time.Duration
}

// New makes a world without anybody in it, and without delay or loss.
func New(t *testing.T) *World { return Seeded(t, 1) }

// Seeded is New with another piece of randomness for the net's losses and delays.
func Seeded(t *testing.T, seed uint64) *World {
	return &World{T: t, Net: simnet.New(simnet.Config{Seed: seed}), names: make(map[string][]locate.Target)}
}

// HostAt adds a machine with several addresses that runs no script, for a door of its own network.
func (w *World) HostAt(addresses ...string) *simnet.Host {
	var list []netip.Addr
	for _, a := range addresses {
		list = append(list, netip.MustParseAddr(a))
	}
	return w.Net.Host(list...)
}

// Name lets a host name lead to addresses, each "UDP 192.0.2.10:5060" with an optional SRV priority behind.
func (w *World) Name(host string, places ...string) {
	w.T.Helper()
	var list []locate.Target
	for _, p := range places {
		var transport, addr string
		var priority uint16
		if n, _ := fmt.Sscan(p, &transport, &addr, &priority); n < 2 {
			w.T.Fatalf("place %q: want transport and address", p)
		}
		list = append(list, locate.Target{
			Transport: transport, Addr: netip.MustParseAddrPort(addr), Name: host, Priority: priority,
		})
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.names[host] = list
}

// SlowNames delays each answer of the DNS from now on.
func (w *World) SlowNames(delay time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.delay = delay
}

// lookup asks the directory.
func (w *World) lookup(host string) ([]locate.Target, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.names[host], w.delay
}

// Locate makes a World a sipua.Resolver: numeric hosts lead to themselves, names to what Name said.
func (w *World) Locate(ctx context.Context, _ time.Time, q locate.Query) locate.Result {
	targets, delay := w.lookup(q.URI.Host)
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return locate.Result{Err: ctx.Err()}
		}
	}
	if len(targets) > 0 {
		return locate.Result{Targets: targets}
	}
	addr, err := netip.ParseAddr(q.URI.Host)
	if err != nil {
		return locate.Result{Err: fmt.Errorf("%s: %w", q.URI.Host, locate.ErrNotFound)}
	}
	return locate.Result{Targets: numeric(addr, q)}
}

// numeric follows the rule of RFC 3263 for a numeric host.
func numeric(addr netip.Addr, q locate.Query) []locate.Target {
	name, _ := q.URI.Params.Get("transport")
	transport, port := sip.UDP, uint16(5060)
	switch {
	case name == "tcp":
		transport = sip.TCP
	case name == "tls", q.URI.Scheme == "sips":
		transport, port = sip.TLS, 5061
	}
	if q.URI.Port != 0 {
		port = uint16(q.URI.Port)
	}
	return []locate.Target{{Transport: transport, Addr: netip.AddrPortFrom(addr, port)}}
}

// serial is a number nobody else has.
func (w *World) serial() int {
	w.count++
	return w.count
}
