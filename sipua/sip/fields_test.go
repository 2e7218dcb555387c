package sip

import "testing"

func message(name, value string) *Message { return &Message{Header: Header{{name, value}}} }

func TestExpires(t *testing.T) {
	for _, row := range []struct {
		value string
		want  int
	}{{"0", 0}, {"3600", 3600}, {" 60 ", 60}, {"2147483647", 1<<31 - 1}, {"2147483648", 3600}, {"-1", 3600}, {"", 3600}, {"1 h", 3600}} {
		got, ok := message("Expires", row.value).Expires()
		is(t, row.value, got, row.want)
		is(t, row.value, ok, true)
	}
	_, ok := new(Message).Expires()
	is(t, "absent", ok, false)
	seconds, ok := message("Min-Expires", "1800").MinExpires()
	is(t, "Min-Expires", seconds, 1800)
	is(t, "Min-Expires", ok, true)
	_, ok = message("Min-Expires", "soon").MinExpires()
	is(t, "Min-Expires", ok, false)
	_, ok = new(Message).MinExpires()
	is(t, "Min-Expires", ok, false)
}

func TestMaxForwards(t *testing.T) {
	for _, row := range []struct {
		value string
		want  int
		ok    bool
	}{{"70", 70, true}, {"0", 0, true}, {"0068", 68, true}, {"255", 255, true}, {"256", 0, false}, {"", 0, false}, {"-1", 0, false},
		{"99999999999999999999999999999", 0, false}} {
		got, ok := message("Max-Forwards", row.value).MaxForwards()
		is(t, row.value, got, row.want)
		is(t, row.value, ok, row.ok)
	}
}

// RFC 4028 sections 4 and 5.
func TestSessionExpires(t *testing.T) {
	for _, row := range []struct {
		in   string
		want SessionExpires
		out  string
	}{
		{"1800", SessionExpires{1800, ""}, "1800"},
		{"4000;refresher=uac", SessionExpires{4000, "uac"}, "4000;refresher=uac"},
		{" 90 ; Refresher = UAS ;x=y", SessionExpires{90, "uas"}, "90;refresher=uas"},
	} {
		got, err := ParseSessionExpires(row.in)
		is(t, row.in, err, nil)
		is(t, row.in, got, row.want)
		is(t, row.in, got.String(), row.out)
	}
	for _, in := range []string{"", "x", "-1", ";refresher=uac", "90;refresher=me", "90;;", "90 uac", "2147483648"} {
		_, err := ParseSessionExpires(in)
		isStatus(t, err, 400)
	}
	seconds, err := ParseMinSE("90;lr=60")
	is(t, "Min-SE", seconds, 90)
	is(t, "Min-SE", err, nil)
	_, err = ParseMinSE("")
	isStatus(t, err, 400)
}

// RFC 3261 section 20.33.
func TestRetryAfter(t *testing.T) {
	for _, row := range []struct {
		in   string
		want RetryAfter
	}{
		{"18000;duration=3600", RetryAfter{18000, "", 3600}},
		{"120 (I'm in a meeting)", RetryAfter{120, "I'm in a meeting", 0}},
		{"5(a \\) (b (c)) d) ; duration = 7", RetryAfter{5, "a ) (b (c)) d", 7}},
		{"0", RetryAfter{}},
		{" 9 ", RetryAfter{Seconds: 9}},
	} {
		got, err := ParseRetryAfter(row.in)
		is(t, row.in, err, nil)
		is(t, row.in, got, row.want)
	}
	for _, in := range []string{"", "soon", "-5", "(x)", "5 (open", "5 (a(b)", "5 x", "5;duration=x", "5;;", "99999999999", "5 (\\"} {
		_, err := ParseRetryAfter(in)
		isStatus(t, err, 400)
	}
}

