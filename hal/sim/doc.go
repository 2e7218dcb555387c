// Package sim is a simulated door: the same hal.Board as the Raspberry Pi's, but its copper is in memory. The
// buttons are pressed by code, by a script, by a key on a terminal or by a line on a socket; what relays and
// lamps did can be read back with the time of every transition; the sound card is a real-time clock with a
// microphone and a loudspeaker made of functions.
//
// # Usage
//
//	board, err := sim.New(sim.Config{Wiring: wiring})
//	err = board.Press("front", 200*time.Millisecond)
//	err = board.Script(ctx, "press front 120ms\nwait 2s\nexpect relay strike off\n")
//	go board.Serve(listener)               // the line protocol, see Execute for its words
//	err = board.Terminal(ctx, stdin, stdout) // raw mode is the caller's affair
//
// # Ownership
//
// One goroutine owns lines, filters, history and watchers; every method posts to it. It ends with Close. An open
// Sound has one more goroutine, its card. Microphone and loudspeaker functions are called by that goroutine
// and must not block.
//
// # Limitations
//
//   - Levels change in zero time, but for the contact bounce that Config.Bounce or the verbs bounce and glitch make.
//   - The card's clock is the process's: there is no drift, and its jitter is the scheduler's.
//   - SoundConfig.Warmup, Mixer and Device are accepted and without effect.
//   - The acoustic path is one reflection without a room; the canceller's tests have better ones.
//   - The socket and the terminal have no password; who reaches them rules the door. That is their purpose.
package sim
