package stream

import (
	"math/rand/v2"
	"time"

	"github.com/pion/rtcp"
)

// rtcpInterval is the mean time between reports (RFC 3550 section 6.2: the minimum of 5 s for a session of two); each is
// drawn from half to one and a half of it, the first one from half of that.
const rtcpInterval = 5 * time.Second

// control is the RTCP side of a stream: what the peer says about our packets and what we say about its own.
type control struct {
	cname string
	rand  *rand.Rand
	next  time.Time // when the next report is due

	peerReport   uint32    // middle 32 bits of the peer's last sender report's NTP time
	peerReportAt time.Time // when it came

	roundTrip time.Duration // last measured; 0 = unknown
	peerLost  int           // of our packets, by the peer's account
	peerShare float64       // share of our packets lost in its last interval
	peerDelay time.Duration // jitter that the peer sees
	received  int
	malformed int
	goodbye   bool // the peer has sent BYE
}

// due tells whether a report is to be sent, and plans the next one.
func (c *control) due(now time.Time) bool {
	spread := time.Duration(float64(rtcpInterval) * (0.5 + c.rand.Float64()))
	if c.next.IsZero() {
		c.next = now.Add(spread / 2)
		return false
	}
	if now.Before(c.next) {
		return false
	}
	c.next = now.Add(spread)
	return true
}

// ntp is a time in the 64-bit format of RFC 3550 section 4: seconds since 1900 and a binary fraction.
func ntp(t time.Time) uint64 {
	const since1900 = 2208988800
	seconds := uint64(t.Unix() + since1900)
	return seconds<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}

// middle is the 32 bits used for round trips, in units of 1/65536 s.
func middle(t time.Time) uint32 { return uint32(ntp(t) >> 16) }

// compound builds SR or RR, SDES and, for the last one, BYE (RFC 3550 section 6.1 asks for this order).
func (c *control) compound(now time.Time, s *sender, r *reception, last bool) ([]byte, error) {
	var blocks []rtcp.ReceptionReport
	if r.valid {
		blocks = []rtcp.ReceptionReport{c.block(now, r)}
	}
	var report rtcp.Packet = &rtcp.ReceiverReport{SSRC: s.ssrc, Reports: blocks}
	if s.packets > 0 {
		report = &rtcp.SenderReport{SSRC: s.ssrc, NTPTime: ntp(now), RTPTime: s.timestamp, PacketCount: uint32(s.packets),
			OctetCount: uint32(s.octets), Reports: blocks}
	}
	packets := []rtcp.Packet{report, &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: s.ssrc,
		Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: c.cname}}}}}}
	if last {
		packets = append(packets, &rtcp.Goodbye{Sources: []uint32{s.ssrc}})
	}
	return rtcp.Marshal(packets)
}

func (c *control) block(now time.Time, r *reception) rtcp.ReceptionReport {
	b := rtcp.ReceptionReport{SSRC: r.ssrc, FractionLost: r.fraction(), TotalLost: r.totalLost(),
		LastSequenceNumber: r.highest, Jitter: r.jitterUnits(), LastSenderReport: c.peerReport}
	if c.peerReport != 0 {
		b.Delay = uint32(now.Sub(c.peerReportAt) * 65536 / time.Second)
	}
	return b
}

// receive takes a compound packet from the peer whose source is remote; own is our source.
func (c *control) receive(now time.Time, b []byte, remote, own uint32, clockRate int) {
	packets, err := rtcp.Unmarshal(b)
	if err != nil || b[0]>>6 != 2 {
		c.malformed++
		return
	}
	c.received++
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			if p.SSRC == remote {
				c.peerReport, c.peerReportAt = uint32(p.NTPTime>>16), now
			}
			c.reports(now, p.Reports, own, clockRate)
		case *rtcp.ReceiverReport:
			c.reports(now, p.Reports, own, clockRate)
		case *rtcp.Goodbye:
			for _, ssrc := range p.Sources {
				c.goodbye = c.goodbye || ssrc == remote
			}
		}
	}
}

func (c *control) reports(now time.Time, blocks []rtcp.ReceptionReport, own uint32, clockRate int) {
	for _, b := range blocks {
		if b.SSRC != own {
			continue
		}
		c.peerLost = int(int32(b.TotalLost<<8) >> 8)
		c.peerShare = float64(b.FractionLost) / 256
		c.peerDelay = time.Duration(b.Jitter) * time.Second / time.Duration(clockRate)
		if b.LastSenderReport == 0 {
			continue
		}
		// A.8: arrival minus the report's time minus the time the peer kept it. Clocks that jump give nonsense.
		units := middle(now) - b.LastSenderReport - b.Delay
		if units < 60<<16 {
			c.roundTrip = time.Duration(units) * time.Second / 65536
		}
	}
}
