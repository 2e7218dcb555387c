package jitter

import "time"

// Push takes a packet that arrived at now. It copies the payload.
func (b *Buffer) Push(now time.Time, p Packet) Verdict {
	if len(p.Payload) > maxPayload {
		b.count.Dropped++
		return Oversize
	}
	if b.start.IsZero() {
		b.start = now
	}
	at := b.wrap.unwrap(p.Timestamp)
	offset := b.offset(now, at)
	if b.isJump(offset) && !b.confirmed(offset) {
		return Suspect
	}
	b.doubting = false
	if !b.started {
		at, offset = b.begin(now, p)
	}
	b.wrap.last = max(b.wrap.last, at)
	return b.store(now, at, offset, p)
}

func (b *Buffer) begin(now time.Time, p Packet) (at int64, offset time.Duration) {
	at = b.wrap.unwrap(p.Timestamp)
	b.started, b.next = true, at
	return at, b.offset(now, at)
}

// isJump: the sender has begun a new time base, or the packet is not of this stream.
func (b *Buffer) isJump(offset time.Duration) bool {
	if !b.started {
		return false
	}
	away := offset - b.delays.least()
	return away > jump || away < -jump
}

// confirmed waits for a second packet near the first strange one before everything is thrown away: a single forged or
// damaged packet shall not do that.
func (b *Buffer) confirmed(offset time.Duration) bool {
	away := offset - b.suspect
	if b.doubting && away < jumpMatch && away > -jumpMatch {
		b.Reset()
		b.count.Resets++
		return true
	}
	b.suspect, b.doubting = offset, true
	b.count.Dropped++
	return false
}

func (b *Buffer) store(now time.Time, at int64, offset time.Duration, p Packet) Verdict {
	i := len(b.order)
	for i > 0 && b.order[i-1].at > at {
		i--
	}
	if i > 0 && b.order[i-1].at == at {
		b.count.Duplicates++
		return Duplicate
	}
	b.delays.observe(now, offset)
	if b.playing && at < b.next {
		return b.late(p)
	}
	if !b.playing {
		b.next = min(b.next, at)
	}
	if i < len(b.order) {
		b.count.Reordered++
	}
	if len(b.free) == 0 {
		b.count.Dropped++
		return Oversize
	}
	b.insert(i, at, p)
	return Stored
}

// late tells the late packet from the second copy of one that has been played.
func (b *Buffer) late(p Packet) Verdict {
	if back := b.lastSeq - p.Seq; back < 64 && b.played>>back&1 == 1 {
		b.count.Duplicates++
		return Duplicate
	}
	b.count.Late++
	return Late
}

func (b *Buffer) insert(i int, at int64, p Packet) {
	s := b.free[len(b.free)-1]
	b.free = b.free[:len(b.free)-1]
	s.at, s.packet = at, p
	s.packet.Payload = s.buf[:copy(s.buf[:], p.Payload)]
	b.order = append(b.order, nil)
	copy(b.order[i+1:], b.order[i:])
	b.order[i] = s
}
