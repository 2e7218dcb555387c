package digest

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"testing/iotest"
)

// ones is a source of randomness that is not random: cnonces come out as "0101010101010101".
type ones struct{}

func (ones) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 1
	}
	return len(b), nil
}

func newClient() *Client {
	return NewClient(ClientConfig{Username: "door", Password: "1234", Rand: ones{}})
}

var register = Request{Method: "REGISTER", URI: "sip:house.example"}

// answer authorizes one sending and reads back the only field given.
func answer(t *testing.T, c *Client, try *Attempt) Credentials {
	t.Helper()
	fields := c.Authorize(try, register)
	if len(fields) != 1 {
		t.Fatalf("%d fields, want 1: %v", len(fields), fields)
	}
	got, err := ParseCredentials(fields[0].Value)
	if err != nil {
		t.Fatalf("own field %q does not parse: %v", fields[0].Value, err)
	}
	return got
}

func challenged(t *testing.T, c *Client, try *Attempt, status int, values ...string) {
	t.Helper()
	if err := c.Challenged(try, status, values); err != nil {
		t.Fatalf("challenge %q refused: %v", values, err)
	}
}

// TestAnswerForms holds one row per form of challenge seen in the field, with the exact answer.
func TestAnswerForms(t *testing.T) {
	const uri = `uri="sip:house.example"`
	rows := []struct {
		rule, challenge, want string // want has the response left out
	}{
		{"FRITZ!Box: realm and nonce only; no qop, hence no nc and cnonce (RFC 3261 section 22.4 item 8)",
			`Digest realm="fritz.box", nonce="F1"`,
			`Digest username="door", realm="fritz.box", nonce="F1", ` + uri},
		{"qop asks for qop, cnonce and nc (RFC 8760 section 2.6 item 8), unquoted but cnonce (RFC 7616 section 3.4)",
			`Digest realm="r", nonce="n", qop="auth", algorithm=MD5, opaque="o"`,
			`Digest username="door", realm="r", nonce="n", ` + uri + `, algorithm=MD5, opaque="o", qop=auth, cnonce="0101010101010101", nc=00000001`},
		{"auth is preferred to auth-int", `Digest realm="r", nonce="n", qop="auth-int,auth"`,
			`Digest username="door", realm="r", nonce="n", ` + uri + `, qop=auth, cnonce="0101010101010101", nc=00000001`},
		{"auth-int alone is answered", `Digest realm="r", nonce="n", qop="auth-int"`,
			`Digest username="door", realm="r", nonce="n", ` + uri + `, qop=auth-int, cnonce="0101010101010101", nc=00000001`},
		{"unknown qop values are ignored (RFC 7616 section 3.3)", `Digest realm="r", nonce="n", qop="token, auth, x-1"`,
			`Digest username="door", realm="r", nonce="n", ` + uri + `, qop=auth, cnonce="0101010101010101", nc=00000001`},
		{"quoted algorithm, as libre sends", `Digest realm="r", nonce="n", algorithm="SHA-256"`,
			`Digest username="door", realm="r", nonce="n", ` + uri + `, algorithm=SHA-256`},
		{"all unquoted, any case", `DIGEST REALM=r,NONCE=abc==,ALGORITHM=sha-512-256-SESS,QOP=AUTH`,
			`Digest username="door", realm="r", nonce="abc==", ` + uri + `, algorithm=SHA-512-256-sess, qop=auth, cnonce="0101010101010101", nc=00000001`},
		{"folded over lines with blanks around =", "Digest realm = \"r\",\r\n\tnonce =\"n\",\r\n  stale = FALSE",
			`Digest username="door", realm="r", nonce="n", ` + uri},
		{"commas missing between parameters", `Digest realm="r" nonce="n" opaque="o"`,
			`Digest username="door", realm="r", nonce="n", ` + uri + `, opaque="o"`},
		{"escapes are undone for the hash and redone on the wire", `Digest realm="a \"b\" \\c", nonce="n"`,
			`Digest username="door", realm="a \"b\" \\c", nonce="n", ` + uri},
		{"unknown parameters do not matter", `Digest realm="r", charset=UTF-8, nonce="n", domain="sip:a sip:b", x="y"`,
			`Digest username="door", realm="r", nonce="n", ` + uri},
		{"stale=TRUE on the first challenge, as callcentric sends", `Digest realm="r", nonce="n", stale=TRUE`,
			`Digest username="door", realm="r", nonce="n", ` + uri},
		{"userhash (RFC 7616 section 3.4.4)", `Digest realm="r", nonce="n", userhash=true`,
			`Digest username="` + MD5.sum("door", "r") + `", realm="r", nonce="n", ` + uri + `, userhash=true`},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			var try Attempt
			c := newClient()
			if got := c.Authorize(&try, register); len(got) != 0 {
				t.Fatalf("credentials before the challenge: %v", got)
			}
			challenged(t, c, &try, 401, row.challenge)
			got := answer(t, c, &try)
			if want := got.compute("door", "1234", "REGISTER", nil); got.Response != want {
				t.Errorf("response %s, want %s", got.Response, want)
			}
			text := strings.Replace(got.String(), `, response="`+got.Response+`"`, "", 1)
			if text != row.want {
				t.Errorf("answer\n%s, want\n%s", text, row.want)
			}
		})
	}
}

