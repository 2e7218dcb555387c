package firmware

import (
	"testing"
	"time"

	"intercom/firmware/config"
)

// lit adds lamps of all roles to the house.
const lit = house + `
[[lamp]]
name = "status"
line = 8
[[lamp]]
name = "bell"
line = 9
role = "ringing"
[[lamp]]
name = "talk"
line = 10
role = "call"
[[lamp]]
name = "open"
line = 11
role = "door"
[[lamp]]
name = "power"
line = 12
role = "power"
[[lamp]]
name = "trouble"
line = 13
role = "fault"
`

func (h *harness) wantLamps(on ...string) {
	h.t.Helper()
	want := map[string]bool{}
	for _, name := range on {
		want[name] = true
	}
	for name, is := range h.lamps {
		if is != want[name] {
			h.t.Errorf("in state %v lamp %s is %v, want %v", h.station.State(), name, is, want[name])
		}
	}
}

func (h *harness) register() { h.t.Helper(); h.receive(RegistrationChanged{Account: "main"}) }

func TestLampsByState(t *testing.T) {
	h := newHarness(t, lit)
	h.wantLamps("status", "power", "trouble") // the first two flash: not registered yet
	h.advance(150 * time.Millisecond)
	h.wantLamps("trouble")

	h.register()
	h.wantLamps("status", "power") // glowing and steady
	h.advance(time.Second)
	h.wantLamps("power")

	h.press("front")
	h.wantLamps("status", "bell", "power")
	h.advance(500 * time.Millisecond)
	h.wantLamps("power")
	h.advance(500 * time.Millisecond)
	h.wantLamps("status", "bell", "power")

	h.answer(1)
	h.wantLamps("status", "talk", "power")
	h.advance(10 * time.Second)
	h.wantLamps("status", "talk", "power")

	h.enterQuickly(1, "2704")
	h.wantRelay("strike", true)
	h.advance(time.Second)
	h.wantLamps("status", "talk", "open", "power") // status blinks fast, 50 ms into its fifth time
	h.advance(100 * time.Millisecond)
	h.wantLamps("talk", "open", "power")
	h.advance(10 * time.Second)
	h.wantLamps("status", "talk", "power")

	h.end(1, 0)
	h.advance(time.Second)
	h.wantLamps("power")
	h.receive(Shutdown{})
	h.wantLamps()
	h.advance(time.Hour)
	h.wantLamps()
}

func TestLampsOfAWaitingCaller(t *testing.T) {
	h := newHarness(t, lit)
	h.register()
	h.call(7, "11@example.org")
	h.wantLamps("status", "bell", "power")
}

func TestLampsShowAnOpenDoor(t *testing.T) {
	h := newHarness(t, lit)
	h.register()
	h.input("contact", true)
	h.wantLamps("status", "open", "power")
	h.advance(45 * time.Second)
	h.advance(150 * time.Millisecond)
	h.wantLamps("open", "trouble") // held open; status blinks fast
	h.input("contact", false)
	h.advance(100 * time.Millisecond)
	h.wantLamps("power")
}

func TestRhythms(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	for _, tt := range []struct {
		pattern config.Pattern
		elapsed time.Duration
		lit     bool
		change  time.Duration
	}{
		{config.On, 0, true, 0}, {config.On, time.Hour, true, 0}, {config.Off, 0, false, 0}, {config.None, 0, false, 0}, {"", 0, false, 0},
		{config.Blink, 0, true, ms(500)}, {config.Blink, ms(499), true, ms(1)}, {config.Blink, ms(500), false, ms(500)}, {config.Blink, ms(1000), true, ms(500)},
		{config.Fast, 0, true, ms(125)}, {config.Fast, ms(125), false, ms(125)}, {config.Fast, ms(1000), true, ms(125)},
		{config.Glow, ms(59), true, ms(1)}, {config.Glow, ms(60), false, ms(1940)}, {config.Glow, ms(2000), true, ms(60)},
		{config.Flash, 0, true, ms(100)}, {config.Flash, ms(100), false, ms(200)}, {config.Flash, ms(300), true, ms(100)}, {config.Flash, ms(400), false, ms(1600)},
		{config.Flash, 1000*time.Hour + ms(350), true, ms(50)},
	} {
		if lit, change := phase(tt.pattern, tt.elapsed); lit != tt.lit || change != tt.change {
			t.Errorf("%s after %v: %v, changes in %v; want %v, %v", tt.pattern, tt.elapsed, lit, change, tt.lit, tt.change)
		}
	}
}

func TestEveryPatternHasAMeaning(t *testing.T) {
	for _, p := range []config.Pattern{config.Glow, config.Blink, config.Fast, config.Flash} {
		if len(rhythms[p]) == 0 || len(rhythms[p])%2 != 0 {
			t.Errorf("%s has the rhythm %v", p, rhythms[p])
		}
	}
}

func TestPatternByPriority(t *testing.T) {
	all := config.Patterns{Door: config.Fast, Call: config.On, Ringing: config.Blink, Fault: config.Flash, Ready: config.Glow}
	for _, tt := range []struct {
		holds conditions
		p     config.Patterns
		want  config.Pattern
	}{
		{conditions{}, all, config.Glow},
		{conditions{fault: true}, all, config.Flash},
		{conditions{fault: true, ringing: true}, all, config.Blink},
		{conditions{fault: true, ringing: true, call: true}, all, config.On},
		{conditions{true, true, true, true}, all, config.Fast},
		{conditions{door: true, call: true}, config.Patterns{Door: config.None, Call: config.On}, config.On},
		{conditions{door: true, call: true}, config.Patterns{Door: config.Off, Call: config.On}, config.Off},
		{conditions{door: true}, config.Patterns{Door: config.None, Ready: config.None}, config.Off},
		{conditions{}, config.Patterns{}, config.Off},
	} {
		if got := tt.holds.pattern(tt.p); got != tt.want {
			t.Errorf("%+v of %+v: %s, want %s", tt.holds, tt.p, got, tt.want)
		}
	}
}

// TestLampsAreSwitchedOnlyWhenTheyChange: GPIO calls cost a system call, and each shows in the board's trace.
func TestLampsAreSwitchedOnlyWhenTheyChange(t *testing.T) {
	h := newHarness(t, lit)
	h.register()
	before := h.blinks["power"]
	for range 100 {
		h.input("cover", false)
		h.advance(10 * time.Millisecond)
	}
	if got := h.blinks["power"] - before; got != 0 {
		t.Errorf("switched %d times without a change", got)
	}
	bell := h.blinks["bell"]
	h.press("front")
	h.advance(10 * time.Second) // blinking at 1 Hz
	if got := h.blinks["bell"] - bell; got != 21 {
		t.Errorf("switched %d times in 10 s of blinking, want 21", got)
	}
}

func TestLampThatFails(t *testing.T) {
	h := newHarness(t, lit)
	h.register()
	h.failLamp = errTest
	h.press("front")
	h.wantState(Dialing) // a dead lamp keeps nobody from ringing
	if n := h.wantNote(NoteFault); n.Err != errTest {
		t.Errorf("note %+v", n)
	}
	if !h.station.health.ill() {
		t.Error("the station feels well")
	}
	h.failLamp = nil
	h.advance(2 * time.Second)
	h.press("front")
	h.advance(2 * time.Second)
	if h.station.health.ill() {
		t.Errorf("faults %v", h.station.health.faults)
	}
}
