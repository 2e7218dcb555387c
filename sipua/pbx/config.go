package pbx

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"intercom/sipua/digest"
	"intercom/sipua/internal/transport"
)

// Listen is a local address to receive on, over sip.UDP or sip.TCP.
type Listen = transport.Listen

// Network is the operating system's network, or one in memory for tests.
type Network = transport.Network

// Config describes a PBX. It is not to be changed after New.
type Config struct {
	Domain  string   // host part of its users' addresses; also the realm of its challenges; required
	Aliases []string // other names of the host; its own numeric addresses need not be named
	Users   []User   // who may register and be called
	Groups  []Group  // names that ring several users
	Listen  []Listen // at least one

	// IsOpen lets anyone register under any name, and call, without a password: for a demonstration
	// or a test.
	IsOpen bool
	// HasFreeCalls lets anyone call the users without a password, while registering still needs
	// one.
	HasFreeCalls bool
	// Algorithms are offered in this order to whoever must prove a password; empty is MD5 alone. RFC
	// 8760 would have SHA-256 above it, which new telephones take and old ones ignore; but those of
	// libre before version 2 (baresip 1.0 of Debian 12) give up at the sight of it.
	Algorithms []digest.Algorithm

	Network Network      // nil is the host's
	Rand    io.Reader    // source of tags, branches and nonces; nil is crypto/rand
	Logger  *slog.Logger // nil is silent

	MinExpires     time.Duration // shortest registration granted; less is refused with 423; 0 is 60 s
	MaxExpires     time.Duration // longest one; more is cut; 0 is 1 h
	MaxBindings    int           // telephones of one user; the one about to expire makes room; 0 is 8
	MaxUsers       int           // users with a binding at a time, with IsOpen; 0 is 64
	MaxForks       int           // telephones one call rings; 0 is 16
	MaxTransaction int           // transactions of each kind; 0 is 512
	TimerC         time.Duration // how long a call may ring (RFC 3261 section 16.6, item 11); 0 is 3 min and 5 s
}

// User is one who may register.
type User struct {
	Name     string // user part of the address, with regard to case
	Password digest.Secret
}

// Group is a name under which all telephones of its members ring at once.
type Group struct {
	Name    string
	Members []string // names of Users; with IsOpen any
}

// withDefaults fills in what was left out.
func (cfg Config) withDefaults() Config {
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if len(cfg.Algorithms) == 0 {
		cfg.Algorithms = []digest.Algorithm{digest.MD5}
	}
	cfg.Domain = strings.ToLower(cfg.Domain)
	cfg.MinExpires = cmp.Or(cfg.MinExpires, time.Minute)
	cfg.MaxExpires = cmp.Or(cfg.MaxExpires, time.Hour)
	cfg.MaxBindings = cmp.Or(cfg.MaxBindings, 8)
	cfg.MaxUsers = cmp.Or(cfg.MaxUsers, 64)
	cfg.MaxForks = cmp.Or(cfg.MaxForks, 16)
	cfg.MaxTransaction = cmp.Or(cfg.MaxTransaction, 512)
	cfg.TimerC = cmp.Or(cfg.TimerC, 3*time.Minute+5*time.Second)
	return cfg
}

// check refuses what cannot work or would stand open by mistake.
func (cfg *Config) check() error {
	switch {
	case cfg.Domain == "":
		return errors.New("pbx: Domain is empty; give the host part of the users' addresses")
	case len(cfg.Listen) == 0:
		return errors.New("pbx: Listen is empty; give at least one address, such as UDP on :5060")
	case len(cfg.Users) == 0 && !cfg.IsOpen:
		return errors.New("pbx: Users is empty, so nobody could register; name them, or set IsOpen")
	case cfg.MaxExpires < cfg.MinExpires:
		return fmt.Errorf("pbx: MaxExpires %v is below MinExpires %v", cfg.MaxExpires, cfg.MinExpires)
	}
	names := make(map[string]bool)
	for _, u := range cfg.Users {
		if u.Name == "" || names[u.Name] {
			return fmt.Errorf("pbx: user name %q is empty or given twice", u.Name)
		}
		if u.Password == "" && !cfg.IsOpen {
			return fmt.Errorf("pbx: user %q has no password; anyone could take the calls", u.Name)
		}
		names[u.Name] = true
	}
	return cfg.checkGroups(names)
}

// checkGroups keeps names apart: a call to a name must mean one thing.
func (cfg *Config) checkGroups(users map[string]bool) error {
	groups := make(map[string]bool)
	for _, g := range cfg.Groups {
		if g.Name == "" || users[g.Name] || groups[g.Name] {
			return fmt.Errorf("pbx: group %q is empty or bears the name of a user or another group", g.Name)
		}
		groups[g.Name] = true
		for _, member := range g.Members {
			if !users[member] && !cfg.IsOpen {
				return fmt.Errorf("pbx: group %q: member %q is no user", g.Name, member)
			}
		}
	}
	return nil
}
