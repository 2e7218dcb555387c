// Package transaction holds the four transaction machines of RFC 3261 section 17, with the corrections of RFC 6026
// (Accepted states) and RFC 4320 (non-INVITE), in one bounded table.
//
// # Usage
//
// The table is passive: it reads no clock, opens no socket and starts no goroutine. Its owner, the loop of a user
// agent or of a proxy (the transaction user, TU), hands it messages and the time:
//
//	table := transaction.NewTable(transaction.Config{Sender: layer})
//	event := table.Receive(now, flow, message)          // what a message means to the TU
//	client, err := table.Request(now, flow, request)    // starts a client transaction
//	err = table.Respond(now, event.Server, response)    // answers a request
//	table.Cancel(now, client)                           // asks for the end of a pending INVITE
//	for event, ok := table.Advance(now); ok; event, ok = table.Advance(now) { ... } // what time has brought
//	wake := table.Deadline()                            // when to call Advance again
//
// Retransmissions, the ACK of a refused INVITE, a held CANCEL and the automatic 100 are the table's business; the
// 2xx to an INVITE and its ACK are the TU's (RFC 3261 sections 13.2.2.4 and 13.3.1.4).
//
// # Ownership
//
// A Table and all transactions in it belong to the goroutine that calls it. A message given to the table belongs to
// the table; a message it returns may be read but not changed.
//
// # Limitations
//
//   - The TU stores where it sent a request (Client.Flow) and chooses the next server itself: RFC 3263 failover is a
//     new transaction with a new branch.
//   - Timer C of a proxy is not here. A pending client INVITE that got a 1xx has no time limit until it is cancelled.
//   - Multicast responses (RFC 3261 section 18.1.1, maddr and ttl) are not served.
package transaction
