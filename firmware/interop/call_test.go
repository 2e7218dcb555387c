//go:build interop

package interop

import (
	"cmp"
	"strings"
	"testing"
	"time"
)

// house starts a registrar, a name server and a door that is registered.
func (s *street) house(c doorConfig) (*registrar, *nameServer, *door) {
	s.Helper()
	kamailio := s.startRegistrar(s.address(10), registrarConfig{})
	dns := s.startNameServer(s.address(53), naptr(10, 10, "SIP+D2U", "_sip._udp"),
		srv("_sip._udp", "pbx", 5060, 10, 0), host("pbx", kamailio.addr))
	c.DNS = dns.addr
	d := s.startDoor(s.address(20), c)
	kamailio.wantBindings("door", 1)
	return kamailio, dns, d
}

// wantConversation checks the sound of both directions.
func (s *street) wantConversation(d *door, p *phone, tone float64) {
	s.Helper()
	s.wantTone(p.name, p.recorded, doorTone, soundRate)
	s.wantTone("the door", d.heard, tone, doorRate)
}

// TestBell: the button rings the phone through the proxy; both hear each other; the phone hangs up.
func TestBell(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	_, dns, door := s.house(doorConfig{Targets: []string{"bob"}})
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, Register: true, DNS: dns.addr})
	s.never(time.Second, "the phone rings by itself", func() bool { return bob.count("CALL_INCOMING") > 0 })
	door.press()
	if call := bob.want("CALL_INCOMING"); !strings.Contains(call.PeerURI, "door@"+domain) {
		t.Errorf("a call from %s", call.PeerURI)
	}
	s.never(time.Second, "the call is up before it is answered", func() bool { return bob.count("CALL_ESTABLISHED") > 0 })
	bob.accept()
	bob.want("CALL_ESTABLISHED")
	s.wantConversation(door, bob, 1000)
	door.want("lamp status on")
	bob.hangup()
	door.want("lamp status off")
	door.wantShut()
	// The line is free again.
	door.press()
	s.eventually(patience, "the second press rings", func() bool { return bob.count("CALL_INCOMING") == 2 })
}

// TestDoorHangsUp: a second press ends the conversation by a BYE from the door.
func TestDoorHangsUp(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	_, dns, door := s.house(doorConfig{Targets: []string{"bob"}})
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, Register: true, AutoAnswer: true, DNS: dns.addr})
	door.press()
	bob.want("CALL_ESTABLISHED")
	s.wantConversation(door, bob, 1000)
	if bob.count("CALL_CLOSED") > 0 {
		t.Fatal("the call ended by itself")
	}
	door.press()
	bob.want("CALL_CLOSED")
	door.want("lamp status off")
}

// TestOpen: a resident calls the door, is answered, opens by DTMF and hangs up. A wrong code opens nothing.
func TestOpen(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	_, dns, door := s.house(doorConfig{Caller: "sip:alice@" + domain})
	alice := s.startPhone(s.address(11), phoneConfig{User: "alice", Tone: 440, Register: true, DNS: dns.addr})
	alice.dial("sip:door@" + domain)
	alice.want("CALL_ESTABLISHED")
	s.wantConversation(door, alice, 440)
	alice.keys("270482")
	s.never(4*time.Second, "a wrong code opens", func() bool { return door.count("relay strike on") > 0 })
	alice.keys(code)
	door.want("relay strike on")
	door.want("relay strike off")
	alice.hangup()
	door.want("lamp status off")
	if n := door.count("relay strike on"); n != 1 {
		t.Errorf("the strike was on %d times, want once", n)
	}
}

// TestOpenInPlacedCall: the one who was rung opens.
func TestOpenInPlacedCall(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	_, dns, door := s.house(doorConfig{Targets: []string{"bob"}})
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, Register: true, AutoAnswer: true, DNS: dns.addr})
	door.press()
	bob.want("CALL_ESTABLISHED")
	s.wantTone("bob", bob.recorded, doorTone, soundRate)
	door.wantShut()
	bob.keys(code)
	door.want("relay strike on")
	bob.hangup()
	door.want("relay strike off")
}

// TestForkedByProxy: one number, three phones: all ring, one answers, the others stop.
func TestForkedByProxy(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	kamailio, dns, door := s.house(doorConfig{Targets: []string{"bob"}})
	kitchen := s.startPhone(s.address(12), phoneConfig{User: "bob", Name: "kitchen", Tone: 1000, Register: true, DNS: dns.addr})
	attic := s.startPhone(s.address(13), phoneConfig{User: "bob", Name: "attic", Tone: 1300, Register: true, DNS: dns.addr})
	cellar := s.startPhone(s.address(14), phoneConfig{User: "bob", Name: "cellar", Tone: 1600, Register: true, DNS: dns.addr})
	kamailio.wantBindings("bob", 3)
	s.oneAnswers(door, kitchen, attic, cellar)
}

// TestForkedByDoor: two targets of the bell, rung by the door itself.
func TestForkedByDoor(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	_, dns, door := s.house(doorConfig{Targets: []string{"bob", "alice"}})
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, Register: true, DNS: dns.addr})
	alice := s.startPhone(s.address(11), phoneConfig{User: "alice", Tone: 1300, Register: true, DNS: dns.addr})
	s.oneAnswers(door, bob, alice)
}

