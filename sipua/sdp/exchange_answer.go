package sdp

import (
	"slices"
	"strings"
)

// Answer takes the peer's offer and gives the description to answer it with: as many m= lines in
// the same order, the audio stream under the offer's payload numbers and with its direction
// mirrored, everything else refused with port 0 (RFC 3264 section 6). An error is ErrGlare, a
// *SyntaxError or an *Unusable, and changes nothing.
func (x *Exchange) Answer(offer []byte) (answer []byte, n Negotiated, err error) {
	if x.state == Offered {
		return nil, Negotiated{}, ErrGlare
	}
	remote, err := Parse(offer)
	if err != nil {
		return nil, Negotiated{}, err
	}
	chosen, err := x.choose(remote)
	if err != nil {
		return nil, Negotiated{}, err
	}
	local := x.blank()
	for i := range remote.Media {
		local.Media = append(local.Media, refused(&remote.Media[i]))
	}
	if chosen.isTaken {
		for _, f := range chosen.d.formats {
			x.numbers.reserve(f)
		}
		for _, f := range slices.Concat(chosen.n.Receive, chosen.n.ReceiveEvents) {
			x.numbers.bind(f, f.PayloadType)
		}
		local.Media[chosen.index] = x.media(x.answerPlan(&chosen))
	}
	x.agreed = agreement{local: local, audio: chosen.index, negotiated: chosen.n}
	x.offered, x.state = agreement{}, Agreed
	return x.send(local), chosen.n, nil
}

// choice is the audio stream taken out of an offer. It is worked out in full before anything of the
// Exchange changes, so that an offer we refuse leaves the running stream as it is (RFC 3261 section
// 14.2).
type choice struct {
	index   int
	isTaken bool // false: the offer drops the stream of the call
	d       description
	n       Negotiated
}

// choose finds the stream to take: the call's own if there is one and it still can be had, else the
// first encrypted one, else the first. Peers offer the same microphone in two m= lines, as SAVP and
// as AVP.
func (x *Exchange) choose(remote *Session) (choice, error) {
	var best choice
	var firstErr error
	isDropped := false
	for i := range remote.Media {
		m := &remote.Media[i]
		isOurs := x.agreed.local != nil && i == x.agreed.audio
		if !strings.EqualFold(m.Kind, "audio") || m.Port == 0 {
			isDropped = isDropped || isOurs
			continue
		}
		c, err := x.consider(remote, i)
		switch {
		case err != nil && firstErr == nil:
			firstErr = err
		case err == nil && isOurs:
			return c, nil
		case err == nil && (!best.isTaken || best.n.Keying == KeyingNone && c.n.Keying != KeyingNone):
			best = c
		}
	}
	switch {
	case best.isTaken:
		return best, nil
	case firstErr != nil:
		return choice{}, firstErr
	case isDropped:
		return choice{index: x.agreed.audio}, nil
	default:
		return choice{}, unusable(304, "no audio is offered")
	}
}

// consider works out the answer to one audio m= line.
func (x *Exchange) consider(remote *Session, index int) (choice, error) {
	d, err := describe(remote, &remote.Media[index], x.cfg.Local.RTP.Addr().Unmap())
	if err != nil {
		return choice{}, err
	}
	c := choice{index: index, isTaken: true, d: d}
	c.n.from(&d, &x.cfg.Capabilities)
	c.n.Direction = d.direction.mirror() & x.wish
	c.n.settleRTCP(&d, x.cfg.Capabilities.RTCPMux)
	if err := x.match(&c); err != nil {
		return choice{}, err
	}
	return c, x.secure(&c)
}

// match picks the formats: of our codecs in our order those offered, under the offer's numbers, and
// the events that run by the same clock.
func (x *Exchange) match(c *choice) error {
	caps := &x.cfg.Capabilities
	for _, codec := range caps.Codecs {
		i := slices.IndexFunc(c.d.formats, codec.matches)
		if i < 0 {
			continue
		}
		c.n.add(codec.format(c.d.formats[i].PayloadType), c.d.formats[i])
		if !caps.AnswerAll {
			break
		}
	}
	if len(c.n.Send) == 0 {
		return unusable(305, "no common codec: offered are %s", c.d.names())
	}
	if caps.Events != "" {
		c.n.matchEvents(&c.d, caps.Events)
	}
	return nil
}

