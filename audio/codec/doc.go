// Package codec dresses the codecs beyond G.711 as what a voice stream plugs in: float32 samples, appended payloads, and a
// concealment that fits the codec.
//
// Usage, once, where the stream's engine is made:
//
//	for _, t := range codec.Types() {
//		types = append(types, stream.CodecType{Name: t.Name, ClockRate: t.ClockRate, Rate: t.Rate,
//			New: func(f stream.Format) (stream.Codec, error) { return t.New(f.Fmtp) }})
//	}
//
// The values are structural: this package knows no stream. Each one codes the one direction, decodes the other, sees what
// was heard and fills what was lost:
//
//	payload, err = c.Encode(payload[:0], pcm)  // a packet
//	pcm, err = c.Decode(pcm[:0], payload)      // another packet
//	c.Heard(pcm)                               // what Decode gave, or in the stream's place some other time scale of it
//	c.Lost(pcm[:n])                            // 10 ms are missing
//
// One goroutine uses a value. Encode and Decode allocate nothing if the slices have room, except what package opus tells
// of Opus.
//
// Limitations:
//   - Opus redundancy needs the packet after a gap while the gap is being filled: Opus.Recover, which a stream must know of.
//   - Comfort noise is received as a codec of its own: its noise lasts as long as the stream asks Lost for more.
package codec
