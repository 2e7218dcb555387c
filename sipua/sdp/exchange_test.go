package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
)

// ones is a source of randomness that is not random: every key is 01 01 01 ...
type ones struct{}

func (ones) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 1
	}
	return len(b), nil
}

var (
	g722 = Codec{Name: "G722", ClockRate: 8000, PayloadType: 9}
	pcma = Codec{Name: "PCMA", ClockRate: 8000, PayloadType: 8}
	pcmu = Codec{Name: "PCMU", ClockRate: 8000, PayloadType: 0}
	opus = Codec{Name: "opus", ClockRate: 48000, Channels: 2, PayloadType: 96, Fmtp: "useinbandfec=1"}
	wide = Codec{Name: "L16", ClockRate: 16000, PayloadType: 97}

	door = Endpoint{RTP: netip.MustParseAddrPort("192.0.2.10:4000")}
)

// newExchange is a door station with G.722 and G.711; change alters its Config.
func newExchange(t *testing.T, change func(*Config)) *Exchange {
	t.Helper()
	cfg := Config{
		Capabilities: Capabilities{Codecs: []Codec{g722, pcma, pcmu}, Events: "0-15"},
		Local:        door, SessionID: 7, Rand: ones{},
	}
	if change != nil {
		change(&cfg)
	}
	x, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// remote is a peer's description with the given lines after the session part.
func remote(l ...string) []byte {
	return []byte(lines(append([]string{"v=0", "o=- 1 1 IN IP4 192.0.2.99", "s=-", "c=IN IP4 192.0.2.99", "t=0 0"}, l...)...))
}

func answered(t *testing.T, x *Exchange, offer []byte) (string, Negotiated) {
	t.Helper()
	answer, n, err := x.Answer(offer)
	if err != nil {
		t.Fatalf("%v: offer\n%s", err, offer)
	}
	return string(answer), n
}

func accepted(t *testing.T, x *Exchange, answer []byte) Negotiated {
	t.Helper()
	n, err := x.Accept(answer)
	if err != nil {
		t.Fatalf("%v: answer\n%s", err, answer)
	}
	return n
}

func wantLines(t *testing.T, body string, want ...string) {
	t.Helper()
	for _, line := range want {
		if !strings.Contains(body, line+"\r\n") {
			t.Errorf("no line %q in\n%s", line, body)
		}
	}
}

// numbersOf is formats as "9 G722/8000, 101 telephone-event/8000".
func numbersOf(formats []Format) string {
	var text []string
	for _, f := range formats {
		text = append(text, f.rtpmap())
	}
	return strings.Join(text, ", ")
}

func TestOffer(t *testing.T) {
	x := newExchange(t, nil)
	if x.State() != Idle || len(x.Negotiated().Send) != 0 {
		t.Fatalf("state %v, negotiated %+v before the offer", x.State(), x.Negotiated())
	}
	want := lines("v=0", "o=- 7 0 IN IP4 192.0.2.10", "s=-", "c=IN IP4 192.0.2.10", "t=0 0",
		"m=audio 4000 RTP/AVP 9 8 0 101", "a=rtpmap:9 G722/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000",
		"a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=ptime:20", "a=sendrecv")
	if got := string(x.MakeOffer()); got != want {
		t.Errorf("offer\n%s, want\n%s", got, want)
	}
	if got := string(x.MakeOffer()); got != want {
		t.Errorf("offer made again\n%s, want it unchanged", got)
	}
	if x.State() != Offered {
		t.Errorf("state %v, want offered", x.State())
	}
}

// TestOfferEvents: one telephone-event per clock rate (RFC 4733 section 2.1), and no number twice.
func TestOfferEvents(t *testing.T) {
	clash := Codec{Name: "X", ClockRate: 8000, PayloadType: 101}
	x := newExchange(t, func(c *Config) { c.Capabilities.Codecs = []Codec{opus, wide, g722, clash} })
	wantLines(t, string(x.MakeOffer()), "m=audio 4000 RTP/AVP 96 97 9 101 98 99 100", "a=rtpmap:96 opus/48000/2",
		"a=fmtp:96 useinbandfec=1", "a=rtpmap:98 telephone-event/48000", "a=rtpmap:99 telephone-event/16000",
		"a=rtpmap:100 telephone-event/8000", "a=fmtp:100 0-15")
	silent := newExchange(t, func(c *Config) { c.Capabilities.Events = "" })
	if offer := string(silent.MakeOffer()); strings.Contains(offer, "telephone-event") {
		t.Errorf("events are offered by one that has none:\n%s", offer)
	}
}

func TestOfferIPv6(t *testing.T) {
	x := newExchange(t, func(c *Config) {
		c.Local.RTP = netip.MustParseAddrPort("[2001:db8::10]:4000")
		c.Local.RTCP = netip.MustParseAddrPort("[2001:db8::10]:5001")
		c.Capabilities.MaxPtime, c.Capabilities.Feedback = 40, true
	})
	wantLines(t, string(x.MakeOffer()), "o=- 7 0 IN IP6 2001:db8::10", "c=IN IP6 2001:db8::10", "m=audio 4000 RTP/AVPF 9 8 0 101",
		"a=rtcp:5001 IN IP6 2001:db8::10", "a=maxptime:40")
	n := accepted(t, x, []byte(lines("v=0", "o=- 1 1 IN IP6 2001:db8::9", "s=-", "c=IN IP6 2001:db8::9", "t=0 0", "m=audio 6000 RTP/AVPF 9")))
	if n.RemoteRTP != netip.MustParseAddrPort("[2001:db8::9]:6000") || n.RemoteRTCP.Port() != 6001 {
		t.Errorf("remote %v and %v", n.RemoteRTP, n.RemoteRTCP)
	}
	mapped := newExchange(t, func(c *Config) { c.Local.RTP = netip.MustParseAddrPort("[::ffff:192.0.2.10]:4000") })
	wantLines(t, string(mapped.MakeOffer()), "c=IN IP4 192.0.2.10")
}

// TestDirectionTable is RFC 3264 section 6.1 and 8.4, with and without a hold of ours, and the hold of RFC 2543.
func TestDirectionTable(t *testing.T) {
	rows := []struct {
		line      string
		holding   bool
		direction Direction
		hasRemote bool
	}{
		{"a=sendrecv", false, SendRecv, true}, {"a=sendonly", false, RecvOnly, true}, {"a=recvonly", false, SendOnly, true},
		{"a=inactive", false, Inactive, true}, {"a=sendrecv", true, SendOnly, true}, {"a=sendonly", true, Inactive, true},
		{"a=recvonly", true, SendOnly, true}, {"a=inactive", true, Inactive, true},
		{"c=IN IP4 0.0.0.0", false, RecvOnly, false}, {"c=IN IP6 ::", false, RecvOnly, false},
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("%s holding %v", row.line, row.holding), func(t *testing.T) {
			x := newExchange(t, nil)
			if row.holding {
				x.Hold()
			}
			answer, n := answered(t, x, remote("m=audio 5000 RTP/AVP 8", row.line))
			wantLines(t, answer, "a="+row.direction.String())
			if n.Direction != row.direction || n.RemoteRTP.IsValid() != row.hasRemote || n.RemoteRTCP.IsValid() != row.hasRemote {
				t.Errorf("direction %v to %v, want %v", n.Direction, n.RemoteRTP, row.direction)
			}
		})
	}
}

