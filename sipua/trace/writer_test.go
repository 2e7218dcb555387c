package trace_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"intercom/sipua/trace"
)

func TestFormatOf(t *testing.T) {
	for name, want := range map[string]trace.Format{"a.txt": trace.Ladder, "/x/y.PCAP": trace.Pcap, "door.1.pcap": trace.Pcap} {
		if got, err := trace.FormatOf(name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "pcap", "a.pcapng", "a.txt.gz", "a."} {
		if _, err := trace.FormatOf(name); err == nil || !strings.Contains(err.Error(), ".txt") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// perWrite notes each write apart.
type perWrite struct{ writes [][]byte }

func (p *perWrite) Write(b []byte) (int, error) {
	p.writes = append(p.writes, bytes.Clone(b))
	return len(b), nil
}

// TestEachMessageIsWrittenAtOnce: after a crash the file holds all that had happened.
func TestEachMessageIsWrittenAtOnce(t *testing.T) {
	records := ringing(t)
	for _, format := range []trace.Format{trace.Ladder, trace.Pcap} {
		var out perWrite
		w := trace.NewWriter(&out, format, 0)
		for i, r := range records {
			if err := w.Write(r); err != nil || len(out.writes) != i+1 || w.Records() != i+1 {
				t.Fatalf("record %d: %d writes, %v", i, len(out.writes), err)
			}
			if format == trace.Pcap && len(readCapture(t, bytes.Join(out.writes, nil))) != i+1 {
				t.Fatalf("record %d is not in the file", i)
			}
		}
	}
}

// TestLimit: a trace stops at its size, says so once, and what stands there is whole.
func TestLimit(t *testing.T) {
	records := ringing(t)
	const limit = 4000
	for _, format := range []trace.Format{trace.Ladder, trace.Pcap} {
		var out bytes.Buffer
		w := trace.NewWriter(&out, format, limit)
		var err error
		for range 100 {
			for _, r := range records {
				if err = w.Write(r); err != nil {
					break
				}
			}
		}
		if !errors.Is(err, trace.ErrLimit) || w.Records() < 3 {
			t.Fatalf("format %d: %d records, %v", format, w.Records(), err)
		}
		size := out.Len()
		if err := w.Write(records[0]); !errors.Is(err, trace.ErrLimit) || out.Len() != size {
			t.Errorf("format %d goes on after its end: %v", format, err)
		}
		if err := w.Close(); err != nil || out.Len() > limit+100 {
			t.Errorf("format %d: %d bytes, %v", format, out.Len(), err)
		}
		if format == trace.Ladder {
			if strings.Count(out.String(), "The trace stops here: the trace has reached its size limit.") != 1 || !strings.Contains(out.String(), "Via:") {
				t.Errorf("%s", out.String())
			}
		} else if n := len(readCapture(t, out.Bytes())); n != w.Records() {
			t.Errorf("%d packets, %d records", n, w.Records())
		}
	}
}

// TestFirstRecordTooLarge: even then the file is one.
func TestFirstRecordTooLarge(t *testing.T) {
	var out bytes.Buffer
	w := trace.NewWriter(&out, trace.Pcap, 100)
	if err := w.Write(ringing(t)[0]); !errors.Is(err, trace.ErrLimit) {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil || len(readCapture(t, out.Bytes())) != 0 {
		t.Errorf("%v", err)
	}
}

// TestNewestMessagesInFull: a long ladder ends with the newest of its messages, under their own numbers.
func TestNewestMessagesInFull(t *testing.T) {
	var out bytes.Buffer
	w := trace.NewWriter(&out, trace.Ladder, 64<<10)
	r := ringing(t)[0]
	const many = 200
	for range many {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if strings.Contains(text, "\n1: ") || !strings.Contains(text, "\n200: 0.000 s, sent to UDP 192.0.2.10:5060") {
		t.Errorf("%s", text[len(text)-2000:])
	}
}

type fullDisk struct{ room int }

var errDisk = errors.New("disk full")

func (f *fullDisk) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errDisk
	}
	return len(b), nil
}

func TestDiskFull(t *testing.T) {
	for _, format := range []trace.Format{trace.Ladder, trace.Pcap} {
		w := trace.NewWriter(&fullDisk{room: 600}, format, 0)
		var err error
		for _, r := range ringing(t) {
			err = w.Write(r)
		}
		if !errors.Is(err, errDisk) {
			t.Errorf("format %d: %v", format, err)
		}
		if err := w.Close(); !errors.Is(err, errDisk) {
			t.Errorf("format %d: Close says %v", format, err)
		}
	}
	if err := trace.WriteLadder(&fullDisk{}, ringing(t), true); !errors.Is(err, errDisk) {
		t.Error(err)
	}
}

func TestWriteAfterClose(t *testing.T) {
	w := trace.NewWriter(&bytes.Buffer{}, trace.Pcap, 0)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(ringing(t)[0]); err == nil {
		t.Error("a closed trace takes another record")
	}
}
