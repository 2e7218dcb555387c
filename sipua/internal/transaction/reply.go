package transaction

import (
	"net/netip"
	"strconv"
	"strings"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// Stamp completes the topmost Via of a request with where it really came from: received when that is not what the
// sender wrote, and always together with rport when that was asked for.
//
// https://www.rfc-editor.org/rfc/rfc3261#section-18.2.1
// https://www.rfc-editor.org/rfc/rfc3581#section-4
func Stamp(flow transport.Flow, via *sip.Via) {
	source := flow.Remote.Addr().Unmap()
	claimed, err := netip.ParseAddr(strings.Trim(via.Host, "[]"))
	_, wantsPort := via.Params.Get("rport")
	if wantsPort {
		via.Params = via.Params.With("rport", strconv.Itoa(int(flow.Remote.Port())))
	}
	if wantsPort || err != nil || claimed.Unmap() != source {
		via.Params = via.Params.With("received", source.WithZone("").String())
	} else {
		via.Params = via.Params.Without("received") // the sender may not choose it
	}
}

// ReplyFlow is where the responses to a request go: back on its connection; over UDP to the source address, and to
// its source port when rport was asked for, else to the port of the Via.
//
// https://www.rfc-editor.org/rfc/rfc3261#section-18.2.2
func ReplyFlow(flow transport.Flow, via *sip.Via) transport.Flow {
	if reliable(flow) {
		return flow
	}
	if _, ok := via.Params.Get("rport"); !ok {
		flow.Remote = withPort(flow.Remote, sentByPort(via))
	}
	return flow
}

// sentByPort is the port of a Via or its transport's default.
func sentByPort(via *sip.Via) uint16 {
	switch {
	case via.Port > 0 && via.Port < 1<<16:
		return uint16(via.Port)
	case via.Transport == sip.TLS:
		return 5061
	}
	return 5060
}

// withPort replaces the port of an address.
func withPort(a netip.AddrPort, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr(), port)
}
