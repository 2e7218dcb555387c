// Package interop tests the intercom binary against programs that others wrote: kamailio as registrar and forking
// proxy, baresip as the phones, dnsmasq as the name server, SIPp for what no well-mannered phone does.
//
// # Usage
//
//	sh packages.sh                                     # Debian packages, as root
//	go test -tags interop -count=1 ./firmware/interop  # or: make interop
//
// The tests build the binary themselves, unless INTERCOM_BIN names one.
//
// # What a test is made of
//
// Each test has a street of its own: loopback addresses in 127.0.0.0/8 that no other test uses, and a directory
// for what its programs write. Every program is started by the test on its own address with a generated
// configuration, and ended by its process id when the test ends. All waiting is polling with an end. When a test
// fails it prints the last lines of every program's log.
//
//	kamailio    registrar with digest, forking, Record-Route, UDP, TCP and TLS; its location table is read by JSON-RPC
//	dnsmasq     NAPTR, SRV and A of "house.test"; the log of its questions tells what the door asked. What it cannot do
//	            wrong (silence, truncation, forged answers) is done by a relay of these tests in front of it
//	baresip     ctrl_tcp for commands and events; plays a tone from a file and records what it hears
//	sipp        a scenario of testdata/, whose exit status is the verdict
//	intercom    run --config FILE, the simulated board with a control socket, a microphone and a loudspeaker file
//
// # Limitations
//
//   - Linux, and Debian's versions: kamailio 5.6, baresip 1.0, SIPp 3.6, dnsmasq 2.90.
//   - baresip sends RTP from 127.0.0.1 whatever its SDP says, since its sockets are not bound to an address.
//   - SIPp of Debian has no TLS, and baresip calls by UDP and TCP only here; the TLS cases use kamailio.
//   - IPv4 only: loopback has a single IPv6 address, and these tests want one for each program.
//   - A door that dials over TCP or TLS is seen at 127.0.0.1, since it does not bind what it dials from.
//   - Loss, delay and reordering come from a relay of the test, for RTP only. For SIP the simulated network of sipua's own
//     tests has them.
//   - The test behind a NAT needs root, network namespaces and nftables, and takes networks of 198.18.0.0/15.
package interop
