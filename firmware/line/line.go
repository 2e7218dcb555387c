package line

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"

	"intercom/audio/stream"
	"intercom/sipua"
	"intercom/sipua/sdp"
	"intercom/sipua/sip"
)

// Leg is one call of the line, by the agent's number.
type Leg = sipua.CallID

// Config is what a Line is made of. All fields but Rand, Logger and Ended must be set.
type Config struct {
	Agent        Agent
	Engine       *stream.Engine
	Capabilities sdp.Capabilities // codecs in order of preference
	Sockets      Sockets
	Identity     stream.Identity                // our DTLS certificate; zero: DTLS is neither offered nor accepted
	Timeout      int                            // seconds without sound until Silent; 0 = never
	Inband       bool                           // listen for DTMF tones in the sound too, for telephones that know no other way
	Rand         io.Reader                      // of SRTP keys and stream numbers; nil: crypto/rand
	Logger       *slog.Logger                   // nil: silent
	Ended        func(leg Leg, r stream.Report) // told each voice stream's record; may be nil
}

// Agent is the part of *sipua.Agent that a line uses.
type Agent interface {
	Dial(sipua.Invitation) sipua.CallID
	Ring(sipua.CallID)
	Answer(call sipua.CallID, sdp []byte)
	Reject(call sipua.CallID, status int)
	Hangup(sipua.CallID)
	HangupFor(call sipua.CallID, why sip.Reason)
	Info(call sipua.CallID, contentType string, body []byte)
}

// Sockets opens the ports of a call's sound.
type Sockets interface {
	// Open gives the RTP and the RTCP socket and the address a peer is told, which is the one that a packet to peer
	// leaves from; an invalid peer means somewhere outside.
	Open(ctx context.Context, peer netip.Addr) (rtp, rtcp net.PacketConn, local netip.AddrPort, err error)
}

// Call says whom to call.
type Call struct {
	Account string     // address of record to call from; empty: none, straight to the peer
	Target  string     // SIP URI
	Display string     // display name; empty: the account's
	Peer    netip.Addr // where the signalling goes, if known: chooses our address
}

// Line is one telephone line. Make it with New.
type Line struct {
	config Config
	log    *slog.Logger
	legs   map[Leg]*leg
	heard  chan Heard
	done   chan struct{}
}

// leg is one call, ringing or answered.
type leg struct {
	exchange *sdp.Exchange
	offer    []byte // the peer's, until it is answered
	rtp      net.PacketConn
	rtcp     net.PacketConn
	stream   *stream.Stream // nil until Talk; the sockets are its own from then on
	placed   bool
}

// Heard is an event of a leg's voice stream.
type Heard struct {
	Leg   Leg
	Event stream.Event
}

// New makes a line without calls.
func New(c Config) *Line {
	l := &Line{config: c, log: c.Logger, legs: map[Leg]*leg{}, heard: make(chan Heard), done: make(chan struct{})}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	return l
}

// Heard carries what the voice streams hear.
func (l *Line) Heard() <-chan Heard { return l.heard }

// Close ends the sound of all legs; the calls themselves are the agent's to end. The line must not be used afterwards.
func (l *Line) Close() {
	close(l.done)
	for id := range l.legs {
		l.drop(id)
	}
}

// Dial calls and answers the new leg. An error means that no call was placed.
func (l *Line) Dial(c Call) (Leg, error) {
	g, err := l.open(c.Peer)
	if err != nil {
		return 0, err
	}
	g.placed = true
	id := l.config.Agent.Dial(sipua.Invitation{Account: c.Account, To: c.Target, Display: c.Display, SDP: g.exchange.MakeOffer()})
	l.legs[id] = g
	return id, nil
}

// open makes a leg with its sockets.
func (l *Line) open(peer netip.Addr) (*leg, error) {
	rtp, rtcp, local, err := l.config.Sockets.Open(context.Background(), peer)
	if err != nil {
		return nil, fmt.Errorf("line: no port for the sound: %w", err)
	}
	x, err := sdp.New(sdp.Config{Capabilities: l.config.Capabilities, Local: sdp.Endpoint{RTP: local, Fingerprint: sdp.Fingerprint(l.config.Identity.Fingerprint)}, Rand: l.config.Rand})
	if err != nil {
		rtp.Close()
		rtcp.Close()
		return nil, fmt.Errorf("line: %w", err)
	}
	return &leg{exchange: x, rtp: rtp, rtcp: rtcp}, nil
}

// Ring tells a caller that the telephone rings.
func (l *Line) Ring(id Leg) { l.config.Agent.Ring(id) }

// Answer takes a call. An error means that it could not be taken; the caller has been told why.
func (l *Line) Answer(id Leg) error {
	g := l.legs[id]
	if g == nil {
		return fmt.Errorf("line: call %d is no more", id)
	}
	if len(g.offer) == 0 {
		l.config.Agent.Answer(id, g.exchange.MakeOffer())
		return nil
	}
	answer, _, err := g.exchange.Answer(g.offer)
	if err != nil {
		l.Reject(id, 488)
		return fmt.Errorf("line: the caller's offer: %w", err)
	}
	g.offer = nil
	l.config.Agent.Answer(id, answer)
	return nil
}

// Reject refuses a call with a SIP status.
func (l *Line) Reject(id Leg, status int) {
	l.drop(id)
	l.config.Agent.Reject(id, status)
}

// Hangup ends a call in whatever state it is.
func (l *Line) Hangup(id Leg) {
	l.drop(id)
	l.config.Agent.Hangup(id)
}

// Release ends a placed call that still rings because another telephone has answered, and tells it so, in the words that
// the telephones know (RFC 3326 section 3.2).
func (l *Line) Release(id Leg) {
	l.drop(id)
	l.config.Agent.HangupFor(id, sip.Reason{Protocol: "SIP", Cause: 200, Text: "Call completed elsewhere"})
}

// drop closes the sound of a leg and forgets it.
func (l *Line) drop(id Leg) {
	g := l.legs[id]
	if g == nil {
		return
	}
	delete(l.legs, id)
	if g.stream == nil {
		g.rtp.Close()
		g.rtcp.Close()
		return
	}
	report := g.stream.Close()
	if l.config.Ended != nil {
		l.config.Ended(id, report)
	}
}

// peerOf is the address signalling came from.
func peerOf(f sipua.Flow) netip.Addr { return f.Remote.Addr() }

// caller is who a call is from: as the account's own server asserts, or else as the caller claims.
func caller(e sipua.Incoming) sip.URI {
	if e.Asserted.URI.Host != "" {
		return e.Asserted.URI
	}
	return e.From.URI
}
