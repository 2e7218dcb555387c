package stream

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
	"go.uber.org/goleak"
)

func key(suite string, fill byte) Key {
	profile := suites[suite]
	keyLen, _ := profile.KeyLen()
	saltLen, _ := profile.SaltLen()
	return Key{suite, bytes.Repeat([]byte{fill}, keyLen+saltLen)}
}

const sha80 = "AES_CM_128_HMAC_SHA1_80"

func TestSDES(t *testing.T) {
	for suite := range suites {
		t.Run(suite, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			synctest.Test(t, func(t *testing.T) {
				w := newWire()
				w.Shape = rough(3)
				clear := plainBytes(w)
				mine, theirs := to(hostB), to(hostA)
				mine.Crypto = Crypto{Send: key(suite, 1), Receive: key(suite, 2)}
				theirs.Crypto = Crypto{Send: key(suite, 2), Receive: key(suite, 1)}
				a := newEnd(t, w, hostA, newFakeCard(8000, 440, 1000), EngineConfig{}, mine)
				b := newEnd(t, w, hostB, newFakeCard(8000, 1000, 440), EngineConfig{}, theirs)
				time.Sleep(15 * time.Second) // the second report has come
				_ = a.stream.SendDigits("42#")
				time.Sleep(2 * time.Second)
				if got := b.digits(); got != "42#" {
					t.Errorf("digits %q", got)
				}
				for _, x := range []*end{a, b} {
					if blocks, present := x.card.counts(); present < blocks*8/10 {
						t.Errorf("tone in %d of %d blocks", present, blocks)
					}
					r := x.stop()
					if r.RoundTrip == 0 || r.Malformed+r.Unknown != 0 || r.Refused > r.Received/50 { // duplicates are refused
						t.Errorf("%+v", r)
					}
				}
				if *clear > 0 {
					t.Errorf("%d packets had the codec's idle pattern in the clear", *clear)
				}
			})
		})
	}
}

// plainBytes counts packets in which a payload shows: sixteen times the same byte or a telephone-event of four bytes.
func plainBytes(w *wireNet) *int {
	count, shape := new(int), w.Shape
	w.Shape = func(p wirePacket) []time.Duration {
		if len(p.Data) == 16 || len(p.Data) == 172 {
			*count++ // an unencrypted length: every suite adds a tag
		}
		return shape(p)
	}
	return count
}

func TestPlainPacketsAreRefused(t *testing.T) {
	media := to(hostB)
	media.Crypto = Crypto{Send: key(sha80, 1), Receive: key(sha80, 2)}
	withScene(t, EngineConfig{}, media, func(s *scene) {
		t := s.t
		s.peer.talk(10)
		s.peer.send(101, true, s.peer.ts, []byte{5, 10, 3, 32})
		s.wantEvents("packets in the clear", "")
		plain := media
		plain.Crypto = Crypto{}
		if err := s.stream.Update(plain); err != nil {
			t.Fatal(err)
		}
		s.peer.talk(60)
		s.wantEvents("after a downgrade by re-INVITE", "")
		if r := s.stream.Report(); r.Refused != 71 || r.Received != 0 || !strings.Contains(r.OneWay(), "encrypted") {
			t.Errorf("refused %d, received %d, one-way %q", r.Refused, r.Received, r.OneWay())
		}
		if got := s.peer.received(); len(got) == 0 || len(got[0].Payload) == 160 {
			t.Error("what is sent is not encrypted")
		}
	})
}

func TestReplayedPacketsAreRefused(t *testing.T) {
	media := to(hostB)
	media.Crypto = Crypto{Send: key(sha80, 1), Receive: key(sha80, 2)}
	withScene(t, EngineConfig{}, media, func(s *scene) {
		t := s.t
		c, err := key(sha80, 2).context()
		if err != nil {
			t.Fatal(err)
		}
		packet := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 101, SequenceNumber: 9, Timestamp: 700, SSRC: 5}, Payload: []byte{5, 10, 3, 32}}
		plain, _ := packet.Marshal()
		sealed, err := c.EncryptRTP(nil, plain, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.peer.raw(sealed)
		s.wantEvents("a digit", "first packet 192.0.2.2:4000, digit 5")
		for range 5 {
			s.peer.raw(sealed)
		}
		sealed[len(sealed)-1] ^= 1
		s.peer.raw(sealed)
		s.wantEvents("replayed and forged", "")
		if r := s.stream.Report(); r.Refused != 6 {
			t.Errorf("refused %d, want 6", r.Refused)
		}
	})
}

