package line

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom/audio/stream"
	"intercom/sipua"
	"intercom/sipua/sdp"
	"intercom/sipua/simnet"
	"intercom/sipua/sip"
)

// agent is a SIP agent that writes down what it is told.
type agent struct {
	said []string
	sdp  []byte // of the last Dial or Answer
	next sipua.CallID
}

func (a *agent) say(words ...string) { a.said = append(a.said, strings.Join(words, " ")) }

func (a *agent) Dial(i sipua.Invitation) sipua.CallID {
	a.say("dial", i.Account, i.To)
	a.sdp = i.SDP
	a.next++
	return a.next
}
func (a *agent) Ring(sipua.CallID)                 { a.say("ring") }
func (a *agent) Answer(_ sipua.CallID, sdp []byte) { a.say("answer"); a.sdp = sdp }
func (a *agent) Reject(_ sipua.CallID, status int) { a.say("reject", sip.ReasonPhrase(status)) }
func (a *agent) Hangup(sipua.CallID)               { a.say("hangup") }
func (a *agent) HangupFor(_ sipua.CallID, why sip.Reason) {
	a.say("hangup for", why.Text)
}
func (a *agent) Info(_ sipua.CallID, kind string, body []byte) {
	a.say("info", kind, strings.ReplaceAll(string(body), "\r\n", " "))
}

// want checks what the agent was told since the last time.
func (a *agent) want(t *testing.T, expectation string, said ...string) {
	t.Helper()
	if !slices.Equal(a.said, said) {
		t.Errorf("%s: the agent was told %q, want %q", expectation, a.said, said)
	}
	a.said = nil
}

var here, there = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")

var capabilities = sdp.Capabilities{
	Codecs: []sdp.Codec{{Name: "PCMA", ClockRate: 8000, PayloadType: 8}, {Name: "PCMU", ClockRate: 8000}}, Events: "0-15", Ptime: 20,
}

// rig is a line with its agent, in memory.
type rig struct {
	t     *testing.T
	agent *agent
	host  *simnet.Host
	line  *Line
	ports *Ports
	ended []stream.Report
}

// test runs f with a line; its engine runs without a card.
func test(t *testing.T, f func(r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		n := simnet.New(simnet.Config{})
		n.Host(there)
		r := &rig{t: t, agent: &agent{}, host: n.Host(here)}
		engine, err := stream.NewEngine(stream.EngineConfig{CardRate: 8000})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- engine.Run(ctx) }()
		r.ports = &Ports{Network: r.host, First: 20000, Last: 20007}
		r.line = New(Config{
			Agent: r.agent, Engine: engine, Capabilities: capabilities, Sockets: r.ports, Timeout: 20,
			Ended: func(_ Leg, report stream.Report) { r.ended = append(r.ended, report) },
		})
		f(r)
		r.line.Close()
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
}

// free tells how many pairs of the range can be opened.
func (r *rig) free() (n int) {
	r.t.Helper()
	var open []interface{ Close() error }
	for {
		rtp, rtcp, _, err := r.ports.Open(r.t.Context(), there)
		if err != nil {
			break
		}
		open = append(open, rtp, rtcp)
		n++
	}
	for _, c := range open {
		c.Close()
	}
	return n
}

