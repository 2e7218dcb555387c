// Package alsa speaks to the kernel's sound cards without cgo: two PCM streams as one hal.Sound, and the mixer.
//
// # Usage
//
//	card, err := alsa.Open(alsa.Kernel(), hal.SoundConfig{Device: "sndrpigooglevoi"}, logger)
//
// # Why own ioctls
//
// gen2brain/alsa (a port of tinyalsa) was the alternative. Its mixer calls fail on 32-bit arm (it has the control
// value's union at the wrong offset there), it hides the hardware pointers that make the echo canceller's delay
// exact, and it neither links streams nor forwards them. What a door needs is few calls: eight for PCM, five for the
// mixer; the structures are asserted at compile time for every word size.
//
// # Method
//
// Playback and capture are opened with the same rate, format, period and buffer (the Pi's I2S has one clock and one
// format for both), linked, filled with silence and started together. Both ignore being late: playback goes on
// with silence for ever, because the amplifier of the common hats switches off when it stops. A caller that was away
// is put right with FORWARD, which moves its pointer and nothing else. Only when the driver itself stops a stream
// (EPIPE and its kin) both are dropped, prepared, filled and started again. In every case Delay is computed anew
// from the pointers:
//
//	position    0 ........ prefill .............. in samples since the start of both streams
//	playback    | silence | Play's sample n  is heard at  n + play.offset
//	capture     | dropped | Capture's sample n was heard at n + capture.offset
//	Delay = play.offset - capture.offset
//
// Waiting is done with poll and a time limit, not in a blocking read: a card without a clock is found after
// a second instead of hanging, and Close never waits longer than one turn.
//
// # Ownership
//
// A Card serves one caller of Capture and one of Play, which may be two goroutines. It starts none. For the least
// jitter a caller locks its goroutine to a thread (runtime.LockOSThread) and, if it may, gives that thread
// real-time priority; the package cannot do that for a goroutine that is not its own.
//
// # Limitations
//
//   - hw devices only: no plugins, no sample rate conversion, no sharing of a card.
//   - Interleaved read/write access; cards that can only be mapped into memory are refused.
//   - One or two channels. A stereo loudspeaker gets the same on both.
//   - Controls of the types integer, boolean and enumerated (by number) can be set.
//   - The converters' own group delay (about a millisecond) is not in Delay; the echo canceller's filter covers it.
package alsa
