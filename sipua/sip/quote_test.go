package sip

import "testing"

func TestQuotedEnd(t *testing.T) {
	for _, row := range []struct {
		in   string
		want int
	}{
		{`""`, 2},
		{`"a"`, 3},
		{`"a" b "c"`, 3},
		{`"\""`, 4},
		{`"\\"`, 4},
		{`"\\""`, 4},
		{`"a,<;>b"`, 8},
		{`"`, -1},
		{`"a`, -1},
		{`"\"`, -1},
		{`"\`, -1},
		{`"\\\"`, -1},
	} {
		is(t, row.in, quotedEnd(row.in), row.want)
	}
}

func TestUnquote(t *testing.T) {
	for in, want := range map[string]string{
		`""`:             "",
		`"a b"`:          "a b",
		`"\a\b"`:         "ab",
		`"\"\\"`:         `"\`,
		`"\\\\"`:         `\\`,
		"\"\\\x00\"":     "\x00",
		`"%41"`:          "%41",
		"\"\u00e4\"":     "\u00e4",
		`"C:\\dir\\x"`:   `C:\dir\x`,
		`"not \\"twice"`: `not \"twice`,
	} {
		is(t, in, unquote(in), want)
	}
}

func TestQuoteRoundTrip(t *testing.T) {
	for c := range 256 {
		s := "a" + string([]byte{byte(c)}) + "b"
		quoted := string(appendQuoted(nil, s))
		is(t, quoted, quotedEnd(quoted), len(quoted))
		want := s
		if c == '\r' || c == '\n' {
			want = "a b"
		}
		is(t, quoted, unquote(quoted), want)
	}
}

func TestCutValue(t *testing.T) {
	for _, row := range []struct {
		in, value, rest string
		more            bool
	}{
		{"", "", "", false},
		{"a", "a", "", false},
		{" a , b", "a", " b", true},
		{",", "", "", true},
		{"a,", "a", "", true},
		{",a", "", "a", true},
		{`"a,b",c`, `"a,b"`, "c", true},
		{`"a\",b",c`, `"a\",b"`, "c", true},
		{`"a" <b,c>;d="e,f",g`, `"a" <b,c>;d="e,f"`, "g", true},
		{`<a"b>,c"`, `<a"b>`, `c"`, true},
		{`<a,b`, `<a,b`, "", false},
		{`"a,b`, `"a,b`, "", false},
		{`a>,b`, "a>", "b", true},
		{`a,"b,c`, "a", `"b,c`, true},
		{`x<y>z,w`, "x<y>z", "w", true},
	} {
		value, rest, more := cutValue(row.in)
		is(t, row.in, value, row.value)
		is(t, row.in, rest, row.rest)
		is(t, row.in, more, row.more)
	}
}

// Every truncation of a list must end, and lose nothing but separators.
func TestCutValueTruncated(t *testing.T) {
	whole := `"a,\"b" <sip:c,d>;e="f,g", <sip:h> , i`
	for n := range len(whole) + 1 {
		rounds := 0
		for rest, more := whole[:n], true; more; rounds++ {
			_, rest, more = cutValue(rest)
		}
		if rounds > 3 {
			t.Errorf("%q: %d values", whole[:n], rounds)
		}
	}
}

func TestParamsTruncated(t *testing.T) {
	whole := `;tag=1 ; text = "a;\"b" ;lr`
	for n := range len(whole) + 1 {
		p, detail := parseParams(whole[:n])
		for name := range p.All() {
			is(t, "found "+name, p.Has(name), true)
		}
		if detail != "" && p.Has("lr") {
			t.Errorf("%q: refused (%s), yet complete", whole[:n], detail)
		}
	}
}
