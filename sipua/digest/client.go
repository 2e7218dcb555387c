package digest

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// The reasons for which a challenge is not answered.
var (
	// ErrRejected: the server refused these very credentials; user name or password are wrong.
	ErrRejected = errors.New("digest: credentials rejected: check user name and password")
	// ErrRealm: the challenge is for a realm the account's password is not for.
	ErrRealm = errors.New("digest: challenge for a realm that is not permitted")
	// ErrRetries: the request was challenged more often than ClientConfig.Retries.
	ErrRetries = errors.New("digest: challenged too often")
)

// maxRealms bounds a client's memory; an account has one registrar and a proxy or two.
const maxRealms = 4

// defaultRetries lets a proxy and a registrar challenge, and one of them find the nonce stale.
const defaultRetries = 3

// ClientConfig is one account.
type ClientConfig struct {
	Username string
	Password Secret
	Realms   []string  // the realms to answer; empty: every one
	Retries  int       // how often one request may be repeated with credentials; 0: 3
	Rand     io.Reader // source of the cnonce; nil: crypto/rand
}

// Client answers the challenges to one account and remembers them per realm. It belongs to one
// goroutine.
type Client struct {
	cfg    ClientConfig
	realms []*memory // oldest first
}

// memory is the last challenge of one realm. It outlives a rejection, because a nonce that returns
// must go on counting where it stopped: servers take a second nc=00000001 for a replay.
type memory struct {
	proxy      bool
	challenge  Challenge
	count      uint32 // nc of the last request that used the nonce
	cnonce     string
	isRejected bool // not to be used for other requests
}

// NewClient makes the client of an account.
func NewClient(cfg ClientConfig) *Client {
	if cfg.Retries == 0 {
		cfg.Retries = defaultRetries
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Client{cfg: cfg}
}

// Field is a header field to put into a request; it converts to sip.Field.
type Field struct {
	Name  string
	Value string
}

// Attempt is the history of one request with its repetitions: what was sent and what
// became of it. The zero value is a request not sent yet. Use a new one for each request.
//
// For each realm:
//
//	                        Authorize, realm known
//	          +-----------------------------------------> pre-emptive
//	unsent ---+                                                |
//	          |  Challenged                                    | Challenged
//	          +-----------------> answered <-------------------+  nonce changed: stale, or forgiven once
//	                               |    ^                      |
//	                               |    | stale, nonce changed |  same nonce
//	                               +----+                      |
//	                               | any other challenge       |
//	                               v                           |
//	                            rejected <---------------------+
type Attempt struct {
	retries int
	uses    []use
}

// use is the fate of one realm's credentials in an Attempt.
type use struct {
	proxy        bool
	realm        string
	nonce        string // the one last sent
	isPreemptive bool   // the nonce came from an earlier request
	isForgiven   bool   // the one change of nonce without stale was granted
	isRejected   bool
}

// find is linear, as a request meets a proxy and a registrar and seldom anybody else.
func (a *Attempt) find(proxy bool, realm string) *use {
	for i := range a.uses {
		if a.uses[i].proxy == proxy && a.uses[i].realm == realm {
			return &a.uses[i]
		}
	}
	return nil
}

// Authorize gives the fields to add to a request about to be sent, one for each realm that is known
// and has not rejected this request. The first time of a fresh client it gives none. Every call
// counts each nonce up, so it is to be called once per new transaction, not for retransmissions,
// ACK or CANCEL.
func (c *Client) Authorize(a *Attempt, r Request) []Field {
	var fields []Field
	for _, m := range c.realms {
		u := a.find(m.proxy, m.challenge.Realm)
		if m.isRejected || m.count == math.MaxUint32 || (u != nil && u.isRejected) {
			continue
		}
		if u == nil {
			a.uses = append(a.uses, use{proxy: m.proxy, realm: m.challenge.Realm, isPreemptive: true})
			u = &a.uses[len(a.uses)-1]
		}
		u.nonce = m.challenge.Nonce
		fields = append(fields, Field{fieldName(m.proxy), c.credentials(m, r).String()})
	}
	return fields
}

// fieldName tells answers to 407 from answers to 401; a registrar and a proxy may share a realm and
// still have different nonces.
func fieldName(proxy bool) string {
	if proxy {
		return "Proxy-Authorization"
	}
	return "Authorization"
}

// credentials answers a remembered challenge for one request.
func (c *Client) credentials(m *memory, r Request) Credentials {
	answer := Credentials{
		Username: c.cfg.Username, Realm: m.challenge.Realm, Nonce: m.challenge.Nonce, URI: r.URI,
		Algorithm: m.challenge.Algorithm, Opaque: m.challenge.Opaque, UserHash: m.challenge.UserHash,
	}
	if answer.UserHash {
		answer.Username = answer.Algorithm.sum(c.cfg.Username, answer.Realm)
	}
	if m.challenge.QOP != 0 {
		m.count++
		answer.QOP, answer.Count, answer.CNonce = preferred(m.challenge.QOP), m.count, m.cnonce
	}
	answer.Response = answer.compute(c.cfg.Username, c.cfg.Password, r.Method, r.Body)
	return answer
}

// preferred is auth where offered: the session borders of carriers rewrite bodies, which breaks
// auth-int.
func preferred(offered QOP) QOP {
	if offered&Auth != 0 {
		return Auth
	}
	return AuthInt
}

// find gives what is remembered of a realm; nil for nothing.
func (c *Client) find(proxy bool, realm string) *memory {
	for _, m := range c.realms {
		if m.proxy == proxy && m.challenge.Realm == realm {
			return m
		}
	}
	return nil
}

// reject stops the use of a realm's challenge until the server sends another.
func (c *Client) reject(proxy bool, realm string) {
	if m := c.find(proxy, realm); m != nil {
		m.isRejected = true
	}
}

// remember keeps a challenge for its realm; the oldest realm makes room. A nonce seen before goes
// on counting.
func (c *Client) remember(proxy bool, challenge Challenge) error {
	m := c.find(proxy, challenge.Realm)
	if m == nil {
		if len(c.realms) == maxRealms {
			c.realms = slices.Delete(c.realms, 0, 1)
		}
		m = &memory{proxy: proxy}
		c.realms = append(c.realms, m)
	}
	m.isRejected = false
	if m.cnonce != "" && m.challenge.Nonce == challenge.Nonce {
		m.challenge = challenge
		return nil
	}
	return c.renew(m, challenge)
}

// renew starts over with a new nonce: a cnonce of 64 random bits, nc from 1.
func (c *Client) renew(m *memory, challenge Challenge) error {
	var random [8]byte
	if _, err := io.ReadFull(c.cfg.Rand, random[:]); err != nil {
		return fmt.Errorf("digest: no random bytes for the cnonce: %w", err)
	}
	m.challenge, m.count, m.cnonce = challenge, 0, hex.EncodeToString(random[:])
	return nil
}
