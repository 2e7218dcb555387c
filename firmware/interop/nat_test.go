//go:build interop

package interop

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// nat is a door behind a router that masquerades, in network namespaces. The addresses are of the range for such tests
// (RFC 2544), which no network routes.
//
//	test's namespace             router                           home
//	198.18.N.1, .10, .13, .53 -- 198.18.N.2 | 198.19.N.1 -------- 198.19.N.2
//	registrar, caller, DNS       masquerade                       door
type nat struct {
	street       *street
	router, home string // namespaces
	net          int
}

// run runs a command that must succeed.
func (s *street) run(argv ...string) {
	s.Helper()
	if text, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		s.Fatalf("%s: %v: %s; this test needs root, network namespaces and nftables: run packages.sh as root", strings.Join(argv, " "), err, text)
	}
}

// startNAT builds the namespaces, and takes them down when the test ends.
func (s *street) startNAT() *nat {
	s.Helper()
	for _, program := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(program); err != nil {
			s.Fatalf("%v; run packages.sh", err)
		}
	}
	id := os.Getpid()%250 + 1
	n := &nat{street: s, net: id, router: fmt.Sprintf("door-router-%d", id), home: fmt.Sprintf("door-home-%d", id)}
	outside, wan, lan, inside := fmt.Sprintf("dout%d", id), fmt.Sprintf("dwan%d", id), fmt.Sprintf("dlan%d", id), fmt.Sprintf("din%d", id)
	for _, namespace := range []string{n.router, n.home} {
		s.run("ip", "netns", "add", namespace)
		s.Cleanup(func() { s.run("ip", "netns", "del", namespace) })
		s.run("ip", "-n", namespace, "link", "set", "lo", "up")
	}
	s.run("ip", "link", "add", outside, "type", "veth", "peer", "name", wan, "netns", n.router)
	s.Cleanup(func() { s.run("ip", "link", "del", outside) })
	s.run("ip", "-n", n.router, "link", "add", lan, "type", "veth", "peer", "name", inside, "netns", n.home)
	for _, host := range []int{1, 10, 13, 53} {
		s.run("ip", "addr", "add", n.public(host)+"/24", "dev", outside)
	}
	s.run("ip", "link", "set", outside, "up")
	for _, link := range [][3]string{{n.router, wan, n.public(2)}, {n.router, lan, n.private(1)}, {n.home, inside, n.private(2)}} {
		s.run("ip", "-n", link[0], "addr", "add", link[2]+"/24", "dev", link[1])
		s.run("ip", "-n", link[0], "link", "set", link[1], "up")
	}
	s.run("ip", "-n", n.home, "route", "add", "default", "via", n.private(1))
	s.run("ip", "netns", "exec", n.router, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
	rules := s.write("nat.nft", fmt.Sprintf("table ip nat {\n\tchain out {\n\t\ttype nat hook postrouting priority srcnat;\n"+
		"\t\toifname %q ip protocol udp masquerade to :30000-39999\n\t\toifname %q masquerade\n\t}\n}\n", wan, wan))
	s.run("ip", "netns", "exec", n.router, "nft", "-f", rules)
	return n
}

func (n *nat) public(host int) string  { return fmt.Sprintf("198.18.%d.%d", n.net, host) }
func (n *nat) private(host int) string { return fmt.Sprintf("198.19.%d.%d", n.net, host) }

// startDoorAtHome runs the door behind the router. Its board is reached by a unix socket, for which namespaces of the
// network do not matter.
func (n *nat) startDoorAtHome(c doorConfig) *door {
	s := n.street
	s.Helper()
	s.writeTone(s.path("visitor.wav"), doorTone)
	file := s.write("door.toml", s.doorFile(n.private(2), c))
	d := &door{street: s, addr: n.private(2), answers: make(chan string, 16)}
	d.program = s.start("door", "ip", "netns", "exec", n.home, s.binary(), "run", "--config", file, "--board", "sim")
	s.running(d.program, func() bool {
		conn, err := net.Dial("unix", s.path("door.sock"))
		d.conn = conn
		return err == nil
	})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.listen()
	}()
	s.Cleanup(func() {
		_ = d.conn.Close()
		<-ended
	})
	d.say("watch")
	return d
}

// TestBehindNAT: the door is behind a router that gives it other ports. It registers the address that the server sees;
// a call to that comes in, and the caller hears the door by answering to where the sound comes from.
func TestBehindNAT(t *testing.T) {
	s := newStreet(t)
	n := s.startNAT()
	kamailio := s.startRegistrar(n.public(10), registrarConfig{})
	dns := s.startNameServer(n.public(53), srv("_sip._udp", "pbx", 5060, 10, 0), host("pbx", kamailio.addr))
	ear := s.listenAt(n.public(13))
	door := n.startDoorAtHome(doorConfig{DNS: dns.addr, Caller: "sip:sipp@" + n.public(13)})
	s.eventually(patience, "the door registers its public address", func() bool {
		bound := kamailio.bindings("door")
		return len(bound) == 1 && strings.Contains(bound[0].Address, "@"+n.public(2)+":3")
	})
	if bound := kamailio.bindings("door"); strings.Contains(bound[0].Address, n.private(2)) {
		t.Errorf("the private address in the binding %v", bound)
	} else {
		t.Logf("bound %s", bound[0].Address)
	}
	if ear.count() > 0 {
		t.Fatal("there is sound before there is a call")
	}
	s.runSIPp(n.public(13), kamailio.addr, "uac_proxied.xml", 30*time.Second)
	sources := ear.sources()
	t.Logf("%d packets from %v", ear.count(), sources)
	if len(sources) != 1 || !strings.HasPrefix(sources[0], n.public(2)+":3") {
		t.Errorf("the sound came from %v, want the router's address and a port of its choice", sources)
	}
	if n := ear.count(); n < 150 { // 4 s at 50 a second are 200
		t.Errorf("%d packets came out", n)
	}
	if heard := door.heard(); !heardEver(heard, doorTone, doorRate) {
		t.Error("what the caller gave back did not reach the door")
	}
	s.eventually(patience, "the door reports", func() bool { return voiceReport(door.text()) != "" })
	t.Log(voiceReport(door.text()))
	door.want("lamp status off")
	door.wantShut()
}

// heardEver tells whether any two seconds of a recording are the tone, without a hole.
func heardEver(pcm []float32, frequency float64, rate int) bool {
	for end := 2 * rate; end <= len(pcm); end += rate / 4 {
		if m := measureTone(pcm[:end], rate, frequency, 2); m.impure == 0 && m.quiet == 0 && m.level > -30 {
			return true
		}
	}
	return false
}
