// Package dtmf receives and sends telephone digits by all the ways a phone may choose: RTP events (RFC 4733), SIP INFO
// bodies, and the tones themselves (ITU-T Q.23, Q.24).
//
// Usage:
//
//	var r dtmf.Receiver                                   // one per RTP source
//	digit, isNew := r.Receive(dtmf.Packet{...})           // each press of a key once
//
//	s := dtmf.NewSender(dtmf.SenderConfig{ClockRate: 8000})
//	err := s.Push("12#")
//	out, ok := s.Advance(timestamp)                       // every 10 ms
//
//	info, err := dtmf.ParseInfo(contentType, body)
//
//	d := dtmf.NewDetector(8000)
//	digit, isNew = d.Write(pcm)                           // tones in the audio, 10 ms at a time
//
// Everything is pure: no clock, no socket, no goroutine. Each value belongs to one goroutine.
//
// Limitations:
//   - Tones in the audio are the last resort: codecs that compress harder than G.711 and G.722 bend them, and a voice can
//     in principle imitate them. Leave the detector off where the peer offers telephone-event or INFO.
//   - Only the sixteen digits; hook flash, fax and line events (RFC 4733 section 3, RFC 4734) are ignored.
//   - The receiver reports the press of a key, not its release: a door has no use for the length.
//   - Telephone-event blocks inside RFC 2198 redundancy are not unpacked.
package dtmf
