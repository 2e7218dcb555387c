package stream

import (
	"bytes"
	"io"
	"log/slog"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"go.uber.org/goleak"

	"intercom/audio/dtmf"
	"intercom/audio/tone"
)

func TestAudioIsHeardAndAnswered(t *testing.T) {
	withScene(t, EngineConfig{}, to(hostB), func(s *scene) {
		t := s.t
		if _, present := s.card.counts(); present != 0 {
			t.Fatal("a tone before any packet")
		}
		s.peer.talk(100)
		s.wantEvents("audio", "first packet 192.0.2.2:4000, latched 192.0.2.2:4000")
		if blocks, present := s.card.counts(); present < blocks-3 {
			t.Errorf("heard in %d of %d blocks", present, blocks)
		}
		packets := s.peer.received()
		if len(packets) < 98 {
			t.Fatalf("%d packets in 2 s", len(packets))
		}
		for i, p := range packets {
			if p.Marker != (i == 0) || p.PayloadType != 8 || len(p.Payload) != 160 || p.Version != 2 {
				t.Fatalf("packet %d: %+v", i, p.Header)
			}
			if p.SequenceNumber != packets[0].SequenceNumber+uint16(i) || p.Timestamp != packets[0].Timestamp+uint32(160*i) {
				t.Fatalf("packet %d: seq %d, timestamp %d", i, p.SequenceNumber, p.Timestamp)
			}
		}
	})
}

func TestPeerBehindNAT(t *testing.T) {
	withScene(t, EngineConfig{}, to("10.0.0.9"), func(s *scene) {
		t := s.t // the SDP has a private address
		s.peer.talk(3)
		s.wantEvents("three packets", "")
		if got := s.peer.received(); len(got) != 0 {
			t.Fatalf("%d packets sent to an unproven source", len(got))
		}
		s.peer.talk(50)
		s.wantEvents("more packets", "first packet 192.0.2.2:4000, latched 192.0.2.2:4000")
		if got := s.peer.received(); len(got) < 48 {
			t.Errorf("%d packets after latching", len(got))
		}
		if r := s.stream.Report(); r.Foreign != 3 || r.Remote != "192.0.2.2:4000" {
			t.Errorf("%+v", r)
		}
	})
}

func TestInjectedPackets(t *testing.T) {
	withScene(t, EngineConfig{}, to(hostB), func(s *scene) {
		t := s.t
		s.peer.talk(10)
		s.wantEvents("peer", "first packet 192.0.2.2:4000, latched 192.0.2.2:4000")
		intruder := newPeer(t, s.w, "203.0.113.66:666", s.peer.to)
		intruder.ssrc = s.peer.ssrc
		intruder.seq, intruder.ts = s.peer.seq, s.peer.ts
		for n := range 30 {
			intruder.send(101, n == 0, 5000, dtmf.Payload{Event: 1, Duration: uint16(160 * n)}.Append(nil))
			s.peer.talk(1)
		}
		s.wantEvents("a forged digit", "")
		bye, _ := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 77}, &rtcp.Goodbye{Sources: []uint32{77}}})
		intruder.raw(bye)
		s.wantEvents("a forged goodbye", "")
		if r := s.stream.Report(); r.Foreign != 31 || r.Remote != "192.0.2.2:4000" {
			t.Errorf("foreign %d, remote %s", r.Foreign, r.Remote)
		}
		s.peer.raw(bye)
		s.wantEvents("the peer's goodbye", "goodbye")
	})
}

func TestMalformedDatagrams(t *testing.T) {
	withScene(t, EngineConfig{}, to(hostB), func(s *scene) {
		t := s.t
		s.peer.talk(5)
		good := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8, SequenceNumber: 5, SSRC: 77}, Payload: make([]byte, 160)}
		b, _ := good.Marshal()
		version0 := append([]byte(nil), b...)
		version0[0] &= 0x3F
		csrc := append([]byte(nil), b[:12]...)
		csrc[0] |= 15
		extension := append([]byte(nil), b[:14]...)
		extension[0] |= 0x10
		padding := append([]byte(nil), b[:13]...)
		padding[0] |= 0x20
		padding[12] = 200
		bad := [][]byte{{}, {0x80}, b[:11], version0, csrc, extension, padding, []byte("\x00\x01\x00\x00stun"), bytes.Repeat([]byte{0x16}, 40),
			{0x80, 200}, {0x80, 201, 0, 9, 1, 2, 3, 4}, {0x80, 200, 0, 0}}
		for _, d := range bad {
			s.peer.raw(d)
		}
		s.peer.talk(5)
		if r := s.stream.Report(); r.Malformed != len(bad) || r.Received != 10 {
			t.Errorf("malformed %d, want %d; received %d", r.Malformed, len(bad), r.Received)
		}
	})
}

