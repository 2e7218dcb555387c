//go:build interop

package interop

import (
	"bufio"
	"cmp"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// How the intercom binary is driven:
//
//	intercom run --config FILE --board sim
//
//	[board]
//	type = "sim"
//	control = "PATH"       unix socket, lines of hal/sim: "press bell", "relay strike?", "watch", "state"
//	microphone = "FILE"    WAV that the simulated microphone hears, from the start, again and again
//	loudspeaker = "FILE"   WAV to which the simulated loudspeaker is written; readable while it grows
//
// It runs in the foreground, logs to standard error, and ends within two seconds of SIGTERM having removed its binding.

// doorRate is that of the simulated card, Hz.
const doorRate = 48000

// doorTone is what the visitor sings, Hz.
const doorTone = 600

// code opens the strike.
const code = "270483"

// door is the intercom binary on a simulated board.
type door struct {
	*program
	street *street
	addr   string

	mu      sync.Mutex
	conn    net.Conn
	answers chan string
	changes []string // "relay strike on", in the order of time
}

// doorConfig is what tests vary.
type doorConfig struct {
	DNS     string   // name servers with ports, separated by spaces; "" means none is needed
	Direct  bool     // no account: calls go straight to their targets, and come straight from Peers
	Targets []string // of the bell; empty means somebody whom nobody knows
	Expires string   // asked for; "" means 1m
	Caller  string   // the one who is answered and may open
	Peers   []string // addresses that may call without a proxy
	Delay   string   // before it answers; "" means 0s
	Codecs  string   // of the sound, in TOML; "" means "PCMA", "PCMU"
	Secret  string   // encryption of the sound; "" means off
	CA      []byte   // the account goes over TLS, to servers that this authority signed
	More    string   // lines of TOML at the end
}

var built struct {
	once sync.Once
	path string
	err  error
	text []byte
}

// TestMain removes the binary that the tests built.
func TestMain(m *testing.M) {
	status := m.Run()
	if built.path != "" {
		_ = os.RemoveAll(filepath.Dir(built.path))
	}
	os.Exit(status)
}

// binary returns the intercom binary: that of INTERCOM_BIN, or one built for these tests.
func (s *street) binary() string {
	s.Helper()
	if path := os.Getenv("INTERCOM_BIN"); path != "" {
		return path
	}
	built.once.Do(func() {
		dir, err := os.MkdirTemp("", "intercom-interop")
		if err != nil {
			built.err = err
			return
		}
		built.path = filepath.Join(dir, "intercom")
		command := exec.Command("go", "build", "-o", built.path, "intercom/cmd/intercom")
		command.Env = append(os.Environ(), "CGO_ENABLED=0")
		built.text, built.err = command.CombinedOutput()
	})
	if built.err != nil {
		s.Fatalf("building the intercom binary: %v\n%s", built.err, built.text)
	}
	return built.path
}

func (s *street) doorFile(addr string, c doorConfig) string {
	var b strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&b, format+"\n", values...) }
	line("[station]\nname = \"door\"\ndisplay_name = \"Front door\"")
	if !c.Direct {
		line("[[account]]\naor = %q\npassword = %q\nexpires = %q", "sip:door@"+domain, users["door"], cmp.Or(c.Expires, "1m"))
		if c.CA != nil {
			line("transport = \"tls\"\n[tls]\nca_file = %q", s.write("ca.pem", string(c.CA)))
		}
	}
	line("[network]\nipv6 = false")
	if c.DNS != "" {
		line("dns_servers = [%s]", quoted(strings.Fields(c.DNS)))
	}
	line("[sip]\nlisten = [\"udp:%s:5060\", \"tcp:%s:5060\"]", addr, addr)
	if len(c.Peers) > 0 {
		line("direct_calls = true\npeers = [%s]", quoted(c.Peers))
	}
	if len(c.Targets) == 0 {
		c.Targets = []string{"sip:nobody@" + domain}
	}
	line("[[button]]\nname = \"bell\"\nline = 17\ntargets = [%s]", quoted(c.Targets))
	line("[[relay]]\nname = \"strike\"\nline = 27\npulse = \"1s\"")
	line("[[lamp]]\nname = \"status\"\nline = 22\nrole = \"call\"")
	line("[sound]\nrate = %d\ncodecs = [%s]\nencryption = %q", doorRate, cmp.Or(c.Codecs, `"PCMA", "PCMU"`), cmp.Or(c.Secret, "off"))
	// The tests listen for steady tones, which a noise suppressor is there to remove.
	line("echo_canceller = false\nnoise_suppressor = false\ngain_control = false")
	if c.Caller != "" {
		line("[[code]]\ndigits = %q\nrelay = \"strike\"\nallowed = [%q]", code, c.Caller)
		line("[calls]\nauto_answer = true\nauto_answer_delay = %q\nallowed = [%q]", cmp.Or(c.Delay, "0s"), c.Caller)
	} else {
		line("[[code]]\ndigits = %q\nrelay = \"strike\"", code)
	}
	line("[board]\ntype = \"sim\"\ncontrol = %q\nmicrophone = %q\nloudspeaker = %q",
		s.path("door.sock"), s.path("visitor.wav"), s.path("loudspeaker.wav"))
	line("[log]\nlevel = \"debug\"\ntrace = true\n%s", c.More)
	return b.String()
}

