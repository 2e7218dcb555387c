package firmware_test

import (
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"intercom/firmware"
	"intercom/hal"
	"intercom/sipua"
)

// saboteur breaks one part of a running door when it is armed. Each of its methods is called by the part it breaks.
type saboteur struct {
	armed atomic.Bool
	free  chan struct{} // ends what hangs, so that a test leaves no goroutine
}

func newSaboteur() *saboteur { return &saboteur{free: make(chan struct{})} }

// release ends what hangs, and gives it the time to end.
func (s *saboteur) release() {
	close(s.free)
	time.Sleep(time.Second)
}

func (s *saboteur) panics() {
	if s.armed.Load() {
		panic("sabotage")
	}
}

func (s *saboteur) hangs() {
	if s.armed.Load() {
		<-s.free
	}
}

// randomness is a source of random numbers that may panic: the agent's loop draws some for each request.
type randomness struct {
	io.Reader
	s *saboteur
}

func (r randomness) Read(b []byte) (int, error) {
	r.s.panics()
	return r.Reader.Read(b)
}

// fragileSound is a card whose driver does, when armed, what fails says.
type fragileSound struct {
	hal.Sound
	fails func()
}

func (f fragileSound) Capture(pcm []float32) error {
	f.fails()
	return f.Sound.Capture(pcm)
}

// fragileBoard is a board with such a card, and lamps that do the same.
type fragileBoard struct {
	hal.Board
	sound, lamp func()
}

func (b fragileBoard) OpenSound(c hal.SoundConfig) (hal.Sound, error) {
	s, err := b.Board.OpenSound(c)
	if err != nil || b.sound == nil {
		return s, err
	}
	return fragileSound{s, b.sound}, nil
}

func (b fragileBoard) SetLamp(l hal.Lamp, on bool) error {
	if b.lamp != nil {
		b.lamp()
	}
	return b.Board.SetLamp(l, on)
}

// unlocked is a door whose pulse outlasts every test of a fall, without the boxes that make sound slow to simulate.
var unlocked = strings.NewReplacer(
	"line = 27", "line = 27\npulse = \"30s\"", "rate = 16000", "rate = 16000\necho_canceller = false\nnoise_suppressor = false",
).Replace(direct) + `
[[lamp]]
name = "status"
line = 22
`

// unlock brings the door into a conversation, with its relay on.
func (w *world) unlock() {
	w.t.Helper()
	w.press("bell")
	time.Sleep(3 * time.Second)
	w.wantRelay("before the code", false)
	w.phone.dial("270483")
	time.Sleep(3 * time.Second)
	w.wantRelay("after the code", true)
}

// wantFall waits for the door's end, which must come within limit, and checks that nothing is left on.
func (w *world) wantFall(within time.Duration) error {
	w.t.Helper()
	select {
	case err := <-w.closed:
		w.wantRelay("after the fall", false)
		if lit, _ := w.board.Lamp("status"); lit {
			w.t.Error("a lamp burns after the fall")
		}
		w.door.Order(firmware.Pressed{Button: "bell"}) // must not hang
		w.hasFallen = true
		time.Sleep(time.Second) // the telephone has to hear the good-bye
		return err
	case <-time.After(within):
		w.t.Fatalf("the door has not ended within %v", within)
		return nil
	}
}

// TestPanics: whichever loop panics, relays and lamps go off, the other loops say good-bye, and Run returns an error, for
// whoever supervises the program to start it anew.
func TestPanics(t *testing.T) {
	for _, c := range []struct {
		name string
		part string // as the error names it
		wrap func(*saboteur, *firmware.Parts)
		then func(*world) // brings the armed part to its panic
	}{
		{"station", "station", func(s *saboteur, p *firmware.Parts) { p.Watch = func(firmware.Watched) { s.panics() } }, func(w *world) { w.press("bell") }},
		{"agent", "SIP agent", func(s *saboteur, p *firmware.Parts) { p.Rand = randomness{p.Rand, s} }, func(w *world) { w.press("bell") }},
		{"sound engine", "sound engine", func(s *saboteur, p *firmware.Parts) { p.Board = fragileBoard{Board: p.Board, sound: s.panics} }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSaboteur()
				w := openParts(t, unlocked, sipua.Account{}, func(p *firmware.Parts) { c.wrap(s, p) })
				w.unlock()
				s.armed.Store(true)
				if c.then != nil {
					c.then(w)
				}
				var p *firmware.PanicError
				if err := w.wantFall(8 * time.Second); !errors.As(err, &p) {
					t.Fatalf("the door ended with %v, want a panic", err)
				}
				if p.Part != c.part || p.Value != "sabotage" || len(p.Stack) == 0 {
					t.Errorf("the panic is told as %+v", p)
				}
				if _, isUp := w.phone.state(); isUp && c.name != "agent" {
					t.Error("the call goes on without a door")
				}
			})
		})
	}
}

// TestHungLoop: a board that does not answer keeps the station's loop; the door ends without it, and the relay is off.
func TestHungLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSaboteur()
		defer s.release()
		w := openParts(t, unlocked, sipua.Account{}, func(p *firmware.Parts) { p.Board = fragileBoard{Board: p.Board, lamp: s.hangs} })
		time.Sleep(time.Minute)
		select {
		case err := <-w.closed:
			t.Fatalf("an idle door was taken for a hung one: %v", err)
		default:
		}
		w.unlock()
		s.armed.Store(true)
		if err := w.wantFall(30 * time.Second); !errors.Is(err, firmware.ErrHung) {
			t.Errorf("the door ended with %v, want that it hangs", err)
		}
		if _, isUp := w.phone.state(); isUp {
			t.Error("the call goes on without a door")
		}
	})
}

// TestHungCard: a sound card whose driver never comes back keeps neither the relay on nor the program from ending.
func TestHungCard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSaboteur()
		defer s.release()
		w := openParts(t, unlocked, sipua.Account{}, func(p *firmware.Parts) { p.Board = fragileBoard{Board: p.Board, sound: s.hangs} })
		w.unlock()
		s.armed.Store(true)
		time.Sleep(500 * time.Millisecond)
		w.wantRelay("the station does not need the card", true)
		w.close()
		if err := w.wantFall(10 * time.Second); !errors.Is(err, firmware.ErrHung) {
			t.Errorf("the door ended with %v, want that a part hangs", err)
		}
	})
}

// TestBoardGone: a door without a board cannot see the button any more, and says so by ending.
func TestBoardGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, unlocked, sipua.Account{}, nil)
		w.unlock()
		if err := w.board.Close(); err != nil {
			t.Fatal(err)
		}
		if err := w.wantFall(8 * time.Second); err == nil {
			t.Error("the door ended without an error")
		}
		if _, isUp := w.phone.state(); isUp {
			t.Error("the call goes on without a door")
		}
	})
}

// TestShutdownByOrder: who orders the station's end ends the door; a stopped station with a living telephone would be mute.
func TestShutdownByOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, unlocked, sipua.Account{}, nil)
		w.unlock()
		w.door.Order(firmware.Shutdown{})
		if err := w.wantFall(5 * time.Second); err != nil {
			t.Errorf("the door ended with %v", err)
		}
	})
}
