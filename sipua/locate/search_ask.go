package locate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// services asks the SRV records of name and resolves their targets in the order of RFC 2782. The addresses of one
// target stay together and in their order: RFC 7984 section 4 forbids to sort over targets.
//
//	SRV 10 a   ->  a: AAAA, A      [2001:db8::1], 192.0.2.1
//	SRV 20 b   ->  b: AAAA, A      [2001:db8::2], 192.0.2.2    behind all of a, though it is IPv6
//
// A target without an address is passed over. That its addresses were not to be had is remembered in s.failure.
func (s *search) services(ctx context.Context, name, transport, section string) ([]Target, finding) {
	a, err := s.ask(ctx, key{name, dns.TypeSRV}, section, "the servers for "+transport)
	switch {
	case err != nil:
		return nil, failed
	case len(a.records) == 0:
		return nil, absent
	}
	records, isRefused := serviceRecords(a.records)
	if isRefused {
		s.rule("RFC 2782", "the target is \".\": %s is decidedly not offered over %s", name, transport)
		return nil, refused
	}
	if len(records) > 1 {
		s.rule("RFC 2782", "lowest priority first, drawn by weight inside one priority")
	}
	var targets []Target
	for _, record := range orderServices(records, s.r.random) {
		addrs, _ := s.addresses(ctx, strings.ToLower(record.Target), "RFC 7984 section 4")
		for _, addr := range addrs {
			targets = append(targets, Target{
				Transport: transport, Addr: netip.AddrPortFrom(addr, record.Port),
				Name:     strings.TrimSuffix(strings.ToLower(record.Target), "."),
				Priority: record.Priority, Weight: record.Weight,
			})
		}
		if len(targets) >= maxTargets {
			break
		}
	}
	return targets, present
}

// serviceRecords returns the SRV records that name a server and a port, and whether there is none because the
// target "." says that the service is not offered.
func serviceRecords(records []dns.RR) (services []*dns.SRV, isRefused bool) {
	for _, record := range records {
		srv, ok := record.(*dns.SRV)
		switch {
		case ok && srv.Target == ".":
			isRefused = true
		case ok && srv.Port != 0:
			services = append(services, srv)
		}
	}
	return services, isRefused && len(services) == 0
}

// host looks up the addresses of the target itself.
func (s *search) host(ctx context.Context, h hop, transport string) ([]Target, error) {
	addrs, err := s.addresses(ctx, dns.Fqdn(h.target), "RFC 3263 section 4.2")
	if err != nil {
		return nil, err
	}
	targets := make([]Target, 0, len(addrs))
	for _, addr := range addrs {
		targets = append(targets, Target{
			Transport: transport, Addr: netip.AddrPortFrom(addr, h.portOr(transport)), Name: h.target,
		})
	}
	return targets, nil
}

// numeric makes the one target of a numeric host. It has no name: there is none to show, and none to check.
func (s *search) numeric(h hop, transport string) ([]Target, error) {
	if !s.usable(h.addr) {
		return nil, fmt.Errorf("%w: this host has no address of the family of %s", ErrUnsupported, h.addr)
	}
	return []Target{{Transport: transport, Addr: netip.AddrPortFrom(h.addr, h.portOr(transport))}}, nil
}

// addresses returns the usable addresses of a name, all families the host has (RFC 7984 section 4), in the order
// of RFC 6724. The error tells a name without addresses from a DNS that did not say.
func (s *search) addresses(ctx context.Context, name, section string) ([]netip.Addr, error) {
	if addrs := s.wellKnown(name); len(addrs) > 0 {
		s.rule("RFC 6761 section 6.3", "%s needs no question", name)
		return addrs, nil
	}
	// AAAA goes first only for the eye of who reads the steps: the order is made below.
	var addrs []netip.Addr
	var failure error
	for _, family := range []struct {
		have bool
		kind uint16
	}{{s.v6, dns.TypeAAAA}, {s.v4, dns.TypeA}} {
		if !family.have {
			continue
		}
		a, err := s.ask(ctx, key{name, family.kind}, section, "the addresses of "+name)
		if err != nil {
			failure = err
		}
		addrs = append(addrs, readAddresses(a.records)...)
	}
	addrs = orderAddresses(addrs)
	switch {
	case len(addrs) > 0:
		return addrs, nil
	case failure != nil:
		return nil, fmt.Errorf("%w: %w", ErrDNS, failure)
	}
	return nil, fmt.Errorf("%w: %s has no address of a family that this host has", ErrNotFound, name)
}

