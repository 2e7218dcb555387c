package trace_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"intercom/sipua/sip"
	"intercom/sipua/trace"
)

// morning is when the tests' calls begin.
var morning = time.Date(2026, 3, 1, 7, 30, 0, 250e6, time.UTC)

// message parses lines as a message.
func message(t testing.TB, body string, lines ...string) *sip.Message {
	t.Helper()
	m, err := sip.Parse([]byte(strings.Join(lines, "\r\n") + "\r\n\r\n" + body))
	if err != nil {
		t.Fatalf("%v in\n%s", err, strings.Join(lines, "\n"))
	}
	return m
}

// The secrets, each of which stands in a message below.
var secrets = []string{"hunter2", "6629fae49393a05397450978507c4ef1", "0a4f113b", "dcd98b7102dd2f0e8b11d0f600bfb0c093",
	"WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz", "F00DF00Dice", "4711", "97531", "c2VjcmV0"}

// secretive are messages with everything that must not be seen.
func secretive(t testing.TB) []*sip.Message {
	const common = "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1;rport\r\nFrom: <sip:door@192.0.2.10>;tag=1\r\n" +
		"To: <sip:desk@192.0.2.10>\r\nCall-ID: a"
	withSDP := "v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4\r\n" +
		"a=ice-pwd:F00DF00Dice\r\nk=base64:c2VjcmV0\r\n"
	return []*sip.Message{
		message(t, withSDP, "INVITE sip:desk:hunter2@192.0.2.10 SIP/2.0", common, "CSeq: 2 INVITE", "Content-Type: application/sdp",
			`Authorization: Digest username="door", realm="r", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="sip:192.0.2.10", `+
				`response="6629fae49393a05397450978507c4ef1", cnonce="0a4f113b", nc=00000001, qop=auth`),
		message(t, "", "SIP/2.0 401 Unauthorized", common, "CSeq: 2 INVITE",
			`WWW-Authenticate: Digest realm="r", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", qop="auth"`),
		message(t, "", "SIP/2.0 200 OK", common, "CSeq: 2 INVITE", "Contact: <sip:desk:hunter2@192.0.2.10>",
			`Authentication-Info: nextnonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", rspauth="6629fae49393a05397450978507c4ef1"`),
		message(t, "Signal=4711\r\nDuration=160\r\n", "INFO sip:desk@192.0.2.10 SIP/2.0", common, "CSeq: 3 INFO",
			"Content-Type: application/dtmf-relay"),
		message(t, "97531", "INFO sip:desk@192.0.2.10 SIP/2.0", common, "CSeq: 4 INFO", "Content-Type: application/dtmf"),
	}
}

func TestNoSecretGetsIntoARecord(t *testing.T) {
	var seen bytes.Buffer
	for _, m := range secretive(t) {
		seen.Write(m.Append(nil))
	}
	for _, s := range secrets {
		if !strings.Contains(seen.String(), s) {
			t.Fatalf("%s is in no message: the test proves nothing", s)
		}
	}
	local, remote := netip.MustParseAddrPort("192.0.2.1:5062"), netip.MustParseAddrPort("192.0.2.10:5060")
	for _, format := range []trace.Format{trace.Ladder, trace.Pcap} {
		var out bytes.Buffer
		w := trace.NewWriter(&out, format, 0)
		for _, m := range secretive(t) {
			if err := w.Write(trace.New(trace.Way{At: morning, Sent: true, Transport: sip.UDP, Local: local, Remote: remote}, m)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		wantNoSecret(t, out.String())
		if !strings.Contains(out.String(), "AES_CM_128_HMAC_SHA1_80") || !strings.Contains(out.String(), `username="door"`) {
			t.Errorf("format %d hides what helps to find an error:\n%s", format, out.String())
		}
	}
}

func wantNoSecret(t *testing.T, text string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("the secret %s is in the trace:\n%s", s, text)
		}
	}
}

