package firmware

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"intercom/firmware/config"
	"intercom/hal"
	"intercom/sipua/sip"
)

// house is the station of most tests: two bells, two relays, two codes, three contacts.
const house = `
[[account]]
aor = "sip:door@example.org"
password = "secret"

[[button]]
name = "front"
line = 1
targets = ["11", "12"]

[[button]]
name = "side"
line = 2
ring = "sequential"
ring_timeout = "15s"
targets = ["21", "22", "23"]

[[relay]]
name = "strike"
line = 3

[[relay]]
name = "gate"
line = 4
pulse = "1s"
ceiling = "5s"

[[code]]
digits = "2704"
relay = "strike"
allowed = ["11"]

[[code]]
digits = "386915"
relay = "gate"
placed_calls = false
allowed = ["sip:guard@security.example"]

[[input]]
name = "exit"
line = 5
role = "exit"

[[input]]
name = "contact"
line = 6
role = "door"
held_open = "45s"

[[input]]
name = "cover"
line = 7
role = "tamper"

[calls]
auto_answer = true
auto_answer_delay = "2s"
allowed = ["11", "sip:guard@security.example"]
`

// harness drives a station and records what it does, one line for each effect.
type harness struct {
	t       *testing.T
	now     time.Time
	station *Station
	effects []string // since the last want
	diary   []Note   // since the last wantNote
	lamps   map[string]bool
	blinks  map[string]int // how often each lamp was switched
	onSince map[string]time.Time
	legs    Leg
	voice   Leg

	failDial  map[string]error // by target
	failVoice error
	failLamp  error
	failRelay func(on bool) error
}

func newHarness(t *testing.T, text string) *harness {
	t.Helper()
	cfg, err := config.Parse("test.toml", []byte(text))
	if err != nil {
		t.Fatalf("configuration: %v", err)
	}
	return harnessFor(t, cfg)
}

func harnessFor(t *testing.T, cfg *config.Config) *harness {
	t.Helper()
	h := &harness{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), lamps: map[string]bool{}, blinks: map[string]int{},
		onSince: map[string]time.Time{}, failDial: map[string]error{}}
	h.station = NewStation(cfg, Outside{Phone: phone{h}, Voice: voice{h}, Board: board{h}, Journal: journal{h}})
	h.station.Advance(h.now)
	return h
}

// at changes the house's configuration: each pair is a text and what stands instead.
func at(pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(house, pairs[i]) {
			panic("the house has no " + pairs[i])
		}
	}
	return strings.NewReplacer(pairs...).Replace(house)
}

func (h *harness) did(format string, args ...any) {
	h.effects = append(h.effects, fmt.Sprintf(format, args...))
}

type phone struct{ h *harness }

func (p phone) Dial(i Invitation) (Leg, error) {
	if err := p.h.failDial[i.Target]; err != nil {
		p.h.did("cannot dial %s", i.Target)
		return 0, err
	}
	p.h.legs++
	p.h.did("dial %d %s", p.h.legs, i.Target)
	return p.h.legs, nil
}
func (p phone) Ring(leg Leg)               { p.h.did("ring %d", leg) }
func (p phone) Answer(leg Leg)             { p.h.did("answer %d", leg) }
func (p phone) Reject(leg Leg, status int) { p.h.did("reject %d %d", leg, status) }
func (p phone) Hangup(leg Leg)             { p.h.did("hang up %d", leg) }
func (p phone) Release(leg Leg)            { p.h.did("release %d", leg) }

type voice struct{ h *harness }

func (v voice) Start(leg Leg) error {
	if v.h.failVoice != nil {
		return v.h.failVoice
	}
	if v.h.voice != 0 {
		v.h.t.Errorf("voice of %d starts while that of %d is on", leg, v.h.voice)
	}
	v.h.voice = leg
	v.h.did("voice on %d", leg)
	return nil
}

func (v voice) Stop(leg Leg) {
	if v.h.voice != leg {
		v.h.t.Errorf("voice of %d stops while that of %d is on", leg, v.h.voice)
	}
	v.h.voice = 0
	v.h.did("voice off %d", leg)
}

func (v voice) Play(s Sound) { v.h.did("play %s", s) }

type board struct{ h *harness }

func (b board) SetLamp(name hal.Lamp, on bool) error {
	if b.h.failLamp != nil {
		return b.h.failLamp
	}
	b.h.lamps[string(name)] = on
	b.h.blinks[string(name)]++
	return nil
}

func (b board) SetRelay(name hal.Relay, on bool) error {
	if b.h.failRelay != nil {
		if err := b.h.failRelay(on); err != nil {
			b.h.did("relay %s refuses", name)
			return err
		}
	}
	if !on {
		delete(b.h.onSince, string(name))
		b.h.did("relay %s off", name)
		return nil
	}
	if _, already := b.h.onSince[string(name)]; already {
		b.h.t.Errorf("relay %s is switched on twice", name)
	}
	b.h.onSince[string(name)] = b.h.now
	b.h.did("relay %s on", name)
	return nil
}

