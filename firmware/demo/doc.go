// Package demo shows the whole job of a door station on one machine, without hardware: a visitor presses the button, a
// desk phone rings, both talk, a code opens the door. It proves each step as a fact it has observed from outside, and
// fails at the first that does not come true.
//
// What runs is the same firmware.Door as on the device, given the simulated board. Around it stand a name server with a
// zone of its own, two of the embedded registrars and proxies (package pbx), of which DNS names a dead one first, and a
// desk phone made of the same agent and sound engine. All of it listens on loopback.
//
//	visitor's tone ─▶ board ─▶ door ── SIP, RTP ──▶ proxy ──▶ desk phone ◀─ desk's tone
//	                    ▲       │
//	             button, lamps, relay ── read back ──▶ facts
//
// # Ownership
//
// One goroutine tells the story (the script); the actors only add what they see to the chronicle, in which the script
// looks for what it expects.
//
// # Limitations
//
//   - Loopback loses nothing: loss and jitter are shown, but they are zero here.
//   - With Options.Phone a real phone is rung without a proxy; what only the desk phone can prove is then left out.
package demo
