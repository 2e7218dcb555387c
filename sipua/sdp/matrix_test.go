package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// policies are the sides of the matrix of keying.
var policies = map[string]func(*Config){
	"plain":    nil,
	"optional": withSDES(KeyingOptional, false),
	"SDES":     withSDES(KeyingSDES, false),
	"secret":   withSDES(KeyingSDES, true),
	"DTLS":     withDTLS(KeyingDTLS),
	"both": func(c *Config) {
		withSDES(KeyingNone, false)(c)
		withDTLS(KeyingNone)(c)
	},
	"DTLS only": func(c *Config) {
		withDTLS(KeyingDTLS)(c)
		c.Capabilities.IsSecret = true
	},
}

// TestKeyingMatrix: each policy against each kind of offer: the keying that comes out, or refused.
func TestKeyingMatrix(t *testing.T) {
	const (
		refused = Keying(99)
		crypto  = "a=crypto:1 " + sha80 + theirs
		cert    = "a=fingerprint:sha-256 ab:cd"
	)
	offers := map[string][]string{
		"AVP":          {"m=audio 5000 RTP/AVP 8"},
		"AVP+crypto":   {"m=audio 5000 RTP/AVP 8", crypto},
		"AVP+cert":     {"m=audio 5000 RTP/AVP 8", cert, "a=setup:actpass"},
		"SAVP":         {"m=audio 5000 RTP/SAVP 8"},
		"SAVP+crypto":  {"m=audio 5000 RTP/SAVP 8", crypto},
		"SAVP+cert":    {"m=audio 5000 RTP/SAVP 8", cert, "a=setup:actpass"},
		"DTLS":         {"m=audio 5000 UDP/TLS/RTP/SAVP 8", cert, "a=setup:actpass"},
		"DTLS no cert": {"m=audio 5000 UDP/TLS/RTP/SAVP 8", "a=setup:actpass"},
	}
	rows := []struct {
		policy, offer string
		want          Keying
	}{
		{"plain", "AVP", KeyingNone},
		{"plain", "AVP+crypto", KeyingNone},
		{"plain", "AVP+cert", KeyingNone},
		{"plain", "SAVP", refused},
		{"plain", "SAVP+crypto", refused},
		{"plain", "SAVP+cert", refused},
		{"plain", "DTLS", refused},
		{"plain", "DTLS no cert", refused},
		{"optional", "AVP", KeyingNone},
		{"optional", "AVP+crypto", KeyingSDES},
		{"optional", "AVP+cert", KeyingNone},
		{"optional", "SAVP", refused},
		{"optional", "SAVP+crypto", KeyingSDES},
		{"optional", "SAVP+cert", refused},
		{"optional", "DTLS", refused},
		{"SDES", "AVP", KeyingNone},
		{"SDES", "AVP+crypto", KeyingSDES},
		{"SDES", "SAVP", refused},
		{"SDES", "SAVP+crypto", KeyingSDES},
		{"SDES", "DTLS", refused},
		{"secret", "AVP", refused},
		{"secret", "AVP+crypto", KeyingSDES},
		{"secret", "AVP+cert", refused},
		{"secret", "SAVP", refused},
		{"secret", "SAVP+crypto", KeyingSDES},
		{"secret", "DTLS", refused},
		{"DTLS", "AVP", KeyingNone},
		{"DTLS", "AVP+crypto", KeyingNone},
		{"DTLS", "AVP+cert", KeyingDTLS},
		{"DTLS", "SAVP+crypto", refused},
		{"DTLS", "SAVP+cert", KeyingDTLS},
		{"DTLS", "DTLS", KeyingDTLS},
		{"DTLS", "DTLS no cert", refused},
		{"both", "AVP", KeyingNone},
		{"both", "AVP+crypto", KeyingSDES},
		{"both", "AVP+cert", KeyingDTLS},
		{"both", "SAVP+crypto", KeyingSDES},
		{"both", "SAVP+cert", KeyingDTLS},
		{"both", "DTLS", KeyingDTLS},
		{"both", "DTLS no cert", refused},
		{"DTLS only", "AVP", refused},
		{"DTLS only", "AVP+crypto", refused},
		{"DTLS only", "AVP+cert", KeyingDTLS},
		{"DTLS only", "DTLS", KeyingDTLS},
	}
	for _, row := range rows {
		t.Run(row.policy+" "+row.offer, func(t *testing.T) {
			x := newExchange(t, policies[row.policy])
			_, n, err := x.Answer(remote(offers[row.offer]...))
			var u *Unusable
			switch {
			case row.want == refused && (!errors.As(err, &u) || u.Code != 302):
				t.Errorf("keying %v, %v, want Warning 302", n.Keying, err)
			case row.want != refused && (err != nil || n.Keying != row.want):
				t.Errorf("keying %v, %v, want %v", n.Keying, err, row.want)
			}
		})
	}
}

