//go:build interop

package interop

import (
	"strings"
	"testing"
	"time"
)

// These scenarios are written from the RFCs of what goes beyond a plain call: hold, session timers, reliable
// provisional responses, transfer, strict routers, glare.

// TestHoldByPeer: three ways to hold and three ways back, as the packets that come at the peer show.
func TestHoldByPeer(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	door := s.peer(s.address(13), "")
	ear := s.listenAt(s.address(13))
	if ear.count() > 0 {
		t.Fatal("there is sound before there is a call")
	}
	s.runSIPp(s.address(13), door.addr, "uac_hold.xml", 30*time.Second)
	silences := ear.silences()
	t.Logf("%d packets, silences %v", ear.count(), silences)
	if len(silences) != 3 {
		t.Fatalf("silences %v, want three: sendonly, inactive and 0.0.0.0", silences)
	}
	for _, gap := range silences {
		if gap < 1300*time.Millisecond || gap > 2500*time.Millisecond {
			t.Errorf("a silence of %v, want 1.5 s, for which the call was held", gap)
		}
	}
	if n := ear.count(); n < 200 { // four times 1.5 s at 50 a second are 300
		t.Errorf("%d packets in 6 s of sound", n)
	}
	door.want("lamp status off")
	if n := door.count("lamp status on"); n != 1 {
		t.Errorf("%d conversations, want one", n)
	}
}

// TestProtocolCallers: SIPp calls the door.
func TestProtocolCallers(t *testing.T) {
	for _, row := range []struct{ scenario, about, delay string }{
		{"uac_timer.xml", "422 below 90 s; refreshed by UPDATE and by re-INVITE", ""},
		{"uac_prack.xml", "the 180 is reliable for one who demands it", "3s"},
		{"uac_refer.xml", "a transfer is not for the door", ""},
	} {
		t.Run(row.scenario, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t)
			t.Log(row.about)
			door := s.peer(s.address(13), row.delay)
			s.listenAt(s.address(13))
			s.runSIPp(s.address(13), door.addr, row.scenario, 30*time.Second)
			if row.scenario == "uac_prack.xml" {
				wantAlike(t, s.received(row.scenario, `^SIP/2.0 180 `), 2)
			}
			door.wantShut()
			door.want("lamp status off")
		})
	}
}

// TestProtocolCalled: the door rings SIPp.
func TestProtocolCalled(t *testing.T) {
	for _, row := range []struct {
		scenario, about string
		limit           time.Duration
		again           bool // press a second time, two seconds later
	}{
		{"uas_timer.xml", "422 to the door's INVITE", 20 * time.Second, false},
		{"uas_refresh.xml", "the door refreshes by UPDATE", 70 * time.Second, false},
		{"uas_glare.xml", "the door refreshes by re-INVITE, in a glare", 70 * time.Second, false},
		{"uas_expires.xml", "the peer does not refresh", 80 * time.Second, false},
		{"uas_prack.xml", "the door acknowledges 180 and 183", 20 * time.Second, false},
		{"uas_strict.xml", "a strict router records its route", 20 * time.Second, true},
	} {
		t.Run(row.scenario, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t)
			t.Log(row.about)
			door := s.peer(s.address(13), "")
			s.listenAt(s.address(13))
			phone := s.startSIPp(s.address(13), "", row.scenario, row.limit, "-key", "door", door.addr)
			s.listens(phone, s.address(13))
			door.press()
			if row.again {
				s.pause(2 * time.Second)
				door.press()
			}
			s.wantSIPp(phone, row.limit)
			door.want("lamp status off")
			door.wantShut()
		})
	}
}

// TestStrangersTransfer: who is not known hears nothing, whatever the method.
func TestStrangersTransfer(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	door := s.peer(s.address(13), "")
	s.runSIPp(s.address(66), door.addr, "uac_refer_silence.xml", 10*time.Second)
	peer := s.startSIPp(s.address(13), door.addr, "uac_refer_silence.xml", 10*time.Second)
	s.eventually(patience, "the peer's scenario ends", peer.hasEnded)
	if peer.err == nil {
		t.Error("the scenario takes an answered REFER for silence")
	}
}

// TestTransferByProxy: the same wish comes by the door's own proxy, from one who may call. It is refused, the call goes
// on, and nobody is called.
func TestTransferByProxy(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	kamailio, dns, door := s.house(doorConfig{Caller: "sip:alice@" + domain})
	alice := s.startPhone(s.address(11), phoneConfig{User: "alice", Tone: 440, Register: true, DNS: dns.addr})
	alice.dial("sip:door@" + domain)
	alice.want("CALL_ESTABLISHED")
	s.wantConversation(door, alice, 440)
	calls := kamailio.requests("INVITE")
	alice.command("transfer", "sip:bob@"+domain)
	if failed := alice.want("TRANSFER_FAILED"); !strings.Contains(failed.Param, "405") {
		t.Errorf("the transfer ended with %q, want 405", failed.Param)
	}
	s.never(time.Second, "the door calls whom it was told to", func() bool { return kamailio.requests("INVITE") > calls })
	if alice.count("CALL_CLOSED") > 0 {
		t.Error("the refusal ended the call")
	}
	alice.hangup()
	door.want("lamp status off")
}
