package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"intercom/sipua/sip"
)

// Network is the operating system's network, or one in memory for tests. The names of networks are those of
// package net: "udp", "tcp" and, of the host's network only, "sctp". Addresses are numeric.
type Network interface {
	ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error)
	Listen(ctx context.Context, network, address string) (net.Listener, error)
	Dial(ctx context.Context, network, address string) (net.Conn, error)
}

// Listen is one local address to receive on.
type Listen struct {
	Transport string // sip.UDP, sip.TCP, sip.TLS or sip.SCTP
	Address   string // "192.0.2.1:5060", "[2001:db8::1]:0", ":5060"; port 0 is any free one
}

// Config describes a Layer. It must not be changed after Open.
type Config struct {
	Network Network // nil is the host's
	Listen  []Listen
	TLS     TLS
	Limits  Limits
	Logger  *slog.Logger // nil is silent
}

// TLS is what TLS needs to know. Versions are 1.2 and 1.3.
type TLS struct {
	Roots        *x509.CertPool    // trusted to sign servers' certificates; nil is the host's pool
	Certificates []tls.Certificate // our own: as a server, and as a client when a server asks for one
	ClientRoots  *x509.CertPool    // a client's certificate, if it shows one, must be signed by these; nil asks for none
}

// Limits bound what peers can cost. Zero fields mean the value in brackets. The values suit a house with a PBX and
// some dozens of phones: hundreds of times the traffic of a busy door, and a few megabytes when all are exhausted.
type Limits struct {
	Connections          int           // accepted and dialled streams, each [64]
	ConnectionsPerSource int           // accepted streams of one IPv4 address or one IPv6 /64 [8]
	MaxMessage           int           // octets of a message on a stream [65535]
	Queue                int           // octets waiting to be written to one connection [512 KiB]
	DialTimeout          time.Duration // until a connection stands, the TLS handshake included [10 s]
	MessageTimeout       time.Duration // from a message's first octet, or from accepting, to its end [10 s]
	WriteTimeout         time.Duration // until a peer takes the next packet [10 s]
	IdleTimeout          time.Duration // without a packet in any direction [10 min]
	SourceRate           float64       // datagrams per second of one source we never spoke to; negative is no limit [20]
	StrangerRate         float64       // datagrams per second of all such sources together [200]
}

// Flow is where a message came from or goes to (RFC 5626 section 2). It is comparable, and it is the name of a
// connection.
//
//	UDP                Local is the socket's address
//	accepted stream    Local and Remote are those of the connection; ServerName is empty
//	dialled stream     Local is the zero AddrPort whatever the real one is, which Event.Local tells
type Flow struct {
	Transport  string // sip.UDP, sip.TCP, sip.TLS or sip.SCTP
	Local      netip.AddrPort
	Remote     netip.AddrPort
	ServerName string // of TLS: the SIP domain the server's certificate must name (RFC 5922)
}

// Kind tells what an Event is about.
type Kind int

// Kinds of events.
const (
	// Received: Message is set. With Err the message is malformed, though good enough to be answered with the
	// Status of Err, a *sip.SyntaxError; on a stream whose framing it broke, IsClosing is set too.
	Received Kind = iota
	// Failed: Err, a *FlowError, says why what was sent to Flow may not have arrived. A stream has ended; the
	// next Send to its Flow, if it was a dialled one, opens another. A UDP socket goes on.
	Failed
	// Pong: the peer of a stream answered a keep-alive (RFC 5626 section 4.4.1).
	Pong
	// Bound: Binding is a STUN packet (RFC 5626 section 4.4.2).
	Bound
)

// String names the kind in lower case.
func (k Kind) String() string {
	return [...]string{"received", "failed", "pong", "bound"}[k]
}

// Event is what happened to a flow.
type Event struct {
	Kind      Kind
	Flow      Flow
	Local     netip.AddrPort // the real local address; zero when there never was one
	Message   *sip.Message
	Err       error
	IsClosing bool // the connection closes as soon as an answer had time to leave
	Binding   Binding
}

// Ping is the keep-alive to Send on a stream (RFC 5626 section 3.5.1).
const Ping = "\r\n\r\n"

// withDefaults fills in the documented values.
func (l Limits) withDefaults() Limits {
	defaultTo(&l.Connections, 64)
	defaultTo(&l.ConnectionsPerSource, 8)
	defaultTo(&l.MaxMessage, defaultMaxMessage)
	defaultTo(&l.Queue, 512<<10)
	defaultTo(&l.DialTimeout, 10*time.Second)
	defaultTo(&l.MessageTimeout, 10*time.Second)
	defaultTo(&l.WriteTimeout, 10*time.Second)
	defaultTo(&l.IdleTimeout, 10*time.Minute)
	defaultTo(&l.SourceRate, 20)
	defaultTo(&l.StrangerRate, 200)
	return l
}

// defaultTo leaves what the user has set.
func defaultTo[T int | float64 | time.Duration](v *T, value T) {
	if *v == 0 {
		*v = value
	}
}
