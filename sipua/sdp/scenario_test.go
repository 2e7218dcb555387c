package sdp

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// The scenarios follow the situations of RFC 3264 section 10 and RFC 4317, with both sides being Exchanges where both
// have audio alone, and a written description where the peer has more.

// TestSelectOneOfTwo is the situation of RFC 3264 section 10.1 and RFC 4317 section 2.1: audio with three codecs and two
// videos are offered, one codec of the audio is taken and both videos are refused.
func TestSelectOneOfTwo(t *testing.T) {
	bob := newExchange(t, func(c *Config) { c.Capabilities.Codecs = []Codec{pcmu} })
	answer, n := answered(t, bob, remote(
		"m=audio 49170 RTP/AVP 0 8 97", "a=rtpmap:97 iLBC/8000",
		"m=video 51372 RTP/AVP 31", "m=video 53000 RTP/AVP 32"))
	want := lines("v=0", "o=- 7 0 IN IP4 192.0.2.10", "s=-", "c=IN IP4 192.0.2.10", "t=0 0",
		"m=audio 4000 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=sendrecv",
		"m=video 0 RTP/AVP 31", "m=video 0 RTP/AVP 32")
	if answer != want {
		t.Errorf("answer\n%s, want\n%s", answer, want)
	}
	if n.Direction != SendRecv || n.Remote != SendRecv || n.Ptime != 20 {
		t.Errorf("negotiated %+v", n)
	}
}

// TestPeerMoves: in a re-offer the peer receives elsewhere (RFC 3264 section 8.3.1); we do not.
func TestPeerMoves(t *testing.T) {
	x := newExchange(t, nil)
	first, _ := answered(t, x, remote("m=audio 49170 RTP/AVP 0"))
	second, n := answered(t, x, remote("m=audio 65422 RTP/AVP 0", "c=IN IP4 198.51.100.3"))
	if n.RemoteRTP != netip.MustParseAddrPort("198.51.100.3:65422") {
		t.Errorf("sends to %v", n.RemoteRTP)
	}
	if first != second {
		t.Errorf("our side changed:\n%s\n%s", first, second)
	}
}

// TestCodecChange: a re-offer with other codecs only (RFC 4317 section 2.4 in kind).
func TestCodecChange(t *testing.T) {
	alice, bob := newExchange(t, nil), newExchange(t, nil)
	answer, _ := answered(t, bob, alice.MakeOffer())
	if n := accepted(t, alice, []byte(answer)); n.Send[0].Name != "G722" {
		t.Fatalf("began with %s", n.Send[0].Name)
	}
	answer, n := answered(t, alice, remote("m=audio 5000 RTP/AVP 0"))
	if wantLines(t, answer, "m=audio 4000 RTP/AVP 0", "o=- 7 1 IN IP4 192.0.2.10"); n.Send[0].Name != "PCMU" || len(n.SendEvents) != 0 {
		t.Errorf("goes on with %v %v", n.Send, n.SendEvents)
	}
}

// TestStreamAdded is RFC 4317 section 3.1 in kind: a second audio stream and a video come in a re-offer and are refused,
// the first goes on; one that goes again keeps its place.
func TestStreamAdded(t *testing.T) {
	x := newExchange(t, nil)
	answered(t, x, remote("m=audio 5000 RTP/AVP 0"))
	steps := []struct {
		rule   string
		offer  []string
		answer []string
	}{
		{"a second stream is added", []string{"m=audio 5000 RTP/AVP 0", "m=audio 5002 RTP/AVP 0"}, []string{"m=audio 4000 RTP/AVP 0", "m=audio 0 RTP/AVP 0"}},
		{"a video, too", []string{"m=audio 5000 RTP/AVP 0", "m=audio 5002 RTP/AVP 0", "m=video 5004 RTP/AVP 31"},
			[]string{"m=audio 4000 RTP/AVP 0", "m=audio 0 RTP/AVP 0", "m=video 0 RTP/AVP 31"}},
		{"the second is dropped", []string{"m=audio 5000 RTP/AVP 0", "m=audio 0 RTP/AVP 0", "m=video 5004 RTP/AVP 31"},
			[]string{"m=audio 4000 RTP/AVP 0", "m=audio 0 RTP/AVP 0", "m=video 0 RTP/AVP 31"}},
	}
	for _, step := range steps {
		answer, _ := answered(t, x, remote(step.offer...))
		var media []string
		for line := range strings.SplitSeq(answer, "\r\n") {
			if strings.HasPrefix(line, "m=") {
				media = append(media, line)
			}
		}
		if strings.Join(media, "; ") != strings.Join(step.answer, "; ") {
			t.Errorf("%s: answered %v, want %v", step.rule, media, step.answer)
		}
	}
}

// TestLateOffer: an INVITE without a description is answered with an offer, which the ACK answers (RFC 3261 section
// 13.2.1); then the peer re-invites in its turn.
func TestLateOffer(t *testing.T) {
	x := newExchange(t, nil)
	wantLines(t, string(x.MakeOffer()), "m=audio 4000 RTP/AVP 9 8 0 101")
	if n := accepted(t, x, remote("m=audio 5000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000")); len(n.SendEvents) != 1 {
		t.Fatalf("negotiated %+v", n)
	}
	answer, n := answered(t, x, remote("m=audio 5000 RTP/AVP 8", "a=sendonly"))
	if wantLines(t, answer, "o=- 7 1 IN IP4 192.0.2.10", "a=recvonly"); n.Direction != RecvOnly {
		t.Errorf("direction %v", n.Direction)
	}
}