// TestHoldAndResume: version up by one with each change (RFC 3264 section 8), sendonly, inactive when both hold.
func TestHoldAndResume(t *testing.T) {
	x := newExchange(t, nil)
	wantLines(t, string(x.MakeOffer()), "o=- 7 0 IN IP4 192.0.2.10", "a=sendrecv")
	accepted(t, x, remote("m=audio 5000 RTP/AVP 8"))
	x.Hold()
	if !x.IsHolding() {
		t.Error("Hold does not hold")
	}
	wantLines(t, string(x.MakeOffer()), "o=- 7 1 IN IP4 192.0.2.10", "a=sendonly")
	if n := accepted(t, x, remote("m=audio 5000 RTP/AVP 8", "a=recvonly")); n.Direction != SendOnly || n.Remote != RecvOnly {
		t.Errorf("held: %v, peer %v", n.Direction, n.Remote)
	}
	// The peer holds us, too, and we repeat our hold: nobody sends.
	answer, n := answered(t, x, remote("m=audio 5000 RTP/AVP 8", "a=sendonly"))
	if wantLines(t, answer, "o=- 7 2 IN IP4 192.0.2.10", "a=inactive"); n.Direction != Inactive {
		t.Errorf("held by both: %v", n.Direction)
	}
	wantLines(t, string(x.MakeOffer()), "a=inactive")
	accepted(t, x, remote("m=audio 5000 RTP/AVP 8", "a=inactive"))
	x.Resume()
	wantLines(t, string(x.MakeOffer()), "a=sendrecv")
	if n := accepted(t, x, remote("m=audio 5000 RTP/AVP 8")); n.Direction != SendRecv || x.IsHolding() {
		t.Errorf("resumed: %v", n.Direction)
	}
}

