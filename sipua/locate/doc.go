// Package locate finds where a SIP message goes: RFC 3263 over DNS, with NAPTR, SRV, AAAA and A.
//
// # Usage
//
//	resolver, err := locate.New(locate.Config{})           // the host's name servers
//	result := resolver.Locate(ctx, now, locate.Query{URI: uri, Transports: []string{sip.UDP, sip.TCP}, IPv4: true})
//	for _, target := range result.Targets { ... }          // in this order, RFC 3263 section 4.3
//	resolver.Failed(now, target)                           // 503, transport failure or timer B or F
//	result.WriteText(os.Stdout)                            // what was asked, what was decided, and why
//
// # Decisions
//
// TARGET is maddr if present, else the host. What is asked, and what is not (RFC 3263 section 4):
//
//	TARGET   port  transport  scheme  transport chosen            questions
//	address   any  given      any     the one given               none
//	address   any  none       sip(s)  UDP (TLS)                   none
//	name      yes  given      any     the one given               AAAA, A
//	name      yes  none       sip(s)  UDP (TLS)                   AAAA, A; not even for port 5060 SRV
//	name      no   given      any     the one given               SRV; without records AAAA, A of TARGET
//	name      no   none       sip     NAPTR's first that is here  NAPTR, SRV of its replacement
//	          NAPTR: none     sip     those here, as preferred    SRV of each; without any AAAA, A over UDP
//	name      no   none       sips    NAPTR's first with SIPS     NAPTR, SRV of its replacement
//	          NAPTR: none     sips    TLS                         SRV _sips._tcp; without records AAAA, A
//
// Where the RFC leaves a choice: without NAPTR records the targets of the transport that the client prefers come
// first, then those of the others; SIPS+D2T is kept for a sip URI where there is TLS; NAPTR records that are
// there but name only transports that are not are no reason to guess at UDP; a NAPTR record whose replacement has
// no SRV records gives way to the next one; a NAPTR question that fails counts as none, since some routers drop
// them, but an SRV question that fails does not.
//
// # Failing DNS
//
// A failed lookup is never taken for an empty one. The last answer, also "there is none", is kept past its time
// to live and used while DNS fails (RFC 8767). A target that failed is remembered apart from the cache, by
// address, for a short time, and moved to the end of the list. It is not removed.
//
// # Ownership
//
// A Resolver may be shared by goroutines; it starts none. Time is passed in; only waiting for an answer uses the
// deadline of a context. Each call of Locate runs on its caller's goroutine and may take Config.Budget.
//
// A Zone runs the goroutines of its Serve and stops them with its context.
//
// # The library
//
// github.com/miekg/dns reads and writes messages and zone text: it knows NAPTR, which the standard library does
// not ask for, its decoder is fuzzed and bounded against compression loops, and it is what CoreDNS runs on. Its
// client is not used, since it neither retries nor falls back to TCP. No other package imports it.
//
// # Limitations
//
//   - No DNSSEC validation: the name servers are trusted, as the C library does.
//   - /etc/hosts, mDNS (.local) and the search list of resolv.conf are not consulted; names are complete.
//   - The rules of RFC 6724 that need the source address are left out; only precedence and scope order the
//     addresses of one host.
//   - No ENUM, and no transports WS, WSS and TLS over SCTP.
//   - One question at a time: no AAAA beside A, and no second server before the first has timed out.
package locate
