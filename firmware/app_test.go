package firmware_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"intercom/audio/stream"
	"intercom/firmware"
	"intercom/firmware/config"
	"intercom/firmware/line"
	"intercom/hal"
	"intercom/hal/sim"
	"intercom/sipua"
	"intercom/sipua/simnet"
	"intercom/sipua/sip"
)

// world is a door in memory, with a telephone somewhere else on the network.
type world struct {
	t      *testing.T
	net    *simnet.Net
	board  *sim.Board
	door   *firmware.Door
	phone  *handset
	close  context.CancelFunc // of the door
	closed chan error

	hasFallen bool // its end was awaited already

	mu    sync.Mutex
	notes []firmware.Note
}

// Note implements firmware.Journal.
func (w *world) Note(_ time.Time, n firmware.Note) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notes = append(w.notes, n)
}

func (w *world) noted(kind firmware.NoteKind) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, note := range w.notes {
		if note.Kind == kind {
			n++
		}
	}
	return n
}

var doorAddr, phoneAddr = netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("192.0.2.20")

const parts = `
[station]
name = "front"
[[relay]]
name = "strike"
line = 27
[[code]]
digits = "270483"
[board]
type = "sim"
`

// open starts a door of the given configuration, on a board that wrap may change, and a telephone.
func open(t *testing.T, text string, phone sipua.Account, wrap func(hal.Board) hal.Board) *world {
	t.Helper()
	return openParts(t, text, phone, func(p *firmware.Parts) {
		if wrap != nil {
			p.Board = wrap(p.Board)
		}
	})
}

