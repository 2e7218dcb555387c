package line

import (
	"intercom/audio/dtmf"
	"intercom/sipua"
	"intercom/sipua/sip"
)

// Event is what the user of a line must know: one of the types of this file.
type Event interface{ isEvent() }

// Incoming is a call to the line, to be met by Ring, Answer, Reject or Hangup.
type Incoming struct {
	Leg     Leg
	Account string  // the account called; empty for a direct call
	From    sip.URI // as the account's server asserts, or else as claimed
	Display string
}

// Ringing is a placed call whose telephone rings.
type Ringing struct{ Leg Leg }

// Established is an answered call; Talk connects its sound.
type Established struct{ Leg Leg }

// Ended is a call that is no more. Status is the final response to the INVITE if that is how it ended, else 0.
type Ended struct {
	Leg    Leg
	Status int
	Reason string
}

// Digit is a key pressed at the other side and sent by SIP INFO; those in the sound arrive on Heard.
type Digit struct {
	Leg Leg
	Key byte
}

func (Incoming) isEvent()    {}
func (Ringing) isEvent()     {}
func (Established) isEvent() {}
func (Ended) isEvent()       {}
func (Digit) isEvent()       {}

// Receive takes an event of the agent, does what offer and answer ask, and answers what the user must know: nil where
// that is nothing.
func (l *Line) Receive(e sipua.Event) Event {
	switch e := e.(type) {
	case sipua.Incoming:
		return l.incoming(e)
	case sipua.Ringing:
		if l.legs[e.Call] != nil && e.Status != 182 { // 182: queued, nothing rings yet
			return Ringing{e.Call}
		}
	case sipua.Established:
		return l.established(e)
	case sipua.Offered:
		l.offered(e)
	case sipua.Updated:
		l.updated(e)
	case sipua.InfoReceived:
		return l.info(e)
	case sipua.Ended:
		l.drop(e.Call)
		return Ended{e.Call, e.Status, e.Reason}
	}
	return nil
}

func (l *Line) incoming(e sipua.Incoming) Event {
	g, err := l.open(peerOf(e.Flow))
	if err != nil {
		l.log.Error("call refused", "call", e.Call, "error", err)
		l.config.Agent.Reject(e.Call, 500)
		return nil
	}
	g.offer = e.SDP
	l.legs[e.Call] = g
	return Incoming{Leg: e.Call, Account: e.Account, From: caller(e), Display: e.From.Display}
}

// established takes the peer's answer, or its late offer. What cannot be used ends the call.
func (l *Line) established(e sipua.Established) Event {
	g := l.legs[e.Call]
	if g == nil {
		return nil
	}
	var err error
	switch {
	case e.WantsAnswer:
		var answer []byte
		if answer, _, err = g.exchange.Answer(e.SDP); err == nil {
			l.config.Agent.Answer(e.Call, answer)
		}
	case len(e.SDP) > 0:
		_, err = g.exchange.Accept(e.SDP)
	}
	if err != nil {
		l.log.Warn("call given up", "call", e.Call, "error", err)
		l.Hangup(e.Call)
		return Ended{e.Call, 488, err.Error()}
	}
	return Established{e.Call}
}

// offered answers a re-INVITE: hold, retrieve, another address, another codec.
func (l *Line) offered(e sipua.Offered) {
	g := l.legs[e.Call]
	if g == nil {
		l.config.Agent.Reject(e.Call, 481)
		return
	}
	if len(e.SDP) == 0 {
		l.config.Agent.Answer(e.Call, g.exchange.MakeOffer())
		return
	}
	answer, _, err := g.exchange.Answer(e.SDP)
	if err != nil {
		l.log.Warn("offer refused", "call", e.Call, "error", err)
		l.config.Agent.Reject(e.Call, 488)
		return
	}
	l.config.Agent.Answer(e.Call, answer)
	l.retune(e.Call, g)
}

func (l *Line) updated(e sipua.Updated) {
	g := l.legs[e.Call]
	if g == nil {
		return
	}
	if _, err := g.exchange.Accept(e.SDP); err != nil {
		l.log.Warn("answer of no use", "call", e.Call, "error", err)
		g.exchange.Withdraw()
		return
	}
	l.retune(e.Call, g)
}

// retune brings a running stream to what was just agreed.
func (l *Line) retune(id Leg, g *leg) {
	if g.stream == nil {
		return
	}
	if err := g.stream.Update(mediaOf(g.exchange.Negotiated())); err != nil {
		l.log.Warn("sound not changed", "call", id, "error", err)
	}
}

func (l *Line) info(e sipua.InfoReceived) Event {
	if l.legs[e.Call] == nil {
		return nil
	}
	d, err := dtmf.ParseInfo(e.ContentType, e.Body)
	if err != nil {
		l.log.Debug("INFO without a digit", "call", e.Call, "type", e.ContentType)
		return nil
	}
	return Digit{e.Call, d.Digit}
}
