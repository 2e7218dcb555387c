package sdp

import (
	"strings"
	"testing"
)

// everything is a Config that takes whatever this package knows.
func everything(c *Config) {
	withSDES(KeyingOptional, false)(c)
	c.Local.Fingerprint = Fingerprint{"sha-256", ourCert}
	c.Capabilities.Codecs = []Codec{opus, g722, pcma, pcmu}
	c.Capabilities.AnswerAll, c.Capabilities.RTCPMux = true, true
}

// FuzzAnswer: an answer to whatever offer has as many media in the same order and can be read by anyone, and a second
// round in the other direction works on what the first one left.
func FuzzAnswer(f *testing.F) {
	for _, text := range corpus {
		f.Add([]byte(text))
	}
	f.Add(remote("m=audio 5000 RTP/AVP 120 96 101", "a=rtpmap:120 opus/48000/2", "a=rtpmap:96 speex/8000", "a=sendonly"))
	f.Fuzz(func(t *testing.T, offer []byte) {
		x := newExchange(t, everything)
		answer, n, err := x.Answer(offer)
		if err != nil {
			if Warning(err, "h") == "" || x.State() != Idle {
				t.Errorf("state %v after %v", x.State(), err)
			}
			return
		}
		checkAnswer(t, offer, answer, n)
		checkStable(t, parsed(t, string(x.MakeOffer())))
		_, _ = x.Accept(offer)
	})
}

// checkAnswer holds an answer against RFC 3264 section 6.
func checkAnswer(t *testing.T, offer, answer []byte, n Negotiated) {
	t.Helper()
	theirs, ours := parsed(t, string(offer)), parsed(t, string(answer))
	checkStable(t, ours)
	if len(theirs.Media) != len(ours.Media) {
		t.Fatalf("%d media answered with %d", len(theirs.Media), len(ours.Media))
	}
	taken := 0
	for i := range ours.Media {
		if !strings.EqualFold(ours.Media[i].Kind, theirs.Media[i].Kind) || ours.Media[i].Protocol != theirs.Media[i].Protocol {
			t.Errorf("medium %d: %s %s answered with %s %s", i, theirs.Media[i].Kind, theirs.Media[i].Protocol,
				ours.Media[i].Kind, ours.Media[i].Protocol)
		}
		if ours.Media[i].Port != 0 {
			taken++
		}
	}
	if taken != 1 || len(n.Send) == 0 || len(n.Send) != len(n.Receive) {
		t.Errorf("%d media taken, formats %v and %v", taken, n.Send, n.Receive)
	}
	if n.Direction.Sends() && !n.RemoteRTP.IsValid() {
		t.Errorf("%v to no address", n.Direction)
	}
}

// TestTwoSides: what one of us offers the other answers, and both come to the same.
func TestTwoSides(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"plain": nil, "everything": everything, "SDES": withSDES(KeyingSDES, true), "DTLS": withDTLS(KeyingDTLS),
	} {
		t.Run(name, func(t *testing.T) {
			caller, callee := newExchange(t, change), newExchange(t, change)
			for range 3 {
				answer, there := answered(t, callee, caller.MakeOffer())
				here := accepted(t, caller, []byte(answer))
				if here.Direction != there.Direction.mirror() || here.Keying != there.Keying || here.RTCPMux != there.RTCPMux {
					t.Fatalf("caller %v %v, callee %v %v", here.Direction, here.Keying, there.Direction, there.Keying)
				}
				if numbersOf(here.Send) != numbersOf(there.Receive) || numbersOf(here.SendEvents) != numbersOf(there.ReceiveEvents) {
					t.Fatalf("caller sends %v, callee receives %v", here.Send, there.Receive)
				}
				if here.Keying == KeyingDTLS && here.Setup == there.Setup {
					t.Fatalf("both are %v", here.Setup)
				}
				caller.Hold()
				caller, callee = callee, caller
			}
		})
	}
}

func BenchmarkAnswer(b *testing.B) {
	offer := []byte(corpus[1])
	x, err := New(Config{Capabilities: Capabilities{Codecs: []Codec{g722, pcma}, Events: "0-15"}, Local: door})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := x.Answer(offer); err != nil {
			b.Fatal(err)
		}
	}
}
