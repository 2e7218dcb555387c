// Package sipua is the SIP user agent of a door station: it registers, calls, is called, and survives what networks and
// servers do.
//
//	RFC 3261, 4320, 6026   the protocol, with the corrections to its transactions
//	RFC 3263, 7984         servers by NAPTR and SRV, and the next one when one fails
//	RFC 7616, 8760         digest
//	RFC 3262, 3311, 4028   reliable provisional responses, UPDATE, session timers
//	RFC 3581, 5626         NAT: rport, keep-alives, flow recovery, outbound registrations
//	RFC 3327, 3608         Path, Service-Route
//	RFC 3515, 3891, 4488   transfers on demand of the server
//	RFC 3325, 3326, 5373   P-Asserted-Identity, Reason, auto-answer
//
// # Usage
//
//	agent, err := sipua.New(sipua.Config{
//		Listen:   []sipua.Listen{{Transport: sip.UDP, Address: ":0"}, {Transport: sip.TCP, Address: ":0"}},
//		Accounts: []sipua.Account{{AOR: "sip:door@example.com", Password: "..."}},
//	})
//	go agent.Run(ctx)
//	call := agent.Dial(sipua.Invitation{Account: "sip:door@example.com", To: "desk", SDP: offer})
//	for event := range agent.Events() {
//		switch e := event.(type) {
//		case sipua.Established: // e.Call == call: start the sound with e.SDP
//		case sipua.Ended:       // stop it
//		}
//	}
//
// Session descriptions are bytes to the Agent: the application makes and reads them, with package sdp for example.
//
// Probe asks servers whether they live, without an Agent. What Traced events tell is kept and shown by package trace.
//
// # Ownership
//
// One goroutine, Run, owns registrations, transactions, dialogs and calls, all plain structs. The methods of Agent send
// it commands and return at once; Events delivers what happened, in order, and a slow reader holds nothing up. Locating
// servers runs in short goroutines that post their answer back.
//
// # Security
//
// Requests outside dialogs are taken from the addresses of the accounts' servers only, unless Config says otherwise;
// everybody else meets silence. Challenges are answered to those servers only. Tags, branches, Call-IDs and the user
// part of Contact are 128 random bits.
//
// # Limitations
//
//   - Run must be running for commands to be taken: a method called before waits once 64 commands are queued.
//   - A server that falls silent costs the first call 32 s (timer B) over UDP, unless a keep-alive meets an ICMP error
//     first; Config.Timers shortens that on a LAN.
//   - A 2xx that wants an answer in its ACK is acknowledged over UDP whatever the size of that answer.
//   - Transfers are carried out, on demand of a trusted server, but never asked for.
//   - Offers are sent by re-INVITE only; those in an UPDATE are taken in established calls only.
//   - No subscriptions and no presence; MESSAGE is refused with 405.
//   - A multipart body in an INVITE is refused with 415.
package sipua
