package transaction

import (
	"errors"
	"testing"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// RFC 3261 section 17.1.1.2 and table 4: "the client transaction MUST retransmit ... with intervals that double", and
// timer B is 64*T1.
func TestInviteRetransmissionSevenSendsIn32s(t *testing.T) {
	b := newBench(t, Config{})
	c := b.request(udp, newRequest(t, "INVITE", "UDP", "z9hG4bKa"))
	if got := b.table.Deadline(); got != start.Add(500*time.Millisecond) {
		t.Fatalf("first deadline is %v, want T1", got.Sub(start))
	}
	b.wantEvents("nothing fails before 32 s", b.runTo(32*time.Second-1))
	b.want("timer A doubles without bound", "INVITE@0s", "INVITE@500ms", "INVITE@1.5s", "INVITE@3.5s", "INVITE@7.5s", "INVITE@15.5s", "INVITE@31.5s")
	events := b.runTo(32 * time.Second)
	b.wantEvents("timer B", events, Failed)
	if !errors.Is(events[0].Err, ErrTimeout) || events[0].Client != c || c.Answered() {
		t.Fatalf("timer B reports %+v", events[0])
	}
	b.wantEmpty("after timer B")
}

// RFC 3261 section 17.1.2.2: timer E is min(2*E, T2), timer F is 64*T1.
func TestOtherRetransmissionElevenSendsIn32s(t *testing.T) {
	b := newBench(t, Config{})
	b.request(udp, newRequest(t, "OPTIONS", "UDP", "z9hG4bKa"))
	b.wantEvents("nothing fails before 32 s", b.runTo(32*time.Second-1))
	b.want("timer E doubles up to T2", "OPTIONS@0s", "OPTIONS@500ms", "OPTIONS@1.5s", "OPTIONS@3.5s", "OPTIONS@7.5s", "OPTIONS@11.5s",
		"OPTIONS@15.5s", "OPTIONS@19.5s", "OPTIONS@23.5s", "OPTIONS@27.5s", "OPTIONS@31.5s")
	b.wantEvents("timer F", b.runTo(32*time.Second), Failed)
	b.wantEmpty("after timer F")
}

// RFC 3261 section 17.1: no retransmission over reliable transports, but B and F run.
func TestReliableTransportSendsOnce(t *testing.T) {
	for _, method := range []string{"INVITE", "BYE"} {
		b := newBench(t, Config{})
		b.request(tcp, newRequest(t, method, "TCP", "z9hG4bKa"))
		b.wantEvents("timer B or F", b.runTo(time.Minute), Failed)
		b.want("sent once", method+"@0s")
	}
}

// RFC 3261 section 17.1.2.2: in Proceeding timer E is T2.
func TestOtherProceedingRepeatsEachT2(t *testing.T) {
	b := newBench(t, Config{})
	req := newRequest(t, "OPTIONS", "UDP", "z9hG4bKa")
	c := b.request(udp, req)
	b.runTo(100 * time.Millisecond)
	b.wantKind("100 goes up", b.receive(udp, response(req, 100)), Response)
	if c.State() != ClientProceeding || !c.Answered() {
		t.Fatalf("state %v", c.State())
	}
	b.runTo(9 * time.Second)
	b.receive(udp, response(req, 100)) // a second 100 does not start the interval anew
	b.runTo(13 * time.Second)
	b.want("T2 after the 100", "OPTIONS@0s", "OPTIONS@4.1s", "OPTIONS@8.1s", "OPTIONS@12.1s")
	b.wantEvents("timer F still runs", b.runTo(32*time.Second), Failed)
}

func TestOtherFinalResponse(t *testing.T) {
	for _, tc := range []struct {
		flow  transport.Flow
		via   string
		lives time.Duration // timer K
	}{{udp, "UDP", 5 * time.Second}, {tcp, "TCP", 0}} {
		b := newBench(t, Config{})
		req := newRequest(t, "BYE", tc.via, "z9hG4bKa")
		c := b.request(tc.flow, req)
		b.wantKind("final goes up", b.receive(tc.flow, response(req, 200)), Response)
		b.wantKind("its repetition does not", b.receive(tc.flow, response(req, 200)), None)
		if got := b.table.Deadline(); got != start.Add(tc.lives) || c.State() != ClientCompleted {
			t.Fatalf("%s: timer K at %v in %v, want %v", tc.via, got.Sub(start), c.State(), tc.lives)
		}
		b.wantEvents("timer K", b.runTo(tc.lives), Ended)
		b.wantEmpty("after timer K")
		b.want("only the request", "BYE")
	}
}

// RFC 3261 section 17.1.1.3: "The ACK MUST be sent to the same address, port, and transport to which the original
// request was sent."
func TestInviteRefusedIsAcknowledged(t *testing.T) {
	b := newBench(t, Config{})
	req := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
	c := b.request(udp, req)
	refusal := response(req, 486)
	b.wantKind("486 goes up", b.receive(udp, refusal), Response)
	ack := b.want("ACK follows", "INVITE", "ACK")[1]
	checkAck(t, ack.Message)
	if ack.flow != c.Flow() {
		t.Errorf("ACK went to %v, INVITE to %v", ack.flow, c.Flow())
	}
	b.runTo(20 * time.Second)
	b.wantKind("repeated 486 does not go up", b.receive(udp, refusal), None)
	b.want("but is acknowledged", "ACK@20s")
	b.receive(udp, response(req, 200))
	b.want("a 200 after 486 is ignored")
	b.wantEvents("timer D is 32 s", b.runTo(32*time.Second), Ended)
	b.wantEmpty("after timer D")
	b.receive(udp, refusal)
	b.want("nothing is left to answer")
}

func checkAck(t *testing.T, ack *sip.Message) {
	t.Helper()
	if len(ack.Via) != 1 || ack.Via[0].Branch() != "z9hG4bKa" {
		t.Errorf("ACK must have one Via with the INVITE's branch: %v", ack.Via)
	}
	if ack.To.Tag() != "b2" || ack.From.Tag() != "a1" || ack.CallID != "314159@192.0.2.1" {
		t.Errorf("ACK has To %v, From %v", ack.To, ack.From)
	}
	if ack.CSeq != (sip.CSeq{Seq: 27, Method: "ACK"}) || ack.URI.String() != "sip:bob@example.com" {
		t.Errorf("ACK has CSeq %v, URI %v", ack.CSeq, ack.URI)
	}
	if routes, _ := ack.Routes(); len(routes) != 2 {
		t.Errorf("ACK must have the INVITE's two Routes, has %v", routes)
	}
	if !ack.Header.Has("Proxy-Authorization") { // section 22.1
		t.Error("ACK must carry the INVITE's credentials")
	}
	if ack.Header.Has("Require") || ack.Header.Has("Contact") || len(ack.Body) > 0 {
		t.Errorf("ACK carries too much:\n%v", ack)
	}
}

func TestInviteRefusedOverTCPEndsAtOnce(t *testing.T) {
	b := newBench(t, Config{})
	req := newRequest(t, "INVITE", "TCP", "z9hG4bKa")
	b.request(tcp, req)
	b.receive(tcp, response(req, 600))
	b.want("ACK follows", "INVITE", "ACK")
	b.wantEvents("timer D is 0", b.runTo(0), Ended)
	b.wantEmpty("after timer D")
}

// RFC 6026 section 7.2: each 2xx goes up for 64*T1, from whatever branch of a fork.
func TestAcceptedPassesEach2xx(t *testing.T) {
	b := newBench(t, Config{})
	req := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
	c := b.request(udp, req)
	b.receive(udp, response(req, 183))
	b.runTo(10 * time.Second)
	b.wantKind("200 goes up", b.receive(udp, response(req, 200)), Response)
	b.runTo(11 * time.Second)
	b.wantKind("again", b.receive(udp, response(req, 200)), Response)
	b.wantKind("486 after 200 does not", b.receive(udp, response(req, 486)), None)
	b.wantKind("180 after 200 does not", b.receive(udp, response(req, 180)), None)
	b.want("the 2xx is for the user to acknowledge", "INVITE")
	if c.State() != ClientAccepted {
		t.Fatalf("state %v", c.State())
	}
	b.wantEvents("timer M counts from the first 200", b.runTo(42*time.Second-1))
	b.wantEvents("timer M", b.runTo(42*time.Second), Ended)
	b.wantEmpty("after timer M")
}

// A ringing phone may ring for long: Proceeding has no limit of its own.
func TestProceedingHasNoLimit(t *testing.T) {
	b := newBench(t, Config{})
	req := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
	b.request(udp, req)
	for range 3 {
		b.wantKind("180 goes up", b.receive(udp, response(req, 180)), Response)
	}
	b.wantEvents("an hour of ringing", b.runTo(time.Hour))
	b.want("and nothing repeated", "INVITE")
	if !b.table.Deadline().IsZero() {
		t.Error("nothing should be due")
	}
}

// RFC 3261 section 17.1.3: branch and CSeq method; both, and the CSeq number, must be ours.
func TestForeignResponsesAreDropped(t *testing.T) {
	req := newRequest(t, "INVITE", "UDP", "z9hG4bKa")
	for name, spoil := range map[string]func(m *sip.Message){
		"branch":       func(m *sip.Message) { m.Via[0].Params = ";branch=z9hG4bKb" },
		"method":       func(m *sip.Message) { m.CSeq.Method = "BYE" },
		"CSeq number":  func(m *sip.Message) { m.CSeq.Seq++ },
		"no Via":       func(m *sip.Message) { m.Via = nil },
		"empty branch": func(m *sip.Message) { m.Via[0].Params = "" },
	} {
		b := newBench(t, Config{})
		c := b.request(udp, req)
		m := response(req, 200)
		spoil(m)
		b.wantKind(name, b.receive(udp, m), None)
		if c.State() != ClientCalling || c.Answered() {
			t.Errorf("%s: a foreign response moved the machine to %v", name, c.State())
		}
	}
}

func TestTransportFailure(t *testing.T) {
	broken := errors.New("connection refused")
	for _, tc := range []struct {
		name   string
		flow   transport.Flow
		status int // response before the failure
		fails  bool
	}{
		{"UDP, no answer yet", udp, 0, true},
		{"UDP after 100: ICMP proves nothing", udp, 100, false},
		{"TCP, no answer yet", tcp, 0, true},
		{"TCP after 100", tcp, 100, true},
		{"TCP after 200", tcp, 200, false},
	} {
		b := newBench(t, Config{})
		req := newRequest(t, "INVITE", tc.flow.Transport, "z9hG4bKa")
		c := b.request(tc.flow, req)
		if tc.status != 0 {
			b.receive(tc.flow, response(req, tc.status))
		}
		other := tc.flow
		other.Remote = withPort(other.Remote, 9)
		b.table.Fail(b.now, other, broken)
		b.wantEvents(tc.name+": another flow's failure", b.runTo(0))
		anyLocal := tc.flow
		anyLocal.Local = anyLocal.Remote
		anyLocal.Local = transport.Flow{}.Local
		b.table.Fail(b.now, anyLocal, broken)
		b.table.Fail(b.now, anyLocal, errors.New("second report"))
		events := b.runTo(0)
		if !tc.fails {
			b.wantEvents(tc.name, events)
			continue
		}
		b.wantEvents(tc.name, events, Failed)
		if events[0].Err != broken || c.State() != ClientTerminated {
			t.Errorf("%s: %v in %v", tc.name, events[0].Err, c.State())
		}
		b.wantKind("late response", b.receive(tc.flow, response(req, 200)), None)
	}
}

// A response that comes between Fail and Advance does not bring the transaction back.
func TestFailedIgnoresResponses(t *testing.T) {
	b := newBench(t, Config{})
	req := newRequest(t, "OPTIONS", "UDP", "z9hG4bKa")
	b.request(udp, req)
	b.table.Fail(b.now, udp, errors.New("gone"))
	b.wantKind("response after failure", b.receive(udp, response(req, 200)), None)
	b.wantEvents("failure", b.runTo(0), Failed)
}

func TestRequestIsRefused(t *testing.T) {
	b := newBench(t, Config{MaxClients: 1})
	noBranch := newRequest(t, "BYE", "UDP", "x")
	noBranch.Via[0].Params = ""
	if _, err := b.table.Request(b.now, udp, noBranch); !errors.Is(err, ErrBranch) {
		t.Errorf("no branch: %v", err)
	}
	b.request(udp, newRequest(t, "BYE", "UDP", "z9hG4bKa"))
	if _, err := b.table.Request(b.now, udp, newRequest(t, "BYE", "UDP", "z9hG4bKb")); !errors.Is(err, ErrFull) {
		t.Errorf("full: %v", err)
	}
	b.table.maxClients = 2
	if _, err := b.table.Request(b.now, udp, newRequest(t, "BYE", "UDP", "z9hG4bKa")); !errors.Is(err, ErrBranch) {
		t.Errorf("branch in use: %v", err)
	}
	b.want("only one was sent", "BYE")
}

// Timers of a Config scale the tables, for a proxy on a slow link or a test; timer D stays at 32 s.
func TestConfigTimers(t *testing.T) {
	b := newBench(t, Config{T1: 100 * time.Millisecond, T2: 300 * time.Millisecond, T4: time.Second})
	req := newRequest(t, "OPTIONS", "UDP", "z9hG4bKa")
	b.request(udp, req)
	b.runTo(time.Second)
	b.want("T1 and T2", "OPTIONS@0s", "OPTIONS@100ms", "OPTIONS@300ms", "OPTIONS@600ms", "OPTIONS@900ms")
	b.receive(udp, response(req, 200))
	b.wantEvents("T4", b.runTo(2*time.Second), Ended)
	invite := newRequest(t, "INVITE", "UDP", "z9hG4bKb")
	b.request(udp, invite)
	b.receive(udp, response(invite, 404))
	b.wantEvents("timer D", b.runTo(34*time.Second-1))
	b.wantEvents("timer D", b.runTo(34*time.Second), Ended)
}

func TestStateNames(t *testing.T) {
	for s, want := range map[ClientState]string{ClientCalling: "Calling", ClientProceeding: "Proceeding",
		ClientAccepted: "Accepted", ClientCompleted: "Completed", ClientTerminated: "Terminated"} {
		if s.String() != want {
			t.Errorf("%d is %q, want %q", s, s, want)
		}
	}
	for s, want := range map[ServerState]string{ServerTrying: "Trying", ServerProceeding: "Proceeding", ServerAccepted: "Accepted",
		ServerCompleted: "Completed", ServerConfirmed: "Confirmed", ServerTerminated: "Terminated"} {
		if s.String() != want {
			t.Errorf("%d is %q, want %q", s, s, want)
		}
	}
}
