package dtmf

import (
	"errors"
	"fmt"
	"time"
)

// Timing of one digit, for the default of 100 ms at 8 kHz that begins at RTP timestamp T (RFC 4733 sections 2.5.1.1
// to 2.5.1.4 and 2.6.1):
//
//	ms    timestamp  M  E  duration
//	  0   the event begins, audio pauses; nothing is sent: a duration of 0 means something else
//	 50   T          1  0  400          every 50 ms: often enough for a quick start, and any later packet
//	100   T          0  1  800          repeats all that an earlier lost one said
//	120   T          0  1  800          the end three times in all, 20 ms apart so that a short burst of
//	140   T          0  1  800          losses does not take all of them; sequence numbers go on
//	200   the next digit may begin: 60 ms after the last end packet, 100 ms after the end of the tone
//
// The marker is set on the first packet of each event only. Audio stays paused from 0 to 140.
const (
	step       = 50 * time.Millisecond
	endStep    = 20 * time.Millisecond
	endPackets = 3
	minTone    = 40 * time.Millisecond   // ITU-T Q.24: what every receiver must take
	maxTone    = 1000 * time.Millisecond // 48,000 units: fits the 16 bits of the duration at every clock rate
	maxQueue   = 64
	volume     = 10 // -10 dBm0
)

// ErrQueueFull is returned by Push when the digits do not fit; none of them is taken.
var ErrQueueFull = errors.New("dtmf: more than 64 digits are waiting to be sent")

// SenderConfig is the timing of a Sender.
type SenderConfig struct {
	ClockRate int           // of the telephone-event format in Hz; 0 = 8000
	Tone      time.Duration // length of a digit, 40 ms to 1 s; 0 = 100 ms
	Pause     time.Duration // between the end of a digit and the next one, at least 60 ms; 0 = 100 ms
}

func (c SenderConfig) units(d time.Duration) uint32 {
	rate := c.ClockRate
	if rate == 0 {
		rate = 8000
	}
	return uint32(int64(d) * int64(rate) / int64(time.Second))
}

func (c SenderConfig) tone() time.Duration {
	if c.Tone == 0 {
		return 100 * time.Millisecond
	}
	return min(max(c.Tone, minTone), maxTone)
}

func (c SenderConfig) pause() time.Duration {
	if c.Pause == 0 {
		return 100 * time.Millisecond
	}
	return max(c.Pause, endPackets*endStep)
}

// Sender makes telephone-event packets from digits. It is driven by the media clock: call Advance at least every
// 10 ms with the current RTP timestamp. It reads no clock itself.
type Sender struct {
	tone, pause, step, endStep uint32 // RTP clock units

	queue []uint8
	state senderState
	code  uint8
	begin uint32 // RTP timestamp of the event, or of the end of the pause
	next  uint32 // units after begin at which the next packet is due
	ends  int    // end packets sent
}

// senderState says what the sender is doing.
//
//	idle --digit--> sounding --tone over--> ending --third end packet--> pausing --pause over--> idle
type senderState uint8

const (
	idle     senderState = iota // nothing to send
	sounding                    // an event has begun, updates every 50 ms (section 2.5.1.2)
	ending                      // the end packet and its retransmissions (section 2.5.1.4)
	pausing                     // silence that separates two digits at the receiver (section 2.6.1)
)

// NewSender returns an idle sender.
func NewSender(c SenderConfig) *Sender {
	return &Sender{tone: c.units(c.tone()), pause: c.units(c.pause()), step: c.units(step), endStep: c.units(endStep),
		queue: make([]uint8, 0, maxQueue)}
}

// Push queues digits (0-9, *, #, A-D). It fails, and takes none, if one is no digit or the queue is full.
func (s *Sender) Push(digits string) error {
	for i := range len(digits) {
		if _, ok := Code(digits[i]); !ok {
			return fmt.Errorf("dtmf: %q is not a digit, use 0-9 * # A-D", digits[i])
		}
	}
	if len(s.queue)+len(digits) > maxQueue {
		return ErrQueueFull
	}
	for i := range len(digits) {
		code, _ := Code(digits[i])
		s.queue = append(s.queue, code)
	}
	return nil
}

// Active tells whether an event is under way: audio has to pause.
func (s *Sender) Active() bool { return s.state == sounding || s.state == ending }

// Idle tells whether all digits have been sent.
func (s *Sender) Idle() bool { return s.state == idle && len(s.queue) == 0 }

func (s *Sender) setState(state senderState) { s.state = state }

// Out is a packet to be sent.
type Out struct {
	Timestamp uint32
	Marker    bool
	Payload   Payload
}

// Advance returns the packet that is due at RTP timestamp now, if any. It returns at most one a call.
func (s *Sender) Advance(now uint32) (Out, bool) {
	if s.state == pausing && now-s.begin < 1<<31 {
		s.setState(idle)
	}
	if s.state == idle && len(s.queue) > 0 {
		s.start(now)
	}
	if !s.Active() || now-s.begin < s.next {
		return Out{}, false
	}
	out := Out{Timestamp: s.begin, Marker: s.state == sounding && s.next == s.firstStep(), Payload: Payload{Event: s.code, Volume: volume}}
	if s.next >= s.tone {
		s.end(&out)
		return out, true
	}
	out.Payload.Duration = uint16(s.next)
	s.next = min(s.next+s.step, s.tone)
	return out, true
}

func (s *Sender) firstStep() uint32 { return min(s.step, s.tone) }

func (s *Sender) start(now uint32) {
	s.code = s.queue[0]
	s.queue = append(s.queue[:0], s.queue[1:]...)
	s.begin, s.next, s.ends = now, s.firstStep(), 0
	s.setState(sounding)
}

// end makes one of the three end packets; all say the same.
func (s *Sender) end(out *Out) {
	s.setState(ending)
	out.Payload.End, out.Payload.Duration = true, uint16(s.tone)
	s.next += s.endStep
	if s.ends++; s.ends == endPackets {
		s.setState(pausing)
		s.begin += s.tone + s.pause
	}
}
