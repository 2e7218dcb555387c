package locate

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"intercom/sipua/sip"

	"github.com/miekg/dns"
)

// maxTargets bounds a Result: at 32 seconds a dead server nobody waits for the rest.
const maxTargets = 32

// finding is what the SRV records of one name came to. Over several names the greatest counts:
//
//	absent  <  present  <  refused  <  failed
//	  |           |           |           |
//	 A, AAAA    its targets, or the error of why there are none; never A, AAAA of the domain
type finding int

const (
	// absent: there are no such records. Only this permits to go on without SRV.
	absent finding = iota
	// present: there are records, whether or not their addresses could be had.
	present
	// refused: the one record's target is ".", the service is decidedly not offered (RFC 2782).
	refused
	// failed: DNS did not say. To take this for absent would look up an A record that a domain with SRV records
	// need not have, and lose the registration.
	failed
)

// search is one Locate under way. It belongs to the goroutine that called Locate.
type search struct {
	r          *Resolver
	now        time.Time
	transports []string
	v4, v6     bool

	steps   []Step
	servers []string // read at the first question
	silent  bool     // no name server has answered: be brief with the next questions
	failure error    // the first failure of DNS
}

// newSearch fills in what the caller left out: UDP and TCP, and both families.
func (r *Resolver) newSearch(now time.Time, transports []string, v4, v6 bool) *search {
	if len(transports) == 0 {
		transports = []string{sip.UDP, sip.TCP}
	}
	if !v4 && !v6 {
		v4, v6 = true, true
	}
	return &search{r: r, now: now, transports: transports, v4: v4, v6: v6, servers: r.config.Servers}
}

// request walks the decision table of RFC 3263 section 4 (see doc.go).
func (s *search) request(ctx context.Context, uri sip.URI) ([]Target, error) {
	h, err := readURI(uri)
	if err != nil {
		return nil, err
	}
	standard := h.transport
	if standard == "" {
		standard = h.standardTransport(s.transports)
	}
	if !slices.Contains(s.transports, standard) {
		return nil, fmt.Errorf("%w: %s needs transport %s, configured are %v", ErrUnsupported, uri, standard, s.transports)
	}
	switch {
	case h.addr.IsValid():
		s.rule("RFC 3263 section 4.2", "%s is an address: nothing to ask; %s", h.target, h.why(standard))
		return s.numeric(h, standard)
	case h.port != 0:
		s.rule("RFC 3263 section 4.2", "port %d is given: neither NAPTR nor SRV; %s", h.port, h.why(standard))
		return s.host(ctx, h, standard)
	case h.transport != "":
		s.rule("RFC 3263 section 4.1", "the URI tells transport %s: no NAPTR", h.transport)
		return s.transport(ctx, h)
	}
	return s.discover(ctx, h)
}

// why tells how the transport came about.
func (h hop) why(transport string) string {
	switch {
	case h.transport != "":
		return transport + " as the URI tells"
	case h.secure:
		return transport + " since the scheme is sips"
	}
	return transport + " since the URI tells no transport"
}

// transport handles the row with a transport, a name and no port: SRV of that transport, else the host itself.
func (s *search) transport(ctx context.Context, h hop) ([]Target, error) {
	targets, found := s.services(ctx, serviceName(h.transport, h.target), h.transport, "RFC 3263 section 4.2")
	if found == absent {
		s.rule("RFC 3263 section 4.2", "no SRV records: the host's own addresses and port %d", h.portOr(h.transport))
		return s.host(ctx, h, h.transport)
	}
	return s.outcome(h, targets, found)
}

// discover handles the rows with a name and nothing else: NAPTR, SRV, addresses.
func (s *search) discover(ctx context.Context, h hop) ([]Target, error) {
	pointers, unusable := s.pointers(ctx, h)
	if len(pointers) == 0 {
		return s.probe(ctx, h, unusable)
	}
	for _, p := range pointers {
		s.rule("RFC 3263 section 4.1", "%s, order %d preference %d: transport %s", p.service, p.order, p.preference, p.transport)
		targets, found := s.services(ctx, p.replacement, p.transport, "RFC 3263 section 4.2")
		if len(targets) > 0 || found == failed {
			return s.outcome(h, targets, found)
		}
		if found != absent {
			continue
		}
		s.rule("RFC 3403 section 4.1", "%s has no SRV records: the next NAPTR record, if any", p.replacement)
	}
	transport := pointers[0].transport
	s.rule("RFC 3263 section 4.2", "no NAPTR record leads to a server: the host's own addresses over %s", transport)
	return s.host(ctx, h, transport)
}

