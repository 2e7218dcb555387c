// Command bench measures what a flood does to a user agent, on loopback, and prints a table:
//
//	go run ./sipua/bench [-rate 10000] [-calls 40]
//
// A house is set up in this process: an exchange, a door and a desk phone, each with an address of its own in
// 127.0.0.0/8. One call stands all the time, with packets every 20 ms as its sound would send; others are set up beside
// it, one after the other, and the standing one is offered new media in between. A second process of this program sends
// what scanners send to the door, from a hundred addresses.
//
//	quiet        nobody disturbs
//	flood        as the door is delivered: strangers are limited before they are read
//	no limits    the limits are off: each message is read to its end and then not answered
//
// It exits with 1 if a call fails, or if the flood costs memory or goroutines that do not come back.
//
// # Ownership
//
// The main goroutine drives the calls and owns the figures; the parties run their own loops.
//
// # Limitations
//
//   - CPU is that of the house together; the flood's own is not in it, but on a machine of few cores the kernel and the
//     flood compete with the house, so that latencies are those of a machine under load, too.
//   - The packets of sound measure scheduling and loss of sockets, not codecs.
//   - The flood's sources are strangers; whoever forges the exchange's address is another matter.
package main
