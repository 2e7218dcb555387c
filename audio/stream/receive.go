package stream

import (
	"time"

	"github.com/pion/rtp"

	"intercom/audio/dtmf"
	"intercom/audio/jitter"
	"intercom/audio/timescale"
)

// decoder is how one received payload type becomes samples at the engine's rate.
type decoder struct {
	format  Format
	codec   Codec
	rate    int
	resize  Resampler
	conceal Concealer
	scaler  *timescale.Scaler
}

// receiver turns RTP packets into loudspeaker frames: packets are pushed when the engine finds them, frames pulled by the
// card.
type receiver struct {
	decoders [128]*decoder // by payload type
	events   [128]bool     // payload types of telephone-event
	active   bool          // the direction lets us listen

	buffer *jitter.Buffer
	clock  int       // RTP clock rate of buffer
	using  *decoder  // of the audio in queue
	queue  []float32 // decoded and not played yet
	past   []float32 // played last
	digits dtmf.Receiver
	stats  reception

	lastPacket time.Time
	units      int           // RTP clock units in the last packet
	lostBefore int           // at the last look
	recovered  int           // packets made from the redundancy of the next one
	rest       int           // frames until the next time scaling
	shortened  time.Duration // left out and added by it
	stretched  time.Duration
	meter      meter
	malformed  int // no RTP of version 2
	foreign    int // from a source that is not the peer
	unknown    int // payload types that were not negotiated
	undecoded  int // payloads that the codec refused
}

// queueTime is the room for decoded audio: the longest packet and what time scaling looks ahead.
const queueTime = 200 * time.Millisecond

func (r *receiver) isNegotiated(pt uint8) bool { return r.decoders[pt] != nil || r.events[pt] }

// packet takes an accepted packet. It returns a digit if one has just begun.
func (r *receiver) packet(now time.Time, p *rtp.Packet) (digit byte, isDigit bool) {
	r.lastPacket = now
	d := r.decoders[p.PayloadType]
	isEvent := r.events[p.PayloadType] || d == nil && p.PayloadType >= 96 && dtmf.Plausible(p.Payload)
	r.follow(p, d)
	r.stats.packet(now, p.SequenceNumber, p.Timestamp, d != nil)
	r.provide()
	switch {
	case isEvent:
		r.buffer.Note(p.SequenceNumber)
		return r.digits.Receive(dtmf.Packet{Seq: p.SequenceNumber, Timestamp: p.Timestamp, Marker: p.Marker, Payload: p.Payload})
	case d == nil: // comfort noise, most likely
		r.unknown++
		r.buffer.Note(p.SequenceNumber)
	case r.active && len(p.Payload) > 0:
		r.buffer.Push(now, jitter.Packet{Seq: p.SequenceNumber, Timestamp: p.Timestamp, Type: p.PayloadType, Payload: p.Payload})
	}
	return 0, false
}

// Whether packets are being lost is judged over so many: at 20 ms, every 2.5 s.
const (
	lossWindow = 128
	lossWorth  = 2 // losses in a window for which the delay of a packet is a fair price
)

// provide holds one packet more in the buffer while packets are lost that the next one could restore.
func (r *receiver) provide() {
	if r.using == nil || r.stats.received%lossWindow != 0 {
		return
	}
	lost := r.stats.lost()
	reserve := time.Duration(0)
	if _, can := r.using.codec.(Recoverer); can && lost-r.lostBefore >= lossWorth {
		reserve = time.Duration(r.units) * time.Second / time.Duration(r.clock)
	}
	r.lostBefore = lost
	r.buffer.Reserve(reserve)
}

// follow begins anew when the source or the clock of the timestamps has changed.
func (r *receiver) follow(p *rtp.Packet, d *decoder) {
	if d != nil && d.format.ClockRate != r.clock {
		r.clock = d.format.ClockRate
		r.buffer = jitter.New(jitter.Config{ClockRate: r.clock})
	}
	if r.stats.valid && r.stats.ssrc == p.SSRC {
		return
	}
	r.stats.start(p.SSRC, r.clock, p.SequenceNumber)
	r.buffer.Reset()
	r.digits.Reset()
}

// frame fills out with the next 10 ms at the engine's rate.
func (r *receiver) frame(now time.Time, out []float32) {
	if !r.active || r.buffer == nil {
		clear(out)
		return
	}
	for tries := 0; r.using == nil || len(r.queue) < r.using.rate/framesPerSecond; tries++ {
		if !r.fetch(now) || tries == maxFetches {
			clear(out)
			return
		}
	}
	r.correct(now)
	n := r.using.rate / framesPerSecond
	r.using.resize.Resample(out, r.queue[:n])
	r.played(n)
	r.meter.frame(out)
}

