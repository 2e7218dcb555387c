package sip

import "testing"

// uris are the forms of RFC 3261 sections 19.1.1 and 19.1.3, RFC 5118, and what else is to be read.
var uris = []struct {
	in   string
	want URI
	out  string // printed form, "" when it is as read
}{
	{"sip:alice@atlanta.com", URI{Scheme: "sip", User: "alice", Host: "atlanta.com"}, ""},
	{"sip:alice:secretword@atlanta.com;transport=tcp",
		URI{Scheme: "sip", User: "alice", Password: "secretword", Host: "atlanta.com", Params: ";transport=tcp"}, ""},
	{"sips:alice@atlanta.com?subject=project%20x&priority=urgent",
		URI{Scheme: "sips", User: "alice", Host: "atlanta.com", Headers: "subject=project%20x&priority=urgent"}, ""},
	{"sip:+1-212-555-1212:1234@gateway.com;user=phone",
		URI{Scheme: "sip", User: "+1-212-555-1212", Password: "1234", Host: "gateway.com", Params: ";user=phone"}, ""},
	{"sips:1212@gateway.com", URI{Scheme: "sips", User: "1212", Host: "gateway.com"}, ""},
	{"sip:alice@192.0.2.4", URI{Scheme: "sip", User: "alice", Host: "192.0.2.4"}, ""},
	{"sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
		URI{Scheme: "sip", Host: "atlanta.com", Params: ";method=REGISTER", Headers: "to=alice%40atlanta.com"}, ""},
	{"sip:alice;day=tuesday@atlanta.com", URI{Scheme: "sip", User: "alice;day=tuesday", Host: "atlanta.com"}, ""},
	{"SIP:Alice@ATLANTA.com:5061", URI{Scheme: "sip", User: "Alice", Host: "atlanta.com", Port: 5061},
		"sip:Alice@atlanta.com:5061"},
	{"sip:[2001:DB8::1]:5070;lr", URI{Scheme: "sip", Host: "2001:db8::1", Port: 5070, Params: ";lr"},
		"sip:[2001:db8::1]:5070;lr"},
	{"sip:%61lice%2541:p%3a@h", URI{Scheme: "sip", User: "alice%41", Password: "p:", Host: "h"}, "sip:alice%2541:p%3A@h"},
	{"sip:*21#@fritz.box", URI{Scheme: "sip", User: "*21#", Host: "fritz.box"}, "sip:*21%23@fritz.box"},
	{"sip:@192.0.2.4", URI{Scheme: "sip", Host: "192.0.2.4"}, "sip:192.0.2.4"},
	{"sip:my_host.local;", URI{Scheme: "sip", Host: "my_host.local"}, "sip:my_host.local"},
	{"sip:h;a?b;c?d", URI{Scheme: "sip", Host: "h", Params: ";a", Headers: "b;c?d"}, ""},
	{"tel:+49-30-1234;phone-context=x", URI{Scheme: "tel", Opaque: "+49-30-1234;phone-context=x"}, ""},
	{"URN:uuid:1-2", URI{Scheme: "urn", Opaque: "uuid:1-2"}, "urn:uuid:1-2"},
}

func TestParseURI(t *testing.T) {
	for _, row := range uris {
		got, err := ParseURI(row.in)
		if err != nil || got != row.want {
			t.Errorf("%s: got %+v, %v", row.in, got, err)
			continue
		}
		want := row.out
		if want == "" {
			want = row.in
		}
		if s := got.String(); s != want {
			t.Errorf("%s: prints as %s, want %s", row.in, s, want)
		}
	}
}

func TestParseURIRefuses(t *testing.T) {
	for _, row := range []refusal{
		{"", "no scheme"},
		{"%", "no scheme"},
		{"alice", "no scheme"},
		{"alice@h", "no scheme"},
		{":alice@h", "no scheme"},
		{"sip:", "host is missing"},
		{"sips:", "host is missing"},
		{"tel:", "nothing after its scheme"},
		{"sip:alice@", "host is missing"},
		{"sip:a@b@c", "text after host"},
		{"sip::pw@h", "password without a user"},
		{"sip:a%@h", "percent sign"},
		{"sip:a%4@h", "percent sign"},
		{"sip:a%4g@h", "percent sign"},
		{"sip:a:%zz@h", "percent sign"},
		{"sip:a b@h", "blank, control"},
		{"sip:a@h ", "blank, control"},
		{" sip:a@h", "blank, control"},
		{"sip:a@h;x=\"y\"", "blank, control"},
		{"sip:<a>@h", "blank, control"},
		{"sip:a\r\n@h", "blank, control"},
		{"sip:a\x00@h", "blank, control"},
		{"sip:h:", "port is not"},
		{"sip:h:0", "port is not"},
		{"sip:h:65536", "port is not"},
		{"sip:h:5060x", "text after host"},
		{"sip:h:-1", "port is not"},
		{"sip:h:99999999999999999999999", "port is not"},
		{"sip:2001:db8::10", "port is not"},
		{"sip:[2001:db8::10", "host is missing"},
		{"sip:[]", "host is missing"},
		{"sip:[192.0.2.1]", "host is missing"},
		{"sip:[fe80::1%25eth0]", "host is missing"},
		{"sip:[::1]x", "text after host"},
		{"sip:[::::1]", "host is missing"},
		{"sip:h/x", "text after host"},
		{"sip:h,x", "text after host"},
		{"s ip:h", "blank, control"},
		{"1a:b", "no scheme"},
		{"+a:b", "no scheme"},
	} {
		_, err := ParseURI(row.in)
		row.check(t, err)
	}
}

