package sip

import (
	"strings"
	"testing"
)

func containsAny(s string, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}

// refusal is an input that must not be read, and a part of the reason given.
type refusal struct{ in, why string }

func (r refusal) check(t *testing.T, err error) {
	t.Helper()
	isStatus(t, err, 400)
	if err != nil && !strings.Contains(err.Error(), r.why) {
		t.Errorf("%q: got %v, want %q", r.in, err, r.why)
	}
}

var host = URI{Scheme: "sip", User: "a", Host: "h"}

// addresses are forms of RFC 3261 section 20.10 and 25.1 and those of the field.
var addresses = []struct {
	in   string
	want Address
	out  string
}{
	{"<sip:a@h>", Address{URI: host}, "<sip:a@h>"},
	{"sip:a@h", Address{URI: host}, "<sip:a@h>"},
	{"sip:a@h;tag=1", Address{URI: host, Params: ";tag=1"}, "<sip:a@h>;tag=1"},
	{"sip:a@h ; tag = 1 ", Address{URI: host, Params: ";tag=1"}, "<sip:a@h>;tag=1"},
	{`"A. B" <sip:a@h>;tag=1;x="y;z"`, Address{Display: "A. B", URI: host, Params: `;tag=1;x="y;z"`},
		`"A. B" <sip:a@h>;tag=1;x="y;z"`},
	{`"A"<sip:a@h>`, Address{Display: "A", URI: host}, `"A" <sip:a@h>`},
	{`A B <sip:a@h>`, Address{Display: "A B", URI: host}, `"A B" <sip:a@h>`},
	{`A<sip:a@h>`, Address{Display: "A", URI: host}, `"A" <sip:a@h>`},
	{`"\"<sip:x@y>\\" <sip:a@h>`, Address{Display: `"<sip:x@y>\`, URI: host}, `"\"<sip:x@y>\\" <sip:a@h>`},
	{`"" <sip:a@h>`, Address{URI: host}, `<sip:a@h>`},
	{`< sip:a@h >`, Address{URI: host}, `<sip:a@h>`},
	{`<sip:a@h;lr>;lr`, Address{URI: URI{Scheme: "sip", User: "a", Host: "h", Params: ";lr"}, Params: ";lr"}, `<sip:a@h;lr>;lr`},
	{`<sip:a@h>;`, Address{URI: host}, `<sip:a@h>`},
	{`sip:a@h;+sip.instance="<urn:uuid:1>"`, Address{URI: host, Params: `;+sip.instance="<urn:uuid:1>"`},
		`<sip:a@h>;+sip.instance="<urn:uuid:1>"`},
	{`<tel:+1,2>`, Address{URI: URI{Scheme: "tel", Opaque: "+1,2"}}, `<tel:+1,2>`},
	{"*", Address{URI: URI{Opaque: "*"}}, "*"},
}

func TestParseAddress(t *testing.T) {
	for _, row := range addresses {
		got, err := ParseAddress(row.in)
		if err != nil || got != row.want {
			t.Errorf("%s: got %+v, %v", row.in, got, err)
			continue
		}
		is(t, row.in, got.String(), row.out)
		is(t, row.in, got.IsWildcard(), row.in == "*")
	}
}

func TestParseAddressRefuses(t *testing.T) {
	for _, row := range []refusal{
		{"", "no scheme"},
		{"h", "no scheme"},
		{"<", "angle bracket has no end"},
		{"<>", "no scheme"},
		{"<sip:a@h", "angle bracket has no end"},
		{`"`, "quoted string has no end"},
		{`"a`, "quoted string has no end"},
		{`"a\" <sip:a@h>`, "quoted string has no end"},
		{`"a" sip:a@h`, "display name without"},
		{`"a"`, "display name without"},
		{"<sip:a@h> x", "where a parameter is due"},
		{"<sip:a@h>x=1", "where a parameter is due"},
		{"<sip:a@h>;;x", "parameter has no name"},
		{"<sip:a@h>;=x", "parameter has no name"},
		{`<sip:a@h>;x="y`, "quoted string has no end"},
		{"<sip:a@h>;a b", "blank within a parameter"},
		{"<sip:a@h>;x=a b", "blank within a parameter"},
		{"sip:a@h?x=y", "needs angle brackets"},
		{"sip:a@h,b", "text after host"},
		{"<sip:a@h>, <sip:b@h>", "where a parameter is due"},
		{"<sip:a@h>;x=<y>", "character not allowed"},
		{"<sip:a@h>;x=\x01", "character not allowed"},
		{"**", "no scheme"},
		{"* ;q=1", "no scheme"},
		{`a "b" <sip:a@h>`, "no scheme"},
		{"<sip:a@h>;x=1;;", "parameter has no name"},
		{"<sip:a@h>;x;=", "parameter has no name"},
	} {
		_, err := ParseAddress(row.in)
		row.check(t, err)
	}
}

func TestDisplayNeverBreaksOut(t *testing.T) {
	a := Address{Display: "x\" <sip:evil@h>\r\nRoute: y\x00\\", URI: host}
	is(t, "printed", a.String(), "\"x\\\" <sip:evil@h>  Route: y\\\x00\\\\\" <sip:a@h>")
	back, err := ParseAddress(a.String())
	is(t, "error", err, nil)
	is(t, "read back", back.URI, host)
}

func TestParams(t *testing.T) {
	p := Params(`;tag=1;Text="a;b=\"c\"";lr;x="";y=;tag=2`)
	for name, want := range map[string]string{"TAG": "1", "text": `a;b="c"`, "lr": "", "x": "", "y": ""} {
		got, ok := p.Get(name)
		is(t, name, got, want)
		is(t, name, ok, true)
		is(t, name, p.Has(name), true)
	}
	_, ok := p.Get("b")
	is(t, "inside quotes", ok, false)
	is(t, "Has", p.Has("ta"), false)
	var names []string
	for name := range p.All() {
		names = append(names, name)
	}
	is(t, "All", strings.Join(names, " "), "tag Text lr x y tag")
}

func TestParamsWith(t *testing.T) {
	for _, row := range []struct {
		p           Params
		name, value string
		want        Params
	}{
		{"", "tag", "1", ";tag=1"},
		{"", "rport", "", ";rport"},
		{";rport;branch=b", "rport", "5060", ";rport=5060;branch=b"},
		{";a=1;b=2", "A", "3", ";A=3;b=2"},
		{";a=1", "b", "", ";a=1;b"},
		{";a", "received", "2001:db8::1", ";a;received=2001:db8::1"},
		{"", "received", "[2001:db8::1]", ";received=[2001:db8::1]"},
		{"", "+sip.instance", "<urn:uuid:1>", `;+sip.instance="<urn:uuid:1>"`},
		{"", "text", `a"b\;`, `;text="a\"b\\;"`},
		{"", "text", "a\r\nb", `;text="a  b"`},
		{`;a="x;y";b`, "b", "1", `;a="x;y";b=1`},
	} {
		got := row.p.With(row.name, row.value)
		is(t, string(row.p)+" with "+row.name, got, row.want)
		value, ok := got.Get(row.name)
		is(t, "found", ok, true)
		is(t, "value", value, strings.NewReplacer("\r", " ", "\n", " ").Replace(row.value))
	}
}

func TestParamsWithout(t *testing.T) {
	for _, row := range []struct {
		p    Params
		name string
		want Params
	}{
		{"", "a", ""}, {";a", "a", ""}, {";a;b", "A", ";b"}, {";b;a=1;c;a=2", "a", ";b;c"}, {`;x=";a=1";a=2`, "a", `;x=";a=1"`},
		{";ab", "a", ";ab"},
	} {
		is(t, string(row.p), row.p.Without(row.name), row.want)
	}
}

var vias = []struct {
	in   string
	want Via
	out  string
}{
	{"SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds",
		Via{UDP, "pc33.atlanta.com", 0, ";branch=z9hG4bK776asdhds"}, ""},
	{"SIP/2.0/TCP 192.0.2.1:5060 ;received=192.0.2.207\t;branch=z9hG4bK77asjd",
		Via{TCP, "192.0.2.1", 5060, ";received=192.0.2.207;branch=z9hG4bK77asjd"},
		"SIP/2.0/TCP 192.0.2.1:5060;received=192.0.2.207;branch=z9hG4bK77asjd"},
	{"SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1",
		Via{UDP, "first.example.com", 4000, ";ttl=16;maddr=224.2.0.1;branch=z9hG4bKa7c6a8dlze.1"},
		"SIP/2.0/UDP first.example.com:4000;ttl=16;maddr=224.2.0.1;branch=z9hG4bKa7c6a8dlze.1"},
	{"sip/2.0/tls [2001:DB8::1] : 5061", Via{TLS, "2001:db8::1", 5061, ""}, "SIP/2.0/TLS [2001:db8::1]:5061"},
	{"SIP/2.0/wss h;rport", Via{"WSS", "h", 0, ";rport"}, "SIP/2.0/WSS h;rport"},
	{"SIP/2.0/x-new h", Via{"X-NEW", "h", 0, ""}, "SIP/2.0/X-NEW h"},
}

func TestParseVia(t *testing.T) {
	for _, row := range vias {
		got, err := ParseVia(row.in)
		if err != nil || got != row.want {
			t.Errorf("%s: got %+v, %v", row.in, got, err)
			continue
		}
		want := row.out
		if want == "" {
			want = row.in
		}
		is(t, row.in, got.String(), want)
	}
}

func TestParseViaRefuses(t *testing.T) {
	for _, row := range []refusal{
		{"", "no SIP/2.0/transport"},
		{"SIP", "no SIP/2.0/transport"},
		{"SIP/2.0", "no SIP/2.0/transport"},
		{"SIP/2.0/UDP", "no transport"},
		{"SIP/2.0/UDP ", "no transport"},
		{"SIP/2.0/ h", "no transport"},
		{"HTTP/2.0/UDP h", "no SIP/2.0/transport"},
		{"SIP/2.0/UDP;h", "no transport"},
		{"SIP/2.0/UDP h i", "where a parameter is due"},
		{"SIP/2.0/UDP h:", "port is not"},
		{"SIP/2.0/UDP h:x", "port is not"},
		{"SIP/2.0/UDP h:0", "port is not"},
		{"SIP/2.0/UDP h:70000", "port is not"},
		{"SIP/2.0/UDP 2001:db8::1", "port is not"},
		{"SIP/2.0/UDP [::1", "host is missing"},
		{"SIP/2.0/UDP h;;", "parameter has no name"},
		{"SIP/2.0/UDP h;a b", "blank within a parameter"},
		{"SIP/2.0/UDP h,SIP/2.0/UDP i", "where a parameter is due"},
		{"SIP/2.0/UDP h;a=\"", "quoted string has no end"},
	} {
		_, err := ParseVia(row.in)
		row.check(t, err)
	}
}

func TestViaParameters(t *testing.T) {
	for _, row := range []struct {
		params   Params
		received string
		port     int
		rport    bool
	}{
		{"", "invalid IP", 0, false},
		{";rport", "invalid IP", 0, true},
		{";rport=5061;received=192.0.2.1", "192.0.2.1", 5061, true},
		{";rport=x;received=[2001:db8::1]", "2001:db8::1", 0, true},
		{";rport=65536;received=2001:DB8::1", "2001:db8::1", 0, true},
		{";received=[]", "invalid IP", 0, false},
		{";received=host.example.com", "invalid IP", 0, false},
	} {
		v := Via{Params: row.params}
		address, ok := v.Received()
		is(t, "received", address.String(), row.received)
		is(t, "received", ok, address.IsValid())
		port, present := v.RPort()
		is(t, "rport", port, row.port)
		is(t, "rport", present, row.rport)
		is(t, "branch", v.Branch(), "")
	}
}
