package stream

import "net/netip"

// EventKind says what has happened on a stream.
type EventKind uint8

// Kinds of events.
const (
	FirstPacket EventKind = iota // the first packet that is played or counted
	Latched                      // audio is now sent to, and taken from, Event.Addr only
	Digit                        // the peer pressed a key: Event.Digit
	Timeout                      // nothing came for Config.Timeout; once per silence
	Goodbye                      // the peer's RTCP said BYE
	Secured                      // the DTLS handshake gave keys: audio flows now
	Insecure                     // the DTLS handshake failed: Event.Err; no audio will flow
)

// String names the kind for logs.
func (k EventKind) String() string {
	return [...]string{"first packet", "latched", "digit", "timeout", "goodbye", "secured", "insecure"}[min(k, Insecure)]
}

// Event is something the station has to know.
type Event struct {
	Kind  EventKind
	Digit byte           // of Digit: 0-9 * # A-D
	Addr  netip.AddrPort // of FirstPacket and Latched: where from
	Err   error          // of Insecure
}

// eventQueue is how many events wait for a slow station; digits come at ten a second at most.
const eventQueue = 64
