package stream

import (
	crand "crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"intercom/audio/dtmf"
	"intercom/audio/timescale"
)

// DefaultTimeout is how long nothing may be received before a Timeout event.
const DefaultTimeout = 20 * time.Second

// Config describes a Stream.
type Config struct {
	Media
	RTP     net.PacketConn // closed by Close
	RTCP    net.PacketConn // closed by Close; nil with Mux, or for no RTCP at all
	Timeout time.Duration  // without a packet until a Timeout event; 0 = 20 s, negative = never
	Rand    io.Reader      // for SSRC, first sequence number and timestamp; nil = crypto/rand
	Call    string         // names the call in the log line
	// Inband also listens for DTMF tones in the audio, until the first digit comes as an RTP event: for peers that offer
	// neither telephone-event nor INFO.
	Inband bool
	// Identity is our certificate if Media.DTLS is given, now or in an Update.
	Identity Identity
}

// Stream is the voice of one call. It belongs to its Engine, whose goroutine runs it; all methods may be called from any
// goroutine.
type Stream struct {
	engine  *Engine
	config  Config
	media   Media
	sockets *sockets
	out     addrPortConn
	control control
	rtcpTo  netip.AddrPort // from where the peer's RTCP came; zero: from the SDP

	guard   guard
	dtls    *association   // nil without DTLS
	retired []*association // of earlier fingerprints
	latch   latch
	send    sender
	receive receiver
	inband  inband

	events  chan Event
	missed  int // events that nobody took
	began   time.Time
	expired bool // a Timeout event was given for the present silence
	closed  bool

	packet rtp.Packet // being received
	wire   []byte     // being sent
}

// Open starts a stream. On an error the sockets stay open and are the caller's.
func (e *Engine) Open(config Config) (*Stream, error) {
	if config.RTP == nil {
		return nil, errors.New("stream: Config.RTP is nil, give it a packet connection")
	}
	if config.DTLS != nil && len(config.Identity.Certificate.Certificate) == 0 {
		return nil, errors.New("stream: Config.DTLS without an Identity, make one with NewIdentity")
	}
	s := &Stream{engine: e, config: config, out: fast(config.RTP), events: make(chan Event, eventQueue), wire: make([]byte, maxDatagram)}
	s.send.out = s.transmit
	if config.Inband {
		s.inband.detector = dtmf.NewDetector(e.config.Rate)
	}
	if err := s.seed(); err != nil {
		return nil, err
	}
	plan, err := e.plan(config.Media)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, ErrClosed
	}
	if len(e.streams) == maxStreams {
		return nil, fmt.Errorf("stream: %d streams are open already, close one first", maxStreams)
	}
	s.apply(config.Media, plan)
	s.sockets = openSockets(config.RTP, config.RTCP)
	e.streams = append(e.streams, s)
	return s, nil
}

// seed draws what RFC 3550 wants unpredictable.
func (s *Stream) seed() error {
	from := s.config.Rand
	if from == nil {
		from = crand.Reader
	}
	var b [34]byte
	if _, err := io.ReadFull(from, b[:]); err != nil {
		return fmt.Errorf("stream: no random numbers: %w", err)
	}
	s.send.ssrc = binary.BigEndian.Uint32(b[0:])
	s.send.timestamp = binary.BigEndian.Uint32(b[4:])
	s.send.seq = binary.BigEndian.Uint16(b[8:]) & 0x7FFF // SRTP wants the first roll-over far away
	s.control.rand = rand.New(rand.NewPCG(binary.BigEndian.Uint64(b[10:]), 0))
	s.control.cname = hex.EncodeToString(b[18:34]) // per call, as RFC 7022 section 4.2 advises
	return nil
}

// plan is everything of a Media that may fail or take time, made before the lock is taken.
type plan struct {
	send     CodecType
	format   Format
	codec    Codec
	resize   Resampler
	decoders [128]*decoder
	events   [128]bool
	digits   *dtmf.Sender
	digitPT  uint8
	seal     *srtp.Context // of SDES
	open     *srtp.Context
}

func (e *Engine) plan(m Media) (*plan, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	p := &plan{}
	var err error
	if p.seal, p.open, err = m.Crypto.plan(); err != nil {
		return nil, err
	}
	if err := p.planReceive(e, m); err != nil {
		return nil, err
	}
	return p, p.planSend(e, m)
}

func (p *plan) planReceive(e *Engine, m Media) error {
	for _, f := range m.Receive {
		if f.isEvent() {
			p.events[f.PT] = true
			continue
		}
		t, known := find(e.config.Codecs, f)
		if !known {
			continue // offered by mistake or comfort noise: its packets are counted and ignored
		}
		d := &decoder{format: f, rate: t.Rate, conceal: e.config.NewConcealer(t.Rate), scaler: timescale.New(t.Rate)}
		var err error
		if d.codec, err = t.New(f); err != nil {
			return fmt.Errorf("stream: %s: %w", f.Name, err)
		}
		if c, ok := d.codec.(Concealer); ok {
			d.conceal = c
		}
		if d.resize, err = e.config.NewResampler(d.rate, e.config.Rate); err != nil {
			return fmt.Errorf("stream: %s: %w", f.Name, err)
		}
		p.decoders[f.PT] = d
	}
	return nil
}

