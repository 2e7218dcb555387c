package trace

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Format is a form of a trace.
type Format uint8

// The formats.
const (
	Ladder Format = iota // text: a row per message, and the messages in full at the end
	Pcap                 // a packet capture, as tcpdump, tshark and wireshark read it
)

// FormatOf chooses the format by the suffix of a file's name: .txt or .pcap.
func FormatOf(path string) (Format, error) {
	switch suffix := strings.ToLower(filepath.Ext(path)); suffix {
	case ".txt":
		return Ladder, nil
	case ".pcap":
		return Pcap, nil
	}
	return 0, fmt.Errorf("trace file %q: end its name in .txt for a ladder of the messages or in .pcap for a packet capture", path)
}

// ErrLimit says that a trace has reached its size and goes no further. What was written is complete in itself.
var ErrLimit = errors.New("the trace has reached its size limit")

// Writer writes records as they come, each with one Write, so that a trace is of use up to the last message before a
// crash.
type Writer struct {
	out     io.Writer
	limit   int64 // of what Write writes
	inFull  int64 // limit of what Close writes
	written int64
	records int
	failure error // ErrLimit, or of out: the end of the trace
	begun   bool

	capture *capture  // of Pcap
	ladder  *ladder   // of Ladder,
	recent  *Recorder // whose messages come at the end
}

// maxRecent bounds the memory for the messages in full at the end of a ladder.
const maxRecent = 8 << 20

// NewWriter makes a trace of at most limit bytes; 0 is 16 MiB.
func NewWriter(out io.Writer, format Format, limit int64) *Writer {
	if limit <= 0 {
		limit = 16 << 20
	}
	w := &Writer{out: out, limit: limit}
	if format == Pcap {
		w.capture = &capture{}
		return w
	}
	// Half of a ladder's size is for the messages in full, which the indent makes somewhat longer.
	w.ladder, w.limit, w.inFull = &ladder{}, limit/2, limit-limit/2
	w.recent = NewRecorder(int(min(w.inFull*3/4, maxRecent)))
	return w
}

// Write adds a record. After an error, which is ErrLimit or one of the underlying writer's, the trace has ended: each
// further Write returns the same error and does nothing.
func (w *Writer) Write(r Record) error {
	if w.failure != nil {
		return w.failure
	}
	if w.failure = w.put(w.render(r)); w.failure != nil {
		return w.failure
	}
	w.records++
	if w.recent != nil {
		w.recent.Add(r)
	}
	return nil
}

// render is the text or the packets of a record, with what stands at the beginning of the file.
func (w *Writer) render(r Record) []byte {
	var b []byte
	if w.capture != nil {
		if !w.begun {
			b = w.capture.begin(b)
		}
		return w.capture.record(b, r)
	}
	return w.ladder.record(b, r)
}

// put writes within the limit. A ladder says in its last line that it stops; in a capture there is no place for that.
func (w *Writer) put(b []byte) error {
	if w.written+int64(len(b)) > w.limit {
		if w.ladder == nil {
			return ErrLimit
		}
		_, err := fmt.Fprintf(w.out, "\nThe trace stops here: %v.\n", ErrLimit)
		return errors.Join(ErrLimit, err)
	}
	w.begun = true
	n, err := w.out.Write(b)
	w.written += int64(n)
	if err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	return nil
}

// Records counts the messages written.
func (w *Writer) Records() int { return w.records }

// Close ends the trace: a ladder gets its newest messages in full, a capture without packets its header. It does not
// close the underlying writer. An ErrLimit of before is none of Close: it has been told.
func (w *Writer) Close() error {
	if w.failure != nil && !errors.Is(w.failure, ErrLimit) {
		return w.failure
	}
	var b []byte
	switch {
	case w.capture != nil && !w.begun:
		b = w.capture.begin(nil)
	case w.ladder != nil && w.records == 0:
		b = []byte("No SIP message was sent or received.\n")
	case w.ladder != nil:
		b = w.fullMessages()
	}
	if w.failure = errors.New("trace: closed"); len(b) == 0 {
		return nil
	}
	_, err := w.out.Write(b)
	return err
}

// fullMessages are those still at hand.
func (w *Writer) fullMessages() []byte {
	first := w.recent.Dropped() + 1
	b := fmt.Appendf(nil, "\nThe messages from number %d on:\n", first)
	b = w.ladder.messages(b, w.recent.Records(), first)
	return b[:min(int64(len(b)), w.inFull)]
}
