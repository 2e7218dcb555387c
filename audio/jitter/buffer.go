package jitter

import (
	"time"
)

// Bounds of the buffer. 64 packets are 1.3 s at 20 ms: more than the 200 ms of play-out delay ever need, so that a
// burst after an outage can be sorted before it is judged.
const (
	slots      = 64
	notes      = 64   // remembered packets that are no audio: five digits
	maxPayload = 1472 // what fits an Ethernet frame
	jump       = 2 * time.Second
	jumpMatch  = 200 * time.Millisecond
)

// Config describes a Buffer.
type Config struct {
	ClockRate int           // of the RTP timestamps in Hz; 0 = 8000
	Min       time.Duration // least play-out delay; 0 = 2.5 ms
	Max       time.Duration // greatest play-out delay; 0 = 200 ms
	Fixed     time.Duration // a fixed play-out delay instead of the adaptive one; 0 = adaptive
}

func (c Config) withDefaults() Config {
	if c.ClockRate <= 0 {
		c.ClockRate = 8000
	}
	if c.Min <= 0 {
		c.Min = bucket
	}
	if c.Max <= 0 {
		c.Max = 200 * time.Millisecond
	}
	return c
}

// Packet is one audio packet.
type Packet struct {
	Seq       uint16
	Timestamp uint32
	Type      uint8  // payload type
	Payload   []byte // copied by Push; in a packet from Next valid until the next call of Push
}

// Verdict is what Push did with a packet.
type Verdict uint8

// Verdicts of Push.
const (
	Stored    Verdict = iota // kept, will be played
	Duplicate                // kept already
	Late                     // its time to be played is over
	Suspect                  // its timestamp is far from all others: dropped unless the next one confirms it
	Oversize                 // larger than 1,472 bytes or the buffer is full of packets from the future
)

// Counters are totals since New or Clear; Reset keeps them.
type Counters struct {
	Played     int // packets handed out
	Concealed  int // steps for which Next found nothing to play
	Lost       int // of these: a later packet was there
	Late       int // packets that came after their time
	Duplicates int
	Reordered  int // packets that came after one with a later timestamp
	Resets     int // jumps of the timestamp
	Dropped    int // too large, too far ahead, or beyond the greatest delay
}

// slot holds a copy of a packet; at is its unwrapped timestamp.
type slot struct {
	at     int64
	packet Packet
	buf    [maxPayload]byte
}

// Buffer sorts audio packets and decides when each is played. It is a passive struct: one goroutine owns it, which
// passes in the time.
//
//	Push --> [slots, by timestamp] --> Next, once for every frame that the card asks for
//	   \--> delays --> target delay ----^
//
// Delay is measured against the fastest packet of the last two seconds: a packet of timestamp t is due when the
// clock shows (its sending time + the least transit + delay). With that, "late" needs no model of the network,
// and the drift of the sender's clock moves the reference itself.
type Buffer struct {
	config Config
	order  []*slot // by timestamp, earliest first
	free   []*slot
	count  Counters

	start    time.Time // origin of all local times
	wrap     unwrapper
	started  bool // a packet has come
	playing  bool // a packet has been played
	next     int64
	lastSeq  uint16 // of the packet played last
	played   uint64 // bit n: sequence number lastSeq-n was played
	noted    [notes]note
	lastNote uint16 // the latest of them
	waited   int64  // units concealed since the buffer ran empty
	suspect  time.Duration
	doubting bool

	delays  estimator
	reserve time.Duration
}

// New returns an empty buffer. It allocates all it will ever need.
func New(c Config) *Buffer {
	b := &Buffer{config: c.withDefaults(), order: make([]*slot, 0, slots), free: make([]*slot, 0, slots)}
	store := make([]slot, slots)
	for i := range store {
		b.free = append(b.free, &store[i])
	}
	b.delays.reset(b.config)
	return b
}

// Counters returns the totals.
func (b *Buffer) Counters() Counters { return b.count }

// Target is the play-out delay aimed at, over the fastest packet's transit.
func (b *Buffer) Target() time.Duration {
	return min(b.delays.target+b.reserve, max(b.delays.target, b.config.Max-headroom))
}

// Reserve adds to the target what a codec needs to have the packet after a lost one at hand; 0 takes it back.
func (b *Buffer) Reserve(d time.Duration) { b.reserve = d }

// Reset forgets packets and timing but not the counters: for a new synchronisation source or payload format.
func (b *Buffer) Reset() {
	b.free = append(b.free, b.order...)
	b.order = b.order[:0]
	b.started, b.playing, b.doubting = false, false, false
	b.waited, b.played, b.noted = 0, 0, [notes]note{}
	b.wrap = unwrapper{}
	b.delays.restart()
}

// Note tells that a packet of another kind (a telephone-event) used a sequence number of this stream, so that the gap
// it leaves between two audio packets is not taken for a loss.
func (b *Buffer) Note(seq uint16) {
	b.noted[seq%notes] = note{seq, true}
	if int16(seq-b.lastNote) > 0 || !b.noted[b.lastNote%notes].valid {
		b.lastNote = seq
	}
}

// note is a sequence number that carried something other than audio.
type note struct {
	seq   uint16
	valid bool
}

// isSilence tells whether every packet between the one played last and the given one has come and was no audio: the
// sender was silent, nothing is missing.
func (b *Buffer) isSilence(seq uint16) bool {
	between := seq - b.lastSeq - 1
	if between >= notes {
		return false
	}
	for i := range between {
		if n := b.noted[(b.lastSeq+1+i)%notes]; !n.valid || n.seq != b.lastSeq+1+i {
			return false
		}
	}
	return true
}

// unwrapper extends 32-bit timestamps to 64 bits around the last one.
type unwrapper struct {
	last  int64
	valid bool
}

func (u *unwrapper) unwrap(ts uint32) int64 {
	if !u.valid {
		u.last, u.valid = int64(ts), true
	}
	return u.last + int64(int32(ts-uint32(u.last)))
}

// duration converts clock units to time.
func (b *Buffer) duration(units int64) time.Duration {
	return time.Duration(units * int64(time.Second) / int64(b.config.ClockRate))
}

// offset is the local time minus the packet's own time: its transit plus an unknown constant.
func (b *Buffer) offset(now time.Time, at int64) time.Duration {
	return now.Sub(b.start) - b.duration(at)
}
