// Package noise lowers the steady noise behind a voice: traffic, wind, a ventilator, the microphone's own hiss.
//
// A Suppressor weighs each bin of a spectrum by how likely it is speech (log-spectral amplitude estimator of Ephraim and
// Malah, IEEE Trans. ASSP 33, 1985, under speech presence uncertainty of Cohen, 2001), against a noise floor that follows
// by the same likelihood (Gerkmann and Hendriks, IEEE Trans. ASLP 20, 2012), so that it needs no pause to learn in.
//
// It is used in one of two ways. Alone, Process takes frames of 10 ms and answers them one frame late. Behind the echo
// canceller, which has the spectra already, Weigh works on those and costs no second delay; there it also fills what the
// echo suppressor has closed with comfort noise of the same colour, so that the other side does not hear the line go dead.
//
// # Ownership
//
// One goroutine calls. Nothing is allocated after New.
//
// # Limitations
//
//   - Noise that changes faster than a second or so, such as a second voice, is not noise to it.
//   - Config.Reduction is the least gain; because the rest of the noise fluctuates, less than that is reached above 20 dB.
//   - The floor starts from the first frames; a voice in the very first 50 ms is taken for noise for about a second.
package noise
