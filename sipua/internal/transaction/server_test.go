package transaction

import (
	"errors"
	"testing"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// ackFor is the ACK of a non-2xx response.
func ackFor(invite, resp *sip.Message) *sip.Message { return ackOf(invite, resp) }

// RFC 3261 section 17.2.1: "MUST generate a 100 (Trying) response unless it knows that the TU will generate a
// provisional or final response within 200 ms".
func TestServerInviteTryingAfter200ms(t *testing.T) {
	b := newBench(t, Config{})
	invite := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
	invite.Header.Add("Timestamp", "54")
	s := b.wantKind("INVITE", b.receive(udp, invite), Request).Server
	b.want("nothing yet")
	b.runTo(time.Hour)
	trying := b.want("100 once", "100 INVITE@200ms")[0]
	if trying.To.Tag() != "" || trying.Header.Get("Timestamp") != "54" {
		t.Errorf("100 has To %v, Timestamp %q", trying.To, trying.Header.Get("Timestamp"))
	}
	if s.State() != ServerProceeding {
		t.Errorf("state %v", s.State())
	}
	b.wantKind("repetition", b.receive(udp, invite), None)
	b.want("gets the 100 again", "100 INVITE")
	b.respond(s, 180)
	b.receive(udp, invite)
	b.want("later the 180", "180 INVITE", "180 INVITE")
}

// RFC 3261 section 17.2.1: timer G doubles up to T2, timer H is 64*T1, an ACK stops both, timer I is T4.
func TestServerInviteRefused(t *testing.T) {
	b := newBench(t, Config{})
	invite := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
	s := b.receive(udp, invite).Server
	busy := b.respond(s, 486)
	b.runTo(8 * time.Second)
	b.want("timer G", "486 INVITE@0s", "486 INVITE@500ms", "486 INVITE@1.5s", "486 INVITE@3.5s", "486 INVITE@7.5s")
	b.receive(udp, invite)
	b.want("a repetition of the request too", "486 INVITE@8s")
	b.wantKind("ACK is absorbed", b.receive(udp, ackFor(invite, busy)), None)
	if s.State() != ServerConfirmed {
		t.Errorf("state %v", s.State())
	}
	b.wantKind("a repetition is absorbed", b.receive(udp, invite), None)
	b.wantKind("a second ACK too", b.receive(udp, ackFor(invite, busy)), None)
	b.wantEvents("timer I", b.runTo(13*time.Second-1))
	b.wantEvents("timer I is T4", b.runTo(13*time.Second), Ended)
	b.want("silence after ACK")
	b.wantEmpty("at the end")
}

func TestServerInviteRefusedWithoutAck(t *testing.T) {
	b := newBench(t, Config{})
	s := b.receive(udp, newRequest(t, "INVITE", "UDP", "z9hG4bKa")).Server
	b.respond(s, 486)
	b.wantEvents("before timer H", b.runTo(32*time.Second-1))
	b.want("timer G up to T2", "486 INVITE@0s", "486 INVITE@500ms", "486 INVITE@1.5s", "486 INVITE@3.5s", "486 INVITE@7.5s", "486 INVITE@11.5s",
		"486 INVITE@15.5s", "486 INVITE@19.5s", "486 INVITE@23.5s", "486 INVITE@27.5s", "486 INVITE@31.5s")
	events := b.runTo(32 * time.Second)
	b.wantEvents("timer H", events, Failed)
	if events[0].Server != s || !errors.Is(events[0].Err, ErrTimeout) {
		t.Errorf("%+v", events[0])
	}
	b.wantEmpty("after timer H")
}

// Over TCP the response is sent once, H runs, I is 0.
func TestServerInviteRefusedOverTCP(t *testing.T) {
	b := newBench(t, Config{})
	invite := newRequest(t, "INVITE", "TCP", "z9hG4bKa")
	s := b.receive(tcp, invite).Server
	busy := b.respond(s, 486)
	b.runTo(20 * time.Second)
	b.want("once", "486 INVITE@0s")
	b.receive(tcp, ackFor(invite, busy))
	b.wantEvents("timer I is 0", b.runTo(20*time.Second), Ended)
}

// RFC 6026 section 7.1: Accepted absorbs repetitions of the INVITE, lets the user repeat its 2xx and hands it any ACK.
func TestServerInviteAccepted(t *testing.T) {
	b := newBench(t, Config{})
	invite := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
	s := b.receive(udp, invite).Server
	ok := b.respond(s, 200)
	b.want("200", "200 INVITE")
	b.wantKind("INVITE again", b.receive(udp, invite), None)
	b.want("is not answered from here")
	b.runTo(500 * time.Millisecond)
	b.respond(s, 200)
	b.want("the user repeats", "200 INVITE@500ms")
	ack := ackFor(invite, ok) // an ACK with the INVITE's branch, as RFC 2543 peers send
	if e := b.wantKind("ACK goes up", b.receive(udp, ack), Ack); e.Server != s {
		t.Error("ACK with the INVITE's branch finds the transaction")
	}
	ack.Via[0].Params = ";branch=z9hG4bKnew" // section 13.2.2.4: the ACK of a 2xx has a branch of its own
	if e := b.wantKind("ACK goes up", b.receive(udp, ack), Ack); e.Server != nil {
		t.Error("the ACK of a 2xx is no part of the transaction")
	}
	if err := b.table.Respond(b.now, s, response(invite, 500)); !errors.Is(err, ErrState) {
		t.Errorf("500 after 200: %v", err)
	}
	b.wantEvents("timer L counts from the first 200", b.runTo(32*time.Second), Ended)
	b.wantEmpty("after timer L")
}

// RFC 4320 section 4.1: no 100 to a non-INVITE request over UDP until timer E of its client is at T2, none over TCP.
// Section 4.2: no 408, ever.
func TestServerOtherFollowsRFC4320(t *testing.T) {
	for _, tc := range []struct {
		flow transport.Flow
		via  string
		sent []string
	}{{udp, "UDP", []string{"100 INFO@3.5s"}}, {tcp, "TCP", nil}} {
		b := newBench(t, Config{})
		info := newRequest(t, "INFO", tc.via, "z9hG4bKa")
		s := b.receive(tc.flow, info).Server
		for _, status := range []int{180, 183, 199, 408} {
			if err := b.table.Respond(b.now, s, response(info, status)); !errors.Is(err, ErrState) {
				t.Errorf("%d to INFO: %v", status, err)
			}
		}
		b.receive(tc.flow, info)
		b.want("a repetition before any response is absorbed")
		b.wantEvents("before 64*T1", b.runTo(32*time.Second-1))
		b.want("100 late", tc.sent...)
		b.wantEvents("the client has given up", b.runTo(32*time.Second), Ended)
		b.want("and gets no 408")
		b.wantEmpty("at the end")
	}
}

func TestServerOtherCompleted(t *testing.T) {
	b := newBench(t, Config{})
	bye := newRequest(t, "BYE", "UDP", "z9hG4bKa")
	s := b.receive(udp, bye).Server
	b.runTo(time.Second)
	b.respond(s, 100)
	b.receive(udp, bye)
	b.want("100 again", "100 BYE", "100 BYE")
	b.respond(s, 200)
	b.receive(udp, bye)
	b.want("200 again", "200 BYE", "200 BYE")
	if err := b.table.Respond(b.now, s, response(bye, 200)); !errors.Is(err, ErrState) {
		t.Errorf("a second final response: %v", err)
	}
	b.wantEvents("timer J is 64*T1", b.runTo(33*time.Second), Ended)
	b.wantEmpty("after timer J")
	if e := b.receive(udp, bye); e.Kind != Request {
		t.Error("after timer J the request is new")
	}
}

func TestServerOtherOverTCPEndsAtOnce(t *testing.T) {
	b := newBench(t, Config{})
	s := b.receive(tcp, newRequest(t, "BYE", "TCP", "z9hG4bKa")).Server
	b.respond(s, 200)
	b.wantEvents("timer J is 0", b.runTo(0), Ended)
}

// RFC 3261 section 18.2.2: a response whose connection has closed goes to the address and port of the Via.
func TestResponseAfterConnectionClosed(t *testing.T) {
	b := newBench(t, Config{})
	s := b.receive(tcp, newRequest(t, "INVITE", "TCP", "z9hG4bKa")).Server
	b.table.Fail(b.now, tcp, errors.New("closed"))
	b.want("nothing to send yet")
	b.respond(s, 180)
	if p := b.want("180", "180 INVITE")[0]; p.flow.Remote.String() != "192.0.2.9:5070" {
		t.Errorf("180 went to %v", p.flow.Remote)
	}
	b.table.Fail(b.now, s.Flow(), errors.New("refused"))
	b.want("no third way")

	s = b.receive(tcp, newRequest(t, "BYE", "TCP", "z9hG4bKb")).Server
	b.respond(s, 200)
	b.take()
	b.table.Fail(b.now, tcp, errors.New("closed"))
	b.want("a response perhaps lost with its connection goes again", "200 BYE")
}

func TestServerTableIsBounded(t *testing.T) {
	b := newBench(t, Config{MaxServers: 2})
	b.wantKind("first", b.receive(udp, newRequest(t, "INVITE", "UDP", "z9hG4bKa")), Request)
	b.wantKind("second", b.receive(udp, newRequest(t, "OPTIONS", "UDP", "z9hG4bKb")), Request)
	b.wantKind("third", b.receive(udp, newRequest(t, "OPTIONS", "UDP", "z9hG4bKc")), Overload)
	b.wantKind("CANCEL too", b.receive(udp, newRequest(t, "CANCEL", "UDP", "z9hG4bKa")), Overload)
	if _, servers := b.table.Len(); servers != 2 {
		t.Errorf("%d servers", servers)
	}
	b.request(udp, newRequest(t, "BYE", "UDP", "z9hG4bKd")) // a flood of requests does not stop our own
}
