package pbx

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom/sipua/simnet"
	"intercom/sipua/sip"
)

// TestAnswerCrossesCancel: the telephone is lifted while the caller gives up. The 200 goes up all the same, for only the
// caller can end that call (RFC 3261 section 9.1).
func TestAnswerCrossesCancel(t *testing.T) {
	b := newBench(t, nil)
	invite, got := b.ring("sip:kitchen@house.example", "kitchen")
	b.answers(got[0], 180)
	b.take()
	cancel := invite.Clone()
	cancel.Method, cancel.CSeq.Method = sip.CANCEL, sip.CANCEL
	b.arrive(b.flow(door), cancel)
	b.want("CANCEL", "200 CANCEL door", "CANCEL kitchen")
	b.answers(got[0], 200)
	b.want("200", "200 INVITE door")
	b.wantEvents("answered", Answered)
	late := cancel.Clone()
	late.Via[0].Params = late.Via[0].Params.With("branch", "z9hG4bKlate")
	b.arrive(b.flow(door), late)
	b.want("a CANCEL of nothing", "481 CANCEL door")
	b.runTo(2 * time.Minute)
	b.wantIdle("at the end")
}

// TestCancelBeforeAnySign: the CANCEL waits for the telephone's first response (section 9.1).
func TestCancelBeforeAnySign(t *testing.T) {
	b := newBench(t, nil)
	invite, got := b.ring("sip:kitchen@house.example", "kitchen")
	cancel := invite.Clone()
	cancel.Method, cancel.CSeq.Method = sip.CANCEL, sip.CANCEL
	b.arrive(b.flow(door), cancel)
	b.want("nothing for the telephone yet", "200 CANCEL door")
	b.answers(got[0], 100)
	held := b.want("now", "CANCEL kitchen")[0]
	b.answers(held, 200)
	b.answers(got[0], 487)
	b.want("487", "ACK kitchen", "487 INVITE door")
	b.runTo(2 * time.Minute)
	b.wantIdle("at the end")
}

// TestRepetitionsAreAbsorbed: what UDP doubles reaches nobody twice.
func TestRepetitionsAreAbsorbed(t *testing.T) {
	b := newBench(t, nil)
	invite, got := b.ring("sip:kitchen@house.example", "kitchen")
	b.arrive(b.flow(door), invite)
	b.want("the INVITE again")
	b.answers(got[0], 180)
	b.answers(got[0], 180)
	b.want("each 180 goes up", "180 INVITE door", "180 INVITE door")
	b.arrive(b.flow(door), invite)
	b.want("the INVITE gets the last answer", "180 INVITE door")
	b.answers(got[0], 486)
	b.answers(got[0], 486)
	b.want("the second 486 is acknowledged alone", "ACK kitchen", "486 INVITE door", "ACK kitchen")
	register := b.request("REGISTER", "study", study, "sip:house.example", "To: <sip:study@house.example>", "Contact: <sip:study@"+study+">")
	b.arrive(b.flow(study), register)
	b.arrive(b.flow(study), register)
	b.want("a REGISTER again", "200 REGISTER study", "200 REGISTER study")
	b.wantEvents("one registration", Refused, Registered)
}

// TestResponseOfAStranger: a response without its branch goes nowhere, and one with a forged Via list follows ours.
func TestResponseOfAStranger(t *testing.T) {
	b := newBench(t, nil)
	_, got := b.ring("sip:kitchen@house.example", "kitchen")
	forged := sip.NewResponse(got[0].Message, 200, "")
	forged.Via[0].Params = forged.Via[0].Params.With("branch", "z9hG4bKguess")
	b.arrive(b.flow(outside), forged)
	b.want("no transaction")
	diverted := sip.NewResponse(got[0].Message, 180, "")
	diverted.Via = append(diverted.Via[:1], sip.Via{Transport: "UDP", Host: "198.51.100.7", Params: ";branch=z9hG4bKx"})
	b.arrive(got[0].flow, diverted)
	if p := b.want("to the caller", "180 INVITE door")[0]; len(p.Via) != 1 || p.Via[0].Host != "192.0.2.10" {
		t.Errorf("Via %v", p.Via)
	}
}

// TestDivertedTelephone: a 302 is the caller's to follow.
func TestDivertedTelephone(t *testing.T) {
	b := newBench(t, nil)
	_, got := b.ring("sip:kitchen@house.example", "kitchen")
	b.answers(got[0], 302, "Contact: <sip:mobile@198.51.100.7>")
	p := b.want("302", "ACK kitchen", "302 INVITE door")[1]
	if p.Header.Get("Contact") != "<sip:mobile@198.51.100.7>" {
		t.Errorf("Contact %q", p.Header.Get("Contact"))
	}
}

