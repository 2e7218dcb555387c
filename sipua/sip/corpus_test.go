package sip

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// corpus reads testdata/torture: wire messages by name. Its README tells the notation.
func corpus(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/torture/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	messages := make(map[string][]byte)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for section := range strings.SplitSeq("\n"+string(text), "\n=== ") {
			name, body, ok := strings.Cut(section, "\n")
			if !ok || name == "" {
				continue
			}
			if messages[name] != nil {
				t.Fatalf("%s: %s comes twice", file, name)
			}
			messages[name] = []byte(decodeCorpus(body + "\n"))
		}
	}
	return messages
}

var (
	repetition = regexp.MustCompile(`\{(\d+)\*([^}]*)\}`)
	octets     = regexp.MustCompile(`\{(0x[0-9a-fx ]+)\}`)
)

func decodeCorpus(s string) string {
	s = repetition.ReplaceAllStringFunc(s, func(m string) string {
		part := repetition.FindStringSubmatch(m)
		n, _ := strconv.Atoi(part[1])
		return strings.Repeat(part[2], n)
	})
	s = strings.ReplaceAll(s, "{cut}\n", "")
	s = strings.ReplaceAll(s, "\n", "\r\n")
	s = strings.ReplaceAll(s, "{lf}", "\n")
	return octets.ReplaceAllStringFunc(s, func(m string) string {
		b, err := hex.DecodeString(strings.NewReplacer("{", "", "}", "", "0x", "", " ", "").Replace(m))
		if err != nil {
			panic(err)
		}
		return string(b)
	})
}
