package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"

	"intercom/sipua"
	"intercom/sipua/trace"
)

// traceUsage describes the flag of run and demo.
const traceUsage = "write the SIP messages to `FILE` as they come, secrets masked: .txt is a ladder, .pcap for tshark or wireshark"

// traceLimit bounds the file: two days of a busy door, and nothing on a memory card.
const traceLimit = 16 << 20

// traceQueue is how many messages may wait for a slow disk. The door does not wait for it.
const traceQueue = 1024

// tracer writes SIP messages to a file in a goroutine of its own. A nil tracer takes everything and does nothing.
type tracer struct {
	path   string
	file   *os.File
	writer *trace.Writer
	log    *slog.Logger
	queue  chan told
	stop   chan struct{}
	ended  chan struct{}
	missed atomic.Int64
}

// told is a message and whose it is.
type told struct {
	who     string
	message sipua.Traced
}

// openTrace starts a trace; without a path it is nil. The error says how to name the file.
func openTrace(path string, log *slog.Logger) (*tracer, error) {
	if path == "" {
		return nil, nil
	}
	format, err := trace.FormatOf(path)
	if err != nil {
		return nil, fmt.Errorf("--trace: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) // who called when is nobody else's business
	if err != nil {
		return nil, fmt.Errorf("--trace: %w", err)
	}
	t := &tracer{
		path: path, file: file, writer: trace.NewWriter(file, format, traceLimit), log: log,
		queue: make(chan told, traceQueue), stop: make(chan struct{}), ended: make(chan struct{}),
	}
	go t.run()
	return t, nil
}

// watch takes what a party saw; messages go into the trace. It never blocks.
func (t *tracer) watch(who string, what any) {
	message, ok := what.(sipua.Traced)
	if !ok || t == nil {
		return
	}
	select {
	case t.queue <- told{who, message}:
	default:
		t.missed.Add(1)
	}
}

// run writes until stop, and then what is waiting still.
func (t *tracer) run() {
	defer close(t.ended)
	for {
		select {
		case m := <-t.queue:
			t.write(m)
			continue
		case <-t.stop:
		}
		for len(t.queue) > 0 {
			t.write(<-t.queue)
		}
		return
	}
}

// write tells of the end of the trace once: it may come long before that of the door.
func (t *tracer) write(m told) {
	flow, before := m.message.Flow, t.writer.Records()
	err := t.writer.Write(trace.New(trace.Way{
		At: m.message.At, Who: m.who, Sent: m.message.Sent,
		Transport: flow.Transport, Local: flow.Local, Remote: flow.Remote,
	}, m.message.Message))
	if err != nil && t.log != nil {
		t.log.Warn("the trace has ended; the door goes on", "file", t.path, "messages", before, "error", err)
		t.log = nil
	}
}

// close ends the trace and returns what went wrong with the file.
func (t *tracer) close() error {
	if t == nil {
		return nil
	}
	close(t.stop)
	<-t.ended
	err := errors.Join(t.writer.Close(), t.file.Close())
	if n := t.missed.Load(); n > 0 {
		err = errors.Join(err, fmt.Errorf("%d messages are missing: the disk did not keep up", n))
	}
	if err != nil {
		return fmt.Errorf("--trace %s: %w", t.path, err)
	}
	return nil
}
