// Package digest authenticates SIP requests by HTTP Digest (RFC 3261 section 22 with RFC 7616 and
// RFC 8760): the client that answers a registrar's or proxy's challenge, and the server that makes
// challenges and checks the answers.
//
// A Client holds one account. It remembers the last challenge of each realm, so that the next
// request carries its credentials at once and with the nonce count the server expects. An Attempt
// is the history of one request, its repetitions included; its zero value is a request not yet
// sent:
//
//	var try digest.Attempt
//	fields, err := client.Authorize(&try, request)                        // before each sending; often none
//	err = client.Challenged(&try, 401, response's WWW-Authenticate values) // nil: send again; else give up
//	client.Accepted(&try, response's Authentication-Info value)
//
// A Server holds the users of one realm. Its nonces are made of the time, random bytes and a MAC,
// so that a flood of unanswered challenges costs no memory; only nonces that were used with the
// right password are kept, in a bounded table, to refuse replays.
//
// Ownership: neither Client nor Server locks anything; the loop that owns the transactions owns
// them too. Nothing here reads a clock: the server is told the time. The standard library's hashes
// are the only dependency.
//
// Limitations:
//   - Whom to answer is the caller's decision: a challenge must only be handed to Challenged when it came from the
//     account's own registrar or proxy, or a caller who answers our BYE with 407 collects material for guessing the
//     password. ClientConfig.Realms is the second fence.
//   - Pre-emptive credentials are given for every realm remembered, not by the challenge's domain parameter, which SIP
//     does not use for this (RFC 3261 section 22.4, item 2).
//   - The server's proof in Authentication-Info (rspauth) is not checked: SIP servers do not send it, TLS does the work.
//   - username* (RFC 7616 section 3.4) is neither sent nor read; a name beyond ASCII is sent as a UTF-8 quoted string,
//     which SIP allows.
//   - Passwords are held as text, because each algorithm and realm needs another hash of it.
package digest