// TestRestart: with another key the old routes are no routes any more, and nobody can make them up.
func TestRestart(t *testing.T) {
	b := newBench(t, nil)
	_, got := b.ring("sip:kitchen@house.example", "kitchen")
	b.answers(got[0], 200)
	ok := b.want("200", "200 INVITE door")[0]
	b.restart(nil)
	bye := b.request("BYE", "door", door, "sip:phone@"+kitchen, "To: "+ok.To.String(), "Call-ID: "+ok.CallID, "Route: "+ok.Header.Get("Record-Route"))
	b.arrive(b.flow(door), bye)
	b.want("a call of before", "403 BYE door")
	b.bound("kitchen", kitchen)
	b.arrive(b.flow(kitchen), b.request("BYE", "kitchen", kitchen, "sip:door@"+door, "To: "+ok.To.String(), "Route: "+ok.Header.Get("Record-Route")))
	b.want("from a host that has registered again", "BYE door")
}

// TestManyCalls: as many calls at once as there are transactions, and each is answered with its own response.
func TestManyCalls(t *testing.T) {
	b := newBench(t, nil)
	b.bound("kitchen", kitchen)
	const calls = 100
	for range calls {
		b.arrive(b.flow(door), b.request("INVITE", "door", door, "sip:kitchen@house.example"))
	}
	got := b.take()
	if len(got) != calls || len(b.core.calls) != calls {
		t.Fatalf("%d INVITEs, %d calls", len(got), len(b.core.calls))
	}
	for _, p := range got {
		b.answers(p, 486)
	}
	answered := map[string]bool{}
	for _, p := range b.take() {
		if p.Status == 486 {
			answered[p.CallID] = true
		}
	}
	if len(answered) != calls || len(b.core.calls) != 0 {
		t.Errorf("%d calls answered, %d left", len(answered), len(b.core.calls))
	}
	b.runTo(2 * time.Minute)
	b.wantIdle("at the end")
}

// TestMixedTransports: caller by TCP, callee by UDP; the responses go back on the connection.
func TestMixedTransports(t *testing.T) {
	b := newBench(t, nil)
	b.bound("kitchen", kitchen)
	flow := b.tcp("192.0.2.10:50000")
	invite := b.request("INVITE", "door", "192.0.2.10:50000", "sip:kitchen@house.example")
	b.arrive(flow, invite)
	p := b.want("by UDP", "INVITE kitchen")[0]
	if p.Via[0].Transport != sip.UDP {
		t.Errorf("Via %v", p.Via[0])
	}
	b.answers(p, 180)
	if up := b.take(); len(up) != 1 || up[0].flow != flow {
		t.Errorf("180 went %v", up)
	}
}

// TestBrokenConnection: a telephone on TCP loses its connection and comes back with another; calls find it again.
func TestBrokenConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(c *Config) { c.HasFreeCalls = true })
		door := h.udpPhone("door", "192.0.2.10")
		host := h.net.Host(netip.MustParseAddr("192.0.2.31"))
		connect := func() (net.Conn, *phone) {
			c, err := host.Dial(t.Context(), "tcp", "192.0.2.1:5060")
			if err != nil {
				t.Fatal(err)
			}
			return c, h.onConnection("study", c)
		}
		first, study := connect()
		study.registers()
		first.Close()
		time.Sleep(time.Second)
		door.send(door.request(sip.INVITE, "sip:study@house.example"))
		door.want("500") // the contact's port is not one to call back
		_, study = connect()
		study.serial = 100
		study.registers()
		door.send(door.request(sip.INVITE, "sip:study@house.example"))
		study.answer(study.want("INVITE"), 486)
		for m := range door.inbox {
			if m.Status == 486 {
				break
			}
		}
		h.stop()
	})
}

// TestAddressTranslation: a telephone whose Contact nobody can reach is called by the way it came.
func TestAddressTranslation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(c *Config) { c.HasFreeCalls = true })
		door, kitchen := h.udpPhone("door", "192.0.2.10"), h.udpPhone("kitchen", "192.0.2.20")
		kitchen.via, kitchen.contact = "SIP/2.0/UDP 10.0.0.5:5060", "<sip:kitchen@10.0.0.5:5060>"
		kitchen.registers()
		door.send(door.request(sip.INVITE, "sip:kitchen@house.example"))
		kitchen.answer(kitchen.want("INVITE"), 603)
		door.want("603")
		h.stop()
	})
}

