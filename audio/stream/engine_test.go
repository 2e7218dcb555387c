package stream

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"intercom/audio/tone"
)

func TestCodecsAndRates(t *testing.T) {
	g722 := []Format{{PT: 9, Name: "G722", ClockRate: 8000}, {PT: 101, Name: "telephone-event", ClockRate: 8000}}
	opus := []Format{{PT: 111, Name: "opus", ClockRate: 48000, Fmtp: "useinbandfec=1"}, {PT: 101, Name: "telephone-event", ClockRate: 48000}}
	wide := []Format{{PT: 96, Name: "l16", ClockRate: 16000}, {PT: 101, Name: "telephone-event", ClockRate: 16000}}
	ulaw := []Format{{PT: 0, Name: "PCMU", ClockRate: 8000}}
	tests := []struct {
		name       string
		card, rate int
		formats    []Format
		ptime      time.Duration
		snr        float64
	}{
		{"PCMA, 48 kHz card", 48000, 0, pcma, 0, 30},
		{"PCMU, 8 kHz card, 10 ms", 8000, 0, ulaw, 10 * time.Millisecond, 30},
		{"PCMA, 16 kHz card, 60 ms", 16000, 0, pcma, 60 * time.Millisecond, 30},
		{"G.722, 48 kHz card", 48000, 0, g722, 0, 25},
		{"G.722, 44.1 kHz card", 44100, 0, g722, 0, 25},
		{"Opus, 48 kHz card", 48000, 0, opus, 0, 15},
		{"Opus, 8 kHz card, 40 ms", 8000, 0, opus, 40 * time.Millisecond, 15},
		{"L16 at 16 kHz, 48 kHz card", 48000, 0, wide, 0, 50},
		{"L16 at 16 kHz, all at 48 kHz", 48000, 48000, wide, 40 * time.Millisecond, 50},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWire()
				media := func(host string) Media {
					m := to(host)
					m.Send, m.Receive, m.PTime = tt.formats, tt.formats, tt.ptime
					return m
				}
				a := newEnd(t, w, hostA, newFakeCard(tt.card, 440, 1000), EngineConfig{Rate: tt.rate}, media(hostB))
				b := newEnd(t, w, hostB, newFakeCard(tt.card, 1000, 440), EngineConfig{Rate: tt.rate}, media(hostA))
				time.Sleep(2 * time.Second)
				for _, x := range []*end{a, b} {
					x.card.mu.Lock()
					m := x.card.heard.Last()
					x.card.mu.Unlock()
					if m.SNR < tt.snr || math.Abs(m.Level+12) > 1.5 {
						t.Errorf("heard at %.1f dB with SNR %.1f dB, want -12 and at least %v", m.Level, m.SNR, tt.snr)
					}
					if r := x.stop(); r.Lost != 0 || r.Buffer.Concealed != 0 && x == a {
						t.Errorf("%+v", r)
					}
				}
			})
		})
	}
}

// The clocks of the two cards differ by 100 ppm, either way, for two and a half minutes, in which their frames slip past one another: no concealment, no click.
func TestDrift(t *testing.T) {
	for name, skew := range map[string]float64{"sender fast": 100e-6, "sender slow": -100e-6} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWire()
				from, at := newFakeCard(8000, 440, 1000), newFakeCard(8000, 0, 440)
				from.skew = skew
				at.keep = true
				a := newEnd(t, w, hostA, from, EngineConfig{}, to(hostB))
				b := newEnd(t, w, hostB, at, EngineConfig{}, to(hostA))
				time.Sleep(150 * time.Second)
				r := b.stop()
				a.stop()
				if r.Buffer.Concealed > 0 || r.Buffer.Resets > 0 || r.Buffer.Late > 0 {
					t.Errorf("%+v", r.Buffer)
				}
				if r.Shortened == 0 && skew > 0 || r.Stretched == 0 && skew < 0 {
					t.Errorf("shortened by %v, stretched by %v", r.Shortened, r.Stretched)
				}
				checkSmooth(t, at.kept[8000:], 440, .25)
			})
		})
	}
}

// checkSmooth: no step between two samples that is larger than the tone's own by more than G.711's noise.
func checkSmooth(t *testing.T, pcm []float32, hz, level float64) {
	t.Helper()
	limit := level*2*math.Pi*hz/8000*1.05 + .02
	for i := 1; i < len(pcm); i++ {
		if step := math.Abs(float64(pcm[i] - pcm[i-1])); step > limit {
			t.Errorf("a step of %.3f at %.3f s, the tone has %.3f", step, float64(i)/8000, limit)
			return
		}
	}
}

