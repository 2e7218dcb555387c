package stream

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
	"go.uber.org/goleak"

	"intercom/audio/tone"
)

// peer is the other side by hand: it sends exactly what a test says.
type peer struct {
	t    *testing.T
	conn *wireConn
	to   netip.AddrPort
	ssrc uint32
	seq  uint16
	ts   uint32
	tone *tone.Generator
}

func newPeer(t *testing.T, w *wireNet, at string, to netip.AddrPort) *peer {
	g := tone.New(tone.Tone{Endless: true, Steps: []tone.Step{{Hz: []float64{440}, Level: .25, On: time.Hour}}}, 8000)
	return &peer{t: t, conn: w.Listen(at), to: to, ssrc: 77, seq: 1000, tone: g}
}

func (p *peer) raw(b []byte) {
	if _, err := p.conn.WriteToUDPAddrPort(b, p.to); err != nil {
		p.t.Error(err)
	}
}

func (p *peer) send(pt uint8, marker bool, ts uint32, payload []byte) {
	packet := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: pt, Marker: marker, SequenceNumber: p.seq, Timestamp: ts, SSRC: p.ssrc}, Payload: payload}
	p.seq++
	b, err := packet.Marshal()
	if err != nil {
		p.t.Fatal(err)
	}
	p.raw(b)
}

// talk sends 440 Hz in PCMA for n packets of 20 ms.
func (p *peer) talk(n int) {
	pcm := make([]float32, 160)
	for range n {
		p.tone.Fill(pcm)
		payload, _ := alaw{}.Encode(nil, pcm)
		p.send(8, false, p.ts, payload)
		p.ts += 160
		time.Sleep(20 * time.Millisecond)
	}
}

// received takes everything that has come to the peer.
func (p *peer) received() (packets []*rtp.Packet) {
	_ = p.conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	for {
		b := make([]byte, 2000)
		n, _, err := p.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			_ = p.conn.SetReadDeadline(time.Time{})
			return packets
		}
		packet := &rtp.Packet{}
		if err := packet.Unmarshal(b[:n]); err != nil {
			p.t.Error(err)
		}
		packets = append(packets, packet)
	}
}

// all drains the events as one string of kinds and digits.
func (x *end) all() string {
	var got []string
	for {
		select {
		case e, ok := <-x.stream.Events():
			if !ok {
				return strings.Join(got, ", ")
			}
			s := e.Kind.String()
			if e.Kind == Digit {
				s += " " + string(e.Digit)
			}
			if e.Addr.IsValid() {
				s += " " + e.Addr.String()
			}
			got = append(got, s)
		default:
			return strings.Join(got, ", ")
		}
	}
}

// scene is one stream and one peer by hand, under synctest.
type scene struct {
	*end
	w    *wireNet
	peer *peer
}

func withScene(t *testing.T, config EngineConfig, media Media, run func(*scene)) {
	t.Helper()
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		card := newFakeCard(8000, 1000, 440)
		x := newEnd(t, w, hostA, card, config, media)
		run(&scene{x, w, newPeer(t, w, hostB+":4000", netip.MustParseAddrPort(hostA+":4000"))})
		x.stop()
	})
}

func (s *scene) wantEvents(what, want string) {
	s.t.Helper()
	synctest.Wait()
	time.Sleep(2 * frameTime)
	if got := s.all(); got != want {
		s.t.Errorf("%s: events %q, want %q", what, got, want)
	}
}
