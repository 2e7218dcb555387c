package sdp

// eventNumber is the payload number everyone uses for telephone-event, wished for by the first one
// of an offer.
const eventNumber = 101

// MakeOffer gives the description to send in an INVITE, in the 200 of one without description, or
// in a re-INVITE. A later offer keeps every m= line of the call in its place, the numbers, the
// profile and the keys (RFC 3264 section 8). Called again before the answer it gives the same text,
// unless Hold, Resume or Move changed something.
func (x *Exchange) MakeOffer() []byte {
	local := x.blank()
	offer := agreement{local: local, formats: x.offerFormats()}
	previous := x.agreed.local
	if previous != nil {
		offer.audio = x.agreed.audio
		for i := range previous.Media {
			local.Media = append(local.Media, refused(&previous.Media[i]))
		}
	}
	if offer.audio == len(local.Media) {
		local.Media = append(local.Media, Media{})
	}
	p := plan{
		formats: offer.formats, direction: x.offerDirection(), ptime: x.cfg.Capabilities.Ptime,
		isMuxed: x.cfg.Capabilities.RTCPMux,
	}
	p.mid, _ = local.Media[offer.audio].Attributes.Get("mid")
	p.protocol, p.security = x.offerSecurity()
	local.Media[offer.audio] = x.media(p)
	x.offered, x.state = offer, Offered
	return x.send(local)
}

// offerFormats is every codec in the order of Capabilities, then one telephone-event for each of
// their clock rates.
func (x *Exchange) offerFormats() []Format {
	caps := &x.cfg.Capabilities
	var formats, events []Format
	for _, c := range caps.Codecs {
		f := x.numbers.choose(c.format(c.PayloadType))
		formats = append(formats, f)
		event := Format{eventNumber, telephoneEvent, f.ClockRate, 1, caps.Events}
		if caps.Events != "" && !holdsRate(events, f.ClockRate) {
			events = append(events, event)
		}
	}
	// After the codecs, so that none of these finds its number gone.
	for _, event := range events {
		formats = append(formats, x.numbers.choose(event))
	}
	return formats
}

// holdsRate tells whether a format with that clock rate is in the list.
func holdsRate(formats []Format, rate int) bool {
	for _, f := range formats {
		if f.ClockRate == rate {
			return true
		}
	}
	return false
}

// offerDirection is the wish; a hold of a peer that holds us is inactive (RFC 3264 section 8.4).
func (x *Exchange) offerDirection() Direction {
	isHeld := x.agreed.local != nil && !x.agreed.negotiated.Remote.Receives()
	if x.wish == SendOnly && isHeld {
		return Inactive
	}
	return x.wish
}

// offerSecurity is profile and keys: of the running stream if there is one, else as Capabilities
// ask.
func (x *Exchange) offerSecurity() (protocol string, attributes []Attribute) {
	caps := &x.cfg.Capabilities
	if n := &x.agreed.negotiated; len(n.Send) > 0 {
		protocol = x.agreed.local.Media[x.agreed.audio].Protocol
		switch n.Keying {
		case KeyingSDES:
			return protocol, []Attribute{n.LocalCrypto.attribute()}
		case KeyingDTLS:
			return protocol, x.dtlsAttributes(ActPass)
		default:
			return protocol, nil
		}
	}
	switch caps.Keying {
	case KeyingDTLS:
		protocol, attributes = "UDP/TLS/RTP/SAVP", x.dtlsAttributes(ActPass)
	case KeyingSDES:
		protocol, attributes = "RTP/SAVP", x.offerCryptos()
	case KeyingOptional:
		protocol, attributes = "RTP/AVP", x.offerCryptos()
	default:
		protocol = "RTP/AVP"
	}
	if caps.Feedback {
		protocol += "F"
	}
	return protocol, attributes
}

// offerCryptos is a line per suite, tagged from 1.
func (x *Exchange) offerCryptos() []Attribute {
	var attributes []Attribute
	for i, suite := range x.cfg.Capabilities.Suites {
		attributes = append(attributes, Crypto{i + 1, suite, x.keys[suite]}.attribute())
	}
	return attributes
}