// peer is the other side's exchange.
func peer(t *testing.T) *sdp.Exchange {
	t.Helper()
	x, err := sdp.New(sdp.Config{Capabilities: capabilities, Local: sdp.Endpoint{RTP: netip.AddrPortFrom(there, 40000)}})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func (r *rig) answerOf(x *sdp.Exchange) []byte {
	r.t.Helper()
	answer, _, err := x.Answer(r.agent.sdp)
	if err != nil {
		r.t.Fatalf("the line's offer is of no use: %v\n%s", err, r.agent.sdp)
	}
	return answer
}

func TestPlacedCall(t *testing.T) {
	test(t, func(r *rig) {
		id, err := r.line.Dial(Call{Account: "sip:door@example.com", Target: "sip:desk@example.com", Peer: there})
		if err != nil {
			t.Fatal(err)
		}
		r.agent.want(t, "one call", "dial sip:door@example.com sip:desk@example.com")
		if text := string(r.agent.sdp); !strings.Contains(text, "c=IN IP4 192.0.2.1") || !strings.Contains(text, "m=audio 20000 ") {
			t.Errorf("the offer names another place than its socket:\n%s", text)
		}
		if e := r.line.Receive(sipua.Ringing{Call: id, Status: 182}); e != nil {
			t.Errorf("queued is told as %+v", e)
		}
		if e := r.line.Receive(sipua.Ringing{Call: id, Status: 180}); e != (Ringing{id}) {
			t.Errorf("180 is told as %+v", e)
		}
		if _, has := r.line.Report(id); has {
			t.Error("there is sound before the answer")
		}
		if e := r.line.Receive(sipua.Established{Call: id, SDP: r.answerOf(peer(t))}); e != (Established{id}) {
			t.Errorf("200 is told as %+v", e)
		}
		if err := r.line.Talk(id); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		report, has := r.line.Report(id)
		if !has || report.Sent < 45 || report.Remote != "192.0.2.2:40000" {
			t.Errorf("after a second of sound: %+v", report)
		}
		r.line.Hangup(id)
		r.agent.want(t, "hung up", "hangup")
		if len(r.ended) != 1 || r.free() != 4 {
			t.Errorf("%d records, %d free pairs of ports", len(r.ended), r.free())
		}
	})
}

func (r *rig) call(offer []byte) Leg {
	r.t.Helper()
	from, err := sip.ParseAddress(`"Desk" <sip:desk@example.com>`)
	if err != nil {
		r.t.Fatal(err)
	}
	e := r.line.Receive(sipua.Incoming{Call: 77, Account: "sip:door@example.com", From: from, SDP: offer,
		Flow: sipua.Flow{Transport: sip.UDP, Remote: netip.AddrPortFrom(there, 5060)}})
	in, ok := e.(Incoming)
	if !ok || in.Leg != 77 || in.Display != "Desk" || in.From.User != "desk" {
		r.t.Fatalf("the call is told as %+v", e)
	}
	return in.Leg
}

// A server that says who calls is believed before the caller, who may write anything into From (RFC 3325 section 5).
func TestAssertedCaller(t *testing.T) {
	test(t, func(r *rig) {
		from, _ := sip.ParseAddress(`"Guard" <sip:guard@example.com>`)
		asserted, _ := sip.ParseAddress(`<sip:mallory@example.com>`)
		in := sipua.Incoming{Call: 5, From: from, Flow: sipua.Flow{Transport: sip.UDP, Remote: netip.AddrPortFrom(there, 5060)}}
		if e, ok := r.line.Receive(in).(Incoming); !ok || e.From.User != "guard" {
			t.Errorf("without an assertion the caller is %+v", e)
		}
		in.Call, in.Asserted = 6, asserted
		if e, ok := r.line.Receive(in).(Incoming); !ok || e.From.User != "mallory" || e.Display != "Guard" {
			t.Errorf("with an assertion the caller is %+v", e)
		}
	})
}

func TestReceivedCall(t *testing.T) {
	test(t, func(r *rig) {
		x := peer(t)
		id := r.call(x.MakeOffer())
		r.agent.want(t, "nothing by itself")
		r.line.Ring(id)
		if err := r.line.Answer(id); err != nil {
			t.Fatal(err)
		}
		r.agent.want(t, "rung and answered", "ring", "answer")
		if _, err := x.Accept(r.agent.sdp); err != nil {
			t.Errorf("the answer is of no use: %v", err)
		}
		if e := r.line.Receive(sipua.Established{Call: id}); e != (Established{id}) {
			t.Errorf("the ACK is told as %+v", e)
		}
		if e := r.line.Receive(sipua.Ended{Call: id, By: sipua.Remote, Reason: "BYE"}); e != (Ended{id, 0, "BYE"}) {
			t.Errorf("the BYE is told as %+v", e)
		}
		if r.free() != 4 {
			t.Error("the ports are still taken")
		}
	})
}

// An INVITE without a description asks for our offer; the answer comes in the ACK (RFC 3264 section 4).
func TestLateOffer(t *testing.T) {
	test(t, func(r *rig) {
		id := r.call(nil)
		if err := r.line.Answer(id); err != nil {
			t.Fatal(err)
		}
		if e := r.line.Receive(sipua.Established{Call: id, SDP: r.answerOf(peer(t))}); e != (Established{id}) {
			t.Errorf("the ACK is told as %+v", e)
		}
		if err := r.line.Talk(id); err != nil {
			t.Error(err)
		}
	})
}

// A placed call whose 200 brings an offer is answered before its ACK.
func TestOfferIn200(t *testing.T) {
	test(t, func(r *rig) {
		id, err := r.line.Dial(Call{Target: "sip:desk@192.0.2.2"})
		if err != nil {
			t.Fatal(err)
		}
		r.agent.said = nil
		x := peer(t)
		r.answerOf(x) // the first answer, in a 183
		if e := r.line.Receive(sipua.Established{Call: id, SDP: []byte("rubbish")}); e == (Established{id}) {
			t.Error("rubbish is taken for an answer")
		}
		r.agent.want(t, "a call of no use is hung up", "hangup")
	})
}

func (r *rig) talking() (Leg, *sdp.Exchange) {
	r.t.Helper()
	id, err := r.line.Dial(Call{Target: "sip:desk@192.0.2.2", Peer: there})
	if err != nil {
		r.t.Fatal(err)
	}
	x := peer(r.t)
	r.line.Receive(sipua.Established{Call: id, SDP: r.answerOf(x)})
	if err := r.line.Talk(id); err != nil {
		r.t.Fatal(err)
	}
	r.agent.said = nil
	return id, x
}

func TestHoldAndRetrieve(t *testing.T) {
	test(t, func(r *rig) {
		id, x := r.talking()
		time.Sleep(time.Second)
		sent := func() int { report, _ := r.line.Report(id); return report.Sent }
		x.Hold()
		r.line.Receive(sipua.Offered{Call: id, SDP: x.MakeOffer()})
		r.agent.want(t, "the hold is answered", "answer")
		if _, err := x.Accept(r.agent.sdp); err != nil {
			t.Error(err)
		}
		before := sent()
		time.Sleep(time.Second)
		if now := sent(); before == 0 || now != before {
			t.Errorf("on hold %d packets were sent, %d before", now-before, before)
		}
		x.Resume()
		r.line.Receive(sipua.Offered{Call: id, SDP: x.MakeOffer()})
		r.agent.want(t, "and the retrieval", "answer")
		time.Sleep(time.Second)
		if now := sent(); now < before+45 {
			t.Errorf("retrieved, only %d packets were sent in a second", now-before)
		}
	})
}

func TestOffersOfNoUse(t *testing.T) {
	test(t, func(r *rig) {
		id, _ := r.talking()
		r.line.Receive(sipua.Offered{Call: id, SDP: []byte("v=0\r\nrubbish")})
		r.agent.want(t, "refused, and the call goes on", "reject Not Acceptable Here")
		r.line.Receive(sipua.Offered{Call: id})
		r.agent.want(t, "an empty one is met with our offer", "answer")
		r.line.Receive(sipua.Offered{Call: 999, SDP: nil})
		r.agent.want(t, "an unknown call", "reject Call/Transaction Does Not Exist")
		bad := r.call([]byte("v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nt=0 0\r\nm=video 4000 RTP/AVP 31\r\n"))
		if err := r.line.Answer(bad); err == nil {
			t.Error("an offer of video alone was answered")
		}
		r.agent.want(t, "refused with 488", "reject Not Acceptable Here")
	})
}

func TestDigits(t *testing.T) {
	test(t, func(r *rig) {
		id, _ := r.talking()
		e := r.line.Receive(sipua.InfoReceived{Call: id, ContentType: "application/dtmf-relay", Body: []byte("Signal=7\r\nDuration=160\r\n")})
		if e != (Digit{id, '7'}) {
			t.Errorf("INFO is told as %+v", e)
		}
		if e := r.line.Receive(sipua.InfoReceived{Call: id, ContentType: "text/plain", Body: []byte("7")}); e != nil {
			t.Errorf("INFO of text is told as %+v", e)
		}
		if e := r.line.Receive(sipua.InfoReceived{Call: 999, ContentType: "application/dtmf", Body: []byte("7")}); e != nil {
			t.Errorf("INFO of an unknown call is told as %+v", e)
		}
		r.line.PressInfo(id, "1#")
		r.agent.want(t, "one INFO each", "info application/dtmf-relay Signal=1 Duration=160 ", "info application/dtmf-relay Signal=# Duration=160 ")
		if err := r.line.Press(id, "12"); err != nil {
			t.Error(err)
		}
		r.agent.want(t, "RTP events need no INFO")
		if err := r.line.Press(999, "1"); err == nil {
			t.Error("digits were pressed in no call")
		}
	})
}

// What comes for a call that was forgotten is no event, and no panic.
func TestForgottenCalls(t *testing.T) {
	test(t, func(r *rig) {
		for _, e := range []sipua.Event{sipua.Ringing{Call: 5, Status: 180}, sipua.Established{Call: 5}, sipua.Updated{Call: 5}, sipua.Registered{}} {
			if got := r.line.Receive(e); got != nil {
				t.Errorf("%T is told as %+v", e, got)
			}
		}
		if r.line.Answer(5) == nil || r.line.Talk(5) == nil {
			t.Error("an unknown call was answered")
		}
	})
}

func TestRelease(t *testing.T) {
	test(t, func(r *rig) {
		id, err := r.line.Dial(Call{Target: "sip:desk@192.0.2.2", Peer: there})
		if err != nil {
			t.Fatal(err)
		}
		r.agent.said = nil
		r.line.Release(id)
		r.agent.want(t, "the phone is told why", "hangup for Call completed elsewhere")
		if r.free() != 4 {
			t.Error("the ports are still taken")
		}
	})
}

func TestPortsRunOut(t *testing.T) {
	test(t, func(r *rig) {
		for range 4 {
			if _, err := r.line.Dial(Call{Target: "sip:desk@192.0.2.2", Peer: there}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := r.line.Dial(Call{Target: "sip:desk@192.0.2.2", Peer: there})
		if err == nil || !strings.Contains(err.Error(), "rtp_ports") {
			t.Errorf("error %v, want one that names the setting", err)
		}
		from, _ := sip.ParseAddress("<sip:a@b>")
		r.agent.said = nil
		if e := r.line.Receive(sipua.Incoming{Call: 9, From: from}); e != nil {
			t.Errorf("a call without a port is told as %+v", e)
		}
		r.agent.want(t, "it is refused", "reject Server Internal Error")
	})
}

func TestPortsAreEven(t *testing.T) {
	test(t, func(r *rig) {
		for _, p := range []*Ports{{Network: r.host}, {Network: r.host, First: 30001, Last: 30009}, {Network: r.host, Address: here}} {
			rtp, rtcp, local, err := p.Open(t.Context(), there)
			if err != nil {
				t.Fatal(err)
			}
			if local.Port()%2 != 0 || portOf(rtcp) != int(local.Port())+1 || portOf(rtp) != int(local.Port()) || local.Addr() != here {
				t.Errorf("RTP %v, RTCP %d, told %v", rtp.LocalAddr(), portOf(rtcp), local)
			}
			rtp.Close()
			rtcp.Close()
		}
	})
}

func TestNoAddress(t *testing.T) {
	host := simnet.New(simnet.Config{}).Host(here)
	host.SetAddrs()
	if _, _, local, err := (&Ports{Network: host}).Open(t.Context(), there); err == nil && !local.Addr().IsLoopback() {
		t.Errorf("a host without an address has opened a port at %v", local)
	}
}
