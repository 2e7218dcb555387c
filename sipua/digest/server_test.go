package digest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func newServer(t *testing.T, change func(*ServerConfig)) *Server {
	t.Helper()
	cfg := ServerConfig{Realm: "house.example", Users: []User{{"door", "1234"}, {"kitchen", "5678"}}}
	if change != nil {
		change(&cfg)
	}
	s, err := NewServer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func challenge(t *testing.T, s *Server, now time.Time) []string {
	t.Helper()
	values, err := s.Challenges(now, false)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// TestClientMeetsServer runs every algorithm and qop through both sides.
func TestClientMeetsServer(t *testing.T) {
	for algorithm := Unnamed; algorithm <= SHA512256Sess; algorithm++ {
		for _, qop := range []QOP{Auth, AuthInt, Auth | AuthInt} {
			t.Run(fmt.Sprintf("%v %v", algorithm, qop), func(t *testing.T) {
				s := newServer(t, func(c *ServerConfig) { c.Algorithms, c.QOP = []Algorithm{algorithm}, qop })
				c := newClient()
				invite := Request{Method: "INVITE", URI: "sip:kitchen@house.example", Body: []byte("v=0\r\n")}
				var try Attempt
				if _, err := s.Verify(noon, invite, nil); !errors.Is(err, ErrMissing) {
					t.Fatalf("before the challenge: %v, want ErrMissing", err)
				}
				challenged(t, c, &try, 401, challenge(t, s, noon)...)
				for range 3 {
					value := c.Authorize(&try, invite)[0].Value
					if user, err := s.Verify(noon, invite, []string{value}); err != nil || user != "door" {
						t.Fatalf("user %q, %v with %s", user, err, value)
					}
				}
			})
		}
	}
}

// TestDefaultOffer: SHA-256 stands above MD5, so that a client of RFC 8760 takes it and an old one finds its own.
func TestDefaultOffer(t *testing.T) {
	values := challenge(t, newServer(t, nil), noon)
	if len(values) != 2 || !strings.Contains(values[0], "algorithm=SHA-256") || !strings.Contains(values[1], "algorithm=MD5") {
		t.Errorf("challenges %q", values)
	}
	for _, value := range values {
		if !strings.Contains(value, `qop="auth"`) || strings.Contains(value, "stale") {
			t.Errorf("challenge %q", value)
		}
	}
	stale, _ := newServer(t, nil).Challenges(noon, true)
	if !strings.Contains(stale[0], "stale=true") {
		t.Errorf("challenge %q is not stale", stale[0])
	}
}

// TestRefusals: what must not pass.
func TestRefusals(t *testing.T) {
	good := func(c *Credentials) {}
	rows := []struct {
		rule     string
		change   func(*Credentials) // before the response is computed
		tamper   func(*Credentials) // after
		password Secret
		at       time.Duration
		want     error
	}{
		{"the right answer", good, good, "1234", 0, nil},
		{"the right answer in time", good, good, "1234", 5*time.Minute - 1, nil},
		{"wrong password", good, good, "4321", 0, ErrDenied},
		{"empty password", good, good, "", 0, ErrDenied},
		{"unknown user", func(c *Credentials) { c.Username = "cellar" }, good, "", 0, ErrDenied},
		{"user of the password changed", good, func(c *Credentials) { c.Username = "kitchen" }, "1234", 0, ErrDenied},
		{"empty response", good, func(c *Credentials) { c.Response = "" }, "1234", 0, ErrDenied},
		{"uri changed", good, func(c *Credentials) { c.URI = "sip:other" }, "1234", 0, ErrDenied},
		{"count changed", good, func(c *Credentials) { c.Count = 2 }, "1234", 0, ErrDenied},
		{"count of zero", func(c *Credentials) { c.Count = 0 }, good, "1234", 0, ErrStale},
		{"nonce expired", good, good, "1234", 5 * time.Minute, ErrStale},
		{"nonce of the future", good, good, "1234", -1, ErrStale},
		{"nonce made up", func(c *Credentials) { c.Nonce = "bm9uY2U" }, good, "1234", 0, ErrStale},
		{"nonce not base64", func(c *Credentials) { c.Nonce = "!" }, good, "1234", 0, ErrStale},
		{"nonce forged", func(c *Credentials) { c.Nonce = "A" + c.Nonce[1:] }, good, "1234", 0, ErrStale},
		{"another realm", func(c *Credentials) { c.Realm = "cellar.example" }, good, "1234", 0, ErrMissing},
		{"an algorithm not offered", func(c *Credentials) { c.Algorithm = SHA512256 }, good, "1234", 0, ErrMissing},
		{"auth-int not offered", func(c *Credentials) { c.QOP = AuthInt }, good, "1234", 0, ErrMissing},
		{"RFC 2617 without qop, algorithm unnamed", func(c *Credentials) { c.QOP, c.Algorithm = 0, Unnamed }, good, "1234", 0, nil},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			s := newServer(t, nil)
			offered, err := ParseChallenges(challenge(t, s, noon)[1])
			if err != nil {
				t.Fatal(err)
			}
			c := Credentials{
				Username: "door", Realm: offered[0].Realm, Nonce: offered[0].Nonce, URI: register.URI, Algorithm: MD5,
				QOP: Auth, Count: 1, CNonce: "c",
			}
			row.change(&c)
			c.Response = c.compute(c.Username, row.password, "REGISTER", nil)
			row.tamper(&c)
			user, err := s.Verify(noon.Add(row.at), register, []string{c.String()})
			if !errors.Is(err, row.want) || (err == nil) != (user == "door") {
				t.Errorf("user %q, %v, want %v", user, err, row.want)
			}
		})
	}
}