// TestUnanswerable holds what must not be answered.
func TestUnanswerable(t *testing.T) {
	rows := []struct {
		rule string
		want error
		in   []string
	}{
		{"Basic is never answered (RFC 8760 section 2.6, RFC 3261 section 22.4)", ErrUnsupported, []string{`Basic realm="r"`}},
		{"unknown scheme", ErrUnsupported, []string{`Negotiate abc==`}},
		{"unknown algorithm (RFC 8760 section 2.4)", ErrUnsupported, []string{`Digest realm="r", nonce="n", algorithm=SHA-1`}},
		{"AKA is for SIM cards (RFC 3310)", ErrUnsupported, []string{`Digest realm="r", nonce="n", algorithm=AKAv1-MD5`}},
		{"no known qop is left (RFC 7616 section 3.3)", ErrUnsupported, []string{`Digest realm="r", nonce="n", qop="token"`}},
		{"-sess without qop", ErrUnsupported, []string{`Digest realm="r", nonce="n", algorithm=MD5-sess`}},
		{"no challenge at all", ErrUnsupported, nil},
		{"empty value", ErrUnsupported, []string{""}},
		{"no nonce", ErrSyntax, []string{`Digest realm="r"`}},
		{"no realm", ErrSyntax, []string{`Digest nonce="n"`}},
		{"no scheme", ErrSyntax, []string{`realm="r", nonce="n"`}},
		{"open quote", ErrSyntax, []string{`Digest realm="r, nonce=n`}},
		{"stray quote", ErrSyntax, []string{`Digest "realm"="r"`}},
		{"realm beyond all measure", ErrSyntax, []string{`Digest realm="` + strings.Repeat("a", 5000) + `", nonce="n"`}},
		{"unquoted nonce beyond all measure", ErrSyntax, []string{`Digest realm="r", nonce=` + strings.Repeat("a", 5000)}},
		{"field beyond all measure", ErrSyntax, []string{`Digest realm="r", nonce="n"` + strings.Repeat(" ", 20000)}},
		{"too many parameters", ErrSyntax, []string{`Digest ` + strings.Repeat("a=b,", 100)}},
		{"too many schemes", ErrSyntax, []string{strings.Repeat("Digest ", 100)}},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			var try Attempt
			c := newClient()
			if err := c.Challenged(&try, 401, row.in); !errors.Is(err, row.want) {
				t.Errorf("error %v, want %v", err, row.want)
			}
			if got := c.Authorize(&try, register); len(got) != 0 {
				t.Errorf("credentials all the same: %v", got)
			}
		})
	}
}

