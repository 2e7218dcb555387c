// Package simnet is a network in memory for tests: hosts with addresses, datagram and stream sockets, and links
// with delay, loss, duplication and reordering.
//
//	n := simnet.New(simnet.Config{Seed: 1, Link: simnet.Link{Delay: 10 * time.Millisecond}})
//	door := n.Host(netip.MustParseAddr("192.0.2.1"))
//	desk := n.Host(netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::2"))
//	pc, err := desk.ListenPacket(ctx, "udp", "192.0.2.2:5060")
//	c, err := door.Dial(ctx, "udp", "192.0.2.2:5060")
//
// A Host has the methods ListenPacket, Listen and Dial, so that it takes the place of the operating system
// wherever code accepts its network as an interface. Every wait is on a channel, hence durably blocking for
// testing/synctest: a day of silence costs nothing and a delay of 10 ms is exactly 10 ms.
//
// What goes wrong is chosen by the test: [Link] for the whole net or one direction between two addresses, a
// filter for single datagrams ([Net.SetFilter]), cables pulled ([Host.SetDown]), networks split ([Net.SetCut]),
// machines losing their power ([Host.Crash]), addresses nobody answers for, firewalls ([Host.SetStealth]) and
// routers answering with ICMP ([Net.SetRejected]). A tap ([Net.SetTap]) sees everything.
//
// # Ownership
//
// A Net may be used by any number of goroutines. Its tables are guarded by one mutex held for map accesses only;
// each stream direction has its own. A packet without delay is delivered by the goroutine of its sender; all
// others wait in one heap behind one timer, in order of their time and then of their sending. Each direction of
// a link draws from a random source of its own, seeded from Config.Seed and its two addresses, so that traffic
// elsewhere does not change what happens to it.
//
// # ICMP errors
//
// A datagram to a port without a socket is answered as Linux answers it: a connected socket (Dial) has the
// error returned from Read; an unconnected one only after ReceiveErrors(true), the counterpart of IP_RECVERR.
// The error wraps syscall.ECONNREFUSED (or EHOSTUNREACH) and an [UnreachableError] with the remote address.
//
// # Limitations
//
//   - No host names: addresses are numeric.
//   - Streams are reliable by fiat: loss and a cut delay their bytes by retransmission times instead of sending
//     packets twice; there is no congestion control and no bandwidth limit. They report ETIMEDOUT after fifteen
//     minutes without the peer.
//   - No fragmentation: a datagram above Link.MTU is lost, as with the many routers that drop fragments.
//   - No multicast, no broadcast, no IPv6 zones, no address translation.
//   - Errors of a send are known only at the next read.
package simnet
