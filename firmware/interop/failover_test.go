//go:build interop

package interop

import (
	"testing"
	"time"
)

// twoServers starts two registrars and a name server that prefers the first.
func (s *street) twoServers(first, second registrarConfig) (*registrar, *registrar, *nameServer) {
	s.Helper()
	first.Name, second.Name = "first", "second"
	a, b := s.startRegistrar(s.address(9), first), s.startRegistrar(s.address(10), second)
	dns := s.startNameServer(s.address(53), srv("_sip._udp", "a", 5060, 10, 0), srv("_sip._udp", "b", 5060, 20, 0),
		host("a", a.addr), host("b", b.addr))
	return a, b, dns
}

// TestRegistrarDies: the registrar is gone at the next refresh; the other one gets the binding before the old one
// would have lapsed. When the first is back, the door returns to it.
func TestRegistrarDies(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	first, second, dns := s.twoServers(registrarConfig{MaxExpires: 6}, registrarConfig{MaxExpires: 120})
	s.startDoor(s.address(20), doorConfig{DNS: dns.addr, Expires: "2m"})
	first.wantBindings("door", 1)
	s.never(5*time.Second, "the second registrar is used beside the first", func() bool { return len(second.bindings("door")) > 0 })
	first.kill()
	s.eventually(6*time.Second, "the second registrar has the binding", func() bool { return len(second.bindings("door")) == 1 })
	s.never(8*time.Second, "the binding lapses", func() bool { return len(second.bindings("door")) != 1 })
	// The polls come after 15 to 30 s, and after twice that.
	back := s.startRegistrar(s.address(9), registrarConfig{Name: "back", MaxExpires: 6})
	s.eventually(90*time.Second, "the door is back at the first registrar", func() bool { return len(back.bindings("door")) == 1 })
}

// TestRegistrarDiesWhileRegistering: it challenged, and died before it read the answer. The other one challenges anew.
func TestRegistrarDiesWhileRegistering(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	first, second, dns := s.twoServers(registrarConfig{DropAuth: true}, registrarConfig{})
	s.startDoor(s.address(20), doorConfig{DNS: dns.addr})
	s.eventually(patience, "the challenge is answered", func() bool { return first.requests("REGISTER") >= 2 })
	if second.requests("REGISTER") > 0 {
		t.Error("the second registrar was asked although the first is there")
	}
	first.kill()
	second.wantBindings("door", 1)
	if n := second.requests("REGISTER"); n != 2 {
		t.Errorf("%d REGISTER to the second, want one without and one with credentials", n)
	}
}

// TestProxyDiesInCall: the voices go on without the proxy. The phone's BYE cannot come, so that the silence ends the
// call; and the next press goes by the second proxy.
func TestProxyDiesInCall(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	first, second, dns := s.twoServers(registrarConfig{MaxExpires: 6}, registrarConfig{MaxExpires: 600})
	// The attic's phone registers at the second server, whichever the house prefers.
	upstairs := s.startNameServer(s.address(54), srv("_sip._udp", "b", 5060, 10, 0), host("b", second.addr))
	door := s.startDoor(s.address(20), doorConfig{DNS: dns.addr, Targets: []string{"bob"}, More: "[calls]\nrtp_timeout = \"3s\""})
	first.wantBindings("door", 1)
	kitchen := s.startPhone(s.address(12), phoneConfig{User: "bob", Name: "kitchen", Tone: 1000, Register: true, AutoAnswer: true, DNS: dns.addr})
	attic := s.startPhone(s.address(13), phoneConfig{User: "bob", Name: "attic", Tone: 1300, Register: true, AutoAnswer: true, DNS: upstairs.addr})
	door.press()
	kitchen.want("CALL_ESTABLISHED")
	s.wantConversation(door, kitchen, 1000)
	if attic.count("CALL_ESTABLISHED") > 0 {
		t.Error("the phone of the second proxy rang")
	}
	first.kill()
	s.never(8*time.Second, "the call ends with the proxy", func() bool { return kitchen.count("CALL_CLOSED") > 0 || door.count("lamp status off") > 0 })
	s.wantConversation(door, kitchen, 1000)
	kitchen.hangup()
	door.want("lamp status off")
	second.wantBindings("door", 1)
	door.press()
	attic.want("CALL_ESTABLISHED")
	s.wantConversation(door, attic, 1300)
	door.press()
	attic.want("CALL_CLOSED")
}

// TestProxyDiesBeforePress: nobody has noticed yet that the proxy is dead when the bell is pressed. The call itself
// must find the second one.
func TestProxyDiesBeforePress(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	first, second, dns := s.twoServers(registrarConfig{}, registrarConfig{})
	upstairs := s.startNameServer(s.address(54), srv("_sip._udp", "b", 5060, 10, 0), host("b", second.addr))
	door := s.startDoor(s.address(20), doorConfig{DNS: dns.addr, Targets: []string{"bob"}})
	first.wantBindings("door", 1)
	attic := s.startPhone(s.address(13), phoneConfig{User: "bob", Name: "attic", Tone: 1300, Register: true, AutoAnswer: true, DNS: upstairs.addr})
	first.kill()
	door.press()
	s.eventually(3*time.Second, "the phone answers by the second proxy", func() bool { return attic.count("CALL_ESTABLISHED") > 0 })
	s.wantConversation(door, attic, 1300)
	attic.hangup()
	door.want("lamp status off")
}
