//go:build interop

package interop

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// badNameServer stands between a door and a good name server, and spoils what passes. dnsmasq can do none of this.
type badNameServer struct {
	addr  string // with the port
	good  string
	spoil func(question, answer []byte, reply func([]byte)) // of UDP; reply may be called at any time, or never

	mu      sync.Mutex
	packets int // questions by UDP
	streams int // connections by TCP
}

// startBadNameServer serves UDP and TCP on port 53 of an address that is the test's own, in front of a good one.
func (s *street) startBadNameServer(addr, good string, spoil func(question, answer []byte, reply func([]byte))) *badNameServer {
	s.Helper()
	b := &badNameServer{addr: addr + ":53", good: good, spoil: spoil}
	packets, err := net.ListenPacket("udp", b.addr)
	if err != nil {
		s.Fatal(err)
	}
	streams, err := net.Listen("tcp", b.addr)
	if err != nil {
		s.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() { b.servePackets(packets, &all) })
	all.Go(func() { b.serveStreams(streams, &all) })
	s.Cleanup(func() {
		_, _ = packets.Close(), streams.Close()
		all.Wait()
	})
	return b
}

func (b *badNameServer) servePackets(conn net.PacketConn, all *sync.WaitGroup) {
	for {
		buffer := make([]byte, 4096)
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		b.mu.Lock()
		b.packets++
		b.mu.Unlock()
		all.Go(func() {
			if answer := b.ask(buffer[:n]); answer != nil {
				b.spoil(buffer[:n], answer, func(packet []byte) { _, _ = conn.WriteTo(packet, from) })
			}
		})
	}
}

// ask gets the good server's answer.
func (b *badNameServer) ask(question []byte) []byte {
	conn, err := net.Dial("udp", b.good)
	if err != nil {
		return nil
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := conn.Write(question); err != nil {
		return nil
	}
	answer := make([]byte, 65535)
	n, err := conn.Read(answer)
	if err != nil {
		return nil
	}
	return answer[:n]
}

// serveStreams lets TCP through as it is.
func (b *badNameServer) serveStreams(listener net.Listener, all *sync.WaitGroup) {
	for {
		near, err := listener.Accept()
		if err != nil {
			return
		}
		b.mu.Lock()
		b.streams++
		b.mu.Unlock()
		far, err := net.Dial("tcp", b.good)
		if err != nil {
			_ = near.Close()
			continue
		}
		deadline := time.Now().Add(10 * time.Second)
		_, _ = near.SetDeadline(deadline), far.SetDeadline(deadline)
		all.Go(func() { _, _ = io.Copy(far, near); _ = far.Close() })
		all.Go(func() { _, _ = io.Copy(near, far); _ = near.Close() })
	}
}

func (b *badNameServer) counts() (packets, streams int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.packets, b.streams
}

// The header of a DNS message (RFC 1035 section 4.1.1): identifier, flags, and four counts of 16 bits each.
const (
	dnsHeader    = 12
	dnsTruncated = 0x02 // in the third byte
	dnsServFail  = 2    // in the fourth byte
)

// withoutAnswers cuts a message behind its question.
func withoutAnswers(message []byte) []byte {
	end := dnsHeader
	for message[end] != 0 {
		end += int(message[end]) + 1
	}
	cut := append([]byte(nil), message[:end+5]...)
	clear(cut[6:dnsHeader]) // no answers, no authority, no additional records
	binary.BigEndian.PutUint16(cut[4:], 1)
	return cut
}

// TestBadNameServers: whatever the first name server does, the door registers, by the second one where there is need.
func TestBadNameServers(t *testing.T) {
	for _, row := range []struct {
		name   string
		second bool          // a good name server stands behind the bad one
		within time.Duration // the door is registered
		spoil  func(question, answer []byte, reply func([]byte))
		check  func(t *testing.T, packets, streams int)
	}{
		{"silent", true, 15 * time.Second, func(_, _ []byte, _ func([]byte)) {}, nil},
		{"slow", false, 15 * time.Second, func(_, answer []byte, reply func([]byte)) {
			time.Sleep(1200 * time.Millisecond)
			reply(answer)
		}, nil},
		{"truncating", false, 5 * time.Second, func(_, answer []byte, reply func([]byte)) {
			cut := withoutAnswers(answer)
			cut[2] |= dnsTruncated
			reply(cut)
		}, func(t *testing.T, packets, streams int) {
			if streams == 0 {
				t.Error("a truncated answer was not asked for again over TCP")
			}
		}},
		{"failing", true, 5 * time.Second, func(_, answer []byte, reply func([]byte)) {
			cut := withoutAnswers(answer)
			cut[3] = cut[3]&0xf0 | dnsServFail
			reply(cut)
		}, nil},
		{"forging", false, 5 * time.Second, func(_, answer []byte, reply func([]byte)) {
			forged := withoutAnswers(answer) // "there is no such record", with an identifier that nobody asked under
			forged[0] ^= 0x55
			reply(forged)
			reply([]byte("\x00"))
			reply(answer)
		}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t)
			kamailio := s.startRegistrar(s.address(10), registrarConfig{})
			good := s.startNameServer(s.address(53), naptr(10, 10, "SIP+D2U", "_sip._udp"),
				srv("_sip._udp", "pbx", 5060, 10, 0), host("pbx", kamailio.addr))
			bad := s.startBadNameServer(s.address(54), good.addr, row.spoil)
			servers := bad.addr
			if row.second {
				servers += " " + good.addr
			}
			s.binary() // built before the clock runs
			began := time.Now()
			s.startDoor(s.address(20), doorConfig{DNS: servers})
			s.eventually(row.within, "the door is registered", func() bool { return len(kamailio.bindings("door")) == 1 })
			packets, streams := bad.counts()
			t.Logf("registered after %.1f s, with %d questions by UDP and %d connections", time.Since(began).Seconds(), packets, streams)
			if packets == 0 {
				t.Error("the bad name server was not asked")
			}
			if row.check != nil {
				row.check(t, packets, streams)
			}
		})
	}
}

