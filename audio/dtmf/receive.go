package dtmf

// Packet is what the receiver needs of an RTP packet.
type Packet struct {
	Seq       uint16
	Timestamp uint32 // of the event's beginning: the key of an event
	Marker    bool
	Payload   []byte
}

// remembered is how many events a late duplicate is compared with. Three end packets of the digit before the last
// can still be on their way when a fast keypad sends the next one; four digits back is half a second.
const remembered = 4

// Receiver turns telephone-event packets into digits, each exactly once. It reports a digit at the first packet that
// belongs to it, whichever that is: the marker may be missing, the start or the end lost.
//
// An event is known by its RTP timestamp, because that is the one field all its packets share (RFC 4733 section
// 2.5.1.2). What else counts as the same event:
//
//	same digit, timestamp = last + 0xFFFF, no end seen    next segment of a long tone (section 2.5.1.3)
//	same digit, timestamp within the last duration        sender that moves the timestamp with every packet
//	same digit, both advance by the same amount           the same sender's second packet
//	                                                      (a new event cannot begin before the old one is over)
//
// and what is a new one although the timestamp is known: another digit; or a marker on a later sequence number with a
// shorter duration after the end, from senders that never move it.
//
// The zero Receiver is ready. It needs no clock and no clock rate: all comparisons are in the packets' own units.
type Receiver struct {
	last   [remembered]event // ring of reported events
	newest int               // index of the latest one
}

type event struct {
	valid     bool
	code      uint8
	timestamp uint32
	duration  uint16 // largest seen
	seq       uint16 // latest seen
	ended     bool
}

// Reset forgets all events: for a new synchronisation source, whose timestamps have nothing to do with the old.
func (r *Receiver) Reset() { *r = Receiver{} }

// Receive takes a packet of a telephone-event payload type. It returns the digit and true for the first packet of an
// event; duplicates, updates, malformed payloads and events that are no digits return false.
func (r *Receiver) Receive(p Packet) (digit byte, isNew bool) {
	load, err := ParsePayload(p.Payload)
	if err != nil || int(load.Event) >= len(Digits) {
		return 0, false
	}
	if e := r.find(p, load); e != nil {
		e.update(p, load)
		return 0, false
	}
	r.newest = (r.newest + 1) % remembered
	r.last[r.newest] = event{true, load.Event, p.Timestamp, load.Duration, p.Seq, load.End}
	return Digits[load.Event], true
}

// find returns the reported event that the packet belongs to.
func (r *Receiver) find(p Packet, load Payload) *event {
	for i := range r.last {
		e := &r.last[i]
		if !e.valid || e.code != load.Event || e.timestamp != p.Timestamp {
			continue
		}
		if !e.restarted(p, load) {
			return e
		}
		e.valid = false
	}
	if e := &r.last[r.newest]; e.valid && e.code == load.Event && e.continued(p, load) {
		return e
	}
	return nil
}

// restarted: the sender uses one timestamp for all events.
func (e *event) restarted(p Packet, load Payload) bool {
	later := int16(p.Seq-e.seq) > 0
	return later && e.ended && p.Marker && !load.End && load.Duration < e.duration
}

// continued: another timestamp, but still the same press of the key.
func (e *event) continued(p Packet, load Payload) bool {
	ahead := p.Timestamp - e.timestamp
	switch {
	case ahead < uint32(e.duration):
		return true
	case e.ended:
		return false
	case ahead == 0xFFFF:
		return true
	}
	return load.Duration > e.duration && ahead == uint32(load.Duration-e.duration)
}

func (e *event) update(p Packet, load Payload) {
	if int32(p.Timestamp-e.timestamp) > 0 {
		e.timestamp, e.duration = p.Timestamp, load.Duration
	}
	e.duration = max(e.duration, load.Duration)
	if int16(p.Seq-e.seq) > 0 {
		e.seq = p.Seq
	}
	e.ended = e.ended || load.End
}