func (p *plan) planSend(e *Engine, m Media) error {
	for _, f := range m.Send {
		t, known := find(e.config.Codecs, f)
		if !known || f.isEvent() {
			continue
		}
		var err error
		if p.codec, err = t.New(f); err != nil {
			return fmt.Errorf("stream: %s: %w", f.Name, err)
		}
		if p.resize, err = e.config.NewResampler(e.config.Rate, t.Rate); err != nil {
			return fmt.Errorf("stream: %s: %w", f.Name, err)
		}
		p.send, p.format = t, f
		if ev, ok := events(m.Send, f.ClockRate); ok {
			p.digits, p.digitPT = dtmf.NewSender(dtmf.SenderConfig{ClockRate: f.ClockRate}), ev.PT
		}
		return nil
	}
	if m.Direction.sends() {
		return fmt.Errorf("%w: none of the %d formats to send is known, add a CodecType", ErrMedia, len(m.Send))
	}
	return nil
}

// apply takes a plan into use. The engine's lock is held.
func (s *Stream) apply(m Media, p *plan) {
	s.secure(m, p)
	s.media = m
	s.latch.expect(m.Remote)
	s.rtcpTo = netip.AddrPort{}
	if p.codec != nil {
		s.send.use(p.format, p.send, p.codec, p.resize, m.ptime())
	}
	s.send.active = m.Direction.sends() && p.codec != nil
	s.send.useDigits(p.digits, p.digitPT)
	s.receive.apply(m, p)
	s.expired = false
}

// secure takes keys into use, or begins the handshake that will give them. The engine's lock is held.
func (s *Stream) secure(m Media, p *plan) {
	s.guard.use(m.Crypto, p.seal, p.open)
	if m.DTLS == nil || m.DTLS.equal(s.media.DTLS) && s.dtls != nil {
		return
	}
	s.guard.require()
	s.guard.send, s.guard.receive = nil, nil
	if s.dtls != nil {
		s.dtls.cancel() // its goroutine may be waiting for our lock, so Close waits for it
		s.retired = append(s.retired, s.dtls)
	}
	s.dtls = startDTLS(m.DTLS, s.config.Identity, s.out, m.Remote, s.handshaken)
}

// handshaken is called by the handshake's goroutine at its end.
func (s *Stream) handshaken(a *association, send, receive *srtp.Context, err error) {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	switch {
	case s.closed || a != s.dtls:
	case err != nil:
		s.emit(Event{Kind: Insecure, Err: err})
	default:
		s.guard.send, s.guard.receive = send, receive
		s.emit(Event{Kind: Secured})
	}
}

// Update takes a new Media into use, from a re-INVITE or for hold. The sources of both sides go on; the latch opens only
// if the remote address is another one.
func (s *Stream) Update(m Media) error {
	p, err := s.engine.plan(m)
	if err != nil {
		return err
	}
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.apply(m, p)
	return nil
}

// ErrNoEvents is returned by SendDigits when the peer takes no telephone-event: send them in SIP INFO instead.
var ErrNoEvents = errors.New("stream: the peer has not negotiated telephone-event at the codec's clock rate")

// SendDigits queues digits (0-9 * # A-D) to be sent as RTP events, 200 ms each.
func (s *Stream) SendDigits(digits string) error {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	if s.send.digits == nil {
		return ErrNoEvents
	}
	return s.send.digits.Push(digits)
}

// Events carries what happens; it is closed by Close. Events beyond 64 that nobody has taken are dropped and counted.
func (s *Stream) Events() <-chan Event { return s.events }

// Close says BYE to the peer, closes the sockets, writes the log line and returns the final report. A second Close returns
// the same report.
func (s *Stream) Close() Report {
	if !s.detach() {
		return s.Report()
	}
	for _, a := range s.retired {
		a.close()
	}
	if s.dtls != nil {
		s.dtls.close()
	}
	err := s.sockets.close()
	close(s.events) // the engine, the only sender, does not know the stream any more
	r := s.Report()
	r.log(s.engine.config.Logger, s.config.Call, err)
	return r
}

// detach takes the stream away from the engine; false if that has been done before.
func (s *Stream) detach() bool {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	if s.closed {
		return false
	}
	s.closed = true
	s.engine.streams = slices.DeleteFunc(s.engine.streams, func(other *Stream) bool { return other == s })
	s.engine.prompt.ending = mirrored(slices.Clone(s.engine.far)) // hanging up shall not click
	s.sendReport(s.engine.now, true)
	return true
}

// Report returns the figures up to now.
func (s *Stream) Report() Report {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	return s.report()
}
