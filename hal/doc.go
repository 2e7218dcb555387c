// Package hal describes the hardware of a door station as interfaces and values: call buttons, contact
// inputs, lamps, relays and one sound card. It drives nothing itself; hal/rpi is the Raspberry Pi, hal/sim a
// simulated board, hal/haltest the suite that both pass. The package needs the standard library only.
//
// # Usage
//
//	board, err := rpi.Open(...)            // or sim.New(...)
//	board = hal.Guard(board, 30*time.Second)
//	defer board.Close()
//	for event := range board.Events() { ... }
//
// # Ownership
//
// A Board is safe for use by several goroutines. One consumer reads Events; it may be slow, the board then
// queues a bounded number of events and drops the newest with one Fault (ErrOverflow). After Close everything
// is inert (relays off, lamps off) and Events is closed. The Guard is a second, independent opinion about
// relays: whatever the station does or fails to do, no relay stays on longer than its ceiling.
//
// A Sound is the clock of a conversation. One goroutine calls Capture and one (it may be the same) calls Play;
// Close may come from any and wakes both.
//
// # Limitations
//
//   - The Guard runs in the same process. It outlives a hung station and a hung board call, not a frozen
//     kernel or a process stopped by a debugger: wire a strike so that a dead output means closed, and feed
//     the hardware watchdog.
//   - The Guard counts from on to the ceiling. A station that switches off and at once on again starts a new
//     count; it must mean it.
//   - Levels of outputs are never read back from the hardware: a relay welded shut is not noticed. Wire a
//     contact input for that.
//   - There is one sound card, mono inside, and no video.
package hal
