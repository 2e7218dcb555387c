package trace_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"intercom/sipua/sip"
	"intercom/sipua/trace"
)

var update = flag.Bool("update", false, "write the files in testdata anew, to be read before they are committed")

// golden compares with a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s (%d and %d bytes); look, then run with -update:\n%s", path, len(got), len(want), got)
	}
}

// talk makes records of one conversation.
type talk struct {
	t       testing.TB
	at      time.Time
	records []trace.Record
}

// add records a message milliseconds after the one before.
func (c *talk) add(wait int, w trace.Way, m *sip.Message) {
	c.at = c.at.Add(time.Duration(wait) * time.Millisecond)
	w.At = c.at
	c.records = append(c.records, trace.New(w, m))
}

func way(who string, sent bool, transport, local, remote string) trace.Way {
	w := trace.Way{Who: who, Sent: sent, Transport: transport, Remote: netip.MustParseAddrPort(remote)}
	if local != "" {
		w.Local = netip.MustParseAddrPort(local)
	}
	return w
}

// ringing is a door, bound to the wildcard, that registers and calls a desk phone which has TCP.
func ringing(t testing.TB) []trace.Record {
	c := &talk{t: t, at: morning}
	const pbx4, deskTCP = "192.0.2.10:5060", "192.0.2.20:5060"
	out := way("door", true, sip.UDP, "0.0.0.0:40000", pbx4)
	in := way("door", false, sip.UDP, "0.0.0.0:40000", pbx4)
	dialogue := func(method string, seq int, to string) []string {
		return []string{"Via: SIP/2.0/UDP 192.0.2.1:40000;branch=z9hG4bK" + fmt.Sprint(method, seq) + ";rport", "From: <sip:door@192.0.2.10>;tag=1",
			"To: <sip:" + to + "@192.0.2.10>", "Call-ID: 4b1c7f02-" + method, fmt.Sprintf("CSeq: %d %s", seq, method)}
	}
	with := func(start string, rest ...string) []string { return append([]string{start}, rest...) }
	sdp := "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"

	c.add(0, out, message(t, "", with("REGISTER sip:192.0.2.10 SIP/2.0", dialogue("REGISTER", 1, "door")...)...))
	c.add(11, in, message(t, "", with("SIP/2.0 401 Unauthorized", append(dialogue("REGISTER", 1, "door"), `WWW-Authenticate: Digest realm="r", nonce="abc"`)...)...))
	c.add(2, out, message(t, "", with("REGISTER sip:192.0.2.10 SIP/2.0", append(dialogue("REGISTER", 2, "door"),
		`Authorization: Digest username="door", realm="r", nonce="abc", uri="sip:192.0.2.10", response="6629fae49393a05397450978507c4ef1"`)...)...))
	c.add(10, in, message(t, "", with("SIP/2.0 200 OK", dialogue("REGISTER", 2, "door")...)...))
	invite := append(dialogue("INVITE", 7, "desk"), "Content-Type: application/sdp")
	c.add(5000, out, message(t, sdp, with("INVITE sip:desk@192.0.2.10 SIP/2.0", invite...)...))
	c.add(4, in, message(t, "", with("SIP/2.0 100 Trying", dialogue("INVITE", 7, "desk")...)...))
	c.add(60, way("desk", false, sip.TCP, deskTCP, pbx4), message(t, sdp, with("INVITE sip:desk@192.0.2.20;transport=tcp SIP/2.0", invite...)...))
	c.add(1, way("desk", true, sip.TCP, deskTCP, pbx4), message(t, "", with("SIP/2.0 180 Ringing", dialogue("INVITE", 7, "desk")...)...))
	c.add(2, in, message(t, "", with("SIP/2.0 180 Ringing", dialogue("INVITE", 7, "desk")...)...))
	c.add(900, way("desk", true, sip.TCP, deskTCP, pbx4), message(t, sdp, with("SIP/2.0 200 OK", invite...)...))
	c.add(3, in, message(t, sdp, with("SIP/2.0 200 OK", invite...)...))
	ack := with("ACK sip:desk@192.0.2.20;transport=tcp SIP/2.0", dialogue("INVITE", 7, "desk")...)
	ack[len(ack)-1] = "CSeq: 7 ACK"
	c.add(1, way("door", true, sip.TCP, "", deskTCP), message(t, "", ack...))
	c.add(4, way("desk", false, sip.TCP, deskTCP, "192.0.2.1:33333"), message(t, "", ack...))
	c.add(2000, way("door", false, sip.TCP, "", deskTCP), message(t, "Signal=5\r\nDuration=160\r\n", "INFO sip:door@192.0.2.1 SIP/2.0",
		"Via: SIP/2.0/TCP 192.0.2.20;branch=z9hG4bKi", "From: <sip:desk@192.0.2.10>;tag=9", "To: <sip:door@192.0.2.10>;tag=1",
		"Call-ID: 4b1c7f02-INVITE", "CSeq: 1 INFO", "Content-Type: application/dtmf-relay"))
	v6 := way("door", true, sip.UDP, "[2001:db8::1]:40000", "[2001:db8::53]:5060")
	c.add(100, v6, message(t, "", with("OPTIONS sip:[2001:db8::53] SIP/2.0", dialogue("OPTIONS", 1, "x")...)...))
	return c.records
}

func write(t *testing.T, format trace.Format, records []trace.Record) []byte {
	t.Helper()
	var out bytes.Buffer
	w := trace.NewWriter(&out, format, 0)
	for _, r := range records {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLadderOfACall(t *testing.T) {
	golden(t, "ringing.txt", write(t, trace.Ladder, ringing(t)))
}

func TestCaptureOfACall(t *testing.T) {
	golden(t, "ringing.pcap", write(t, trace.Pcap, ringing(t)))
}

// TestLadderOnDemand: without the messages it is the same up to them.
func TestLadderOnDemand(t *testing.T) {
	var short, long bytes.Buffer
	records := ringing(t)
	if err := trace.WriteLadder(&short, records, false); err != nil {
		t.Fatal(err)
	}
	if err := trace.WriteLadder(&long, records, true); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(long.Bytes(), short.Bytes()) || bytes.Contains(short.Bytes(), []byte("Via:")) || bytes.Count(long.Bytes(), []byte("Via:")) != len(records) {
		t.Errorf("short:\n%s\nlong:\n%s", &short, &long)
	}
}
