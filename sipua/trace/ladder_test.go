package trace_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"intercom/sipua/sip"
	"intercom/sipua/trace"
)

func ladderOf(t *testing.T, records ...trace.Record) string {
	t.Helper()
	var out bytes.Buffer
	if err := trace.WriteLadder(&out, records, false); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestLadderOfNothing(t *testing.T) {
	if got := ladderOf(t); got != "" {
		t.Errorf("%q", got)
	}
	if got := string(write(t, trace.Ladder, nil)); got != "No SIP message was sent or received.\n" {
		t.Errorf("%q", got)
	}
}

// TestLongTitleKeepsItsCSeq: the reason phrase is the peer's and may be long; the CSeq is what one looks for.
func TestLongTitleKeepsItsCSeq(t *testing.T) {
	r := ringing(t)[1]
	r.Title = "488 " + strings.Repeat("Not Acceptable Here At All ", 20)
	got := ladderOf(t, r)
	if !strings.Contains(got, "…") || !strings.Contains(got, "(1 REGISTER) -") || !strings.Contains(got, "488 Not") {
		t.Errorf("%s", got)
	}
	if width := longest(got); width > 80 {
		t.Errorf("%d columns:\n%s", width, got)
	}
}

func longest(text string) (n int) {
	for line := range strings.Lines(text) {
		n = max(n, utf8.RuneCountInString(line)-1)
	}
	return n
}

// TestArrows: direction shows, whichever side is left.
func TestArrows(t *testing.T) {
	all := ringing(t)
	got := ladderOf(t, all...)
	for _, want := range []string{"|---------- REGISTER (1) ---------->|", "|<- 401 Unauthorized (1 REGISTER) --|", " INVITE (7) +SDP ", "|<-", "->|"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	for line := range strings.Lines(got) {
		if strings.Contains(line, "|") && strings.Count(line, ">")+strings.Count(line, "<") != 1 {
			t.Errorf("not one arrowhead: %s", line)
		}
	}
}

// TestPartiesCallEachOther: a host that is a party on this side, too, is one column.
func TestPartiesCallEachOther(t *testing.T) {
	m := secretive(t)[4]
	got := ladderOf(t,
		trace.New(way("desk", true, sip.UDP, "192.0.2.20:5060", "192.0.2.10:5060"), m),
		trace.New(way("door", true, sip.UDP, "192.0.2.1:5060", "192.0.2.20:5060"), m))
	if strings.Contains(got, "192.0.2.20:5060") || !strings.Contains(got, "desk") {
		t.Errorf("the desk has two columns:\n%s", got)
	}
}

func TestMessageToOneself(t *testing.T) {
	got := ladderOf(t, trace.New(way("door", true, sip.UDP, "192.0.2.1:5060", "192.0.2.1:5060"), secretive(t)[4]))
	if !strings.Contains(got, "to itself: INFO (4)") {
		t.Errorf("%s", got)
	}
}

// TestScannersShareAColumn: the ladder stays as wide as a page.
func TestScannersShareAColumn(t *testing.T) {
	var records []trace.Record
	for i := range 1000 {
		remote := fmt.Sprintf("203.0.%d.%d:5060", i/250, i%250+1)
		records = append(records, trace.New(way("door", false, sip.UDP, "192.0.2.1:5060", remote), secretive(t)[4]))
	}
	got := ladderOf(t, records...)
	if width := longest(got); width > 260 {
		t.Errorf("%d columns wide", width)
	}
	if !strings.Contains(got, "others") || !strings.Contains(got, "203.0.3.250:5060 INFO (4)") {
		t.Errorf("the last of the scanners is not named:\n%s", got[len(got)-600:])
	}
	if n := strings.Count(got, "time"); n > 6 {
		t.Errorf("%d headings", n)
	}
}

// TestAPartyOfManyAddresses: what is remembered of a party is bounded.
func TestAPartyOfManyAddresses(t *testing.T) {
	var records []trace.Record
	for i := range 100 {
		local := fmt.Sprintf("192.0.2.1:%d", 5000+i)
		records = append(records, trace.New(way("", true, sip.UDP, local, "192.0.2.10:5060"), secretive(t)[4]))
	}
	if got := ladderOf(t, records...); strings.Count(got, "here") != 1 || len(records) != strings.Count(got, "->|") {
		t.Errorf("%s", got)
	}
}

// TestHostileTextStaysInItsPlace: nothing a peer sends moves the cursor, turns the text around or breaks a line.
func TestHostileTextStaysInItsPlace(t *testing.T) {
	m := message(t, "\x1b]0;title\x07\x00\xff\u202eesrever\u2066\nbare", "SIP/2.0 486 Busy\x1b[2J\u202eereH", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
		"From: <sip:a@b>;tag=1", "To: <sip:x>;tag=2", "Call-ID: \u009babcdefgh", "CSeq: 1 INVITE", "Subject: \x1b[31mred")
	r := trace.New(way("do\x1bor", false, "U\nDP", "", "192.0.2.10:5060"), m)
	got := string(write(t, trace.Ladder, []trace.Record{r}))
	for _, c := range got {
		if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == utf8.RuneError) {
			t.Errorf("%U is in the text", c)
		}
	}
	if !strings.Contains(got, "486 Busy.[2J.ereH (1 INVITE)") || !strings.Contains(got, "\n    bare\n") {
		t.Errorf("%s", got)
	}
}

// FuzzOddAddresses takes odd addresses through both exporters.
func FuzzOddAddresses(f *testing.F) {
	f.Add([]byte{192, 0, 2, 1}, uint16(5060), []byte{192, 0, 2, 10}, uint16(5061), "UDP", "door", true)
	f.Add([]byte{}, uint16(0), []byte{}, uint16(0), "TCP", "", false)
	f.Add(make([]byte, 16), uint16(1), make([]byte, 4), uint16(0), "TLS", "x", true)
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}, uint16(1), []byte{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, uint16(65535), "SCTP", "\x00", true)
	f.Fuzz(func(t *testing.T, local []byte, localPort uint16, remote []byte, remotePort uint16, transport, who string, sent bool) {
		here, _ := netip.AddrFromSlice(local)
		there, _ := netip.AddrFromSlice(remote)
		w := trace.Way{At: morning, Who: who, Sent: sent, Transport: transport,
			Local: netip.AddrPortFrom(here, localPort), Remote: netip.AddrPortFrom(there.WithZone("eth0"), remotePort)}
		records := []trace.Record{trace.New(w, secretive(t)[0])}
		w.Sent = !w.Sent
		records = append(records, trace.New(w, secretive(t)[1]))
		packets := readCapture(t, write(t, trace.Pcap, records))
		if len(packets) != 2 || packets[0].from != packets[1].to || packets[0].to != packets[1].from {
			t.Errorf("there and back are no pair: %+v", packets)
		}
		if got := ladderOf(t, records...); strings.Count(got, "INVITE") != 2 {
			t.Errorf("%s", got)
		}
	})
}
