//go:build interop

package interop

import (
	"regexp"
	"testing"
	"time"
)

// These tests are for what no well-mannered phone does: SIPp plays the peer, message by message, and its exit status
// is the verdict. They need neither proxy nor DNS.

// peer starts a door that knows one peer, at the given address: the bell rings it, and its calls are answered.
func (s *street) peer(addr, delay string) *door {
	s.Helper()
	caller := "sip:sipp@" + addr
	return s.startDoor(s.address(20), doorConfig{Direct: true, Targets: []string{caller},
		Caller: caller, Peers: []string{addr}, Delay: delay})
}

// TestCallers: SIPp calls the door.
func TestCallers(t *testing.T) {
	for _, row := range []struct{ scenario, about, delay string }{
		{"uac_late_offer.xml", "an INVITE without SDP is answered with an offer", ""},
		{"uac_merged.xml", "the same request over another branch is a 482", "2s"},
		{"uac_options.xml", "OPTIONS is answered", ""},
		{"uac_unknown.xml", "what is not understood is refused by its code", ""},
	} {
		t.Run(row.scenario, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t)
			t.Log(row.about)
			door := s.peer(s.address(13), row.delay)
			s.runSIPp(s.address(13), door.addr, row.scenario, 30*time.Second)
			door.wantShut()
			s.eventually(patience, "the door is idle again", func() bool {
				return door.count("lamp status on") == door.count("lamp status off")
			})
		})
	}
}

// TestCalled: the door rings SIPp.
func TestCalled(t *testing.T) {
	for _, row := range []struct {
		scenario, about string
		again           bool // press a second time, two seconds later
	}{
		{"uas_busy.xml", "486 ends it; the ACK has the INVITE's branch", false},
		{"uas_late_200.xml", "a 200 that crosses the CANCEL gets ACK and BYE", true},
		{"uas_surplus.xml", "of two 200 both get their ACK, and the second a BYE; the press ends the first", true},
	} {
		t.Run(row.scenario, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t)
			t.Log(row.about)
			door := s.peer(s.address(13), "")
			phone := s.startSIPp(s.address(13), "", row.scenario, 30*time.Second)
			s.listens(phone, s.address(13))
			door.press()
			if row.again {
				s.pause(2 * time.Second)
				door.press()
			}
			s.wantSIPp(phone, 30*time.Second)
			door.wantShut()
		})
	}
}

// TestStrangerIsNotAnswered: a request from an address that is neither the proxy nor a peer meets silence.
func TestStrangerIsNotAnswered(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	door := s.peer(s.address(13), "")
	s.runSIPp(s.address(66), door.addr, "uac_silence.xml", 15*time.Second)
	door.wantShut()
	// The scenario is able to fail: the peer is answered.
	peer := s.startSIPp(s.address(13), door.addr, "uac_silence.xml", 15*time.Second)
	s.eventually(patience, "the peer's scenario ends", peer.hasEnded)
	if peer.err == nil {
		t.Error("the scenario takes an answered call for silence")
	}
}

// TestRetransmittedInvite: one INVITE sent twice is one call; a 200 without an ACK comes again.
func TestRetransmittedInvite(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	door := s.peer(s.address(13), "")
	s.runSIPp(s.address(13), door.addr, "uac_retransmit.xml", 30*time.Second)
	wantAlike(t, s.received("uac_retransmit.xml", `(?s)^SIP/2.0 200 .*CSeq: 1 INVITE`), 4)
	door.want("lamp status off")
	if n := door.count("lamp status on"); n != 1 {
		t.Errorf("%d conversations, want one", n)
	}
}

// TestLostMessages: an INVITE that is not answered is repeated; each 200 gets its ACK.
func TestLostMessages(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	door := s.peer(s.address(13), "")
	phone := s.startSIPp(s.address(13), "", "uas_lost.xml", 30*time.Second)
	s.listens(phone, s.address(13))
	door.press()
	s.wantSIPp(phone, 30*time.Second)
	wantAlike(t, s.received("uas_lost.xml", `^INVITE `), 2)
	if acks := s.received("uas_lost.xml", `^ACK `); len(acks) < 2 {
		t.Errorf("%d ACK for at least two 200: %q", len(acks), acks)
	}
	door.want("lamp status off")
}

// TestInfoDigits: a peer whose sound has no telephone-event opens by SIP INFO. A wrong last digit opens nothing.
func TestInfoDigits(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	door := s.peer(s.address(13), "")
	s.runSIPp(s.address(13), door.addr, "uac_info.xml", 20*time.Second, "-key", "final", "2")
	door.wantShut()
	s.runSIPp(s.address(13), door.addr, "uac_info.xml", 20*time.Second, "-key", "final", code[len(code)-1:])
	door.want("relay strike on")
	door.want("relay strike off")
	if n := door.count("relay strike on"); n != 1 {
		t.Errorf("the strike was on %d times, want once", n)
	}
	if shown := regexp.MustCompile(`Signal=\s*[0-9]|\\r\\n\\r\\n0"`).FindString(door.text()); shown != "" {
		t.Errorf("the log shows a digit of the code: %s", shown)
	}
}

// wantAlike checks that a message came at least n times, and was the same each time.
func wantAlike(t *testing.T, messages []string, n int) {
	t.Helper()
	if len(messages) < n {
		t.Errorf("%d messages, want at least %d: %q", len(messages), n, messages)
	}
	for _, message := range messages {
		if message != messages[0] {
			t.Errorf("a retransmission differs:\n%s\n%s", messages[0], message)
		}
	}
}
