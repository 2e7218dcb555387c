package trace

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"intercom/sipua/sip"
)

// Way is when and where a message went or came from.
type Way struct {
	At        time.Time
	Who       string // name of the party on this side, such as "door"; parties of several names may share a trace
	Sent      bool   // by this side, else received
	Transport string // sip.UDP, sip.TCP, ...
	Local     netip.AddrPort
	Remote    netip.AddrPort
}

// Record is one message without its secrets. Make it with New.
type Record struct {
	Way
	Title   string // method, or status and reason phrase
	CallID  string
	CSeq    sip.CSeq
	HasSDP  bool
	Message []byte // as sent, but for what sip.Message.Redacted masks

	ours netip.Addr // this side's address by the topmost Via, if that is ours and numeric
}

// New makes the record of a message. It redacts, whether or not the caller has done so before: what is not in a Record
// cannot get into a file.
func New(w Way, m *sip.Message) Record {
	m = m.Redacted()
	r := Record{Way: w, CallID: strings.Clone(m.CallID), CSeq: m.CSeq, Message: m.Append(nil)}
	r.CSeq.Method = strings.Clone(m.CSeq.Method)
	r.Local, r.Remote = unmapped(w.Local), unmapped(w.Remote)
	if m.IsRequest() {
		r.Title = strings.Clone(m.Method)
	} else {
		r.Title = strings.TrimSpace(strconv.Itoa(m.Status) + " " + m.Reason)
	}
	mediaType, _, _ := strings.Cut(m.Header.Get("Content-Type"), ";")
	r.HasSDP = len(m.Body) > 0 && strings.EqualFold(strings.TrimSpace(mediaType), "application/sdp")
	if w.Sent == m.IsRequest() && len(m.Via) > 0 {
		if addr, err := netip.ParseAddr(m.Via[0].Host); err == nil {
			r.ours = addr.Unmap()
		}
	}
	return r
}

// unmapped takes the IPv4 address out of an IPv6 one and drops the zone, which is of no meaning elsewhere.
func unmapped(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}
