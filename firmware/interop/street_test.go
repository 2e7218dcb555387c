//go:build interop

package interop

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience is the longest that any program may take for what it does at once on an idle machine.
const patience = 20 * time.Second

// street is the little network of one test.
type street struct {
	*testing.T
	dir    string // for what the programs write
	second int    // of the loopback addresses 127.second.third.n
	third  int
}

var streets atomic.Int32

// newStreet gives t its addresses and its directory.
func newStreet(t *testing.T) *street {
	t.Helper()
	return &street{T: t, dir: t.TempDir(), second: 1 + os.Getpid()%250, third: int(streets.Add(1))}
}

// address returns the n-th house of the street. A program of its own address can use the standard port.
func (s *street) address(n int) string { return fmt.Sprintf("127.%d.%d.%d", s.second, s.third, n) }

func (s *street) path(name string) string { return filepath.Join(s.dir, name) }

// write creates a file in the street's directory and returns its path.
func (s *street) write(name, text string) string {
	s.Helper()
	path := s.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
	return path
}

// program is a process that the test started.
type program struct {
	name string
	cmd  *exec.Cmd
	log  string        // the file of its output
	done chan struct{} // closed when it has ended
	err  error         // how it ended, valid after done
}

// start runs a program until the test ends. Its output goes to a file that is printed if the test fails.
func (s *street) start(name string, argv ...string) *program {
	s.Helper()
	path, err := exec.LookPath(argv[0])
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/" + argv[0]); err != nil {
			s.Fatalf("%s: %v; run packages.sh", argv[0], err)
		}
	}
	p := &program{name: name, log: s.path(name + ".log"), done: make(chan struct{})}
	output, err := os.Create(p.log)
	if err != nil {
		s.Fatal(err)
	}
	p.cmd = exec.Command(path, argv[1:]...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = s.dir, output, output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // kamailio's children die with it
	if err := p.cmd.Start(); err != nil {
		s.Fatal(err)
	}
	_ = output.Close() // the process has its own handle
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	s.Cleanup(func() {
		p.stop()
		if s.Failed() {
			s.Logf("---- %s ----\n%s", name, tail(p.text(), 150))
		}
	})
	return p
}

// stop ends the program by its id: politely, and after three seconds not.
func (p *program) stop() {
	if p.hasEnded() {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(3 * time.Second)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
	}
}

func (p *program) hasEnded() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// text is what the program has printed so far.
func (p *program) text() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(bytes.ToValidUTF8(text, []byte("?")))
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// eventually polls until ok, and fails the test when it does not come true within limit.
func (s *street) eventually(limit time.Duration, what string, ok func() bool) {
	s.Helper()
	if !s.poll(limit, ok) {
		s.Fatalf("not within %v: %s", limit, what)
	}
}

// never watches for the whole time that something does not come true.
func (s *street) never(time time.Duration, what string, ok func() bool) {
	s.Helper()
	if s.poll(time, ok) {
		s.Fatalf("it came to be: %s", what)
	}
}

func (s *street) poll(limit time.Duration, ok func() bool) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.NewTimer(limit)
	defer end.Stop()
	for {
		if ok() {
			return true
		}
		select {
		case <-tick.C:
		case <-end.C:
			return ok()
		}
	}
}

// running waits until the program says that it is ready, and fails at once when it ends instead.
func (s *street) running(p *program, ready func() bool) {
	s.Helper()
	s.eventually(patience, p.name+" runs", func() bool {
		if p.hasEnded() {
			s.Fatalf("%s ended: %v", p.name, p.err)
		}
		return ready()
	})
}
