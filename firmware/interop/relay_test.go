//go:build interop

package interop

import (
	"bytes"
	"math/rand/v2"
	"net"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"
)

// relay stands between the door and a phone, at an address of its own: the door calls the relay, which passes the SIP on
// and puts itself into the session descriptions, so that the sound comes by too. It loses and delays RTP, and lets
// RTCP pass as it is. What it writes into a description is as long as what was there, addresses with a last number of two
// digits and ports of five, so that Content-Length stays right.
type relay struct {
	street      *street
	addr        string
	door, phone string
	loss        float64       // part of the packets that are lost
	jitter      time.Duration // each packet is late by up to this, whatever the others are: they overtake one another
	sip         net.PacketConn

	mu                     sync.Mutex
	random                 *rand.Rand
	ports                  map[string]net.PacketConn // of the sound, by number
	group                  sync.WaitGroup
	passed, dropped, swaps int
	last                   map[net.PacketConn]time.Time // when the latest packet of a direction is due
}

var audioPort = regexp.MustCompile(`m=audio ([0-9]+) `)

// startRelay opens the relay of a door and a phone until the test ends.
func (s *street) startRelay(addr, door, phone string, loss float64, jitter time.Duration) *relay {
	s.Helper()
	r := &relay{street: s, addr: addr, door: door, phone: phone, loss: loss, jitter: jitter, random: rand.New(rand.NewPCG(1, 2)),
		ports: map[string]net.PacketConn{}, last: map[net.PacketConn]time.Time{}}
	conn, err := net.ListenPacket("udp", addr+":5060")
	if err != nil {
		s.Fatal(err)
	}
	r.sip = conn
	r.group.Go(r.signal)
	s.Cleanup(func() {
		_ = conn.Close()
		r.mu.Lock()
		for _, port := range r.ports {
			_ = port.Close()
		}
		r.mu.Unlock()
		r.group.Wait()
	})
	return r
}

// signal passes SIP on, from either side to the other.
func (r *relay) signal() {
	datagram := make([]byte, 65536)
	var doorPort, phonePort string
	for {
		n, from, err := r.sip.ReadFrom(datagram)
		if err != nil {
			return
		}
		head, body, _ := bytes.Cut(datagram[:n], []byte("\r\n\r\n"))
		host, _, _ := net.SplitHostPort(from.String())
		other, port := r.phone, &doorPort
		if host != r.door {
			other, port = r.door, &phonePort
		}
		if match := audioPort.FindSubmatch(body); match != nil {
			*port = string(match[1])
			for _, own := range []string{*port, next(*port)} {
				body = portIn(own).ReplaceAll(body, []byte("${1}"+facing(own)))
			}
		}
		if doorPort != "" && phonePort != "" {
			r.open(doorPort, phonePort)
		}
		body = bytes.ReplaceAll(body, []byte(host), []byte(r.addr))
		_ = r.send(r.sip, bytes.Join([][]byte{head, body}, []byte("\r\n\r\n")), other, "5060")
	}
}

// open starts the four ways of the sound, once: RTP and RTCP, both ways.
func (r *relay) open(doorPort, phonePort string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ports) > 0 {
		return
	}
	for _, port := range []string{doorPort, phonePort, next(doorPort), next(phonePort)} {
		conn, err := net.ListenPacket("udp", r.addr+":"+facing(port))
		if err != nil {
			r.street.Errorf("the relay has no port %s: %v", port, err)
			return
		}
		r.ports[port] = conn
	}
	// The phone sends to the port that the door has named, and the other way round.
	pairs := [][2]string{{doorPort, phonePort}, {next(doorPort), next(phonePort)}}
	for i, pair := range pairs {
		a, b := r.ports[pair[0]], r.ports[pair[1]]
		r.group.Go(func() { r.pass(a, b, r.door, pair[0], i == 0) })
		r.group.Go(func() { r.pass(b, a, r.phone, pair[1], i == 0) })
	}
}

// portIn finds a port where session descriptions have one: in the m= line and in a=rtcp.
func portIn(port string) *regexp.Regexp {
	return regexp.MustCompile(`(m=audio |a=rtcp:)` + port + `\b`)
}

// facing is the relay's port for one of a side, which has five digits as well and begins with 1 or 2. The relay cannot
// have the same one, since baresip takes it at every address.
func facing(port string) string { return "4" + port[1:] }

// next is the port of RTCP.
func next(port string) string {
	n, _ := strconv.Atoi(port)
	return strconv.Itoa(n + 1)
}

