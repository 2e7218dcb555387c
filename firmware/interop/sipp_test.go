//go:build interop

package interop

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// startSIPp runs one call of a scenario of testdata from an address, port 5060. For a scenario that calls, target
// is where to; one that is called waits.
func (s *street) startSIPp(addr, target, scenario string, limit time.Duration, more ...string) *program {
	s.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", scenario))
	if err != nil {
		s.Fatal(err)
	}
	argv := append([]string{"sipp", "-sf", path, "-i", addr, "-p", "5060", "-m", "1", "-nostdin",
		"-timeout", strconv.Itoa(int(limit.Seconds())), "-timeout_error", "-trace_msg", "-message_file", s.path(scenario + ".messages"),
		"-trace_err", "-error_file", s.path(scenario + ".errors"),
		"-key", "domain", domain}, more...)
	if target != "" {
		argv = append(argv, target+":5060")
	}
	return s.start("sipp-"+scenario, argv...)
}

// wantSIPp waits for the verdict of a scenario.
func (s *street) wantSIPp(p *program, limit time.Duration) {
	s.Helper()
	s.eventually(limit+5*time.Second, p.name+" ends", p.hasEnded)
	if p.err != nil {
		s.Fatalf("%s: %v", p.name, p.err)
	}
}

// runSIPp runs a scenario to its verdict.
func (s *street) runSIPp(addr, target, scenario string, limit time.Duration, more ...string) {
	s.Helper()
	s.wantSIPp(s.startSIPp(addr, target, scenario, limit, more...), limit)
}

// listens waits until a scenario that is called has its socket: until nobody else can have it.
func (s *street) listens(p *program, addr string) {
	s.Helper()
	s.running(p, func() bool {
		conn, err := net.ListenPacket("udp", addr+":5060")
		if err != nil {
			return true
		}
		_ = conn.Close()
		return false
	})
}

// received returns the messages that SIPp got in a scenario and whose text matches, in order: also those that it took
// for retransmissions and kept from the scenario.
func (s *street) received(scenario, pattern string) []string {
	s.Helper()
	trace, err := os.ReadFile(s.path(scenario + ".messages"))
	if err != nil {
		s.Fatal(err)
	}
	wanted := regexp.MustCompile(pattern)
	var all []string
	for _, entry := range strings.Split(string(trace), "-----------------------------------------------") {
		head, text, _ := strings.Cut(entry, "\n\n")
		if strings.Contains(head, "message received") && wanted.MatchString(text) {
			all = append(all, text)
		}
	}
	return all
}