func TestKeysThatStayKeepTheirState(t *testing.T) {
	var g guard
	c := Crypto{Send: key(sha80, 1), Receive: key(sha80, 2)}
	use := func(c Crypto) {
		send, receive, err := c.plan()
		if err != nil {
			t.Fatal(err)
		}
		g.use(c, send, receive)
	}
	use(c)
	send, receive := g.send, g.receive
	use(c)
	if g.send != send || g.receive != receive {
		t.Error("the same keys lost their roll-over counters")
	}
	c.Receive = key(sha80, 3)
	use(c)
	if g.send != send || g.receive == receive {
		t.Error("a new key of the peer must replace only its own direction")
	}
	use(Crypto{})
	if !g.required || g.send != send {
		t.Error("naming no keys switched the encryption off")
	}
}

func TestBadKeys(t *testing.T) {
	e, err := NewEngine(EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	conn := newWire().Listen(hostA + ":4000")
	good := key(sha80, 1)
	tests := []struct {
		name   string
		crypto Crypto
		want   string
	}{
		{"unknown suite", Crypto{Key{"F8_128_HMAC_SHA1_80", make([]byte, 30)}, good}, "F8_128"},
		{"short key", Crypto{good, Key{sha80, make([]byte, 16)}}, "16 bytes, 30"},
		{"one direction only", Crypto{Send: good}, "suite"},
	}
	for _, tt := range tests {
		m := to(hostB)
		m.Crypto = tt.crypto
		if _, err := e.Open(Config{Media: m, RTP: conn}); !errors.Is(err, ErrMedia) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	m := to(hostB)
	m.Crypto, m.DTLS = Crypto{good, good}, &DTLS{}
	if _, err := e.Open(Config{Media: m, RTP: conn, Identity: Identity{}}); err == nil {
		t.Error("SDES and DTLS together: no error")
	}
	m.Crypto = Crypto{}
	if _, err := e.Open(Config{Media: m, RTP: conn}); err == nil || !strings.Contains(err.Error(), "NewIdentity") {
		t.Errorf("DTLS without a certificate: %v", err)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	k := Key{sha80, []byte("0123456789abcdef0123456789abcd")}
	m := Media{Crypto: Crypto{k, k}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", k.Secret, "media", m)
	asJSON, _ := json.Marshal(m)
	for _, printed := range []string{fmt.Sprint(m), fmt.Sprintf("%+v", m), fmt.Sprintf("%#v", m), fmt.Sprintf("%x", k), fmt.Sprintf("%q", k.Secret), log.String(), string(asJSON)} {
		if strings.Contains(printed, "0123") || strings.Contains(printed, hex.EncodeToString([]byte("0123"))) || strings.Contains(printed, "MDEyM") {
			t.Errorf("a key in %q", printed)
		}
		if !strings.Contains(printed, redacted) {
			t.Errorf("no trace of redaction in %q", printed)
		}
	}
}

func TestSRTPAllocations(t *testing.T) {
	var g guard
	c := Crypto{Send: key(sha80, 1), Receive: key(sha80, 1)}
	send, receive, err := c.plan()
	if err != nil {
		t.Fatal(err)
	}
	g.use(c, send, receive)
	packet := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8, SSRC: 5}, Payload: make([]byte, 160)}
	plain, _ := packet.Marshal()
	n := uint16(0)
	allocs := testing.AllocsPerRun(200, func() {
		n++
		plain[2], plain[3] = byte(n>>8), byte(n)
		sealed, err := g.sealRTP(plain)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := g.openRTP(sealed); !ok {
			t.Fatal("refused")
		}
	})
	if allocs > 1 { // none; but under the race detector pools forget what they hold
		t.Errorf("%v allocations for a packet there and back", allocs)
	}
}

func BenchmarkSRTP(b *testing.B) {
	for _, suite := range []string{sha80, "AEAD_AES_128_GCM"} {
		b.Run(suite, func(b *testing.B) {
			var g guard
			c := Crypto{Send: key(suite, 1), Receive: key(suite, 1)}
			send, receive, _ := c.plan()
			g.use(c, send, receive)
			packet := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8, SSRC: 5}, Payload: make([]byte, 160)}
			plain, _ := packet.Marshal()
			n := uint16(0)
			b.ReportAllocs()
			for b.Loop() {
				n++
				plain[2], plain[3] = byte(n>>8), byte(n)
				sealed, _ := g.sealRTP(plain)
				g.openRTP(sealed)
			}
		})
	}
}

