package config

import (
	"bytes"
	"strings"
	"testing"
)

// TestEveryTruncation cuts a full file at each byte: each piece parses or gives findings with a cure.
func TestEveryTruncation(t *testing.T) {
	for i := range full {
		checkInput(t, []byte(full[:i]))
	}
}

// FuzzParse checks that no input makes a panic, that findings are complete, and that what parses prints and parses again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(good))
	for _, tt := range problemCases {
		f.Add([]byte(tt.text))
	}
	f.Add([]byte("button = [{ name = \"a\" }, 3]\n[a.b.c]\n[[a.d]]\nx = [[1], [{y = 1}]]\n\"\" = 1\n'a.b' = 2"))
	f.Fuzz(func(t *testing.T, data []byte) { checkInput(t, data) })
}

func checkInput(t *testing.T, data []byte) {
	t.Helper()
	c, err := Parse("f.toml", data)
	if err != nil {
		problems, ok := err.(Problems)
		if !ok || len(problems) == 0 || c != nil {
			t.Fatalf("%T with %d problems, configuration %v", err, len(problems), c)
		}
		for _, p := range problems {
			if p.What == "" || p.Cure == "" || p.File != "f.toml" {
				t.Fatalf("incomplete finding %+v", p)
			}
		}
		return
	}
	var first, second bytes.Buffer
	if err := Print(&first, *c); err != nil {
		t.Fatal(err)
	}
	again, err := Parse("f.toml", []byte(restore(first.String(), *c)))
	if err != nil {
		t.Fatalf("the print does not parse: %v\n%s", err, first.String())
	}
	if err := Print(&second, *again); err != nil || first.String() != second.String() {
		t.Fatalf("the print changed: %v\n%s\n%s", err, first.String(), second.String())
	}
}

func FuzzDistance(f *testing.F) {
	f.Add("debounse", "debounce")
	f.Add("", "a")
	f.Add("ab", "ba")
	f.Add(strings.Repeat("x", 70), "x")
	f.Fuzz(func(t *testing.T, a, b string) {
		d := distance(a, b)
		if d != distance(b, a) || (d == 0) != (a == b) && len(a) <= 64 && len(b) <= 64 {
			t.Errorf("distance of %q and %q is %d, backwards %d", a, b, d, distance(b, a))
		}
	})
}