// wellKnown returns the addresses of localhost, which no name server is to be asked for, and of an address that
// someone wrote where an SRV record wants a name.
func (s *search) wellKnown(name string) []netip.Addr {
	text := strings.TrimSuffix(name, ".")
	var addrs []netip.Addr
	if addr, err := netip.ParseAddr(text); err == nil {
		addrs = []netip.Addr{addr}
	} else if text == "localhost" || strings.HasSuffix(text, ".localhost") {
		addrs = []netip.Addr{netip.IPv6Loopback(), netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	usable := addrs[:0]
	for _, addr := range addrs {
		if s.usable(addr) {
			usable = append(usable, addr)
		}
	}
	return usable
}

// ask answers one question from the cache, from DNS or, when DNS fails, from what was known before, and records
// the step. The error is the failure of DNS; that there are no records is no error.
func (s *search) ask(ctx context.Context, k key, section, why string) (answer, error) {
	a, err := s.answer(ctx, k)
	step := Step{Rule: why, Section: section, Query: k.String(), Source: a.source, Server: a.server}
	for _, record := range a.records {
		step.Answers = append(step.Answers, strings.ReplaceAll(record.String(), "\t", " "))
	}
	if err != nil {
		step.Problem = err.Error()
	}
	s.steps = append(s.steps, step)
	if a.source == FromNowhere {
		if s.failure == nil {
			s.failure = err
		}
		return answer{}, err
	}
	return a, nil
}

// answer looks for an answer where it costs least:
//
//	the cache, alive               no question, no error
//	the cache, stale, DNS failed   in the last 30 s: no question, no error
//	DNS                            stored with its Additional records
//	the cache, stale               after DNS has failed: source FromStale, and the error for the reader
//	nowhere                        source FromNowhere and the error
//
// The lock is not held while DNS is asked; two callers may ask the same question at a time, and the last one's answer stays.
func (s *search) answer(ctx context.Context, k key) (answer, error) {
	s.r.mu.Lock()
	a, ok := s.r.cache.fresh(s.now, k)
	s.r.mu.Unlock()
	if ok {
		return a, nil
	}
	replies, err := s.resolve(ctx, k)
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	if err != nil {
		if a, ok := s.r.cache.stale(s.now, k); ok {
			return a, err
		}
		return answer{source: FromNowhere}, err
	}
	for other, extra := range replies.additional {
		s.r.cache.put(s.now, other, extra)
	}
	s.r.cache.put(s.now, k, replies.answer)
	return replies.answer, nil
}

// resolve asks DNS, following CNAMEs that the server left dangling. The host's configuration is read once per Locate
// and only when there is a question: a station with a numeric registrar runs without any name server.
func (s *search) resolve(ctx context.Context, k key) (reply, error) {
	if len(s.servers) == 0 {
		servers, err := readServersFile(s.r.config.ResolvConf)
		if err != nil {
			return reply{}, err
		}
		s.servers = servers
	}
	name := k.name
	for range maxAliases {
		rep, err := s.r.exchange(ctx, s.servers, key{name, k.kind}, s.silent)
		if err != nil {
			s.silent = s.silent || errors.Is(err, errSilent)
			return reply{}, err
		}
		if rep.alias == "" {
			return rep, nil
		}
		name = rep.alias
	}
	return reply{}, fmt.Errorf("%s: more than %d CNAMEs", k, maxAliases)
}
