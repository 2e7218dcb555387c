package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom/sipua"
	"intercom/sipua/simnet"
)

// play runs a demonstration in memory, where its seconds take milliseconds, and answers the facts it printed.
func play(t *testing.T, o Options, spoil func(*stage)) (facts map[string]fact, err error) {
	t.Helper()
	facts = map[string]fact{}
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		o.Out, o.JSON, o.Network = &out, true, loopback()
		if testing.Verbose() {
			o.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
		}
		o.spoil = spoil
		err = Run(t.Context(), o)
		for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
			var f fact
			if err := json.Unmarshal([]byte(line), &f); err != nil {
				t.Fatalf("%q is no fact: %v", line, err)
			}
			facts[f.Fact] = f
		}
	})
	return facts, err
}

// loopback is a network in memory on which everybody has the address 127.0.0.1.
func loopback() sipua.Network {
	return simnet.New(simnet.Config{Seed: 1}).Host(netip.MustParseAddr("127.0.0.1"))
}

// The facts that every demonstration with the desk phone proves.
var everyFact = []string{
	"board", "dns naptr", "dns srv", "dns first target", "dns next target", "register 401", "register answer", "register 200",
	"desk registered", "refresh", "press", "lamp ringing", "INVITE", "180", "200", "ACK", "one press", "lamp call", "tone at the desk",
	"tone at the door", "relay on", "lamp door", "relay off", "BYE", "BYE 200", "RTP at the door", "RTP at the desk",
	"lamps after", "unregister", "shutdown",
}

func TestStories(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		also []string
	}{
		{"plain", Options{}, nil},
		{"code by INFO", Options{Info: true}, nil},
		{"wrong code", Options{WrongCode: true}, []string{"wrong code", "relay still off"}},
		{"registrar dies", Options{KillPBX: true}, []string{"registrar killed", "door failover", "desk failover"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			facts, err := play(t, c.o, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range append(c.also, everyFact...) {
				if !facts[name].Proven {
					t.Errorf("%s is not proven: %+v", name, facts[name])
				}
			}
		})
	}
}

// Whatever part is broken, the demonstration must end at the fact that shows it.
func TestBrokenPartsAreFound(t *testing.T) {
	for _, c := range []struct {
		name, fact string
		o          Options
		spoil      func(*stage)
	}{
		{"nobody answers in DNS", "dns naptr", Options{}, func(s *stage) {
			if err := s.zone.Set("$ORIGIN " + domain + ".\nother 60 IN A 127.0.0.1\n"); err != nil {
				t.Fatal(err)
			}
		}},
		{"no registrar lives", "dns next target", Options{}, func(s *stage) { s.registrar[0].kill(); s.registrar[1].kill() }},
		{"the visitor is silent", "tone at the desk", Options{}, func(s *stage) { s.mouth.silent.Store(true) }},
		{"the desk is silent", "tone at the door", Options{}, func(s *stage) { s.desk.mouth.silent.Store(true) }},
		{"the relay is stuck", "relay on", Options{}, func(s *stage) {
			if err := s.board.FailRelay("strike", errors.New("broken")); err != nil {
				t.Fatal(err)
			}
		}},
		{"the desk rings for ever", "200", Options{}, func(s *stage) { s.desk.rings = limit }},
		{"nobody at the phone's address", "lamp ringing|INVITE|ringing", Options{Phone: "sip:nobody@127.0.0.1:9"}, func(*stage) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			facts, err := play(t, c.o, c.spoil)
			if !errors.Is(err, ErrNotProven) {
				t.Fatalf("error %v, want one that a fact is not proven", err)
			}
			if !endedAt(facts, c.fact) {
				t.Errorf("it did not end at %q: %v", c.fact, err)
			}
		})
	}
}

// endedAt tells whether one of the facts, of which some are seen at the same moment, was told not to be true.
func endedAt(facts map[string]fact, names string) bool {
	for _, name := range strings.Split(names, "|") {
		if f, told := facts[name]; told && !f.Proven {
			return true
		}
	}
	return false
}

func TestKeepEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		ctx, cancel := context.WithCancel(t.Context())
		story := make(chan error, 1)
		go func() { story <- Run(ctx, Options{Out: &out, Network: loopback(), Keep: true}) }()
		wait(ctx, limit)
		select {
		case err := <-story:
			t.Fatalf("it did not stay up: %v", err)
		default:
		}
		cancel()
		if err := <-story; err != nil {
			t.Error(err)
		}
		if text := out.String(); !strings.Contains(text, "Staying up") || !strings.Contains(text, "shutdown") {
			t.Errorf("it printed\n%s", text)
		}
	})
}

// keyboard gives one key after the other, each a while after the one before.
type keyboard struct{ keys string }

func (k *keyboard) Read(b []byte) (int, error) {
	time.Sleep(5 * time.Second)
	if k.keys == "" {
		return 0, io.EOF
	}
	b[0], k.keys = k.keys[0], k.keys[1:]
	return 1, nil
}

// While it stays up, a key presses the button, and the terminal is raw for no longer than that.
func TestKeysPressTheButton(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		raw, restored := 0, 0
		err := Run(t.Context(), Options{Out: &out, Network: loopback(), Keep: true, Keys: &keyboard{keys: "1sxq"}, Raw: func() (func(), error) {
			if !strings.Contains(out.String(), "Staying up") {
				t.Error("the terminal is raw while the story is told")
			}
			raw++
			return func() { restored++ }, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if raw != 1 || restored == 0 {
			t.Errorf("raw %d times, restored %d times", raw, restored)
		}
		_, stay, _ := strings.Cut(out.String(), "Staying up")
		for _, want := range []string{"proxy sip:127.0.0.1:", "event pressed front", "lamp ringing on", "ok   shutdown"} {
			if !strings.Contains(stay, want) {
				t.Errorf("%q is missing in\n%s", want, stay)
			}
		}
	})
}

func TestTerminalThatIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		none := errors.New("no terminal")
		err := Run(t.Context(), Options{Out: io.Discard, Network: loopback(), Keep: true, Keys: &keyboard{}, Raw: func() (func(), error) { return nil, none }})
		if !errors.Is(err, none) {
			t.Errorf("it ended with %v", err)
		}
	})
}

// What the README shows is what there is: the same facts in the same order.
func TestREADMEShowsTheFacts(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, line := range strings.Split(string(text), "\n") {
		if f, ok := strings.CutPrefix(line, "    ok   "); ok {
			shown = append(shown, strings.TrimSpace(f[:18]))
		}
	}
	if !slices.Equal(shown, everyFact) {
		t.Errorf("the README shows\n%q\nand the facts are\n%q", shown, everyFact)
	}
}
