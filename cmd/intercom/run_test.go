package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"intercom/firmware"
)

// inside is a door without telephones: its exit button opens.
const inside = `
[board]
type = "sim"
control = %q
[sip]
listen = ["udp:127.0.0.1:0"]
[[relay]]
name = "strike"
line = 3
[[input]]
name = "exit"
line = 5
role = "exit"
`

// running is the program while it runs a door on the simulated board.
type running struct {
	t       *testing.T
	control *bufio.ReadWriter
	stop    context.CancelFunc
	ended   chan int
	errs    bytes.Buffer
}

// runInside starts the program with more of the configuration, and talks to its board.
func runInside(t *testing.T, more string) *running {
	t.Helper()
	dir, err := os.MkdirTemp("", "door") // t.TempDir is too long for the name of a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	ctx, stop := context.WithCancel(t.Context())
	r := &running{t: t, stop: stop, ended: make(chan int, 1)}
	config := file(t, fmt.Sprintf(inside, path)+more)
	go func() {
		r.ended <- run(ctx, []string{"run", "--config", config}, strings.NewReader(""), io.Discard, &r.errs)
	}()
	conn := r.connect(path)
	t.Cleanup(func() { conn.Close() })
	r.control = bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn))
	return r
}

// connect dials the control socket, which is there as soon as the door is ready.
func (r *running) connect(path string) net.Conn {
	r.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(10 * time.Second); ; {
		conn, err := net.Dial("unix", path)
		if err == nil {
			return conn
		}
		select {
		case <-tick.C:
		case code := <-r.ended:
			r.t.Fatalf("the program ended with %d:\n%s", code, r.errs.String())
		case <-limit:
			r.t.Fatalf("no control socket: %v", err)
		}
	}
}

// say gives the board a command and returns its answer.
func (r *running) say(command string) string {
	r.t.Helper()
	fmt.Fprintln(r.control, command)
	if err := r.control.Flush(); err != nil {
		r.t.Fatal(err)
	}
	answer, err := r.control.ReadString('\n')
	if err != nil {
		r.t.Fatalf("%s: %v", command, err)
	}
	return strings.TrimSpace(answer)
}

func (r *running) want(command, answer string) {
	r.t.Helper()
	if got := r.say(command); got != answer {
		r.t.Errorf("%s is answered by %q, want %q", command, got, answer)
	}
}

// end interrupts the program and returns its exit code and what it logged.
func (r *running) end() (code int, log string) {
	r.stop()
	code = <-r.ended
	return code, r.errs.String()
}

func TestRun(t *testing.T) {
	r := runInside(t, "")
	r.want("relay strike?", "relay strike off")
	r.want("input exit on", "ok")
	r.want("expect relay strike on within 2s", "ok")
	code, log := r.end()
	if code != exitOK {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{`msg="the door is ready"`, `msg="relay on" state=idle name=strike text="exit button exit"`, `msg="relay off" state=idle name=strike text="the station stops"`} {
		wantPart(t, "the log", log, want)
	}
}

func TestRunLogsAsTold(t *testing.T) {
	code, log := runInside(t, "[log]\nformat = \"json\"\nlevel = \"warn\"\n").end()
	if code != exitOK || log != "" {
		t.Errorf("exit code %d, and a healthy door that logs warnings only has logged\n%s", code, log)
	}
	r := runInside(t, "[log]\nformat = \"json\"\n")
	if _, log := r.end(); !strings.HasPrefix(log, `{"time":`) {
		t.Errorf("the log is no JSON:\n%s", log)
	}
}

// TestRunTwice: a second program on the same socket is refused; one that a dead program left behind is replaced.
func TestRunTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	first, err := controlSocket(path)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := controlSocket(path); err == nil {
		second.Close()
		t.Error("two programs share a socket")
	} else if !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("no cure in %q", err)
	}
	first.(*net.UnixListener).SetUnlinkOnClose(false) // as after kill -9
	first.Close()
	third, err := controlSocket(path)
	if err != nil {
		t.Fatalf("a socket that nobody serves is not replaced: %v", err)
	}
	third.Close()
	if _, err := controlSocket(filepath.Join(t.TempDir(), "no", "s")); err == nil || !strings.Contains(err.Error(), "a folder that exists") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestRunRefuses(t *testing.T) {
	good := file(t, "[board]\ntype = \"sim\"\n")
	for _, c := range []struct {
		args []string
		code int
		errs string
	}{
		{[]string{"run"}, exitUsage, "--config FILE is missing"},
		{[]string{"run", "--config", good, "--board", "gpio"}, exitUsage, `--board "gpio" is unknown: choose rpi or sim`},
		{[]string{"run", "--config", file(t, "nmae = 1\n")}, exitFault, "nmae: unknown key"},
		{[]string{"run", "--config", file(t, "[sip]\nlisten = [\"udp:192.0.2.1:5060\"]\n[board]\ntype = \"sim\"\n")}, exitFault, "192.0.2.1:5060"},
		{[]string{"run", "--config", file(t, "[[relay]]\nname = \"r\"\nchip = \"chip-of-no-machine\"\nline = 1\n")}, exitFault, "--board sim"},
	} {
		code, out, errs := intercom(t, "", c.args...)
		if code != c.code || out != "" {
			t.Errorf("%v: exit code %d, standard output %q", c.args, code, out)
		}
		wantPart(t, "standard error", errs, c.errs)
	}
}

// TestFaultOfTheProgram: a panic is told with its place, other faults without.
func TestFaultOfTheProgram(t *testing.T) {
	var plain, panicked bytes.Buffer
	tellFault(&plain, firmware.ErrHung)
	if plain.String() != "intercom: does not answer\n" {
		t.Errorf("a fault is told as %q", plain.String())
	}
	tellFault(&panicked, errors.Join(errors.New("other"), &firmware.PanicError{Part: "station", Value: "v", Stack: []byte("goroutine 1\n")}))
	for _, want := range []string{"panic in the station: v", "other", "please report", "goroutine 1\n"} {
		wantPart(t, "standard error", panicked.String(), want)
	}
}