func TestPrompts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		card := newFakeCard(16000, 0, 425)
		x := newEnd(t, newWire(), hostA, card, EngineConfig{}, to(hostB))
		time.Sleep(time.Second)
		if _, present := card.counts(); present != 0 || x.engine.Playing() {
			t.Fatal("a tone before Play")
		}
		tones, _ := tone.Country("de")
		x.engine.Play(tone.New(tones.Ringback, x.engine.Rate()))
		time.Sleep(10 * time.Second)
		if blocks, present := card.counts(); present < 18 || present > 21 {
			t.Errorf("ringback in %d of %d blocks, want 20: two times one second", present, blocks)
		}
		x.engine.Play(nil)
		if x.engine.Playing() {
			t.Error("playing after Play(nil)")
		}
		x.engine.Play(tone.New(tone.DoorOpened, x.engine.Rate()))
		time.Sleep(tone.DoorOpened.Duration() + 20*time.Millisecond)
		if x.engine.Playing() {
			t.Error("a beep has not ended")
		}
		x.stop()
	})
}

func TestStoppedPromptDoesNotClick(t *testing.T) {
	e, err := NewEngine(EngineConfig{CardRate: 8000})
	if err != nil {
		t.Fatal(err)
	}
	e.Play(tone.New(tone.Tone{Endless: true, Steps: []tone.Step{{Hz: []float64{440}, Level: .25, On: time.Hour}}}, 8000))
	var heard []float32
	for i := range 30 {
		if i == 10 {
			e.Play(nil)
		}
		e.frame(time.Unix(1, 0))
		heard = append(heard, e.speaker...)
	}
	checkSmooth(t, heard, 440, .25)
	if slices.Max(heard[100:800]) < .2 || slices.Max(heard[900:]) != 0 {
		t.Error("the tone was not heard, or not stopped")
	}
}

// brokenCard fails between two moments.
type brokenCard struct {
	*fakeCard
	from, until time.Time
	err         error
}

func (c *brokenCard) Capture(pcm []float32) error {
	if now := time.Now(); !now.Before(c.from) && now.Before(c.until) {
		return c.err
	}
	return c.fakeCard.Capture(pcm)
}

func TestBrokenCardKeepsTheCallAlive(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		card := newFakeCard(8000, 1000, 440)
		broken := &brokenCard{fakeCard: card, from: time.Now().Add(2 * time.Second), until: time.Now().Add(6 * time.Second), err: errors.New("unplugged")}
		var mu sync.Mutex
		var changes []string
		e, err := NewEngine(EngineConfig{Card: broken, CardRate: 8000, CardChanged: func(err error) {
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				err = errors.New("works")
			}
			changes = append(changes, err.Error())
		}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := e.Open(Config{Media: to(hostB), RTP: w.Listen(hostA + ":4000")})
		if err != nil {
			t.Fatal(err)
		}
		x := runEnd(t, card, e, s)
		p := newPeer(t, w, hostB+":4000", netip.MustParseAddrPort(hostA+":4000"))
		p.talk(200) // 4 s: the card is out for two of them
		p.send(101, true, p.ts, []byte{5, 10, 3, 32})
		time.Sleep(2 * frameTime)
		if got := x.digits(); got != "5" {
			t.Errorf("with a broken card: digits %q, want 5", got)
		}
		p.talk(400)
		mu.Lock()
		if got := strings.Join(changes, " "); got != "unplugged works" {
			t.Errorf("told %q", got)
		}
		mu.Unlock()
		if _, present := card.counts(); present < 40 {
			t.Errorf("heard in %d blocks, want about 2 s before and 3 s after", present)
		}
		x.stop()
	})
}

func TestEngineWithoutACard(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		e, err := NewEngine(EngineConfig{})
		if err != nil {
			t.Fatal(err)
		}
		w := newWire()
		s, err := e.Open(Config{Media: to(hostB), RTP: w.Listen(hostA + ":4000")})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()
		time.Sleep(10 * time.Second)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if r := s.Report(); r.Sent < 498 || r.Near.Silent != 1 {
			t.Errorf("%d packets in 10 s, silent %v", r.Sent, r.Near.Silent)
		}
		for range s.Events() { // closed by the end of Run
			t.Error("an event without a peer")
		}
		if _, err := e.Open(Config{Media: to(hostB), RTP: w.Listen(hostA + ":4000")}); !errors.Is(err, ErrClosed) {
			t.Errorf("Open after Run: %v", err)
		}
	})
}

func TestEngineRefusesStrangeRates(t *testing.T) {
	for _, c := range []EngineConfig{{CardRate: 4000}, {CardRate: 48000, Rate: 16001}, {CardRate: -1}} {
		if _, err := NewEngine(c); err == nil {
			t.Errorf("%d to %d Hz: no error", c.CardRate, c.Rate)
		}
	}
}

func TestStreamsAreBounded(t *testing.T) {
	e, _ := NewEngine(EngineConfig{})
	w := newWire()
	var open []*Stream
	for i := range maxStreams {
		s, err := e.Open(Config{Media: to(hostB), RTP: w.Listen(netip.AddrPortFrom(netip.MustParseAddr(hostA), uint16(4000+i)).String())})
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, s)
	}
	if _, err := e.Open(Config{Media: to(hostB), RTP: w.Listen(hostA + ":5000")}); err == nil || !strings.Contains(err.Error(), "4 streams") {
		t.Errorf("one stream too many: %v", err)
	}
	for _, s := range open {
		s.Close()
	}
}