func TestDigits(t *testing.T) {
	event := func(digit byte, end bool, duration uint16) []byte {
		code, _ := dtmf.Code(digit)
		return dtmf.Payload{Event: code, End: end, Volume: 10, Duration: duration}.Append(nil)
	}
	withScene(t, EngineConfig{}, to(hostB), func(s *scene) {
		s.peer.talk(5)
		s.wantEvents("audio", "first packet 192.0.2.2:4000, latched 192.0.2.2:4000")
		for range 3 { // no marker, only end packets
			s.peer.send(101, false, s.peer.ts, event('4', true, 800))
		}
		s.wantEvents("negotiated payload type", "digit 4")
		s.peer.ts += 1600
		s.peer.send(97, true, s.peer.ts, event('#', false, 160))
		s.peer.send(97, false, s.peer.ts, event('#', true, 800))
		s.wantEvents("a dynamic payload type that nobody named", "digit #")
		s.peer.send(97, true, s.peer.ts+3200, make([]byte, 160))
		s.wantEvents("no event on it", "")
		s.peer.ssrc++ // the PBX moved the call: new source, any timestamp
		s.peer.talk(4)
		s.wantEvents("the new source", "latched 192.0.2.2:4000")
		s.peer.send(101, true, s.peer.ts, event('9', false, 160))
		s.wantEvents("a digit of the new source", "digit 9")
	})
}

func TestHold(t *testing.T) {
	withScene(t, EngineConfig{}, to(hostB), func(s *scene) {
		t := s.t
		s.peer.talk(20)
		media := to(hostB)
		for _, tt := range []struct {
			direction   Direction
			sent, heard bool
		}{{RecvOnly, false, true}, {SendOnly, true, false}, {Inactive, false, false}, {SendRecv, true, true}} {
			media.Direction = tt.direction
			if err := s.stream.Update(media); err != nil {
				t.Fatal(err)
			}
			s.peer.talk(10) // let what was on its way end
			s.peer.received()
			_, before := s.card.counts()
			s.peer.talk(50)
			_, after := s.card.counts()
			packets := s.peer.received()
			if (len(packets) > 45) != tt.sent || (len(packets) == 0) == tt.sent {
				t.Errorf("%v: %d packets sent", tt.direction, len(packets))
			}
			if (after-before >= 8) != tt.heard || (after == before) == tt.heard {
				t.Errorf("%v: heard in %d blocks", tt.direction, after-before)
			}
		}
		s.wantEvents("all the time", "first packet 192.0.2.2:4000, latched 192.0.2.2:4000")
	})
}

func TestTimestampsRunThroughAHold(t *testing.T) {
	withScene(t, EngineConfig{}, to(hostB), func(s *scene) {
		t := s.t
		time.Sleep(time.Second)
		before := s.peer.received()
		media := to(hostB)
		media.Direction = Inactive
		_ = s.stream.Update(media)
		time.Sleep(10 * time.Second)
		media.Direction = SendRecv
		_ = s.stream.Update(media)
		time.Sleep(time.Second)
		after := s.peer.received()
		last, first := before[len(before)-1], after[0]
		if gap := first.Timestamp - last.Timestamp; gap < 79000 || gap > 82000 {
			t.Errorf("timestamp moved by %d over 10 s of hold, want about 80,000", gap)
		}
		if first.SequenceNumber != last.SequenceNumber+1 || !first.Marker || first.SSRC != last.SSRC {
			t.Errorf("after the hold: %+v, before: %+v", first.Header, last.Header)
		}
	})
}

func TestTimeout(t *testing.T) {
	withScene(t, EngineConfig{}, to(hostB), func(s *scene) {
		time.Sleep(DefaultTimeout - 100*time.Millisecond)
		s.wantEvents("just before", "")
		time.Sleep(100 * time.Millisecond)
		s.wantEvents("nothing ever came", "timeout")
		time.Sleep(time.Minute)
		s.wantEvents("once", "")
		s.peer.talk(5)
		s.wantEvents("it came back", "first packet 192.0.2.2:4000, latched 192.0.2.2:4000")
		time.Sleep(DefaultTimeout + time.Second)
		s.wantEvents("gone again", "timeout")
		media := to(hostB)
		media.Direction = SendOnly
		_ = s.stream.Update(media)
		time.Sleep(5 * time.Minute)
		s.wantEvents("on hold nothing is expected", "")
	})
}