// oneAnswers rings several phones; the first answers, the others must stop.
func (s *street) oneAnswers(d *door, first *phone, others ...*phone) {
	s.Helper()
	d.press()
	for _, p := range append(others, first) {
		p.want("CALL_INCOMING")
	}
	for _, p := range others {
		if p.count("CALL_CLOSED") > 0 {
			s.Errorf("%s stopped before another answered", p.name)
		}
	}
	first.accept()
	first.want("CALL_ESTABLISHED")
	for _, p := range others {
		p.want("CALL_CLOSED")
		if p.count("CALL_ESTABLISHED") > 0 {
			s.Errorf("%s and %s are both in the call", p.name, first.name)
		}
	}
	s.wantConversation(d, first, 1000)
	first.hangup()
	d.want("lamp status off")
}

// TestHold: the phone puts the door on hold and takes it back, by re-INVITE.
func TestHold(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	_, dns, door := s.house(doorConfig{Targets: []string{"bob"}})
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, Register: true, AutoAnswer: true, DNS: dns.addr})
	door.press()
	bob.want("CALL_ESTABLISHED")
	s.wantConversation(door, bob, 1000)
	bob.command("hold", "")
	s.eventually(patience, "the visitor hears nothing while on hold", func() bool {
		heard := door.heard()
		return len(heard) >= doorRate && share(heard[len(heard)-doorRate:], 1000, doorRate) < 0.05
	})
	bob.command("resume", "")
	s.wantConversation(door, bob, 1000)
	if bob.count("CALL_CLOSED") > 0 || door.count("lamp status off") > 0 {
		t.Error("the call ended on hold")
	}
	bob.hangup()
	door.want("lamp status off")
}

// TestCodecs: what is agreed is used, and without anything in common there is no call.
func TestCodecs(t *testing.T) {
	for _, row := range []struct{ codecs, used string }{{"pcmu", "PCMU"}, {"pcma", "PCMA"}, {"g722/16000/1", ""}} {
		t.Run(cmp.Or(row.used, "none"), func(t *testing.T) {
			t.Parallel()
			s := newStreet(t)
			_, dns, door := s.house(doorConfig{Targets: []string{"bob"}})
			bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, Register: true, AutoAnswer: true, DNS: dns.addr, Codecs: row.codecs})
			door.press()
			if row.used == "" {
				s.eventually(patience, "the call is refused for its codecs", func() bool { return strings.Contains(door.text(), "status=488") })
				if door.count("lamp status on") > 0 {
					t.Error("there was a conversation")
				}
				return
			}
			bob.want("CALL_ESTABLISHED")
			s.wantConversation(door, bob, 1000)
			bob.hangup()
			s.eventually(patience, "the record of the call names "+row.used, func() bool { return strings.Contains(door.text(), "codec="+row.used) })
		})
	}
}

// TestCancel: the visitor presses again while it rings; the phone stops without having been answered.
func TestCancel(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	_, dns, door := s.house(doorConfig{Targets: []string{"bob"}})
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, Register: true, DNS: dns.addr})
	door.press()
	bob.want("CALL_INCOMING")
	s.never(time.Second, "the phone stops by itself", func() bool { return bob.count("CALL_CLOSED") > 0 })
	door.press()
	bob.want("CALL_CLOSED")
	if bob.count("CALL_ESTABLISHED") > 0 {
		t.Error("the call was up")
	}
}

// TestBusyPhone: the phone refuses, and the door is free for another press.
func TestBusyPhone(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	_, dns, door := s.house(doorConfig{Targets: []string{"bob"}})
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, Register: true, DNS: dns.addr})
	for press := 1; press <= 2; press++ {
		door.press()
		s.eventually(patience, "the phone rings", func() bool { return bob.count("CALL_INCOMING") == press })
		bob.hangup() // of a call not answered: 486
		s.eventually(patience, "the phone is free", func() bool { return bob.count("CALL_CLOSED") == press })
		s.pause(500 * time.Millisecond)
	}
}

// TestBusyDoor: while someone speaks at the door another caller is told that it is busy.
func TestBusyDoor(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	_, dns, door := s.house(doorConfig{Targets: []string{"bob"}, Caller: "sip:alice@" + domain})
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, Register: true, AutoAnswer: true, DNS: dns.addr})
	alice := s.startPhone(s.address(11), phoneConfig{User: "alice", Tone: 440, Register: true, DNS: dns.addr})
	door.press()
	bob.want("CALL_ESTABLISHED")
	alice.dial("sip:door@" + domain)
	if closed := alice.want("CALL_CLOSED"); !strings.HasPrefix(closed.Param, "486") {
		t.Errorf("the second caller is told %q, want 486", closed.Param)
	}
	s.wantConversation(door, bob, 1000)
}

// TestPeerToPeer: no proxy, no registrar, no DNS: the bell rings a phone at its address, and the phone calls back.
func TestPeerToPeer(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000})
	caller := "sip:bob@" + bob.addr
	door := s.startDoor(s.address(20), doorConfig{Direct: true, Targets: []string{caller},
		Caller: caller, Peers: []string{bob.addr}})
	door.press()
	bob.want("CALL_INCOMING")
	bob.accept()
	s.wantConversation(door, bob, 1000)
	bob.hangup()
	door.want("lamp status off")
	bob.dial("sip:door@" + door.addr)
	s.eventually(patience, "the door answers", func() bool { return bob.count("CALL_ESTABLISHED") == 2 })
	bob.keys(code)
	door.want("relay strike on")
	bob.hangup()
}
