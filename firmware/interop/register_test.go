//go:build interop

package interop

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRegisterByDNS: NAPTR leads to SRV, whose first target is dead and skipped; the second wants a digest and gets
// it. kamailio refuses a Request-URI with a user part.
func TestRegisterByDNS(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	kamailio := s.startRegistrar(s.address(10), registrarConfig{})
	dns := s.startNameServer(s.address(53), naptr(10, 10, "SIP+D2U", "_sip._udp"), naptr(20, 10, "SIP+D2T", "_sip._tcp"),
		srv("_sip._udp", "dead", 5060, 10, 0), srv("_sip._udp", "pbx", 5060, 20, 0), srv("_sip._tcp", "pbx", 5060, 10, 0),
		host("dead", s.address(9)), host("pbx", kamailio.addr))
	if got := kamailio.bindings("door"); len(got) != 0 {
		t.Fatalf("registered before it runs: %v", got)
	}
	door := s.startDoor(s.address(20), doorConfig{DNS: dns.addr})
	bound := kamailio.wantBindings("door", 1)[0]
	if !strings.Contains(bound.Address, door.addr) || bound.Expires < 30 || bound.Expires > 60 {
		t.Errorf("binding %+v, want the door's address for 60 s", bound)
	}
	if n := kamailio.requests("REGISTER"); n != 2 {
		t.Errorf("%d REGISTER, want one without and one with credentials", n)
	}
	asked := dns.questions()
	if len(asked) < 2 || asked[0] != "NAPTR "+domain || asked[1] != "SRV _sip._udp."+domain {
		t.Errorf("questions %v, want NAPTR and then SRV of UDP first", asked)
	}
	for _, question := range []string{"A " + domain, "AAAA " + domain, "AAAA pbx." + domain, "SRV _sip._tcp." + domain, "SRV _sips._tcp." + domain} {
		if slices.Contains(asked, question) {
			t.Errorf("asked %s, which NAPTR or the configuration made needless", question)
		}
	}
	door.end()
	kamailio.wantBindings("door", 0)
}

// TestRegisterOverTCP: the domain prefers TCP, and the call to the door comes over TCP too.
func TestRegisterOverTCP(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	kamailio := s.startRegistrar(s.address(10), registrarConfig{})
	dns := s.startNameServer(s.address(53), naptr(10, 10, "SIP+D2T", "_sip._tcp"), naptr(20, 10, "SIP+D2U", "_sip._udp"),
		srv("_sip._udp", "pbx", 5060, 10, 0), srv("_sip._tcp", "pbx", 5060, 10, 0), host("pbx", kamailio.addr))
	s.startDoor(s.address(20), doorConfig{DNS: dns.addr, Caller: "sip:alice@" + domain})
	if got := kamailio.wantBindings("door", 1)[0].Address; !strings.HasSuffix(got, ";transport=tcp") {
		t.Errorf("bound %s, want a contact over TCP", got)
	}
	if text := kamailio.text(); !strings.Contains(text, " tcp cseq") || strings.Contains(text, " udp cseq") {
		t.Error("the REGISTER did not come over TCP")
	}
	alice := s.startPhone(s.address(11), phoneConfig{User: "alice", Tone: 440, Register: true, DNS: dns.addr})
	alice.dial("sip:door@" + domain)
	alice.want("CALL_ESTABLISHED")
	s.wantTone("alice", alice.recorded, doorTone, soundRate)
	alice.hangup()
}

// TestRegisterWithSHA256: RFC 8760.
func TestRegisterWithSHA256(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	kamailio := s.startRegistrar(s.address(10), registrarConfig{Algorithm: "SHA-256"})
	dns := s.startNameServer(s.address(53), srv("_sip._udp", "pbx", 5060, 10, 0), host("pbx", kamailio.addr))
	door := s.startDoor(s.address(20), doorConfig{DNS: dns.addr})
	kamailio.wantBindings("door", 1)
	if !strings.Contains(door.text(), "algorithm=SHA-256") {
		t.Error("the challenge was not for SHA-256")
	}
}

// TestServerRestartsOverTCP: the connection breaks, and with it the server has forgotten everything. The door does not
// wait for the refresh, which is minutes away.
func TestServerRestartsOverTCP(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	kamailio := s.startRegistrar(s.address(10), registrarConfig{})
	dns := s.startNameServer(s.address(53), naptr(10, 10, "SIP+D2T", "_sip._tcp"),
		srv("_sip._tcp", "pbx", 5060, 10, 0), host("pbx", kamailio.addr))
	s.startDoor(s.address(20), doorConfig{DNS: dns.addr, Expires: "10m"})
	kamailio.wantBindings("door", 1)
	kamailio.kill()
	again := s.startRegistrar(s.address(10), registrarConfig{Name: "again"})
	s.eventually(60*time.Second, "the door is registered again", func() bool { return len(again.bindings("door")) == 1 })
}

