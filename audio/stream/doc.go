// Package stream is the voice of a call: RTP and RTCP on one side, a sound card on the other, and the chain of boxes in
// between.
//
// Usage:
//
//	engine, err := stream.NewEngine(stream.EngineConfig{Card: sound, CardRate: 48000, Echo: canceller, Logger: logger})
//	go engine.Run(ctx)                                        // owns the card until ctx ends
//	engine.Play(tone.New(tones.Ringback, engine.Rate()))
//
//	s, err := engine.Open(stream.Config{RTP: rtp, RTCP: rtcp, Media: stream.Media{
//		Remote: addr, Send: formats, Receive: formats,
//	}})
//	for event := range s.Events() { ... }                    // digits, latching, timeout
//	err = s.Update(media)                                     // re-INVITE, hold
//	report := s.Close()
//
// Ownership: an Engine lives as long as the program and owns the card; its one goroutine (Run, started by the caller) moves
// all sound, 10 ms at a time, in the pace of the card. A Stream lives as long as a call; its sockets become its own and are
// closed by Close. Its only goroutines are one reader per socket, which stamp the time and pass datagrams on. Methods may be
// called from any goroutine; none waits longer than the work on one frame.
//
// The sound path stands in chain.go, on one screen. What no call can do without (resampler, high-pass, limiter, concealment,
// the codecs of the telephone) is there by default; canceller, noise suppressor, voice switch and gain control are plugged
// in by EngineConfig through interfaces of one method, and every default can be replaced there too.
//
// pion's rtp, rtcp, srtp and dtls are used because they are complete, fuzzed and written in Go alone. rtp allocates nothing
// on this path when packets are built and parsed directly; its Packetizer (marker on every frame) is not used, and the
// version, which its parser does not check, is checked here. They are imported nowhere else.
//
// Security: received audio and digits count only from the peer's latched source (see latch), because on a door a forged
// digit is a burglar. Reports are taken only from the peer's host. With SDES keys (Media.Crypto) or DTLS-SRTP (Media.DTLS)
// nothing passes in the clear in either direction, not even after an Update that names no keys. Keys print as "[redacted]".
//
// Limitations:
//   - With DTLS, RTCP is sent only over the RTP port (Media.Mux): a second handshake for a second port is not done.
//   - SRTP keys have no lifetime: a call would have to last years to use one up (RFC 3711 section 9.2).
//   - Audio is mono. Stereo formats are not registered.
//   - Comfort noise (RFC 3389) is received as an unknown payload type and replaced by silence.
//   - A telephone-event format is used for sending only at the clock rate of the audio, as RFC 4733 section 2.1 demands.
//   - At most four streams at a time; all hear the microphone, the loudspeaker plays their sum.
package stream
