//go:build interop

package interop

import (
	"path/filepath"
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
		"-timeout", limit.String(), "-timeout_error", "-trace_msg", "-message_file", s.path(scenario + ".messages"),
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