// TestVersion: the same offer gets the same answer with the same version; a moved endpoint gets the next.
func TestVersion(t *testing.T) {
	x := newExchange(t, nil)
	offer := remote("m=audio 5000 RTP/AVP 8")
	first, _ := answered(t, x, offer)
	second, _ := answered(t, x, offer)
	if first != second {
		t.Errorf("unchanged answer differs:\n%s\n%s", first, second)
	}
	if err := x.Move(Endpoint{}); err == nil {
		t.Error("moved to no address")
	}
	if err := x.Move(Endpoint{RTP: netip.MustParseAddrPort("198.51.100.1:4444")}); err != nil {
		t.Fatal(err)
	}
	third, _ := answered(t, x, offer)
	wantLines(t, third, "o=- 7 1 IN IP4 198.51.100.1", "c=IN IP4 198.51.100.1", "m=audio 4444 RTP/AVP 8")
}

// TestAnswerIsACopy: what the caller does with the bytes does not reach the exchange.
func TestAnswerIsACopy(t *testing.T) {
	x := newExchange(t, nil)
	offer := x.MakeOffer()
	want := string(offer)
	clear(offer)
	if got := string(x.MakeOffer()); got != want {
		t.Errorf("offer\n%q, want\n%q", got, want)
	}
}

// TestNumbersKeepTheirMeaning is RFC 3264 section 8.3.2: a re-offer of ours uses the peer's numbers and none of them for
// anything else.
func TestNumbersKeepTheirMeaning(t *testing.T) {
	x := newExchange(t, func(c *Config) { c.Capabilities.Codecs = []Codec{opus, pcma} })
	answered(t, x, remote("m=audio 5000 RTP/AVP 120 96 101", "a=rtpmap:120 opus/48000/2", "a=rtpmap:96 speex/8000", "a=rtpmap:101 iLBC/8000"))
	wantLines(t, string(x.MakeOffer()), "m=audio 4000 RTP/AVP 120 8 97 98", "a=rtpmap:97 telephone-event/48000", "a=rtpmap:98 telephone-event/8000")
}

func TestNumbersRunOut(t *testing.T) {
	var n numbers
	for number := range 128 {
		n.reserve(Format{uint8(number), "x", number + 1, 1, ""})
	}
	if got := n.choose(Format{96, "y", 8000, 1, ""}); got.PayloadType != 96 {
		t.Errorf("number %d, want the one wished for", got.PayloadType)
	}
	n = numbers{}
	for number := 96; number < 128; number++ {
		n.reserve(Format{uint8(number), "x", number, 1, ""})
	}
	if got := n.choose(Format{96, "y", 8000, 1, ""}); got.PayloadType != 35 {
		t.Errorf("number %d, want 35 (RFC 5761 section 4)", got.PayloadType)
	}
}

