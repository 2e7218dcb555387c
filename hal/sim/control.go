package sim

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"intercom/hal"
)

// maxLine is the longest command; maxControl how many connections may be open at once.
const (
	maxLine    = 1024
	maxControl = 8
)

// Serve answers the line protocol on every connection of a listener (a unix socket, say) until the listener or
// the board is closed; it then returns nil and has closed its connections.
func (b *Board) Serve(listener net.Listener) error {
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, maxControl)
	stop := context.AfterFunc(b.context(), func() { listener.Close() })
	defer stop()
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("hal: sim: control socket: %w", err)
		}
		select {
		case slots <- struct{}{}:
		default:
			fmt.Fprintf(conn, "error: more than %d connections; close one\n", maxControl)
			conn.Close()
			continue
		}
		running.Go(func() {
			defer func() { <-slots }()
			end := context.AfterFunc(b.context(), func() { conn.Close() })
			defer end()
			defer conn.Close()
			_ = b.Control(conn) // a broken connection is its owner's affair
		})
	}
}

// context ends with the board.
func (b *Board) context() context.Context { return boardContext{context.Background(), b} }

// boardContext is done when the board is.
type boardContext struct {
	context.Context
	board *Board
}

func (c boardContext) Done() <-chan struct{} { return c.board.done }

func (c boardContext) Err() error {
	select {
	case <-c.board.done:
		return hal.ErrClosed
	default:
		return nil
	}
}

// Control speaks the line protocol with one peer until it ends the stream: each line is a command of Execute
// and gets its answer; an error is a line that starts with "error:". In addition "watch" answers ok and from
// then on every change is one line, such as "relay strike on"; further commands are answered in between.
func (b *Board) Control(peer io.ReadWriter) error {
	out := &lineWriter{w: peer}
	var watching sync.WaitGroup
	stop := func() {}
	defer watching.Wait()
	defer func() { stop() }()
	lines := bufio.NewScanner(peer)
	lines.Buffer(make([]byte, 0, 256), maxLine)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		if line != "watch" {
			out.answer(b.Execute(b.context(), line))
			continue
		}
		stop()
		changes, cancel, err := b.Watch()
		out.answer("ok", err)
		if err != nil {
			continue
		}
		stop = cancel
		watching.Go(func() { out.stream(changes) })
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		out.answer("", fmt.Errorf("a line of more than %d bytes", maxLine))
	}
	return lines.Err()
}

// lineWriter keeps the lines of answers and of the stream whole.
type lineWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lineWriter) line(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.w, text+"\n") // the reader of this connection sees its end
}

func (l *lineWriter) answer(text string, err error) {
	if err != nil {
		text = "error: " + strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	l.line(text)
}

func (l *lineWriter) stream(changes <-chan Change) {
	for c := range changes {
		l.line(c.String())
	}
}
