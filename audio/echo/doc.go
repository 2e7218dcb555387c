// Package echo takes the loudspeaker's sound out of the microphone's: the acoustic echo canceller of a door station,
// where both sit in one box and the echo is often louder than the visitor.
//
// A Canceller works on frames of 10 ms at 8 or 16 kHz:
//
//	c, err := echo.New(echo.Config{Rate: 16000})
//	c.Process(out, mic, ref) // ref: the frame that the loudspeaker played when mic was recorded
//
// It has three parts, each a plain struct of its own:
//
//	ref ──┬──────────────▶ filter ── echo ──┐
//	      │                                 ▼
//	mic ──┼───────────────────────────────▶(-)── error ──▶ suppressor ──▶ out
//	      └──▶ coherence: is the error still explained by ref?
//
// The filter is a partitioned Kalman filter in the frequency domain. It knows for each bin how wrong it may be, and
// that knowledge is used twice: as its step size, so that double talk needs no detector, and as the power of echo the
// suppressor must still expect, so that the suppressor closes while the filter learns and opens when it has learnt.
// The coherence tells a changed echo path (error and reference agree) from a voice at the door (they do not).
//
// # Ownership
//
// One goroutine calls. Nothing is allocated after New. The output is one frame (10 ms) late.
//
// # What it asks of the caller
//
// Reference and microphone must be aligned: the caller knows from the sound card how many samples lie between a frame
// played and the same frame captured, and delays the reference by that, less a millisecond or two. When the card tells
// of a jump (an xrun), Shift moves what was learnt instead of learning anew. Both signals need the same high-pass at 60
// to 80 Hz before, and both must run on one clock; up to 50 ppm of drift cost about 5 dB.
//
// # Limitations
//
//   - Echo later than Config.Tail is not modelled; the suppressor takes what it can of it.
//   - A loudspeaker that distorts heavily leaves 15 to 25 dB less cancellation; HalfDuplex is for what is hopeless.
//   - In single talk the background noise is suppressed with the echo; comfort noise is another box's work.
package echo
