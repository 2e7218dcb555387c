package pbx

import (
	"strings"
	"testing"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// seeds are messages a PBX gets, with bare line ends.
var seeds = []string{
	"REGISTER sip:house.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK1\nFrom: <sip:kitchen@house.example>;tag=1\nTo: <sip:kitchen@house.example>\n" +
		"Call-ID: 1\nCSeq: 1 REGISTER\nContact: <sip:kitchen@192.0.2.20>;q=0.1;expires=60, \"x\" <sip:k@10.0.0.1;transport=tcp>\n\n",
	"REGISTER sip:house.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK2\nFrom: <sip:a@house.example>;tag=1\nTo: <sip:kitchen@house.example>\n" +
		"Call-ID: 2\nCSeq: 2 REGISTER\nContact: *\nExpires: 0\n\n",
	"INVITE sip:all@house.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK3;rport\nFrom: <sip:a@house.example>;tag=1\nTo: <sip:all@house.example>\n" +
		"Call-ID: 3\nCSeq: 1 INVITE\nRoute: <sip:192.0.2.1;lr>, <sip:x@y;lr>\nMax-Forwards: 7\nContact: <sip:a@192.0.2.20>\n\nbody",
	"INVITE sip:kitchen@house.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK4\nFrom: <sip:a@b>;tag=1\nTo: <sip:kitchen@house.example>\nCall-ID: 4\nCSeq: 1 INVITE\n\n",
	"CANCEL sip:kitchen@house.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK4\nFrom: <sip:a@b>;tag=1\nTo: <sip:kitchen@house.example>\nCall-ID: 4\nCSeq: 1 CANCEL\n\n",
	"ACK sip:192.0.2.1;lr;d=1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK5\nFrom: <sip:a@b>;tag=1\nTo: <sip:c@d>;tag=2\nCall-ID: 4\nCSeq: 1 ACK\nRoute: <sip:e@192.0.2.30>\n\n",
	"SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\nFrom: <sip:a@b>;tag=1\nTo: <sip:c@d>;tag=2\nCall-ID: 4\nCSeq: 1 INVITE\n\n",
}

// FuzzCore throws messages at a PBX with telephones, each also with its first target's answer. Whatever comes, nothing
// panics, what is sent parses (the bench checks), the tables stay within their bounds, and after a while it is idle.
func FuzzCore(f *testing.F) {
	for _, seed := range seeds {
		f.Add(strings.ReplaceAll(seed, "\n", "\r\n"), uint16(200))
	}
	f.Fuzz(func(t *testing.T, text string, status uint16) {
		b := newBench(t, nil)
		b.bound("kitchen", kitchen)
		b.bound("study", study)
		m, err := sip.Parse([]byte(text))
		for _, flow := range []transport.Flow{b.flow(outside), b.flow(kitchen), b.tcp(study)} {
			b.core.receive(b.now, transport.Event{Kind: transport.Received, Flow: flow, Local: flow.Local, Message: cloned(m), Err: err})
			b.core.advance(b.now)
		}
		for _, p := range b.take() {
			if p.IsRequest() && p.Method != sip.ACK && status >= 100 && status < 700 {
				b.answers(p, int(status))
			}
		}
		b.runTo(2 * time.Hour)
		b.wantIdle("after two hours")
		if n := len(b.core.location.users); n != 0 {
			t.Errorf("%d users after all registrations have expired", n)
		}
	})
}

func cloned(m *sip.Message) *sip.Message {
	if m == nil {
		return nil
	}
	return m.Clone()
}

// BenchmarkCall is an INVITE to three telephones and its refusal by all.
func BenchmarkCall(b *testing.B) {
	t := &testing.T{}
	bench := newBench(t, func(c *Config) { c.MaxTransaction = 1 << 20 })
	for name, addr := range map[string]string{"kitchen": kitchen, "study": study, "cellar": cellar} {
		bench.bound(name, addr)
	}
	b.ReportAllocs()
	for b.Loop() {
		bench.arrive(bench.flow(door), bench.request("INVITE", "door", door, "sip:all@house.example"))
		for _, p := range bench.take() {
			if p.IsRequest() {
				bench.answers(p, 486)
			}
		}
		bench.take()
		bench.events = nil
	}
}