// maxFetches bounds one frame's work: packets of 1 ms, or payloads that decode to nothing, shall not hold the card up.
const maxFetches = 10

// fetch appends the next piece of sound to the queue; false if there is none.
func (r *receiver) fetch(now time.Time) bool {
	step := r.clock / framesPerSecond
	decision := r.buffer.Next(now, r.queuedUnits(), step)
	switch {
	case decision.Action == jitter.Play:
		r.decode(decision.Packet)
		return true
	case r.using == nil:
		return false
	case decision.Action == jitter.Conceal:
		r.fill(decision)
	default:
		clear(r.extend(r.using.rate / framesPerSecond))
	}
	return true
}

// fill makes up for what is missing: from the redundancy in the packet behind the gap if that covers it, else by a guess.
func (r *receiver) fill(d jitter.Decision) {
	step := r.using.rate / framesPerSecond
	whole := r.clock/framesPerSecond + d.Missing
	recoverer, can := r.using.codec.(Recoverer)
	if can && d.Packet.Payload != nil && whole == r.units && r.decoders[d.Packet.Type] == r.using {
		recoverer.Recover(r.extend(whole*r.using.rate/r.clock), d.Packet.Payload)
		r.buffer.Done(d.Missing)
		r.recovered++
		return
	}
	r.using.conceal.Lost(r.extend(step))
}

func (r *receiver) queuedUnits() int {
	if r.using == nil {
		return 0
	}
	return len(r.queue) * r.clock / r.using.rate
}

// Time scaling rests for two frames after each change, so that a change never falls into the joint of the last one; far
// from the target, the delay is worth more than the sound.
const (
	restFrames = 2
	farOff     = 60 * time.Millisecond
)

// correct moves the play-out delay towards its target by making what is queued shorter or longer.
func (r *receiver) correct(now time.Time) {
	if r.rest > 0 {
		r.rest--
		return
	}
	excess := r.buffer.Correction(now, r.queuedUnits(), r.clock/framesPerSecond)
	if excess == 0 {
		return
	}
	old, changed := len(r.queue), 0
	if excess < 0 {
		changed = r.using.scaler.Stretch(r.past, r.queue, r.samples(jitter.Tolerance-excess), false)
	} else if r.lookAhead(now) {
		old = len(r.queue)
		changed = -r.using.scaler.Shorten(r.queue, r.samples(excess), excess > farOff)
	}
	r.queue = r.queue[:old+changed]
	if span := time.Duration(changed) * time.Second / time.Duration(r.using.rate); span < 0 {
		r.shortened -= span
	} else {
		r.stretched += span
	}
	if changed != 0 && excess < farOff {
		r.rest = restFrames
	}
}

// samples converts a time at the rate of the queue.
func (r *receiver) samples(d time.Duration) int {
	return int(int64(d) * int64(r.using.rate) / int64(time.Second))
}

// lookAhead decodes as much as shortening has to see, if it is there.
func (r *receiver) lookAhead(now time.Time) bool {
	for range maxFetches {
		if len(r.queue) >= r.using.scaler.Ahead() {
			return true
		}
		if !r.buffer.Ready() || !r.fetch(now) {
			return false
		}
	}
	return false
}

// played takes a frame off the queue and keeps it as the past that stretching looks back to.
func (r *receiver) played(n int) {
	keep := min(len(r.past), r.using.scaler.Room()) // older samples than that are never looked at
	copy(r.past[:keep], r.past[len(r.past)-keep:])
	r.past = append(r.past[:keep], r.queue[:n]...)
	r.queue = r.queue[:copy(r.queue, r.queue[n:])]
}

// extend lengthens the queue by n samples, whatever they hold, and returns them.
func (r *receiver) extend(n int) []float32 {
	old := len(r.queue)
	n = min(n, cap(r.queue)-old)
	r.queue = r.queue[:old+n]
	return r.queue[old:]
}

func (r *receiver) decode(p jitter.Packet) {
	d := r.decoders[p.Type]
	if d == nil { // a new SDP took the format away while the packet waited
		r.unknown++
		return
	}
	if r.using != d {
		r.queue, r.past, r.using = r.queue[:0], r.past[:0], d
	}
	old := len(r.queue)
	pcm, err := d.codec.Decode(r.queue, p.Payload)
	if err != nil || len(pcm) > cap(r.queue) {
		r.undecoded++
		return
	}
	r.queue = pcm
	r.units = (len(pcm) - old) * r.clock / d.rate
	r.buffer.Done(r.units)
	d.conceal.Heard(pcm[old:])
}
