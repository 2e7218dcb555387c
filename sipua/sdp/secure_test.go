package sdp

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const (
	key30   = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB" // thirty times 01, as the source ones gives
	theirs  = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz" // the key of RFC 4568 section 5.1.1
	sha80   = "AES_CM_128_HMAC_SHA1_80 inline:"
	sha32   = "AES_CM_128_HMAC_SHA1_32 inline:"
	ourCert = "12:34"
)

func withSDES(keying Keying, isSecret bool) func(*Config) {
	return func(c *Config) {
		c.Capabilities.Suites = []string{AES128SHA80, AES128SHA32}
		c.Capabilities.Keying, c.Capabilities.IsSecret = keying, isSecret
	}
}

func withDTLS(keying Keying) func(*Config) {
	return func(c *Config) {
		c.Local.Fingerprint = Fingerprint{"sha-256", ourCert}
		c.Capabilities.Keying = keying
	}
}

// TestParseCrypto is RFC 4568 section 9.1 and what must be passed over.
func TestParseCrypto(t *testing.T) {
	rows := []struct {
		rule, in string
		ok       bool
	}{
		{"the example of section 5.1.1", "1 AES_CM_128_HMAC_SHA1_80 inline:" + theirs, true},
		{"lifetime", "1 " + sha80 + theirs + "|2^20", true},
		{"suite in lower case", "2 aes_cm_128_hmac_sha1_32 INLINE:" + theirs, true},
		{"window size hint", "1 " + sha80 + theirs + " WSH=128", true},
		{"padding", "1 AEAD_AES_256_GCM inline:" + strings.Repeat("A", 58) + "A=", true},
		{"no padding", "1 AEAD_AES_256_GCM inline:" + strings.Repeat("A", 59), true},
		{"master key identifier", "1 " + sha80 + theirs + "|2^20|1:4", false},
		{"two keys", "1 " + sha80 + theirs + ";inline:" + theirs, false},
		{"session parameter that changes packets", "1 " + sha80 + theirs + " UNENCRYPTED_SRTP", false},
		{"key too short", "1 " + sha80 + "AAAA", false},
		{"key empty", "1 " + sha80, false},
		{"key not base64", "1 " + sha80 + strings.Repeat("!", 40), false},
		{"unknown suite", "1 F8_128_HMAC_SHA1_80 inline:" + theirs, false},
		{"unknown suite without a key", "1 X inline:", false},
		{"no tag", "x " + sha80 + theirs, false},
		{"short", "1 AES_CM_128_HMAC_SHA1_80", false},
		{"other method", "1 AES_CM_128_HMAC_SHA1_80 uri:" + theirs, false},
	}
	for _, row := range rows {
		c, ok := parseCrypto(row.in)
		if ok != row.ok {
			t.Errorf("%s: read %v, want %v", row.rule, ok, row.ok)
		}
		if ok && len(c.Key) != keyLength(c.Suite) {
			t.Errorf("%s: key of %d bytes", row.rule, len(c.Key))
		}
	}
	for _, suite := range []string{AES128SHA80, AES128SHA32, AES256SHA80, AES256SHA32, AEAD128, AEAD256} {
		c := Crypto{1, suite, make(Key, keyLength(suite))}
		if got, ok := parseCrypto(c.attribute().Value); !ok || got.Suite != suite || len(got.Key) != len(c.Key) {
			t.Errorf("%s does not survive its own line: %q", suite, c.attribute().Value)
		}
	}
}

func TestOfferSDES(t *testing.T) {
	for keying, protocol := range map[Keying]string{KeyingSDES: "RTP/SAVP", KeyingOptional: "RTP/AVP"} {
		x := newExchange(t, withSDES(keying, false))
		wantLines(t, string(x.MakeOffer()), "m=audio 4000 "+protocol+" 9 8 0 101", "a=crypto:1 "+sha80+key30, "a=crypto:2 "+sha32+key30)
		n := accepted(t, x, remote("m=audio 5000 "+protocol+" 8", "a=crypto:2 "+sha32+theirs))
		if n.Keying != KeyingSDES || n.LocalCrypto.Tag != 2 || n.LocalCrypto.Suite != AES128SHA32 || string(n.LocalCrypto.Key) == string(n.RemoteCrypto.Key) {
			t.Errorf("keying %v, local %d %s", n.Keying, n.LocalCrypto.Tag, n.LocalCrypto.Suite)
		}
		// A re-offer keeps profile, tag and key: nobody has to key anew for a hold.
		x.Hold()
		offer := string(x.MakeOffer())
		wantLines(t, offer, "m=audio 4000 "+protocol+" 9 8 0 101", "a=crypto:2 "+sha32+key30)
		if strings.Count(offer, "a=crypto") != 1 {
			t.Errorf("re-offer\n%s", offer)
		}
	}
}