// TestLongValues: a realm and a nonce as long as carriers make them come back whole (CVE-2022-24754's class).
func TestLongValues(t *testing.T) {
	realm, nonce := strings.Repeat("r", 4096), strings.Repeat("n", 4096)
	var try Attempt
	c := newClient()
	challenged(t, c, &try, 401, `Digest realm="`+realm+`", nonce="`+nonce+`"`)
	if got := answer(t, c, &try); got.Realm != realm || got.Nonce != nonce {
		t.Errorf("realm of %d and nonce of %d characters came back", len(got.Realm), len(got.Nonce))
	}
}

// TestTopmost is RFC 8760 section 2.4: per realm the topmost challenge that is understood, and every realm answered.
func TestTopmost(t *testing.T) {
	var try Attempt
	c := newClient()
	challenged(t, c, &try, 407,
		`Basic realm="a"`,
		`Digest realm="a", nonce="1", algorithm=SHA-999`,
		`Digest realm="a", nonce="2", algorithm=SHA-256, Digest realm="b", nonce="3"`,
		`Digest realm="a", nonce="4", algorithm=MD5`,
		`Digest realm="broken`)
	fields := c.Authorize(&try, register)
	if len(fields) != 2 {
		t.Fatalf("%d fields, want one for each of the realms a and b: %v", len(fields), fields)
	}
	for i, want := range []string{`realm="a", nonce="2"`, `realm="b", nonce="3"`} {
		if fields[i].Name != "Proxy-Authorization" || !strings.Contains(fields[i].Value, want) {
			t.Errorf("field %d is %v, want a Proxy-Authorization with %s", i, fields[i], want)
		}
	}
}

// TestRetryRules is RFC 3261 section 22.1 with the field's exceptions. Each row is a client that knows nonce "old" from
// an earlier request, unless isFresh, and a list of challenges to one request.
func TestRetryRules(t *testing.T) {
	plain := func(nonce string) string { return fmt.Sprintf(`Digest realm="r", nonce=%q`, nonce) }
	rows := []struct {
		rule       string
		isFresh    bool
		challenges []string
		want       error // of the last challenge; those before it must be answered
	}{
		{"first challenge", true, []string{plain("a")}, nil},
		{"the same nonce again: wrong password", true, []string{plain("a"), plain("a")}, ErrRejected},
		{"another nonce without stale after an answer to this request: wrong password", true, []string{plain("a"), plain("b")}, ErrRejected},
		{"stale with another nonce", true, []string{plain("a"), plain("b") + `, stale=true`}, nil},
		{"stale with the same nonce is a rejection", true, []string{plain("a"), plain("a") + `, stale=true`}, ErrRejected},
		{"stale for ever ends at three retries", true, []string{plain("a"), plain("b") + `,stale=true`,
			plain("c") + `,stale=true`, plain("d") + `,stale=true`}, ErrRetries},
		{"FRITZ!Box: a new nonce after pre-emptive credentials is stale once", false, []string{plain("a")}, nil},
		{"but not twice", false, []string{plain("a"), plain("b")}, ErrRejected},
		{"the old nonce again after pre-emptive credentials: wrong password", false, []string{plain("old")}, ErrRejected},
		{"stale=false with a new nonce after pre-emptive credentials", false, []string{plain("a") + `, stale=false`}, nil},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			c := newClient()
			if !row.isFresh {
				var earlier Attempt
				challenged(t, c, &earlier, 401, plain("old"))
				answer(t, c, &earlier)
			}
			var try Attempt
			if got := len(c.Authorize(&try, register)); got > 0 == row.isFresh {
				t.Fatalf("%d pre-emptive fields", got)
			}
			last := len(row.challenges) - 1
			for _, challenge := range row.challenges[:last] {
				challenged(t, c, &try, 401, challenge)
				answer(t, c, &try)
			}
			err := c.Challenged(&try, 401, row.challenges[last:])
			if !errors.Is(err, row.want) {
				t.Fatalf("last challenge: %v, want %v", err, row.want)
			}
			if got := len(c.Authorize(&try, register)); (got == 1) != (row.want == nil) && row.want != ErrRetries {
				t.Errorf("%d fields after the last challenge", got)
			}
		})
	}
}

