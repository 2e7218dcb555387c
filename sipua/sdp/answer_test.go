package sdp

import (
	"net/netip"
	"strings"
	"testing"
)

// TestAnswerFormats: RFC 3264 section 6.1 with the order of our capabilities and the numbers of the offer.
func TestAnswerFormats(t *testing.T) {
	rows := []struct {
		rule                string
		offer               []string
		all                 bool
		media, send, events string
	}{
		{"our order decides", []string{"m=audio 5000 RTP/AVP 0 8 9"}, false, "m=audio 4000 RTP/AVP 9", "9 G722/8000", ""},
		{"all common ones in our order", []string{"m=audio 5000 RTP/AVP 0 18 8 9"}, true, "m=audio 4000 RTP/AVP 9 8 0",
			"9 G722/8000, 8 PCMA/8000, 0 PCMU/8000", ""},
		{"the offer's numbers", []string{"m=audio 5000 RTP/AVP 120 121", "a=rtpmap:120 PCMA/8000", "a=rtpmap:121 telephone-event/8000"},
			false, "m=audio 4000 RTP/AVP 120 121", "120 PCMA/8000", "121 telephone-event/8000"},
		{"G722/16000 is a mistake for 8000 (RFC 3551 section 4.5.2)", []string{"m=audio 5000 RTP/AVP 9", "a=rtpmap:9 G722/16000"},
			false, "m=audio 4000 RTP/AVP 9", "9 G722/8000", ""},
		{"opus without its two channels (RFC 7587 section 7)", []string{"m=audio 5000 RTP/AVP 111", "a=rtpmap:111 OPUS/48000"},
			false, "m=audio 4000 RTP/AVP 111", "111 opus/48000/2", ""},
		{"the event of the clock rate in use", []string{"m=audio 5000 RTP/AVP 111 101 110", "a=rtpmap:111 opus/48000/2",
			"a=rtpmap:101 telephone-event/8000", "a=rtpmap:110 Telephone-Event/48000"},
			false, "m=audio 4000 RTP/AVP 111 110", "111 opus/48000/2", "110 telephone-event/48000"},
		{"events of another clock rate if there is no better", []string{"m=audio 5000 RTP/AVP 111 101", "a=rtpmap:111 opus/48000/2",
			"a=rtpmap:101 telephone-event/8000"}, false, "m=audio 4000 RTP/AVP 111 101", "111 opus/48000/2", "101 telephone-event/8000"},
		{"events for each clock rate in use", []string{"m=audio 5000 RTP/AVP 8 111 101 110", "a=rtpmap:111 opus/48000/2",
			"a=rtpmap:101 telephone-event/8000", "a=rtpmap:110 telephone-event/48000"},
			true, "m=audio 4000 RTP/AVP 111 8 110 101", "111 opus/48000/2, 8 PCMA/8000", "110 telephone-event/48000, 101 telephone-event/8000"},
		{"dynamic numbers without rtpmap are passed over", []string{"m=audio 5000 RTP/AVP 97 8"}, false, "m=audio 4000 RTP/AVP 8", "8 PCMA/8000", ""},
		{"AVPF is accepted", []string{"m=audio 5000 RTP/AVPF 8"}, false, "m=audio 4000 RTP/AVPF 8", "8 PCMA/8000", ""},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			x := newExchange(t, func(c *Config) {
				c.Capabilities.Codecs, c.Capabilities.AnswerAll = []Codec{opus, g722, pcma, pcmu}, row.all
			})
			answer, n := answered(t, x, remote(row.offer...))
			wantLines(t, answer, row.media)
			if got := numbersOf(n.Send); got != row.send {
				t.Errorf("send %s, want %s", got, row.send)
			}
			if got := numbersOf(n.SendEvents); got != row.events {
				t.Errorf("events %s, want %s", got, row.events)
			}
			if numbersOf(n.Receive) != numbersOf(n.Send) || numbersOf(n.ReceiveEvents) != numbersOf(n.SendEvents) {
				t.Errorf("receive %v %v is not what is sent: an answer uses the offer's numbers", n.Receive, n.ReceiveEvents)
			}
		})
	}
}

// TestFmtp: each direction has the receiver's parameters.
func TestFmtp(t *testing.T) {
	x := newExchange(t, func(c *Config) { c.Capabilities.Codecs = []Codec{opus} })
	answer, n := answered(t, x, remote("m=audio 5000 RTP/AVP 111 110", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 stereo=1",
		"a=rtpmap:110 telephone-event/48000", "a=fmtp:110 0-16"))
	wantLines(t, answer, "a=fmtp:111 useinbandfec=1", "a=fmtp:110 0-15")
	if n.Send[0].Fmtp != "stereo=1" || n.Receive[0].Fmtp != "useinbandfec=1" {
		t.Errorf("send %q, receive %q", n.Send[0].Fmtp, n.Receive[0].Fmtp)
	}
	if n.SendEvents[0].Fmtp != "0-16" || n.ReceiveEvents[0].Fmtp != "0-15" {
		t.Errorf("events: send %q, receive %q", n.SendEvents[0].Fmtp, n.ReceiveEvents[0].Fmtp)
	}
}

// TestAnswerMedia: as many m= lines in the same order, port 0 for what is not taken (RFC 3264 section 6).
func TestAnswerMedia(t *testing.T) {
	x := newExchange(t, nil)
	answer, n := answered(t, x, remote("m=video 5002 RTP/AVP 96 97", "a=mid:v", "m=audio 5000 RTP/AVP 8", "a=mid:a",
		"m=audio 5004 RTP/AVP 8", "m=application 9 DTLS/SCTP 5000", "m=image 0 udptl"))
	at := 0
	for _, line := range []string{"m=video 0 RTP/AVP 96 97", "a=mid:v", "m=audio 4000 RTP/AVP 8", "a=mid:a", "m=audio 0 RTP/AVP 8",
		"m=application 0 DTLS/SCTP 5000", "m=image 0 udptl 0"} {
		i := strings.Index(answer[at:], line+"\r\n")
		if i < 0 {
			t.Fatalf("no %q at its place in\n%s", line, answer)
		}
		at += i
	}
	if n.RemoteRTP != netip.MustParseAddrPort("192.0.2.99:5000") || n.RemoteRTCP != netip.MustParseAddrPort("192.0.2.99:5001") {
		t.Errorf("remote %v and %v", n.RemoteRTP, n.RemoteRTCP)
	}
	// The next offer of ours keeps all five in their places (RFC 3264 section 8).
	offer := string(x.MakeOffer())
	if got := strings.Count(offer, "m="); got != 5 {
		t.Errorf("%d media in the re-offer, want 5:\n%s", got, offer)
	}
	wantLines(t, offer, "m=video 0 RTP/AVP 96 97", "m=audio 4000 RTP/AVP 9 8 0 101", "a=mid:a")
}
