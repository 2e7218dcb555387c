package siptest

import (
	"net"
	"net/netip"

	"intercom/sipua/sip"
)

// Side is a peer's side of a dialog with the door.
type Side struct {
	CallID string
	Local  sip.Address
	Remote sip.Address
	Target sip.URI // the door's Contact
	Routes []string
	Seq    uint32

	peer   *Peer
	to     netip.AddrPort
	stream net.Conn
}

// Callee is the side of the peer that answered the door's INVITE with response.
func (p *Peer) Callee(invite *Received, response *sip.Message) *Side {
	p.w.T.Helper()
	return &Side{
		CallID: invite.CallID, Local: response.To, Remote: invite.From, Target: p.contact(invite.Message), Seq: 100,
		peer: p, to: invite.Source, stream: invite.Stream,
	}
}

// Caller is the side of the peer whose INVITE the door answered.
func (p *Peer) Caller(invite *sip.Message, response *Received) *Side {
	p.w.T.Helper()
	return &Side{
		CallID: invite.CallID, Local: invite.From, Remote: response.To, Target: p.contact(response.Message),
		Seq: invite.CSeq.Seq, peer: p, to: response.Source, stream: response.Stream,
	}
}

func (p *Peer) contact(m *sip.Message) sip.URI {
	p.w.T.Helper()
	contacts, err := m.Contacts()
	if err != nil || len(contacts) != 1 {
		p.w.T.Fatalf("want one Contact (%v):\n%v", err, m)
	}
	return contacts[0].URI
}

// Request builds the next request in the dialog; ACK takes the CSeq of the last INVITE. It is not sent yet.
func (s *Side) Request(method string, lines ...string) *sip.Message {
	if method != sip.ACK {
		s.Seq++
	}
	m := &sip.Message{
		Method: method, URI: s.Target, From: s.Local, To: s.Remote, CallID: s.CallID,
		CSeq: sip.CSeq{Seq: s.Seq, Method: method},
	}
	m.Header.Add("Max-Forwards", "70")
	if method == sip.INVITE {
		m.Header.Add("Contact", "<"+s.peer.URI("desk")+">")
	}
	for _, r := range s.Routes {
		m.Header.Add("Route", r)
	}
	fill(m, lines)
	s.peer.Stamp(m)
	return m
}

// Send sends the next request in the dialog.
func (s *Side) Send(method string, lines ...string) *sip.Message {
	m := s.Request(method, lines...)
	s.peer.SendTo(m, s.to, s.stream)
	return m
}

// AckRefusal acknowledges a refused INVITE of this peer: the INVITE's branch, the response's To.
func (p *Peer) AckRefusal(invite *sip.Message, refusal *Received) {
	p.w.T.Helper()
	m := invite.Clone()
	m.Method, m.CSeq.Method, m.To, m.Body = sip.ACK, sip.ACK, refusal.To, nil
	m.Header.Del("Content-Type")
	p.SendTo(m, refusal.Source, refusal.Stream)
}