func quoted(all []string) string {
	var list []string
	for _, one := range all {
		list = append(list, fmt.Sprintf("%q", one))
	}
	return strings.Join(list, ", ")
}

// startDoor runs the door on the address and connects to its board.
func (s *street) startDoor(addr string, c doorConfig) *door {
	s.Helper()
	s.writeTone(s.path("visitor.wav"), doorTone)
	file := s.write("door.toml", s.doorFile(addr, c))
	d := &door{street: s, addr: addr, answers: make(chan string, 16)}
	d.program = s.start("door", s.binary(), "run", "--config", file, "--board", "sim")
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

// listen sorts the lines of the control socket into answers and changes.
func (d *door) listen() {
	lines := bufio.NewScanner(d.conn)
	for lines.Scan() {
		line := lines.Text()
		if line == "ok" || strings.HasPrefix(line, "error:") {
			d.answers <- line
			continue
		}
		d.mu.Lock()
		d.changes = append(d.changes, line)
		d.mu.Unlock()
	}
}

// say gives the board a command that is answered with ok.
func (d *door) say(command string) {
	d.street.Helper()
	if _, err := fmt.Fprintln(d.conn, command); err != nil {
		d.street.Fatalf("%s: %v", command, err)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case answer := <-d.answers:
		if answer != "ok" {
			d.street.Fatalf("%s: %s", command, answer)
		}
	case <-timer.C:
		d.street.Fatalf("%s: no answer from the board", command)
	}
}

func (d *door) press() { d.street.Helper(); d.say("press bell") }

// count tells how often a change was seen, such as "relay strike on".
func (d *door) count(change string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, c := range d.changes {
		if c == change {
			n++
		}
	}
	return n
}

// want waits for a change.
func (d *door) want(change string) {
	d.street.Helper()
	d.street.eventually(patience, "the board: "+change, func() bool { return d.count(change) > 0 })
}

// wantShut fails when the strike has ever been on.
func (d *door) wantShut() {
	d.street.Helper()
	if d.count("relay strike on") > 0 {
		d.street.Error("the strike was on")
	}
}

// heard is what the loudspeaker has played so far.
func (d *door) heard() []float32 {
	d.street.Helper()
	data, err := os.ReadFile(d.street.path("loudspeaker.wav"))
	if err != nil {
		return nil
	}
	return d.street.readSound(data)
}

// end ends the program as systemd would, and expects it to go at once and without an error.
func (d *door) end() {
	d.street.Helper()
	before := time.Now()
	d.stop()
	if took := time.Since(before); took > 2500*time.Millisecond {
		d.street.Errorf("the door took %v to end, want at most 2 s", took)
	}
	if d.err != nil {
		d.street.Errorf("the door ended with %v", d.err)
	}
}
