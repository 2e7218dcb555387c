package digest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// registrar is a peer on a bench: it answers each request with a status and, for 401, challenges.
type registrar func(fields []Field) (status int, values []string)

// registerAt sends a REGISTER as the agent does, until it is accepted or given up; it tells how often it was sent.
func registerAt(t *testing.T, c *Client, r registrar) (sent int, err error) {
	t.Helper()
	var try Attempt
	for sent = 1; sent < 20; sent++ {
		status, values := r(c.Authorize(&try, register))
		if status == 200 {
			return sent, nil
		}
		if err := c.Challenged(&try, status, values); err != nil {
			return sent, err
		}
	}
	t.Fatal("the client does not give up")
	return
}

// fritz is a FRITZ!Box: realm and nonce only, the nonce changes now and then and nothing says so.
type fritz struct {
	password Secret
	nonce    int
}

func (f *fritz) serve(fields []Field) (int, []string) {
	current := fmt.Sprintf("%016X", f.nonce)
	for _, field := range fields {
		c, err := ParseCredentials(field.Value)
		if err == nil && c.Nonce == current && c.Response == c.compute("door", f.password, "REGISTER", nil) {
			return 200, nil
		}
	}
	return 401, []string{fmt.Sprintf(`Digest realm="fritz.box", nonce=%q`, current)}
}

// TestFritzBoxDays: over many refreshes with silent changes of the nonce the door never loses its registration, and
// needs a second message only then (baresip #717, #786 are of clients that gave up).
func TestFritzBoxDays(t *testing.T) {
	for rollover := 1; rollover < 12; rollover++ {
		c, f := newClient(), &fritz{password: "1234"}
		for refresh := range 300 {
			want := 1
			if refresh%rollover == 0 {
				f.nonce++
				want = 2
			}
			if sent, err := registerAt(t, c, f.serve); err != nil || sent != want {
				t.Fatalf("rollover %d, refresh %d: %d messages, %v, want %d", rollover, refresh, sent, err, want)
			}
		}
	}
}

// TestFritzBoxWrongPassword: two messages and no more, each time it is tried.
func TestFritzBoxWrongPassword(t *testing.T) {
	c, f := newClient(), &fritz{password: "other"}
	for range 5 {
		sent, err := registerAt(t, c, f.serve)
		if sent != 2 || !errors.Is(err, ErrRejected) {
			t.Fatalf("%d messages, %v, want 2 and a rejection", sent, err)
		}
	}
	f.password = "1234"
	if sent, err := registerAt(t, c, f.serve); sent != 2 || err != nil {
		t.Errorf("after the password was set right: %d messages, %v", sent, err)
	}
}

// TestFreshNonceForEachChallenge: servers that make a nonce for every 401 are the rule; a wrong password still ends
// after two messages, because the second challenge is not called stale.
func TestFreshNonceForEachChallenge(t *testing.T) {
	served := 0
	serve := func([]Field) (int, []string) {
		served++
		return 401, []string{fmt.Sprintf(`Digest realm="r", nonce="%d", qop="auth"`, served)}
	}
	if sent, err := registerAt(t, newClient(), serve); sent != 2 || !errors.Is(err, ErrRejected) {
		t.Errorf("%d messages, %v, want 2 and a rejection", sent, err)
	}
}

// TestMonth runs a client against a Server for a month of refreshes with pauses of every length, lost answers (the client
// repeats the request as a new one) and calls in between. Nobody is ever told that the password is wrong.
func TestMonth(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, algorithm := range []Algorithm{MD5, SHA256, SHA512256Sess} {
		s := newServer(t, func(c *ServerConfig) { c.Algorithms = []Algorithm{algorithm} })
		c := newClient()
		now, messages, refreshes := noon, 0, 0
		for now.Before(noon.AddDate(0, 1, 0)) {
			now = now.Add(time.Duration(random.IntN(7200)) * time.Second)
			serve := func(fields []Field) (int, []string) {
				var values []string
				for _, f := range fields {
					values = append(values, f.Value)
				}
				_, err := s.Verify(now, register, values)
				if err == nil {
					return 200, nil
				}
				if errors.Is(err, ErrDenied) {
					t.Fatalf("%v: %v", now, err)
				}
				challenges, _ := s.Challenges(now, errors.Is(err, ErrStale))
				return 401, challenges
			}
			for range 1 + random.IntN(3) {
				sent, err := registerAt(t, c, serve)
				if err != nil {
					t.Fatalf("%v: %v", now, err)
				}
				messages += sent
				refreshes++
			}
		}
		if messages > 2*refreshes {
			t.Errorf("%v: %d messages for %d refreshes", algorithm, messages, refreshes)
		}
		if len(s.nonces.used) > 5 {
			t.Errorf("%v: %d nonces remembered at the end", algorithm, len(s.nonces.used))
		}
	}
}

