package sdp

import (
	"slices"
	"strings"
)

// Accept takes the peer's answer to our offer. When the call forks or an answer is repeated in the
// final response, it may be called again until the next offer by either side; the last answer
// holds. An error is ErrNoOffer, a *SyntaxError or an *Unusable: the call cannot go on with this
// answer, and the caller ends it, or calls Withdraw after a re-INVITE.
func (x *Exchange) Accept(answer []byte) (Negotiated, error) {
	if x.offered.local == nil {
		return Negotiated{}, ErrNoOffer
	}
	remote, err := Parse(answer)
	if err != nil {
		return Negotiated{}, err
	}
	// RFC 3264 section 6 demands as many m= lines as the offer has; with ours in its place the rest
	// does not matter.
	if x.offered.audio >= len(remote.Media) {
		return Negotiated{}, unusable(304, "the answer has %d media, our audio is number %d", len(remote.Media), x.offered.audio+1)
	}
	m := &remote.Media[x.offered.audio]
	if !strings.EqualFold(m.Kind, "audio") || m.Port == 0 {
		return Negotiated{}, unusable(304, "the answer refuses our audio")
	}
	d, err := describe(remote, m, x.cfg.Local.RTP.Addr().Unmap())
	if err != nil {
		return Negotiated{}, err
	}
	n, err := x.settle(&d)
	if err != nil {
		return Negotiated{}, err
	}
	x.offered.negotiated = n
	x.agreed, x.state = x.offered, Agreed
	return n, nil
}

// settle works out what our offer and the answer to it come to.
func (x *Exchange) settle(d *description) (Negotiated, error) {
	var n Negotiated
	n.from(d, &x.cfg.Capabilities)
	offered := &x.offered.local.Media[x.offered.audio]
	n.Direction = x.offered.local.direction(offered) & d.direction.mirror()
	n.settleRTCP(d, offered.Attributes.Has("rtcp-mux"))
	for _, theirs := range d.formats {
		x.settleFormat(&n, theirs)
	}
	if len(n.Send) == 0 {
		return Negotiated{}, unusable(305, "the answer has none of the offered codecs: %s", d.names())
	}
	n.sortEvents()
	return n, x.settleSecurity(d, &n)
}

// settleFormat takes one format of the answer if it was offered. The peer may have given it a
// number of its own (RFC 3264 section 5.1); a dynamic number without rtpmap can only be ours.
func (x *Exchange) settleFormat(n *Negotiated, theirs Format) {
	if theirs.Name == "" {
		i := slices.IndexFunc(x.offered.formats, func(f Format) bool { return f.PayloadType == theirs.PayloadType })
		if i < 0 {
			return
		}
		fmtp := theirs.Fmtp
		theirs = x.offered.formats[i]
		theirs.Fmtp = fmtp
	}
	i := slices.IndexFunc(x.offered.formats, func(f Format) bool {
		return Codec{Name: f.Name, ClockRate: f.ClockRate, Channels: f.Channels}.matches(theirs)
	})
	if i < 0 {
		return
	}
	ours := x.offered.formats[i]
	if ours.isEvent() {
		n.addEvent(theirs, ours.PayloadType, ours.Fmtp)
		return
	}
	n.add(ours, theirs)
}

// settleSecurity holds the answer to the profile offered: a peer or a proxy between must not turn
// SRTP into plain RTP.
func (x *Exchange) settleSecurity(d *description, n *Negotiated) error {
	media := &x.offered.local.Media[x.offered.audio]
	offered, _ := parseProfile(media.Protocol)
	if offered != d.profile {
		return unusable(302, "the answer's profile is %q, offered was %q", clip(d.media.Protocol), media.Protocol)
	}
	hasDTLS := media.Attributes.Has("fingerprint")
	if hasDTLS && len(d.fingerprints) > 0 {
		role, ok := d.setup.mirror()
		if !ok {
			return unusable(306, "a=setup:%s in an answer", clip(string(d.setup)))
		}
		n.Keying, n.Setup, n.Fingerprints = KeyingDTLS, role, d.fingerprints
		return nil
	}
	for _, remote := range d.cryptos {
		for _, ours := range media.cryptos() {
			if ours.Tag == remote.Tag && ours.Suite == remote.Suite {
				n.Keying, n.LocalCrypto, n.RemoteCrypto = KeyingSDES, ours, remote
				return nil
			}
		}
	}
	if offered.isSecure || x.cfg.Capabilities.IsSecret {
		return unusable(302, "the answer has no key for SRTP")
	}
	return nil
}
