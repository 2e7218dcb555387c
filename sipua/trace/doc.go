// Package trace keeps SIP messages and shows them: as a ladder for people, as a packet capture for tools. It is pure:
// the time comes with each record, and the only effect is on the io.Writer given.
//
// # Usage
//
//	way := trace.Way{At: now, Who: "door", Sent: true, Transport: sip.UDP, Local: local, Remote: remote}
//	record := trace.New(way, message)             // redacts: no secret gets into a Record
//
//	recorder := trace.NewRecorder(1 << 20)        // the newest mebibyte
//	recorder.Add(record)
//	err := trace.WriteLadder(w, recorder.Records(), true)
//
//	format, err := trace.FormatOf("door.pcap")    // by the suffix: .txt or .pcap
//	writer := trace.NewWriter(file, format, 16<<20)
//	err = writer.Write(record)                    // one write to file per record, ErrLimit when it is full
//	err = writer.Close()                          // adds the messages in full to a ladder; file is the caller's to close
//
// # Ownership
//
// Recorder and Writer belong to the goroutine that calls them. A Record is a value nobody changes any more; it shares
// nothing with the message it was made of.
//
// # Limitations
//
//   - A trace shows messages, not packets: what the sockets dropped as junk or by rate is not in it, and the IP, UDP and
//     TCP headers of a capture are made up around the messages. A fragmented datagram is one packet, a stream has no
//     handshake and no acknowledgements.
//   - TLS is shown in the clear, as TCP, with port 5060 in place of 5061, since tools insist on decrypting that one; SCTP
//     is shown as TCP too. The Via of the message tells the truth.
//   - The local address of a socket on the wildcard is what our own Via names; before the first of these it is a dummy
//     (192.0.0.8, 100::8). The local port of a dialled stream is not known here: it is 49152 and up.
//   - A message whose Content-Length was wrong has a right one here, since masking changes lengths anyway.
package trace
