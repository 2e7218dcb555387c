package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// A program that is missing must be a loud failure that names the cure.
func TestExecute(t *testing.T) {
	ctx := t.Context()
	if out, err := execute(ctx, []byte("hello"), "cat"); err != nil || string(out) != "hello" {
		t.Errorf("cat answers %q, error %v", out, err)
	}
	if _, err := execute(ctx, nil, "no-such-program-here"); err == nil || !strings.Contains(err.Error(), "packages.sh") {
		t.Errorf("a missing program: %v", err)
	}
	if _, err := execute(ctx, nil, "sh", "-c", "echo it broke >&2; exit 3"); err == nil || !strings.Contains(err.Error(), "it broke") {
		t.Errorf("a failing program: %v", err)
	}
}

func TestInParallel(t *testing.T) {
	var done atomic.Int64
	if err := inParallel(50, func(i int) error { done.Add(int64(i)); return nil }); err != nil || done.Load() != 49*50/2 {
		t.Errorf("sum of jobs %d, error %v", done.Load(), err)
	}
	odd := errors.New("odd")
	err := inParallel(5, func(i int) error {
		if i == 3 {
			return odd
		}
		return nil
	})
	if !errors.Is(err, odd) {
		t.Errorf("error %v, want that of job 3", err)
	}
	if err := inParallel(0, nil); err != nil {
		t.Errorf("no jobs: %v", err)
	}
}

// Samples must go to a program and come back as they are.
func TestFiltered(t *testing.T) {
	in := []int16{0, 1, -1, 32767, -32768, 0x0102}
	out, err := filtered(t.Context(), in, "cat")
	if err != nil || !slices.Equal(in, out) {
		t.Errorf("%v comes back as %v, error %v", in, out, err)
	}
	if got := samplesOf([]byte{1}); len(got) != 0 {
		t.Errorf("half a sample is read as %v", got)
	}
}

func TestExitStatus(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want int
		say  string
	}{
		{"no sub-command", nil, 2, "usage"},
		{"an unknown one", []string{"nonsense"}, 2, "unknown sub-command"},
		{"an unknown flag", []string{"-nonsense"}, 2, "nonsense"},
		{"a set that is not there", []string{"-set", filepath.Join(t.TempDir(), "none"), "echo"}, 1, "no takes"},
		{"set without a folder", []string{"set"}, 1, "needs a folder"},
		{"frames without a number", []string{"frames", "gain"}, 1, "needs a box"},
		{"frames with a bad number", []string{"frames", "gain", "many"}, 1, "no number"},
		{"frames of nothing", []string{"frames", "nothing", "1"}, 1, "no box"},
		{"frames", []string{"frames", "high-pass", "2"}, 0, ""},
		{"jitter", []string{"jitter"}, 0, ""},
	} {
		var complaint strings.Builder
		got := run(t.Context(), c.args, io.Discard, &complaint)
		if got != c.want || !strings.Contains(complaint.String(), c.say) {
			t.Errorf("%s: status %d, want %d; it says %q", c.name, got, c.want, complaint.String())
		}
	}
}

// An anchor that does not compile must stop the run, with the compiler's words.
func TestCompileFailure(t *testing.T) {
	w, err := newWorkshop()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.compile(t.Context(), "broken", []byte("this is no C")); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("error %v", err)
	}
	w.close()
	if _, err := os.Stat(w.dir); !os.IsNotExist(err) {
		t.Errorf("the workshop is still there after close: %v", err)
	}
}

func TestTable(t *testing.T) {
	var out strings.Builder
	x := newTable("Title", "", "E1", "long name")
	x.row("ours", "39.1", "1")
	x.row("someone else's", "7", "22")
	x.print(&out)
	want := "\nTitle\n\n                  E1  long name\nours            39.1          1\nsomeone else's     7         22\n"
	if out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

func TestTargets(t *testing.T) {
	nan := 0.0
	nan /= nan
	for _, c := range []struct {
		target target
		mark   string
		good   bool
	}{
		{target{"met", 5, atLeast, 5, true}, "PASS", true},
		{target{"missed", 4.9, atLeast, 5, true}, "FAIL", false},
		{target{"aimed at", 4.9, atLeast, 5, false}, "short", true},
		{target{"at most", 4.9, atMost, 5, true}, "PASS", true},
		{target{"too much", 5.1, atMost, 5, true}, "FAIL", false},
		{target{"no number", nan, atLeast, 5, true}, "FAIL", false},
		{target{"no number", nan, atMost, 5, true}, "FAIL", false},
	} {
		var out strings.Builder
		if good := judgeTargets(&out, []target{c.target}); good != c.good || !strings.Contains(out.String(), c.mark) {
			t.Errorf("%+v: good %v, printed %q", c.target, good, out.String())
		}
	}
}

// One missed target among many must not be forgotten.
func TestOneMissedTargetFailsAll(t *testing.T) {
	missed := target{"missed", 0, atLeast, 1, true}
	met := target{"met", 1, atLeast, 1, true}
	if judgeTargets(io.Discard, []target{met, missed, met}) {
		t.Error("a missed target in the middle is forgotten")
	}
	if !judgeTargets(io.Discard, []target{met, met}) {
		t.Error("met targets fail")
	}
}

func TestPerformAllLeavesOutWhatWritesAndRunsBoxes(t *testing.T) {
	for _, s := range subcommands {
		if measures := s.name != "set" && s.name != "frames"; s.inAll != measures {
			t.Errorf("%s: in all is %v", s.name, s.inAll)
		}
	}
	if _, err := perform(context.Background(), options{args: []string{"never"}}); !errors.Is(err, errUsage) {
		t.Errorf("error %v, want one about the usage", err)
	}
}
