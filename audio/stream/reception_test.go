package stream

import (
	"math"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// feed counts the given sequence numbers, 20 ms apart, as audio at 8 kHz whose timestamps follow the sequence.
func feed(r *reception, numbers ...uint16) {
	for i, n := range numbers {
		if !r.valid {
			r.start(1, 8000, n)
		}
		r.packet(time.Unix(0, 0).Add(time.Duration(i)*20*time.Millisecond), n, uint32(n)*160, true)
	}
}

func TestLossByRFC3550(t *testing.T) {
	tests := []struct {
		name     string
		numbers  []uint16
		lost     int
		fraction uint8
	}{
		{"none", []uint16{1, 2, 3, 4}, 0, 0},
		{"one of four", []uint16{1, 2, 4}, 1, 64},
		{"half", []uint16{1, 3, 5, 7}, 3, 109}, // 3 of 7
		{"over the wrap", []uint16{65534, 65535, 1, 2}, 1, 51},
		{"reordered", []uint16{1, 3, 2, 4}, 0, 0},
		{"reordered over the wrap", []uint16{65534, 0, 65535, 1}, 0, 0},
		{"duplicates make it negative", []uint16{1, 2, 2, 2, 3}, -2, 0},
		{"a duplicate hides a loss", []uint16{1, 1, 3}, 0, 0},
	}
	for _, tt := range tests {
		var r reception
		feed(&r, tt.numbers...)
		if got := r.lost(); got != tt.lost {
			t.Errorf("%s: %d lost, want %d", tt.name, got, tt.lost)
		}
		if got := r.fraction(); got != tt.fraction {
			t.Errorf("%s: fraction %d/256, want %d", tt.name, got, tt.fraction)
		}
		if got := r.fraction(); got != 0 {
			t.Errorf("%s: fraction %d/256 of an interval without packets", tt.name, got)
		}
	}
}

func TestFractionIsOfTheLastInterval(t *testing.T) {
	var r reception
	feed(&r, 1, 2, 5, 6)
	r.fraction()
	feed(&r, 7, 8, 9, 10)
	if got := r.fraction(); got != 0 {
		t.Errorf("fraction %d after an interval without loss", got)
	}
	feed(&r, 12)
	if got := r.fraction(); got != 128 {
		t.Errorf("fraction %d, want half", got)
	}
	if got := r.lost(); got != 3 {
		t.Errorf("%d lost in all, want 3", got)
	}
}

func TestLostIsClampedTo24Bits(t *testing.T) {
	r := reception{valid: true, first: 0, highest: 1 << 25}
	if got := r.totalLost(); got != 0x7FFFFF {
		t.Errorf("%#x, want the largest", got)
	}
	r = reception{valid: true, received: 1 << 25}
	if got := r.totalLost(); got != 0x800000 {
		t.Errorf("%#x, want the most negative", got)
	}
	if got := (&reception{}).lost(); got != 0 {
		t.Errorf("%d lost before any packet", got)
	}
}

// The estimator of A.8 converges to the mean of |D|: packets alternately on time and late by d give D = d each time.
func TestJitterByRFC3550(t *testing.T) {
	for _, late := range []time.Duration{0, 2 * time.Millisecond, 10 * time.Millisecond} {
		var r reception
		r.start(1, 8000, 0)
		for n := range 500 {
			at := time.Unix(5, 0).Add(time.Duration(n) * 20 * time.Millisecond)
			if n%2 == 1 {
				at = at.Add(late)
			}
			r.packet(at, uint16(n), uint32(n)*160, true)
		}
		if got := time.Duration(r.jitter * 1e9); (got - late).Abs() > 50*time.Microsecond {
			t.Errorf("jitter %v, want %v", got, late)
		}
		if got, want := float64(r.jitterUnits()), late.Seconds()*8000; math.Abs(got-want) > 1 {
			t.Errorf("jitter %v units, want %v", got, want)
		}
	}
}

func TestJitterIgnoresEventsAndJumps(t *testing.T) {
	var r reception
	feed(&r, 1, 2, 3)
	r.packet(time.Unix(0, 0).Add(80*time.Millisecond), 4, 480, false) // an event stands still
	r.packet(time.Unix(0, 0).Add(80*time.Millisecond), 5, 800, true)
	r.packet(time.Unix(0, 0).Add(100*time.Millisecond), 6, 0x70000000, true) // a new time base
	if r.jitter > .0001 {
		t.Errorf("jitter %v s", r.jitter)
	}
	if r.received != 6 || r.lost() != 0 {
		t.Errorf("received %d, lost %d", r.received, r.lost())
	}
}

func TestNTPTime(t *testing.T) {
	// RFC 3550 section 4: seconds since 1900. 1970 is 2208988800 seconds later.
	if got := ntp(time.Unix(0, 0)); got != 2208988800<<32 {
		t.Errorf("1970 is %#x", got)
	}
	if got := ntp(time.Unix(1, 500_000_000)); got != 2208988801<<32|1<<31 {
		t.Errorf("1.5 s later is %#x", got)
	}
	if got := middle(time.Unix(1, 500_000_000)); got != 2208988801&0xFFFF<<16|0x8000 {
		t.Errorf("its middle is %#x", got)
	}
}

// roundTrip is what a report block says for a report that was sent, held and came back at the given times.
func roundTrip(sent, back time.Time, held time.Duration) time.Duration {
	var c control
	c.reports(back, []rtcp.ReceptionReport{{SSRC: 9, LastSenderReport: middle(sent), Delay: uint32(held * 65536 / time.Second)}}, 9, 8000)
	return c.roundTrip
}

func TestRoundTrip(t *testing.T) {
	// The example of RFC 3550 section 6.4.1, figure 2: A = 0xb710:8000, DLSR = 5.25 s, LSR = 0xb705:2000 give 6.125 s.
	var c control
	now := time.Unix(0xb44db710-2208988800, 500_000_000)
	c.reports(now, []rtcp.ReceptionReport{{SSRC: 9, LastSenderReport: 0xb7052000, Delay: 0x00054000}}, 9, 8000)
	if c.roundTrip != 6125*time.Millisecond {
		t.Errorf("round trip %v, want 6.125 s", c.roundTrip)
	}
	base := time.Unix(0x10000-2208988800%0x10000, 0) // the middle 32 bits are about to wrap
	for _, rtt := range []time.Duration{0, 30 * time.Millisecond, 900 * time.Millisecond} {
		if got := roundTrip(base.Add(-time.Second), base.Add(rtt), time.Second); (got - rtt).Abs() > time.Millisecond {
			t.Errorf("round trip %v, want %v", got, rtt)
		}
	}
	if got := roundTrip(base, base.Add(time.Second), 2*time.Second); got != 0 {
		t.Errorf("a peer that held a report longer than it was away gives %v", got)
	}
}

func TestReportsOfOthersAreIgnored(t *testing.T) {
	var c control
	c.reports(time.Unix(1, 0), []rtcp.ReceptionReport{{SSRC: 8, TotalLost: 77}}, 9, 8000)
	if c.peerLost != 0 {
		t.Error("a report about another source was taken")
	}
	bye, _ := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 1}, &rtcp.Goodbye{Sources: []uint32{3, 4}}})
	c.receive(time.Unix(1, 0), bye, 5, 9, 8000)
	if c.goodbye {
		t.Error("another source's goodbye was taken")
	}
	c.receive(time.Unix(1, 0), bye, 4, 9, 8000)
	if !c.goodbye || c.received != 2 {
		t.Errorf("goodbye %v, received %d", c.goodbye, c.received)
	}
}

