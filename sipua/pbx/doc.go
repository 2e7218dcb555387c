// Package pbx is a small registrar and forking proxy: the exchange of a house that has none.
// Telephones register at the door station, and its calls, and those among the telephones, find
// their way.
//
//	exchange, err := pbx.New(pbx.Config{
//		Domain: "house.example",
//		Users:  []pbx.User{{Name: "kitchen", Password: "..."}},
//		Groups: []pbx.Group{{Name: "all", Members: []string{"kitchen"}}},
//		Listen: []pbx.Listen{{Transport: sip.UDP, Address: ":5060"}, {Transport: sip.TCP, Address: ":5060"}},
//	})
//	err = exchange.Run(ctx)           // serves until ctx ends
//	for e := range exchange.Events()  // what happens, for a display; may be left unread
//	list, err := exchange.Bindings(ctx)
//
// Registrar (RFC 3261 section 10.3): digest, 423 for too brief an expiry, all bindings in the 200,
// Contact: *, several telephones per user, a restarted telephone found again by its instance. Proxy
// (section 16): parallel forking, best response, CANCEL of the others after a 2xx or 6xx, every 2xx
// passed on, timer C, loose routing with strict routers tolerated, Record-Route, loop detection
// (RFC 5393), Max-Breadth. Requests are forwarded to telephones that registered, inside calls that
// run through here, and, for the hosts of registered telephones, to numeric addresses outside; for
// anyone else it relays nothing.
//
// # Ownership
//
// Run is one loop that owns everything: location table, transactions, calls. Below it the core is
// passive; it gets messages and the time, which the loop reads once per event. Other goroutines ask
// the loop (Bindings) or are told (Events).
//
// # Bounds
//
// Users with bindings, bindings of a user, branches of a call and transactions of each kind are
// bounded by Config; calls and branches are bounded by the transactions. Requests of strangers are
// limited by the transport layer. Nonces cost no memory until the right password has come with
// them.
//
// # Limitations
//
//   - Registrations are in memory: after a restart telephones are unknown until they renew them, and requests of calls
//     that were made before are refused, as their Record-Route is sealed with a key that is gone. The sound goes on.
//   - UDP and TCP only: no TLS, hence sips is refused with 416.
//   - Host names in Contact and Route are not resolved; a telephone whose Contact has one is reached the way its REGISTER
//     came, a Route with one gives 502.
//   - Telephones ring at once, whatever their q; sequential forking is left out, and so is following 3xx, which goes up to
//     the caller.
//   - No voice mail, no presence (SUBSCRIBE and PUBLISH get 489), no transfer of its own, no media.
//   - A forwarded request keeps its transport however large it is (RFC 3261 section 18.1.1 would change to TCP above
//     1,300 bytes): telephones that register by UDP seldom listen on TCP.
//   - No Path, GRUU or outbound (RFC 3327, 5627, 5626), but a connection a telephone registered over is used for its calls.
package pbx
