//go:build interop

package interop

import (
	"strings"
	"testing"
	"time"
)

// These tests have no door in them: they prove that the rig can tell a good call from none.

// TestRigCall: two phones register by NAPTR and SRV, call through the proxy and hear each other's tone.
func TestRigCall(t *testing.T) {
	s := newStreet(t)
	kamailio := s.startRegistrar(s.address(10), registrarConfig{})
	dns := s.startNameServer(s.address(53), naptr(10, 10, "SIP+D2U", "_sip._udp"),
		srv("_sip._udp", "pbx", 5060, 10, 0), host("pbx", kamailio.addr))
	if got := kamailio.bindings("alice"); len(got) != 0 {
		t.Fatalf("alice is registered before she is here: %v", got)
	}
	alice := s.startPhone(s.address(11), phoneConfig{User: "alice", Tone: 440, Register: true, DNS: dns.addr})
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, Register: true, DNS: dns.addr})
	kamailio.wantBindings("alice", 1)
	if got := kamailio.wantBindings("bob", 1)[0]; !strings.Contains(got.Address, bob.addr) || got.Expires < 500 {
		t.Errorf("bob's binding %+v", got)
	}
	if got := strings.Join(dns.questions(), ", "); !strings.Contains(got, "NAPTR house.test, SRV _sip._udp.house.test") {
		t.Errorf("questions %s", got)
	}

	alice.dial("sip:bob@" + domain)
	bob.want("CALL_INCOMING")
	if hears(bob.recorded(), 440, soundRate) || alice.count("CALL_ESTABLISHED") > 0 {
		t.Error("there is a call before it is answered")
	}
	bob.accept()
	alice.want("CALL_ESTABLISHED")
	bob.want("CALL_ESTABLISHED")
	s.wantTone("bob", bob.recorded, 440, soundRate)
	s.wantTone("alice", alice.recorded, 1000, soundRate)
	if hears(bob.recorded(), 1000, soundRate) {
		t.Error("bob hears himself")
	}
	bob.hangup()
	alice.want("CALL_CLOSED")
}

// TestRigSilentServer: the dead server is dead and counts.
func TestRigSilentServer(t *testing.T) {
	s := newStreet(t)
	heard := s.silentServer(s.address(9))
	if heard() != 0 {
		t.Error("heard something before anyone spoke")
	}
	caller := s.startPhone(s.address(11), phoneConfig{User: "alice"})
	caller.dial("sip:bob@" + s.address(9))
	s.eventually(patience, "the INVITE and a retransmission arrive", func() bool { return heard() >= 2 })
	if caller.count("CALL_RINGING") > 0 {
		t.Error("a silent server rang")
	}
}

// TestRigRefusesWrongPassword: the registrar knows who is who.
func TestRigRefusesWrongPassword(t *testing.T) {
	s := newStreet(t)
	kamailio := s.startRegistrar(s.address(10), registrarConfig{})
	s.runSIPp(s.address(13), kamailio.addr, "register_wrong.xml", 10*time.Second)
	if got := kamailio.bindings("door"); len(got) != 0 {
		t.Errorf("a wrong password bound %v", got)
	}
	s.runSIPp(s.address(14), kamailio.addr, "register.xml", 10*time.Second)
	if got := kamailio.bindings("door"); len(got) != 1 {
		t.Errorf("the right password bound %v", got)
	}
}
