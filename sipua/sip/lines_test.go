package sip

import (
	"strconv"
	"strings"
	"testing"
)

func found(s string) (l lines) {
	l.find([]byte(s))
	return l
}

func TestFindLines(t *testing.T) {
	for _, row := range []struct {
		in              string
		n, body         int
		folded, strayCR bool
	}{
		{"", 0, -1, false, false},
		{"a", 0, -1, false, false},
		{"a\r\n", 1, -1, false, false},
		{"a\r\n\r\n", 1, 5, false, false},
		{"a\n\n", 1, 3, false, false},
		{"a\r\n\nb", 1, 4, false, false},
		{"a\n\r\nb", 1, 4, false, false},
		{"a\r\nb\r\n\r\nc\r\n\r\n", 2, 8, false, false},
		{"a\r\n b\r\n\r\n", 2, 9, true, false},
		{"a\r\n\tb\r\n\r\n", 2, 9, true, false},
		{"a\r\n \r\n\r\n", 2, 8, true, false},
		{"a\rb\r\n\r\n", 1, 7, false, true},
		{"a\r\r\n\r\n", 1, 6, false, true},
		{"\r\r\n\r\n", 1, 5, false, true},
		{"a\r\n\r\n\r", 1, 5, false, false},
		{"a\r\nb\r", 1, -1, false, false},
		{"a\r\n\r", 1, -1, false, false},
	} {
		l := found(row.in)
		is(t, row.in+" lines", l.n, row.n)
		is(t, row.in+" body", l.body, row.body)
		is(t, row.in+" folded", l.folded, row.folded)
		is(t, row.in+" stray CR", l.strayCR, row.strayCR)
		is(t, row.in+" too many", l.tooMany, false)
	}
}

// RFC 3261 section 7.3.1.
func TestUnfold(t *testing.T) {
	for _, row := range []struct {
		in   string
		want string // lines joined by |
	}{
		{"a\r\nb: c\r\n\r\n", "a|b: c"},
		{"a\r\nb: c\r\n d\r\n\r\n", "a|b: c d"},
		{"a\r\nb: c  \r\n\t\t d\r\n\r\n", "a|b: c d"},
		{"a\r\nb:\r\n c\r\n\r\n", "a|b: c"},
		{"a\r\nb: c\r\n \r\n\r\n", "a|b: c "},
		{"a\r\nb: c\r\n \r\n d\r\n\r\n", "a|b: c d"},
		{"a\r\nb: c\r\n  d\r\n  e\r\nf: g\r\n\r\n", "a|b: c d e|f: g"},
		{"a\n b\nc\n d\ne\n\n", "a b|c d|e"},
		{"a\r\nb: c\r\n d", "a|b: c"},
		{"a\r\nb: c\r\n d\r\n", "a|b: c d"},
		{" a\r\nb\r\n\r\n", " a|b"},
	} {
		l := found(row.in)
		text := l.text([]byte(row.in), new(scratch))
		var got []string
		for i := range l.n {
			got = append(got, line(&l, text, i))
		}
		is(t, row.in, strings.Join(got, "|"), row.want)
	}
}

func TestUnfoldEqualsOneLine(t *testing.T) {
	plain := "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h ;branch=z9hG4bK1\r\nFrom: \"A B\" <sip:a@h> ;tag=1\r\n" +
		"To: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nSubject: a b c\r\n\r\n"
	want, err := Parse([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	head, fields, _ := strings.Cut(plain, "\r\n")
	for _, fold := range []string{"\r\n ", "\r\n\t", " \r\n ", "\r\n   \t ", "\n ", "\r\n \r\n "} {
		got, err := Parse([]byte(head + "\r\n" + strings.ReplaceAll(fields, " ", fold)))
		if err != nil {
			t.Errorf("%q: %v", fold, err)
			continue
		}
		is(t, strconv.Quote(fold), got.String(), want.String())
	}
}

func TestNoLineIsLost(t *testing.T) {
	for _, n := range []int{1, 2, MaxFields, MaxFields + 1, MaxFields + 2} {
		l := found(strings.Repeat("x: y\r\n", n) + "\r\n")
		is(t, strconv.Itoa(n), l.n, min(n, MaxFields+1))
		is(t, strconv.Itoa(n), l.tooMany, n > MaxFields+1)
		is(t, strconv.Itoa(n), l.body >= 0, n <= MaxFields+1)
	}
}