// TestReinviteWithoutDescription: the full offer goes out again, not the narrow answer of before (RFC 6337 section 4.2.5).
func TestReinviteWithoutDescription(t *testing.T) {
	x := newExchange(t, nil)
	answered(t, x, remote("m=audio 5000 RTP/AVP 0"))
	wantLines(t, string(x.MakeOffer()), "m=audio 4000 RTP/AVP 9 8 0 101", "o=- 7 1 IN IP4 192.0.2.10")
	if n := accepted(t, x, remote("m=audio 5000 RTP/AVP 9")); n.Send[0].Name != "G722" {
		t.Errorf("goes on with %v", n.Send)
	}
}

// TestRefusedReoffer: after a 488 the stream goes on as it was, and the next offer counts on from what was sent.
func TestRefusedReoffer(t *testing.T) {
	x := newExchange(t, nil)
	x.MakeOffer()
	accepted(t, x, remote("m=audio 5000 RTP/AVP 8"))
	x.Hold()
	wantLines(t, string(x.MakeOffer()), "o=- 7 1 IN IP4 192.0.2.10", "a=sendonly")
	x.Withdraw()
	x.Resume()
	if n := x.Negotiated(); n.Direction != SendRecv || n.RemoteRTP.Port() != 5000 {
		t.Errorf("after the refusal %+v", n)
	}
	wantLines(t, string(x.MakeOffer()), "o=- 7 2 IN IP4 192.0.2.10", "a=sendrecv")
}

// TestEarlyMedia: the answer of a 183 and the same one of the 200 are one; another of the 200 of another telephone is not.
func TestEarlyMedia(t *testing.T) {
	x := newExchange(t, nil)
	x.MakeOffer()
	early := remote("m=audio 5000 RTP/AVP 8")
	first, second := accepted(t, x, early), accepted(t, x, early)
	if first.RemoteRTP != second.RemoteRTP || numbersOf(first.Send) != numbersOf(second.Send) || first.Direction != second.Direction {
		t.Errorf("the same answer read as %+v and %+v", first, second)
	}
	if other := accepted(t, x, remote("m=audio 6000 RTP/AVP 9", "a=sendonly")); other.RemoteRTP.Port() != 6000 || other.Direction != RecvOnly {
		t.Errorf("the other telephone's: %+v", other)
	}
}

// TestNetworkChange: the host gets another address in mid-call and says so in a re-INVITE.
func TestNetworkChange(t *testing.T) {
	x := newExchange(t, withSDES(KeyingSDES, true))
	x.MakeOffer()
	accepted(t, x, remote("m=audio 5000 RTP/SAVP 8", "a=crypto:1 "+sha80+theirs))
	if err := x.Move(Endpoint{RTP: netip.MustParseAddrPort("198.51.100.10:4000")}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, string(x.MakeOffer()), "o=- 7 1 IN IP4 198.51.100.10", "c=IN IP4 198.51.100.10", "a=crypto:1 "+sha80+key30)
	dtls := newExchange(t, withDTLS(KeyingDTLS))
	if err := dtls.Move(door); err == nil {
		t.Error("moved without the certificate DTLS needs")
	}
}

// TestManyRounds: a long call with many re-INVITEs from both sides: versions go up by one with each change, numbers keep
// their meaning, and no table grows.
func TestManyRounds(t *testing.T) {
	alice, bob := newExchange(t, everything), newExchange(t, everything)
	var last string
	for round := range 200 {
		if round%3 == 1 {
			alice.Hold()
		} else {
			alice.Resume()
		}
		offer := alice.MakeOffer()
		if got := versionOf(t, offer); last != "" && got != last && got != fmt.Sprint(number64(t, last)+1) {
			t.Fatalf("round %d: version %s after %s", round, got, last)
		}
		answer, there := answered(t, bob, offer)
		here := accepted(t, alice, []byte(answer))
		if here.Send[0].PayloadType != 96 || there.Send[0].PayloadType != 96 {
			t.Fatalf("round %d: numbers %d and %d", round, here.Send[0].PayloadType, there.Send[0].PayloadType)
		}
		last = versionOf(t, offer)
		if round%5 == 4 {
			alice, bob, last = bob, alice, ""
		}
	}
	if len(alice.numbers.chosen) > 8 {
		t.Errorf("%d numbers remembered", len(alice.numbers.chosen))
	}
}

func versionOf(t *testing.T, body []byte) string { return parsed(t, string(body)).Origin.Version }

func number64(t *testing.T, text string) (n int) {
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSessionNumbers: two calls have different ones, which fit into 63 bits.
func TestSessionNumbers(t *testing.T) {
	ids := map[string]bool{}
	for range 50 {
		x, err := New(Config{Capabilities: Capabilities{Codecs: []Codec{pcma}}, Local: door})
		if err != nil {
			t.Fatal(err)
		}
		id := parsed(t, string(x.MakeOffer())).Origin.ID
		if len(id) > 19 {
			t.Errorf("number %s is too long", id)
		}
		ids[id] = true
	}
	if len(ids) != 50 {
		t.Errorf("%d numbers of 50 calls", len(ids))
	}
}

// TestKeysDiffer: every call has keys of its own, and every suite.
func TestKeysDiffer(t *testing.T) {
	keys := map[string]bool{}
	for range 10 {
		cfg := Config{Capabilities: Capabilities{Codecs: []Codec{pcma}, Suites: []string{AES128SHA80, AES256SHA80, AEAD128, AEAD256}, Keying: KeyingSDES}, Local: door}
		x, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		offer := parsed(t, string(x.MakeOffer()))
		for _, c := range offer.Media[0].cryptos() {
			keys[string(c.Key)] = true
		}
	}
	if len(keys) != 40 {
		t.Errorf("%d different keys in 10 calls of 4 suites", len(keys))
	}
}