type journal struct{ h *harness }

func (j journal) Note(now time.Time, n Note) {
	if !now.Equal(j.h.now) {
		j.h.t.Errorf("a note of %v at %v", now, j.h.now)
	}
	j.h.diary = append(j.h.diary, n)
}

// Drive.

func (h *harness) receive(m Message)       { h.t.Helper(); h.station.Receive(h.now, m); h.check() }
func (h *harness) press(name string)       { h.t.Helper(); h.receive(Pressed{name}) }
func (h *harness) answer(leg Leg)          { h.t.Helper(); h.receive(Established{leg}) }
func (h *harness) end(leg Leg, status int) { h.t.Helper(); h.receive(Ended{leg, status, "Reason"}) }
func (h *harness) input(name string, b bool) {
	h.t.Helper()
	h.receive(InputChanged{Input: name, On: b})
}

// call is a call to the door from a believable user@host.
func (h *harness) call(leg Leg, from string) {
	h.t.Helper()
	user, host, _ := strings.Cut(from, "@")
	h.receive(Incoming{Leg: leg, From: sip.URI{Scheme: "sip", User: user, Host: host}, Trusted: true})
}

// type enters keys by RFC 4733, half a second apart.
func (h *harness) enter(leg Leg, keys string) { h.t.Helper(); h.enterBy(leg, keys, config.DTMFRTP) }

func (h *harness) enterBy(leg Leg, keys string, method config.Method) {
	h.t.Helper()
	for i := range len(keys) {
		if i > 0 {
			h.advance(500 * time.Millisecond)
		}
		h.receive(Digit{leg, keys[i], method})
	}
}

// advance lets time pass, and calls the station at its deadlines as the loop would.
func (h *harness) advance(d time.Duration) {
	h.t.Helper()
	target := h.now.Add(d)
	for steps := 0; ; steps++ {
		next := h.station.Deadline()
		if next.IsZero() || next.After(target) {
			break
		}
		if !next.After(h.now) || steps > 100_000 {
			h.t.Fatalf("the deadline %v is not after %v", next, h.now)
		}
		h.now = next
		h.station.Advance(h.now)
		h.check()
	}
	h.now = target
}

// check holds what must be true at all times.
func (h *harness) check() {
	h.t.Helper()
	for name, since := range h.onSince {
		ceiling := h.station.relay(name).config.Ceiling
		if h.failRelay == nil && h.now.Sub(since) >= ceiling {
			h.t.Fatalf("relay %s is on for %v, its ceiling is %v", name, h.now.Sub(since), ceiling)
		}
	}
	if (h.voice != 0) != (h.station.state == InCall) {
		h.t.Fatalf("voice of leg %d in state %v", h.voice, h.station.state)
	}
	if next := h.station.Deadline(); !next.IsZero() && !next.After(h.now) {
		h.t.Fatalf("the deadline %v is not after %v", next, h.now)
	}
}

// Expect.

func (h *harness) want(effects ...string) {
	h.t.Helper()
	if !slices.Equal(h.effects, effects) {
		h.t.Fatalf("\n got %q\nwant %q", h.effects, effects)
	}
	h.effects = nil
}

func (h *harness) wantNothing() { h.t.Helper(); h.want() }

func (h *harness) wantState(s State) {
	h.t.Helper()
	if h.station.State() != s {
		h.t.Fatalf("state %v, want %v", h.station.State(), s)
	}
}

// wantRelay looks at the board, not at the station's books.
func (h *harness) wantRelay(name string, on bool) {
	h.t.Helper()
	if _, is := h.onSince[name]; is != on {
		h.t.Fatalf("relay %s on: %v, want %v; effects %q", name, is, on, h.effects)
	}
}

// wantNote finds a note of that kind since the last call and forgets those up to it.
func (h *harness) wantNote(kind NoteKind) Note {
	h.t.Helper()
	for i, n := range h.diary {
		if n.Kind == kind {
			h.diary = h.diary[i+1:]
			return n
		}
	}
	h.t.Fatalf("no note %q in %v", kind, h.diary)
	return Note{}
}

func (h *harness) wantNoNote(kind NoteKind) {
	h.t.Helper()
	for _, n := range h.diary {
		if n.Kind == kind {
			h.t.Fatalf("a note %q: %+v", kind, n)
		}
	}
}

// forget drops what was recorded, where a test begins.
func (h *harness) forget() { h.effects, h.diary = nil, nil }

// inCall brings the station into a call that the front button placed to 11 (leg 1).
func (h *harness) inCall() Leg {
	h.t.Helper()
	h.press("front")
	first := h.legs - 1
	h.answer(first)
	h.wantState(InCall)
	h.forget()
	return first
}

var errTest = errors.New("out of order")
