package locate

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercom/sipua/sip"
)

// ResponseQuery asks where a response goes when the connection or the source of its request is of no use.
type ResponseQuery struct {
	Via        sip.Via // the topmost Via of the response
	IPv4, IPv6 bool    // address families the host has; neither set means both
}

// LocateResponse finds where to send a response from its topmost Via (RFC 3261 section 18.2.2, RFC 3263 section 5,
// RFC 3581 section 4): maddr, else received with rport, else the sent-by, resolved if it is a name. A response
// over TCP or TLS goes over the request's connection first; this is for when that one is gone.
func (r *Resolver) LocateResponse(ctx context.Context, now time.Time, q ResponseQuery) Result {
	s := r.newSearch(now, []string{strings.ToUpper(q.Via.Transport)}, q.IPv4, q.IPv6)
	ctx, cancel := context.WithTimeout(ctx, r.config.Budget)
	defer cancel()
	targets, err := s.response(ctx, q.Via)
	subject := "Via " + q.Via.Transport + " " + q.Via.Host
	if q.Via.Port != 0 {
		subject = "Via " + q.Via.Transport + " " + net.JoinHostPort(q.Via.Host, strconv.Itoa(q.Via.Port))
	}
	return s.finish(subject, targets, err)
}

// response walks the table of RFC 3263 section 5:
//
//	place    port  questions
//	address  any   none; port or the transport's own
//	name     yes   AAAA, A
//	name     no    SRV of the Via's transport, _sips for TLS; without records AAAA, A
//
// NAPTR is never asked: the transport is that of the Via.
func (s *search) response(ctx context.Context, via sip.Via) ([]Target, error) {
	h, err := s.readVia(via)
	if err != nil {
		return nil, err
	}
	switch {
	case h.addr.IsValid():
		s.rule("RFC 3263 section 5", "%s is an address: nothing to ask", h.target)
		return s.numeric(h, h.transport)
	case h.port != 0:
		s.rule("RFC 3263 section 5", "the sent-by is a name with a port: its addresses")
		return s.host(ctx, h, h.transport)
	}
	s.rule("RFC 3263 section 5", "the sent-by is a name without a port: SRV of its transport")
	return s.transport(ctx, h)
}

// readVia finds the one place of the Via that tells where the response goes.
func (s *search) readVia(via sip.Via) (hop, error) {
	h := hop{target: via.Host, port: via.Port, transport: strings.ToUpper(via.Transport)}
	maddr, _ := via.Params.Get("maddr")
	received, _ := via.Params.Get("received")
	rport, _ := via.Params.Get("rport")
	switch {
	case maddr != "":
		s.rule("RFC 3261 section 18.2.2", "maddr %s and the sent-by's port", maddr)
		h.target = maddr
	case received != "":
		s.rule("RFC 3261 section 18.2.2", "received from %s", received)
		h.target = received
		if rport != "" {
			port, err := strconv.ParseUint(rport, 10, 16)
			if err != nil {
				return h, fmt.Errorf("%w: rport %q is no port", ErrNotFound, rport)
			}
			s.rule("RFC 3581 section 4", "rport %d", port)
			h.port = int(port)
		}
	}
	// FRITZ!Box writes an IPv6 address in received with brackets, RFC 5118 section 4.5 without.
	h.target = strings.TrimSuffix(strings.TrimPrefix(h.target, "["), "]")
	if !slices.Contains([]string{sip.UDP, sip.TCP, sip.TLS, sip.SCTP}, h.transport) {
		return h, fmt.Errorf("%w: Via transport %q", ErrUnsupported, via.Transport)
	}
	return h, h.readTarget()
}
