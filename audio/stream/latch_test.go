package stream

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

var (
	sdpAddr  = netip.MustParseAddrPort("192.0.2.10:4000")
	natAddr  = netip.MustParseAddrPort("198.51.100.7:31000")
	sameHost = netip.MustParseAddrPort("192.0.2.10:4444")
	evil     = netip.MustParseAddrPort("203.0.113.66:666")
)

// arrivals is a line of a latch test: packets of a source, 20 ms apart.
type arrivals struct {
	from   netip.AddrPort
	ssrc   uint32
	seq    uint16
	count  int
	step   uint16        // of the sequence number; 0 = 1
	pause  time.Duration // before them
	accept string        // one letter per packet: . refused, y accepted, L accepted and latched
}

func TestLatch(t *testing.T) {
	tests := []struct {
		name  string
		lines []arrivals
		want  netip.AddrPort // locked address, zero if learning
	}{
		{"the address of the SDP is heard at once and locked after four", []arrivals{{sdpAddr, 1, 100, 6, 0, 0, "yyyLyy"}}, sdpAddr},
		{"another address waits for four", []arrivals{{natAddr, 1, 65533, 6, 0, 0, "...Lyy"}}, natAddr},
		{"three are not enough", []arrivals{{natAddr, 1, 1, 3, 0, 0, "..."}}, netip.AddrPort{}},
		{"the same packet four times is not four", []arrivals{
			{natAddr, 1, 7, 1, 0, 0, "."}, {natAddr, 1, 7, 1, 0, 0, "."}, {natAddr, 1, 7, 1, 0, 0, "."}, {natAddr, 1, 7, 1, 0, 0, "."},
		}, netip.AddrPort{}},
		{"random sequence numbers are not consecutive", []arrivals{{natAddr, 1, 1, 6, 5000, 0, "......"}}, netip.AddrPort{}},
		{"a few lost packets do not break the row", []arrivals{{natAddr, 1, 1, 4, 3, 0, "...L"}}, natAddr},
		{"random SSRCs are not one source", []arrivals{
			{natAddr, 1, 1, 2, 0, 0, ".."}, {natAddr, 2, 3, 2, 0, 0, ".."}, {natAddr, 3, 5, 2, 0, 0, ".."},
		}, netip.AddrPort{}},
		{"an intruder in between does not break the row", []arrivals{
			{natAddr, 1, 1, 2, 0, 0, ".."}, {evil, 9, 1, 1, 0, 0, "."}, {natAddr, 1, 3, 1, 0, 0, "."}, {evil, 9, 2, 1, 0, 0, "."},
			{natAddr, 1, 4, 1, 0, 0, "L"}, {evil, 9, 3, 5, 0, 0, "....."},
		}, natAddr},
		{"an intruder cannot win while the SDP's host is heard", []arrivals{
			{sdpAddr, 1, 1, 1, 0, 0, "y"}, {evil, 9, 1, 6, 0, 0, "......"}, {sdpAddr, 1, 2, 3, 0, 0, "yyL"},
		}, sdpAddr},
		{"another port of the SDP's host may win", []arrivals{{sameHost, 1, 1, 5, 0, 0, "...Ly"}}, sameHost},
		{"many intruders do not push the peer out", []arrivals{
			{natAddr, 1, 1, 2, 0, 0, ".."}, {evil, 2, 1, 1, 0, 0, "."}, {evil, 3, 1, 1, 0, 0, "."}, {evil, 4, 1, 1, 0, 0, "."},
			{evil, 5, 1, 1, 0, 0, "."}, {evil, 6, 1, 1, 0, 0, "."}, {natAddr, 1, 3, 2, 0, 0, ".L"},
		}, natAddr},
		{"locked: others are not heard, however many", []arrivals{{natAddr, 1, 1, 4, 0, 0, "...L"}, {evil, 9, 1, 8, 0, 0, "........"}}, natAddr},
		{"locked: the right SSRC from elsewhere is not heard, even after silence", []arrivals{
			{natAddr, 1, 1, 4, 0, 0, "...L"}, {evil, 1, 5, 8, 0, 5 * time.Second, "........"},
		}, natAddr},
		{"locked: a new SSRC of the same address after four", []arrivals{{natAddr, 1, 1, 4, 0, 0, "...L"}, {natAddr, 2, 900, 5, 0, 0, "...Ly"}}, natAddr},
		{"locked: a new SSRC elsewhere only after silence", []arrivals{
			{natAddr, 1, 1, 4, 0, 0, "...L"}, {evil, 2, 1, 6, 0, time.Second, "......"}, {sameHost, 3, 1, 5, 0, 2 * time.Second, "...Ly"},
		}, sameHost},
		{"candidates are forgotten after a second", []arrivals{{natAddr, 1, 1, 3, 0, 0, "..."}, {natAddr, 1, 4, 3, 0, 2 * time.Second, "..."}}, netip.AddrPort{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var l latch
			l.expect(sdpAddr)
			checkLatch(t, &l, tt.lines)
			if got := lockedAddr(&l); got != tt.want {
				t.Errorf("locked to %v, want %v", got, tt.want)
			}
		})
	}
}

func lockedAddr(l *latch) netip.AddrPort {
	if l.state != locked {
		return netip.AddrPort{}
	}
	return l.locked.addr
}

func checkLatch(t *testing.T, l *latch, lines []arrivals) {
	t.Helper()
	now := time.Unix(0, 0)
	for i, line := range lines {
		now = now.Add(line.pause)
		got := ""
		for n := range line.count {
			ok, latched := l.accept(now, source{line.from, line.ssrc}, line.seq+uint16(n)*max(line.step, 1))
			got += map[string]string{"false false": ".", "true false": "y", "true true": "L"}[fmt.Sprint(ok, " ", latched)]
			now = now.Add(20 * time.Millisecond)
		}
		if got != line.accept {
			t.Errorf("line %d: got %q, want %q", i, got, line.accept)
		}
	}
}

func TestLatchOpensForANewSDPOnly(t *testing.T) {
	var l latch
	l.expect(sdpAddr)
	checkLatch(t, &l, []arrivals{{natAddr, 1, 1, 4, 0, 0, "...L"}})
	l.expect(sdpAddr)
	if l.state != locked {
		t.Error("the same SDP opened the latch")
	}
	l.expect(sameHost)
	if l.state != learning {
		t.Error("another SDP left the latch locked")
	}
	checkLatch(t, &l, []arrivals{{natAddr, 1, 5, 3, 0, 0, "..."}, {sameHost, 4, 1, 4, 0, 0, "yyyL"}})
}

func TestLatchWithoutSDPAddress(t *testing.T) {
	var l latch
	l.expect(netip.AddrPort{})
	checkLatch(t, &l, []arrivals{{natAddr, 1, 1, 5, 0, 0, "...Ly"}})
}