func TestRTCPReports(t *testing.T) {
	media := to(hostB)
	media.Mux = true
	withScene(t, EngineConfig{}, media, func(s *scene) {
		t := s.t
		s.peer.talk(50)
		var report *rtcp.SenderReport
		var name string
		for range 10 {
			s.peer.talk(50)
			for _, p := range s.peer.received() {
				report, name = readReport(t, p, report, name)
			}
		}
		if report == nil || name == "" {
			t.Fatal("no sender report in 11 s")
		}
		if len(report.Reports) != 1 || report.Reports[0].SSRC != 77 || report.Reports[0].TotalLost != 0 || report.PacketCount == 0 {
			t.Errorf("%+v", report)
		}
		synctest.Wait()
		own := report.SSRC
		answer, _ := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 77, Reports: []rtcp.ReceptionReport{{SSRC: own, TotalLost: 0xFFFFFE,
			FractionLost: 64, Jitter: 80, LastSenderReport: middle(time.Now().Add(-150 * time.Millisecond)), Delay: 65536 / 20}}}})
		s.peer.raw(answer)
		time.Sleep(3 * frameTime)
		r := s.stream.Report()
		if r.RoundTrip < 99*time.Millisecond || r.RoundTrip > 101*time.Millisecond || r.PeerLost != -2 || r.PeerJitter != 10*time.Millisecond {
			t.Errorf("round trip %v, peer lost %d, jitter %v", r.RoundTrip, r.PeerLost, r.PeerJitter)
		}
	})
}

// readReport looks for a sender report in what came over a shared port.
func readReport(t *testing.T, p *rtp.Packet, report *rtcp.SenderReport, name string) (*rtcp.SenderReport, string) {
	t.Helper()
	if !(p.Marker && p.PayloadType >= 64 && p.PayloadType < 96) {
		return report, name
	}
	b, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range packets {
		switch c := c.(type) {
		case *rtcp.SenderReport:
			report = c
		case *rtcp.SourceDescription:
			name = c.Chunks[0].Items[0].Text
		}
	}
	return report, name
}

func TestMediaErrors(t *testing.T) {
	e, err := NewEngine(EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWire()
	conn := w.Listen("192.0.2.1:4000")
	tests := []struct {
		name  string
		media Media
		want  string
	}{
		{"nothing to send", Media{Receive: pcma}, "none of the 0 formats"},
		{"unknown codec", Media{Send: []Format{{PT: 97, Name: "iLBC", ClockRate: 8000}}}, "none of the 1 formats"},
		{"packet length", Media{Send: pcma, PTime: 25 * time.Millisecond}, "10 to 120 ms"},
		{"payload type twice", Media{Send: pcma, Receive: append(pcma, pcma...)}, "named twice"},
		{"payload type too large", Media{Send: []Format{{PT: 200, Name: "PCMA", ClockRate: 8000}}}, "0 to 127"},
		{"no clock", Media{Send: pcma, Receive: []Format{{PT: 8, Name: "PCMA"}}}, "clock rate"},
		{"odd rate", Media{Send: []Format{{PT: 96, Name: "L16", ClockRate: 4000}}}, "4000 Hz"},
	}
	for _, tt := range tests {
		if _, err := e.Open(Config{Media: tt.media, RTP: conn}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
	if _, err := e.Open(Config{Media: to(hostB)}); err == nil {
		t.Error("no socket: no error")
	}
	if _, err := e.Open(Config{Media: to(hostB), RTP: conn, Rand: strings.NewReader("short")}); err == nil || !strings.Contains(err.Error(), io.ErrUnexpectedEOF.Error()) {
		t.Errorf("no randomness: %v", err)
	}
}

func TestLogLine(t *testing.T) {
	defer goleak.VerifyNone(t)
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		x := newEnd(t, newWire(), hostA, newFakeCard(8000, 0, 440), EngineConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))}, to(hostB))
		time.Sleep(5 * time.Second)
		r := x.stop()
		if again := x.stream.Close(); again.Sent != r.Sent {
			t.Error("a second Close gives another report")
		}
		if err := x.stream.Update(to(hostB)); err == nil {
			t.Error("Update after Close succeeds")
		}
	})
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines for a call", n)
	}
	for _, want := range []string{"call=192.0.2.1", "codec=PCMA", "received=0", "no packet arrived"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in %s", want, log.String())
		}
	}
}

