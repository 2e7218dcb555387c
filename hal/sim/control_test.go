package sim

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom/hal"
)

// A peer is the test's end of a control connection.
type peer struct {
	t     *testing.T
	conn  net.Conn
	lines *bufio.Scanner
}

func dial(t *testing.T, b *Board) *peer {
	t.Helper()
	near, far := net.Pipe()
	go func() {
		_ = b.Control(far)
		far.Close()
	}()
	return &peer{t, near, bufio.NewScanner(near)}
}

func (p *peer) line() string {
	p.t.Helper()
	if !p.lines.Scan() {
		p.t.Fatalf("the connection ended: %v", p.lines.Err())
	}
	return p.lines.Text()
}

func (p *peer) ask(command string) string {
	p.t.Helper()
	if _, err := io.WriteString(p.conn, command+"\n"); err != nil {
		p.t.Fatal(err)
	}
	return p.line()
}

func TestControl(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		p := dial(t, b)
		defer p.conn.Close()
		for _, test := range []struct{ command, answer string }{
			{"relay strike?", "relay strike off"},
			{"lamp ring?", "lamp ring off"},
			{"press front 120", "ok"},
			{"down back", "ok"},
			{"up back", "ok"},
			{"input contact on", "ok"},
			{"wait 10", "ok"},
			{"expect input contact on", "ok"},
			{"relay strike", "relay strike off"},
			{"relay window?", `error: hal: no relay "window"; known: strike, gate`},
			{"input contact up", `error: bad state "up"; say on or off`},
			{"frobnicate", `error: unknown command "frobnicate"; say one of ` + verbNames},
			{"\n \nlamp open?", "lamp open off"},
		} {
			if got := p.ask(test.command); got != test.answer {
				t.Errorf("%q: %q, want %q", test.command, got, test.answer)
			}
		}
		want(t, b, hal.InputOn, "contact")
	})
}

func TestControlState(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		p := dial(t, b)
		defer p.conn.Close()
		got := []string{p.ask("state")}
		for got[len(got)-1] != "ok" {
			got = append(got, p.line())
		}
		if len(got) != 9 || got[0] != "button front up" || got[7] != "relay gate off" {
			t.Errorf("state %q", got)
		}
	})
}

func TestControlWatch(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		p := dial(t, b)
		defer p.conn.Close()
		if got := p.ask("watch"); got != "ok" {
			t.Fatal(got)
		}
		check(t, b.SetRelay("strike", true))
		if got := p.line(); got != "relay strike on" {
			t.Errorf("watched %q", got)
		}
		if got := p.ask("lamp ring?"); got != "lamp ring off" {
			t.Errorf("a question while watching: %q", got)
		}
		check(t, b.SetRelay("strike", false))
		if got := p.line(); got != "relay strike off" {
			t.Errorf("watched %q", got)
		}
		if got := p.ask("watch"); got != "ok" { // again: one stream, not two
			t.Fatal(got)
		}
		check(t, b.SetLamp("ring", true))
		check(t, b.SetLamp("open", true))
		if first, second := p.line(), p.line(); first != "lamp ring on" || second != "lamp open on" {
			t.Errorf("watched %q, %q", first, second)
		}
	})
}

func TestControlLongLine(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		p := dial(t, b)
		go func() { _, _ = io.WriteString(p.conn, strings.Repeat("x", 3*maxLine)+"\n") }()
		if got := p.line(); !strings.HasPrefix(got, "error: a line of more than") {
			t.Errorf("%q", got)
		}
		p.conn.Close()
	})
}

