// Package line is a telephone line: it joins the SIP agent, which knows signalling, with the sound engine, which knows
// voice, by the session descriptions in between. What a telephone does without a policy is here; whether to ring,
// answer or open is its user's affair. The station uses it, and so does the desk phone of the demonstration.
//
//	l := line.New(line.Config{Agent: agent, Engine: engine, ...})
//	leg, err := l.Dial(line.Call{Account: "sip:door@example.com", Target: "sip:desk@example.com"})
//	for _, happened := range l.Receive(event) { ... } // every sipua.Event goes in, what the user must know comes out
//
// # Ownership
//
// A Line belongs to the loop of its user: no method may be called from elsewhere. What the voice streams hear arrives
// on Heard, which that loop reads too. The sockets of a leg are opened before it rings and closed when it ends.
//
// # Limitations
//
//   - Early media are not played: the visitor hears the station's own ringback until somebody answers.
//   - A host name in a session description is refused, as package sdp says.
package line