// pointers asks NAPTR and returns the records usable here, best first, and those left out.
func (s *search) pointers(ctx context.Context, h hop) (usable, unusable []pointer) {
	a, err := s.ask(ctx, key{dns.Fqdn(h.target), dns.TypeNAPTR}, "RFC 3263 section 4.1",
		"no transport, no port and a name: NAPTR tells the transports in the domain's order")
	if err != nil {
		// Some forwarders in home routers drop every NAPTR question. SRV decides, as if there were none.
		s.rule("RFC 3263 section 4.1", "NAPTR is not to be had: go on with SRV")
		return nil, nil
	}
	all := readPointers(a.records)
	usable, unusable = applicable(all, s.transports, h.secure)
	for _, p := range unusable {
		s.rule("RFC 3263 section 4.1", "%s left out: %s", p.service, h.whyNot(p))
	}
	return usable, unusable
}

// whyNot tells why a pointer was left out.
func (h hop) whyNot(p pointer) string {
	if h.secure && !p.secure {
		return "a sips URI wants SIPS services only"
	}
	return "no transport " + p.transport + " here"
}

// probe asks the SRV records of each transport the client has. Those of the transport it prefers come first: the
// priorities of different transports say nothing about each other. A domain whose NAPTR records name only transports
// that are not here is not guessed at.
func (s *search) probe(ctx context.Context, h hop, unusable []pointer) ([]Target, error) {
	var targets []Target
	worst := absent
	for _, transport := range s.transports {
		if h.secure && transport != sip.TLS {
			continue
		}
		more, found := s.services(ctx, serviceName(transport, h.target), transport, "RFC 3263 section 4.1")
		targets = append(targets, more...)
		worst = max(worst, found)
	}
	if worst == absent && len(unusable) > 0 && !h.secure {
		return nil, fmt.Errorf("%w: %s offers only transport %s, configured are %v",
			ErrUnsupported, h.target, unusable[0].transport, s.transports)
	}
	if worst == absent {
		transport := h.standardTransport(s.transports)
		s.rule("RFC 3263 section 4.1", "no SRV records at all: %s and the host's own addresses", transport)
		return s.host(ctx, h, transport)
	}
	return s.outcome(h, targets, worst)
}

// outcome turns what SRV led to into a result. None of these cases may fall back to the host's addresses.
func (s *search) outcome(h hop, targets []Target, found finding) ([]Target, error) {
	switch {
	case len(targets) > 0:
		return targets, nil
	case s.failure != nil:
		return nil, fmt.Errorf("%w: %w (a port in the URI avoids SRV, if this network has none)", ErrDNS, s.failure)
	case found == refused:
		return nil, fmt.Errorf("%w: %s publishes the SRV target \".\", it offers no such service", ErrNotFound, h.target)
	}
	return nil, fmt.Errorf("%w: no target of the SRV records of %s has a usable address", ErrNotFound, h.target)
}

// rule records a step that asks nothing.
func (s *search) rule(section, format string, values ...any) {
	s.steps = append(s.steps, Step{Rule: fmt.Sprintf(format, values...), Section: section})
}

// enlarge puts the same address over TCP before each UDP target, as a long request needs (RFC 3261 section
// 18.1.1). The UDP target stays: a server without TCP refuses the connection, and then UDP is to be tried.
func (s *search) enlarge(targets []Target) []Target {
	if !slices.Contains(s.transports, sip.TCP) {
		return targets
	}
	var all []Target
	for _, t := range targets {
		if t.Transport == sip.UDP {
			stream := t
			stream.Transport = sip.TCP
			all = append(all, stream)
		}
		all = append(all, t)
	}
	if len(all) > len(targets) {
		s.rule("RFC 3261 section 18.1.1", "the request is too long for UDP: TCP first at each address")
	}
	return all
}

// finish removes doubles, bounds the list and puts what failed lately last.
func (s *search) finish(subject string, targets []Target, err error) Result {
	seen := make(map[place]bool, len(targets))
	targets = slices.DeleteFunc(targets, func(t Target) bool {
		double := seen[t.place()]
		seen[t.place()] = true
		return double
	})
	targets = targets[:min(len(targets), maxTargets)]
	s.r.mu.Lock()
	targets, steps := s.r.failures.order(s.now, targets)
	s.r.mu.Unlock()
	return Result{Subject: subject, Targets: targets, Steps: append(s.steps, steps...), Err: err}
}

// usable tells whether the host can send to addr (RFC 7984 section 4: addresses of other families are ignored).
func (s *search) usable(addr netip.Addr) bool {
	if addr.Is4() {
		return s.v4
	}
	return s.v6
}
