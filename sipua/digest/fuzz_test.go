package digest

import (
	"reflect"
	"strings"
	"testing"
)

// seeds are header field values as they come from the field.
var seeds = []string{
	`Digest realm="fritz.box", nonce="0123456789ABCDEF"`,
	`Digest realm="asterisk",nonce="1700000000/5d41402abc4b2a76",opaque="2a",algorithm=MD5,qop="auth"`,
	`Digest realm="r", nonce="n", stale=TRUE, qop="auth,auth-int", userhash=true, algorithm=SHA-512-256-sess`,
	"Digest realm=\"a\\\"b\",\r\n nonce=n==, Digest realm=c, nonce=d",
	`Basic realm="x", Digest realm="y", nonce="z"`,
	`Digest username="door", realm="r", nonce="n", uri="sip:r", response="00", qop=auth, cnonce="c", nc=00000001`,
	`Digest username="door", realm="r", nonce="n", uri="sip:r", response="00", qop="auth-int", cnonce="c", nc="0000000a"`,
}

// FuzzHeader: whatever parses prints to something that parses to the same, and nothing printed breaks a line.
func FuzzHeader(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	for _, v := range vectors {
		f.Add(v.c.String())
	}
	f.Fuzz(func(t *testing.T, in string) {
		if challenges, err := ParseChallenges(in); err == nil {
			for _, c := range challenges {
				again, err := ParseChallenges(checkedLine(t, c.String()))
				if err != nil || len(again) != 1 || again[0] != c {
					t.Errorf("%q printed as %q reads %+v, %v", in, c, again, err)
				}
			}
		}
		if c, err := ParseCredentials(in); err == nil {
			again, err := ParseCredentials(checkedLine(t, c.String()))
			if err != nil || !reflect.DeepEqual(again, c) {
				t.Errorf("%q printed as %q reads %+v, %v", in, c, again, err)
			}
		}
		_ = newClient().Challenged(&Attempt{}, 401, []string{in})
	})
}

func checkedLine(t *testing.T, s string) string {
	for i := range len(s) {
		if s[i] == '\r' || s[i] == '\n' {
			t.Errorf("%q would start a new header field", s)
		}
	}
	return s
}

// TestTruncations: every beginning of a valid value is read or refused, never a panic, and none invents a field.
func TestTruncations(t *testing.T) {
	for _, seed := range seeds {
		for i := range len(seed) {
			if challenges, err := ParseChallenges(seed[:i]); (err == nil) == (len(challenges) == 0) {
				t.Errorf("%q: %d challenges, %v", seed[:i], len(challenges), err)
			}
			c, err := ParseCredentials(seed[:i])
			if isWhole := strings.Contains(seed[:i], "response="); err == nil && !isWhole {
				t.Errorf("%q read as %+v", seed[:i], c)
			}
		}
	}
}

func BenchmarkAnswer(b *testing.B) {
	c := newClient()
	for b.Loop() {
		var try Attempt
		_ = c.Challenged(&try, 401, []string{seeds[1]})
		c.Authorize(&try, register)
	}
}
