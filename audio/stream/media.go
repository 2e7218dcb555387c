package stream

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Format is one payload format as negotiated: an rtpmap line by value.
type Format struct {
	PT        uint8  // payload type, 0 to 127
	Name      string // encoding name, any case: "PCMA", "telephone-event"
	ClockRate int    // of the RTP timestamp, Hz
	Fmtp      string // parameters, "" if none
}

func (f Format) isEvent() bool { return strings.EqualFold(f.Name, "telephone-event") }

// Direction is who may send audio, seen from here (RFC 3264 section 5.1).
type Direction uint8

// Directions.
const (
	SendRecv Direction = iota // a conversation
	SendOnly                  // we are heard and do not listen: the peer is on hold
	RecvOnly                  // we listen and are not heard: the peer put us on hold
	Inactive                  // neither; RTCP still flows
)

func (d Direction) sends() bool    { return d == SendRecv || d == SendOnly }
func (d Direction) receives() bool { return d == SendRecv || d == RecvOnly }

// String is the SDP attribute's name.
func (d Direction) String() string {
	return [...]string{"sendrecv", "sendonly", "recvonly", "inactive"}[d&3]
}

// Media is the part of a stream that offer and answer decide, at first and again in every re-INVITE.
type Media struct {
	Remote     netip.AddrPort // from c= and m=; zero or port 0: send nothing until the peer's own packets show it
	RemoteRTCP netip.AddrPort // from a=rtcp; zero: the port after Remote's, or Remote with Mux
	Mux        bool           // RTP and RTCP on one port (RFC 5761)

	// Send are the formats the peer takes: the first audio format is used, and the telephone-event of the same clock rate.
	Send []Format
	// Receive are the formats the peer may send; telephone-event too.
	Receive []Format

	PTime     time.Duration // length of a sent packet, 10 to 120 ms in steps of 10; 0 = 20 ms
	Direction Direction

	// Crypto or DTLS protect the stream by SRTP (RFC 3711). Once either was given, nothing passes in the clear until Close,
	// even if a later Update names neither.
	Crypto Crypto
	DTLS   *DTLS
}

// ErrMedia is wrapped by the errors of a Media that cannot be used.
var ErrMedia = errors.New("stream: unusable media")

func (m Media) ptime() time.Duration {
	if m.PTime == 0 {
		return defaultPTime
	}
	return m.PTime
}

func (m Media) rtcpAddr() netip.AddrPort {
	switch {
	case m.Mux:
		return m.Remote
	case m.RemoteRTCP.IsValid():
		return m.RemoteRTCP
	case m.Remote.IsValid() && m.Remote.Port() != 0 && m.Remote.Port() < 65535:
		return netip.AddrPortFrom(m.Remote.Addr(), m.Remote.Port()+1)
	}
	return netip.AddrPort{}
}

const (
	defaultPTime = 20 * time.Millisecond
	maxPTime     = 120 * time.Millisecond
	maxFormats   = 16
)

func (m Media) check() error {
	if p := m.ptime(); p < frameTime || p > maxPTime || p%frameTime != 0 {
		return fmt.Errorf("%w: packets of %v, use 10 to 120 ms in steps of 10", ErrMedia, p)
	}
	if len(m.Send) > maxFormats || len(m.Receive) > maxFormats {
		return fmt.Errorf("%w: %d and %d formats, at most %d each", ErrMedia, len(m.Send), len(m.Receive), maxFormats)
	}
	if m.Crypto.isSet() && m.DTLS != nil {
		return fmt.Errorf("%w: both Crypto and DTLS, use one", ErrMedia)
	}
	seen := map[uint8]bool{}
	for _, f := range m.Receive {
		if seen[f.PT] {
			return fmt.Errorf("%w: payload type %d is named twice", ErrMedia, f.PT)
		}
		seen[f.PT] = true
	}
	for _, f := range append(append([]Format(nil), m.Send...), m.Receive...) {
		if f.PT > 127 || f.ClockRate <= 0 {
			return fmt.Errorf("%w: payload type %d of %d Hz, use 0 to 127 and a clock rate", ErrMedia, f.PT, f.ClockRate)
		}
	}
	return nil
}

// events returns the telephone-event format with the given clock rate.
func events(formats []Format, clockRate int) (Format, bool) {
	for _, f := range formats {
		if f.isEvent() && f.ClockRate == clockRate {
			return f, true
		}
	}
	return Format{}, false
}
