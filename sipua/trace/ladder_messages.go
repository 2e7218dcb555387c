package trace

import (
	"bytes"
	"fmt"
	"io"
)

// WriteLadder writes the ladder of records, with the messages in full behind it if wanted. It returns the writer's
// error.
func WriteLadder(w io.Writer, records []Record, inFull bool) error {
	var l ladder
	var b []byte
	for _, r := range records {
		b = l.record(b, r)
	}
	if inFull {
		b = l.messages(b, records, 1)
	}
	_, err := w.Write(b)
	return err
}

// messages appends the text of messages, numbered as in the ladder from first on.
func (l *ladder) messages(b []byte, records []Record, first int) []byte {
	for i, r := range records {
		way := "received from"
		if r.Sent {
			way = "sent to"
		}
		b = fmt.Appendf(b, "\n%d: %.3f s, %s %s %s\n\n", first+i, r.At.Sub(l.start).Seconds(), way, printable(r.Transport), r.Remote)
		b = appendIndented(b, r.Message)
	}
	return b
}

// appendIndented sets a message apart, line by line. Its lines end as they like: the reader's end in LF.
func appendIndented(b, message []byte) []byte {
	for line := range bytes.Lines(message) {
		b = append(b, "    "...)
		b = append(b, printable(string(bytes.TrimRight(line, "\r\n")))...)
		b = append(bytes.TrimRight(b, " "), '\n')
	}
	return b
}