// TestRegisterSkipsSilentServer: over UDP a dead server says nothing; timer F ends the wait after 32 s.
func TestRegisterSkipsSilentServer(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	kamailio := s.startRegistrar(s.address(10), registrarConfig{})
	heard := s.silentServer(s.address(9))
	dns := s.startNameServer(s.address(53), srv("_sip._udp", "dead", 5060, 10, 0), srv("_sip._udp", "pbx", 5060, 20, 0),
		host("dead", s.address(9)), host("pbx", kamailio.addr))
	s.startDoor(s.address(20), doorConfig{DNS: dns.addr})
	s.eventually(patience, "the silent server is tried first", func() bool { return heard() > 0 })
	if got := kamailio.bindings("door"); len(got) != 0 {
		t.Errorf("registered at the second server at once: %v", got)
	}
	s.eventually(40*time.Second, "the door is registered at the second server", func() bool { return len(kamailio.bindings("door")) == 1 })
	if n := heard(); n < 5 || n > 12 {
		t.Errorf("%d REGISTER to the silent server, want the 11 of timer E (RFC 3261 section 17.1.2.2)", n)
	}
}

// TestRegisterSkips503: a server that is up and says 503 is left for the next one.
func TestRegisterSkips503(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	full := s.startRegistrar(s.address(9), registrarConfig{Name: "full", Answer503: true})
	kamailio := s.startRegistrar(s.address(10), registrarConfig{})
	dns := s.startNameServer(s.address(53), srv("_sip._udp", "full", 5060, 10, 0), srv("_sip._udp", "pbx", 5060, 20, 0),
		host("full", full.addr), host("pbx", kamailio.addr))
	s.startDoor(s.address(20), doorConfig{DNS: dns.addr})
	kamailio.wantBindings("door", 1)
	if n := full.requests("REGISTER"); n != 1 {
		t.Errorf("%d REGISTER to the full server, want 1", n)
	}
}

// TestRefresh: the registrar grants six seconds, whatever is asked, and forgets its nonces after two. The binding
// must never lapse, and stay one.
func TestRefresh(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	kamailio := s.startRegistrar(s.address(10), registrarConfig{MaxExpires: 6, NonceExpire: 2})
	dns := s.startNameServer(s.address(53), srv("_sip._udp", "pbx", 5060, 10, 0), host("pbx", kamailio.addr))
	s.startDoor(s.address(20), doorConfig{DNS: dns.addr})
	first := kamailio.wantBindings("door", 1)[0]
	var last binding
	s.never(20*time.Second, "the binding lapses or doubles", func() bool {
		now := kamailio.bindings("door")
		if len(now) == 1 {
			last = now[0]
		}
		return len(now) != 1
	})
	if last.CallID != first.CallID || last.CSeq < first.CSeq+3 {
		t.Errorf("from %+v to %+v: want one Call-ID and a CSeq that rose with each refresh", first, last)
	}
}

// TestRegistrarRestarts: a registrar that lost its table is registered at again.
func TestRegistrarRestarts(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	kamailio := s.startRegistrar(s.address(10), registrarConfig{MaxExpires: 6})
	dns := s.startNameServer(s.address(53), srv("_sip._udp", "pbx", 5060, 10, 0), host("pbx", kamailio.addr))
	s.startDoor(s.address(20), doorConfig{DNS: dns.addr})
	kamailio.wantBindings("door", 1)
	kamailio.stop()
	s.pause(8 * time.Second)
	again := s.startRegistrar(s.address(10), registrarConfig{Name: "again", MaxExpires: 6})
	s.eventually(100*time.Second, "the door is registered again", func() bool { return len(again.bindings("door")) == 1 })
}

// TestWrongPasswordStops: the same nonce challenged again means a wrong password; the door must not go on guessing.
func TestWrongPasswordStops(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	dns := s.startNameServer(s.address(53), srv("_sip._udp", "pbx", 5060, 10, 0), host("pbx", s.address(10)))
	server := s.startSIPp(s.address(10), "", "uas_401_loop.xml", 40*time.Second)
	s.startDoor(s.address(20), doorConfig{DNS: dns.addr})
	s.wantSIPp(server, 40*time.Second)
}

// TestStrangerIsDeclined: the binding leads calls to the door, and the door has a list of those it answers.
func TestStrangerIsDeclined(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	kamailio := s.startRegistrar(s.address(10), registrarConfig{})
	dns := s.startNameServer(s.address(53), srv("_sip._udp", "pbx", 5060, 10, 0), host("pbx", kamailio.addr))
	door := s.startDoor(s.address(20), doorConfig{DNS: dns.addr, Caller: "sip:alice@" + domain})
	kamailio.wantBindings("door", 1)
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, Register: true, DNS: dns.addr})
	bob.dial("sip:door@" + domain)
	closed := bob.want("CALL_CLOSED")
	if !strings.HasPrefix(closed.Param, "603") || bob.count("CALL_ESTABLISHED") > 0 {
		t.Errorf("a stranger's call ended with %q, want 603", closed.Param)
	}
	door.wantShut()
}