// TestOfferedProfiles: the m= line each policy begins a call with.
func TestOfferedProfiles(t *testing.T) {
	rows := []struct {
		policy   string
		feedback bool
		want     string
		keys     int // a=crypto lines
		certs    int // a=fingerprint lines
	}{
		{"plain", false, "RTP/AVP", 0, 0},
		{"plain", true, "RTP/AVPF", 0, 0},
		{"optional", false, "RTP/AVP", 2, 0},
		{"optional", true, "RTP/AVPF", 2, 0},
		{"SDES", false, "RTP/SAVP", 2, 0},
		{"SDES", true, "RTP/SAVPF", 2, 0},
		{"secret", false, "RTP/SAVP", 2, 0},
		{"DTLS", false, "UDP/TLS/RTP/SAVP", 0, 1},
		{"DTLS", true, "UDP/TLS/RTP/SAVPF", 0, 1},
		{"both", false, "RTP/AVP", 0, 0},
	}
	for _, row := range rows {
		x := newExchange(t, func(c *Config) {
			if change := policies[row.policy]; change != nil {
				change(c)
			}
			c.Capabilities.Feedback = row.feedback
		})
		m := parsed(t, string(x.MakeOffer())).Media[0]
		keys := len(slices.Collect(m.Attributes.All("crypto")))
		certs := len(slices.Collect(m.Attributes.All("fingerprint")))
		if m.Protocol != row.want || keys != row.keys || certs != row.certs {
			t.Errorf("%s: %s with %d keys and %d certificates, want %s, %d, %d", row.policy, m.Protocol, keys, certs, row.want, row.keys, row.certs)
		}
	}
}

// TestAcceptDirections: what each side may do after our offer and the answer to it (RFC 3264 section 6.1). An answer
// that claims more than was offered is cut to what was offered.
func TestAcceptDirections(t *testing.T) {
	rows := []struct {
		isHold bool
		answer string
		want   Direction
	}{
		{false, "sendrecv", SendRecv},
		{false, "sendonly", RecvOnly},
		{false, "recvonly", SendOnly},
		{false, "inactive", Inactive},
		{true, "sendrecv", SendOnly},
		{true, "recvonly", SendOnly},
		{true, "sendonly", Inactive},
		{true, "inactive", Inactive},
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("hold %v, %s", row.isHold, row.answer), func(t *testing.T) {
			x := newExchange(t, nil)
			if row.isHold {
				x.Hold()
			}
			x.MakeOffer()
			if n := accepted(t, x, remote("m=audio 5000 RTP/AVP 8", "a="+row.answer)); n.Direction != row.want {
				t.Errorf("direction %v, want %v", n.Direction, row.want)
			}
		})
	}
}

// TestSetupRoles is RFC 5763 section 5 and RFC 4145 section 4.1.
func TestSetupRoles(t *testing.T) {
	rows := []struct {
		offered, kept, want Setup
		ok                  bool
	}{
		{ActPass, "", Active, true},
		{ActPass, Active, Active, true},
		{ActPass, Passive, Passive, true},
		{Active, "", Passive, true},
		{Active, Active, Passive, true},
		{Passive, "", Active, true},
		{Passive, Passive, Active, true},
		{"holdconn", "", "", false},
		{"", "", "", false},
	}
	for _, row := range rows {
		if got, ok := row.offered.answer(row.kept); got != row.want || ok != row.ok {
			t.Errorf("%q with %q kept: %q, %v, want %q", row.offered, row.kept, got, ok, row.want)
		}
	}
	for answered, want := range map[Setup]Setup{Active: Passive, Passive: Active, ActPass: "", "holdconn": ""} {
		if got, ok := answered.mirror(); got != want || ok != (want != "") {
			t.Errorf("%q leaves %q, %v, want %q", answered, got, ok, want)
		}
	}
}

