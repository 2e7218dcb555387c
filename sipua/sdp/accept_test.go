package sdp

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestAccept: what answers to the offer G722, PCMA, PCMU, telephone-event/8000 come to.
func TestAccept(t *testing.T) {
	rows := []struct {
		rule                  string
		answer                []string
		send, receive, events string
	}{
		{"the answer's order", []string{"m=audio 5000 RTP/AVP 8 9"}, "8 PCMA/8000, 9 G722/8000", "8 PCMA/8000, 9 G722/8000", ""},
		{"numbers per direction (RFC 3264 section 5.1)", []string{"m=audio 5000 RTP/AVP 100 102", "a=rtpmap:100 pcma/8000",
			"a=rtpmap:102 telephone-event/8000"}, "100 PCMA/8000", "8 PCMA/8000", "102 telephone-event/8000"},
		{"missing rtpmap of a dynamic number", []string{"m=audio 5000 RTP/AVP 8 101", "a=fmtp:101 0-16"}, "8 PCMA/8000", "8 PCMA/8000", "101 telephone-event/8000"},
		{"formats not offered are passed over", []string{"m=audio 5000 RTP/AVP 18 0 99"}, "0 PCMU/8000", "0 PCMU/8000", ""},
		{"more media than offered", []string{"m=audio 5000 RTP/AVP 0", "m=video 0 RTP/AVP 31"}, "0 PCMU/8000", "0 PCMU/8000", ""},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			x := newExchange(t, nil)
			x.MakeOffer()
			n := accepted(t, x, remote(row.answer...))
			if numbersOf(n.Send) != row.send || numbersOf(n.Receive) != row.receive || numbersOf(n.SendEvents) != row.events {
				t.Errorf("send %s; receive %s; events %s", numbersOf(n.Send), numbersOf(n.Receive), numbersOf(n.SendEvents))
			}
			if x.State() != Agreed || numbersOf(x.Negotiated().Send) != row.send {
				t.Errorf("state %v, negotiated %+v", x.State(), x.Negotiated())
			}
		})
	}
}

// TestUnusable: what is refused, with the warn-code of RFC 3261 section 20.43.
func TestUnusable(t *testing.T) {
	rows := []struct {
		rule string
		code int
		in   []string
	}{
		{"no common codec", 305, []string{"m=audio 5000 RTP/AVP 18 97", "a=rtpmap:97 iLBC/8000"}},
		{"events alone", 305, []string{"m=audio 5000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"}},
		{"audio with port 0", 304, []string{"m=audio 0 RTP/AVP 8"}},
		{"transport", 302, []string{"m=audio 5000 TCP/RTP/AVP 8"}},
		{"SRTP without a key", 302, []string{"m=audio 5000 RTP/SAVP 8"}},
		{"DTLS without our certificate", 302, []string{"m=audio 5000 UDP/TLS/RTP/SAVP 8", "a=fingerprint:sha-256 AA", "a=setup:actpass"}},
		{"host name", 301, []string{"m=audio 5000 RTP/AVP 8", "c=IN IP4 phone.example"}},
		{"other family", 301, []string{"m=audio 5000 RTP/AVP 8", "c=IN IP6 2001:db8::1"}},
		{"multicast", 330, []string{"m=audio 5000 RTP/AVP 8", "c=IN IP4 224.2.1.1/127"}},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			x := newExchange(t, nil)
			answer, _, err := x.Answer(remote(row.in...))
			checkUnusable(t, err, row.code)
			if answer != nil || x.State() != Idle {
				t.Errorf("state %v, answer\n%s", x.State(), answer)
			}
			x.MakeOffer()
			_, err = x.Accept(remote(row.in...))
			checkUnusable(t, err, row.code)
			if x.State() != Offered {
				t.Errorf("state %v after an unusable answer", x.State())
			}
		})
	}
}

func checkUnusable(t *testing.T, err error, code int) {
	t.Helper()
	var u *Unusable
	if !errors.As(err, &u) || u.Code != code {
		t.Errorf("error %v, want warn-code %d", err, code)
		return
	}
	if got := Warning(err, "door.example"); !strings.HasPrefix(got, fmt.Sprintf("%d door.example \"", code)) || !strings.HasSuffix(got, `"`) {
		t.Errorf("warning %q", got)
	}
}

func TestUnusableWithoutMedia(t *testing.T) {
	_, _, err := newExchange(t, nil).Answer([]byte(lines("v=0", "m=audio 5000 RTP/AVP 8")))
	checkUnusable(t, err, 399) // no c= line
	_, _, err = newExchange(t, nil).Answer(remote("m=video 5000 RTP/AVP 31"))
	checkUnusable(t, err, 304)
	_, _, err = newExchange(t, nil).Answer(remote())
	checkUnusable(t, err, 304)
	x := newExchange(t, nil)
	x.MakeOffer()
	_, err = x.Accept(remote())
	checkUnusable(t, err, 304)
	_, err = x.Accept(remote("m=video 5000 RTP/AVP 8"))
	checkUnusable(t, err, 304)
}

// TestWarningIsClean: a peer's text does not break out of the Warning header field.
func TestWarningIsClean(t *testing.T) {
	_, _, err := newExchange(t, nil).Answer(remote("m=audio 5000 \"x\\\x01/AVP 8"))
	if got := Warning(err, "h"); strings.Count(got, `"`) != 2 || strings.ContainsAny(got, "\\\x01") {
		t.Errorf("warning %q", got)
	}
	if got := Warning(&SyntaxError{3, "odd"}, "h"); got != `399 h "sdp: line 3: odd"` {
		t.Errorf("warning %q", got)
	}
}
