package sipua

import (
	"errors"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// errNoPong is a flow whose keep-alives are not answered.
var errNoPong = errors.New("keep-alives are not answered")

// How long an answer to a keep-alive may take, and how often a STUN request is repeated before its flow counts as dead.
const (
	pongTime  = 10 * time.Second // RFC 5626 section 4.4.1
	stunTime  = 3 * time.Second
	stunTries = 3
)

// keepAlive keeps the flow of a registration open. It is passive.
//
//	transport   packet            answer             when it is missing
//	stream      CRLF CRLF         CRLF               10 s: flow lost, if the server ever answered or knows outbound
//	UDP         CRLF CRLF         none               nothing: ICMP errors and the next refresh tell
//	UDP,        STUN Binding      the address we     3 tries of 3 s: flow lost
//	outbound                      are seen at        a changed address: flow lost
//
// https://www.rfc-editor.org/rfc/rfc5626#section-4.4
type keepAlive struct {
	every    time.Duration // 0 is off
	next     time.Time     // the next packet
	answerBy time.Time     // zero while no answer is awaited
	answers  bool          // the server answers
	byStun   bool
	tries    int
	id       transport.TransactionID
	seen     transport.Binding // the first answer of STUN
}

// due is when the keep-alive wants attention.
func (k *keepAlive) due() time.Time { return earliest(k.next, k.answerBy) }

// planKeepAlive starts keep-alives on the flow of a fresh grant. Require: outbound says that the server keeps to RFC
// 5626; Flow-Timer is how long it lets a flow be silent.
func (a *Agent) planKeepAlive(acc *account, m *sip.Message) {
	every := a.cfg.KeepAlive
	isStream := acc.pinned.Transport != sip.UDP
	if every == 0 {
		every = 25 * time.Second
		if isStream {
			every = 30 * time.Second
		}
	}
	outbound := m.Header.HasToken("Require", "outbound")
	if n, ok := sip.ParseSeconds(m.Header.Get("Flow-Timer")); ok && n > 0 && outbound {
		every = time.Duration(n) * time.Second
	}
	if every < 0 || acc.cfg.NoRegister {
		acc.alive = keepAlive{}
		return
	}
	old := acc.alive
	acc.alive = keepAlive{every: every, byStun: outbound && !isStream, answers: outbound || old.answers, seen: old.seen}
	acc.alive.next = a.now.Add(a.pause(every))
}

// pause is an interval less up to 20 %, so that the doors of a house do not march in step.
func (a *Agent) pause(every time.Duration) time.Duration {
	return max(a.between(every*8/10, every), time.Second)
}

// advanceKeepAlive sends what is due, or finds the flow dead.
func (a *Agent) advanceKeepAlive(acc *account) {
	k := &acc.alive
	switch {
	case isDue(k.answerBy, a.now) && k.byStun && k.tries < stunTries:
		a.sendStun(acc)
	case isDue(k.answerBy, a.now):
		a.flowLost(acc, errNoPong)
		acc.alive = keepAlive{}
	case isDue(k.next, a.now):
		a.ping(acc)
	}
}

// ping sends one keep-alive.
func (a *Agent) ping(acc *account) {
	k := &acc.alive
	k.next = a.now.Add(a.pause(k.every))
	if k.byStun {
		a.random(k.id[:])
		k.tries = 0
		a.sendStun(acc)
		return
	}
	a.layer.Send(a.flowTo(acc.pinned), []byte(transport.Ping))
	if acc.pinned.Transport != sip.UDP && k.answers {
		k.answerBy = a.now.Add(pongTime)
	}
}

// sendStun sends the STUN request of this keep-alive, or repeats it.
func (a *Agent) sendStun(acc *account) {
	k := &acc.alive
	k.tries++
	k.answerBy = a.now.Add(stunTime)
	a.layer.Send(a.flowTo(acc.pinned), transport.AppendBindingRequest(nil, k.id))
}

// pong is the answer to a keep-alive on a stream.
func (a *Agent) pong(f transport.Flow) {
	for _, acc := range a.accounts {
		if acc.hasPinned && acc.pinned.Transport == f.Transport && acc.pinned.Addr == f.Remote {
			acc.alive.answerBy, acc.alive.answers = time.Time{}, true
		}
	}
}

// bound is the answer of STUN. Another address than before means that the NAT has forgotten us, and the server's packets
// do not arrive (RFC 5626 section 4.4.2).
func (a *Agent) bound(f transport.Flow, b transport.Binding) {
	for _, acc := range a.accounts {
		k := &acc.alive
		if k.answerBy.IsZero() || acc.pinned.Addr != f.Remote || b.ID != k.id {
			continue
		}
		k.answerBy = time.Time{}
		if first := k.seen.Mapped; first.IsValid() && first != b.Mapped {
			k.seen = b
			a.flowLost(acc, errMoved)
			continue
		}
		k.seen = b
	}
}

// errMoved is a flow whose NAT binding is another than before.
var errMoved = errors.New("the NAT has given us another address")