// TestVerifySkipsOthers: credentials for other realms and schemes stand beside ours; broken ones deserve a 400.
func TestVerifySkipsOthers(t *testing.T) {
	s, c := newServer(t, nil), newClient()
	var try Attempt
	challenged(t, c, &try, 401, challenge(t, s, noon)...)
	own := c.Authorize(&try, register)[0].Value
	others := []string{`Basic ZG9vcjoxMjM0`, `Digest username="x", realm="y", nonce="z", uri="u", response="v"`}
	if user, err := s.Verify(noon, register, append(others, own)); user != "door" || err != nil {
		t.Errorf("user %q, %v", user, err)
	}
	if _, err := s.Verify(noon, register, others); !errors.Is(err, ErrMissing) {
		t.Errorf("without ours: %v, want ErrMissing", err)
	}
	for _, broken := range []string{`Digest username="x`, `Digest realm="house.example"`, `Digest a=b, Digest c=d`,
		strings.Replace(own, "nc=", "nc=0", 1), strings.Replace(own, "nc=", "xx=", 1)} {
		if _, err := s.Verify(noon, register, []string{broken}); !errors.Is(err, ErrSyntax) {
			t.Errorf("%s: %v, want ErrSyntax", broken, err)
		}
	}
}

// TestReplay: a nonce and count are good for one request (RFC 7616 section 5.5), in whatever order UDP delivers.
func TestReplay(t *testing.T) {
	s, c := newServer(t, nil), newClient()
	var try Attempt
	challenged(t, c, &try, 401, challenge(t, s, noon)...)
	var values []string
	for range 100 {
		values = append(values, c.Authorize(&try, register)[0].Value)
	}
	for _, step := range []struct {
		count int
		want  error
	}{{1, nil}, {1, ErrStale}, {3, nil}, {2, nil}, {2, ErrStale}, {3, ErrStale}, {99, nil}, {36, nil}, {35, ErrStale}, {1, ErrStale},
		{100, nil}, {98, nil}, {98, ErrStale}} {
		if _, err := s.Verify(noon, register, values[step.count-1:step.count]); !errors.Is(err, step.want) {
			t.Errorf("nc %d: %v, want %v", step.count, err, step.want)
		}
	}
}