// TestRejectedIsNotPreemptive: what was rejected is not sent with the next request, but its nonce goes on counting when
// the server offers it again (a second nc=1 is a replay, JAIN SIP #181).
func TestRejectedIsNotPreemptive(t *testing.T) {
	const challenge = `Digest realm="r", nonce="n", qop="auth"`
	c := newClient()
	var first, second Attempt
	challenged(t, c, &first, 401, challenge)
	if got := answer(t, c, &first); got.Count != 1 {
		t.Fatalf("nc %d, want 1", got.Count)
	}
	if err := c.Challenged(&first, 401, []string{challenge}); !errors.Is(err, ErrRejected) {
		t.Fatalf("error %v, want a rejection", err)
	}
	if got := c.Authorize(&second, register); len(got) != 0 {
		t.Fatalf("rejected credentials sent again: %v", got)
	}
	challenged(t, c, &second, 401, challenge)
	if got := answer(t, c, &second); got.Count != 2 {
		t.Errorf("nc %d with the same nonce, want 2", got.Count)
	}
}

// TestNonceCount is RFC 7616 section 3.4: one more for each request with the same nonce, from 1 for another.
func TestNonceCount(t *testing.T) {
	c := newClient()
	var first Attempt
	challenged(t, c, &first, 401, `Digest realm="r", nonce="n", qop=auth`)
	for want := uint32(1); want <= 12; want++ {
		var next Attempt
		got := answer(t, c, &next)
		if got.Count != want || got.Nonce != "n" {
			t.Fatalf("nonce %s nc %d, want n and %d", got.Nonce, got.Count, want)
		}
	}
	var stale Attempt
	answer(t, c, &stale)
	challenged(t, c, &stale, 401, `Digest realm="r", nonce="m", qop=auth, stale=true`)
	if got := answer(t, c, &stale); got.Count != 1 || got.Nonce != "m" {
		t.Errorf("nonce %s nc %d, want m and 1", got.Nonce, got.Count)
	}
	c.realms[0].count = math.MaxUint32
	var worn Attempt
	if got := c.Authorize(&worn, register); len(got) != 0 {
		t.Errorf("nc ran over: %v", got)
	}
}

// TestNextNonce is RFC 7616 section 3.5.
func TestNextNonce(t *testing.T) {
	c := newClient()
	var try Attempt
	challenged(t, c, &try, 401, `Digest realm="r", nonce="n", qop=auth, opaque="o", stale=true`)
	answer(t, c, &try)
	for _, info := range []string{"", `qop=auth, rspauth="x", nc=00000001`, `nextnonce="n"`} {
		if err := c.Accepted(&try, info); err != nil {
			t.Fatalf("Authentication-Info %q: %v", info, err)
		}
	}
	var second Attempt
	if got := answer(t, c, &second); got.Nonce != "n" || got.Count != 2 {
		t.Fatalf("nonce %s nc %d, want n and 2", got.Nonce, got.Count)
	}
	if err := c.Accepted(&second, `nextnonce="m", qop=auth`); err != nil {
		t.Fatal(err)
	}
	var third Attempt
	if got := answer(t, c, &third); got.Nonce != "m" || got.Count != 1 || got.Opaque != "o" {
		t.Errorf("nonce %s nc %d opaque %s, want m, 1, o", got.Nonce, got.Count, got.Opaque)
	}
	if err := c.Accepted(&third, `nextnonce="broken`); !errors.Is(err, ErrSyntax) {
		t.Errorf("broken Authentication-Info: %v", err)
	}
}

// TestNextNonceOfTwoRealms: Authentication-Info names no realm, so with two it changes nothing.
func TestNextNonceOfTwoRealms(t *testing.T) {
	c := newClient()
	var try Attempt
	challenged(t, c, &try, 401, `Digest realm="a", nonce="1"`, `Digest realm="b", nonce="2"`)
	c.Authorize(&try, register)
	if err := c.Accepted(&try, `nextnonce="3"`); err != nil {
		t.Fatal(err)
	}
	var next Attempt
	for _, field := range c.Authorize(&next, register) {
		if strings.Contains(field.Value, `nonce="3"`) {
			t.Errorf("nextnonce went to %s", field.Value)
		}
	}
}

