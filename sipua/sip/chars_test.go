package sip

import (
	"math"
	"strings"
	"testing"
)

// The grammar's sets, RFC 3261 section 25.1, octet by octet.
func TestClasses(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, row := range []struct {
		name    string
		class   class
		members string
	}{
		{"token", tokenChar, letters + "0123456789-.!%*_+`'~"},
		{"user", userChar, letters + "0123456789-_.!~*'()&=+$,;?/"},
		{"password", secretChar, letters + "0123456789-_.!~*'()&=+$,"},
		{"host", hostChar, letters + "0123456789-._"},
		{"scheme", schemeChar, letters + "0123456789+-."},
		{"mark", markChar, "@%"},
	} {
		for c := range 256 {
			is(t, row.name+" "+string(rune(c)), classes[c]&row.class != 0, strings.IndexByte(row.members, byte(c)) >= 0)
		}
	}
}

func TestClassesOfSeparators(t *testing.T) {
	for c := range 256 {
		blankOrControl := c <= ' ' || c == 0x7f
		bracketOrQuote := c == '<' || c == '>' || c == '"'
		separator := c == ';' || c == '=' || c == ','
		is(t, "uri "+string(rune(c)), classes[c]&uriChar != 0, !blankOrControl && !bracketOrQuote)
		is(t, "param "+string(rune(c)), classes[c]&paramChar != 0, !blankOrControl && !bracketOrQuote && !separator)
	}
}

func TestTrim(t *testing.T) {
	for in, want := range map[string]string{
		"":             "",
		" ":            "",
		"\t \t":        "",
		"a":            "a",
		" a":           "a",
		"a ":           "a",
		"\t a b \t":    "a b",
		"\r\na\r\n":    "\r\na\r\n",
		"\u00a0a":      "\u00a0a",
		" \"quoted\" ": "\"quoted\"",
	} {
		is(t, in, trim(in), want)
		is(t, in, string(trimRight(trimLeft([]byte(in)))), want)
	}
}

func TestCase(t *testing.T) {
	for _, row := range []struct{ in, lower, upper string }{
		{"", "", ""},
		{"abc", "abc", "ABC"},
		{"ABC", "abc", "ABC"},
		{"aBc-1", "abc-1", "ABC-1"},
		{"@[`{", "@[`{", "@[`{"},
		{"Ä", "Ä", "Ä"},
	} {
		is(t, row.in, lower(row.in), row.lower)
		is(t, row.in, upper(row.in), row.upper)
	}
}

func TestEqualFold(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want bool
	}{
		{"", "", true},
		{"a", "A", true},
		{"Call-ID", "CALL-id", true},
		{"a", "b", false},
		{"a", "", false},
		{"ab", "a", false},
		{"@", "`", false},
		{"[", "{", false},
		{"-", "\r", false},
		{"k", "\u212a", false},
		{"1", "\x11", false},
	} {
		is(t, row.a+"/"+row.b, equalFold(row.a, row.b), row.want)
		is(t, row.b+"/"+row.a, equalFold(row.b, row.a), row.want)
	}
}

func TestParseNumber(t *testing.T) {
	for _, row := range []struct {
		in    string
		limit uint64
		want  uint64
		ok    bool
	}{
		{"0", 10, 0, true},
		{"10", 10, 10, true},
		{"11", 10, 11, true},
		{"12", 10, 11, true},
		{"0000000000000000000000000000007", 10, 7, true},
		{"4294967295", math.MaxUint32, math.MaxUint32, true},
		{"4294967296", math.MaxUint32, math.MaxUint32 + 1, true},
		{"18446744073709551616", math.MaxUint32, math.MaxUint32 + 1, true},
		{strings.Repeat("9", 10000), math.MaxUint32, math.MaxUint32 + 1, true},
		{"", 10, 0, false},
		{"-1", 10, 0, false},
		{"+1", 10, 0, false},
		{" 1", 10, 0, false},
		{"1 ", 10, 0, false},
		{"1e3", 10, 0, false},
		{"0x1", 10, 0, false},
		{"\u0661", 10, 0, false},
		{"1_0", 10, 0, false},
	} {
		got, ok := parseNumber(row.in, row.limit)
		is(t, row.in, got, row.want)
		is(t, row.in, ok, row.ok)
	}
}

// RFC 3261 section 19.1.2, RFC 4475 sections 3.1.1.3 and 3.1.1.4.
func TestUnescape(t *testing.T) {
	for _, row := range []struct {
		in, want string
		ok       bool
	}{
		{"", "", true},
		{"plain", "plain", true},
		{"%61", "a", true},
		{"x%20y", "x y", true},
		{"%00", "\x00", true},
		{"a%00b", "a\x00b", true},
		{"%2541", "%41", true},
		{"%25%34%31", "%41", true},
		{"%fF%Ff", "\xff\xff", true},
		{"%0d%0aX:", "\r\nX:", true},
		{"%", "", false},
		{"a%", "", false},
		{"a%4", "", false},
		{"%4g", "", false},
		{"%g4", "", false},
		{"%%41", "", false},
		{"% 1", "", false},
		{"%-1", "", false},
	} {
		got, ok := unescape(row.in)
		is(t, row.in, got, row.want)
		is(t, row.in, ok, row.ok)
		if want := row.want; !row.ok {
			is(t, row.in+" kept", lenientUnescape(row.in), row.in)
		} else {
			is(t, row.in+" resolved", lenientUnescape(row.in), want)
		}
	}
}

func TestEscapeEveryOctet(t *testing.T) {
	for _, plain := range []class{userChar, secretChar} {
		for c := range 256 {
			s := string([]byte{byte(c)})
			escaped := string(appendEscaped(nil, s, plain))
			is(t, "length", len(escaped) == 1, classes[c]&plain != 0)
			back, ok := unescape(escaped)
			is(t, escaped, back, s)
			is(t, escaped, ok, true)
		}
	}
	is(t, "appends", string(appendEscaped([]byte("sip:"), "a@b", userChar)), "sip:a%40b")
}
