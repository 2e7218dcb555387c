package sdp

import "strings"

// Direction is what one side does with a medium (RFC 8866 section 6.7), a set of the two bits of
// sending and receiving.
type Direction uint8

// The directions, seen from the side whose description holds them. The zero value is Inactive.
const (
	Inactive Direction = 0
	SendOnly Direction = 1
	RecvOnly Direction = 2
	SendRecv Direction = SendOnly | RecvOnly
)

var directionNames = [...]string{"inactive", "sendonly", "recvonly", "sendrecv"}

// String is the attribute's name.
func (d Direction) String() string { return directionNames[d&SendRecv] }

// Sends tells whether the side sends media.
func (d Direction) Sends() bool { return d&SendOnly != 0 }

// Receives tells whether the side receives media.
func (d Direction) Receives() bool { return d&RecvOnly != 0 }

// mirror is the same seen from the other side: what one sends the other receives (RFC 3264 section
// 6.1).
func (d Direction) mirror() Direction { return d&SendOnly<<1 | d&RecvOnly>>1 }

// direction reads the attribute of m, else the session part's, else sendrecv. The last one of a
// part holds.
func (s *Session) direction(m *Media) Direction {
	d := SendRecv
	for _, attributes := range []Attributes{s.Attributes, m.Attributes} {
		for _, a := range attributes {
			for value, name := range directionNames {
				if strings.EqualFold(a.Name, name) {
					d = Direction(value)
				}
			}
		}
	}
	return d
}
