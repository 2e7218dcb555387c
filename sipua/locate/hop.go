package locate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"intercom/sipua/sip"

	"github.com/miekg/dns"
)

const tlsOverSCTP = "TLS-SCTP" // known to NAPTR and to URIs, but no transport of this client

// hop is what the URI, or a Via, says about the next hop: the left half of the decision table in doc.go.
type hop struct {
	target    string     // maddr if present, else host
	addr      netip.Addr // valid if the target is numeric
	port      int        // 0: none given
	transport string     // "": none given
	secure    bool       // sips
}

// readURI reads the TARGET, port and transport of a URI (RFC 3263 section 4).
func readURI(uri sip.URI) (hop, error) {
	if uri.Scheme != "sip" && uri.Scheme != "sips" {
		return hop{}, fmt.Errorf("%w: scheme %q names no server; only sip and sips do", ErrUnsupported, uri.Scheme)
	}
	h := hop{target: uri.Host, port: uri.Port, secure: uri.Scheme == "sips"}
	if maddr, ok := uri.Params.Get("maddr"); ok && maddr != "" {
		h.target = strings.TrimSuffix(strings.TrimPrefix(maddr, "["), "]")
	}
	parameter, _ := uri.Params.Get("transport")
	transport, err := readTransport(parameter, h.secure)
	if err != nil {
		return h, err
	}
	h.transport = transport
	return h, h.readTarget()
}

// readTransport maps a URI's transport parameter to the transport's name; "" stays "". With sips every transport
// means TLS on top of it (RFC 3261 section 26.2.2). transport=tls is deprecated (RFC 5630 section 3.1.1) and
// everywhere.
func readTransport(parameter string, secure bool) (string, error) {
	switch parameter = strings.ToUpper(parameter); {
	case parameter == "" || parameter == sip.TLS || !secure:
		return parameter, nil
	case parameter == sip.TCP:
		return sip.TLS, nil
	case parameter == sip.SCTP:
		return tlsOverSCTP, nil
	}
	return "", fmt.Errorf("%w: a sips URI cannot go over transport %q; use tcp or tls", ErrUnsupported, parameter)
}

// readTarget finds out whether the target is numeric, and checks that it can be asked for if it is not.
func (h *hop) readTarget() error {
	if h.port < 0 || h.port > 65535 {
		return fmt.Errorf("%w: port %d of %q is out of range", ErrNotFound, h.port, h.target)
	}
	if addr, err := netip.ParseAddr(h.target); err == nil {
		h.addr = addr.Unmap()
		return nil
	}
	h.target = strings.TrimSuffix(strings.ToLower(h.target), ".")
	if _, ok := dns.IsDomainName(h.target); !ok || h.target == "" || strings.ContainsAny(h.target, `\ `) {
		return fmt.Errorf("%w: %q is neither an address nor a host name", ErrNotFound, h.target)
	}
	return nil
}

// standardTransport is the transport where nothing tells one: UDP for sip, TLS for sips (RFC 3263 section 4.1). A
// client without UDP takes what it has, since the alternative is no call at all.
func (h hop) standardTransport(have []string) string {
	switch {
	case h.secure:
		return sip.TLS
	case slices.Contains(have, sip.UDP) || len(have) == 0:
		return sip.UDP
	}
	return have[0]
}

// portOr returns the port given, or the transport's own: 5061 for TLS, 5060 else (RFC 3261 section 19.1.2).
func (h hop) portOr(transport string) uint16 {
	switch {
	case h.port != 0:
		return uint16(h.port)
	case transport == sip.TLS || transport == tlsOverSCTP:
		return 5061
	}
	return 5060
}

// serviceName is the name of the SRV records of domain for a transport: _sips for TLS, _sip for the rest (RFC
// 3263 section 4.1). There is no _sip._tls.
func serviceName(transport, domain string) string {
	switch transport {
	case sip.TLS:
		return dns.Fqdn("_sips._tcp." + domain)
	case tlsOverSCTP:
		return dns.Fqdn("_sips._sctp." + domain)
	}
	return dns.Fqdn("_sip._" + strings.ToLower(transport) + "." + domain)
}
