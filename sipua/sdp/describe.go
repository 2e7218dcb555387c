package sdp

import (
	"net/netip"
	"strconv"
	"strings"
)

// profile is an RTP profile by its name in the m= line:
//
//	RTP/AVP   RTP/AVPF                        RFC 3551, RFC 4585     in the open, or keyed as an option
//	RTP/SAVP  RTP/SAVPF                       RFC 3711, RFC 5124     keyed by SDES, or DTLS of old
//	UDP/TLS/RTP/SAVP  UDP/TLS/RTP/SAVPF       RFC 5764               keyed by DTLS
//
// The F is feedback by RTCP, which nobody has to give: it makes no difference here but that an
// answer repeats the offer's word.
type profile struct {
	isSecure bool // SAVP: the media must be SRTP
	isDTLS   bool // and is keyed by DTLS (RFC 5764)
}

// parseProfile reads the transport of an m= line; false for one that is not RTP over UDP.
func parseProfile(protocol string) (profile, bool) {
	switch strings.ToUpper(protocol) {
	case "RTP/AVP", "RTP/AVPF":
		return profile{}, true
	case "RTP/SAVP", "RTP/SAVPF":
		return profile{isSecure: true}, true
	case "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF":
		return profile{isSecure: true, isDTLS: true}, true
	default:
		return profile{}, false
	}
}

// description is what one audio m= line of a peer says, its session part's share included.
type description struct {
	media        *Media
	profile      profile
	rtp          netip.AddrPort // invalid when the peer does not want media (c=0.0.0.0)
	isMuxed      bool
	direction    Direction // the peer's
	formats      []Format
	ptime        int // ms; 0 when not given
	maxPtime     int
	cryptos      []Crypto
	fingerprints []Fingerprint
	setup        Setup
}

// describe reads one audio m= line. The error is an *Unusable.
func describe(s *Session, m *Media, local netip.Addr) (description, error) {
	p, ok := parseProfile(m.Protocol)
	if !ok {
		return description{}, unusable(302, "transport protocol %q: RTP over UDP is wanted", clip(m.Protocol))
	}
	d := description{
		media: m, profile: p, formats: m.formats(), direction: s.direction(m),
		ptime: number(s, m, "ptime"), maxPtime: number(s, m, "maxptime"),
		cryptos: m.cryptos(), fingerprints: s.fingerprints(m), setup: s.setup(m),
	}
	_, d.isMuxed = s.attribute(m, "rtcp-mux")
	return d, d.readAddresses(s, local)
}

// readAddresses finds where RTP and RTCP go. An unspecified address is the hold of RFC 2543: the
// peer takes no media but still may send (RFC 3264 section 8.4).
func (d *description) readAddresses(s *Session, local netip.Addr) error {
	c := s.connection(d.media)
	addr, ok := c.Addr()
	switch {
	case c.isZero():
		return unusable(399, "there is no c= line")
	case !ok:
		return unusable(301, "address %q: a numeric one is wanted", clip(c.Address))
	case addr.IsUnspecified():
		d.direction &^= RecvOnly
		return nil
	case addr.IsMulticast():
		return unusable(330, "multicast address %v", addr)
	case local.IsValid() && local.Is4() != addr.Is4():
		return unusable(301, "address %v is of another family than the local %v", addr, local)
	}
	d.rtp = netip.AddrPortFrom(addr, uint16(d.media.Port))
	return nil
}

// rtcp is where RTCP goes: the port of RTP, or the address of a=rtcp (RFC 3605), or the next port
// (RFC 3550 section 11).
func (d *description) rtcp(isMuxed bool) netip.AddrPort {
	if isMuxed || !d.rtp.IsValid() || d.rtp.Port() == 65535 {
		return d.rtp
	}
	addr, port := d.rtp.Addr(), d.rtp.Port()+1
	value, _ := d.media.Attributes.Get("rtcp")
	f := strings.Fields(value)
	if len(f) > 0 {
		if n, err := strconv.ParseUint(f[0], 10, 16); err == nil && n != 0 {
			port = uint16(n)
		}
	}
	if len(f) >= 4 {
		other, ok := Connection{f[1], f[2], f[3]}.Addr()
		if ok && other.Is4() == addr.Is4() && !other.IsUnspecified() && !other.IsMulticast() {
			addr = other
		}
	}
	return netip.AddrPortFrom(addr, port)
}

// number reads a packet time in milliseconds; peers write 20.0 as well (the grammar allows it).
func number(s *Session, m *Media, name string) int {
	value, _ := s.attribute(m, name)
	whole, _, _ := strings.Cut(value, ".")
	n, err := strconv.ParseUint(strings.TrimSpace(whole), 10, 10)
	if err != nil {
		return 0
	}
	return int(n)
}
