package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"intercom/hal"
)

// Keymap says which key means which command of Execute. It is pure; the terminal's raw mode is the caller's.
type Keymap struct {
	commands map[byte]string
	help     []string
}

// Keys that are not a line's.
const (
	keyQuit      = 'q'
	keyState     = 's'
	keyHelp      = '?'
	keyInterrupt = 0x03 // Ctrl-C in raw mode
	keyEnd       = 0x04 // Ctrl-D
)

// NewKeymap gives the buttons the keys 1 to 9 and 0, and the inputs the letters from a on without q and s.
// What has no key left can be reached by the control socket only.
func NewKeymap(w hal.Wiring) Keymap {
	k := Keymap{commands: map[byte]string{keyState: "state"}}
	for i, l := range w.Buttons {
		if i < 10 {
			k.add("1234567890"[i], "press "+l.Name)
		}
	}
	const letters = "abcdefghijklmnoprtuvwxyz"
	for i, l := range w.Inputs {
		if i < len(letters) {
			k.add(letters[i], "toggle "+l.Name)
		}
	}
	k.help = append(k.help, "s state", "? help", "q quit")
	return k
}

func (k *Keymap) add(key byte, command string) {
	k.commands[key] = command
	k.help = append(k.help, fmt.Sprintf("%c %s", key, command))
}

// Command is the command of a key; ok is false if it has none.
func (k Keymap) Command(key byte) (command string, ok bool) {
	command, ok = k.commands[key]
	return command, ok
}

// Help is one line that lists all keys.
func (k Keymap) Help() string { return strings.Join(k.help, " | ") }

// Terminal reads keys and does their commands, and prints every change of the board, until q, Ctrl-C, Ctrl-D
// or the end of keys (all give nil), or until ctx or the board ends. Lines end with CR LF, as a terminal in raw
// mode needs. A Read of keys that blocks keeps Terminal from seeing that ctx has ended.
func (b *Board) Terminal(ctx context.Context, keys io.Reader, screen io.Writer) error {
	keymap := NewKeymap(b.config.Wiring)
	changes, stop, err := b.Watch()
	if err != nil {
		return err
	}
	out := &lineWriter{w: crlf{screen}}
	out.line(keymap.Help())
	var printing sync.WaitGroup
	printing.Go(func() { out.stream(changes) })
	defer printing.Wait()
	defer stop()

	var key [1]byte
	for ctx.Err() == nil && b.context().Err() == nil {
		n, err := keys.Read(key[:])
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("hal: sim: terminal: %w", err)
		}
		if n > 0 && !b.key(ctx, keymap, key[0], out) {
			return nil
		}
	}
	return context.Cause(ctx)
}

// key does one key and tells whether to go on.
func (b *Board) key(ctx context.Context, keymap Keymap, key byte, out *lineWriter) bool {
	switch key {
	case keyQuit, keyInterrupt, keyEnd:
		return false
	case keyHelp:
		out.line(keymap.Help())
		return true
	}
	command, ok := keymap.Command(key)
	if !ok {
		return true
	}
	if answer, err := b.Execute(ctx, command); err != nil || answer != "ok" {
		out.answer(strings.TrimSuffix(answer, "\nok"), err)
	}
	return true
}

// crlf turns line feeds into what a raw terminal needs.
type crlf struct{ w io.Writer }

func (c crlf) Write(p []byte) (int, error) {
	if _, err := io.WriteString(c.w, strings.ReplaceAll(string(p), "\n", "\r\n")); err != nil {
		return 0, err
	}
	return len(p), nil
}
