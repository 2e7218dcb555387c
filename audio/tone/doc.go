// Package tone makes the sounds a visitor hears (ringback, busy, congestion by country; short beeps of the
// station) and tells whether a tone is present in a recording.
//
// Usage:
//
//	tones, ok := tone.Country("gb")
//	g := tone.New(tones.Ringback, 16000)
//	n := g.Fill(pcm)                                  // n < len(pcm): the tone has ended
//
//	m := tone.Measure(recording, 8000, 440)           // one answer for a whole recording
//	d := tone.NewDetector(8000, 440); d.Write(frame)  // running, in blocks of 100 ms
//
// A Generator and a Detector belong to one goroutine; the tables are read-only values. Both are pure: they count
// samples and read no clock, so a cadence is exact to one sample however the caller's frames are cut.
//
// Limitations:
//   - The table holds the countries of ITU-T E.180 Supplement 2 that were asked for; others fall back to "de",
//     whose 425 Hz tones are the recommendation's own.
//   - Frequencies of one step sound together from the step's beginning; warbles need several steps.
//   - The detector separates tones at least 40 Hz apart, and one block has to be steady: it is a measuring
//     instrument for tests and self-tests, not a call-progress classifier.
package tone