// TestJunk: whatever arrives, by datagram or stream, the PBX serves on.
func TestJunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		attacker := h.net.Host(netip.MustParseAddr("192.0.2.66"))
		pc, err := attacker.ListenPacket(t.Context(), "udp", "192.0.2.66:5060")
		if err != nil {
			t.Fatal(err)
		}
		server := net.UDPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.1:5060"))
		for _, junk := range junkMessages() {
			if _, err := pc.WriteTo([]byte(junk), server); err != nil {
				t.Fatal(err)
			}
			c, err := attacker.Dial(t.Context(), "tcp", "192.0.2.1:5060")
			if err != nil {
				t.Fatal(err)
			}
			_, _ = c.Write([]byte(junk))
			time.Sleep(time.Second)
			c.Close()
		}
		kitchen := h.udpPhone("kitchen", "192.0.2.20")
		kitchen.registers()
		if list, err := h.pbx.Bindings(t.Context()); err != nil || len(list) != 1 {
			t.Errorf("bindings %v, %v", list, err)
		}
		h.stop()
	})
}

// junkMessages are what scanners, broken telephones and attackers send.
func junkMessages() []string {
	head := func(method, target string) string {
		return method + " " + target + " SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.66;branch=z9hG4bKj\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: j\r\nCSeq: 1 " + method + "\r\n"
	}
	return []string{
		"", "\r\n\r\n", "\x00\x00\x00\x00", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", strings.Repeat("A", 60000),
		head("INVITE", "sip:100@192.0.2.1") + "Content-Length: 99999\r\n\r\n",
		head("INVITE", "sip:100@192.0.2.1") + "Content-Length: -1\r\n\r\n",
		head("INVITE", "sip:all@house.example") + strings.Repeat("Route: <sip:192.0.2.1;lr>\r\n", 200) + "Content-Length: 0\r\n\r\n",
		head("INVITE", "sip:all@house.example") + "Route: " + strings.Repeat("<sip:a;lr>,", 3000) + "<sip:b>\r\nContent-Length: 0\r\n\r\n",
		head("REGISTER", "sip:house.example") + "Contact: " + strings.Repeat("<sip:a@192.0.2.66>,", 500) + "*\r\nContent-Length: 0\r\n\r\n",
		head("REGISTER", "sip:house.example") + "Authorization: Digest " + strings.Repeat("a=b,", 3000) + "\r\nContent-Length: 0\r\n\r\n",
		head("OPTIONS", "sip:100@192.0.2.1") + "Max-Forwards: 0\r\nContent-Length: 0\r\n\r\n",
		head("CANCEL", "sip:all@house.example") + "Content-Length: 0\r\n\r\n",
		head("ACK", "sip:all@house.example") + "Content-Length: 0\r\n\r\n",
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK\r\nFrom: <sip:a@b>\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
	}
}

// TestBusyDay: three telephones over a lossy network for a day: nobody loses the registration for longer than a refresh.
func TestBusyDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		h.net.SetDefaultLink(simnet.Link{Delay: 20 * time.Millisecond, Jitter: 30 * time.Millisecond, Reorder: 0.1, Duplicate: 0.1})
		var phones []*phone
		for i, name := range []string{"kitchen", "study", "cellar"} {
			phones = append(phones, h.udpPhone(name, fmt.Sprintf("192.0.2.%d", 20+i)))
		}
		for hour := range 24 {
			for _, p := range phones {
				p.registersAmongRepetitions()
			}
			time.Sleep(50 * time.Minute)
			if list, err := h.pbx.Bindings(t.Context()); err != nil || len(list) != len(phones) {
				t.Fatalf("hour %d: bindings %v, %v", hour, list, err)
			}
		}
		h.stop()
	})
}

// registersAmongRepetitions is registers in a network that doubles and reorders packets.
func (p *phone) registersAmongRepetitions() {
	p.t.Helper()
	m := p.request(sip.REGISTER, "sip:house.example")
	m.To = sip.Address{URI: sip.URI{Scheme: "sip", User: p.name, Host: "house.example"}}
	for len(p.inbox) > 0 {
		<-p.inbox
	}
	p.asks(m, "401")
	for {
		r := <-p.inbox
		if r.Status == 200 && r.CallID == m.CallID {
			return
		}
		if r.Status != 401 {
			p.t.Fatalf("%s got\n%s", p.name, r)
		}
	}
}