// TestOrder: glare, answers nobody asked for, withdrawn offers.
func TestOrder(t *testing.T) {
	x := newExchange(t, nil)
	audio := remote("m=audio 5000 RTP/AVP 8")
	if _, err := x.Accept(audio); !errors.Is(err, ErrNoOffer) {
		t.Fatalf("answer without offer: %v", err)
	}
	x.Withdraw()
	if x.MakeOffer(); x.State() != Offered {
		t.Fatalf("state %v", x.State())
	}
	if _, _, err := x.Answer(audio); !errors.Is(err, ErrGlare) {
		t.Fatalf("crossing offers: %v", err)
	}
	if x.Withdraw(); x.State() != Idle {
		t.Fatalf("state %v after the first offer was withdrawn", x.State())
	}
	answered(t, x, audio)
	if _, err := x.Accept(audio); !errors.Is(err, ErrNoOffer) {
		t.Fatalf("answer after the peer's offer: %v", err)
	}
	x.Hold()
	x.MakeOffer()
	x.Withdraw()
	if x.State() != Agreed || x.Negotiated().Direction != SendRecv {
		t.Errorf("state %v, direction %v after a refused hold", x.State(), x.Negotiated().Direction)
	}
	if _, err := x.Accept([]byte("nonsense")); !errors.Is(err, ErrNoOffer) {
		t.Errorf("answer after Withdraw: %v", err)
	}
	for s, want := range map[State]string{Idle: "idle", Offered: "offered", Agreed: "agreed", 9: "state 9"} {
		if s.String() != want {
			t.Errorf("state %d is %q", s, s)
		}
	}
}

// TestForkedAnswers: each answer to one offer may be taken, the last holds (RFC 3261 section 13.2.2.4).
func TestForkedAnswers(t *testing.T) {
	x := newExchange(t, nil)
	x.MakeOffer()
	accepted(t, x, remote("m=audio 5000 RTP/AVP 8"))
	if n := accepted(t, x, remote("m=audio 6000 RTP/AVP 0")); n.RemoteRTP.Port() != 6000 || x.Negotiated().Send[0].Name != "PCMU" {
		t.Errorf("second answer: %+v", n)
	}
	var syntax *SyntaxError
	if _, err := x.Accept([]byte("nonsense")); !errors.As(err, &syntax) || x.Negotiated().RemoteRTP.Port() != 6000 {
		t.Errorf("nonsense: %v, negotiated %+v", err, x.Negotiated())
	}
}

// TestStreamDropped: a re-offer with port 0 ends the audio without an error, and a later one may bring it back.
func TestStreamDropped(t *testing.T) {
	x := newExchange(t, nil)
	answered(t, x, remote("m=audio 5000 RTP/AVP 8"))
	answer, n := answered(t, x, remote("m=audio 0 RTP/AVP 8"))
	if wantLines(t, answer, "m=audio 0 RTP/AVP 8"); len(n.Send) != 0 || n.Direction != Inactive {
		t.Errorf("dropped stream: %+v", n)
	}
	wantLines(t, string(x.MakeOffer()), "m=audio 4000 RTP/AVP 9 8 0 101")
	x.Withdraw()
	answer, n = answered(t, x, remote("m=audio 0 RTP/AVP 8", "m=audio 5002 RTP/AVP 8"))
	if wantLines(t, answer, "m=audio 0 RTP/AVP 8", "m=audio 4000 RTP/AVP 8"); n.RemoteRTP.Port() != 5002 {
		t.Errorf("stream in another place: %+v", n)
	}
	// From now on the second place is ours, whatever the first one offers.
	_, n = answered(t, x, remote("m=audio 5000 RTP/AVP 8", "m=audio 5002 RTP/AVP 8"))
	if n.RemoteRTP.Port() != 5002 {
		t.Errorf("the stream jumped to port %d", n.RemoteRTP.Port())
	}
}

func TestPacketTime(t *testing.T) {
	rows := []struct {
		lines    []string
		max, own int
		want     int
	}{
		{nil, 0, 0, 20}, {[]string{"a=ptime:30"}, 0, 0, 30}, {[]string{"a=ptime:20.0"}, 0, 0, 20}, {[]string{"a=ptime:5"}, 0, 0, 20},
		{[]string{"a=ptime:x"}, 0, 0, 20}, {[]string{"a=ptime:500"}, 0, 0, 120}, {[]string{"a=ptime:60"}, 40, 0, 40},
		{[]string{"a=ptime:60", "a=maxptime:35"}, 0, 0, 30}, {[]string{"a=maxptime:10"}, 0, 0, 10}, {[]string{"a=ptime:9999999"}, 0, 40, 40},
	}
	for _, row := range rows {
		x := newExchange(t, func(c *Config) { c.Capabilities.MaxPtime, c.Capabilities.Ptime = row.max, row.own })
		answer, n := answered(t, x, remote(append([]string{"m=audio 5000 RTP/AVP 8"}, row.lines...)...))
		if wantLines(t, answer, fmt.Sprintf("a=ptime:%d", row.want)); n.Ptime != row.want {
			t.Errorf("%v: ptime %d, want %d", row.lines, n.Ptime, row.want)
		}
	}
}

