package sdp

import "testing"

// Two of the faults that users of other stacks report most; the list of all stands with package sipua.

// One-way or no sound: a hold whose direction is answered wrongly, the hold of RFC 2543 by c=0.0.0.0, and a description
// whose last line has no end (diago #125, livekit/sip #779).
func TestFieldBug02OneWayAudio(t *testing.T) {
	for name, tc := range map[string]struct {
		lines     []string
		answer    string
		sends     bool
		hasTarget bool
	}{
		"held by sendonly":  {[]string{"m=audio 5000 RTP/AVP 8", "a=sendonly"}, "a=recvonly", false, true},
		"held by inactive":  {[]string{"m=audio 5000 RTP/AVP 8", "a=inactive"}, "a=inactive", false, true},
		"held by c=0.0.0.0": {[]string{"m=audio 5000 RTP/AVP 8", "c=IN IP4 0.0.0.0"}, "", false, false},
		"listens only":      {[]string{"m=audio 5000 RTP/AVP 8", "a=recvonly"}, "a=sendonly", true, true},
		"not held":          {[]string{"m=audio 5000 RTP/AVP 8"}, "a=sendrecv", true, true},
	} {
		answer, n := answered(t, newExchange(t, nil), remote(tc.lines...))
		if tc.answer != "" {
			wantLines(t, answer, tc.answer)
		}
		if n.Direction.Sends() != tc.sends || tc.hasTarget && n.RemoteRTP.String() != "192.0.2.99:5000" {
			t.Errorf("%s: %v to %v", name, n.Direction, n.RemoteRTP)
		}
	}
	offer := remote("m=audio 5000 RTP/AVP 8", "a=recvonly")
	answer, n := answered(t, newExchange(t, nil), offer[:len(offer)-2])
	if wantLines(t, answer, "a=sendonly"); !n.Direction.Sends() || n.Direction.Receives() {
		t.Errorf("the last line went unread: %v", n.Direction)
	}
}

// No sound since the answer renumbers: it uses the offer's numbers, each direction its own (RFC 3264 section 5.1).
func TestFieldBug09PayloadNumberChanged(t *testing.T) {
	x := newExchange(t, func(c *Config) {
		c.Capabilities.Codecs = []Codec{{Name: "opus", ClockRate: 48000, Channels: 2, PayloadType: 96}, pcma}
	})
	answer, n := answered(t, x, remote("m=audio 5000 RTP/AVP 97 96 8", "a=rtpmap:97 opus/48000/2", "a=rtpmap:96 telephone-event/8000"))
	wantLines(t, answer, "a=rtpmap:97 opus/48000/2", "a=rtpmap:96 telephone-event/8000")
	if n.Send[0].PayloadType != 97 || n.SendEvents[0].PayloadType != 96 {
		t.Errorf("sends %v and %v", n.Send, n.SendEvents)
	}
	y := newExchange(t, nil)
	y.MakeOffer()
	n = accepted(t, y, remote("m=audio 5000 RTP/AVP 8 120", "a=rtpmap:120 telephone-event/8000"))
	if n.Send[0].PayloadType != 8 || n.SendEvents[0].PayloadType != 120 || n.ReceiveEvents[0].PayloadType == 120 {
		t.Errorf("sends %v, receives %v: each direction has its own numbers", n.SendEvents, n.ReceiveEvents)
	}
}
