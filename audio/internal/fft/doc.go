// Package fft is the Fourier transform of real frames that the echo canceller and the noise suppressor work in.
//
// A Plan holds the tables and the scratch memory of one length, so one goroutine at a time may use it; it allocates
// nothing after New. Lengths are even products of 2, 3 and 5: 10 ms frames of speech are 80, 160 or 480 samples, and
// padding them to powers of two would cost delay.
//
// Limitations: single precision (about 120 dB below the largest value), and no vector instructions.
package fft
