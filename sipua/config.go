package sipua

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"intercom/sipua/digest"
	"intercom/sipua/internal/transport"
	"intercom/sipua/locate"
	"intercom/sipua/sip"
)

// Network is the operating system's network or one in memory, such as a host of package simnet.
type Network = transport.Network

// Listen is one local address to receive on.
type Listen = transport.Listen

// TLS holds certificates and trust for TLS.
type TLS = transport.TLS

// Limits bound what peers can cost the sockets.
type Limits = transport.Limits

// Flow is where a message came from or went to.
type Flow = transport.Flow

// Resolver finds the servers of a URI (RFC 3263). *locate.Resolver is one. Locate is called from a goroutine of its own.
type Resolver interface {
	Locate(ctx context.Context, now time.Time, q locate.Query) locate.Result
}

// Config describes an Agent. It must not be changed after New. Zero values are as documented.
type Config struct {
	Listen   []Listen // required: at least one
	TLS      TLS
	Limits   Limits
	Accounts []Account
	Network  Network      // nil is the host's
	Resolver Resolver     // nil is a locate.Resolver with the host's name servers
	Rand     io.Reader    // source of tags, branches and jitter; must not fail; nil is crypto/rand
	Logger   *slog.Logger // nil is silent

	// InstanceID is a URN of this device that survives reboots, such as "urn:uuid:f81d4fae-...". With it accounts
	// register by RFC 5626 (outbound) where the server knows that; empty does not.
	InstanceID string

	// KeepAlive is how often a packet keeps NAT and firewall open towards the registrar, and finds out that a connection
	// is dead; 0 is 25 s for UDP and 30 s for streams, jittered by 20 %, unless the server says Flow-Timer; negative
	// sends none.
	KeepAlive time.Duration

	UserAgent string // value of User-Agent and Server; empty sends none, so that scanners learn nothing
	Identity  string // From of calls without an account, such as "sip:door@example.com"; empty is sip:door@ and our address

	// AllowDirect takes requests from every address. Leave it off unless the network is closed: scanners find an open
	// port within hours. Peers are the networks whose requests are taken besides those of the accounts' servers.
	AllowDirect bool
	Peers       []netip.Prefix

	// SessionExpires is the session interval to ask for (RFC 4028): a call whose peer has died ends after it at the
	// latest. 0 is 30 min, at least 90 s; negative asks for none.
	SessionExpires time.Duration

	// AllowTransfer takes REFER and Replaces from the accounts' servers. Off, a peer cannot make us call anybody.
	AllowTransfer bool

	Trace    bool          // deliver a Traced event for each message
	MaxCalls int           // calls at once, further ones are answered 486; 0 is 8
	MaxRing  time.Duration // limit of a call attempt nobody answers, both ways; 0 is 180 s
	BackOff  BackOff
	Timers   Timers
}

// Timers are the base values of RFC 3261 section 17; zero is 500 ms, 4 s, 5 s.
type Timers struct{ T1, T2, T4 time.Duration }

// BackOff is how long to wait after a failed registration: a uniformly random 50 to 100 % of min(Cap, Base*2^failures),
// the rule of RFC 5626 section 4.5. The default suits a LAN; that of the RFC is 30 s and 30 min.
type BackOff struct {
	Base      time.Duration // 0 is 2 s
	Cap       time.Duration // 0 is 60 s
	Forbidden time.Duration // after 403 or a rejected password, where haste locks accounts; 0 is 15 min
}

// Account is an address of record with its servers.
type Account struct {
	AOR      string        // "sip:door@example.com": the address others call
	Display  string        // display name in From
	Username string        // for digest; empty is the user part of AOR
	Password digest.Secret // for digest
	Realms   []string      // realms the password is for; empty is any, of the account's own servers

	// Servers are the URIs of registrars or outbound proxies, the preferred one first; empty is the domain of AOR. A
	// name is located by RFC 3263. With the parameter lr the URI also goes into a Route field.
	Servers []string

	NoRegister bool          // use the servers without registering
	Expires    time.Duration // lifetime to ask for; 0 is 600 s
}

// withDefaults fills in the documented values and checks what can be checked.
func (c Config) withDefaults() (Config, error) {
	if len(c.Listen) == 0 {
		return c, fmt.Errorf("sipua: Config.Listen is empty: give at least one address, such as {UDP :0}")
	}
	if c.Resolver == nil {
		r, err := locate.New(locate.Config{})
		if err != nil {
			return c, fmt.Errorf("sipua: Config.Resolver: %w", err)
		}
		c.Resolver = r
	}
	if c.Network == nil {
		c.Network = transport.HostNetwork{}
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.MaxCalls = cmp.Or(c.MaxCalls, 8)
	c.MaxRing = cmp.Or(c.MaxRing, 180*time.Second)
	c.BackOff.Base = cmp.Or(c.BackOff.Base, 2*time.Second)
	c.BackOff.Cap = cmp.Or(c.BackOff.Cap, time.Minute)
	c.BackOff.Forbidden = cmp.Or(c.BackOff.Forbidden, 15*time.Minute)
	if c.SessionExpires == 0 {
		c.SessionExpires = 30 * time.Minute
	}
	if c.SessionExpires > 0 {
		c.SessionExpires = max(c.SessionExpires, leastSession)
	}
	c.Timers.T1 = cmp.Or(c.Timers.T1, 500*time.Millisecond)
	c.Timers.T2 = cmp.Or(c.Timers.T2, 4*time.Second)
	c.Timers.T4 = cmp.Or(c.Timers.T4, 5*time.Second)
	return c, c.checkIdentity()
}

// checkIdentity checks what we call ourselves.
func (c Config) checkIdentity() error {
	if c.InstanceID != "" && !strings.HasPrefix(c.InstanceID, "urn:") {
		return fmt.Errorf("sipua: Config.InstanceID %q is no URN: write urn:uuid: and a UUID", c.InstanceID)
	}
	if c.Identity == "" {
		return nil
	}
	if _, err := parseSIP(c.Identity); err != nil {
		return fmt.Errorf("sipua: Config.Identity %q: %w", c.Identity, err)
	}
	return nil
}

// parseSIP reads a URI that must be sip or sips.
func parseSIP(s string) (sip.URI, error) {
	u, err := sip.ParseURI(s)
	if err != nil {
		return u, err
	}
	if !u.IsSIP() {
		return u, fmt.Errorf("%s is no SIP URI: write sip:user@host", u.Scheme)
	}
	return u, nil
}

// HostNetwork is the operating system's network.
type HostNetwork = transport.HostNetwork
