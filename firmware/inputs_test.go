package firmware

import (
	"errors"
	"testing"
	"time"

	"intercom/firmware/config"
	"intercom/hal"
	"intercom/sipua/sip"
)

func TestExitButtonOpensInEveryState(t *testing.T) {
	for name, prepare := range map[string]func(h *harness){
		"idle":      func(*harness) {},
		"dialing":   func(h *harness) { h.press("front") },
		"answering": func(h *harness) { h.call(9, "11@example.org") },
		"in call":   func(h *harness) { h.inCall() },
		"locked":    func(h *harness) { h.wrong(h.inCall(), 5) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, house)
			prepare(h)
			h.wantRelay("strike", false)
			h.input("exit", true)
			h.wantRelay("strike", true)
			if n := h.wantNote(NoteRelayOn); n.Text != "exit button exit" {
				t.Errorf("note %+v", n)
			}
			h.advance(3 * time.Second) // kept down: one pulse
			h.wantRelay("strike", false)
			h.input("exit", true)
			h.wantRelay("strike", false)
			h.input("exit", false)
			h.wantRelay("strike", false)
			h.input("exit", true)
			h.wantRelay("strike", true)
		})
	}
}

func TestExitButtonAfterShutdown(t *testing.T) {
	h := newHarness(t, house)
	h.receive(Shutdown{})
	h.input("exit", true)
	h.wantRelay("strike", false)
}

// A contact that is closed when the station starts, by a wire that was cut or a button that is jammed, must not open the
// door each time the program is started anew.
func TestExitButtonHeldAtTheStart(t *testing.T) {
	h := newHarness(t, house)
	h.receive(InputChanged{Input: "exit", On: true, Initial: true})
	h.wantRelay("strike", false)
	h.advance(time.Minute)
	h.wantRelay("strike", false)
	h.input("exit", false)
	h.wantRelay("strike", false)
	h.input("exit", true)
	h.wantRelay("strike", true)
}

func TestContactOpensNothing(t *testing.T) {
	h := newHarness(t, house)
	for _, name := range []string{"contact", "cover", "front", "strike", ""} {
		h.input(name, true)
		h.input(name, false)
	}
	h.wantNothing()
}

// Who opened a door before the station started, nobody knows; but it may stand open for too long.
func TestDoorOpenAtTheStart(t *testing.T) {
	h := newHarness(t, house)
	h.receive(InputChanged{Input: "contact", On: true, Initial: true})
	h.wantNoNote(NoteForced)
	h.advance(time.Minute)
	h.wantNote(NoteHeldOpen)
}

func TestForcedDoor(t *testing.T) {
	h := newHarness(t, house)
	h.input("contact", true)
	h.wantNote(NoteForced)
	h.input("contact", false)
	h.forget()

	h.input("exit", true)
	h.input("contact", true)
	h.wantNoNote(NoteForced)
	h.input("contact", false)
	h.advance(3 * time.Second) // relay off
	h.advance(doorGrace)
	h.input("contact", true)
	h.wantNoNote(NoteForced)
	h.input("contact", false)
	h.advance(1)
	h.input("contact", true)
	h.wantNote(NoteForced)
}

func TestHeldOpen(t *testing.T) {
	h := newHarness(t, house)
	h.register()
	h.input("contact", true)
	h.advance(45*time.Second - 1)
	h.wantNoNote(NoteHeldOpen)
	if h.station.conditions().fault {
		t.Error("a fault too early")
	}
	h.advance(1)
	h.wantNote(NoteHeldOpen)
	if !h.station.conditions().fault {
		t.Error("no fault")
	}
	h.advance(time.Hour)
	h.wantNoNote(NoteHeldOpen) // once
	h.input("contact", false)
	if h.station.conditions().fault {
		t.Error("still a fault when the door is shut")
	}
	h.input("contact", true)
	h.advance(30 * time.Second)
	h.input("contact", false)
	h.advance(time.Minute)
	h.wantNoNote(NoteHeldOpen)
}

func TestHeldOpenSwitchedOff(t *testing.T) {
	h := newHarness(t, at(`held_open = "45s"`, `held_open = "0s"`))
	h.input("contact", true)
	h.advance(24 * time.Hour)
	h.wantNoNote(NoteHeldOpen)
}

func TestTamper(t *testing.T) {
	h := newHarness(t, house)
	h.register()
	h.input("cover", true)
	h.wantNote(NoteInput)
	if !h.station.conditions().fault {
		t.Error("an open cover is no fault")
	}
	h.input("cover", false)
	if h.station.conditions().fault {
		t.Error("a closed cover is a fault")
	}
}

func TestRegistrationShows(t *testing.T) {
	h := newHarness(t, house)
	if !h.station.conditions().fault {
		t.Error("well before anything is registered")
	}
	h.receive(RegistrationChanged{Account: "unknown"})
	if !h.station.conditions().fault {
		t.Error("an unknown account made it well")
	}
	h.register()
	h.wantNote(NoteRegistered)
	if h.station.conditions().fault {
		t.Error("ill although registered")
	}
	h.receive(RegistrationChanged{Account: "unknown", Err: errTest})
	if h.station.conditions().fault {
		t.Error("an unknown account made it ill")
	}
	h.receive(RegistrationChanged{Account: "main", Err: errTest})
	if n := h.wantNote(NoteFault); n.Name != "main" || n.Err != errTest {
		t.Errorf("note %+v", n)
	}
	if !h.station.conditions().fault {
		t.Error("well although not registered")
	}
}

