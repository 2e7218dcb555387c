package sipua

import (
	"strconv"
	"testing"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

const optionsText = `
OPTIONS sip:100@192.0.2.1 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKscan;rport
From: <sip:100@192.0.2.1>;tag=scan
To: <sip:100@192.0.2.1>
Call-ID: scan
CSeq: 1 OPTIONS
Max-Forwards: 70
`

// A scanner's packet costs a few comparisons: no transaction, no answer, no allocation.
func BenchmarkStranger(b *testing.B) {
	a := bare(b)
	a.cfg.AllowDirect = false
	m := read(b, optionsText+"\n")
	b.ReportAllocs()
	for b.Loop() {
		a.receiveMessage(transport.Event{Kind: transport.Received, Flow: peerFlow, Message: m})
	}
	if clients, servers := a.table.Len(); clients+servers != 0 {
		b.Fatalf("%d transactions", clients+servers)
	}
}

// A ping of the PBX, answered, with a table full of earlier ones.
func BenchmarkPing(b *testing.B) {
	a := bare(b)
	m := read(b, optionsText+"\n")
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		ping := m.Clone()
		ping.Via[0].Params = sip.Params(";branch=z9hG4bK" + strconv.Itoa(n))
		ping.CSeq.Seq = uint32(n)
		a.now = epoch
		a.receiveMessage(transport.Event{Kind: transport.Received, Flow: peerFlow, Message: ping})
	}
}

// What each turn of the loop costs on top, with as many calls as there may be.
func BenchmarkDeadline(b *testing.B) {
	a := bare(b)
	for i := range 8 {
		a.calls[CallID(i)] = &call{limit: epoch, outgoing: outgoing{}}
	}
	b.ReportAllocs()
	for b.Loop() {
		if a.deadline().IsZero() {
			b.Fatal("nothing is due")
		}
	}
}
