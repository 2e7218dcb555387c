package locate

import (
	"strings"

	"github.com/miekg/dns"
)

// respond logs a question and composes the packet to answer with, after the manner's delay. A nil packet: say
// nothing. The delay is the caller's to wait.
func (z *Zone) respond(network string, packet []byte) ([]byte, Manner) {
	var query dns.Msg
	if err := query.Unpack(packet); err != nil || query.Response || len(query.Question) != 1 {
		return nil, Manner{}
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	question := query.Question[0]
	asked := Question{network, dns.TypeToString[question.Qtype], strings.TrimSuffix(strings.ToLower(question.Name), ".")}
	if len(z.questions) < maxQuestions {
		z.questions = append(z.questions, asked)
	}
	manner := z.mannerFor(asked)
	return z.compose(&query, asked, manner), manner
}

// mannerFor returns the first manner that is about this question, and counts it down.
func (z *Zone) mannerFor(asked Question) Manner {
	for i, manner := range z.manners {
		isAbout := (manner.Type == "" || manner.Type == asked.Type) && (manner.Network == "" || manner.Network == asked.Network)
		if !isAbout || manner.Times < 0 {
			continue
		}
		if manner.Times > 0 {
			if z.manners[i].Times--; z.manners[i].Times == 0 {
				z.manners[i].Times = -1
			}
		}
		return manner
	}
	return Manner{}
}

// compose makes the answer that the manner asks for, an honest one without a manner.
func (z *Zone) compose(query *dns.Msg, asked Question, manner Manner) []byte {
	m := new(dns.Msg)
	m.SetReply(query)
	edns := query.IsEdns0()
	switch {
	case manner.Dead:
		return nil
	case manner.Raw != nil:
		raw := append([]byte{byte(query.Id >> 8), byte(query.Id)}, manner.Raw[min(2, len(manner.Raw)):]...)
		return raw
	case manner.NoEDNS && edns != nil:
		m.Rcode, edns = dns.RcodeFormatError, nil
	case manner.Rcode != 0:
		m.Rcode = manner.Rcode
	case manner.Truncate && asked.Network == "udp":
		m.Truncated = true
	default:
		z.fill(m, manner)
	}
	if manner.WrongID {
		m.Id = ^query.Id
	}
	if manner.WrongName {
		m.Question[0].Name = "wrong." + m.Question[0].Name
	}
	return pack(m, asked.Network, edns)
}

// pack encodes m for the network: over UDP what does not fit the asker's size is truncated.
func pack(m *dns.Msg, network string, edns *dns.OPT) []byte {
	size := dns.MaxMsgSize
	if network == "udp" {
		size = dns.MinMsgSize
	}
	if edns != nil {
		m.SetEdns0(udpSize, false)
		if network == "udp" {
			size = max(int(edns.UDPSize()), size)
		}
	}
	m.Truncate(size)
	packet, err := m.Pack()
	if err != nil {
		return nil // records that the parser read but cannot be packed do not exist
	}
	return packet
}

// fill answers from the records: CNAMEs followed, the SOA with a negative answer, the Additional section with
// what the asker needs next.
func (z *Zone) fill(m *dns.Msg, manner Manner) {
	m.Authoritative = true
	k := key{strings.ToLower(m.Question[0].Name), m.Question[0].Qtype}
	for range maxAliases {
		alias := z.records[key{k.name, dns.TypeCNAME}]
		if len(z.records[k]) > 0 || len(alias) == 0 {
			break
		}
		m.Answer = append(m.Answer, alias[0])
		k.name = strings.ToLower(alias[0].(*dns.CNAME).Target)
	}
	m.Answer = append(m.Answer, z.records[k]...)
	if len(z.records[k]) == 0 {
		z.deny(m, k.name)
		return
	}
	if !manner.NoAdditional {
		z.addAdditional(m)
	}
}

// deny marks an answer as negative. A CNAME out of the zone is none: there another server knows.
func (z *Zone) deny(m *dns.Msg, name string) {
	soa := z.authority(name)
	if len(m.Answer) > 0 && soa == nil {
		return
	}
	if !z.names[name] {
		m.Rcode = dns.RcodeNameError
	}
	if soa != nil {
		m.Ns = append(m.Ns, soa)
	}
}

// authority returns the SOA of the nearest zone around name, nil if there is none.
func (z *Zone) authority(name string) dns.RR {
	for ; ; name = parent(name) {
		if soa := z.records[key{name, dns.TypeSOA}]; len(soa) > 0 {
			return soa[0]
		}
		if name == "." {
			return nil
		}
	}
}

// addAdditional puts what the asker needs next into the Additional section, in the order of the answer: SRV records
// of NAPTR replacements, then the addresses of SRV targets. pack leaves out what does not fit.
func (z *Zone) addAdditional(m *dns.Msg) {
	added := make(map[key]bool)
	pending := m.Answer
	for range 2 { // from NAPTR to SRV, from SRV to addresses
		var next []dns.RR
		for _, record := range pending {
			for _, k := range leadsTo(record) {
				if !added[k] {
					added[k] = true
					next = append(next, z.records[k]...)
				}
			}
		}
		m.Extra = append(m.Extra, next...)
		pending = next
	}
}
