//go:build interop

package interop

import (
	"testing"
	"time"
)

// These tests are for what no well-mannered phone does: SIPp plays the peer, message by message, and its exit status
// is the verdict. They need neither proxy nor DNS.

// peer starts a door that knows one peer, at the given address: the bell rings it, and its calls are answered.
func (s *street) peer(addr, delay string) *door {
	s.Helper()
	caller := "sip:sipp@" + addr
	return s.startDoor(s.address(20), doorConfig{AOR: "sip:door@" + s.address(20), Targets: []string{caller},
		Caller: caller, Peers: []string{addr}, Delay: delay})
}

// TestCallers: SIPp calls the door.
func TestCallers(t *testing.T) {
	for _, row := range []struct{ scenario, about, delay string }{
		{"uac_retransmit.xml", "one INVITE sent twice is one call; a 200 without an ACK comes again", ""},
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
		{"uas_lost.xml", "a lost INVITE is repeated; each 200 gets its ACK", false},
		{"uas_busy.xml", "486 ends it; the ACK has the INVITE's branch", false},
		{"uas_late_200.xml", "a 200 that crosses the CANCEL gets ACK and BYE", true},
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
}
