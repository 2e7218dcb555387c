// Package resample converts speech between the rates a sound card and a codec run at: 48, 44.1, 32, 16 and 8 kHz.
//
// A Resampler is a polyphase filter for one direction and one pair of rates. Make it with New; it allocates nothing
// afterwards, and blocks of any size may follow one another.
//
//	down, err := resample.New(48000, 16000)
//	n := down.Process(pcm16, pcm48) // 10 ms in, 10 ms out
//
// The filter is a sinc under a Kaiser window (Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.6),
// linear in phase. With f the lower of the two rates it passes 0 to 0.425 f within 0.1 dB and rejects what lies above
// 0.575 f by at least 70 dB: 3.4 and 4.6 kHz for telephone speech, 6.8 and 9.2 kHz for wideband. What lies between may
// fold, but only into that same band, where a voice has nothing; in return the delay stays near 2 ms at 8 kHz and 1 ms
// at 16 kHz. Delay tells it.
//
// Limitations: the ratio is fixed. Clocks that drift against each other are the jitter buffer's work, which stands
// before the echo canceller's reference, so that the canceller sees one clock alone.
package resample
