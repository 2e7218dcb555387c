package digest

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// TestParseLists: how a header field value falls apart.
func TestParseLists(t *testing.T) {
	rows := []struct {
		rule, in string
		want     []schemeList
	}{
		{"empty", "", nil},
		{"blanks and commas", " ,\t,\r\n ", nil},
		{"scheme alone", "Negotiate", []schemeList{{scheme: "Negotiate"}}},
		{"one parameter", `Digest a="b"`, []schemeList{{"Digest", []param{{"a", "b"}}}}},
		{"blanks around the sign", "Digest a = \"b\" , c =d", []schemeList{{"Digest", []param{{"a", "b"}, {"c", "d"}}}}},
		{"comma after the scheme", `Digest, a=b`, []schemeList{{"Digest", []param{{"a", "b"}}}}},
		{"empty elements", `Digest a=b,,c=d,`, []schemeList{{"Digest", []param{{"a", "b"}, {"c", "d"}}}}},
		{"comma in quotes", `Digest a="b, c=d"`, []schemeList{{"Digest", []param{{"a", "b, c=d"}}}}},
		{"escaped quote", `Digest a="b\"c\\"`, []schemeList{{"Digest", []param{{"a", `b"c\`}}}}},
		{"empty quotes", `Digest a="", b=""`, []schemeList{{"Digest", []param{{"a", ""}, {"b", ""}}}}},
		{"empty value", `Digest a=, b=c`, []schemeList{{"Digest", []param{{"a", ""}, {"b", "c"}}}}},
		{"signs in a value", `Digest a=b==, c=d`, []schemeList{{"Digest", []param{{"a", "b=="}, {"c", "d"}}}}},
		{"URI without quotes", `Digest uri=sip:a@b;c=d, e=f`, []schemeList{{"Digest", []param{{"uri", "sip:a@b;c=d"}, {"e", "f"}}}}},
		{"two schemes", `Basic realm="x", Digest realm="y", nonce="z"`,
			[]schemeList{{"Basic", []param{{"realm", "x"}}}, {"Digest", []param{{"realm", "y"}, {"nonce", "z"}}}}},
		{"no blank after quotes", `Digest a="b"c="d"`, []schemeList{{"Digest", []param{{"a", "b"}, {"c", "d"}}}}},
		{"fold within quotes", "Digest a=\"b\r\n c\"", []schemeList{{"Digest", []param{{"a", "b c"}}}}},
		{"UTF-8", `Digest realm="Tür"`, []schemeList{{"Digest", []param{{"realm", "Tür"}}}}},
	}
	for _, row := range rows {
		if got, err := parseLists(row.in); err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: %q, %v, want %q", row.rule, got, err, row.want)
		}
	}
}

func TestParseListsErrors(t *testing.T) {
	rows := []struct{ rule, in, names string }{
		{"parameter before the scheme", `a=b`, `"a"`},
		{"open quote", `Digest a="b`, `"a"`},
		{"open quote after an escape", `Digest a="b\"`, `"a"`},
		{"escape at the end", `Digest a="b\`, `"a"`},
		{"quote where a name should be", `Digest "a"=b`, `'"'`},
		{"control character", "Digest \x01", `'\x01'`},
		{"sign after the scheme", `Digest =b`, `"Digest"`},
		{"sign where a name should be", `Digest a=b, =c`, `=`},
		{"long name", `Digest x, ` + strings.Repeat("n", 500) + `="`, `nnn...`},
	}
	for _, row := range rows {
		_, err := parseLists(row.in)
		if !errors.Is(err, ErrSyntax) || !strings.Contains(err.Error(), row.names) || len(err.Error()) > 250 {
			t.Errorf("%s: %v, want a syntax error that names %s", row.rule, err, row.names)
		}
	}
}

// TestParseChallenges: what is read of a challenge, and what is left out of several.
func TestParseChallenges(t *testing.T) {
	rows := []struct {
		rule, in string
		want     []Challenge
	}{
		{"all parameters", `Digest realm="r", domain="sip:a", nonce="n", opaque="o", stale=true, algorithm=SHA-256, qop="auth,auth-int", charset=UTF-8, userhash=true`,
			[]Challenge{{Realm: "r", Nonce: "n", Opaque: "o", Algorithm: SHA256, QOP: Auth | AuthInt, Stale: true, UserHash: true}}},
		{"the least", `Digest realm="", nonce=""`, []Challenge{{}}},
		{"stale in quotes", `Digest realm="r", nonce="n", stale="TRUE"`, []Challenge{{Realm: "r", Nonce: "n", Stale: true}}},
		{"stale that is something else", `Digest realm="r", nonce="n", stale=yes`, []Challenge{{Realm: "r", Nonce: "n"}}},
		{"MD5 named is not MD5 unnamed", `Digest realm="r", nonce="n", algorithm=md5`, []Challenge{{Realm: "r", Nonce: "n", Algorithm: MD5}}},
		{"qop of blanks", `Digest realm="r", nonce="n", qop=" , "`, []Challenge{{Realm: "r", Nonce: "n"}}},
		{"qop parted by blanks", `Digest realm="r", nonce="n", qop="auth auth-int"`, []Challenge{{Realm: "r", Nonce: "n", QOP: Auth | AuthInt}}},
		{"the understood ones of several", `Basic realm="r", Digest realm="r", nonce="1", algorithm=X, Digest realm="r", nonce="2", Digest realm="r"`,
			[]Challenge{{Realm: "r", Nonce: "2"}}},
	}
	for _, row := range rows {
		if got, err := ParseChallenges(row.in); err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: %+v, %v, want %+v", row.rule, got, err, row.want)
		}
	}
}

// TestChallengeRoundTrip: what a server prints a client reads.
func TestChallengeRoundTrip(t *testing.T) {
	for algorithm := Unnamed; algorithm <= SHA512256Sess; algorithm++ {
		for _, qop := range []QOP{0, Auth, AuthInt, Auth | AuthInt} {
			if qop == 0 && algorithm.isSession() {
				continue // cannot be answered
			}
			for _, flag := range []bool{false, true} {
				c := Challenge{Realm: `a "b" \`, Nonce: "n,=", Opaque: "o", Algorithm: algorithm, QOP: qop, Stale: flag, UserHash: !flag}
				got, err := ParseChallenges(c.String())
				if err != nil || len(got) != 1 || got[0] != c {
					t.Errorf("%s read as %+v, %v", c, got, err)
				}
			}
		}
	}
}

// TestWindow: the replay window of one nonce, count by count.
func TestWindow(t *testing.T) {
	c := counts{highest: 100, window: 1}
	steps := []struct {
		count uint32
		want  bool
	}{
		{100, false}, {99, true}, {99, false}, {37, true}, {37, false}, {36, false}, {1, false},
		{101, true}, {38, true}, {37, false}, {100, false},
		{164, true}, {101, false}, {102, true}, {100, false},
		{1000, true}, {999, true}, {936, false}, {937, true},
		{1<<32 - 1, true}, {1<<32 - 1, false}, {1<<32 - 64, true}, {1<<32 - 65, false},
	}
	for i, step := range steps {
		if got := c.use(step.count); got != step.want {
			t.Errorf("step %d: count %d taken: %v, want %v", i, step.count, got, step.want)
		}
	}
}

// TestNonces: every bit counts, and no two are alike.
func TestNonces(t *testing.T) {
	n := &newServer(t, nil).nonces
	nonce, err := n.make(noon)
	if err != nil {
		t.Fatal(err)
	}
	if issued, ok := n.open(noon, nonce); !ok || !issued.Equal(noon) {
		t.Fatalf("own nonce: %v, %v", issued, ok)
	}
	if len(nonce) != 43 || strings.ContainsAny(nonce, `"\=,; `) {
		t.Errorf("nonce %q", nonce)
	}
	for i := range len(nonce) {
		for _, c := range []byte{'A', 'B', '_', '=', '"'} {
			forged := nonce[:i] + string(c) + nonce[i+1:]
			if _, ok := n.open(noon, forged); ok && forged != nonce {
				t.Errorf("forged nonce %q passes", forged)
			}
		}
		if _, ok := n.open(noon, nonce[:i]); ok {
			t.Errorf("nonce cut to %d characters passes", i)
		}
	}
	seen := map[string]bool{}
	for range 1000 {
		nonce, _ := n.make(noon)
		seen[nonce] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different nonces of 1000", len(seen))
	}
}

func BenchmarkVerify(b *testing.B) {
	s, err := NewServer(ServerConfig{Realm: "house.example", Users: []User{{"door", "1234"}}})
	if err != nil {
		b.Fatal(err)
	}
	c := newClient()
	challenges, _ := s.Challenges(noon, false)
	var try Attempt
	if err := c.Challenged(&try, 401, challenges); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var next Attempt
		if _, err := s.Verify(noon, register, []string{c.Authorize(&next, register)[0].Value}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseWorst is the longest header field that is read, of the shortest parameters.
func BenchmarkParseWorst(b *testing.B) {
	value := "Digest " + strings.Repeat("a=b,", 60) + `x="` + strings.Repeat(`\"`, 2000) + `"`
	b.SetBytes(int64(len(value)))
	for b.Loop() {
		if _, err := parseLists(value); err != nil {
			b.Fatal(err)
		}
	}
}
