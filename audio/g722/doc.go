// Package g722 is the wideband codec of ITU-T Recommendation G.722 at 64 kbit/s: 16 kHz speech in two sub-bands of
// ADPCM, one octet for two samples. It is what desk phones call "HD voice".
//
// An Encoder and a Decoder are plain values whose zero value is not ready: make them with NewEncoder and NewDecoder,
// one for each direction of a call, and feed them in order. They allocate nothing, hold no lock and may be used by one
// goroutine at a time.
//
// The arithmetic is the Recommendation's integer arithmetic to the bit (block diagrams of sections 3 and 4), so that
// the predictors of two different implementations never drift apart. The tests hold it against octets made by an
// implementation that is not ours.
//
// Limitations: modes 2 and 3 (56 and 48 kbit/s with an auxiliary data channel) are left out, for RFC 3551 section
// 4.5.2 sends mode 1 alone. RTP counts this codec's time at 8 kHz though it samples at 16 kHz; whoever writes the
// timestamp must know.
package g722
