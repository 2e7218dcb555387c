// Package alsatest is a fake of the kernel's sound for tests: an alsa.System whose cards answer the same calls with
// the same structures, keep the state machine of a PCM stream and advance with the clock, which under synctest is
// free and exact. The loudspeaker is heard by the microphone after Echo frames.
//
// # Usage
//
//	system := &alsatest.System{Cards: []*alsatest.Card{alsatest.NewCard("sim")}}
//	card, err := alsa.Open(system, config, nil)
//
// # Ownership
//
// Fields are set before the card is opened; methods may be called at any time.
//
// # Limitations
//
//   - Positions have the grain of a sample, where real DMA has that of a burst.
//   - Only the calls that package alsa makes are known; any other is ENOTTY.
package alsatest
