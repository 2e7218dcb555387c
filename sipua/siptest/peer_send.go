package siptest

import (
	"fmt"
	"net"
	"net/netip"

	"intercom/sipua/sip"
)

// Reply answers a request where it came from. The lines are fields, "Name: value", or a session description. 100 and
// responses to requests within a dialog keep the To tag, others get this peer's.
func (p *Peer) Reply(to *Received, status int, lines ...string) *sip.Message {
	p.w.T.Helper()
	return p.ReplyAs(to, p.tag(), status, lines...)
}

// ReplyAs is Reply with a To tag, to play one branch of a fork.
func (p *Peer) ReplyAs(to *Received, tag string, status int, lines ...string) *sip.Message {
	p.w.T.Helper()
	m := sip.NewResponse(to.Message, status, "")
	if m.To.Tag() == "" && status > 100 {
		m.To.Params = m.To.Params.With("tag", tag)
	}
	fill(m, lines)
	if to.Method == sip.INVITE && status < 300 && !m.Header.Has("Contact") {
		m.Header.Add("Contact", "<"+p.URI("desk")+">")
	}
	p.SendTo(m, to.Source, to.Stream)
	return m
}

// tag is the To tag this peer uses.
func (p *Peer) tag() string { return "tag-" + p.Addr.Addr().String() }

// URI is a SIP URI at this peer.
func (p *Peer) URI(user string) string { return fmt.Sprintf("sip:%s@%v", user, p.Addr) }

// SendTo sends a message as it is, over the stream if there is one.
func (p *Peer) SendTo(m *sip.Message, to netip.AddrPort, stream net.Conn) {
	p.w.T.Helper()
	p.SendRaw(m.Append(nil), to, stream)
}

// SendRaw sends any bytes.
func (p *Peer) SendRaw(data []byte, to netip.AddrPort, stream net.Conn) {
	p.w.T.Helper()
	var err error
	if stream != nil {
		_, err = stream.Write(data)
	} else {
		_, err = p.packets.WriteTo(data, net.UDPAddrFromAddrPort(to))
	}
	if err != nil {
		p.w.T.Errorf("%v cannot send: %v", p.Addr, err)
	}
}

// DoorPort is where the door listens.
func DoorPort() netip.AddrPort { return netip.MustParseAddrPort(DoorAddress + ":5070") }

// Request builds a request outside dialogs to a URI at the door. It is not sent yet.
func (p *Peer) Request(method, uri string, lines ...string) *sip.Message {
	p.w.T.Helper()
	u, err := sip.ParseURI(uri)
	if err != nil {
		p.w.T.Fatal(err)
	}
	me, err := sip.ParseAddress("<" + p.URI("desk") + ">;tag=" + fmt.Sprintf("from-%d", p.w.serial()))
	if err != nil {
		p.w.T.Fatal(err)
	}
	m := &sip.Message{
		Method: method, URI: u, From: me, To: sip.Address{URI: u},
		CallID: fmt.Sprintf("call-%d@%v", p.w.serial(), p.Addr.Addr()),
		CSeq:   sip.CSeq{Seq: 1, Method: method},
	}
	m.Header.Add("Max-Forwards", "70")
	if method == sip.INVITE {
		m.Header.Add("Contact", "<"+p.URI("desk")+">")
	}
	fill(m, lines)
	p.Stamp(m)
	return m
}

// Stamp gives a request a fresh Via of this peer.
func (p *Peer) Stamp(m *sip.Message) {
	m.Via = []sip.Via{{
		Transport: sip.UDP, Host: p.Addr.Addr().String(), Port: int(p.Addr.Port()),
		Params: sip.Params(fmt.Sprintf(";branch=z9hG4bKpeer%d", p.w.serial())),
	}}
}

// Call sends a request outside dialogs to the door's UDP port.
func (p *Peer) Call(method, uri string, lines ...string) *sip.Message {
	p.w.T.Helper()
	m := p.Request(method, uri, lines...)
	p.SendTo(m, DoorPort(), nil)
	return m
}