// TestCodecMatches: name without case, clock rate, channels, and the two forgiven mistakes.
func TestCodecMatches(t *testing.T) {
	rows := []struct {
		codec  Codec
		format Format
		want   bool
	}{
		{pcma, Format{8, "PCMA", 8000, 1, ""}, true},
		{pcma, Format{8, "pcma", 8000, 1, ""}, true},
		{pcma, Format{8, "PCMA", 16000, 1, ""}, false},
		{pcma, Format{8, "PCMA", 8000, 2, ""}, false},
		{pcma, Format{8, "PCMU", 8000, 1, ""}, false},
		{pcma, Format{8, "", 0, 0, ""}, false},
		{g722, Format{9, "G722", 8000, 1, ""}, true},
		{g722, Format{9, "G722", 16000, 1, ""}, true},
		{g722, Format{9, "G722", 32000, 1, ""}, false},
		{g722, Format{9, "G722.1", 16000, 1, ""}, false},
		{opus, Format{96, "opus", 48000, 2, ""}, true},
		{opus, Format{96, "opus", 48000, 1, ""}, true},
		{opus, Format{96, "OPUS", 48000, 2, ""}, true},
		{opus, Format{96, "opus", 16000, 1, ""}, false},
		{Codec{Name: "L16", ClockRate: 44100, Channels: 2}, Format{10, "L16", 44100, 2, ""}, true},
		{Codec{Name: "L16", ClockRate: 44100, Channels: 2}, Format{11, "L16", 44100, 1, ""}, false},
	}
	for _, row := range rows {
		if got := row.codec.matches(row.format); got != row.want {
			t.Errorf("%s/%d and %s/%d/%d match: %v", row.codec.Name, row.codec.ClockRate, row.format.Name, row.format.ClockRate, row.format.Channels, got)
		}
	}
}

// TestAttributes: the first of a name, all of a name, and names without case.
func TestAttributes(t *testing.T) {
	as := Attributes{{"rtpmap", "0 A/1"}, {"sendrecv", ""}, {"RTPMAP", "1 B/1"}, {"ptime", "20"}}
	if got, ok := as.Get("rtpmap"); got != "0 A/1" || !ok {
		t.Errorf("rtpmap %q, %v", got, ok)
	}
	if got := slices.Collect(as.All("rtpmap")); !reflect.DeepEqual(got, []string{"0 A/1", "1 B/1"}) {
		t.Errorf("all %q", got)
	}
	for range as.All("rtpmap") {
		break // a reader that stops early ends the walk
	}
	if !as.Has("SendRecv") || as.Has("inactive") {
		t.Error("flags are not found")
	}
	if got, ok := as.Get("maxptime"); got != "" || ok {
		t.Errorf("maxptime %q, %v", got, ok)
	}
}

// TestInheritance: what stands in the session part holds for a medium that does not say otherwise (RFC 8866 section 5.7
// for c=, RFC 4145 and RFC 8122 for setup and fingerprint).
func TestInheritance(t *testing.T) {
	s := parsed(t, lines("v=0", "c=IN IP4 192.0.2.1", "a=setup:active", "a=fingerprint:sha-256 aa", "a=ptime:30",
		"m=audio 1 RTP/AVP 0",
		"m=audio 2 RTP/AVP 0", "c=IN IP4 192.0.2.2", "a=setup:passive", "a=fingerprint:sha-1 bb", "a=fingerprint:sha-256 cc", "a=ptime:40"))
	first, second := &s.Media[0], &s.Media[1]
	if s.connection(first).Address != "192.0.2.1" || s.connection(second).Address != "192.0.2.2" {
		t.Errorf("c= %v and %v", s.connection(first), s.connection(second))
	}
	if s.setup(first) != Active || s.setup(second) != Passive {
		t.Errorf("setup %v and %v", s.setup(first), s.setup(second))
	}
	if got := s.fingerprints(first); !reflect.DeepEqual(got, []Fingerprint{{"sha-256", "AA"}}) {
		t.Errorf("fingerprints %v", got)
	}
	if got := s.fingerprints(second); !reflect.DeepEqual(got, []Fingerprint{{"sha-1", "BB"}, {"sha-256", "CC"}}) {
		t.Errorf("fingerprints %v", got)
	}
	if number(s, first, "ptime") != 30 || number(s, second, "ptime") != 40 {
		t.Error("ptime is not inherited")
	}
}

