package locate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// maxAliases bounds the CNAMEs followed for one question.
const maxAliases = 8

// reply is what one message of a name server says to one question.
type reply struct {
	answer     answer
	alias      string         // a CNAME chain ends at this name without records: ask for it
	additional map[key]answer // what the Additional section tells about names in the answer
}

// readPacket decodes a packet. It is ours if id and question are those asked; else someone guesses at our port,
// and we keep listening. A packet that is ours but malformed is an answer nobody needs to wait after.
//
//	 0       2       4       6       8      10      12
//	+-------+-------+-------+-------+-------+-------+----------- - -
//	|  id   | QR... | QDCNT | ANCNT | NSCNT | ARCNT | question, answer, authority, additional
//	+-------+-------+-------+-------+-------+-------+----------- - -
//
// (RFC 1035 section 4.1.1.) The id and the QR bit are read before anything else: most of what arrives by mistake is
// known by them, and the decoder is not bothered with it.
func readPacket(packet []byte, question *dns.Msg) (m *dns.Msg, ours bool, err error) {
	if len(packet) < 12 || binary.BigEndian.Uint16(packet) != question.Id || packet[2]&0x80 == 0 {
		return nil, false, nil
	}
	m = new(dns.Msg)
	if err := m.Unpack(packet); err != nil {
		return nil, true, fmt.Errorf("malformed answer of %d bytes: %w", len(packet), err)
	}
	if m.Rcode == dns.RcodeFormatError && len(m.Question) == 0 {
		return m, true, nil // a server that cannot read the question need not repeat it
	}
	asked := question.Question[0]
	if len(m.Question) != 1 || m.Question[0].Qtype != asked.Qtype || m.Question[0].Qclass != asked.Qclass ||
		!strings.EqualFold(m.Question[0].Name, asked.Name) {
		return nil, false, nil
	}
	return m, true, nil
}

// readReply takes the answer to k out of a message. Response codes other than NOERROR and NXDOMAIN are failures
// of the server and say nothing about the name. What the message then says is one of
//
//	records of the type asked          positive, kept for the least TTL on the way
//	CNAMEs only, no SOA                unfinished: the server knows no more, ask for the last name
//	none, or CNAMEs only, with an SOA  negative, kept for the SOA's time
//	none, no SOA                       negative, not kept
//
// NXDOMAIN and NOERROR without records are one and the same here: no such record at this name.
func readReply(k key, m *dns.Msg, maxTTL, maxNegative time.Duration) (reply, error) {
	if m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
		return reply{}, fmt.Errorf("response code %s", dns.RcodeToString[m.Rcode])
	}
	name, ttl, err := followAliases(k.name, m.Answer)
	if err != nil {
		return reply{}, err
	}
	rep := reply{answer: answer{source: FromDNS}}
	for _, record := range m.Answer {
		if matches(record, key{name, k.kind}) {
			rep.answer.records = append(rep.answer.records, record)
			ttl = min(ttl, record.Header().Ttl)
		}
	}
	switch {
	case len(rep.answer.records) > 0:
		rep.answer.ttl = min(seconds(ttl), maxTTL)
		rep.additional = readAdditional(rep.answer.records, m.Extra, maxTTL)
	case name != k.name && m.Rcode == dns.RcodeSuccess && findSOA(m) == nil:
		rep.alias = name
	default:
		rep.answer.ttl = min(negativeTTL(m), maxNegative)
	}
	return rep, nil
}

// followAliases returns the name at the end of the chain of CNAMEs and the least TTL on the way.
func followAliases(name string, records []dns.RR) (string, uint32, error) {
	ttl := ^uint32(0)
	for range maxAliases + 1 {
		alias := findAlias(name, records)
		if alias == nil {
			return name, ttl, nil
		}
		name, ttl = strings.ToLower(alias.Target), min(ttl, alias.Hdr.Ttl)
	}
	return "", 0, errors.New("the CNAMEs go in a circle, or there are too many")
}

// findAlias returns the CNAME record of name. Records of other owners in the section are none of our business: a
// server may send the whole chain, in any order.
func findAlias(name string, records []dns.RR) *dns.CNAME {
	for _, record := range records {
		if alias, ok := record.(*dns.CNAME); ok && strings.EqualFold(alias.Hdr.Name, name) {
			return alias
		}
	}
	return nil
}

// matches tells whether a record is about the question, of class IN and the very type. Names compare without regard to
// case (RFC 4343), since servers may answer in the case that they like.
func matches(record dns.RR, k key) bool {
	header := record.Header()
	return header.Rrtype == k.kind && header.Class == dns.ClassINET && strings.EqualFold(header.Name, k.name)
}

// readAdditional collects records about the names that the answer leads to: addresses of SRV targets, SRV records
// of NAPTR replacements with their addresses. Records about other names are nobody's question and are dropped.
func readAdditional(records, extra []dns.RR, maxTTL time.Duration) map[key]answer {
	wanted := make(map[key]bool)
	want := func(records []dns.RR) {
		for _, record := range records {
			for _, k := range leadsTo(record) {
				wanted[k] = true
			}
		}
	}
	want(records)
	for _, record := range extra { // SRV records that a NAPTR record led to lead to addresses
		if wanted[keyOf(record)] {
			want([]dns.RR{record})
		}
	}
	found := make(map[key]answer)
	for _, record := range extra {
		k := keyOf(record)
		if !wanted[k] || !matches(record, k) {
			continue
		}
		a, known := found[k]
		ttl := min(seconds(record.Header().Ttl), maxTTL)
		if !known || ttl < a.ttl {
			a.ttl = ttl
		}
		a.source = FromAdditional
		a.records = append(a.records, record)
		found[k] = a
	}
	return found
}

// keyOf is the question that a record answers.
func keyOf(record dns.RR) key {
	return key{strings.ToLower(record.Header().Name), record.Header().Rrtype}
}

// leadsTo returns the questions that follow from a record.
func leadsTo(record dns.RR) []key {
	switch record := record.(type) {
	case *dns.NAPTR:
		return []key{{strings.ToLower(record.Replacement), dns.TypeSRV}}
	case *dns.SRV:
		name := strings.ToLower(record.Target)
		return []key{{name, dns.TypeAAAA}, {name, dns.TypeA}}
	}
	return nil
}

// negativeTTL is how long "there is none" may be kept: the lesser of the SOA's TTL and its minimum; without an
// SOA not at all (RFC 2308 section 5).
func negativeTTL(m *dns.Msg) time.Duration {
	if soa := findSOA(m); soa != nil {
		return seconds(min(soa.Hdr.Ttl, soa.Minttl))
	}
	return 0
}

// findSOA returns the SOA in the authority section: the mark of a negative answer (RFC 2308 section 2).
func findSOA(m *dns.Msg) *dns.SOA {
	for _, record := range m.Ns {
		if soa, ok := record.(*dns.SOA); ok {
			return soa
		}
	}
	return nil
}

// seconds reads a TTL; one with the top bit set means zero (RFC 2181 section 8).
func seconds(ttl uint32) time.Duration {
	if ttl >= 1<<31 {
		return 0
	}
	return time.Duration(ttl) * time.Second
}