// add takes one encoding: ours with what we receive, theirs with what they do.
func (n *Negotiated) add(ours, theirs Format) {
	send := ours
	send.PayloadType, send.Fmtp = theirs.PayloadType, theirs.Fmtp
	n.Receive = append(n.Receive, ours)
	n.Send = append(n.Send, send)
}

// matchEvents takes the telephone-events offered at the clock rates in use. If there is none, the
// first one at all is taken: telephones offer telephone-event/8000 alone beside Opus and send it,
// too.
func (n *Negotiated) matchEvents(d *description, fmtp string) {
	var spare *Format
	for i, f := range d.formats {
		if !f.isEvent() {
			continue
		}
		if holdsRate(n.Send, f.ClockRate) && !holdsRate(n.SendEvents, f.ClockRate) {
			n.addEvent(f, f.PayloadType, fmtp)
		} else if spare == nil {
			spare = &d.formats[i]
		}
	}
	if len(n.SendEvents) == 0 && spare != nil {
		n.addEvent(*spare, spare.PayloadType, fmtp)
	}
	n.sortEvents()
}

// addEvent takes one telephone-event: theirs, and ours under its number and events.
func (n *Negotiated) addEvent(theirs Format, number uint8, fmtp string) {
	theirs.Name = telephoneEvent
	n.SendEvents = append(n.SendEvents, theirs)
	theirs.PayloadType, theirs.Fmtp = number, fmtp
	n.ReceiveEvents = append(n.ReceiveEvents, theirs)
}

// secure settles encryption by what the offer has and we can: the profile decides, and in a plain
// profile keys that came along are used (RFC 8643).
func (x *Exchange) secure(c *choice) error {
	caps, d, n := &x.cfg.Capabilities, &c.d, &c.n
	crypto, hasSDES := chooseCrypto(caps.Suites, d.cryptos)
	hasDTLS := x.cfg.Local.Fingerprint != (Fingerprint{}) && len(d.fingerprints) > 0
	switch {
	case hasDTLS && (d.profile.isDTLS || !hasSDES):
		role, ok := d.setup.answer(x.agreed.negotiated.Setup)
		if !ok {
			return unusable(306, "a=setup:%s", clip(string(d.setup)))
		}
		n.Keying, n.Setup, n.Fingerprints = KeyingDTLS, role, d.fingerprints
	case d.profile.isDTLS:
		return unusable(302, "DTLS-SRTP without a fingerprint on both sides")
	case hasSDES:
		n.Keying, n.RemoteCrypto = KeyingSDES, crypto
		n.LocalCrypto = Crypto{crypto.Tag, crypto.Suite, x.keys[crypto.Suite]}
	case d.profile.isSecure:
		return unusable(302, "SRTP without a key or suite both sides know")
	case caps.IsSecret:
		return unusable(302, "plain RTP: SRTP is wanted")
	}
	return nil
}

// answerPlan is the m= line of the stream taken.
func (x *Exchange) answerPlan(c *choice) plan {
	p := plan{
		protocol: c.d.media.Protocol, formats: slices.Concat(c.n.Receive, c.n.ReceiveEvents),
		direction: c.n.Direction, ptime: c.n.Ptime, isMuxed: c.n.RTCPMux,
	}
	p.mid, _ = c.d.media.Attributes.Get("mid")
	switch c.n.Keying {
	case KeyingSDES:
		p.security = []Attribute{c.n.LocalCrypto.attribute()}
	case KeyingDTLS:
		p.security = x.dtlsAttributes(c.n.Setup)
	}
	return p
}

// names lists the offered encodings for an error text.
func (d *description) names() string {
	var names []string
	for _, f := range d.formats {
		if f.Name != "" && !f.isEvent() && len(names) < 8 {
			names = append(names, clip(f.Name)+"/"+decimal(f.ClockRate))
		}
	}
	if names == nil {
		return "none with a name"
	}
	return strings.Join(names, ", ")
}