// TestClockIsSet: nonces of before a jump of the clock are stale, in whichever direction, and the next try works.
func TestClockIsSet(t *testing.T) {
	for _, jump := range []time.Duration{-24 * time.Hour, 24 * time.Hour, 20 * 365 * 24 * time.Hour} {
		s, c := newServer(t, nil), newClient()
		var first, second Attempt
		challenged(t, c, &first, 401, challenge(t, s, noon)...)
		later := noon.Add(jump)
		if _, err := s.Verify(later, register, []string{c.Authorize(&second, register)[0].Value}); !errors.Is(err, ErrStale) {
			t.Fatalf("after a jump of %v: %v, want stale", jump, err)
		}
		challenges, _ := s.Challenges(later, true)
		challenged(t, c, &second, 401, challenges...)
		if _, err := s.Verify(later, register, []string{c.Authorize(&second, register)[0].Value}); err != nil {
			t.Errorf("after a jump of %v and a challenge: %v", jump, err)
		}
	}
}

// TestServersDoNotShareNonces: another server's nonce, or the same one's after a restart, is stale, so that the client
// with the right password gets in with the next message (baresip #39: a retry that went to another host).
func TestServersDoNotShareNonces(t *testing.T) {
	one, other, c := newServer(t, nil), newServer(t, nil), newClient()
	var try Attempt
	challenged(t, c, &try, 401, challenge(t, one, noon)...)
	if _, err := other.Verify(noon, register, []string{c.Authorize(&try, register)[0].Value}); !errors.Is(err, ErrStale) {
		t.Fatalf("%v, want stale", err)
	}
	challenges, _ := other.Challenges(noon, true)
	challenged(t, c, &try, 401, challenges...)
	if _, err := other.Verify(noon, register, []string{c.Authorize(&try, register)[0].Value}); err != nil {
		t.Error(err)
	}
}

// TestMethodAndBodyAreProtected: credentials overheard are no good for anything else.
func TestMethodAndBodyAreProtected(t *testing.T) {
	s, c := newServer(t, func(cfg *ServerConfig) { cfg.QOP = AuthInt }), newClient()
	invite := Request{Method: "INVITE", URI: "sip:kitchen@house.example", Body: []byte("v=0")}
	var try Attempt
	challenged(t, c, &try, 407, challenge(t, s, noon)...)
	value := c.Authorize(&try, invite)[0].Value
	for name, other := range map[string]Request{
		"another method": {Method: "REFER", URI: invite.URI, Body: invite.Body},
		"another body":   {Method: "INVITE", URI: invite.URI, Body: []byte("v=1")},
		"no body":        {Method: "INVITE", URI: invite.URI},
	} {
		if _, err := s.Verify(noon, other, []string{value}); !errors.Is(err, ErrDenied) {
			t.Errorf("%s: %v, want denied", name, err)
		}
	}
	if user, err := s.Verify(noon, invite, []string{value}); user != "door" || err != nil {
		t.Errorf("the request itself: %q, %v", user, err)
	}
}

// TestRetriesAreSet: ClientConfig.Retries bounds what a malicious server can make a client send.
func TestRetriesAreSet(t *testing.T) {
	for _, retries := range []int{1, 2, 5} {
		c := NewClient(ClientConfig{Username: "door", Retries: retries, Rand: ones{}})
		served := 0
		sent, err := registerAt(t, c, func([]Field) (int, []string) {
			served++
			return 401, []string{fmt.Sprintf(`Digest realm="r", nonce="%d", stale=true`, served)}
		})
		if sent != retries+1 || !errors.Is(err, ErrRetries) {
			t.Errorf("%d retries allowed: %d messages, %v", retries, sent, err)
		}
	}
}

// TestErrorsNameTheRealm: and neither password nor response, however long the peer's text.
func TestErrorsNameTheRealm(t *testing.T) {
	realm := strings.Repeat("x", 1000)
	c := NewClient(ClientConfig{Username: "door", Password: "geheim", Rand: ones{}})
	var try Attempt
	values := []string{`Digest realm="` + realm + `", nonce="n"`}
	challenged(t, c, &try, 401, values...)
	answer(t, c, &try)
	err := c.Challenged(&try, 401, values)
	if text := err.Error(); !strings.Contains(text, "xxx...") || len(text) > 300 || strings.Contains(text, "geheim") {
		t.Errorf("error of %d characters: %s", len(text), text)
	}
}

