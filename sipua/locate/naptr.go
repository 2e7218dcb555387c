package locate

import (
	"cmp"
	"slices"
	"strings"

	"intercom/sipua/sip"

	"github.com/miekg/dns"
)

// maxPointers bounds the NAPTR records of one name that are considered.
const maxPointers = 16

// naptrServices is the registry of SIP's NAPTR service fields (RFC 3263 section 4.1, RFC 4168 section 5) as far
// as a client may have the transport. The sign is a plus; "SIP-D2T" is no such service.
var naptrServices = map[string]struct {
	transport string
	secure    bool
}{
	"SIP+D2U":  {sip.UDP, false},
	"SIP+D2T":  {sip.TCP, false},
	"SIP+D2S":  {sip.SCTP, false},
	"SIPS+D2T": {sip.TLS, true},
	"SIPS+D2S": {"TLS-SCTP", true},
}

// pointer is a NAPTR record that is about SIP. On the wire it has the fields (RFC 3403 section 4.1)
//
//	order  preference  flags  service     regexp  replacement
//	  10       50       "s"   "SIP+D2T"     ""    _sip._tcp.example.com.
//
// Lower order goes first and is the domain's will; preference is its wish among equals. The flag "s" says that the
// replacement is asked for SRV records.
type pointer struct {
	service     string
	transport   string
	secure      bool
	replacement string // the name whose SRV records to ask
	order       uint16
	preference  uint16
}

// readPointers returns the records about SIP, lowest order first, then lowest preference. Records of other
// applications, and those that are not of the form flags "s", empty regexp, a replacement, are passed over.
func readPointers(records []dns.RR) []pointer {
	var pointers []pointer
	for _, record := range records {
		naptr, ok := record.(*dns.NAPTR)
		if !ok || !strings.EqualFold(naptr.Flags, "s") || naptr.Regexp != "" || naptr.Replacement == "." {
			continue
		}
		name := strings.ToUpper(naptr.Service)
		service, ok := naptrServices[name]
		if !ok {
			continue
		}
		pointers = append(pointers, pointer{
			name, service.transport, service.secure, strings.ToLower(naptr.Replacement), naptr.Order, naptr.Preference,
		})
	}
	slices.SortStableFunc(pointers, func(a, b pointer) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.preference, b.preference))
	})
	return pointers[:min(len(pointers), maxPointers)]
}

// applicable keeps the pointers whose transport the client has and, for a sips URI, which are secure: there the
// others MUST be discarded (RFC 3263 section 4.1). Of a sip URI SIPS+D2T is kept where there is TLS.
func applicable(pointers []pointer, transports []string, secure bool) (usable, unusable []pointer) {
	for _, p := range pointers {
		if secure && !p.secure || !slices.Contains(transports, p.transport) {
			unusable = append(unusable, p)
			continue
		}
		usable = append(usable, p)
	}
	return usable, unusable
}