// TestProxyAndRegistrar: both challenge in turn, and the last request answers both.
func TestProxyAndRegistrar(t *testing.T) {
	c := newClient()
	var try Attempt
	challenged(t, c, &try, 407, `Digest realm="r", nonce="p"`)
	answer(t, c, &try)
	challenged(t, c, &try, 401, `Digest realm="r", nonce="w"`)
	fields := c.Authorize(&try, register)
	if len(fields) != 2 || fields[0].Name != "Proxy-Authorization" || fields[1].Name != "Authorization" {
		t.Fatalf("fields %v, want one for the proxy and one for the registrar", fields)
	}
	// The proxy rejects, while a third realm asks for the first time: that one alone is answered.
	challenged(t, c, &try, 407, `Digest realm="r", nonce="p"`, `Digest realm="s", nonce="q"`)
	for _, field := range c.Authorize(&try, register) {
		if strings.Contains(field.Value, `nonce="p"`) {
			t.Errorf("rejected credentials sent again: %v", field)
		}
	}
}

// TestPermittedRealms is the second fence against the digest leak: a peer that challenges for a realm of its own gets
// nothing.
func TestPermittedRealms(t *testing.T) {
	c := NewClient(ClientConfig{Username: "door", Password: "1234", Realms: []string{"house.example"}, Rand: ones{}})
	var try Attempt
	if err := c.Challenged(&try, 407, []string{`Digest realm="evil", nonce="n"`}); !errors.Is(err, ErrRealm) {
		t.Fatalf("error %v, want ErrRealm", err)
	}
	if got := c.Authorize(&try, register); len(got) != 0 {
		t.Fatalf("credentials leak to another realm: %v", got)
	}
	challenged(t, c, &try, 401, `Digest realm="House.Example", nonce="n"`)
	answer(t, c, &try)
}

// TestMemoryIsBounded: a server that makes up realms does not fill the memory.
func TestMemoryIsBounded(t *testing.T) {
	c := newClient()
	for i := range 100 {
		var try Attempt
		challenged(t, c, &try, 401, fmt.Sprintf(`Digest realm="r%d", nonce="n"`, i))
	}
	if len(c.realms) != maxRealms {
		t.Errorf("%d realms remembered, want %d", len(c.realms), maxRealms)
	}
	var try Attempt
	if got := c.Authorize(&try, register); len(got) != maxRealms || !strings.Contains(got[maxRealms-1].Value, `"r99"`) {
		t.Errorf("remembered %v, want the last %d", got, maxRealms)
	}
}

func TestRandomSourceFails(t *testing.T) {
	c := NewClient(ClientConfig{Username: "door", Rand: iotest.ErrReader(errors.New("no entropy"))})
	var try Attempt
	if err := c.Challenged(&try, 401, []string{`Digest realm="r", nonce="n"`}); err == nil {
		t.Error("challenge accepted without random bytes")
	}
}

func TestDefaultRandomness(t *testing.T) {
	cnonces := map[string]bool{}
	for range 2 {
		c := NewClient(ClientConfig{Username: "door"})
		var try Attempt
		challenged(t, c, &try, 401, `Digest realm="r", nonce="n", qop=auth`)
		cnonces[answer(t, c, &try).CNonce] = true
	}
	if len(cnonces) != 2 {
		t.Error("two clients use the same cnonce")
	}
}

// TestSecret: no way of printing shows the password.
func TestSecret(t *testing.T) {
	const password = "geheim"
	cfg := ClientConfig{Username: "door", Password: password}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "password", cfg.Password, "cfg", cfg)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "password", cfg.Password, "cfg", cfg)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&log, verb+" "+verb+"\n", cfg.Password, cfg)
	}
	log.WriteString(cfg.Password.String())
	for _, leak := range []string{password, fmt.Sprintf("%x", password), fmt.Sprintf("%X", password)} {
		if strings.Contains(log.String(), leak) {
			t.Errorf("password printed as %q in\n%s", leak, log.String())
		}
	}
	if !strings.Contains(log.String(), redacted) {
		t.Error("nothing was printed at all")
	}
}
