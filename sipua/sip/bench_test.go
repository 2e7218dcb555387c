package sip

import (
	"bytes"
	"os"
	"testing"
)

// sample reads a message of testdata/bench, which the comparison in the bench folder uses as well.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/bench/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
}

func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"invite", "ok200", "fritz401", "wsinv"} {
		wire := sample(b, name)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(wire)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(wire); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	m, err := Parse(sample(b, "ok200"))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Append(nil)
		}
	})
	b.Run("reused", func(b *testing.B) {
		b.ReportAllocs()
		var buffer []byte
		for b.Loop() {
			buffer = m.Append(buffer[:0])
		}
	})
}
