package locate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

const (
	udpSize    = 1232 // the EDNS size that no path fragments (DNS Flag Day 2020)
	maxForeign = 64   // datagrams that are no answer to the question, read in one try
)

// errSilent: no server sent anything at all.
var errSilent = errors.New("no name server answers")

// exchange asks the servers in turn, beginning with the one that answered last, until one gives an answer that
// says something: records, or that there are none. brief tries each server only once. With two servers A and B, two
// rounds and a timeout of 2 s the worst case is
//
//	0 s      2 s      4 s      6 s      8 s
//	|-- A ---|-- B ---|-- A ---|-- B ---|  failure; the next question of the same Locate takes half of it
//
// A server that answers with an error code or refuses the connection costs no time.
func (r *Resolver) exchange(ctx context.Context, servers []string, k key, brief bool) (reply, error) {
	servers = r.fastestFirst(servers)
	rounds := r.config.Attempts
	if brief {
		rounds = 1
	}
	failures, heard := make([]error, len(servers)), false
	for range rounds {
		for i, server := range servers {
			rep, err := r.try(ctx, server, k)
			if err == nil {
				r.mu.Lock()
				r.fastest = server
				r.mu.Unlock()
				return rep, nil
			}
			heard = heard || !isTimeout(err)
			failures[i] = r.explain(server, err)
			if ctx.Err() != nil {
				return reply{}, exchangeError(k, heard, failures)
			}
		}
	}
	return reply{}, exchangeError(k, heard, failures)
}

// explain names the server that failed; a deadline says how long was waited.
func (r *Resolver) explain(server string, err error) error {
	if isTimeout(err) {
		return fmt.Errorf("%s: no answer within %s", server, r.config.Timeout)
	}
	return fmt.Errorf("%s: %w", server, err)
}

// exchangeError gathers the last failure of each server.
func exchangeError(k key, heard bool, failures []error) error {
	failures = slices.DeleteFunc(failures, func(err error) bool { return err == nil })
	texts := make([]string, 0, len(failures))
	for _, failure := range failures {
		texts = append(texts, failure.Error())
	}
	if !heard {
		return fmt.Errorf("%s: %w (%s)", k, errSilent, strings.Join(texts, "; "))
	}
	return fmt.Errorf("%s: %s", k, strings.Join(texts, "; "))
}

// fastestFirst returns the servers with the one that answered last in front: a dead first server then costs its
// timeout once and not for each question.
func (r *Resolver) fastestFirst(servers []string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.Index(servers, r.fastest)
	if i <= 0 {
		return servers
	}
	return slices.Concat(servers[i:i+1], servers[:i], servers[i+1:])
}

// try asks one server once: over UDP with EDNS, without EDNS if the server cannot read it (RFC 6891 section 7),
// over TCP if the answer was truncated (RFC 7766 section 5).
func (r *Resolver) try(ctx context.Context, server string, k key) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	edns := true
	m, err := r.once(ctx, "udp", server, r.question(k, edns))
	if err == nil && m.Rcode == dns.RcodeFormatError {
		edns = false
		m, err = r.once(ctx, "udp", server, r.question(k, edns))
	}
	if err == nil && m.Truncated {
		m, err = r.once(ctx, "tcp", server, r.question(k, edns))
	}
	if err != nil {
		return reply{}, err
	}
	rep, err := readReply(k, m, r.config.MaxTTL, r.config.MaxNegativeTTL)
	rep.answer.server = server
	return rep, err
}

// question makes a query for recursion with a random id. Its EDNS record (RFC 6891) says how much the resolver
// can take in one datagram: a NAPTR answer with its Additional records is seldom within the 512 bytes of RFC 1035.
func (r *Resolver) question(k key, edns bool) *dns.Msg {
	m := new(dns.Msg)
	m.SetQuestion(k.name, k.kind)
	m.Id = uint16(r.random(0xffff))
	if edns {
		m.SetEdns0(udpSize, false)
	}
	return m
}

// once sends one question on a connection of its own, whose fresh port makes forged answers harder (RFC 5452).
func (r *Resolver) once(ctx context.Context, network, server string, question *dns.Msg) (*dns.Msg, error) {
	packet, err := question.Pack()
	if err != nil {
		return nil, err
	}
	conn, err := r.config.Dial(ctx, network, server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	// The context bounds the conversation, the connection has to be told: reads know deadlines only.
	// A past deadline wakes the read that is under way; so this package needs no clock.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	m, err := converse(conn, network, packet, question)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return m, err
}

// converse sends the packet and reads until the answer to it comes. Over UDP what is not the answer is passed over
// rather than taken for a failure: whoever could end the wait with one forged datagram could keep the station from
// its registrar. The number of datagrams is bounded, so that a flood cannot hold the try for longer than its deadline.
func converse(conn net.Conn, network string, packet []byte, question *dns.Msg) (*dns.Msg, error) {
	if network == "tcp" {
		return converseStream(conn, packet, question)
	}
	if _, err := conn.Write(packet); err != nil {
		return nil, err
	}
	buffer := make([]byte, 65535)
	for range maxForeign {
		n, err := conn.Read(buffer)
		if err != nil {
			return nil, err
		}
		m, ours, err := readPacket(buffer[:n], question)
		if ours {
			return m, err
		}
	}
	return nil, fmt.Errorf("%d datagrams that answer another question", maxForeign)
}

// converseStream frames with two bytes of length (RFC 1035 section 4.2.2).
func converseStream(conn net.Conn, packet []byte, question *dns.Msg) (*dns.Msg, error) {
	if _, err := conn.Write(frame(packet)); err != nil {
		return nil, err
	}
	body, err := readFrame(conn)
	if err != nil {
		return nil, err
	}
	m, ours, err := readPacket(body, question)
	if !ours {
		return nil, errors.New("the answer over TCP is to another question")
	}
	return m, err
}

// isTimeout tells silence from an answer. Only silence makes the next questions brief.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