// TestServe runs over a real unix socket, outside any bubble, as an interop rig does.
func TestServe(t *testing.T) {
	b, err := New(Config{Wiring: hal.Wiring{Relays: []hal.OutputLine{{Name: "strike", Offset: 5}}}})
	check(t, err)
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "control"))
	check(t, err)
	served := make(chan error, 1)
	go func() { served <- b.Serve(listener) }()
	var peers []*peer
	for range maxControl {
		conn, err := net.Dial("unix", listener.Addr().String())
		check(t, err)
		p := &peer{t, conn, bufio.NewScanner(conn)}
		if got := p.ask("relay strike?"); got != "relay strike off" {
			t.Errorf("%q", got)
		}
		peers = append(peers, p)
	}
	extra, err := net.Dial("unix", listener.Addr().String())
	check(t, err)
	if got, err := io.ReadAll(extra); err != nil || string(got) != fmt.Sprintf("error: more than %d connections; close one\n", maxControl) {
		t.Errorf("one connection too many: %q %v", got, err)
	}
	if got := peers[0].ask("watch"); got != "ok" {
		t.Errorf("%q", got)
	}
	check(t, b.SetRelay("strike", true))
	if got := peers[0].line(); got != "relay strike on" {
		t.Errorf("%q", got)
	}
	check(t, b.Close())
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	for peers[1].lines.Scan() { // ends: the board closed its connections
		t.Errorf("line %q after the end", peers[1].lines.Text())
	}
}

func TestServeEndsWithListener(t *testing.T) {
	b, err := New(Config{})
	check(t, err)
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "control"))
	check(t, err)
	served := make(chan error, 1)
	go func() { served <- b.Serve(listener) }()
	check(t, listener.Close())
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	check(t, b.Close())
}

func TestControlOfClosedBoard(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		p := dial(t, b)
		defer p.conn.Close()
		check(t, b.Close())
		if got := p.ask("relay strike?"); got != "error: hal: closed" {
			t.Errorf("%q", got)
		}
		if got := p.ask("watch"); got != "error: hal: closed" {
			t.Errorf("%q", got)
		}
	})
}

func TestTerminal(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		keys, hand := io.Pipe()
		var screen strings.Builder
		done := make(chan error, 1)
		go func() { done <- b.Terminal(t.Context(), keys, &screen) }()
		for _, key := range "1za?" {
			_, err := hand.Write([]byte{byte(key)})
			check(t, err)
			synctest.Wait()
		}
		want(t, b, hal.InputOn, "contact")
		want(t, b, hal.Pressed, "front")
		time.Sleep(time.Second)
		_, err := hand.Write([]byte("sq"))
		check(t, err)
		check(t, <-done)
		const help = "1 press front | 2 press back | a toggle contact | b toggle exit | s state | ? help | q quit\r\n"
		for _, part := range []string{"button front down\r\n", "event pressed front\r\n", "input contact on\r\n", "relay strike off\r\n"} {
			if !strings.Contains(screen.String(), part) {
				t.Errorf("the screen lacks %q:\n%s", part, screen.String())
			}
		}
		if !strings.HasPrefix(screen.String(), help) || strings.Count(screen.String(), help) != 2 {
			t.Errorf("no help on the screen:\n%s", screen.String())
		}
	})
}

func TestTerminalEnds(t *testing.T) {
	for name, keys := range map[string]string{"q": "q", "ctrl-c": "\x03", "ctrl-d": "\x04", "end": ""} {
		bubble(t, Config{}, func(t *testing.T, b *Board) {
			if err := b.Terminal(t.Context(), strings.NewReader(keys), io.Discard); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		broken, hand := io.Pipe()
		hand.CloseWithError(io.ErrUnexpectedEOF)
		if err := b.Terminal(t.Context(), broken, io.Discard); err == nil {
			t.Error("a broken terminal is no error")
		}
	})
}

func TestKeymapBounds(t *testing.T) {
	var w hal.Wiring
	for i := range hal.MaxLines {
		w.Buttons = append(w.Buttons, hal.InputLine{Name: fmt.Sprint("b", i)})
		w.Inputs = append(w.Inputs, hal.InputLine{Name: fmt.Sprint("i", i)})
	}
	k := NewKeymap(w)
	for key, command := range map[byte]string{'1': "press b0", '0': "press b9", 'a': "toggle i0", 'r': "toggle i16", 's': "state"} {
		if got, ok := k.Command(key); !ok || got != command {
			t.Errorf("key %c: %q %v, want %q", key, got, ok, command)
		}
	}
	if got, ok := k.Command('q'); ok {
		t.Errorf("q means %q", got)
	}
}
