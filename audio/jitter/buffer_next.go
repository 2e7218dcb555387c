package jitter

import "time"

// Action is what the caller is to do for its next frame.
type Action uint8

// Actions of a Decision.
const (
	Wait    Action = iota // nothing is due: before the first packet, or the sender is silent; play silence
	Play                  // decode the packet, then call Done with its length
	Conceal               // a packet is missing: make one step from what was played before
)

// Decision is the answer of Next.
type Decision struct {
	Action Action
	// Packet is, for Play, the packet; for Conceal the one that follows the gap, if it is there: a codec with redundancy
	// can fill the whole gap from it.
	Packet Packet
	// Missing is, for Conceal with a Packet, how much of the gap is left after this step, in RTP clock units. Who fills it
	// too, calls Done with it.
	Missing int
}

// Next says what follows the audio handed out so far. queued is what of it has not gone to the card yet, step is the
// length of one concealment, both in RTP clock units.
func (b *Buffer) Next(now time.Time, queued, step int) Decision {
	if !b.started {
		return Decision{Action: Wait}
	}
	b.catchUp(now, queued)
	switch {
	case len(b.order) == 0 && (!b.playing || b.isTalkingOtherwise()):
		return Decision{Action: Wait}
	case len(b.order) == 0:
		b.waited += int64(step)
		b.count.Concealed++
		return Decision{Action: Conceal}
	case !b.playing && b.delay(now, b.order[0].at, queued) < b.Target():
		return Decision{Action: Wait}
	}
	return b.fromFirst(now, queued, step)
}

// isTalkingOtherwise: all that came since the last audio is of another kind, so that no audio is to be expected.
func (b *Buffer) isTalkingOtherwise() bool {
	return int16(b.lastNote-b.lastSeq) > 0 && b.isSilence(b.lastNote+1)
}

// fromFirst decides with at least one packet in the buffer.
func (b *Buffer) fromFirst(now time.Time, queued, step int) Decision {
	first := b.order[0]
	gap := first.at - b.next
	switch {
	case !b.playing || gap <= b.waited:
		return b.play()
	case b.isSilence(first.packet.Seq):
		if b.delay(now, first.at, queued) >= b.Target() {
			return b.play()
		}
		return Decision{Action: Wait}
	}
	filled := min(int64(step), gap)
	b.next += filled
	b.waited = max(b.waited-int64(step), 0)
	b.count.Concealed++
	b.count.Lost++
	return Decision{Conceal, first.packet, int(gap - filled)}
}

// delay is the play-out delay that a packet would have if it followed the queued audio.
func (b *Buffer) delay(now time.Time, at int64, queued int) time.Duration {
	return b.offset(now, at) + b.duration(int64(queued)) - b.delays.least()
}

// catchUp throws away what comes near the greatest delay. Only if the network has been slower than that for half a second,
// the newest packet is played nevertheless: late sound is better than none until the reference follows.
func (b *Buffer) catchUp(now time.Time, queued int) {
	for len(b.order) > 0 && b.delay(now, b.order[0].at, queued) > b.config.Max-headroom/2 {
		if len(b.order) == 1 && b.waited > int64(b.config.ClockRate)/2 {
			return
		}
		b.next = b.remove().at
		b.count.Dropped++
	}
}

func (b *Buffer) remove() *slot {
	s := b.order[0]
	copy(b.order, b.order[1:])
	b.order = b.order[:len(b.order)-1]
	b.free = append(b.free, s)
	b.played = b.played<<min(s.packet.Seq-b.lastSeq, 64) | 1
	b.lastSeq = s.packet.Seq
	return s
}

func (b *Buffer) play() Decision {
	s := b.remove()
	b.playing, b.waited = true, 0
	b.next = s.at
	b.count.Played++
	return Decision{Action: Play, Packet: s.packet}
}

// Ready tells whether the packet that follows what was handed out is there.
func (b *Buffer) Ready() bool { return b.playing && len(b.order) > 0 && b.order[0].at <= b.next }

// Done tells how many RTP clock units the packet just handed out contained.
func (b *Buffer) Done(units int) { b.next += int64(units) }

// Delay is the present play-out delay of the audio at the head of the queue, over the fastest packet's transit.
func (b *Buffer) Delay(now time.Time, queued int) time.Duration {
	if !b.playing {
		return 0
	}
	return b.offset(now, b.next-int64(queued)) - b.delays.least()
}

// Correction says how far the play-out delay is from its target: positive if audio should be shortened by that much,
// negative if stretched, 0 within the tolerance.
//
// The card takes whole steps. What is queued beyond a multiple of step makes it ask for the next packet by that much before
// its time, so the target is later by as much.
func (b *Buffer) Correction(now time.Time, queued, step int) time.Duration {
	if !b.playing || b.waited > 0 {
		return 0
	}
	excess := b.Delay(now, queued) - b.Target() - b.duration(int64(queued%step))
	if excess > Tolerance || excess < -toleranceBelow {
		return excess
	}
	return 0
}

// Tolerance is by how much the play-out delay may exceed its target without being corrected: each correction moves it by
// 2.5 to 12.5 ms and costs a little quality. One that is larger than the tolerance and the excess together would call for
// its own reversal.
const Tolerance = 9 * time.Millisecond

// toleranceBelow is small, because each millisecond below the target is one that packets may not be late by.
const toleranceBelow = time.Millisecond
