// Package haltest is the conformance suite of hal.Board. Every board passes it: hal/sim as it is, hal/rpi over a
// line layer and a card that are simulated below its own code.
//
// # Usage
//
//	func TestConformance(t *testing.T) {
//		haltest.Run(t, func(t *testing.T, w hal.Wiring) haltest.Rig { ... })
//	}
//
// # Ownership
//
// Run opens a fresh rig for every subtest, inside a synctest bubble, and closes its board there: a board's
// goroutines must wait on channels and timers only and must be gone after Close.
//
// # Limitations
//
// Real hardware has no simulated clock; what only it can show is on the list in hal/rpi.
package haltest
