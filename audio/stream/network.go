package stream

import (
	"net/netip"
	"time"

	"github.com/pion/rtp"

	"intercom/audio/jitter"
)

// readNetwork takes in everything that the readers have put down since the last frame.
func (s *Stream) readNetwork(now time.Time) {
	if s.began.IsZero() {
		s.began = now
	}
	for range datagrams {
		select {
		case d := <-s.sockets.full:
			s.datagram(d)
			s.sockets.free <- d
		default:
			return
		}
	}
}

// datagram sorts RTP from RTCP. With rtcp-mux they share a port and the second byte tells (RFC 5761 section 4); peers
// that never asked for mux do it too.
func (s *Stream) datagram(d *datagram) {
	b := d.buf[:d.n]
	switch {
	case len(b) > 0 && b[0] >= 20 && b[0] <= 63 && s.dtls != nil: // RFC 7983
		s.dtls.feed(d.from, b)
	case len(b) < 2 || b[0]>>6 != 2: // also STUN and RTP version 0, which the library would take
		s.receive.malformed++
	case d.isRTCP || b[1] >= 192 && b[1] <= 223:
		s.rtcpPacket(d.at, d.from, b)
	default:
		s.rtpPacket(d.at, d.from, b)
	}
}

func (s *Stream) rtpPacket(now time.Time, from netip.AddrPort, b []byte) {
	p := &s.packet
	b, ok := s.guard.openRTP(b)
	if !ok {
		return
	}
	if err := p.Unmarshal(b); err != nil {
		s.receive.malformed++
		return
	}
	if !s.receive.isNegotiated(p.PayloadType) && s.latch.state == learning {
		s.receive.unknown++
		return
	}
	ok, latched := s.latch.accept(now, source{from, p.SSRC}, p.SequenceNumber)
	if !ok {
		s.receive.foreign++
		return
	}
	if s.receive.lastPacket.IsZero() {
		s.emit(Event{Kind: FirstPacket, Addr: from})
	}
	if latched {
		s.emit(Event{Kind: Latched, Addr: from})
	}
	s.expired = false
	if digit, isDigit := s.receive.packet(now, p); isDigit && !s.inband.isHeard(now, digit) {
		s.emit(Event{Kind: Digit, Digit: digit})
	}
}

// listen looks for digits in the audio.
func (s *Stream) listen(now time.Time, pcm []float32) {
	if digit, isNew := s.inband.hear(now, pcm); isNew {
		s.emit(Event{Kind: Digit, Digit: digit})
	}
}

// rtcpPacket takes reports only from hosts that may be the peer's.
func (s *Stream) rtcpPacket(now time.Time, from netip.AddrPort, b []byte) {
	if host := from.Addr(); host != s.destination().Addr() && host != s.media.rtcpAddr().Addr() {
		s.receive.foreign++
		return
	}
	b, ok := s.guard.openRTCP(b)
	if !ok {
		return
	}
	said := s.control.goodbye
	before := s.control.received
	s.control.receive(now, b, s.receive.stats.ssrc, s.send.ssrc, max(s.send.format.ClockRate, 1))
	if s.control.received > before && s.latch.state == locked && from.Addr() == s.latch.locked.addr.Addr() {
		s.rtcpTo = from // symmetric RTCP, RFC 4961
	}
	if s.control.goodbye && !said {
		s.emit(Event{Kind: Goodbye})
	}
}

// destination is where RTP is sent: to the locked source, before that to the address of the SDP.
func (s *Stream) destination() netip.AddrPort {
	if s.latch.state == locked {
		return s.latch.locked.addr
	}
	return s.media.Remote
}

// transmit is the sender's way out.
func (s *Stream) transmit(p *rtp.Packet, to netip.AddrPort) error {
	n, err := p.MarshalTo(s.wire)
	if err != nil {
		return err
	}
	sealed, err := s.guard.sealRTP(s.wire[:n])
	if err != nil {
		return err
	}
	_, err = s.out.WriteToUDPAddrPort(sealed, to)
	return err
}

// housekeeping is what happens by the clock and not by a packet.
func (s *Stream) housekeeping(now time.Time) {
	if s.control.due(now) {
		s.sendReport(now, false)
	}
	limit := s.config.Timeout
	if limit == 0 {
		limit = DefaultTimeout
	}
	since := s.receive.lastPacket
	if since.IsZero() {
		since = s.began
	}
	if limit > 0 && !s.expired && s.receive.active && now.Sub(since) >= limit {
		s.expired = true
		s.emit(Event{Kind: Timeout})
	}
}

// sendReport sends RTCP if there is a way for it.
func (s *Stream) sendReport(now time.Time, last bool) {
	conn, to := s.out, s.destination()
	if !s.media.Mux {
		if s.config.RTCP == nil || s.media.DTLS != nil {
			return
		}
		conn, to = fast(s.config.RTCP), s.media.rtcpAddr()
		if s.rtcpTo.IsValid() {
			to = s.rtcpTo
		}
	}
	if !to.IsValid() || to.Port() == 0 || to.Addr().IsUnspecified() || now.IsZero() {
		return
	}
	b, err := s.control.compound(now, &s.send, &s.receive.stats, last)
	if err == nil {
		b, err = s.guard.sealRTCP(b)
	}
	if err == nil {
		_, err = conn.WriteToUDPAddrPort(b, to)
	}
	if err != nil {
		s.send.failed++
	}
}

func (s *Stream) emit(e Event) {
	select {
	case s.events <- e:
	default:
		s.missed++
	}
}

// apply takes a new set of formats into use. What has not changed goes on undisturbed, state of decoders included: session
// timers bring the same SDP every few minutes, and nobody shall hear it. The jitter buffer's packets are still due.
func (r *receiver) apply(m Media, p *plan) {
	wasActive := r.active
	for pt, d := range p.decoders {
		if old := r.decoders[pt]; old != nil && d != nil && old.format == d.format {
			p.decoders[pt] = old
		}
	}
	r.decoders, r.events, r.active = p.decoders, p.events, m.Direction.receives()
	if r.using != nil && r.decoders[r.using.format.PT] != r.using {
		r.using, r.queue, r.past = nil, r.queue[:0], r.past[:0]
	}
	r.makeRoom()
	if !wasActive {
		r.buffer.Reset()
	}
}

// makeRoom allocates what the decoders will need while the call runs.
func (r *receiver) makeRoom() {
	need := 0
	for _, d := range r.decoders {
		if d != nil {
			need = max(need, d.rate*int(queueTime/time.Millisecond)/1000)
			if r.clock == 0 {
				r.clock = d.format.ClockRate
			}
		}
	}
	if cap(r.queue) < need {
		r.queue = append(make([]float32, 0, need), r.queue...)
		r.past = append(make([]float32, 0, need), r.past...)
	}
	if r.buffer == nil {
		r.clock = max(r.clock, 8000)
		r.buffer = jitter.New(jitter.Config{ClockRate: r.clock})
	}
}