// TestOwnRTCP: a=rtcp only where RTCP is not at the next port (RFC 3605), a=rtcp-mux where it is at the same.
func TestOwnRTCP(t *testing.T) {
	rows := []struct {
		rtcp string
		mux  bool
		want []string
	}{
		{"", false, nil},
		{"192.0.2.10:4001", false, nil},
		{"192.0.2.10:4000", true, []string{"a=rtcp:4000 IN IP4 192.0.2.10", "a=rtcp-mux"}},
		{"192.0.2.10:5000", false, []string{"a=rtcp:5000 IN IP4 192.0.2.10"}},
		{"", true, []string{"a=rtcp-mux"}},
	}
	for _, row := range rows {
		x := newExchange(t, func(c *Config) {
			c.Local.RTCP, _ = netip.ParseAddrPort(row.rtcp)
			c.Capabilities.RTCPMux = row.mux
		})
		offer := string(x.MakeOffer())
		if wantLines(t, offer, row.want...); strings.Count(offer, "a=rtcp") != len(row.want) {
			t.Errorf("RTCP at %q, mux %v:\n%s", row.rtcp, row.mux, offer)
		}
	}
}

// TestPrintOrder: however the lines came, they go in the order of RFC 8866 section 5.
func TestPrintOrder(t *testing.T) {
	s := parsed(t, "v=0\r\nk=clear:x\r\nz=0 0\r\nr=1 2\r\nt=1 2\r\nb=AS:1\r\nc=IN IP4 192.0.2.1\r\np=1\r\ne=a\r\nu=b\r\ni=c\r\ns=d\r\no=e 1 2 IN IP4 f\r\n"+
		"m=audio 1 RTP/AVP 0\r\na=x\r\nk=clear:y\r\nb=AS:2\r\nc=IN IP4 192.0.2.2\r\ni=g\r\n")
	var order strings.Builder
	for line := range strings.SplitSeq(strings.TrimSpace(string(s.Bytes())), "\r\n") {
		order.WriteByte(line[0])
	}
	if got := order.String(); got != "vosiuepcbtrzkmicbka" {
		t.Errorf("order %s", got)
	}
}

// TestAnswersAgree: whatever two policies make of each other, both sides hold the same of it, or both know it failed.
func TestAnswersAgree(t *testing.T) {
	for callerName, caller := range policies {
		for calleeName, callee := range policies {
			t.Run(callerName+" calls "+calleeName, func(t *testing.T) {
				a, b := newExchange(t, caller), newExchange(t, callee)
				answer, there, err := b.Answer(a.MakeOffer())
				if err != nil {
					if b.State() != Idle {
						t.Errorf("state %v after %v", b.State(), err)
					}
					return
				}
				here, err := a.Accept(answer)
				if err != nil {
					t.Fatalf("answer refused: %v\n%s", err, answer)
				}
				if here.Keying != there.Keying || here.Ptime != there.Ptime || here.Direction != there.Direction {
					t.Errorf("caller %+v\ncallee %+v", here, there)
				}
				if here.LocalCrypto.Tag != there.RemoteCrypto.Tag || here.LocalCrypto.Suite != there.RemoteCrypto.Suite {
					t.Errorf("keys %v/%v and %v/%v", here.LocalCrypto.Tag, here.LocalCrypto.Suite, there.RemoteCrypto.Tag, there.RemoteCrypto.Suite)
				}
			})
		}
	}
}
