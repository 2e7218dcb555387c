package sip

import (
	"strconv"
	"strings"
	"testing"
)

func TestHeaderGetAddSetDel(t *testing.T) {
	var h Header
	is(t, "empty", h.Has("Supported"), false)
	is(t, "empty", h.Get("Supported"), "")
	h.Add("k", "timer")
	h.Add("X-Door", "front")
	h.Add("SUPPORTED", "100rel")
	is(t, "canonical", h[0].Name, "Supported")
	is(t, "unknown stays", h[1].Name, "X-Door")
	is(t, "first", h.Get("supported"), "timer")
	h.Prepend("route", "<sip:p>")
	is(t, "prepended", h[0], Field{"Route", "<sip:p>"})
	h.Set("k", "replaces")
	is(t, "length", len(h), 3)
	is(t, "set in place", h[1], Field{"Supported", "replaces"})
	h.Set("New", "1")
	is(t, "set appends", h[3], Field{"New", "1"})
	h.Del("x-door")
	is(t, "deleted", h.Has("X-Door"), false)
	is(t, "length", len(h), 3)
	h.Del("absent")
	is(t, "length", len(h), 3)
}

func TestHeaderValues(t *testing.T) {
	for _, row := range []struct {
		lines []string
		want  string
	}{
		{[]string{"a"}, "a"},
		{[]string{"a, b ,c", "d"}, "a|b|c|d"},
		{[]string{"", ",,", " , a"}, "a"},
		{[]string{`"a,b" <sip:x>, <sip:y,z>;p="q,\",r", s`}, `"a,b" <sip:x>|<sip:y,z>;p="q,\",r"|s`},
		{[]string{`a, "open, b`}, `a|"open, b`},
		{[]string{`<sip:open, b`}, `<sip:open, b`},
		{[]string{`<sip:"x,y>, b`}, `<sip:"x,y>|b`},
	} {
		var h Header
		for _, value := range row.lines {
			h.Add("X-List", value)
		}
		is(t, strings.Join(row.lines, "/"), strings.Join(values(h, "x-list"), "|"), row.want)
	}
}

func TestHeaderValuesStop(t *testing.T) {
	h := Header{{"Allow", "A, B"}, {"Allow", "C"}}
	n := 0
	for range h.Values("Allow") {
		n++
		break
	}
	is(t, "values seen", n, 1)
}

// Fields whose commas separate nothing: RFC 3261 section 7.3.1 and each field's own grammar.
func TestHeaderValuesWhole(t *testing.T) {
	for _, name := range []string{"WWW-Authenticate", "Proxy-Authorization", "Date", "Subject", "User-Agent", "Retry-After"} {
		h := Header{{name, "a, b"}, {name, "c, d"}}
		is(t, name, strings.Join(values(h, name), "|"), "a, b|c, d")
	}
}

func TestHasToken(t *testing.T) {
	h := Header{{"Supported", "timer , 100rel"}, {"Allow", "INVITE,ACK"}, {"Supported", "replaces"}}
	is(t, "timer", h.HasToken("Supported", "timer"), true)
	is(t, "case", h.HasToken("supported", "100REL"), true)
	is(t, "second line", h.HasToken("Supported", "replaces"), true)
	is(t, "compact", h.HasToken("k", "replaces"), true)
	is(t, "part of one", h.HasToken("Supported", "rel"), false)
	is(t, "other field", h.HasToken("Require", "timer"), false)
	is(t, "method", h.HasToken("Allow", UPDATE), false)
}

func TestAddresses(t *testing.T) {
	m := &Message{Header: Header{
		{"Record-Route", "<sip:p1;lr>, <sip:p2;lr>"}, {"Record-Route", "<sip:p3;lr>"},
		{"Route", "<sip:r1;lr>"},
		{"P-Asserted-Identity", `"D" <sip:620@h>, <tel:+4930>`},
		{"Contact", "*"},
	}}
	list, err := m.RecordRoutes()
	is(t, "error", err, nil)
	is(t, "Record-Routes", len(list), 3)
	is(t, "order", list[2].URI.Host, "p3")
	list, err = m.Routes()
	is(t, "error", err, nil)
	is(t, "Routes", len(list), 1)
	list, err = m.AssertedIdentities()
	is(t, "error", err, nil)
	is(t, "identities", list[1].URI.Opaque, "+4930")
	list, err = m.Contacts()
	is(t, "error", err, nil)
	is(t, "wildcard", list[0].IsWildcard(), true)
	list, err = m.Header.Addresses("Path")
	is(t, "error", err, nil)
	is(t, "none", len(list), 0)
}

func TestAddressesBounded(t *testing.T) {
	at := Header{{"Contact", strings.Repeat("<sip:a@h>,", MaxValues)}}
	list, err := at.Addresses("Contact")
	is(t, "error", err, nil)
	is(t, "values", len(list), MaxValues)
	beyond := Header{{"Contact", strings.Repeat("<sip:a@h>,", MaxValues+1)}}
	_, err = beyond.Addresses("Contact")
	isStatus(t, err, 400)
}

func TestCanonicalNames(t *testing.T) {
	for letter, want := range map[string]string{
		"v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "l": "Content-Length", "c": "Content-Type",
		"k": "Supported", "s": "Subject", "e": "Content-Encoding", "o": "Event", "r": "Refer-To", "u": "Allow-Events",
		"x": "Session-Expires", "b": "Referred-By", "j": "Reject-Contact", "d": "Request-Disposition", "y": "Identity",
		"n": "Identity-Info", "a": "Accept-Contact",
	} {
		is(t, letter, canonicalName(letter), want)
		is(t, letter, canonicalName(strings.ToUpper(letter)), want)
	}
	for _, letter := range []string{"g", "h", "p", "q", "w", "z", "1", "", "-", "\xff"} {
		is(t, letter, canonicalName(letter), letter)
	}
	for _, list := range longNames {
		for _, field := range list {
			name := field.name
			is(t, name, canonicalName(strings.ToUpper(name)), name)
			is(t, name, canonicalName(strings.ToLower(name)), name)
			got, known := canonical(name + "x")
			is(t, name+"x", got.name, name+"x")
			is(t, name+"x", known, false)
		}
	}
}

func TestNameTableIsSortedByLetter(t *testing.T) {
	for i, list := range longNames {
		for _, field := range list {
			is(t, field.name, int(field.name[0]&31), i)
		}
	}
}

func TestCompactFormsParse(t *testing.T) {
	m, err := Parse([]byte("OPTIONS sip:h SIP/2.0\r\nv:SIP/2.0/UDP h;branch=z9hG4bK1\r\nf:sip:a@h;tag=1\r\nt:sip:b@h\r\n" +
		"i:c\r\nCSEQ:1 OPTIONS\r\nm:<sip:a@h>\r\nk:timer\r\nx:90\r\nl:3\r\n\r\nabcdef"))
	if err != nil {
		t.Fatal(err)
	}
	is(t, "header", len(m.Header), 3)
	for i, want := range []string{"Contact", "Supported", "Session-Expires"} {
		is(t, "field "+strconv.Itoa(i), m.Header[i].Name, want)
	}
	is(t, "body", string(m.Body), "abc")
}
