package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// Bounds of the log that waits for its reader.
const (
	waitingLines = 1024
	lastLines    = time.Second // for what still waits when the program ends
)

// patient is a writer that never keeps its caller waiting: the log's reader (a full pipe, a journal that is being
// restarted) must not hold up the loop that has to switch off a relay. What finds no room is counted, and told when
// there is room again.
type patient struct {
	lines chan []byte
	lost  atomic.Int64
	last  chan struct{} // closed by Close
	done  chan struct{} // closed when all is written
}

func newPatient(w io.Writer) *patient {
	p := &patient{lines: make(chan []byte, waitingLines), last: make(chan struct{}), done: make(chan struct{})}
	go p.write(w)
	return p
}

// Write takes a line. After Close it does nothing: a loop that hung and was given up may still have something to say.
func (p *patient) Write(line []byte) (int, error) {
	select {
	case p.lines <- append([]byte(nil), line...):
	default:
		p.lost.Add(1)
	}
	return len(line), nil
}

// write ends when nothing waits after Close.
func (p *patient) write(w io.Writer) {
	defer close(p.done)
	for {
		select {
		case line := <-p.lines:
			p.line(w, line)
			continue
		default:
		}
		select {
		case line := <-p.lines:
			p.line(w, line)
		case <-p.last:
			return
		}
	}
}

func (p *patient) line(w io.Writer, line []byte) {
	_, _ = w.Write(line) // there is no other place to tell that standard error is gone
	if n := p.lost.Swap(0); n > 0 {
		fmt.Fprintf(w, "%d lines of the log are lost, for nobody read it\n", n)
	}
}

// Close waits a moment for what has not been read yet.
func (p *patient) Close() error {
	close(p.last)
	limit := time.NewTimer(lastLines)
	defer limit.Stop()
	select {
	case <-p.done:
		return nil
	case <-limit.C:
		return fmt.Errorf("the end of the log was not read within %v", lastLines)
	}
}
