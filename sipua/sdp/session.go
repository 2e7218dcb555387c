package sdp

import (
	"iter"
	"net/netip"
	"strings"
)

// Session is one session description (RFC 8866 section 5):
//
//	v=0                                       always
//	o=<user> <id> <version> IN IP4 <addr>     Origin
//	s=-                                       Name
//	i= u= e= p=                               Lines, kept and not understood
//	c=IN IP4 <addr>                           Connection, for all media without their own
//	b= t= r= z= k=                            Lines
//	a=<name>[:<value>]                        Attributes, for all media without their own
//	m=<kind> <port> <protocol> <formats>      Media, each with i= c= b= k= a= of its own
//
// https://www.rfc-editor.org/rfc/rfc8866#section-5
type Session struct {
	Origin     Origin
	Name       string     // s=
	Connection Connection // c= of the session part; zero when absent
	Lines      []Line     // the session part's other lines but a=, unknown ones included
	Attributes Attributes // a= of the session part
	Media      []Media
}

// Origin is the o= line (RFC 8866 section 5.2). ID and Version are text, since peers exceed 64
// bits.
type Origin struct {
	Username string
	ID       string
	Version  string
	Network  string // "IN"
	Family   string // "IP4" or "IP6"
	Address  string
}

// Connection is a c= line (RFC 8866 section 5.7). Address is as received, a multicast suffix
// ("/127") included.
type Connection struct {
	Network string
	Family  string
	Address string
}

// isZero tells an absent line.
func (c Connection) isZero() bool { return c == Connection{} }

// Addr is the numeric address; false for a host name and for what is no address at all.
func (c Connection) Addr() (netip.Addr, bool) {
	text, _, _ := strings.Cut(c.Address, "/")
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" || !strings.EqualFold(c.Network, "IN") {
		return netip.Addr{}, false
	}
	return addr.Unmap(), true
}

// connectionTo is the c= line of an address.
func connectionTo(addr netip.Addr) Connection {
	return Connection{Network: "IN", Family: family(addr), Address: addr.String()}
}

// family is the address type as c= and o= name it.
func family(addr netip.Addr) string {
	if addr.Is6() {
		return "IP6"
	}
	return "IP4"
}

// Line is a line of one letter and a value that is kept but not understood.
type Line struct {
	Type  byte
	Value string
}

// Attribute is an a= line: Name, and Value after the colon if there is one.
type Attribute struct {
	Name  string
	Value string
}

// Attributes is the a= lines of the session part or of one medium, in order.
type Attributes []Attribute

// Get is the value of the first attribute of that name. Names differ by case (RFC 8866 section
// 5.13), but peers do not know, so that case is ignored.
func (as Attributes) Get(name string) (value string, ok bool) {
	for value := range as.All(name) {
		return value, true
	}
	return "", false
}

// Has tells whether an attribute of that name is there.
func (as Attributes) Has(name string) bool {
	_, ok := as.Get(name)
	return ok
}

// All is the values of the attributes of that name.
func (as Attributes) All(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, a := range as {
			if strings.EqualFold(a.Name, name) && !yield(a.Value) {
				return
			}
		}
	}
}

// Media is an m= line with all that follows it up to the next one:
//
//	m=audio 4000 RTP/AVP 9 8 101          Kind, Port, Protocol, Formats
//	m=audio 4000/2 RTP/AVP 0              Ports: 2
//	m=video 0 RTP/AVP 31                  a medium that is refused or was dropped
//
// Formats are kept as text: only those of RTP are payload numbers.
//
// https://www.rfc-editor.org/rfc/rfc8866#section-5.14
type Media struct {
	Kind       string // "audio", "video", ...
	Port       int    // 0 to 65535; 0 refuses the medium (RFC 3264 section 6)
	Ports      int    // number of ports; 0 when not given
	Protocol   string // "RTP/AVP", ...
	Formats    []string
	Connection Connection // c= of this medium; zero when absent
	Lines      []Line
	Attributes Attributes
}

// connection is the c= line that holds for m.
func (s *Session) connection(m *Media) Connection {
	if !m.Connection.isZero() {
		return m.Connection
	}
	return s.Connection
}

// attribute looks in the medium first and then in the session part, as all attributes used here
// inherit.
func (s *Session) attribute(m *Media, name string) (string, bool) {
	if value, ok := m.Attributes.Get(name); ok {
		return value, true
	}
	return s.Attributes.Get(name)
}
