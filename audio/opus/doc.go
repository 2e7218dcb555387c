// Package opus is the Opus codec for a voice call (RFC 6716, carried by RFC 7587): mono speech at 16 to 24 kbit/s with
// redundancy against loss.
//
// Usage, an Encoder and a Decoder for each call:
//
//	enc, err := opus.NewEncoder(opus.Config{Rate: 16000}.Heed(peer.Fmtp))
//	payload, err = enc.Encode(payload[:0], pcm)      // 10, 20, 40 or 60 ms
//
//	dec, err := opus.NewDecoder(16000)
//	pcm, err = dec.Decode(pcm[:0], payload)          // whatever the packet holds, up to 120 ms
//	dec.Lost(pcm[:160])                              // 10 ms are missing
//	dec.Recover(pcm[:320], next)                     // or: a packet is missing, but the one after it is here
//
// RTP counts this codec's time at 48 kHz whatever Rate is, and the rtpmap says opus/48000/2 though we send mono (RFC 7587
// section 4). Rate should be what the sound chain works at: nothing above half of it is coded.
//
// # The library
//
// github.com/thesyncim/gopus is the work. It is the one encoder in pure Go that gives the quality of libopus (PESQ 4.28 at
// 24 kbit/s where libopus has 4.29), it takes its buffers from the caller, has no dependencies and a BSD licence. The
// alternatives decode only, or need cgo and with it a C compiler for every board. It is imported nowhere else, so that
// another may take its place.
//
// # Ownership
//
// A value belongs to one goroutine. Once a few packets have passed, and if the caller's slices have room, decoding allocates
// nothing; inside the library redundancy costs about 3 allocations a packet in the encoder (10 kB), a guess or a recovery
// about 4 in the decoder.
//
// # Limitations
//
//   - Mono. Stereo packets are decoded to their mono mix.
//   - An encoder and a decoder cost about 240 kB of memory each.
//   - Encoding is by far the dearest step of a call, several times that of G.722.
//   - The redundancy of a packet covers the one packet before it; a gap of two or more is concealed by guess.
//   - The encoder looks ahead 6.5 ms, which adds to the delay of the packet.
package opus
