package stream

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"intercom/audio/tone"
)

// Two calls at once, as when a second phone is rung with early media: the loudspeaker plays both, both hear the visitor.
func TestTwoStreamsAtOnce(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		card := newFakeCard(8000, 1000, 440)
		card.keep = true
		e, err := NewEngine(EngineConfig{Card: card, CardRate: 8000})
		if err != nil {
			t.Fatal(err)
		}
		var streams []*Stream
		for _, port := range []string{":4000", ":5000"} {
			remote := netip.MustParseAddrPort(hostB + port)
			s, err := e.Open(Config{Media: Media{Remote: remote, Send: pcma, Receive: pcma}, RTP: w.Listen(hostA + port)})
			if err != nil {
				t.Fatal(err)
			}
			streams = append(streams, s)
		}
		x := runEnd(t, card, e, streams[0])
		first := newPeer(t, w, hostB+":4000", netip.MustParseAddrPort(hostA+":4000"))
		second := newPeer(t, w, hostB+":5000", netip.MustParseAddrPort(hostA+":5000"))
		second.tone = tone.New(tone.Tone{Endless: true, Steps: []tone.Step{{Hz: []float64{620}, Level: .25, On: time.Hour}}}, 8000)
		done := make(chan struct{})
		go func() {
			second.talk(100)
			close(done)
		}()
		first.talk(100)
		<-done
		if a, b := len(first.received()), len(second.received()); a < 98 || b < 98 {
			t.Errorf("%d and %d packets sent", a, b)
		}
		card.mu.Lock()
		both := card.kept[len(card.kept)-8000:]
		card.mu.Unlock()
		for _, hz := range []float64{440, 620} {
			if m := tone.Measure(both, 8000, hz); m.Level < -13 || m.Level > -11 {
				t.Errorf("%v Hz is heard at %.1f dB, want -12", hz, m.Level)
			}
		}
		streams[1].Close()
		first.talk(20)
		second.received()
		first.talk(50)
		if got := len(second.received()); got != 0 {
			t.Errorf("%d packets to a closed call", got)
		}
		x.stop()
	})
}

// A beep during a call is mixed with the voice and does not reach the phone.
func TestPromptDuringACall(t *testing.T) {
	withScene(t, EngineConfig{}, to(hostB), func(s *scene) {
		t := s.t
		s.peer.talk(50)
		s.card.mu.Lock()
		s.card.keep, s.card.kept = true, nil
		s.card.mu.Unlock()
		s.peer.received()
		s.engine.Play(tone.New(tone.Tone{Endless: true, Steps: []tone.Step{{Hz: []float64{2000}, Level: .25, On: time.Hour}}}, s.engine.Rate()))
		s.peer.talk(50)
		s.card.mu.Lock()
		heard := s.card.kept
		s.card.mu.Unlock()
		for _, hz := range []float64{440, 2000} {
			if m := tone.Measure(heard[800:], 8000, hz); m.Level < -13 {
				t.Errorf("%v Hz at %.1f dB in the loudspeaker", hz, m.Level)
			}
		}
		var sent []float32
		for _, p := range s.peer.received() {
			sent, _ = alaw{}.Decode(sent, p.Payload)
		}
		if m := tone.Measure(sent, 8000, 2000); m.Level > -50 {
			t.Errorf("the phone hears the beep at %.1f dB", m.Level)
		}
		if m := tone.Measure(sent, 8000, 1000); m.Level < -13 {
			t.Errorf("the phone hears the visitor at %.1f dB", m.Level)
		}
	})
}

// The sum of loud calls and tones is limited, not clipped: no sample passes the ceiling.
func TestLoudSumIsLimited(t *testing.T) {
	e, err := NewEngine(EngineConfig{CardRate: 8000})
	if err != nil {
		t.Fatal(err)
	}
	e.Play(tone.New(tone.Tone{Endless: true, Steps: []tone.Step{{Hz: []float64{300, 1100}, Level: .9, On: time.Hour}}}, 8000))
	var heard []float32
	for range 100 {
		e.frame(time.Unix(1, 0))
		heard = append(heard, e.speaker...)
	}
	for i, v := range heard {
		if v > .9 || v < -.9 {
			t.Fatalf("sample %d is %v", i, v)
		}
	}
	if m := tone.Measure(heard[4000:], 8000, 300, 1100); m.SNR < 12 {
		t.Errorf("what is left of two tones has an SNR of %.1f dB", m.SNR)
	}
}
