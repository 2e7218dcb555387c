// Package conceal fills the gaps that lost packets leave in speech, for codecs that have no concealment of their own
// (G.711, and G.722 through package codec).
//
// Usage, by the one goroutine that decodes:
//
//	c, err := conceal.New(8000)
//	c.Heard(pcm)     // every decoded frame, in order; the first after a gap is smoothed in place
//	c.Lost(pcm)      // 10 ms that are missing
//
// The method is that of ITU-T G.711 Appendix I carried over to the excitation of a linear prediction model (as in G.722
// Appendix IV): the last pitch period of the excitation is repeated, mixed with noise as far as the sound was unvoiced, and
// driven through the model of the vocal tract. Since the model remembers the speech played last, the guess starts without a step and without the 3.75 ms of
// delay that Appendix I needs. It dies away as the voice did and fades, a vowel slower than a hiss, into the noise that was behind the voice. The frame
// after the gap is cross-faded with the continued guess.
//
// Nothing is allocated after New; there is no clock and no goroutine. Work is done at the first lost frame (two pitch
// searches and a model) and little at others.
//
// Limitations:
//   - One voice: of two at a time, or of music, the louder pitch goes on.
//   - Deep voices below 60 Hz are continued by a wrong period.
//   - The guess is not matched in time to the frame after the gap: where the pitch has moved on in a long gap, the
//     cross-fade may be heard as a short hoarseness.
package conceal
