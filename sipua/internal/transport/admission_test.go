package transport

import (
	"net/netip"
	"testing"
	"time"
)

var testStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// admitted counts how many of n datagrams are admitted at one moment.
func admitted(a *admission, now time.Time, addr netip.Addr, n int) (count int) {
	for range n {
		if a.admit(now, addr) {
			count++
		}
	}
	return count
}

func TestAdmissionPerSource(t *testing.T) {
	a := newAdmission(20, 200, testStart)
	first, second := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	steps := []struct {
		at   time.Duration
		addr netip.Addr
		want int
	}{
		{0, first, 40},  // the burst
		{0, first, 0},   // and no more
		{0, second, 40}, // somebody else has his own
		{500 * time.Millisecond, first, 10},
		{time.Second, first, 10},
		{time.Hour, first, 40},
	}
	for i, s := range steps {
		if got := admitted(a, testStart.Add(s.at), s.addr, 1000); got != s.want {
			t.Errorf("step %d: %d admitted, want %d", i, got, s.want)
		}
	}
}

func TestAdmissionOfForgedSources(t *testing.T) {
	a := newAdmission(20, 200, testStart)
	count := 0
	for i := range 100_000 {
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		if a.admit(testStart, addr) {
			count++
		}
		if len(a.sources) > maxSources {
			t.Fatalf("%d sources are remembered", len(a.sources))
		}
	}
	if count != 400 {
		t.Errorf("%d datagrams of 100,000 forged sources were admitted, want the common burst of 400", count)
	}
	known := netip.MustParseAddr("192.0.2.1")
	if admitted(a, testStart, known, 1) != 0 {
		t.Error("a stranger was admitted amid the flood")
	}
	a.know(testStart, known)
	if admitted(a, testStart, known, 10) != 10 {
		t.Error("the PBX was shut out by a flood of others")
	}
}

func TestAdmissionOfKnownSources(t *testing.T) {
	a := newAdmission(20, 200, testStart)
	addr := netip.MustParseAddr("192.0.2.1")
	a.know(testStart, addr)
	if got := admitted(a, testStart, addr, 10_000); got != 40*knownFactor {
		t.Errorf("%d admitted of a known source, want %d", got, 40*knownFactor)
	}
	later := testStart.Add(knownFor + time.Minute)
	if got := admitted(a, later, addr, 10_000); got != 40 {
		t.Errorf("%d admitted when it is forgotten, want 40", got)
	}
	for i := range 2 * maxKnown {
		a.know(later.Add(time.Duration(i)*time.Second), netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
	}
	if len(a.known) != maxKnown {
		t.Errorf("%d known sources, want %d", len(a.known), maxKnown)
	}
	if _, isKnown := a.known[netip.AddrFrom4([4]byte{10, 0, 1, 255})]; !isKnown {
		t.Error("the newest was forgotten")
	}
}

func TestAdmissionCanBeTurnedOff(t *testing.T) {
	a := newAdmission(-1, 200, testStart)
	if got := admitted(a, testStart, netip.MustParseAddr("192.0.2.1"), 5000); got != 5000 {
		t.Errorf("%d admitted, want all", got)
	}
}

func TestSourceKey(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.1":             "192.0.2.1",
		"::ffff:192.0.2.1":      "192.0.2.1",
		"2001:db8:1:2:3:4:5:6":  "2001:db8:1:2::",
		"fe80::1%eth0":          "fe80::",
		"2001:db8:1:2:ffff::99": "2001:db8:1:2::",
	} {
		if got := sourceKey(netip.MustParseAddr(addr)); got != netip.MustParseAddr(want) {
			t.Errorf("%s counts as %v, want %s", addr, got, want)
		}
	}
}