func TestFrameAllocatesNothing(t *testing.T) {
	e, s, p := loaded(t)
	defer s.Close()
	now := time.Unix(1, 0)
	allocs := testing.AllocsPerRun(400, func() { // less than the first RTCP report
		now = now.Add(frameTime)
		p.inject(s, now)
		e.frame(now)
	})
	if allocs != 0 {
		t.Errorf("%v allocations per frame", allocs)
	}
}

// injector feeds a stream with packets as a reader would.
type injector struct {
	packet []byte
	n      int
}

func (p *injector) inject(s *Stream, now time.Time) {
	if p.n++; p.n%2 == 0 {
		return
	}
	k := p.n / 2
	p.packet[2], p.packet[3] = byte(k>>8), byte(k)
	ts := k * 160
	p.packet[4], p.packet[5], p.packet[6], p.packet[7] = byte(ts>>24), byte(ts>>16), byte(ts>>8), byte(ts)
	d := <-s.sockets.free
	d.at, d.from, d.n, d.isRTCP = now, s.media.Remote, copy(d.buf[:], p.packet), false
	s.sockets.full <- d
}

func loaded(tb testing.TB) (*Engine, *Stream, *injector) {
	tb.Helper()
	e, err := NewEngine(EngineConfig{})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := e.Open(Config{Media: to(hostB), RTP: nullConn{newWire().Listen(hostA + ":4000")}})
	if err != nil {
		tb.Fatal(err)
	}
	p := &injector{packet: make([]byte, 172)}
	p.packet[0], p.packet[1], p.packet[11] = 0x80, 8, 7
	for i := range p.packet[12:] {
		p.packet[12+i] = byte(i * 7)
	}
	return e, s, p
}

// nullConn throws away what is sent.
type nullConn struct{ *wireConn }

func (nullConn) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) { return len(b), nil }

func BenchmarkFrame(b *testing.B) {
	e, s, p := loaded(b)
	defer s.Close()
	now := time.Unix(1, 0)
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(frameTime)
		p.inject(s, now)
		e.frame(now)
	}
}

func FuzzDatagram(f *testing.F) {
	f.Add([]byte{0x80, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 7, 0xd5, 0xd5}, false)
	f.Add([]byte{0x80, 101, 0, 1, 0, 0, 0, 160, 0, 0, 0, 7, 5, 0x8a, 3, 32}, false)
	f.Add([]byte{0x80, 200, 0, 6, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1}, true)
	f.Add([]byte{0x81, 201, 0, 7, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0}, true)
	f.Add([]byte{0x80, 203, 0, 1, 0, 0, 0, 7}, true)
	e, err := NewEngine(EngineConfig{CardRate: 8000})
	if err != nil {
		f.Fatal(err)
	}
	s, err := e.Open(Config{Media: to(hostB), RTP: nullConn{newWire().Listen(hostA + ":4000")}})
	if err != nil {
		f.Fatal(err)
	}
	defer s.Close()
	now := time.Unix(1, 0)
	f.Fuzz(func(t *testing.T, data []byte, isRTCP bool) {
		now = now.Add(frameTime)
		d := datagram{at: now, from: s.media.Remote, isRTCP: isRTCP}
		d.n = copy(d.buf[:], data)
		s.datagram(&d)
		e.frame(now)
		for _, v := range e.speaker {
			if v != v || v > 1 || v < -1 {
				t.Fatalf("sample %v", v)
			}
		}
		for len(s.events) > 0 {
			<-s.events
		}
	})
}

func TestInbandDigits(t *testing.T) {
	for _, on := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWire()
			a := newEnd(t, w, hostA, newFakeCard(8000, 0, 440), EngineConfig{}, to(hostB))
			e, err := NewEngine(EngineConfig{Card: newFakeCard(8000, 0, 440), CardRate: 8000})
			if err != nil {
				t.Fatal(err)
			}
			s, err := e.Open(Config{Media: to(hostA), RTP: w.Listen(hostB + ":4000"), Inband: on})
			if err != nil {
				t.Fatal(err)
			}
			b := runEnd(t, nil, e, s)
			time.Sleep(time.Second)
			a.card.mu.Lock() // tones into the microphone, as a gateway would mix them
			a.card.voice = tone.New(tone.Tone{Steps: []tone.Step{{Hz: []float64{770, 1336}, Level: .2, On: 100 * time.Millisecond, Off: 100 * time.Millisecond},
				{Hz: []float64{941, 1477}, Level: .2, On: 100 * time.Millisecond, Off: time.Second}}}, 8000)
			a.card.mu.Unlock()
			time.Sleep(500 * time.Millisecond)
			if got := b.digits(); (got == "5#") != on || (got == "") == on {
				t.Errorf("detector on %v: digits %q", on, got)
			}
			_ = a.stream.SendDigits("#1") // the gateway sends the event too
			time.Sleep(time.Second)
			if got := b.digits(); (got == "1") != on || (got == "#1") == on {
				t.Errorf("detector on %v: events %q", on, got)
			}
			a.stop()
			b.stop()
		})
	}
}