// openParts is open with any part changed.
func openParts(t *testing.T, text string, phone sipua.Account, change func(*firmware.Parts)) *world {
	t.Helper()
	cfg, err := config.Parse("test.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, net: simnet.New(simnet.Config{Seed: 1}), closed: make(chan error, 1)}
	if w.board, err = sim.New(sim.Config{Wiring: firmware.WiringOf(cfg)}); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	parts := firmware.Parts{Config: cfg, Board: hal.Guard(w.board, time.Minute), Network: w.net.Host(doorAddr), Rand: rand.Reader, Logger: log, Journal: w}
	change(&parts)
	if w.door, err = firmware.New(parts); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.close = cancel
	go func() { w.closed <- w.door.Run(ctx) }()
	w.phone = newHandset(t, w.net.Host(phoneAddr), phone, cfg)
	t.Cleanup(func() {
		w.end()
		w.phone.stop()
	})
	return w
}

// end closes the door, once.
func (w *world) end() {
	w.close()
	if w.hasFallen {
		return
	}
	if err, open := <-w.closed; open {
		close(w.closed)
		if err != nil {
			w.t.Errorf("the door ended with %v", err)
		}
	}
}

func (w *world) press(button string) {
	w.t.Helper()
	if err := w.board.Press(button, 200*time.Millisecond); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) wantRelay(expectation string, on bool) {
	w.t.Helper()
	got, err := w.board.Relay("strike")
	if err != nil || got != on {
		w.t.Errorf("%s: the relay is on: %v (%v), want %v", expectation, got, err, on)
	}
}

// handset is a telephone that answers every call after a second.
type handset struct {
	t     *testing.T
	agent *sipua.Agent
	line  *line.Line
	work  chan func()
	stop  func()
	leg   line.Leg
	calls int
	isUp  bool // a call is established
}

func newHandset(t *testing.T, host *simnet.Host, account sipua.Account, door *config.Config) *handset {
	t.Helper()
	cfg := sipua.Config{
		Network: host, AllowDirect: true, Listen: []sipua.Listen{{Transport: sip.UDP, Address: "0.0.0.0:5060"}},
	}
	if account.AOR != "" {
		cfg.Accounts = []sipua.Account{account}
	}
	agent, err := sipua.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := stream.NewEngine(stream.EngineConfig{CardRate: 16000})
	if err != nil {
		t.Fatal(err)
	}
	identity, err := stream.NewIdentity(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	h := &handset{t: t, agent: agent, work: make(chan func())}
	h.line = line.New(line.Config{Agent: agent, Engine: engine, Capabilities: firmware.Capabilities(door), Identity: identity, Sockets: &line.Ports{Network: host}})
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { _ = agent.Run(ctx) })
	all.Go(func() { _ = engine.Run(ctx) })
	all.Go(h.run)
	h.stop = func() { cancel(); all.Wait() }
	return h
}

func (h *handset) run() {
	defer h.line.Close()
	answer := time.NewTimer(time.Hour)
	defer answer.Stop()
	for {
		select {
		case e, open := <-h.agent.Events():
			if !open {
				return
			}
			h.receive(h.line.Receive(e), answer)
		case <-h.line.Heard():
		case <-answer.C:
			if err := h.line.Answer(h.leg); err != nil {
				h.t.Error(err)
			}
		case f := <-h.work:
			f()
		}
	}
}

func (h *handset) receive(e line.Event, answer *time.Timer) {
	switch e := e.(type) {
	case line.Incoming:
		h.leg, h.calls = e.Leg, h.calls+1
		h.line.Ring(e.Leg)
		answer.Reset(time.Second)
	case line.Established:
		h.isUp = true
		if err := h.line.Talk(e.Leg); err != nil {
			h.t.Error(err)
		}
	case line.Ended:
		h.isUp = false
		answer.Stop()
	}
}

// do runs f in the telephone's loop.
func (h *handset) do(f func()) {
	done := make(chan struct{})
	h.work <- func() { f(); close(done) }
	<-done
}

func (h *handset) dial(digits string) {
	h.do(func() {
		if err := h.line.Press(h.leg, digits); err != nil {
			h.t.Error(err)
		}
	})
}

func (h *handset) state() (calls int, isUp bool) {
	h.do(func() { calls, isUp = h.calls, h.isUp })
	return calls, isUp
}

// conversation rings the telephone, opens the door and hangs up at the door: what every door must be able to do.
func (w *world) conversation() {
	w.t.Helper()
	if calls, _ := w.phone.state(); calls != 0 {
		w.t.Fatalf("%d calls before the press", calls)
	}
	w.press("bell")
	time.Sleep(3 * time.Second)
	if calls, isUp := w.phone.state(); calls != 1 || !isUp {
		w.t.Fatalf("three seconds after the press: %d calls, answered %v", calls, isUp)
	}
	w.phone.dial("111111")
	time.Sleep(4 * time.Second)
	w.wantRelay("after a wrong code", false)
	w.phone.dial("270483")
	time.Sleep(3 * time.Second)
	w.wantRelay("after the code", true)
	time.Sleep(3 * time.Second)
	w.wantRelay("after its pulse", false)
	w.press("bell")
	time.Sleep(time.Second)
	if _, isUp := w.phone.state(); isUp {
		w.t.Error("a press in the conversation did not hang up")
	}
}

// A house without a PBX: the telephone registers at the door, and the door rings it with no account configured.
func TestHouseWithoutPBX(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := parts + `
[[button]]
name = "bell"
line = 17
targets = ["kitchen"]
[pbx]
enabled = true
domain = "house.example"
[[pbx.user]]
name = "kitchen"
password = "pw-kitchen-1"
`
		w := open(t, text, sipua.Account{
			AOR: "sip:kitchen@house.example", Password: "pw-kitchen-1", Servers: []string{"sip:" + doorAddr.String() + ":5060"},
		}, nil)
		time.Sleep(2 * time.Second)
		if w.noted(firmware.NoteRegistered) != 1 {
			t.Fatal("the door has not registered at its own exchange")
		}
		w.conversation()
	})
}

const direct = parts + `
[[button]]
name = "bell"
line = 17
targets = ["sip:desk@192.0.2.20"]
`

func TestPeerToPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open(t, direct, sipua.Account{}, nil).conversation()
	})
}

// An account does not keep the door from calling a phone at its address, without the account's server.
func TestPeerToPeerBesideAnAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := "[[account]]\naor = \"sip:door@192.0.2.99\"\npassword = \"nobody-is-there\"\n"
		open(t, direct+account, sipua.Account{}, nil).conversation()
	})
}

// With SRTP the whole job works too, whichever way the keys travel; the records say what was heard.
func TestEncrypted(t *testing.T) {
	for _, way := range []string{"offered", "required", "dtls"} {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := open(t, direct+"[sound]\nencryption = \""+way+"\"\n", sipua.Account{}, nil)
				w.conversation()
			})
		})
	}
}

// Every codec and box of the chain carries the whole job, digits included.
func TestSound(t *testing.T) {
	for _, sound := range []string{
		`codecs = ["opus"]`, `codecs = ["G722"]`, `codecs = ["PCMA"]`, `codecs = ["PCMU"]`, "half_duplex = true",
		"echo_canceller = false", "echo_canceller = false\nnoise_suppressor = false\ngain_control = false", `ptime = "60ms"`, "rate = 8000",
	} {
		t.Run(sound, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				open(t, direct+"[sound]\n"+sound+"\n", sipua.Account{}, nil).conversation()
			})
		})
	}
}

// mute is a board whose sound card does not open.
type mute struct{ hal.Board }

// OpenSound implements hal.Board.
func (mute) OpenSound(hal.SoundConfig) (hal.Sound, error) { return nil, errors.New("no such card") }

// Without a sound card the bell rings and the code opens all the same, and the fault is told.
func TestWithoutSoundCard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, direct, sipua.Account{}, func(b hal.Board) hal.Board { return mute{b} })
		w.conversation()
		if w.noted(firmware.NoteFault) == 0 {
			t.Error("nobody was told of the card")
		}
	})
}

// The end of the program in mid-pulse leaves nothing on, and hangs up.
func TestEndInMidPulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, direct, sipua.Account{}, nil)
		w.press("bell")
		time.Sleep(3 * time.Second)
		w.phone.dial("270483")
		time.Sleep(3 * time.Second)
		w.wantRelay("before the end", true)
		began := time.Now()
		w.end()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the door took %v to end", took)
		}
		w.wantRelay("after the end", false)
		if _, isUp := w.phone.state(); isUp {
			t.Error("the call goes on")
		}
		w.door.Order(firmware.Pressed{Button: "bell"}) // must not hang
	})
}

// A silent line ends the call: the phone's cable was pulled.
func TestSilenceHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, direct, sipua.Account{}, nil)
		w.press("bell")
		time.Sleep(3 * time.Second)
		w.net.SetCut([]netip.Addr{doorAddr}, []netip.Addr{phoneAddr}, true)
		time.Sleep(15 * time.Second)
		if w.noted(firmware.NoteEnded) != 0 {
			t.Fatal("the call ended before its time")
		}
		time.Sleep(10 * time.Second)
		if w.noted(firmware.NoteEnded) != 1 {
			t.Error("the call has not ended 25 s after the last packet")
		}
	})
}

func TestNewTellsWhatIsWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg, err := config.Parse("test.toml", []byte(direct+"[sip]\nlisten = [\"udp:203.0.113.1:5060\"]\n"))
		if err != nil {
			t.Fatal(err)
		}
		board, err := sim.New(sim.Config{Wiring: firmware.WiringOf(cfg)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = firmware.New(firmware.Parts{Config: cfg, Board: board, Network: simnet.New(simnet.Config{}).Host(doorAddr)})
		if err == nil || !strings.Contains(err.Error(), "203.0.113.1") {
			t.Errorf("error %v, want one that names the address", err)
		}
		if _, open := <-board.Events(); open {
			t.Error("the board is still open")
		}
		fmt.Fprintln(t.Output(), err)
	})
}
