package sdp

import (
	"net/netip"
	"slices"
	"strings"
)

// Negotiated is the audio stream both sides agreed on, seen from ours. What each side says about
// itself holds for the direction towards it (RFC 3264 section 5.1):
//
//	our description              their description
//	c=, port: we receive there   c=, port: RemoteRTP
//	numbers and fmtp: Receive    numbers and fmtp: Send
//	ptime: their packets         ptime: Ptime, ours
//	a=crypto: LocalCrypto        a=crypto: RemoteCrypto
type Negotiated struct {
	Direction Direction // what we may do: SendOnly while we hold the peer, RecvOnly while it holds us
	Remote    Direction // what the peer does

	RemoteRTP  netip.AddrPort // where to send; invalid while the peer takes no media (c=0.0.0.0)
	RemoteRTCP netip.AddrPort // equal to RemoteRTP if RTCPMux
	RTCPMux    bool

	// Send is what the peer takes, under the peer's numbers and with its fmtp; Send[0] is what to
	// use. Receive is what may come, under ours. Both name encodings as Capabilities do. They are
	// empty if the stream is refused.
	Send, Receive []Format
	// SendEvents and ReceiveEvents are the same for telephone-event, one per clock rate, that of
	// Send[0] first.
	SendEvents, ReceiveEvents []Format
	Ptime                     int // ms of sound in each packet we send

	Keying                    Keying // KeyingNone, KeyingSDES or KeyingDTLS
	LocalCrypto, RemoteCrypto Crypto // with KeyingSDES: our key protects what we send
	Fingerprints              []Fingerprint
	Setup                     Setup // with KeyingDTLS ours: Active is the DTLS client
}

// from takes over what a peer's description says, whether it is an offer or an answer.
func (n *Negotiated) from(d *description, caps *Capabilities) {
	n.Remote = d.direction
	n.RemoteRTP = d.rtp
	n.Ptime = packetTime(d, caps)
}

// settleRTCP joins RTCP to RTP's port only if both sides said so (RFC 5761 section 5.1.1).
func (n *Negotiated) settleRTCP(d *description, canMux bool) {
	n.RTCPMux = d.isMuxed && canMux
	n.RemoteRTCP = d.rtcp(n.RTCPMux)
}

// packetTime is the peer's wish for what we send, within what both can: 10 ms steps, since that is
// the period of every sound card and codec frame.
func packetTime(d *description, caps *Capabilities) int {
	ptime := caps.Ptime
	if d.ptime >= 10 {
		ptime = d.ptime
	}
	limits := [...]int{caps.MaxPtime, d.maxPtime, 120}
	for _, limit := range limits {
		if limit >= 10 {
			ptime = min(ptime, limit)
		}
	}
	return max(ptime/10*10, 10)
}

// sortEvents puts the clock rate of the sound first, because an event shares the timestamps of the
// sound it interrupts (RFC 4733 section 2.4).
func (n *Negotiated) sortEvents() {
	if len(n.Send) == 0 {
		return
	}
	rate := n.Send[0].ClockRate
	order := func(a, b Format) int {
		switch {
		case a.ClockRate == rate && b.ClockRate != rate:
			return -1
		case a.ClockRate != rate && b.ClockRate == rate:
			return 1
		default:
			return 0
		}
	}
	slices.SortStableFunc(n.SendEvents, order)
	slices.SortStableFunc(n.ReceiveEvents, order)
}

// plan is an audio m= line of ours before it is written.
type plan struct {
	protocol  string
	formats   []Format
	direction Direction
	ptime     int
	isMuxed   bool
	mid       string
	security  []Attribute
}

// media writes the m= line of a plan.
func (x *Exchange) media(p plan) Media {
	m := Media{Kind: "audio", Port: int(x.cfg.Local.RTP.Port()), Protocol: p.protocol}
	add := func(name, value string) { m.Attributes = append(m.Attributes, Attribute{name, value}) }
	for _, f := range p.formats {
		m.Formats = append(m.Formats, f.number())
		add("rtpmap", f.rtpmap())
		if f.Fmtp != "" {
			add("fmtp", f.number()+" "+f.Fmtp)
		}
	}
	add("ptime", decimal(p.ptime))
	if x.cfg.Capabilities.MaxPtime != 0 {
		add("maxptime", decimal(x.cfg.Capabilities.MaxPtime))
	}
	if p.mid != "" {
		add("mid", p.mid)
	}
	add(p.direction.String(), "")
	m.Attributes = append(m.Attributes, x.rtcp(p.isMuxed)...)
	m.Attributes = append(m.Attributes, p.security...)
	return m
}

// rtcp tells where RTCP is received if it is not the next port: the same one (RFC 5761) or any
// other (RFC 3605).
func (x *Exchange) rtcp(isMuxed bool) Attributes {
	local := x.cfg.Local
	var attributes Attributes
	if local.RTCP.IsValid() && local.RTCP.Port() != local.RTP.Port()+1 {
		c := connectionTo(local.RTCP.Addr().Unmap())
		attributes = append(attributes, Attribute{"rtcp", strings.Join([]string{decimal(int(local.RTCP.Port())), c.Network, c.Family, c.Address}, " ")})
	}
	if isMuxed {
		attributes = append(attributes, Attribute{"rtcp-mux", ""})
	}
	return attributes
}

// refused is the answer to a medium that is not taken, and the place a dropped one keeps in later
// offers (RFC 3264 sections 6 and 8.2).
func refused(m *Media) Media {
	formats := m.Formats
	if len(formats) == 0 {
		formats = []string{"0"} // the grammar wants one
	}
	r := Media{Kind: m.Kind, Port: 0, Protocol: m.Protocol, Formats: formats}
	if mid, ok := m.Attributes.Get("mid"); ok {
		r.Attributes = Attributes{{"mid", mid}}
	}
	return r
}

// dtlsAttributes are the two lines of DTLS-SRTP (RFC 5763 section 5).
func (x *Exchange) dtlsAttributes(role Setup) []Attribute {
	return []Attribute{{"setup", string(role)}, x.cfg.Local.Fingerprint.attribute()}
}
