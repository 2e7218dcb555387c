// Package sdp reads and writes session descriptions (RFC 8866) and holds the offer/answer exchange
// of one call (RFC 3264) about one audio stream: codecs, telephone-event, direction, RTCP, SRTP
// keyed by SDES or DTLS.
//
// Parse and Session.Append are the format alone, liberal in and strict out. An Exchange is one
// call:
//
//	x, err := sdp.New(sdp.Config{Capabilities: caps, Local: sdp.Endpoint{RTP: addrPort}})
//	offer := x.MakeOffer()                     // in the INVITE, or in the 200 of an INVITE without description
//	negotiated, err := x.Accept(answer)        // from 18x, 200 or ACK
//	answer, negotiated, err := x.Answer(offer) // the other way round, also for a re-INVITE
//	x.Hold(); offer = x.MakeOffer()            // a re-INVITE; Withdraw after a 488 or 491
//
// The err of an offer makes a 488 (Not Acceptable Here) with Warning(err, host) as its Warning
// header field (RFC 3261 section 21.4.26), a *SyntaxError a 400, ErrGlare a 491.
//
// The package knows codecs by name, clock rate and number only; the caller lists them in
// Capabilities in the order it likes them and finds them in Negotiated under the numbers of either
// direction. It reads no clock and does no I/O but for the random source of keys. An Exchange
// belongs to one goroutine. SRTP keys print as "[redacted]"; Redact blots them out of a description
// for a trace.
//
// Limitations:
//   - One audio stream; all other media are refused with port 0, and so are further audio streams.
//   - Host names in c= are refused (Warning 301) instead of resolved, multicast is refused (330).
//   - No ICE, no BUNDLE: a peer that insists on them is answered as RFC 8445 foresees for agents without, which browsers
//     refuse. No grouping but that a=mid is given back; no RFC 5939 capability negotiation.
//   - SDES lines with a master key identifier, several keys or session parameters but WSH are passed over, and the
//     lifetime is not kept: a call ends long before 2^31 packets.
//   - fmtp is handed through and does not decide whether codecs match; that suits G.711, G.722, Opus and
//     telephone-event but not codecs with incompatible modes, such as AMR.
//   - Bandwidth lines (b=) of the peer are kept and not heeded.
package sdp