// TestNameServerRefuses: nobody listens at the first name server.
func TestNameServerRefuses(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	kamailio := s.startRegistrar(s.address(10), registrarConfig{})
	dns := s.startNameServer(s.address(53), srv("_sip._udp", "pbx", 5060, 10, 0), host("pbx", kamailio.addr))
	s.startDoor(s.address(20), doorConfig{DNS: s.address(9) + " " + dns.addr})
	s.eventually(5*time.Second, "the door is registered", func() bool { return len(kamailio.bindings("door")) == 1 })
}

// TestNameServerDies: without DNS the door stays registered where it is, and its bell rings.
func TestNameServerDies(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	kamailio := s.startRegistrar(s.address(10), registrarConfig{MaxExpires: 6})
	records := []string{naptr(10, 10, "SIP+D2U", "_sip._udp"), srv("_sip._udp", "pbx", 5060, 10, 0), host("pbx", kamailio.addr), "local-ttl=1"}
	dns, phones := s.startNameServer(s.address(53), records...), s.startNameServer(s.address(54), records...)
	door := s.startDoor(s.address(20), doorConfig{DNS: dns.addr, Targets: []string{"bob"}})
	first := kamailio.wantBindings("door", 1)[0]
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, Register: true, AutoAnswer: true, DNS: phones.addr})
	dns.stop()
	var last binding
	s.never(14*time.Second, "the binding lapses", func() bool {
		now := kamailio.bindings("door")
		if len(now) == 1 {
			last = now[0]
		}
		return len(now) != 1
	})
	if last.CSeq < first.CSeq+2 {
		t.Errorf("from %+v to %+v: no refresh without DNS", first, last)
	}
	door.press()
	bob.want("CALL_ESTABLISHED")
	s.wantConversation(door, bob, 1000)
}
