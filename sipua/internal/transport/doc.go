// Package transport moves SIP messages over UDP, TCP, TLS and, where the kernel has it, SCTP: sockets, framing,
// limits and keep-alives (RFC 3261 section 18, RFC 5626 sections 3.5 and 4.4, RFC 5922). It knows no
// transactions: it neither adds received and rport to a Via nor repeats anything nor chooses servers.
//
//	l, err := transport.Open(transport.Config{
//		Listen: []transport.Listen{{sip.UDP, "192.0.2.1:5060"}, {sip.TCP, "192.0.2.1:5060"}},
//	})
//	f := l.FlowTo(sip.TCP, proxy, "")
//	l.Send(f, request.Append(nil))
//	for e := range l.Events() {
//		switch e.Kind {
//		case transport.Received: // e.Message came over e.Flow; an answer goes back by l.Send(e.Flow, ...)
//		case transport.Failed:   // what was sent to e.Flow may be lost: e.Err says why
//		}
//	}
//
// # Flows
//
// A [Flow] is where packets go to and come from, and it is comparable: everything that happens to what was sent
// with a flow made by FlowTo is told under that flow. A TCP or TLS connection is opened by the first Send and
// again by the first Send after its end. Requests to a remote which has a TCP connection to us use that one.
// Whether a request is too large for UDP is the agent's decision; EMSGSIZE tells it when the kernel thinks so.
//
// # Malformed messages
//
//	datagram, or a stream's message of known length     Received with Err, if it can be answered
//	stream: Content-Length missing, negative, twice,    Received with Err and IsClosing, if it can be answered;
//	no number, or beyond the limit                      the connection closes after a second for the answer
//	stream: the rest does not come in time              Failed with ErrSlow
//	everything else                                     dropped and counted
//
// # Ownership
//
// A Layer may be used by any goroutine. Its goroutines are two for each UDP socket (one reads, one writes), two for
// each stream, one for each listener, and one that tells failures of Send. Send copies its packet into a
// bounded queue and never waits. The table of connections and the admission of datagrams are plain structs,
// each guarded by a mutex that is held for map accesses only. Time limits are deadlines of the sockets; the one
// timer is the pause after a failed accept.
//
// # Defences
//
// Before a datagram is parsed it must look like SIP or STUN (Classify) and be admitted by token buckets: one
// for each source, and one for all sources together we never sent a request to. Streams are bounded in number,
// in total and for each source, in the size of messages and queues, and in time: to their first message, for
// each message, for each write, and idle.
//
// # Limitations
//
//   - A socket bound to the wildcard address answers from the address the routing table prefers; on a host with
//     several addresses listen on each. Source tells which one it is.
//   - ICMP errors are seen on Linux only. They name the remote address, not the message.
//   - On a stream the double CRLF of RFC 5626 is answered on accepted connections only, so that two
//     implementations cannot ping each other for ever.
//   - A connection whose peer closes its sending direction is closed: no answer goes to such a peer any more.
//   - A client's certificate is checked against ClientRoots but gives it no name: requests never go to a TLS
//     client over the connection it opened (RFC 5923 is not used) unless they are sent to that very Flow.
//   - No WebSocket (RFC 7118), no certificate revocation lists, no OCSP.
//   - SCTP uses one association in the one-to-one style, as if it were TCP: one stream, framed by
//     Content-Length, no multi-homing.
//
// golang.org/x/sys is used for the error queue of UDP sockets and for SCTP, which package syscall and package net
// do not reach.
package transport
