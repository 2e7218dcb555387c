package stream

import (
	"net/netip"
	"time"
)

// Limits of latching.
const (
	latchPackets  = 4 // consecutive packets that make a source trusted
	maxCandidates = 4
	seqTolerance  = 8               // lost or swapped packets that still count as consecutive
	relearnAfter  = 2 * time.Second // of silence before another address may take over
	preferFor     = 500 * time.Millisecond
	candidateLife = time.Second
)

// latchState says whose packets are played.
//
//	            4 in a row of one source                      Update with another address
//	learning ------------------------------> locked  ---------------------------------------> learning
//	                                           ^ |  4 in a row of a new SSRC: at once from the locked address,
//	                                           +-+  from another one only after 2 s of silence
type latchState uint8

const (
	// learning: nobody is trusted for good. Packets from the address that the SDP names are played at once; others
	// only make candidates.
	learning latchState = iota
	// locked: only the source's address and SSRC count, and audio is sent there (symmetric RTP, RFC 4961).
	locked
)

// source is a sender of RTP.
type source struct {
	addr netip.AddrPort
	ssrc uint32
}

// candidate is a source on probation.
type candidate struct {
	source
	seq   uint16
	count int // consecutive packets
	at    time.Time
}

// latch decides which packets are the peer's. Injected packets (RTP bleed) must neither be heard nor redirect what we
// send, yet a peer behind NAT sends from an address that no SDP knows. So a source has to send four consecutive
// packets with a negotiated payload type; the address from the SDP goes first; and once locked, only silence together
// with a new SSRC, or a new SDP, opens the question again. Pure: time is passed in.
type latch struct {
	state      latchState
	sdp        netip.AddrPort
	locked     source
	last       time.Time // of the locked source's last packet
	preferred  time.Time // of the last packet from the SDP's own host while learning
	candidates [maxCandidates]candidate
}

// expect begins again with the address from a new SDP; the same address changes nothing.
func (l *latch) expect(sdp netip.AddrPort) {
	if sdp == l.sdp && sdp.IsValid() {
		return
	}
	*l = latch{sdp: sdp}
}

// accept tells whether a packet with a negotiated payload type is to be used, and whether the source has just become
// the locked one.
func (l *latch) accept(now time.Time, from source, seq uint16) (ok, latched bool) {
	if l.state == locked {
		return l.acceptLocked(now, from, seq)
	}
	if l.sdp.IsValid() && from.addr.Addr() == l.sdp.Addr() {
		l.preferred = now
	}
	row := l.consecutive(now, from, seq)
	exact := from.addr == l.sdp
	rival := !l.preferred.IsZero() && now.Sub(l.preferred) < preferFor && from.addr.Addr() != l.sdp.Addr()
	if row >= latchPackets && !rival {
		l.lock(now, from)
		return true, true
	}
	return exact, false
}

func (l *latch) acceptLocked(now time.Time, from source, seq uint16) (ok, latched bool) {
	if from == l.locked {
		l.last = now
		return true, false
	}
	newSSRC := from.ssrc != l.locked.ssrc
	allowed := newSSRC && (from.addr == l.locked.addr || now.Sub(l.last) >= relearnAfter)
	if allowed && l.consecutive(now, from, seq) >= latchPackets {
		l.lock(now, from)
		return true, true
	}
	return false, false
}

func (l *latch) lock(now time.Time, from source) {
	l.state, l.locked, l.last = locked, from, now
	l.candidates = [maxCandidates]candidate{}
}

// consecutive counts a packet for its candidate and returns how many it has in a row. Several candidates are kept, so
// that an intruder cannot break the peer's row by sending in between; the one with the shortest row makes room.
func (l *latch) consecutive(now time.Time, from source, seq uint16) int {
	weakest := 0
	for i := range l.candidates {
		c := &l.candidates[i]
		if now.Sub(c.at) > candidateLife {
			c.count = 0
		}
		if c.count > 0 && c.source == from {
			ahead := seq - c.seq
			if ahead == 0 || ahead > seqTolerance {
				c.count = 0
			}
			c.count, c.seq, c.at = c.count+1, seq, now
			return c.count
		}
		if c.count < l.candidates[weakest].count {
			weakest = i
		}
	}
	l.candidates[weakest] = candidate{from, seq, 1, now}
	return 1
}