// TestRTCP: RFC 3605 and RFC 5761 section 5.1.1.
func TestRTCP(t *testing.T) {
	rows := []struct {
		rule   string
		lines  []string
		canMux bool
		want   string
		mux    bool
	}{
		{"next port", nil, true, "192.0.2.99:5001", false},
		{"a=rtcp port", []string{"a=rtcp:5555"}, true, "192.0.2.99:5555", false},
		{"a=rtcp address", []string{"a=rtcp:5555 IN IP4 192.0.2.98"}, true, "192.0.2.98:5555", false},
		{"a=rtcp unusable", []string{"a=rtcp:0 IN IP4 224.0.0.1"}, true, "192.0.2.99:5001", false},
		{"muxed", []string{"a=rtcp-mux", "a=rtcp:5555"}, true, "192.0.2.99:5000", true},
		{"offered, but not ours", []string{"a=rtcp-mux"}, false, "192.0.2.99:5001", false},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			change := func(c *Config) { c.Capabilities.RTCPMux = row.canMux }
			audio := remote(append([]string{"m=audio 5000 RTP/AVP 8"}, row.lines...)...)
			answer, n := answered(t, newExchange(t, change), audio)
			if n.RemoteRTCP.String() != row.want || n.RTCPMux != row.mux || strings.Contains(answer, "a=rtcp-mux\r\n") != row.mux {
				t.Errorf("answered: %v, mux %v", n.RemoteRTCP, n.RTCPMux)
			}
			x := newExchange(t, change)
			if offer := string(x.MakeOffer()); strings.Contains(offer, "a=rtcp-mux\r\n") != row.canMux {
				t.Errorf("offer\n%s", offer)
			}
			if n := accepted(t, x, audio); n.RemoteRTCP.String() != row.want || n.RTCPMux != row.mux {
				t.Errorf("accepted: %v, mux %v", n.RemoteRTCP, n.RTCPMux)
			}
		})
	}
	_, n := answered(t, newExchange(t, nil), remote("m=audio 65535 RTP/AVP 8"))
	if n.RemoteRTCP.Port() != 65535 {
		t.Errorf("port after 65535 is %d", n.RemoteRTCP.Port())
	}
}

func TestConfigErrors(t *testing.T) {
	good := Config{Capabilities: Capabilities{Codecs: []Codec{pcma}}, Local: door}
	if _, err := New(good); err != nil {
		t.Fatalf("a plain Config: %v", err)
	}
	for name, change := range map[string]func(*Config){
		"no codec":            func(c *Config) { c.Capabilities.Codecs = nil },
		"codec without name":  func(c *Config) { c.Capabilities.Codecs = []Codec{{ClockRate: 8000}} },
		"codec without rate":  func(c *Config) { c.Capabilities.Codecs = []Codec{{Name: "x"}} },
		"number beyond 127":   func(c *Config) { c.Capabilities.Codecs = []Codec{{Name: "x", ClockRate: 1, PayloadType: 128}} },
		"no address":          func(c *Config) { c.Local = Endpoint{} },
		"no port":             func(c *Config) { c.Local.RTP = netip.MustParseAddrPort("192.0.2.1:0") },
		"unknown suite":       func(c *Config) { c.Capabilities.Suites = []string{"F8"} },
		"SDES without suites": func(c *Config) { c.Capabilities.Keying = KeyingSDES },
		"DTLS without cert":   func(c *Config) { c.Capabilities.Keying = KeyingDTLS },
		"secret in the open":  func(c *Config) { c.Capabilities.IsSecret = true },
		"no random bytes":     func(c *Config) { c.Rand = iotest.ErrReader(errors.New("no entropy")) },
		"no bytes for keys": func(c *Config) {
			c.Rand, c.SessionID, c.Capabilities.Suites = iotest.ErrReader(errors.New("no entropy")), 1, []string{AEAD128}
		},
	} {
		cfg := good
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
