package stream

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"intercom/audio/tone"
)

// fakeCard is a card of exact 10 ms frames: its microphone hears one tone, its loudspeaker feeds a detector.
type fakeCard struct {
	rate  int
	voice *tone.Generator // what the microphone hears; nil = silence
	skew  float64         // by how much its clock is fast
	keep  bool            // keep what is played
	mu    sync.Mutex
	kept  []float32
	heard *tone.Detector
	next  time.Time
}

func newFakeCard(rate int, says, hears float64) *fakeCard {
	c := &fakeCard{rate: rate, heard: tone.NewDetector(rate, hears)}
	if says > 0 {
		c.voice = tone.New(tone.Tone{Endless: true, Steps: []tone.Step{{Hz: []float64{says}, Level: .25, On: time.Hour}}}, rate)
	}
	return c
}

func (c *fakeCard) Capture(pcm []float32) error {
	if c.next.IsZero() {
		c.next = time.Now()
	}
	c.next = c.next.Add(time.Duration(float64(frameTime) * (1 - c.skew)))
	time.Sleep(time.Until(c.next))
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(pcm)
	if c.voice != nil {
		c.voice.Fill(pcm)
	}
	return nil
}

func (c *fakeCard) Play(pcm []float32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard.Write(pcm)
	if c.keep {
		c.kept = append(c.kept, pcm...)
	}
	return nil
}

func (c *fakeCard) counts() (blocks, present int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard.Counts()
}

var pcma = []Format{{PT: 8, Name: "PCMA", ClockRate: 8000}, {PT: 101, Name: "telephone-event", ClockRate: 8000, Fmtp: "0-16"}}

// end is one side of a call in a test.
type end struct {
	t      *testing.T
	card   *fakeCard
	engine *Engine
	stream *Stream
	cancel context.CancelFunc
	done   chan error
}

func newEnd(t *testing.T, w *wireNet, host string, card *fakeCard, config EngineConfig, media Media) *end {
	t.Helper()
	config.Card, config.CardRate = card, card.rate
	e, err := NewEngine(config)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Open(Config{Media: media, RTP: w.Listen(host + ":4000"), RTCP: w.Listen(host + ":4001"), Call: host})
	if err != nil {
		t.Fatal(err)
	}
	return runEnd(t, card, e, s)
}

func runEnd(t *testing.T, card *fakeCard, e *Engine, s *Stream) *end {
	x := &end{t: t, card: card, engine: e, stream: s, done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	x.cancel = cancel
	go func() { x.done <- e.Run(ctx) }()
	return x
}

func (x *end) stop() Report {
	r := x.stream.Close()
	x.cancel()
	if err := <-x.done; err != nil {
		x.t.Errorf("Run: %v", err)
	}
	return r
}

// digits takes all digits that have come.
func (x *end) digits() string {
	var got []byte
	for {
		select {
		case e, ok := <-x.stream.Events():
			if !ok {
				return string(got)
			}
			if e.Kind == Digit {
				got = append(got, e.Digit)
			}
		default:
			return string(got)
		}
	}
}

const hostA, hostB = "192.0.2.1", "192.0.2.2"

func to(host string) Media {
	return Media{Remote: netip.AddrPortFrom(netip.MustParseAddr(host), 4000), Send: pcma, Receive: pcma}
}

// rough is a network with 2 % loss, 20 to 60 ms of transit (which reorders) and now and then a duplicate.
func rough(seed uint64) func(wirePacket) []time.Duration {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 0))
	return func(wirePacket) []time.Duration {
		mu.Lock()
		defer mu.Unlock()
		transit := func() time.Duration { return 20*time.Millisecond + time.Duration(r.IntN(40000))*time.Microsecond }
		switch n := r.IntN(1000); {
		case n < 20:
			return nil
		case n < 25:
			return []time.Duration{transit(), transit()}
		}
		return []time.Duration{transit()}
	}
}

func TestTenMinutes(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		w.Shape = rough(1)
		a := newEnd(t, w, hostA, newFakeCard(8000, 440, 1000), EngineConfig{}, to(hostB))
		b := newEnd(t, w, hostB, newFakeCard(8000, 1000, 440), EngineConfig{}, to(hostA))
		if got := a.digits() + b.digits(); got != "" {
			t.Fatalf("digits %q before any was sent", got)
		}
		var want, gotA, gotB string
		for minute := range 10 {
			digits := "159#0*"[minute%3 : minute%3+4]
			want += digits
			if err := a.stream.SendDigits(digits); err != nil {
				t.Fatal(err)
			}
			if err := b.stream.SendDigits(digits); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			gotA, gotB = gotA+a.digits(), gotB+b.digits()
		}
		if gotA != want || gotB != want {
			t.Errorf("digits %q and %q, want %q", gotA, gotB, want)
		}
		for name, x := range map[string]*end{"a": a, "b": b} {
			blocks, present := x.card.counts()
			if present < blocks*8/10 {
				t.Errorf("%s: tone heard in %d of %d blocks of 100 ms", name, present, blocks)
			}
			checkCall(t, name, x.stop())
		}
	})
}

func checkCall(t *testing.T, name string, r Report) {
	t.Helper()
	t.Logf("%s: %+v", name, r)
	if r.Duration < 599*time.Second || r.Duration > 601*time.Second {
		t.Errorf("%s: duration %v, want 10 minutes", name, r.Duration)
	}
	if r.Sent < 29000 || r.Received < 28000 || r.Received > 30000 {
		t.Errorf("%s: sent %d, received %d packets", name, r.Sent, r.Received)
	}
	if share := float64(r.Lost) / float64(r.Received+r.Lost); share < .01 || share > .025 {
		t.Errorf("%s: %.1f %% lost, want about 1.5 (2 %% less the duplicates)", name, 100*share)
	}
	if r.RoundTrip < 40*time.Millisecond || r.RoundTrip > 130*time.Millisecond {
		t.Errorf("%s: round trip %v", name, r.RoundTrip)
	}
	if r.Malformed+r.Foreign+r.Unknown+r.Undecoded+r.Dropped+r.Missed+r.SendFailed != 0 {
		t.Errorf("%s: something was thrown away: %+v", name, r)
	}
	if why := r.OneWay(); why != "" {
		t.Errorf("%s: one-way: %s", name, why)
	}
}