// secured makes two ends that agree by DTLS, the first as the client.
func secured(t *testing.T, w *wireNet, a, b Identity, expectOfA, expectOfB Fingerprint) (client, server *end) {
	t.Helper()
	mine, theirs := to(hostB), to(hostA)
	mine.Mux, theirs.Mux = true, true
	mine.DTLS = &DTLS{Client: true, Fingerprints: []Fingerprint{expectOfB}}
	theirs.DTLS = &DTLS{Fingerprints: []Fingerprint{{"md5", "00"}, expectOfA}}
	return newSecuredEnd(t, w, hostA, newFakeCard(8000, 440, 1000), a, mine), newSecuredEnd(t, w, hostB, newFakeCard(8000, 1000, 440), b, theirs)
}

func newSecuredEnd(t *testing.T, w *wireNet, host string, card *fakeCard, identity Identity, media Media) *end {
	t.Helper()
	e, err := NewEngine(EngineConfig{Card: card, CardRate: card.rate})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Open(Config{Media: media, RTP: w.Listen(host + ":4000"), Identity: identity, Call: host})
	if err != nil {
		t.Fatal(err)
	}
	return runEnd(t, card, e, s)
}

func identities(t *testing.T) (a, b Identity) {
	t.Helper()
	a, errA := NewIdentity(time.Now())
	b, errB := NewIdentity(time.Now())
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	return a, b
}

func TestDTLS(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		w.Shape = rough(5)
		idA, idB := identities(t)
		a, b := secured(t, w, idA, idB, idA.Fingerprint, idB.Fingerprint)
		if r := a.stream.Report(); r.Sent != 0 {
			t.Errorf("%d packets before the handshake", r.Sent)
		}
		time.Sleep(20 * time.Second)
		for _, x := range []*end{a, b} {
			if got := x.all(); !strings.HasPrefix(got, "secured, first packet") {
				t.Errorf("events %q", got)
			}
		}
		_ = a.stream.SendDigits("7")
		time.Sleep(time.Second)
		if got := b.digits(); got != "7" {
			t.Errorf("digits %q", got)
		}
		for _, x := range []*end{a, b} {
			if blocks, present := x.card.counts(); present < blocks*7/10 {
				t.Errorf("tone in %d of %d blocks", present, blocks)
			}
			if r := x.stop(); r.RoundTrip == 0 || r.Malformed > 5 { // the other's last words of DTLS
				t.Errorf("%+v", r)
			}
		}
	})
}

func TestDTLSWithAnotherCertificate(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		idA, idB := identities(t)
		wrong, _ := identities(t)
		a, b := secured(t, w, idA, idB, idA.Fingerprint, wrong.Fingerprint)
		time.Sleep(30 * time.Second)
		if got := a.all(); !strings.HasPrefix(got, "insecure") {
			t.Errorf("client: events %q", got)
		}
		for _, x := range []*end{a, b} {
			if r := x.stop(); r.Sent != 0 || r.Received != 0 {
				t.Errorf("audio flowed: %+v", r)
			}
		}
	})
}

func TestDTLSWithoutAPeer(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		idA, idB := identities(t)
		media := to(hostB)
		media.DTLS = &DTLS{Client: true, Fingerprints: []Fingerprint{idB.Fingerprint}}
		x := newSecuredEnd(t, newWire(), hostA, newFakeCard(8000, 440, 1000), idA, media)
		time.Sleep(handshakeTime - time.Second)
		if got := x.all(); got != "" {
			t.Errorf("events %q", got)
		}
		time.Sleep(2 * time.Second)
		if got := x.all(); got != "insecure" {
			t.Errorf("events %q", got)
		}
		media.DTLS = &DTLS{Fingerprints: []Fingerprint{idA.Fingerprint}} // a new offer with other fingerprints
		if err := x.stream.Update(media); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		x.stop() // in the middle of the second handshake
	})
}

func TestIdentity(t *testing.T) {
	id, other := identities(t)
	if len(id.Fingerprint.Value) != 32*3-1 || id.Fingerprint.Hash != "sha-256" || id.Fingerprint == other.Fingerprint {
		t.Errorf("fingerprints %+v and %+v", id.Fingerprint, other.Fingerprint)
	}
	d := &DTLS{Fingerprints: []Fingerprint{{"SHA-256", strings.ToLower(id.Fingerprint.Value)}}}
	if err := d.verify(id.Certificate.Certificate, nil); err != nil {
		t.Errorf("own fingerprint in other case: %v", err)
	}
	for _, raw := range [][][]byte{nil, {}, {nil}, other.Certificate.Certificate} {
		if d.verify(raw, nil) == nil {
			t.Errorf("%d certificates passed", len(raw))
		}
	}
	if (&DTLS{}).verify(id.Certificate.Certificate, nil) == nil {
		t.Error("no fingerprint, but a certificate passed")
	}
}
