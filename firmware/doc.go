// Package firmware is the door station: it joins the board (hal), the user agent (sipua) and the sound (audio), and is
// the only package that knows all three.
//
// # The station
//
// Station decides everything: whom a press rings, which callers are let in, which digits open what and for how long, when a call
// ends, what the lamps show. It is a plain struct that is told what happened (Receive) and what time it is (Advance, at
// Deadline), and that acts through the small interfaces of Outside:
//
//	station := firmware.NewStation(cfg, firmware.Outside{Phone: phone, Voice: voice, Board: board, Journal: journal})
//	for {
//		select {
//		case m := <-messages:
//			station.Receive(time.Now(), m)
//		case <-timer: // set to station.Deadline()
//			station.Advance(time.Now())
//		}
//	}
//
// Its policies have files of their own: ring.go (targets), incoming.go (who is let in), door.go (codes and lockout),
// relay.go (pulse and ceiling), limit.go (length of a call), lamps.go, inputs.go (contacts), health.go (faults), call.go (the
// conversation). door.go, limit.go and the states of relays and lamps know nothing of the station.
//
// # What keeps the door shut
//
//   - Codes count in a conversation only, never before the answer, and never in messages outside of one.
//   - They count in calls the door placed, and in received ones from the callers of the code's own list, whose identity
//     must be believable (Incoming.Trusted). All others may press what they like; it is not even counted as wrong.
//   - A pause, the end of the call, or as many digits as the longest code end an entry; each that is no code counts as wrong,
//     so that nothing tells a good beginning from a bad one.
//   - Several wrong entries in a row, over all calls, lock all codes out; each lockout is twice as long as the one before.
//   - A relay goes off at its pulse's end, at its ceiling whoever wants it longer, and at shutdown. Guarded enforces the
//     ceiling once more by itself, for the station's loop may hang.
//
// # The door
//
// Door joins the station with all it acts upon. Its Run does nothing but watch over the loops: a panic, a loop that hangs and
// one that ends by itself all end the door, relays first, with an error by which the program exits. It does not heal
// itself; whoever supervises the program (systemd, say) starts it anew, and opening the board makes every relay inactive.
//
// # Ownership
//
// One loop owns the Station. The methods of Outside are called from within Receive and Advance, return at once and never call back.
//
// # Limitations
//
//   - A panic in a goroutine that no loop of the door waits for (a socket's reader, a name lookup) ends the process at once,
//     as a fatal error of the runtime does. Relays are then the kernel's, see package hal/rpi, until the program runs again.
//   - One conversation at a time; a call to a busy door is refused with 486.
//   - A call may be prolonged any number of times, each time by a key of the other side.
//   - Wrong codes and lockouts are forgotten at a restart.
//   - A right code forgives all wrong ones. Whoever knows one code has unhurried guesses at the others, but opens a door every few.
//   - Digits count once a conversation is established, not in early media.
//   - All codes share one lockout: somebody in a permitted call can lock the codes of others for a while.
package firmware
