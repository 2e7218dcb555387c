//go:build interop

package interop

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"
)

// nameServer is a dnsmasq that knows house.test and nothing else.
type nameServer struct {
	*program
	addr string // with the port
}

// record lines of dnsmasq's configuration.

// naptr is a NAPTR record of the house.
func naptr(order, preference int, service, replacement string) string {
	return fmt.Sprintf("naptr-record=%s,%d,%d,s,%s,,%s.%s", domain, order, preference, service, replacement, domain)
}

// srv is an SRV record; service is such as "_sip._udp".
func srv(service, target string, port, priority, weight int) string {
	return fmt.Sprintf("srv-host=%s.%s,%s.%s,%d,%d,%d", service, domain, target, domain, port, priority, weight)
}

// host is an A record.
func host(name, addr string) string {
	return fmt.Sprintf("host-record=%s.%s,%s", name, domain, addr)
}

// startNameServer runs a dnsmasq with the records on port 5300 of the address.
func (s *street) startNameServer(addr string, records ...string) *nameServer {
	s.Helper()
	if !slices.ContainsFunc(records, func(r string) bool { return strings.HasPrefix(r, "local-ttl=") }) {
		records = append(records, "local-ttl=60")
	}
	name := "dnsmasq-" + addr // there may be several
	config := s.write(name+".conf", strings.Join(append([]string{
		"port=5300", "listen-address=" + addr, "bind-interfaces", "no-resolv", "no-hosts", "no-daemon", "log-queries=extra",
		"log-facility=-", "user=root", "local=/" + domain + "/", "pid-file=",
	}, records...), "\n")+"\n")
	n := &nameServer{program: s.start(name, "dnsmasq", "--conf-file="+config), addr: addr + ":5300"}
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, n.addr)
	}}
	s.running(n.program, func() bool {
		ctx, cancel := context.WithTimeout(s.Context(), time.Second)
		defer cancel()
		_, err := resolver.LookupTXT(ctx, "ready."+domain)
		refused, ok := err.(*net.DNSError)
		return ok && refused.IsNotFound && !refused.IsTimeout
	})
	return n
}

var question = regexp.MustCompile(`query\[(\w+)\] (\S+) from`)

// questions lists what was asked, in order: "SRV _sip._udp.house.test".
func (n *nameServer) questions() []string {
	var all []string
	for _, match := range question.FindAllStringSubmatch(n.text(), -1) {
		kind := match[1]
		if kind == "type=33" {
			kind = "SRV"
		}
		if !strings.HasPrefix(match[2], "ready.") {
			all = append(all, kind+" "+match[2])
		}
	}
	return all
}

// silentServer binds UDP port 5060 of an address and never says a word: a dead server whose host is alive, without
// the help of an ICMP error. It counts what it hears.
func (s *street) silentServer(addr string) (heard func() int) {
	s.Helper()
	conn, err := net.ListenPacket("udp", addr+":5060")
	if err != nil {
		s.Fatal(err)
	}
	counted := make(chan struct{}, 1000)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buffer := make([]byte, 65535)
		for {
			if _, _, err := conn.ReadFrom(buffer); err != nil {
				return
			}
			select {
			case counted <- struct{}{}:
			default:
			}
		}
	}()
	s.Cleanup(func() {
		_ = conn.Close()
		<-ended
	})
	return func() int { return len(counted) }
}