// TestQOPNames: the set as it stands in a challenge.
func TestQOPNames(t *testing.T) {
	for qop, want := range map[QOP]string{0: "", Auth: "auth", AuthInt: "auth-int", Auth | AuthInt: "auth,auth-int"} {
		if got := qop.String(); got != want {
			t.Errorf("%d is %q, want %q", qop, got, want)
		}
	}
}

// TestQuoting holds which values stand in quotes (RFC 7616 sections 3.3 and 3.4; old servers choke on the other way).
func TestQuoting(t *testing.T) {
	credentials := Credentials{Username: `a"b\c`, Realm: "r", Nonce: "n", URI: "sip:r", Response: "0", Algorithm: SHA256, Opaque: "o",
		QOP: Auth, CNonce: "c", Count: 0xabc, UserHash: true}
	want := `Digest username="a\"b\\c", realm="r", nonce="n", uri="sip:r", response="0", algorithm=SHA-256, opaque="o", qop=auth, ` +
		`cnonce="c", nc=00000abc, userhash=true`
	if got := credentials.String(); got != want {
		t.Errorf("credentials\n%s, want\n%s", got, want)
	}
	offered := Challenge{Realm: "r", Nonce: "n", Opaque: "o", Algorithm: MD5Sess, QOP: Auth | AuthInt, Stale: true, UserHash: true}
	want = `Digest realm="r", nonce="n", opaque="o", stale=true, algorithm=MD5-sess, qop="auth,auth-int", userhash=true`
	if got := offered.String(); got != want {
		t.Errorf("challenge\n%s, want\n%s", got, want)
	}
	injected := Challenge{Realm: "r\r\nContact: evil", Nonce: "n"}
	if got := injected.String(); strings.ContainsAny(got, "\r\n") {
		t.Errorf("challenge breaks the line: %q", got)
	}
}

// TestParseCredentials: forms clients send, each read alike.
func TestParseCredentials(t *testing.T) {
	want := Credentials{Username: "door", Realm: "r", Nonce: "n", URI: "sip:r", Response: "0a", Algorithm: MD5, QOP: Auth, CNonce: "c", Count: 10}
	for form, value := range map[string]string{
		"by the book":       `Digest username="door", realm="r", nonce="n", uri="sip:r", response="0a", algorithm=MD5, qop=auth, cnonce="c", nc=0000000a`,
		"libre quotes nc":   `Digest username="door", realm="r", nonce="n", uri="sip:r", response="0a", algorithm="MD5", qop="auth", cnonce="c", nc="0000000a"`,
		"nothing quoted":    `digest username=door,realm=r,nonce=n,uri=sip:r,response=0A,algorithm=md5,qop=AUTH,cnonce=c,nc=0000000A`,
		"other order":       `Digest nc=0000000a, cnonce="c", qop=auth, algorithm=MD5, response="0a", uri="sip:r", nonce="n", realm="r", username="door"`,
		"unknown parameter": `Digest username="door", x=1, realm="r", nonce="n", uri="sip:r", response="0a", algorithm=MD5, qop=auth, cnonce="c", nc=0000000a`,
		"folded":            "Digest username=\"door\",\r\n realm=\"r\",\r\n nonce=\"n\",\r\n\turi=\"sip:r\", response=\"0a\", algorithm=MD5, qop=auth, cnonce=\"c\", nc=0000000a",
		"first of two":      `Digest username="door", username="cat", realm="r", nonce="n", uri="sip:r", response="0a", algorithm=MD5, qop=auth, cnonce="c", nc=0000000a`,
	} {
		if got, err := ParseCredentials(value); err != nil || got != want {
			t.Errorf("%s: %+v, %v", form, got, err)
		}
	}
	for form, row := range map[string]struct {
		value string
		want  error
	}{
		"Basic":             {`Basic ZG9vcjoxMjM0`, ErrUnsupported},
		"unknown algorithm": {`Digest username="d", realm="r", nonce="n", uri="u", response="0", algorithm=X`, ErrUnsupported},
		"unknown qop":       {`Digest username="d", realm="r", nonce="n", uri="u", response="0", qop=x`, ErrUnsupported},
		"qop without nc":    {`Digest username="d", realm="r", nonce="n", uri="u", response="0", qop=auth, cnonce="c"`, ErrSyntax},
		"short nc":          {`Digest username="d", realm="r", nonce="n", uri="u", response="0", qop=auth, cnonce="c", nc=1`, ErrSyntax},
		"nc of no digits":   {`Digest username="d", realm="r", nonce="n", uri="u", response="0", qop=auth, cnonce="c", nc=0000000g`, ErrSyntax},
		"nothing":           {``, ErrSyntax},
		"no response":       {`Digest username="d", realm="r", nonce="n", uri="u"`, ErrSyntax},
	} {
		if _, err := ParseCredentials(row.value); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", form, err, row.want)
		}
	}
}
