package stream

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"

	"intercom/audio/dtmf"
)

// sentBy runs a sender for n frames and returns what it sent.
func sentBy(s *sender, n int, to netip.AddrPort) (packets []rtp.Packet) {
	s.out = func(p *rtp.Packet, _ netip.AddrPort) error {
		clone := rtp.Packet{Header: p.Header, Payload: append([]byte(nil), p.Payload...)}
		packets = append(packets, clone)
		return nil
	}
	near := make([]float32, 80)
	for range n {
		s.frame(near, to)
	}
	return packets
}

func newSender(ptime time.Duration) *sender {
	s := &sender{ssrc: 1, seq: 65534, timestamp: 0xFFFFFF00, active: true}
	f := Format{PT: 8, Name: "PCMA", ClockRate: 8000}
	kind, _ := find(nil, f)
	s.use(f, kind, alaw{}, same{}, ptime)
	return s
}

func TestSenderByPacketLength(t *testing.T) {
	for _, ptime := range []time.Duration{10, 20, 30, 60, 120} {
		packets := sentBy(newSender(ptime*time.Millisecond), 240, natAddr)
		if want := 240 / int(ptime/10); len(packets) != want {
			t.Errorf("%d ms: %d packets in 2.4 s, want %d", ptime, len(packets), want)
		}
		for i, p := range packets {
			if len(p.Payload) != 8*int(ptime) || p.Timestamp != 0xFFFFFF00+uint32(i*8*int(ptime)) || p.SequenceNumber != 65534+uint16(i) {
				t.Errorf("%d ms: packet %d: %d octets, %+v", ptime, i, len(p.Payload), p.Header)
				break
			}
		}
	}
}

func TestSenderPausesAudioForADigit(t *testing.T) {
	s := newSender(20 * time.Millisecond)
	s.digits, s.digitPT = dtmf.NewSender(dtmf.SenderConfig{}), 101
	packets := sentBy(s, 10, natAddr)
	if err := s.digits.Push("3"); err != nil {
		t.Fatal(err)
	}
	packets = append(packets, sentBy(s, 30, natAddr)...)
	var story strings.Builder
	for i, p := range packets {
		switch {
		case p.PayloadType == 101 && p.Marker:
			story.WriteByte('E')
		case p.PayloadType == 101:
			story.WriteByte('e')
		case p.Marker:
			story.WriteByte('A')
		default:
			story.WriteByte('a')
		}
		if p.SequenceNumber != packets[0].SequenceNumber+uint16(i) {
			t.Errorf("packet %d has sequence number %d", i, p.SequenceNumber)
		}
	}
	// 100 ms of audio; 140 ms of digit, its marker on the first packet; audio again, as a new talk spurt.
	if got := story.String(); got != "AaaaaEeeeAaaaaaaa" && got != "AaaaaEeeeAaaaaaa" {
		t.Errorf("sent %q", got)
	}
}

func TestSenderWithoutAnAddress(t *testing.T) {
	for _, to := range []netip.AddrPort{{}, netip.MustParseAddrPort("0.0.0.0:4000"), netip.MustParseAddrPort("192.0.2.1:0"), netip.MustParseAddrPort("[::]:9")} {
		s := newSender(20 * time.Millisecond)
		if got := sentBy(s, 10, to); len(got) != 0 || s.skipped != 5 || s.packets != 0 {
			t.Errorf("to %v: %d packets, %d skipped", to, len(got), s.skipped)
		}
	}
}

func TestSenderCountsFailures(t *testing.T) {
	s := newSender(20 * time.Millisecond)
	s.out = func(*rtp.Packet, netip.AddrPort) error { return errors.New("no route to host") }
	near := make([]float32, 80)
	for range 10 {
		s.frame(near, natAddr)
	}
	if s.failed != 5 || s.packets != 0 {
		t.Errorf("%d failed, %d sent", s.failed, s.packets)
	}
	s = newSender(20 * time.Millisecond)
	s.codec = brokenCodec{}
	if got := sentBy(s, 10, natAddr); len(got) != 0 || s.failed != 5 {
		t.Errorf("a broken codec: %d sent, %d failed", len(got), s.failed)
	}
}

// brokenCodec refuses everything.
type brokenCodec struct{}

func (brokenCodec) Encode(b []byte, _ []float32) ([]byte, error) { return b, errors.New("broken") }

func (brokenCodec) Decode(pcm []float32, _ []byte) ([]float32, error) {
	return pcm, errors.New("broken")
}

func TestSilentSenderKeepsTime(t *testing.T) {
	s := newSender(20 * time.Millisecond)
	sentBy(s, 3, natAddr) // one packet, and half of the next
	s.active = false
	if got := sentBy(s, 97, natAddr); len(got) != 0 {
		t.Errorf("%d packets while silent", len(got))
	}
	s.active = true
	packets := sentBy(s, 2, natAddr)
	if len(packets) != 1 || packets[0].Timestamp != 8000-0x100 || !packets[0].Marker {
		t.Errorf("after one second: %+v", packets)
	}
}

// receiverOf makes a receiver for formats at an engine rate of 8 kHz, with a plain codec for unknown names.
func receiverOf(t *testing.T, formats ...Format) *receiver {
	t.Helper()
	e, err := NewEngine(EngineConfig{CardRate: 8000, Codecs: []CodecType{{Name: "broken", ClockRate: 8000, New: func(Format) (Codec, error) { return brokenCodec{}, nil }}}})
	if err != nil {
		t.Fatal(err)
	}
	m := Media{Receive: formats, Direction: RecvOnly}
	p, err := e.plan(m)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{}
	r.apply(m, p)
	return r
}

