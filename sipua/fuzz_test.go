package sipua

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/locate"
	"intercom/sipua/simnet"
	"intercom/sipua/sip"
)

// nowhere is a resolver that finds nothing.
type nowhere struct{}

func (nowhere) Locate(context.Context, time.Time, locate.Query) locate.Result {
	return locate.Result{Err: locate.ErrNotFound}
}

// bare is an agent whose loop does not run: the test takes its steps.
func bare(t testing.TB) *Agent {
	t.Helper()
	a, err := New(Config{
		Network:  simnet.New(simnet.Config{}).Host(netip.MustParseAddr("192.0.2.1")),
		Listen:   []Listen{{Transport: sip.UDP, Address: "192.0.2.1:5070"}},
		Resolver: nowhere{}, AllowDirect: true, AllowTransfer: true, MaxCalls: 4,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	a.ctx = ctx
	t.Cleanup(func() {
		stop()
		close(a.done)
		a.layer.Close()
	})
	return a
}

// peerFlow is where the peer of these tests lives.
var peerFlow = transport.Flow{
	Transport: sip.UDP, Local: netip.MustParseAddrPort("192.0.2.1:5070"), Remote: netip.MustParseAddrPort("192.0.2.2:5060"),
}

// deliver is one step of the loop with a message.
func (a *Agent) deliver(now time.Time, m *sip.Message, err error) {
	a.step(now, func(a *Agent) {
		a.receive(transport.Event{Kind: transport.Received, Flow: peerFlow, Message: m, Err: err})
	})
}

// inCall is a bare agent in an established call of the peer, with tags the fuzzer can know.
func inCall(t testing.TB) *Agent {
	a := bare(t)
	a.deliver(epoch, read(t, inviteText+"\n"), nil)
	for id, c := range a.calls {
		a.dropDialog(c.dialog)
		c.dialog.key.localTag = "bob"
		c.dialog.local.Params = ";tag=bob"
		a.addDialog(c, c.dialog)
		a.step(epoch, func(a *Agent) { a.acceptCall(c, []byte("v=0\r\n")) })
		_ = id
	}
	a.deliver(epoch, read(t, ackText), nil)
	return a
}

const ackText = `
ACK sip:door@192.0.2.1 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKack
From: <sip:alice@a.example>;tag=alice
To: <sip:bob@b.example>;tag=bob
Call-ID: c
CSeq: 7 ACK
Content-Type: application/sdp
Content-Length: 5

v=0
`

// FuzzAgent sends two messages of the fuzzer into a call and lets an hour pass. Whatever they are, nothing breaks,
// everything stays bounded, and in the end all transactions are over.
func FuzzAgent(f *testing.F) {
	for _, method := range []string{"BYE", "INFO", "UPDATE", "PRACK", "REFER", "OPTIONS", "INVITE", "NOTIFY", "MESSAGE", "CANCEL", "ACK", "FOO"} {
		request := method + " sip:door@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK" + method + "\r\n" +
			"From: <sip:alice@a.example>;tag=alice\r\nTo: <sip:bob@b.example>;tag=bob\r\nCall-ID: c\r\nCSeq: 8 " + method + "\r\n" +
			"Contact: <sip:alice@192.0.2.2>\r\nSession-Expires: 90;refresher=uas\r\nRequire: 100rel\r\nRAck: 1 1 INVITE\r\n" +
			"Refer-To: <sip:x@y?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"
		f.Add([]byte(request), []byte(request))
	}
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=a\r\nTo: <sip:c@d>;tag=b\r\nCall-ID: c\r\nCSeq: 1 BYE\r\n\r\n"), []byte("\r\n\r\n"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		a := inCall(t)
		if a.running() != 1 {
			t.Fatalf("%d calls at the start", a.running())
		}
		now := epoch
		for _, data := range [][]byte{first, second} {
			m, err := sip.Parse(data)
			if m != nil {
				a.deliver(now, m, err)
			}
			now = now.Add(100 * time.Millisecond)
		}
		if len(a.calls) > 16 || len(a.dialogs) > 16 {
			t.Fatalf("%d calls, %d dialogs", len(a.calls), len(a.dialogs))
		}
		runOut(t, a, now.Add(time.Hour))
	})
}

// runOut lets time pass from deadline to deadline, answering what locating posts, and checks that it comes to rest.
func runOut(t testing.TB, a *Agent, end time.Time) {
	t.Helper()
	for range 10_000 {
		for len(a.commands) > 0 {
			a.step(a.now, <-a.commands)
		}
		due := a.deadline()
		if due.IsZero() || due.After(end) {
			break
		}
		if due.Before(a.now) {
			due = a.now
		}
		a.step(due, nil)
	}
	if due := a.deadline(); !due.IsZero() && !due.After(a.now) {
		t.Fatalf("the loop would spin: %v is due at %v", due, a.now)
	}
	if clients, servers := a.table.Len(); servers > 0 || clients > 1 {
		t.Fatalf("%d client and %d server transactions after an hour", clients, servers)
	}
}
