// Package jitter decides when received audio packets are played. It sorts them, drops copies, notices what is missing or
// too late, and aims at the least delay that loses next to nothing.
//
// Usage, by the goroutine that serves the sound card:
//
//	b := jitter.New(jitter.Config{ClockRate: 8000})
//	b.Push(arrival, jitter.Packet{...})            // for every packet, in order of arrival
//	switch d := b.Next(now, queued, 80); d.Action {  // whenever decoded audio runs out
//	case jitter.Play:    pcm = decode(d.Packet.Payload); b.Done(len(pcm))
//	case jitter.Conceal: pcm = conceal(80)
//	case jitter.Wait:    pcm = silence(80)
//	}
//	excess := b.Correction(now, queued, 80)        // shorten (+) or stretch (-) what is played by time scaling
//
// The target follows the model of WebRTC's NetEQ: the delay of each packet relative to the fastest one of two seconds, the
// greatest per half second in a histogram that forgets, and a quantile of it.
//
// Everything is passive: no clock, no goroutine, no allocation after New. One goroutine owns a Buffer.
//
// Limitations:
//   - One stream of one clock rate; the caller calls Reset for a new source and makes a new Buffer for another clock.
//   - 64 packets of at most 1,472 bytes. At 10 ms a packet that is 640 ms, more than the greatest delay.
//   - Redundant audio (RFC 2198) and forward error correction are not unpacked.
//   - A change of the play-out delay itself is the caller's: the Buffer only says how much.
package jitter