func packetOf(n int, pt uint8, payload []byte) *rtp.Packet {
	return &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: pt, SequenceNumber: uint16(n), Timestamp: uint32(n * 160), SSRC: 5}, Payload: payload}
}

// loudPayload is 20 ms of full-scale square wave in a codec.
func loudPayload(t *testing.T, f Format) []byte {
	t.Helper()
	kind, known := find(nil, f)
	if !known {
		t.Fatalf("no codec %s", f.Name)
	}
	c, _ := kind.New(f)
	pcm := make([]float32, kind.Rate/50)
	for i := range pcm {
		pcm[i] = .5
		if i/20%2 == 1 {
			pcm[i] = -.5
		}
	}
	b, err := c.Encode(nil, pcm)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// play pushes one packet every 20 ms and counts loud frames of 10 ms.
func play(r *receiver, from, to int, packet func(n int) *rtp.Packet) (loud int) {
	out := make([]float32, 80)
	for n := from; n < to; n++ {
		now := time.Unix(100, 0).Add(time.Duration(n) * 20 * time.Millisecond)
		if p := packet(n); p != nil {
			r.packet(now, p)
		}
		for k := range 2 {
			r.frame(now.Add(time.Duration(k)*frameTime), out)
			if rms(out) > .2 {
				loud++
			}
		}
	}
	return loud
}

func TestPeerChangesTheCodec(t *testing.T) {
	a := Format{PT: 8, Name: "PCMA", ClockRate: 8000}
	g := Format{PT: 9, Name: "G722", ClockRate: 8000}
	l := Format{PT: 96, Name: "L16", ClockRate: 16000}
	r := receiverOf(t, a, g, l)
	payloads := map[uint8][]byte{8: loudPayload(t, a), 9: loudPayload(t, g), 96: loudPayload(t, l)}
	if loud := play(r, 0, 100, func(n int) *rtp.Packet { return packetOf(n, 8, payloads[8]) }); loud < 190 {
		t.Errorf("PCMA: %d of 200 frames heard", loud)
	}
	if loud := play(r, 100, 200, func(n int) *rtp.Packet { return packetOf(n, 9, payloads[9]) }); loud < 190 {
		t.Errorf("G.722 after it: %d of 200 frames heard", loud)
	}
	if r.buffer.Counters().Resets != 0 || r.clock != 8000 {
		t.Error("the same clock needs no new buffer")
	}
	wide := func(n int) *rtp.Packet {
		p := packetOf(n, 96, payloads[96])
		p.Timestamp = uint32(n * 320)
		return p
	}
	if loud := play(r, 200, 300, wide); loud < 180 || r.clock != 16000 {
		t.Errorf("L16 at another clock: %d of 200 frames heard, clock %d", loud, r.clock)
	}
	if r.undecoded+r.unknown != 0 {
		t.Errorf("%d undecoded, %d unknown", r.undecoded, r.unknown)
	}
}

func TestPayloadsThatCannotBePlayed(t *testing.T) {
	a := Format{PT: 8, Name: "PCMA", ClockRate: 8000}
	l := Format{PT: 96, Name: "L16", ClockRate: 8000}
	b := Format{PT: 97, Name: "broken", ClockRate: 8000}
	r := receiverOf(t, a, l, b)
	good := loudPayload(t, a)
	bad := map[int]*rtp.Packet{
		1: packetOf(1, 8, nil), 3: packetOf(3, 96, []byte{1, 2, 3}), 5: packetOf(5, 97, []byte{1}), 7: packetOf(7, 13, []byte{1}),
		9: packetOf(9, 8, make([]byte, 1472)), 11: packetOf(11, 8, make([]byte, 1900)),
	}
	loud := play(r, 0, 100, func(n int) *rtp.Packet {
		if p := bad[n]; p != nil {
			return p
		}
		return packetOf(n, 8, good)
	})
	if loud < 150 {
		t.Errorf("%d of 200 frames heard", loud)
	}
	if r.unknown != 1 || r.undecoded < 2 || r.buffer.Counters().Dropped < 1 {
		t.Errorf("unknown %d, undecoded %d, %+v", r.unknown, r.undecoded, r.buffer.Counters())
	}
}

func TestTinyPacketsDoNotHoldTheCardUp(t *testing.T) {
	a := Format{PT: 8, Name: "PCMA", ClockRate: 8000}
	r := receiverOf(t, a)
	out := make([]float32, 80)
	for n := range 400 { // one sample each
		r.packet(time.Unix(100, 0).Add(time.Duration(n)*125*time.Microsecond), &rtp.Packet{Header: rtp.Header{PayloadType: 8, SequenceNumber: uint16(n), Timestamp: uint32(n)}, Payload: []byte{0x55}})
	}
	r.frame(time.Unix(101, 0), out)
	if played := r.buffer.Counters().Played; played > maxFetches+1 {
		t.Errorf("%d packets decoded for one frame", played)
	}
}

func TestFormatTakenAwayWhileItsPacketsWait(t *testing.T) {
	a := Format{PT: 8, Name: "PCMA", ClockRate: 8000}
	r := receiverOf(t, a)
	play(r, 0, 50, func(n int) *rtp.Packet { return packetOf(n, 8, loudPayload(t, a)) })
	other := receiverOf(t, Format{PT: 0, Name: "PCMU", ClockRate: 8000})
	for n := 50; n < 53; n++ {
		r.packet(time.Unix(101, 0), packetOf(n, 8, loudPayload(t, a)))
	}
	r.decoders = other.decoders
	r.using = nil
	out := make([]float32, 80)
	for n := range 20 {
		r.frame(time.Unix(102, 0).Add(time.Duration(n)*frameTime), out)
	}
	if rms(out) != 0 || r.undecoded != 0 {
		t.Errorf("level %v, %d undecoded", rms(out), r.undecoded)
	}
}