// RFC 3262 section 7.
func TestReliableProvisional(t *testing.T) {
	got, err := ParseRAck("776656 1 INVITE")
	is(t, "RAck", err, nil)
	is(t, "RAck", got, RAck{776656, CSeq{1, INVITE}})
	is(t, "RAck", got.String(), "776656 1 INVITE")
	got, err = ParseRAck(" 4294967295\t 0002   INVITE ")
	is(t, "RAck", err, nil)
	is(t, "RAck", got, RAck{1<<32 - 1, CSeq{2, INVITE}})
	for _, in := range []string{"", "1", "1 2", "1 2 ", "x 2 INVITE", "1 x INVITE", "4294967296 1 INVITE", "1 2 IN VITE", "1 2 @"} {
		_, err := ParseRAck(in)
		isStatus(t, err, 400)
	}
	seq, ok := message("RSeq", "988789").RSeq()
	is(t, "RSeq", seq, 988789)
	is(t, "RSeq", ok, true)
	_, ok = new(Message).RSeq()
	is(t, "RSeq", ok, false)
	_, ok = message("RSeq", "4294967296").RSeq()
	is(t, "RSeq", ok, false)
}

// RFC 3326 section 2.
func TestReason(t *testing.T) {
	h := Header{{"Reason", `SIP ;cause=200 ;text="Call completed elsewhere", Q.850;cause=16;text="Terminated, \"x\""`}}
	var got []Reason
	for value := range h.Values("Reason") {
		reason, err := ParseReason(value)
		is(t, value, err, nil)
		got = append(got, reason)
	}
	is(t, "first", got[0], Reason{"SIP", 200, "Call completed elsewhere"})
	is(t, "second", got[1], Reason{"Q.850", 16, `Terminated, "x"`})
	is(t, "printed", got[1].String(), `Q.850;cause=16;text="Terminated, \"x\""`)
	is(t, "printed", Reason{Protocol: "SIP"}.String(), "SIP")
	odd, err := ParseReason("X;cause=abc")
	is(t, "no number", err, nil)
	is(t, "no number", odd, Reason{Protocol: "X"})
	for _, in := range []string{"", ";cause=1", "SIP cause", `SIP;text="`} {
		_, err := ParseReason(in)
		isStatus(t, err, 400)
	}
}

// RFC 3891 section 6.1.
func TestReplaces(t *testing.T) {
	for _, row := range []struct {
		in   string
		want Replaces
	}{
		{"98732@sip.example.com\t;from-tag=r33th4x0r\t;to-tag=ff87ff", Replaces{"98732@sip.example.com", "ff87ff", "r33th4x0r", false}},
		{"12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only", Replaces{"12adf2f34456gs5", "12345", "54321", true}},
	} {
		got, err := ParseReplaces(row.in)
		is(t, row.in, err, nil)
		is(t, row.in, got, row.want)
		again, err := ParseReplaces(got.String())
		is(t, row.in, err, nil)
		is(t, row.in, again, row.want)
	}
	for _, in := range []string{"", "x", "x;to-tag=1", "x;from-tag=1", ";to-tag=1;from-tag=2", "x y;to-tag=1;from-tag=2", "x;;to-tag=1;from-tag=2"} {
		_, err := ParseReplaces(in)
		isStatus(t, err, 400)
	}
}

func TestReferTo(t *testing.T) {
	a, err := message("Refer-To", `<sip:dave@denver.example.org?Replaces=12345%40h%3Bto-tag%3D1%3Bfrom-tag%3D2>`).ReferTo()
	is(t, "error", err, nil)
	text, _ := a.URI.HeaderValue("Replaces")
	got, err := ParseReplaces(text)
	is(t, "error", err, nil)
	is(t, "Replaces", got, Replaces{"12345@h", "1", "2", false})
	_, err = new(Message).ReferTo()
	isStatus(t, err, 400)
	two := &Message{Header: Header{{"Refer-To", "<sip:a@h>"}, {"Refer-To", "<sip:b@h>"}}}
	_, err = two.ReferTo()
	isStatus(t, err, 400)
	_, err = message("Refer-To", "%").ReferTo()
	isStatus(t, err, 400)
}
