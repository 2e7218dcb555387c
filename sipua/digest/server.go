package digest

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"time"
)

// The reasons for which Server.Verify refuses a request.
var (
	// ErrMissing: the request has no credentials for the realm; challenge it.
	ErrMissing = errors.New("digest: no credentials for this realm")
	// ErrStale: the nonce is too old, not ours, or was used with this count before; challenge again
	// with stale=true.
	ErrStale = errors.New("digest: stale nonce")
	// ErrDenied: there is no such user or the password is wrong; challenge again without stale, or
	// answer 403.
	ErrDenied = errors.New("digest: wrong user name or password")
)

// ServerConfig is one realm and its users.
type ServerConfig struct {
	Realm      string
	Users      []User
	Algorithms []Algorithm   // in order of preference; empty: SHA-256, then MD5 for old telephones
	QOP        QOP           // offered; 0: Auth
	Lifetime   time.Duration // of a nonce; 0: 5 minutes
	Rand       io.Reader     // source of key and nonces; nil: crypto/rand
}

// User is one who may authenticate.
type User struct {
	Name     string
	Password Secret
}

const defaultLifetime = 5 * time.Minute

// Server makes challenges for one realm and verifies the answers. It belongs to one goroutine.
type Server struct {
	cfg    ServerConfig
	users  map[string]Secret
	nonces nonces
}

// NewServer makes the server of a realm. It fails without a realm, on a user named twice, and if
// the random source does.
func NewServer(cfg ServerConfig) (*Server, error) {
	if cfg.Realm == "" {
		return nil, errors.New("digest: ServerConfig.Realm is empty; give the domain the users belong to")
	}
	if len(cfg.Algorithms) == 0 {
		cfg.Algorithms = []Algorithm{SHA256, MD5}
	}
	if cfg.QOP == 0 {
		cfg.QOP = Auth
	}
	if cfg.Lifetime == 0 {
		cfg.Lifetime = defaultLifetime
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	s := &Server{cfg: cfg, users: make(map[string]Secret, len(cfg.Users))}
	for _, u := range cfg.Users {
		if _, isTwice := s.users[u.Name]; isTwice || u.Name == "" {
			return nil, fmt.Errorf("digest: user name %q is empty or given twice", u.Name)
		}
		s.users[u.Name] = u.Password
	}
	return s, s.nonces.init(cfg.Rand, cfg.Lifetime)
}

// Challenges makes the WWW-Authenticate (or Proxy-Authenticate) values of one 401 (or 407), one per
// algorithm, the preferred first. stale tells the client that its password was right.
func (s *Server) Challenges(now time.Time, stale bool) ([]string, error) {
	nonce, err := s.nonces.make(now)
	if err != nil {
		return nil, err
	}
	values := make([]string, len(s.cfg.Algorithms))
	for i, algorithm := range s.cfg.Algorithms {
		values[i] = Challenge{
			Realm: s.cfg.Realm, Nonce: nonce, Algorithm: algorithm, QOP: s.cfg.QOP, Stale: stale,
		}.String()
	}
	return values, nil
}

// Verify checks a request by its Authorization (or Proxy-Authorization) values and gives the name
// of the user. The error wraps ErrMissing, ErrStale, ErrDenied or, for credentials that deserve a
// 400, ErrSyntax. The uri of the credentials is what is hashed and need not equal the Request-URI,
// which proxies rewrite (RFC 8760 section 2.6, item 6); that credentials are good for one request
// only is the work of the nonce count.
func (s *Server) Verify(now time.Time, r Request, values []string) (user string, err error) {
	c, err := s.own(values)
	if err != nil {
		return "", err
	}
	issued, isOurs := s.nonces.open(now, c.Nonce)
	if !isOurs {
		return "", fmt.Errorf("%w: issued by another server or longer than %v ago", ErrStale, s.cfg.Lifetime)
	}
	user, password, isUser := s.lookup(&c)
	// The hash is computed for unknown users too, so that the time does not tell which names exist.
	expected := c.compute(user, password, r.Method, r.Body)
	if subtle.ConstantTimeCompare([]byte(expected), []byte(c.Response)) != 1 || !isUser {
		return "", fmt.Errorf("%w: user %q", ErrDenied, clip(user))
	}
	if !s.nonces.use(now, issued, &c) {
		return "", fmt.Errorf("%w: nonce count %d of user %q was used before", ErrStale, c.Count, clip(user))
	}
	return user, nil
}

// own finds the credentials for this realm. Those of other schemes, realms and algorithms are not
// for us.
func (s *Server) own(values []string) (Credentials, error) {
	for _, value := range values {
		c, err := ParseCredentials(value)
		switch {
		case errors.Is(err, ErrSyntax):
			return Credentials{}, err
		case err == nil && c.Realm == s.cfg.Realm && s.isOffered(&c):
			return c, nil
		}
	}
	return Credentials{}, fmt.Errorf("%w: realm %q", ErrMissing, s.cfg.Realm)
}

// isOffered guards against a weaker answer than was asked for. Without qop is the form of RFC 2617
// section 3.2.2.1, which old telephones send whatever is offered, and Unnamed is MD5.
func (s *Server) isOffered(c *Credentials) bool {
	if c.QOP == 0 && c.Algorithm.isSession() || c.QOP&^s.cfg.QOP != 0 {
		return false
	}
	for _, algorithm := range s.cfg.Algorithms {
		if algorithm == c.Algorithm || algorithm == MD5 && c.Algorithm == Unnamed {
			return true
		}
	}
	return false
}

// lookup finds the user by name, or by the hash of the name (RFC 7616 section 3.4.4).
func (s *Server) lookup(c *Credentials) (name string, password Secret, ok bool) {
	if !c.UserHash {
		password, ok = s.users[c.Username]
		return c.Username, password, ok
	}
	for name, password := range s.users {
		if c.Algorithm.sum(name, c.Realm) == c.Username {
			return name, password, true
		}
	}
	return c.Username, "", false
}
