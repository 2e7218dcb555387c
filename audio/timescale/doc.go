// Package timescale makes speech a little shorter or longer without changing its pitch, so that a jitter buffer can change
// its delay while somebody talks.
//
// Usage:
//
//	s := timescale.New(8000)
//	queue = queue[:len(queue)-s.Shorten(queue, most, false)]          // or
//	queue = queue[:len(queue)+s.Stretch(played, queue, most, false)]  // played: at least the last s.Room() samples
//
// The method is waveform similarity overlap-add (WSOLA; Verhelst and Roelands, ICASSP 1993) in its simplest form: find the
// lag at which the next 10 ms look most like themselves, and cross-fade over them to leave out, or repeat, one such lag.
// In voiced speech that is one or more pitch periods. Where nothing is similar and the sound is not quiet, nothing is done
// unless the caller insists.
//
// A Scaler keeps no signal between calls, only work space; it belongs to one goroutine and allocates nothing after New.
//
// Limitations:
//   - Lags from 2.5 to 12.5 ms (80 to 400 Hz): very deep voices are changed by a double period or not at all.
//   - Music is treated like speech and suffers audibly when changed often.
package timescale
