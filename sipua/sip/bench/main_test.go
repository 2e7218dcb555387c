package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Both parsers must take every message, or the table would compare a refusal with work.
func TestBothSidesDoTheWork(t *testing.T) {
	contests, err := prepare(filepath.Join("..", "testdata", "bench"))
	if err != nil {
		t.Fatal(err)
	}
	if len(contests) != 5 {
		t.Errorf("%d contests, want 5", len(contests))
	}
	for _, c := range contests {
		if err := c.ours(); err != nil {
			t.Errorf("%s: ours: %v", c.name, err)
		}
		if err := c.theirs(); err != nil {
			t.Errorf("%s: sipgo: %v", c.name, err)
		}
	}
}

func TestMessagesHaveCRLF(t *testing.T) {
	wire, err := readMessage(filepath.Join("..", "testdata", "bench", "invite.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(wire, []byte("\n")) != bytes.Count(wire, []byte("\r\n")) || !bytes.HasSuffix(wire, []byte("\r\n\r\n")) {
		t.Errorf("message of %d octets is no wire form", len(wire))
	}
}

func TestMissingMessagesAreTold(t *testing.T) {
	if err := run(new(bytes.Buffer), t.TempDir(), 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the file does not exist", err)
	}
}

func TestMedians(t *testing.T) {
	results := []testing.BenchmarkResult{
		{N: 10, T: 50 * time.Nanosecond, MemBytes: 300, MemAllocs: 30},
		{N: 10, T: 10 * time.Nanosecond, MemBytes: 100, MemAllocs: 10},
		{N: 10, T: 9000 * time.Nanosecond, MemBytes: 200, MemAllocs: 20},
	}
	if got, want := medians(results), (figures{ns: 5, bytes: 20, allocs: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestFiguresFitTheTable(t *testing.T) {
	if got := (figures{1234.4, 567, 8}).String(); strings.Join(strings.Fields(got), " ") != "1234 / 567 / 8" {
		t.Errorf("got %q", got)
	}
}

func TestNothingPrintedIsAnError(t *testing.T) {
	if produced(1) != nil || produced(0) == nil {
		t.Error("produced does not tell nothing from something")
	}
}