// TestAcceptSecurity: an answer must not weaken what was offered.
func TestAcceptSecurity(t *testing.T) {
	rows := []struct {
		rule   string
		change func(*Config)
		answer []string
		code   int // 0: accepted
		want   Keying
	}{
		{"SRTP turned plain", withSDES(KeyingSDES, true), []string{"m=audio 5000 RTP/AVP 8"}, 302, 0},
		{"no key", withSDES(KeyingSDES, false), []string{"m=audio 5000 RTP/SAVP 8"}, 302, 0},
		{"tag of another suite", withSDES(KeyingSDES, false), []string{"m=audio 5000 RTP/SAVP 8", "a=crypto:1 " + sha32 + theirs}, 302, 0},
		{"optional, peer without SRTP", withSDES(KeyingOptional, false), []string{"m=audio 5000 RTP/AVP 8"}, 0, KeyingNone},
		{"plain, keys nobody asked for", nil, []string{"m=audio 5000 RTP/AVP 8", "a=crypto:1 " + sha80 + theirs}, 0, KeyingNone},
		{"DTLS, peer active", withDTLS(KeyingDTLS), []string{"m=audio 5000 UDP/TLS/RTP/SAVP 8", "a=setup:active", "a=fingerprint:SHA-256 ab:cd"}, 0, KeyingDTLS},
		{"DTLS, peer undecided", withDTLS(KeyingDTLS), []string{"m=audio 5000 UDP/TLS/RTP/SAVP 8", "a=setup:actpass", "a=fingerprint:sha-256 ab:cd"}, 306, 0},
		{"DTLS, no fingerprint", withDTLS(KeyingDTLS), []string{"m=audio 5000 UDP/TLS/RTP/SAVP 8", "a=setup:active"}, 302, 0},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			x := newExchange(t, row.change)
			x.MakeOffer()
			n, err := x.Accept(remote(row.answer...))
			if row.code != 0 {
				checkUnusable(t, err, row.code)
				return
			}
			if err != nil || n.Keying != row.want {
				t.Errorf("keying %v, %v", n.Keying, err)
			}
		})
	}
}

// TestAnswerSecurity: RFC 4568 section 5.1.2, RFC 5763 section 5, RFC 8643 for keys in a plain profile.
func TestAnswerSecurity(t *testing.T) {
	both := func(c *Config) {
		withSDES(KeyingNone, false)(c)
		withDTLS(KeyingNone)(c)
	}
	crypto1, crypto2 := "a=crypto:7 "+sha32+theirs, "a=crypto:8 "+sha80+theirs
	cert := "a=fingerprint:sha-256 ab:cd"
	rows := []struct {
		rule   string
		change func(*Config)
		offer  []string
		code   int
		want   []string
	}{
		{"our order of suites, the offer's tag", both, []string{"m=audio 5000 RTP/SAVP 8", crypto1, crypto2}, 0,
			[]string{"m=audio 4000 RTP/SAVP 8", "a=crypto:8 " + sha80 + key30}},
		{"SAVPF", both, []string{"m=audio 5000 RTP/SAVPF 8", crypto1}, 0, []string{"m=audio 4000 RTP/SAVPF 8", "a=crypto:7 " + sha32 + key30}},
		{"keys in a plain profile are used", both, []string{"m=audio 5000 RTP/AVP 8", crypto1}, 0, []string{"m=audio 4000 RTP/AVP 8", "a=crypto:7 " + sha32 + key30}},
		{"keys in a plain profile by one without suites", nil, []string{"m=audio 5000 RTP/AVP 8", crypto1}, 0, []string{"m=audio 4000 RTP/AVP 8"}},
		{"DTLS, actpass is answered active", both, []string{"m=audio 5000 UDP/TLS/RTP/SAVPF 8", cert, "a=setup:actpass", crypto1}, 0,
			[]string{"m=audio 4000 UDP/TLS/RTP/SAVPF 8", "a=setup:active", "a=fingerprint:sha-256 " + ourCert}},
		{"DTLS, active is answered passive", both, []string{"m=audio 5000 UDP/TLS/RTP/SAVP 8", cert, "a=setup:ACTIVE"}, 0, []string{"a=setup:passive"}},
		{"DTLS, passive is answered active", both, []string{"m=audio 5000 UDP/TLS/RTP/SAVP 8", cert, "a=setup:passive"}, 0, []string{"a=setup:active"}},
		{"DTLS without a=setup", both, []string{"m=audio 5000 UDP/TLS/RTP/SAVP 8", cert}, 0, []string{"a=setup:active"}},
		{"DTLS in the profile of before RFC 5764", both, []string{"m=audio 5000 RTP/SAVPF 8", cert, "a=setup:actpass"}, 0, []string{"m=audio 4000 RTP/SAVPF 8", "a=setup:active"}},
		{"DTLS held", both, []string{"m=audio 5000 UDP/TLS/RTP/SAVP 8", cert, "a=setup:holdconn"}, 306, nil},
		{"plain to one that wants SRTP", withSDES(KeyingSDES, true), []string{"m=audio 5000 RTP/AVP 8"}, 302, nil},
		{"two streams, the encrypted one is taken", both, []string{"m=audio 5000 RTP/AVP 8", "m=audio 5002 RTP/SAVP 8", crypto1}, 0,
			[]string{"m=audio 0 RTP/AVP 8", "m=audio 4000 RTP/SAVP 8"}},
		{"two streams, the encrypted one unusable", nil, []string{"m=audio 5002 RTP/SAVP 8", crypto1, "m=audio 5000 RTP/AVP 8"}, 0,
			[]string{"m=audio 0 RTP/SAVP 8", "m=audio 4000 RTP/AVP 8"}},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			answer, n, err := newExchange(t, row.change).Answer(remote(row.offer...))
			if row.code != 0 {
				checkUnusable(t, err, row.code)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, string(answer), row.want...)
			if hasKey := strings.Contains(string(answer), "a=crypto"); hasKey != (n.Keying == KeyingSDES) {
				t.Errorf("keying %v in\n%s", n.Keying, answer)
			}
		})
	}
}