// pass takes packets of one direction, and sends each as it deserves.
func (r *relay) pass(in, out net.PacketConn, to, port string, impaired bool) {
	packet := make([]byte, 2048)
	for {
		n, _, err := in.ReadFrom(packet)
		if err != nil {
			return
		}
		delay, ok := r.fate(in, impaired)
		if !ok {
			continue
		}
		copied := bytes.Clone(packet[:n])
		time.AfterFunc(delay, func() { _ = r.send(out, copied, to, port) })
	}
}

// fate draws what happens to a packet.
func (r *relay) fate(in net.PacketConn, impaired bool) (delay time.Duration, ok bool) {
	if !impaired {
		return 0, true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.random.Float64() < r.loss {
		r.dropped++
		return 0, false
	}
	delay = time.Duration(r.random.Float64() * float64(r.jitter))
	r.passed++
	due := time.Now().Add(delay)
	if due.Before(r.last[in]) {
		r.swaps++
	} else {
		r.last[in] = due
	}
	return delay, true
}

func (r *relay) send(out net.PacketConn, packet []byte, host, port string) error {
	to, err := net.ResolveUDPAddr("udp", net.JoinHostPort(host, port))
	if err != nil {
		return err
	}
	_, err = out.WriteTo(packet, to)
	return err
}

// counts are the packets of the sound, of both directions: passed, dropped, overtaken.
func (r *relay) counts() (passed, dropped, swaps int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.passed, r.dropped, r.swaps
}

// TestBadNetwork: of a hundred packets five are lost, and the others come up to 40 ms late and overtake one another.
// Both sides still hear the tone; the holes are bounded, and the door counts what it has patched.
func TestBadNetwork(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	bob := s.startPhone(s.address(12), phoneConfig{User: "bob", Tone: 1000, AutoAnswer: true, Codecs: "pcma"})
	wire := s.startRelay(s.address(30), s.address(20), bob.addr, 0.05, 40*time.Millisecond)
	door := s.startDoor(s.address(20), doorConfig{Direct: true, Targets: []string{"sip:bob@" + wire.addr}, Peers: []string{wire.addr, bob.addr}})
	door.press()
	bob.want("CALL_ESTABLISHED")
	s.eventually(patience, "the door hears the phone", func() bool { return len(door.heard()) > doorRate && hears(door.heard(), 1000, doorRate) })
	s.pause(12 * time.Second)
	passed, dropped, swaps := wire.counts()
	t.Logf("%d packets passed, %d dropped, %d overtaken", passed, dropped, swaps)
	if dropped < passed/50 || swaps < passed/50 {
		t.Error("the network is too good to prove anything")
	}
	heard := measureTone(door.heard(), doorRate, 1000, 10)
	pcm, rate := bob.recording()
	told := measureTone(pcm, rate, doorTone, 8)
	t.Logf("the door: %+v; the phone: %+v", heard, told)
	if heard.seconds < 9.9 || heard.quiet > 40 || heard.level < -30 || heard.impure > heard.windows/10 {
		t.Errorf("the door hears %+v", heard)
	}
	if told.seconds < 7.9 || told.level < -30 || told.impure > told.windows/2 {
		t.Errorf("the phone hears %+v", told)
	}
	bob.hangup()
	s.eventually(patience, "the door reports", func() bool { return voiceReport(door.text()) != "" })
	s.wantPatched(voiceReport(door.text()))
}

// wantPatched reads the counters of the door's report on a call of more than ten seconds with 5 % loss.
func (s *street) wantPatched(report string) {
	s.Helper()
	s.Log(report)
	number := func(name string) int {
		match := regexp.MustCompile(` ` + name + `=([0-9]+)`).FindStringSubmatch(report)
		if match == nil {
			s.Fatalf("no %s in %s", name, report)
		}
		n, _ := strconv.Atoi(match[1])
		return n
	}
	received, lost, late := number("received"), number("lost"), number("late")
	if received < 400 || lost < received/50 || lost > received/8 {
		s.Errorf("%d received and %d lost, want about 5 %%", received, lost)
	}
	if late > received/10 {
		s.Errorf("%d of %d late: the buffer does not follow the jitter", late, received)
	}
	match := regexp.MustCompile(` concealed=(\S+)`).FindStringSubmatch(report)
	if match == nil {
		s.Fatalf("no concealed in %s", report)
	}
	// Every lost packet is 20 ms; the rest is for the late ones and for the time in which the buffer learns.
	concealed, err := time.ParseDuration(match[1])
	if least := time.Duration(lost) * 10 * time.Millisecond; err != nil || concealed < least || concealed > 10*least {
		s.Errorf("concealed %v (%v), want about %v", concealed, err, 2*least)
	}
}
