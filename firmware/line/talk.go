package line

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"intercom/audio/stream"
	"intercom/sipua/sdp"
)

// Talk connects microphone and loudspeaker with an established call.
func (l *Line) Talk(id Leg) error {
	g := l.legs[id]
	if g == nil {
		return fmt.Errorf("line: call %d is no more", id)
	}
	if g.stream != nil {
		return nil
	}
	timeout := time.Duration(cmp.Or(l.config.Timeout, -1)) * time.Second
	s, err := l.config.Engine.Open(stream.Config{
		Media: mediaOf(g.exchange.Negotiated()), RTP: g.rtp, RTCP: g.rtcp,
		Timeout: timeout, Rand: l.config.Rand, Call: fmt.Sprint(id), Identity: l.config.Identity, Inband: l.config.Inband,
	})
	if err != nil {
		return fmt.Errorf("line: %w", err)
	}
	g.stream = s
	go l.forward(id, s)
	return nil
}

// forward brings a stream's events to the line's loop until the stream or the line is closed.
func (l *Line) forward(id Leg, s *stream.Stream) {
	for e := range s.Events() {
		select {
		case l.heard <- Heard{id, e}:
		case <-l.done:
			return
		}
	}
}

// Report gives the figures of a leg's sound up to now; false if it has none.
func (l *Line) Report(id Leg) (stream.Report, bool) {
	g := l.legs[id]
	if g == nil || g.stream == nil {
		return stream.Report{}, false
	}
	return g.stream.Report(), true
}

// Press sends digits to the other side: as RTP events where those are negotiated, else by SIP INFO.
func (l *Line) Press(id Leg, digits string) error {
	g := l.legs[id]
	if g == nil || g.stream == nil {
		return fmt.Errorf("line: call %d has no sound", id)
	}
	err := g.stream.SendDigits(digits)
	if errors.Is(err, stream.ErrNoEvents) {
		l.PressInfo(id, digits)
		return nil
	}
	return err
}

// PressInfo sends digits by SIP INFO, in the form most telephones know.
func (l *Line) PressInfo(id Leg, digits string) {
	for _, key := range digits {
		l.config.Agent.Info(id, "application/dtmf-relay", fmt.Appendf(nil, "Signal=%c\r\nDuration=160\r\n", key))
	}
}

// mediaOf is what was negotiated, in the words of the sound engine.
func mediaOf(n sdp.Negotiated) stream.Media {
	m := stream.Media{
		Remote: n.RemoteRTP, RemoteRTCP: n.RemoteRTCP, Mux: n.RTCPMux,
		Send: formats(n.Send, n.SendEvents), Receive: formats(n.Receive, n.ReceiveEvents),
		PTime: time.Duration(n.Ptime) * time.Millisecond, Direction: direction(n.Direction),
	}
	switch n.Keying {
	case sdp.KeyingNone, sdp.KeyingOptional:
	case sdp.KeyingSDES:
		m.Crypto = stream.Crypto{Send: key(n.LocalCrypto), Receive: key(n.RemoteCrypto)}
	case sdp.KeyingDTLS:
		m.DTLS = &stream.DTLS{Client: n.Setup == sdp.Active}
		for _, f := range n.Fingerprints {
			m.DTLS.Fingerprints = append(m.DTLS.Fingerprints, stream.Fingerprint{Hash: f.Hash, Value: f.Value})
		}
	}
	return m
}

func key(c sdp.Crypto) stream.Key { return stream.Key{Suite: c.Suite, Secret: stream.Secret(c.Key)} }

func formats(audio, events []sdp.Format) []stream.Format {
	var all []stream.Format
	for _, f := range append(append([]sdp.Format(nil), audio...), events...) {
		all = append(all, stream.Format{PT: f.PayloadType, Name: f.Name, ClockRate: f.ClockRate, Fmtp: f.Fmtp})
	}
	return all
}

func direction(d sdp.Direction) stream.Direction {
	switch d {
	case sdp.SendRecv:
		return stream.SendRecv
	case sdp.SendOnly:
		return stream.SendOnly
	case sdp.RecvOnly:
		return stream.RecvOnly
	default:
		return stream.Inactive
	}
}