// TestReplayWithoutQOP: without a count the nonce itself is good for one request.
func TestReplayWithoutQOP(t *testing.T) {
	s := newServer(t, nil)
	offered, _ := ParseChallenges(challenge(t, s, noon)[1])
	c := Credentials{Username: "door", Realm: "house.example", Nonce: offered[0].Nonce, URI: register.URI, Algorithm: MD5}
	c.Response = c.compute("door", "1234", "REGISTER", nil)
	for i, want := range []error{nil, ErrStale} {
		if _, err := s.Verify(noon, register, []string{c.String()}); !errors.Is(err, want) {
			t.Errorf("use %d: %v, want %v", i+1, err, want)
		}
	}
}

// TestUserHash: a client that hides its name is found by its hash.
func TestUserHash(t *testing.T) {
	s, c := newServer(t, nil), newClient()
	var try Attempt
	challenged(t, c, &try, 401, challenge(t, s, noon)[0]+", userhash=true")
	value := c.Authorize(&try, register)[0].Value
	if strings.Contains(value, "door") {
		t.Fatalf("the name is in the open: %s", value)
	}
	if user, err := s.Verify(noon, register, []string{value}); user != "door" || err != nil {
		t.Errorf("user %q, %v", user, err)
	}
	stranger := NewClient(ClientConfig{Username: "cellar"})
	var other Attempt
	challenged(t, stranger, &other, 401, challenge(t, s, noon)[0]+", userhash=true")
	if _, err := s.Verify(noon, register, []string{stranger.Authorize(&other, register)[0].Value}); !errors.Is(err, ErrDenied) {
		t.Errorf("unknown hash: %v, want ErrDenied", err)
	}
}

// TestNonceTable: what is remembered expires, is bounded, and what was pushed out is stale instead of fresh.
func TestNonceTable(t *testing.T) {
	s := newServer(t, nil)
	n := &s.nonces
	use := func(at time.Time) (Credentials, bool) {
		nonce, err := n.make(at)
		if err != nil {
			t.Fatal(err)
		}
		c := Credentials{Nonce: nonce, QOP: Auth, Count: 1}
		return c, n.use(at, at, &c)
	}
	first, ok := use(noon)
	if !ok {
		t.Fatal("a fresh nonce is refused")
	}
	for i := range maxNonces {
		if _, ok := use(noon.Add(time.Duration(i+1) * time.Millisecond)); !ok {
			t.Fatalf("fresh nonce %d is refused", i)
		}
	}
	if len(n.used) != maxNonces || n.order.Len() != maxNonces {
		t.Errorf("%d and %d nonces remembered, want %d", len(n.used), n.order.Len(), maxNonces)
	}
	if n.use(noon.Add(time.Second), noon, &first) {
		t.Error("a replay passes after its nonce was pushed out of the table")
	}
	if _, ok := use(noon.Add(time.Hour)); !ok || len(n.used) != 1 {
		t.Errorf("%d nonces remembered after an hour, want the new one", len(n.used))
	}
}

func TestServerConfig(t *testing.T) {
	for name, cfg := range map[string]ServerConfig{
		"no realm":        {},
		"user twice":      {Realm: "r", Users: []User{{"a", ""}, {"a", ""}}},
		"user unnamed":    {Realm: "r", Users: []User{{"", ""}}},
		"no random bytes": {Realm: "r", Rand: iotest.ErrReader(errors.New("no entropy"))},
	} {
		if _, err := NewServer(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	s := newServer(t, nil)
	s.nonces.rand = iotest.ErrReader(errors.New("no entropy"))
	if _, err := s.Challenges(noon, false); err == nil {
		t.Error("challenge made without random bytes")
	}
}