func TestCompound(t *testing.T) {
	now := time.Unix(1000, 0)
	c := control{cname: "abc"}
	s, r := &sender{ssrc: 9, timestamp: 777}, &reception{}
	kinds := func(last bool) (names []string) {
		b, err := c.compound(now, s, r, last)
		if err != nil {
			t.Fatal(err)
		}
		packets, err := rtcp.Unmarshal(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range packets {
			switch p := p.(type) {
			case *rtcp.SenderReport:
				names = append(names, "SR")
				if p.RTPTime != 777 || p.PacketCount != 5 || p.OctetCount != 800 || p.NTPTime != ntp(now) {
					t.Errorf("%+v", p)
				}
			case *rtcp.ReceiverReport:
				names = append(names, "RR")
			case *rtcp.SourceDescription:
				names = append(names, "SDES "+p.Chunks[0].Items[0].Text)
			case *rtcp.Goodbye:
				names = append(names, "BYE")
			}
		}
		return names
	}
	check := func(what string, got []string, want ...string) {
		t.Helper()
		if len(got) != len(want) {
			t.Errorf("%s: %q, want %q", what, got, want)
			return
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
	}
	check("nothing sent yet", kinds(false), "RR", "SDES abc")
	s.packets, s.octets = 5, 800
	check("sending", kinds(false), "SR", "SDES abc")
	check("the last one", kinds(true), "SR", "SDES abc", "BYE")
}

func TestReportBlock(t *testing.T) {
	now := time.Unix(1000, 0)
	var r reception
	feed(&r, 10, 11, 13)
	r.ssrc = 4
	c := control{}
	if b := c.block(now, &r); b.Delay != 0 || b.LastSenderReport != 0 || b.SSRC != 4 || b.TotalLost != 1 || b.FractionLost != 64 || b.LastSequenceNumber != 13 {
		t.Errorf("%+v", b)
	}
	c.peerReport, c.peerReportAt = 0xABCD, now.Add(-1500*time.Millisecond)
	if b := c.block(now, &r); b.Delay != 3*65536/2 || b.LastSenderReport != 0xABCD {
		t.Errorf("%+v", b)
	}
}
