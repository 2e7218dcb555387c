package stream

import (
	"slices"
	"strings"
	"testing"
	"time"

	"intercom/audio/gain"
	"intercom/audio/tone"
)

// boxes records in which order the chain is run.
type boxes struct {
	calls []string
	far   []float32
}

type namedBox struct {
	*boxes
	name string
}

func (b namedBox) Process([]float32) { b.calls = append(b.calls, b.name) }

func (b namedBox) FarTalks(isTalking bool) {
	if isTalking {
		b.calls = append(b.calls, "far")
	}
}

func noHighPass(int) (Box, error) { return namedBox{&boxes{}, ""}, nil }

// recordingSwitch halves what is played.
type recordingSwitch struct{ *boxes }

func (b recordingSwitch) Decide(far, near float64) (toSpeaker, toNetwork gain.Ramp) {
	b.calls = append(b.calls, "switch")
	return gain.Ramp{From: .5, To: .5}, gain.Ramp{From: 1, To: 1}
}

// recordingEcho keeps its reference and lets the microphone through.
type recordingEcho struct{ *boxes }

func (b recordingEcho) Process(out, near, far []float32) {
	b.calls = append(b.calls, "echo")
	b.boxes.far = append(b.boxes.far, far...)
	copy(out, near)
}

// delayCard tells a delay and has an impulse-like prompt played at it.
type delayCard struct {
	*fakeCard
	delay int
}

func (c *delayCard) Delay() int { return c.delay }

func TestChainAndEchoReference(t *testing.T) {
	b := &boxes{}
	card := &delayCard{newFakeCard(8000, 0, 440), 400} // 50 ms
	e, err := NewEngine(EngineConfig{Card: card, CardRate: 8000, NewHighPass: noHighPass, Echo: recordingEcho{b},
		Noise: namedBox{b, "noise"}, Switch: recordingSwitch{b}, Gain: namedBox{b, "gain"}})
	if err != nil {
		t.Fatal(err)
	}
	var played []float32
	e.Play(tone.New(tone.DoorOpened, 8000))
	for range 30 {
		e.frame(time.Unix(1, 0))
		played = append(played, e.speaker...)
	}
	if got := strings.Join(b.calls[:5], " "); got != "echo noise switch far gain" {
		t.Errorf("order: %s", got)
	}
	if slices.Max(played) > .2 {
		t.Error("the switch does not act on the loudspeaker")
	}
	if !slices.Equal(b.far[392:], played[:len(b.far)-392]) {
		t.Error("the reference is not what was played 400 samples before, less 1 ms")
	}
	card.delay = 403 // within the card's own error
	e.frame(time.Unix(1, 0))
	if e.history.delay != 392 {
		t.Errorf("a wobble of 3 samples moved the reference to %d", e.history.delay)
	}
	card.delay = 800
	e.frame(time.Unix(1, 0))
	if e.history.delay != 792 {
		t.Errorf("a jump to 800 samples left the reference at %d", e.history.delay)
	}
}

// The canceller must see both sides through the same filter.
func TestReferenceIsFilteredLikeTheMicrophone(t *testing.T) {
	b := &boxes{}
	e, err := NewEngine(EngineConfig{Card: &delayCard{newFakeCard(8000, 0, 440), 160}, CardRate: 8000, Echo: recordingEcho{b}})
	if err != nil {
		t.Fatal(err)
	}
	e.Play(tone.New(tone.Tone{Endless: true, Steps: []tone.Step{{Hz: []float64{35}, Level: .5, On: time.Hour}}}, 8000))
	for range 100 {
		e.frame(time.Unix(1, 0))
	}
	if m := tone.Measure(b.far[4000:], 8000, 35); m.Level > -22 || m.Level < -26 { // -6 dB and 18 dB per octave below 70 Hz
		t.Errorf("35 Hz in the reference at %.1f dB, want -24", m.Level)
	}
}
