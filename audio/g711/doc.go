// Package g711 codes speech as A-law and mu-law (ITU-T G.711), one byte per sample at 8 kHz.
//
// Usage:
//
//	payload = g711.AppendA(payload[:0], pcm)   // 16-bit linear to A-law
//	pcm = g711.DecodeA(pcm[:0], payload)       // and back
//
// The functions keep no state and allocate nothing when the destination has room, so any goroutine may call
// them at any time. Decoding is a table of 256 values; coding finds the segment by the position of the highest
// bit, which costs about a nanosecond and, unlike a table of 65,536 values, leaves the small caches of a
// Cortex-A53 to the echo canceller.
//
// Negative samples are taken in one's complement (-1 has magnitude 0), as the ITU-T's reference software
// (G.191) does; G.711 itself leaves the sign of samples on a decision value open.
//
// Limitations:
//   - No Appendix I concealment and no Appendix II comfort noise: package conceal and the stream do that.
//   - No A-law to mu-law transcoding table: a station never passes one leg through to another.
//
// Ready-made packages exist (github.com/zaf/g711 is one); forty lines that are proven here against the
// recommendation's tables of decision values cost less than a dependency.
package g711
