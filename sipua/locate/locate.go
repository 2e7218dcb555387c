package locate

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"intercom/sipua/sip"
)

// Errors that a Result's Err wraps.
var (
	// ErrDNS: no name server gave a usable answer. Nothing was learnt about the domain; ask again later.
	ErrDNS = errors.New("DNS failed")
	// ErrNotFound: DNS answered, and by its answer there is no server for this URI.
	ErrNotFound = errors.New("no server published")
	// ErrUnsupported: the URI asks for a transport, scheme or address family that this client does not have.
	ErrUnsupported = errors.New("not usable here")
)

// Config is what a Resolver is built from. It is not modified after New.
type Config struct {
	// Servers are the name servers, each "address" or "address:port" (port 53), asked in this order. Empty: those
	// of ResolvConf, read anew in each Locate that has a question, since DHCP may rewrite the file at any time.
	Servers []string
	// ResolvConf is the file read when Servers is empty; "" means /etc/resolv.conf.
	ResolvConf string
	// Dial opens a connection to a name server, network "udp" or "tcp"; nil means the host's network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout bounds one try at one server; 0 means 2 s.
	Timeout time.Duration
	// Budget bounds the whole of one Locate; 0 means 12 s.
	Budget time.Duration
	// Attempts is how often the list of servers is gone through for one question; 0 means 2.
	Attempts int
	// Rand feeds query ids and the weighted choice of RFC 2782; nil means crypto/rand. Reads are serialised.
	Rand io.Reader
	// CacheSize bounds the number of cached answers; 0 means 256.
	CacheSize int
	// MaxTTL bounds the life of a cached answer; 0 means 1 h.
	MaxTTL time.Duration
	// MaxNegativeTTL bounds the life of a cached "there is none" (RFC 2308 section 5); 0 means 5 min.
	MaxNegativeTTL time.Duration
	// StaleFor is how long an expired answer is kept for the case that DNS fails (RFC 8767); 0 means 24 h.
	StaleFor time.Duration
	// HoldDown is how long a target reported by Failed is tried last; it doubles with each further failure up to
	// ten times its value. 0 means 30 s.
	HoldDown time.Duration
}

// Query is one request to be sent somewhere: the URI of the next hop (the first Route, else the Request-URI).
type Query struct {
	URI        sip.URI
	Transports []string // what the client has, in its order of preference; empty: UDP, TCP
	IPv4, IPv6 bool     // address families the host has; neither set means both
	// Large tells that the request is too long for UDP (RFC 3261 section 18.1.1): each UDP target is preceded by
	// the same address over TCP. The sender must then change the top Via.
	Large bool
}

// Resolver answers where requests and responses go. Its methods may be called from several goroutines; it owns
// the cache of answers and the table of failed targets, which know nothing of each other.
type Resolver struct {
	config Config

	mu       sync.Mutex // guards what follows; never held over I/O
	cache    cache
	failures failures
	fastest  string // the name server that answered last, asked first
}

// New checks the configuration. It asks nothing and opens nothing.
func New(config Config) (*Resolver, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Resolver{
		config:   config,
		cache:    newCache(config.CacheSize, config.StaleFor),
		failures: newFailures(config.CacheSize, config.HoldDown),
	}, nil
}

// withDefaults returns the configuration with every zero value replaced and the servers in full form.
func (c Config) withDefaults() (Config, error) {
	servers := make([]string, 0, len(c.Servers))
	for _, text := range c.Servers {
		server, err := serverAddress(text, "53")
		if err != nil {
			return c, err
		}
		servers = append(servers, server)
	}
	c.Servers = servers
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	orDefault(&c.ResolvConf, "/etc/resolv.conf")
	orDefault(&c.Timeout, 2*time.Second)
	orDefault(&c.Budget, 12*time.Second)
	orDefault(&c.Attempts, 2)
	orDefault(&c.CacheSize, 256)
	orDefault(&c.MaxTTL, time.Hour)
	orDefault(&c.MaxNegativeTTL, 5*time.Minute)
	orDefault(&c.StaleFor, 24*time.Hour)
	orDefault(&c.HoldDown, 30*time.Second)
	return c, nil
}

// orDefault puts the standard value where none was given.
func orDefault[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}

// Locate finds the addresses to which a request for q.URI may be sent, best first (RFC 3263 section 4). It is to
// be called once per transaction: retransmissions, CANCEL and the ACK of a failure go to the target already
// chosen. The Result always tells its reasoning, also when Err is set. ctx and Config.Budget bound the time.
func (r *Resolver) Locate(ctx context.Context, now time.Time, q Query) Result {
	s := r.newSearch(now, q.Transports, q.IPv4, q.IPv6)
	ctx, cancel := context.WithTimeout(ctx, r.config.Budget)
	defer cancel()
	targets, err := s.request(ctx, q.URI)
	if q.Large {
		targets = s.enlarge(targets)
	}
	return s.finish(q.URI.String(), targets, err)
}

// Failed tells that target did not answer, could not be reached or answered 503 (RFC 3263 section 4.3): for the
// hold-down time Locate puts it behind all others. The DNS cache is not touched.
func (r *Resolver) Failed(now time.Time, target Target) { r.FailedFor(now, target, 0) }

// FailedFor is Failed with a hold-down of at least hold, such as the Retry-After of a 503 (RFC 3261 section
// 21.5.4). It is capped at one hour.
func (r *Resolver) FailedFor(now time.Time, target Target, hold time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures.failed(now, target, min(hold, time.Hour))
}

// Succeeded tells that target answered: what Failed remembered of it is forgotten.
func (r *Resolver) Succeeded(_ time.Time, target Target) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures.succeeded(target)
}

// random returns a uniformly distributed number in [0, limit]. Should the source fail the number is 0, which
// costs the balance between servers and nothing else.
func (r *Resolver) random(limit uint64) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b [8]byte
	if _, err := io.ReadFull(r.config.Rand, b[:]); err != nil {
		return 0
	}
	return binary.BigEndian.Uint64(b[:]) % (limit + 1)
}

// serverAddress completes the text of a name server to address and port.
func serverAddress(text, port string) (string, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return net.JoinHostPort(addr.String(), port), nil
	}
	if addr, err := netip.ParseAddrPort(text); err == nil && addr.Port() != 0 {
		return addr.String(), nil
	}
	return "", fmt.Errorf("name server %q: want an address such as 192.0.2.53 or 192.0.2.53:5353", text)
}