func TestAccountThatNeedNotRegister(t *testing.T) {
	h := newHarness(t, at("password = \"secret\"", "register = false"))
	if h.station.conditions().fault {
		t.Error("ill without a registration nobody wants")
	}
}

func TestFaultsOfParts(t *testing.T) {
	h := newHarness(t, house)
	h.register()
	h.receive(Faulted{Part: "sound card", Err: errTest})
	h.wantNote(NoteFault)
	h.receive(Faulted{Part: "sound card", Err: errTest})
	h.wantNoNote(NoteFault) // known already
	if !h.station.conditions().fault {
		t.Error("well with a dead sound card")
	}
	h.receive(Faulted{Part: "sound card"})
	if h.station.conditions().fault {
		t.Error("ill although all works")
	}
	for i := range 10 * maxFaults {
		h.receive(Faulted{Part: string(rune('a' + i)), Err: errTest})
	}
	if got := len(h.station.health.faults); got != maxFaults {
		t.Errorf("the table holds %d faults", got)
	}
}

func TestMessagesOfTheBoard(t *testing.T) {
	fault := errors.New("stuck")
	for _, tt := range []struct {
		event hal.Event
		want  Message
	}{
		{hal.Event{Kind: hal.Pressed, Name: "front"}, Pressed{"front"}},
		{hal.Event{Kind: hal.Released, Name: "front"}, Faulted{Part: "board front"}},
		{hal.Event{Kind: hal.InputOn, Name: "exit"}, InputChanged{Input: "exit", On: true}},
		{hal.Event{Kind: hal.InputOff, Name: "exit"}, InputChanged{Input: "exit"}},
		{hal.Event{Kind: hal.InputOn, Name: "exit", Initial: true}, InputChanged{Input: "exit", On: true, Initial: true}},
		{hal.Event{Kind: hal.Fault, Name: "front", Err: fault}, Faulted{"board front", fault}},
		{hal.Event{}, nil},
	} {
		if got, ok := MessageOf(tt.event); got != tt.want || ok != (tt.want != nil) {
			t.Errorf("%v: %v, want %v", tt.event, got, tt.want)
		}
	}
}

func TestStuckButtonRecovers(t *testing.T) {
	h := newHarness(t, house)
	h.register()
	for _, e := range []hal.Event{{Kind: hal.Fault, Name: "front", Err: errTest}, {Kind: hal.Released, Name: "front"}} {
		ill := e.Kind == hal.Fault
		m, _ := MessageOf(e)
		h.receive(m)
		if h.station.conditions().fault != ill {
			t.Errorf("after %v a fault: %v", e.Kind, !ill)
		}
	}
}

func TestWiring(t *testing.T) {
	cfg, err := config.Parse("test.toml", []byte(`
[board]
i2s = false
[[button]]
name = "bell"
chip = "pinctrl-rp1"
line = 17
bias = "none"
debounce = "50ms"
min_press = "0s"
stuck = "0s"
targets = ["sip:a@b"]
[[relay]]
name = "strike"
line = 18
active_low = true
[[lamp]]
name = "status"
line = 19
[[input]]
name = "contact"
line = 20
role = "door"
active_low = false
bias = "pull-down"
[[input]]
name = "cover"
line = 21
role = "tamper"
`))
	if err != nil {
		t.Fatal(err)
	}
	w := WiringOf(cfg)
	if err := w.Validate(); err != nil {
		t.Fatal(err)
	}
	ms := time.Millisecond
	wantLine := func(got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	wantLine(w.Buttons[0], hal.InputLine{Name: "bell", Chip: "pinctrl-rp1", Offset: 17, ActiveLow: true, Bias: hal.BiasNone, Settle: 50 * ms, MinPress: -1, Stuck: -1})
	wantLine(w.Inputs[0], hal.InputLine{Name: "contact", Offset: 20, Bias: hal.BiasDown, Settle: 30 * ms})
	wantLine(w.Inputs[1], hal.InputLine{Name: "cover", Offset: 21, ActiveLow: true, Bias: hal.BiasUp, Settle: 30 * ms})
	wantLine(w.Lamps[0], hal.OutputLine{Name: "status", Offset: 19})
	wantLine(w.Relays[0], hal.OutputLine{Name: "strike", Offset: 18, ActiveLow: true})
}

func TestSplitURI(t *testing.T) {
	for _, tt := range []struct{ uri, user, host string }{
		{"sip:11@Example.org", "11", "example.org"},
		{"sips:11@example.org:5061;transport=tcp?x=y", "11", "example.org"},
		{"sip:example.org:5060", "", "example.org"},
		{"sip:11@[2001:DB8::1]:5060", "11", "2001:db8::1"},
		{"sip:%2331%23@example.org", "#31#", "example.org"},
		{"sip:100%@example.org", "100%", "example.org"},
		{"", "", ""},
	} {
		if user, host := splitURI(tt.uri); user != tt.user || host != tt.host {
			t.Errorf("%s: %q at %q", tt.uri, user, host)
		}
	}
	if got := partyOf(sip.URI{Host: "H"}, false).String(); got != "sip:h" {
		t.Errorf("a host alone is %q", got)
	}
}

func TestNumbersAreMeantAtTheEmbeddedPBXToo(t *testing.T) {
	h := newHarness(t, house+"[pbx]\nenabled = true\ndomain = \"home.example\"\n[[pbx.user]]\nname = \"11\"\npassword = \"long enough\"\n")
	h.call(7, "11@home.example")
	h.want("ring 7")
}
