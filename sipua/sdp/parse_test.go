package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

// lines joins SDP lines as the wire has them.
func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n" }

// rfc8866 is the example of RFC 8866 section 5.
var rfc8866 = lines(
	"v=0",
	"o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1",
	"s=Call to John Smith",
	"i=SDP Offer #1",
	"u=http://www.jdoe.example.com/home.html",
	"e=Jane Doe <jane@jdoe.example.com>",
	"p=+1 617 555-6011",
	"c=IN IP4 198.51.100.1",
	"t=0 0",
	"m=audio 49170 RTP/AVP 0",
	"m=audio 49180 RTP/AVP 0",
	"m=video 51372 RTP/AVP 99",
	"c=IN IP6 2001:db8::2",
	"a=rtpmap:99 h263-1998/90000",
)

// corpus is descriptions as peers send them; seeds for the fuzz targets and the truncation tests.
var corpus = []string{
	rfc8866,
	lines("v=0", "o=- 123 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0",
		"m=audio 4000 RTP/AVP 9 8 0 101", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:20", "a=sendrecv"),
	lines("v=0", "o=- 1 1 IN IP6 2001:db8::1", "s=-", "c=IN IP6 2001:db8::1", "t=0 0", "a=sendonly",
		"m=audio 4000 RTP/SAVP 111 110", "a=rtpmap:111 opus/48000/2", "a=rtpmap:110 telephone-event/48000",
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4",
		"a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz WSH=128", "a=rtcp-mux"),
	lines("v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0", "a=group:BUNDLE 0 1",
		"a=fingerprint:sha-256 AA:BB", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=setup:actpass",
		"a=rtpmap:111 opus/48000/2", "a=rtcp:5 IN IP4 192.0.2.9", "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:1"),
	"v=\na=0:\x00 0",
	"v=0\no=x\ns=\nc=IN IP4 0.0.0.0\nm=audio 5/2 RTP/AVP 8\na=inactive\nz=0 0\nx=y",
}

func parsed(t *testing.T, text string) *Session {
	t.Helper()
	s, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return s
}

func TestParseExample(t *testing.T) {
	s := parsed(t, rfc8866)
	if got, want := s.Origin, (Origin{"jdoe", "3724394400", "3724394405", "IN", "IP4", "198.51.100.1"}); got != want {
		t.Errorf("origin %+v, want %+v", got, want)
	}
	if s.Name != "Call to John Smith" || len(s.Lines) != 5 || len(s.Media) != 3 {
		t.Errorf("name %q, %d other lines, %d media", s.Name, len(s.Lines), len(s.Media))
	}
	want := Media{Kind: "video", Port: 51372, Protocol: "RTP/AVP", Formats: []string{"99"},
		Connection: Connection{"IN", "IP6", "2001:db8::2"}, Attributes: Attributes{{"rtpmap", "99 h263-1998/90000"}}}
	if !reflect.DeepEqual(s.Media[2], want) {
		t.Errorf("video %+v, want %+v", s.Media[2], want)
	}
	if got := string(s.Bytes()); got != rfc8866 {
		t.Errorf("printed\n%s, want\n%s", got, rfc8866)
	}
}

// TestParseLiberal: each row is read as if it were want.
func TestParseLiberal(t *testing.T) {
	full := lines("v=0", "o=- 1 2 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0", "m=audio 4000 RTP/AVP 8", "a=sendrecv")
	rows := []struct{ rule, in, want string }{
		{"LF alone", strings.ReplaceAll(full, "\r\n", "\n"), full},
		{"CR alone", strings.ReplaceAll(full, "\r\n", "\r"), full},
		{"last line without its end", strings.TrimSuffix(full, "\r\n"), full},
		{"blank lines before, between and after", "\r\n" + strings.ReplaceAll(full, "\r\n", "\r\n\r\n"), full},
		{"a NUL after the last line", full + "\x00", full},
		{"leading and trailing blanks", strings.ReplaceAll(full, "\r\n", "  \r\n "), full},
		{"two blanks between fields", strings.Replace(full, "audio 4000", "audio  4000", 1), full},
		{"a line that is none", strings.Replace(full, "t=0 0", "t=0 0\r\nnonsense", 1), full},
		{"unknown line in the session part", strings.Replace(full, "t=0 0", "y=1\r\nt=0 0", 1), strings.Replace(full, "t=0 0", "t=0 0\r\ny=1", 1)},
		{"unknown line in a medium", strings.Replace(full, "a=send", "q=2\r\na=send", 1), strings.Replace(full, "a=send", "q=2\r\na=send", 1)},
		{"order within the session part", lines("v=0", "t=0 0", "c=IN IP4 192.0.2.1", "s=-", "o=- 1 2 IN IP4 192.0.2.1", "m=audio 4000 RTP/AVP 8", "a=sendrecv"), full},
		{"t= missing", strings.Replace(full, "t=0 0\r\n", "", 1), full},
		{"s= empty", strings.Replace(full, "s=-", "s=", 1), full},
		{"s= a blank", strings.Replace(full, "s=-", "s= ", 1), full},
		{"o= and s= missing", lines("v=0", "m=audio 0 RTP/AVP 8"), lines("v=0", "o=- 0 0 IN IP4 0.0.0.0", "s=-", "t=0 0", "m=audio 0 RTP/AVP 8")},
		{"o= short", lines("v=0", "o=me 7"), lines("v=0", "o=me 7 0 IN IP4 0.0.0.0", "s=-", "t=0 0")},
		{"o= beyond 64 bits", strings.Replace(full, "- 1 2", "- 99999999999999999999999 2", 1), strings.Replace(full, "- 1 2", "- 99999999999999999999999 2", 1)},
		{"c= short counts as none", strings.Replace(full, "c=IN IP4 192.0.2.1", "c=IN", 1), strings.Replace(full, "c=IN IP4 192.0.2.1\r\n", "", 1)},
		{"a= empty", full + "a=\r\na=:\r\n", full},
		{"refused medium without formats", full + "m=video 0 RTP/AVP\r\n", full + "m=video 0 RTP/AVP\r\n"},
		{"number of ports", strings.Replace(full, "4000", "4000/2", 1), strings.Replace(full, "4000", "4000/2", 1)},
		{"long attribute (CVE-2022-24764)", full + "a=x:" + strings.Repeat("y", 20000) + "\r\n", full + "a=x:" + strings.Repeat("y", 20000) + "\r\n"},
		{"formats that are no numbers", strings.Replace(full, "AVP 8", "AVP 8 t38 999", 1), strings.Replace(full, "AVP 8", "AVP 8 t38 999", 1)},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			if got := string(parsed(t, row.in).Bytes()); got != row.want {
				t.Errorf("read as\n%s, want\n%s", got, row.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	rows := []struct {
		rule, in string
		line     int
	}{
		{"empty", "", 0},
		{"no description at all", "\r\n\r\n", 0},
		{"another body (RFC 4475 section 3.3.15)", "<xml>\r\n</xml>", 0},
		{"v= is not first", lines("o=- 1 1 IN IP4 192.0.2.1", "v=0"), 1},
		{"m= without port", lines("v=0", "m=audio"), 2},
		{"m= without protocol", lines("v=0", "s=-", "m=audio 5"), 3},
		{"port is no number", lines("v=0", "m=audio x RTP/AVP 0"), 2},
		{"port beyond 65535", lines("v=0", "m=audio 65536 RTP/AVP 0"), 2},
		{"port below 0", lines("v=0", "m=audio -1 RTP/AVP 0"), 2},
		{"number of ports is none", lines("v=0", "m=audio 5/x RTP/AVP 0"), 2},
		{"too many formats", lines("v=0", "m=audio 5 RTP/AVP"+strings.Repeat(" 0", 65)), 2},
		{"too many media", lines("v=0") + strings.Repeat("m=audio 5 RTP/AVP 0\r\n", 33), 34},
		{"too many lines", lines("v=0") + strings.Repeat("a=x\r\n", 2048), 2049},
		{"too long", lines("v=0") + strings.Repeat("a", 65535), 0},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			s, err := Parse([]byte(row.in))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || s != nil {
				t.Fatalf("read as %+v, %v", s, err)
			}
			if syntax.Line != row.line {
				t.Errorf("error in line %d, want %d: %v", syntax.Line, row.line, err)
			}
			if at := fmt.Sprintf("line %d:", row.line); strings.Contains(err.Error(), at) != (row.line > 0) {
				t.Errorf("text %q", err)
			}
		})
	}
}

// TestPrintInjection: no value of ours adds a line.
func TestPrintInjection(t *testing.T) {
	s := Session{Name: "x\r\na=evil", Attributes: Attributes{{"a\nb", "c\rd\x00"}}}
	if got := string(s.Bytes()); strings.Count(got, "\n") != 4 || strings.Contains(got, "\na=evil") {
		t.Errorf("printed\n%q", got)
	}
}

func TestFormats(t *testing.T) {
	rows := []struct {
		rule, formats string
		attributes    []string
		want          []Format
	}{
		{"static numbers need no rtpmap (RFC 3551 table 4)", "0 8 9 18 10", nil, []Format{
			{0, "PCMU", 8000, 1, ""}, {8, "PCMA", 8000, 1, ""}, {9, "G722", 8000, 1, ""}, {18, "G729", 8000, 1, ""}, {10, "L16", 44100, 2, ""}}},
		{"rtpmap and fmtp", "111", []string{"rtpmap:111 opus/48000/2", "fmtp:111 useinbandfec=1; stereo=0"},
			[]Format{{111, "opus", 48000, 2, "useinbandfec=1; stereo=0"}}},
		{"rtpmap of another number", "96", []string{"rtpmap:97 X/8000", "fmtp:9 a"}, []Format{{96, "", 0, 0, ""}}},
		{"rtpmap without rate", "96 0", []string{"rtpmap:96 X", "rtpmap:0 Y/0"}, []Format{{96, "", 0, 0, ""}, {0, "PCMU", 8000, 1, ""}}},
		{"rtpmap overrides the static table", "0", []string{"rtpmap:0 L8/8000"}, []Format{{0, "L8", 8000, 1, ""}}},
		{"channels that are none", "96", []string{"rtpmap:96 X/8000/0"}, []Format{{96, "X", 8000, 1, ""}}},
		{"more blanks", "96", []string{"rtpmap:96   X/8000 "}, []Format{{96, "X", 8000, 1, ""}}},
		{"no payload numbers", "t38 128 -1 *", nil, []Format{}},
		{"a number never assigned", "1", nil, []Format{{1, "", 0, 0, ""}}},
	}
	for _, row := range rows {
		text := "v=0\r\nm=audio 5 RTP/AVP " + row.formats + "\r\n"
		for _, a := range row.attributes {
			text += "a=" + a + "\r\n"
		}
		got := parsed(t, text).Media[0].formats()
		if !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: %+v, want %+v", row.rule, got, row.want)
		}
	}
}

func TestDirections(t *testing.T) {
	rows := []struct {
		session, media string
		want           Direction
	}{
		{"", "", SendRecv}, {"sendonly", "", SendOnly}, {"sendonly", "recvonly", RecvOnly}, {"", "inactive", Inactive},
		{"inactive", "sendrecv", SendRecv}, {"", "SendOnly", SendOnly},
	}
	for _, row := range rows {
		s := Session{Attributes: Attributes{{row.session, ""}}}
		if got := s.direction(&Media{Attributes: Attributes{{row.media, ""}}}); got != row.want {
			t.Errorf("%q and %q: %v, want %v", row.session, row.media, got, row.want)
		}
	}
	for d, want := range map[Direction]Direction{SendOnly: RecvOnly, RecvOnly: SendOnly, SendRecv: SendRecv, Inactive: Inactive} {
		if got := d.mirror(); got != want {
			t.Errorf("mirror of %v is %v, want %v", d, got, want)
		}
	}
	if !SendOnly.Sends() || SendOnly.Receives() || !SendRecv.Receives() || Inactive.Sends() {
		t.Error("Sends and Receives do not tell the directions")
	}
}

func TestConnectionAddr(t *testing.T) {
	rows := []struct {
		c    Connection
		want string
	}{
		{Connection{"IN", "IP4", "192.0.2.1"}, "192.0.2.1"}, {Connection{"IN", "IP6", "2001:db8::1"}, "2001:db8::1"},
		{Connection{"IN", "IP4", "224.2.1.1/127/3"}, "224.2.1.1"}, {Connection{"IN", "IP6", "::ffff:192.0.2.1"}, "192.0.2.1"},
		{Connection{"IN", "IP4", "host.example"}, ""}, {Connection{"ATM", "NSAP", "192.0.2.1"}, ""},
		{Connection{"IN", "IP6", "fe80::1%eth0"}, ""}, {Connection{}, ""},
	}
	for _, row := range rows {
		got, ok := row.c.Addr()
		if want, err := netip.ParseAddr(row.want); ok != (err == nil) || got != want {
			t.Errorf("%+v: %v, %v, want %q", row.c, got, ok, row.want)
		}
	}
}

// TestTruncations: every beginning of a valid description is read or refused, and what is read prints stably.
func TestTruncations(t *testing.T) {
	for _, text := range corpus {
		for i := range len(text) {
			s, err := Parse([]byte(text[:i]))
			if (s == nil) == (err == nil) {
				t.Fatalf("%q: %v, %v", text[:i], s, err)
			}
			if err == nil {
				checkStable(t, s)
			}
		}
	}
}

// checkStable: what was printed once reads and prints the same for ever.
func checkStable(t *testing.T, s *Session) {
	t.Helper()
	first := s.Bytes()
	again, err := Parse(first)
	if err != nil {
		t.Fatalf("own description does not parse: %v\n%s", err, first)
	}
	if second := again.Bytes(); string(second) != string(first) {
		t.Fatalf("printed\n%q\nthen\n%q", first, second)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range corpus {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := Parse(body)
		if err != nil {
			return
		}
		checkStable(t, s)
		Redact(body)
	})
}

func BenchmarkParse(b *testing.B) {
	body := []byte(corpus[1])
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseWorst is 64 KiB of short lines, the most work a datagram can make.
func BenchmarkParseWorst(b *testing.B) {
	body := []byte("v=0\r\nm=audio 5 RTP/AVP" + strings.Repeat(" 99", 64) + "\r\n" + strings.Repeat("a=rtpmap:98 x/8000\r\n", 2040))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		s, err := Parse(body)
		if err != nil {
			b.Fatal(err)
		}
		s.Media[0].formats()
	}
}