func TestErrorHidesPassword(t *testing.T) {
	_, err := ParseURI("sip:alice:hunter2@host:0")
	if err == nil || len(err.Error()) < 10 {
		t.Fatalf("got %v", err)
	}
	if text := err.Error(); containsAny(text, "hunter2", "alice") {
		t.Errorf("error text tells: %s", text)
	}
}

// TestEqualRFC3261 holds the pairs of RFC 3261 section 19.1.4.
func TestEqualRFC3261(t *testing.T) {
	equal := [][2]string{
		{"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"},
		{"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"},
		{"sip:carol@chicago.com", "sip:carol@chicago.com;security=on"},
		{"sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"},
		{"sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
			"sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"},
		{"sip:alice@atlanta.com?subject=project%20x&priority=urgent",
			"sip:alice@atlanta.com?priority=urgent&subject=project%20x"},
		{"sip:[2001:db8::1]", "sip:[2001:DB8:0:0:0:0:0:1]"},
		{"sip:a@h;p=%61", "sip:a@h;p=a"},
		{"sip:a@h?Subject=%61", "sip:a@h?subject=a"},
		{"tel:+1", "TEL:+1"},
	}
	different := [][2]string{
		{"SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtlanTa.CoM;Transport=UDP"},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"},
		{"sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"},
		{"sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"},
		{"sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"}, // the RFC's note on transitivity
		{"sip:a@h", "sips:a@h"},
		{"sip:a:x@h", "sip:a:y@h"},
		{"sip:h", "sip:a@h"},
		{"sip:h;ttl=1", "sip:h;TTL=2"},
		{"sip:h;maddr=1.2.3.4", "sip:h"},
		{"sip:h;user=phone", "sip:h"},
		{"sip:h;method=INVITE", "sip:h"},
		{"sip:h?a=1&a=1&b=2", "sip:h?a=1&b=2&b=2"},
		{"sip:[2001:db8::1]", "sip:[2001:db8::2]"},
		{"tel:+1", "tel:+2"},
	}
	for want, table := range map[bool][][2]string{true: equal, false: different} {
		for _, pair := range table {
			a, b := mustURI(t, pair[0]), mustURI(t, pair[1])
			if a.Equal(b) != want || b.Equal(a) != want {
				t.Errorf("%s and %s: equal must be %v", pair[0], pair[1], want)
			}
			if !a.Equal(a) {
				t.Errorf("%s does not equal itself", pair[0])
			}
		}
	}
}

func mustURI(t testing.TB, s string) URI {
	t.Helper()
	u, err := ParseURI(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return u
}

func TestURIParamAndHeaderValue(t *testing.T) {
	u := mustURI(t, "sip:bob@h;method=%49NVITE;lr?Replaces=c%40h%3Bto-tag%3Da%3Bfrom-tag%3Db&X=%zz")
	value, ok := u.Param("METHOD")
	is(t, "method", value, "INVITE")
	is(t, "method", ok, true)
	value, ok = u.Param("lr")
	is(t, "lr", value, "")
	is(t, "lr", ok, true)
	_, ok = u.Param("maddr")
	is(t, "maddr", ok, false)
	value, ok = u.HeaderValue("replaces")
	is(t, "Replaces", value, "c@h;to-tag=a;from-tag=b")
	is(t, "Replaces", ok, true)
	value, _ = u.HeaderValue("x")
	is(t, "broken escape stays", value, "%zz")
	_, ok = u.HeaderValue("y")
	is(t, "y", ok, false)
	is(t, "IsSIP", u.IsSIP(), true)
	is(t, "IsSIP", mustURI(t, "tel:1").IsSIP(), false)
}