// TestRoleIsKept: an actpass of a later offer does not turn the running DTLS association around (RFC 8842 section 5.4).
func TestRoleIsKept(t *testing.T) {
	x := newExchange(t, withDTLS(KeyingNone))
	cert := "a=fingerprint:sha-256 ab:cd"
	if _, n := answered(t, x, remote(cert, "m=audio 5000 UDP/TLS/RTP/SAVP 8", "a=setup:active")); n.Setup != Passive {
		t.Fatalf("role %v", n.Setup)
	}
	_, n := answered(t, x, remote(cert, "m=audio 5000 UDP/TLS/RTP/SAVP 8", "a=setup:actpass"))
	if n.Setup != Passive || len(n.Fingerprints) != 1 || n.Fingerprints[0] != (Fingerprint{"sha-256", "AB:CD"}) {
		t.Errorf("role %v, fingerprints %v", n.Setup, n.Fingerprints)
	}
	wantLines(t, string(x.MakeOffer()), "m=audio 4000 UDP/TLS/RTP/SAVP 9 8 0 101", "a=setup:actpass", "a=fingerprint:sha-256 "+ourCert)
}

// TestPlainStaysPlain: an agreed profile is offered again, whatever the capabilities would begin with.
func TestPlainStaysPlain(t *testing.T) {
	x := newExchange(t, withSDES(KeyingSDES, false))
	answered(t, x, remote("m=audio 5000 RTP/AVP 8"))
	if offer := string(x.MakeOffer()); strings.Contains(offer, "SAVP") || strings.Contains(offer, "crypto") {
		t.Errorf("re-offer\n%s", offer)
	}
}

func TestFingerprintsAreBounded(t *testing.T) {
	s := parsed(t, lines("v=0", "m=audio 5 RTP/SAVP 8")+strings.Repeat("a=fingerprint:sha-256 AA\r\na=fingerprint:odd\r\n", 100))
	if got := len(s.fingerprints(&s.Media[0])); got != maxFingerprints {
		t.Errorf("%d fingerprints kept", got)
	}
}

// TestKeysDoNotShow: in no way of printing, and not in a redacted description.
func TestKeysDoNotShow(t *testing.T) {
	x := newExchange(t, withSDES(KeyingSDES, false))
	offer := x.MakeOffer()
	n := accepted(t, x, remote("m=audio 5000 RTP/SAVP 8", "a=crypto:1 "+sha80+theirs))
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "n", n, "key", n.LocalCrypto.Key)
	fmt.Fprintf(&log, "%v %+v %#v %x %s", n, n, n.LocalCrypto, n.RemoteCrypto, n.RemoteCrypto.Key)
	log.Write(Redact(offer))
	for _, leak := range []string{key30, theirs, "0101010101", "0x1, 0x1", "1 1 1 1", "59534"} {
		if strings.Contains(log.String(), leak) {
			t.Errorf("key shows as %q in\n%s", leak, log.String())
		}
	}
	if !strings.Contains(log.String(), redacted) {
		t.Error("nothing was printed at all")
	}
}

func TestRedact(t *testing.T) {
	in := "v=0\r\nk=base64:secret\r\n A=Crypto:1 X inline:secret|2^31\r\na=crypto:secret\na=key-mgmt:mikey secret\r\na=sendrecv"
	want := "v=0\r\nk=[redacted]\r\na=crypto:1 x :[redacted]\r\na=crypto:[redacted]\na=key-mgmt:[redacted]\r\na=sendrecv"
	if got := string(Redact([]byte(in))); got != want {
		t.Errorf("redacted\n%q, want\n%q", got, want)
	}
}
