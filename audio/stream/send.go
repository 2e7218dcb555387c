package stream

import (
	"net/netip"
	"time"

	"github.com/pion/rtp"

	"intercom/audio/dtmf"
)

// sender turns microphone frames into RTP packets. The timestamp runs with the card whether packets are sent or not, so
// that a hold or a digit leaves a gap of the right length at the peer.
type sender struct {
	out    transmit
	codec  Codec
	format Format
	rate   int // sample rate of the codec
	resize Resampler
	ptime  time.Duration
	active bool // the direction lets us send

	pcm       []float32 // frames waiting for a whole packet
	payload   []byte
	packet    rtp.Packet // being sent
	ssrc      uint32
	seq       uint16
	timestamp uint32 // of pcm[0]
	talking   bool   // the last packet was audio: the next one continues the talk spurt

	digits  *dtmf.Sender // nil if the peer takes none
	digitPT uint8

	meter   meter
	packets int
	octets  int
	failed  int // packets that the codec or the socket refused
	skipped int // packets not sent because there is no address yet
}

// transmit sends a packet on the RTP socket, encrypting it if need be.
type transmit func(packet *rtp.Packet, to netip.AddrPort) error

// use begins sending in another format; the same one goes on undisturbed. Timestamp and sequence number go on in any case,
// as RFC 3550 section 5.2 asks for one source.
func (s *sender) use(f Format, t CodecType, c Codec, r Resampler, ptime time.Duration) {
	s.ptime = ptime
	if s.codec != nil && s.format == f {
		return
	}
	s.pcm, s.talking = s.pcm[:0], false
	s.format, s.codec, s.rate, s.resize = f, c, t.Rate, r
	if need := t.Rate / 1000 * int(maxPTime/time.Millisecond) * 2; cap(s.pcm) < need {
		s.pcm, s.payload = make([]float32, 0, need), make([]byte, 0, 2*need)
	}
}

// useDigits takes the peer's telephone-event format; digits that wait for the same one go on waiting.
func (s *sender) useDigits(d *dtmf.Sender, pt uint8) {
	if s.digits != nil && d != nil && s.digitPT == pt {
		return
	}
	s.digits, s.digitPT = d, pt
}

// frameUnits is the length of an engine frame in RTP clock units.
func (s *sender) frameUnits() uint32 { return uint32(s.format.ClockRate / framesPerSecond) }

// frame takes 10 ms from the microphone, at the engine's rate.
func (s *sender) frame(near []float32, to netip.AddrPort) {
	if s.codec == nil {
		return
	}
	pending := len(s.pcm) * s.format.ClockRate / s.rate
	s.sendDigit(s.timestamp+uint32(pending), to)
	if !s.active {
		s.timestamp += uint32(pending) + s.frameUnits()
		s.pcm, s.talking = s.pcm[:0], false
		return
	}
	s.meter.frame(near)
	n := len(s.pcm)
	s.pcm = s.pcm[:n+s.rate/framesPerSecond]
	s.resize.Resample(s.pcm[n:], near)
	if size := int(int64(s.ptime) * int64(s.rate) / int64(time.Second)); len(s.pcm) >= size {
		s.sendAudio(s.pcm[:size], to)
		s.timestamp += uint32(size * s.format.ClockRate / s.rate)
		s.pcm = s.pcm[:copy(s.pcm, s.pcm[size:])]
	}
}

// sendAudio sends one packet, unless a digit is under way.
func (s *sender) sendAudio(pcm []float32, to netip.AddrPort) {
	if s.digits != nil && s.digits.Active() {
		s.talking = false
		return
	}
	payload, err := s.codec.Encode(s.payload[:0], pcm)
	if err != nil {
		s.failed++
		return
	}
	s.payload = payload
	s.send(rtp.Header{Marker: !s.talking, PayloadType: s.format.PT, Timestamp: s.timestamp}, payload, to)
	s.talking = true
}

func (s *sender) sendDigit(now uint32, to netip.AddrPort) {
	if s.digits == nil {
		return
	}
	if out, due := s.digits.Advance(now); due {
		s.payload = out.Payload.Append(s.payload[:0])
		s.send(rtp.Header{Marker: out.Marker, PayloadType: s.digitPT, Timestamp: out.Timestamp}, s.payload, to)
	}
}

func (s *sender) send(h rtp.Header, payload []byte, to netip.AddrPort) {
	if !to.IsValid() || to.Port() == 0 || to.Addr().IsUnspecified() {
		s.skipped++
		return
	}
	h.Version, h.SSRC, h.SequenceNumber = 2, s.ssrc, s.seq
	s.seq++
	s.packet.Header, s.packet.Payload = h, payload
	if err := s.out(&s.packet, to); err != nil {
		s.failed++
		return
	}
	s.packets++
	s.octets += len(payload)
}
