package firmware

import (
	"math/rand/v2"
	"testing"
	"time"

	"intercom/firmware/config"
	"intercom/sipua/sip"
)

// play turns bytes into messages and pauses: whatever they are, no relay stays on beyond its ceiling, no sound without a
// conversation, no deadline that does not pass (harness.check), and an hour later all is idle.
func play(t *testing.T, cfg *config.Config, script []byte) *harness {
	t.Helper()
	h := harnessFor(t, cfg)
	for i := 0; i+1 < len(script); i += 2 {
		h.step(script[i], script[i+1])
	}
	return h
}

// quiet is the house with a lamp that does not blink, so that hours pass in few steps.
func quiet(t testing.TB) *config.Config {
	cfg, err := config.Parse("quiet.toml", []byte(house+"[[lamp]]\nname = \"talk\"\nline = 8\nrole = \"call\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// step does one of the things that can happen; arg chooses to what or how long.
func (h *harness) step(what, arg byte) {
	h.t.Helper()
	leg := Leg(arg%4) + h.legs - min(h.legs, 2) // near the present ones
	callers := []string{"11@example.org", "guard@security.example", "66@example.org", "11@evil.example"}
	switch what % 16 {
	case 0:
		h.press([]string{"front", "side", "none"}[arg%3])
	case 1:
		h.receive(Ringing{leg})
	case 2, 3:
		h.receive(Established{leg})
	case 4:
		h.receive(Ended{leg, []int{0, 404, 486, 503, 603}[arg%5], "Reason"})
	case 5:
		user, host := splitURI("sip:" + callers[arg%4])
		h.receive(Incoming{Leg: h.legs + 1, From: sip.URI{Scheme: "sip", User: user, Host: host}, Trusted: arg < 128})
	case 6, 7:
		h.receive(Digit{leg, "0123456789*#"[arg%12], []config.Method{config.DTMFRTP, config.DTMFInfo, config.DTMFInband}[arg/86]})
	case 8:
		h.enterQuickly(leg, []string{"2704", "386915", "27", "9999"}[arg/64])
	case 9:
		h.input([]string{"exit", "contact", "cover", "none"}[arg%4], arg < 128)
	case 10:
		h.receive(SoundLost{leg})
	case 11:
		h.receive([]Message{HangupCommand{}, RegistrationChanged{Account: "main"}, RegistrationChanged{"main", errTest}, Faulted{"card", errTest}, Faulted{"card", nil}}[arg%5])
	case 12:
		h.now = h.now.Add(time.Duration(arg) * 100 * time.Millisecond) // the loop oversleeps
		h.station.Advance(h.now)
		for name := range h.onSince {
			if r := h.station.relay(name); !h.now.Before(r.since.Add(r.config.Ceiling)) {
				h.t.Fatalf("relay %s is on although its ceiling is over", name)
			}
		}
	default:
		h.advance(time.Duration(arg) * 200 * time.Millisecond)
	}
}

func TestRandomHistories(t *testing.T) {
	states := map[State]int{}
	opened, cfg := 0, quiet(t)
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 7))
		script := make([]byte, 400)
		for i := range script {
			script[i] = byte(r.Uint32())
		}
		h := play(t, cfg, script)
		for _, n := range h.diary {
			if n.Kind == NoteState {
				states[n.State]++
			}
			if n.Kind == NoteRelayOn {
				opened++
			}
		}
		h.backToIdle()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	// A random walk that never gets anywhere would prove nothing.
	if states[Dialing] < 100 || states[Answering] < 100 || states[InCall] < 100 || opened < 100 {
		t.Errorf("states seen %v, doors opened %d", states, opened)
	}
}

// FuzzStation lets the fuzzer write the histories.
func FuzzStation(f *testing.F) {
	f.Add([]byte{0, 0, 2, 1, 8, 0, 13, 20})          // press, answer, code, wait
	f.Add([]byte{5, 0, 13, 20, 2, 3, 8, 0})          // incoming, wait, ACK, code
	f.Add([]byte{0, 1, 4, 0, 4, 0, 4, 0, 13, 255})   // sequential refusals
	f.Add([]byte{9, 0, 9, 128, 9, 0, 12, 255, 9, 0}) // exit button hammered
	cfg := quiet(f)
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 400 {
			script = script[:400]
		}
		play(t, cfg, script).backToIdle()
	})
}
