package stream

import (
	"math"
	"time"
)

// reception keeps the statistics that RTCP reports about a source (RFC 3550 section 6.4.1, appendices A.3 and A.8).
type reception struct {
	ssrc      uint32
	clockRate int
	valid     bool

	first, highest uint32 // extended sequence numbers
	received       int
	expectedPrior  int // at the last report
	receivedPrior  int

	arrival time.Time // of the last audio packet
	stamp   uint32    // timestamp of the last packet
	jitter  float64   // seconds
}

func (r *reception) start(ssrc uint32, clockRate int, seq uint16) {
	*r = reception{ssrc: ssrc, clockRate: clockRate, valid: true, first: uint32(seq), highest: uint32(seq)}
}

// packet counts a packet of the source; isAudio is false for events, whose timestamps stand still.
func (r *reception) packet(now time.Time, seq uint16, timestamp uint32, isAudio bool) {
	r.received++
	if ahead := seq - uint16(r.highest); ahead < 1<<15 {
		r.highest += uint32(ahead)
	}
	if isAudio {
		r.updateJitter(now, timestamp)
	}
}

func (r *reception) updateJitter(now time.Time, timestamp uint32) {
	if r.arrival.IsZero() {
		r.arrival, r.stamp = now, timestamp
		return
	}
	step := time.Duration(int32(timestamp-r.stamp)) * time.Second / time.Duration(r.clockRate)
	elapsed := now.Sub(r.arrival)
	r.arrival, r.stamp = now, timestamp
	if d := (elapsed - step).Abs().Seconds(); d < 1 { // a gap or a jump of the time base is not jitter
		r.jitter += (d - r.jitter) / 16
	}
}

// lost is the number of packets missing so far; it can be negative when packets were duplicated.
func (r *reception) lost() int {
	if !r.valid {
		return 0
	}
	return int(r.highest-r.first) + 1 - r.received
}

// fraction is the share lost since the last call in 1/256 (A.3).
func (r *reception) fraction() uint8 {
	expected := int(r.highest-r.first) + 1
	lost := (expected - r.expectedPrior) - (r.received - r.receivedPrior)
	interval := expected - r.expectedPrior
	r.expectedPrior, r.receivedPrior = expected, r.received
	if interval <= 0 || lost <= 0 {
		return 0
	}
	return uint8(min(lost<<8/interval, math.MaxUint8))
}

// jitterUnits is the interarrival jitter in timestamp units.
func (r *reception) jitterUnits() uint32 { return uint32(r.jitter * float64(r.clockRate)) }

// totalLost is lost clamped to the signed 24 bits of a report block, in the unsigned form that the packet takes.
func (r *reception) totalLost() uint32 {
	return uint32(min(max(r.lost(), -1<<23), 1<<23-1)) & 0xFFFFFF
}