func TestOneWay(t *testing.T) {
	talk, quiet := Level{Silent: .3}, Level{Silent: 1}
	base := Report{Duration: time.Minute, Sent: 3000, Received: 3000, Near: talk, Far: talk}
	tests := []struct {
		want string
		edit func(*Report)
	}{
		{"", func(*Report) {}},
		{"no packet arrived", func(r *Report) { r.Received = 0 }},
		{"another source", func(r *Report) { r.Received, r.Foreign = 0, 5 }},
		{"not negotiated", func(r *Report) { r.Received, r.Unknown = 0, 5 }},
		{"muted", func(r *Report) { r.Far = quiet }},
		{"no address", func(r *Report) { r.Sent, r.SendSkipped = 0, 9 }},
		{"the direction", func(r *Report) { r.Sent = 0 }},
		{"check the microphone", func(r *Report) { r.Near = quiet }},
		{"packets lost", func(r *Report) { r.PeerLost = 2900 }},
		{"", func(r *Report) { r.Duration, r.Received = time.Millisecond, 0 }},
	}
	for _, tt := range tests {
		r := base
		tt.edit(&r)
		if got := r.OneWay(); (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestMeter(t *testing.T) {
	var m meter
	pcm := make([]float32, 80)
	if !m.frame(pcm) {
		t.Error("zeros are not silent")
	}
	tone.New(tone.Tone{Steps: []tone.Step{{Hz: []float64{1000}, Level: .5, On: time.Hour}}}, 8000).Fill(make([]float32, 800))
	g := tone.New(tone.Tone{Steps: []tone.Step{{Hz: []float64{1000}, Level: .5, On: time.Hour}}}, 8000)
	g.Fill(pcm)
	g.Fill(pcm)
	if m.frame(pcm) {
		t.Error("a tone is silent")
	}
	l := m.level()
	if math.Abs(l.Mean+6) > .2 || math.Abs(l.Peak+6) > .2 || l.Silent != .5 {
		t.Errorf("%+v, want -6 dB and half silent", l)
	}
}

// Session timers repeat the same SDP every few minutes: sound, digits on their way and G.722's state must go on.
func TestSameMediaAgainIsNotHeard(t *testing.T) {
	g722 := []Format{{PT: 9, Name: "G722", ClockRate: 8000}, {PT: 101, Name: "telephone-event", ClockRate: 8000}}
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		media := func(host string) Media {
			m := to(host)
			m.Send, m.Receive = g722, g722
			return m
		}
		a := newEnd(t, w, hostA, newFakeCard(16000, 440, 1000), EngineConfig{}, media(hostB))
		at := newFakeCard(16000, 0, 440)
		at.keep = true
		b := newEnd(t, w, hostB, at, EngineConfig{}, media(hostA))
		time.Sleep(2 * time.Second)
		if err := a.stream.SendDigits("12"); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			time.Sleep(170 * time.Millisecond)
			for _, x := range []*end{a, b} {
				if err := x.stream.Update(media(map[*end]string{a: hostB, b: hostA}[x])); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got := b.digits(); got != "12" {
			t.Errorf("digits %q over re-INVITEs", got)
		}
		r := b.stop()
		a.stop()
		if r.Buffer.Concealed > 12 || r.Buffer.Resets != 0 { // 50 to 60 ms before the first packet of each digit
			t.Errorf("%+v", r.Buffer)
		}
		for i := 3 * 16000; i < len(at.kept); i++ { // after the digits
			if step := at.kept[i] - at.kept[i-1]; step > .06 || step < -.06 {
				t.Fatalf("a step of %.3f at %.3f s", step, float64(i)/16000)
			}
		}
	})
}

func TestComfortNoiseIsNoLoss(t *testing.T) {
	withScene(t, EngineConfig{}, to(hostB), func(s *scene) {
		t := s.t
		s.peer.talk(50)
		for range 5 {
			s.peer.send(13, false, s.peer.ts, []byte{40})
			s.peer.ts += 8000
			time.Sleep(time.Second)
			s.peer.talk(20)
		}
		r := s.stream.Report()
		if r.Unknown != 5 || r.Buffer.Concealed > 5 || r.Lost != 0 {
			t.Errorf("%+v", r)
		}
	})
}
