package dtmf

import (
	"encoding/binary"
	"errors"
)

// Digits are the sixteen DTMF digits in the order of their RFC 4733 event codes (section 3.2, table 3).
const Digits = "0123456789*#ABCD"

// Code returns the RFC 4733 event code of a digit ('a' to 'd' count as 'A' to 'D').
func Code(digit byte) (code uint8, ok bool) {
	if 'a' <= digit && digit <= 'd' {
		digit -= 'a' - 'A'
	}
	for i := range len(Digits) {
		if Digits[i] == digit {
			return uint8(i), true
		}
	}
	return 0, false
}

// The payload of a telephone-event packet (RFC 4733 section 2.3):
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+---------------+-+-+-----------+-------------------------------+
//	|     event     |E|R|  volume   |           duration            |
//	+---------------+-+-+-----------+-------------------------------+
//
// E marks the last state of an event, volume is -dBm0, duration counts RTP clock units since the timestamp.
const payloadSize = 4

// Payload is a parsed telephone-event payload.
type Payload struct {
	Event    uint8  // 0 to 15 are the digits
	End      bool   // the event is over
	Volume   uint8  // power in -dBm0, 0 to 63
	Duration uint16 // RTP clock units since the packet's timestamp
}

// ErrPayload is returned for a payload that cannot be a telephone-event.
var ErrPayload = errors.New("dtmf: a telephone-event payload has at least 4 bytes")

// ParsePayload reads the first four bytes of b; some senders pad behind them.
func ParsePayload(b []byte) (Payload, error) {
	if len(b) < payloadSize {
		return Payload{}, ErrPayload
	}
	return Payload{b[0], b[1]&0x80 != 0, b[1] & 0x3F, binary.BigEndian.Uint16(b[2:])}, nil
}

// Append appends the four bytes of p to b.
func (p Payload) Append(b []byte) []byte {
	flags := p.Volume & 0x3F
	if p.End {
		flags |= 0x80
	}
	return append(b, p.Event, flags, byte(p.Duration>>8), byte(p.Duration))
}

// Plausible tells whether b, seen on a dynamic payload type that nobody negotiated, is most likely a digit: exactly
// four bytes, one of the sixteen events, the reserved bit clear. No speech codec sends four bytes per packet.
func Plausible(b []byte) bool {
	return len(b) == payloadSize && b[0] < byte(len(Digits)) && b[1]&0x40 == 0
}