// TestRedactedTwice: the agent redacts before it tells; a record made of that is the same.
func TestRedactedTwice(t *testing.T) {
	for _, m := range secretive(t) {
		once, twice := trace.New(trace.Way{}, m), trace.New(trace.Way{}, m.Redacted())
		if !bytes.Equal(once.Message, twice.Message) {
			t.Errorf("once:\n%s\ntwice:\n%s", once.Message, twice.Message)
		}
	}
}

func TestRecordSharesNothing(t *testing.T) {
	m := secretive(t)[4]
	r := trace.New(trace.Way{}, m)
	before := string(r.Message)
	m.Body[0], m.Header[0].Value, m.Via[0].Host = 'x', "changed", "changed.example"
	if string(r.Message) != before || strings.Contains(before, "changed") {
		t.Error("the record changed with its message")
	}
}

func TestRecordTellsWhatTheLadderNeeds(t *testing.T) {
	all := secretive(t)
	for i, want := range []struct {
		title, method string
		seq           uint32
		hasSDP        bool
	}{
		{"INVITE", "INVITE", 2, true}, {"401 Unauthorized", "INVITE", 2, false}, {"200 OK", "INVITE", 2, false},
		{"INFO", "INFO", 3, false}, {"INFO", "INFO", 4, false},
	} {
		r := trace.New(trace.Way{}, all[i])
		if r.Title != want.title || r.CSeq.Method != want.method || r.CSeq.Seq != want.seq || r.HasSDP != want.hasSDP || r.CallID != "a" {
			t.Errorf("record %d is %+v, want %+v", i, r, want)
		}
	}
}

func TestRecordWithoutReasonPhrase(t *testing.T) {
	m := sip.NewResponse(secretive(t)[0], 200, "")
	m.Reason = ""
	if r := trace.New(trace.Way{}, m); r.Title != "200" {
		t.Errorf("title %q", r.Title)
	}
}

// TestAddressesInOneForm: sockets of both families give IPv4 addresses in IPv6 form.
func TestAddressesInOneForm(t *testing.T) {
	r := trace.New(trace.Way{Local: netip.MustParseAddrPort("[::ffff:192.0.2.1]:5060"), Remote: netip.MustParseAddrPort("[fe80::1%eth0]:5070")}, secretive(t)[4])
	if r.Local.String() != "192.0.2.1:5060" || r.Remote.String() != "[fe80::1]:5070" {
		t.Errorf("local %v, remote %v", r.Local, r.Remote)
	}
}

func TestRecorderIsBounded(t *testing.T) {
	m := secretive(t)[0]
	one := trace.New(trace.Way{}, m)
	r := trace.NewRecorder(10 * (len(one.Message) + 300))
	const many = 10_000
	for i := range many {
		r.Add(trace.New(trace.Way{At: morning.Add(time.Duration(i) * time.Second)}, m))
	}
	kept := r.Records()
	if len(kept) < 8 || len(kept) > 12 || r.Dropped() != many-len(kept) {
		t.Fatalf("%d kept, %d dropped", len(kept), r.Dropped())
	}
	for i, k := range kept {
		if want := morning.Add(time.Duration(many-len(kept)+i) * time.Second); !k.At.Equal(want) {
			t.Errorf("record %d is of %v, want %v", i, k.At, want)
		}
	}
	kept[0].Title = "changed"
	if r.Records()[0].Title == "changed" {
		t.Error("Records is no copy")
	}
}

func TestRecorderKeepsOneThatIsTooLarge(t *testing.T) {
	r := trace.NewRecorder(1)
	r.Add(trace.New(trace.Way{}, secretive(t)[0]))
	r.Add(trace.New(trace.Way{}, secretive(t)[1]))
	if kept := r.Records(); len(kept) != 1 || kept[0].Title != "401 Unauthorized" {
		t.Errorf("%d kept", len(kept))
	}
	if trace.NewRecorder(0).Dropped() != 0 {
		t.Error("a new recorder has dropped something")
	}
}

func BenchmarkNew(b *testing.B) {
	m := secretive(b)[0]
	b.ReportAllocs()
	for b.Loop() {
		trace.New(trace.Way{}, m)
	}
}
