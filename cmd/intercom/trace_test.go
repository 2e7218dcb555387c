package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/sip"
)

func TestTraceNeedsAKnownSuffix(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{
		{"run", "--config", file(t, goodConfig), "--board", "sim", "--trace", filepath.Join(dir, "x.log")},
		{"demo", "--trace", filepath.Join(dir, "x.log")},
	} {
		code, _, errs := intercom(t, "", args...)
		if code != exitUsage {
			t.Errorf("%v: exit code %d", args, code)
		}
		wantPart(t, "standard error", errs, "intercom "+args[0]+": --trace: trace file")
		wantPart(t, "standard error", errs, ".txt for a ladder of the messages or in .pcap for a packet capture")
	}
	code, _, errs := intercom(t, "", "demo", "--trace", filepath.Join(dir, "missing", "x.txt"))
	if code != exitUsage || !strings.Contains(errs, "no such file or directory") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

// TestRunWithTrace runs a door whose registrar challenges it once: both messages of the door and the answer are in the file.
func TestRunWithTrace(t *testing.T) {
	registrar, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer registrar.Close()
	config := fmt.Sprintf("[[account]]\naor = \"sip:door@127.0.0.1\"\nregistrar = \"sip:%s\"\npassword = \"swordfish-77\"\n[sip]\nlisten = [\"udp:127.0.0.1:0\"]\n[board]\ntype = \"sim\"\n", registrar.LocalAddr())
	path := filepath.Join(t.TempDir(), "door.txt")
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	type result struct {
		code int
		errs string
	}
	ended := make(chan result, 1)
	go func() {
		var out, errs bytes.Buffer
		code := run(ctx, []string{"run", "--config", file(t, config), "--trace", path}, strings.NewReader(""), &out, &errs)
		ended <- result{code, errs.String()}
	}()
	answerREGISTER(t, registrar, 401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1-secret\"\r\n")
	answerREGISTER(t, registrar, 200, "Expires: 2\r\n")
	answerREGISTER(t, registrar, 200, "Expires: 600\r\n") // the refresh shows that the binding stands
	interrupt()
	answerREGISTER(t, registrar, 200, "") // the door removes it
	if r := <-ended; r.code != exitOK {
		t.Fatalf("exit code %d:\n%s", r.code, r.errs)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"401 Unauthorized (1 REGISTER)", "REGISTER (2) ", "\n    REGISTER sip:127.0.0.1", `username="door"`} {
		wantPart(t, "the trace", string(text), want)
	}
	if strings.Contains(string(text), "n1-secret") {
		t.Error("the nonce is in the trace")
	}
}

// answerREGISTER waits for the next message, which must be a REGISTER, and answers it.
func answerREGISTER(t *testing.T, c net.PacketConn, status int, field string) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 65535)
	n, from, err := c.ReadFrom(buf)
	if err != nil {
		t.Fatal(err)
	}
	m, err := sip.Parse(buf[:n])
	if err != nil || m.Method != sip.REGISTER {
		t.Fatalf("%v:\n%s", err, buf[:n])
	}
	r := sip.NewResponse(m, status, "")
	r.To.Params = r.To.Params.With("tag", "t")
	if name, value, ok := strings.Cut(strings.TrimSpace(field), ": "); ok {
		r.Header.Add(name, value)
	}
	if contacts, err := m.Contacts(); err == nil && status == 200 {
		r.Header.Add("Contact", "<"+contacts[0].URI.String()+">")
	}
	if _, err := c.WriteTo(r.Append(nil), from); err != nil {
		t.Fatal(err)
	}
}

// options is a message for traces.
func options(t *testing.T) sipua.Traced {
	t.Helper()
	m, err := sip.Parse([]byte("OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n" +
		"To: <sip:x>\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return sipua.Traced{At: time.Unix(1e9, 0), Sent: true, Message: m, Flow: sipua.Flow{
		Transport: sip.UDP, Local: netip.MustParseAddrPort("192.0.2.1:5060"), Remote: netip.MustParseAddrPort("192.0.2.10:5060")}}
}

// TestTracerWithoutAFile: nobody has to ask whether there is a trace.
func TestTracerWithoutAFile(t *testing.T) {
	tracer, err := openTrace("", nil)
	if err != nil || tracer != nil {
		t.Fatal(tracer, err)
	}
	tracer.watch("door", options(t))
	if err := tracer.close(); err != nil {
		t.Error(err)
	}
}

// TestTracerTakesMessagesOnly of all that a door is told.
func TestTracerTakesMessagesOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.txt")
	tracer, err := openTrace(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	tracer.watch("door", sipua.Registered{})
	tracer.watch("door", "something else")
	tracer.watch("door", options(t))
	if err := tracer.close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), "OPTIONS (1)") != 1 {
		t.Errorf("%v:\n%s", err, text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: others may read it", info.Mode(), err)
	}
}

// TestTraceEndsBeforeTheDoor: at its limit, or on a full disk, it says so once, and the door goes on.
func TestTraceEndsBeforeTheDoor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pcap")
	var log bytes.Buffer
	tracer, err := openTrace(path, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if err := tracer.file.Close(); err != nil { // as a stick that was pulled out
		t.Fatal(err)
	}
	tracer.watch("door", options(t))
	tracer.watch("door", options(t))
	if err := tracer.close(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("close: %v", err)
	}
	if n := strings.Count(log.String(), "the trace has ended; the door goes on"); n != 1 {
		t.Errorf("%d warnings:\n%s", n, log.String())
	}
}

// TestTracerNeverBlocks: a disk that hangs costs messages, not the door, and the loss is told.
func TestTracerNeverBlocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.txt")
	tracer := &tracer{path: path, queue: make(chan told, 2), stop: make(chan struct{}), ended: make(chan struct{})}
	for range 5 {
		tracer.watch("door", options(t)) // nobody writes yet
	}
	if n := tracer.missed.Load(); n != 3 {
		t.Errorf("%d messages missed, want 3", n)
	}
}
