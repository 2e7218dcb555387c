package sip

import (
	"strings"
	"sync"
	"testing"
)

// Every combination of parts makes a URI that reads back as itself and equals no other.
func TestURICombinations(t *testing.T) {
	var all []URI
	for _, scheme := range []string{"sip", "sips"} {
		for _, user := range [][2]string{{"", ""}, {"a", ""}, {"a;b=c", ""}, {"a@b:c", ""}, {"a", "p:@;?"}, {"\x00\u00fc %", "\xff"}} {
			for _, host := range []string{"h", "192.0.2.1", "2001:db8::1"} {
				for _, port := range []int{0, 1, 5060, 65535} {
					for _, params := range []Params{"", ";transport=tcp"} {
						for _, headers := range []string{"", "a=b&c=%26"} {
							all = append(all, URI{scheme, user[0], user[1], host, port, params, headers, ""})
						}
					}
				}
			}
		}
	}
	seen := make(map[string]URI)
	for _, u := range all {
		text := u.String()
		if other, twice := seen[text]; twice {
			t.Fatalf("%+v and %+v both print as %s", u, other, text)
		}
		seen[text] = u
		got, err := ParseURI(text)
		if err != nil || got != u {
			t.Fatalf("%s: got %+v, %v, want %+v", text, got, err, u)
		}
		is(t, text+" equals itself", u.Equal(got), true)
	}
	for i, u := range all {
		if v := all[(i+1)%len(all)]; u.Equal(v) {
			t.Errorf("%s equals %s", u, v)
		}
	}
}

// A value cut short anywhere is refused or reads as something shorter; it never reads as the whole.
func TestValuesTruncated(t *testing.T) {
	for _, row := range vias {
		whole, _ := ParseVia(row.in)
		for n := range len(strings.TrimRight(row.in, "; ")) {
			if got, err := ParseVia(row.in[:n]); err == nil && got == whole {
				t.Errorf("%q reads as %q", row.in[:n], row.in)
			}
		}
	}
	for _, row := range addresses {
		whole, _ := ParseAddress(row.in)
		for n := range len(strings.TrimRight(row.in, "; ")) {
			if got, err := ParseAddress(row.in[:n]); err == nil && got == whole {
				t.Errorf("%q reads as %q", row.in[:n], row.in)
			}
		}
	}
	for _, row := range uris {
		for n := range len(strings.TrimRight(row.in, ";")) {
			if got, err := ParseURI(row.in[:n]); err == nil && got == row.want {
				t.Errorf("%q reads as %q", row.in[:n], row.in)
			}
		}
	}
}

// Header fields keep their order, their number and their values from wire to wire.
func TestHeaderIsKept(t *testing.T) {
	const start = "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n" +
		"To: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"
	const fields = "Route: <sip:1;lr>, <sip:2;lr>\r\nX-One: a\r\nRoute: <sip:3;lr>\r\nx-one: B, \"c\r\nUnknown-Field-: \u00fc\r\n" +
		"Date: Sat, 13 Nov 2010 23:29:00 GMT\r\nRoute: <sip:4;lr>\r\nX-Empty: \r\n"
	const end = "Content-Length: 0\r\n\r\n"
	m, err := Parse([]byte(start + fields + end))
	if err != nil {
		t.Fatal(err)
	}
	is(t, "wire form", m.String(), start+fields+end)
	routes, err := m.Routes()
	is(t, "error", err, nil)
	is(t, "routes", strings.Join(hosts(routes), ""), "1234")
	is(t, "Date is one value", len(values(m.Header, "Date")), 1)
}

// Where mandatory fields stand does not matter, nor what stands between them.
func TestFieldOrderIsFree(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(plainInvite, "\nv=0\n"), "\n")
	lines = lines[:len(lines)-1]
	want := mustParse(t, plainInvite)
	for shift := 1; shift < len(lines)-1; shift++ {
		rotated := append([]string{lines[0]}, lines[1+shift:]...)
		rotated = append(rotated, lines[1:1+shift]...)
		got := mustParse(t, strings.Join(rotated, "\n")+"\n\nv=0\n")
		is(t, "Via", got.Via[0], want.Via[0])
		is(t, "From", got.From, want.From)
		is(t, "To", got.To, want.To)
		is(t, "Call-ID", got.CallID, want.CallID)
		is(t, "CSeq", got.CSeq, want.CSeq)
		is(t, "header", len(got.Header), len(want.Header))
		is(t, "body", string(got.Body), string(want.Body))
	}
}

// Nothing is shared between calls but tables: the race detector watches.
func TestParallelUse(t *testing.T) {
	messages := corpus(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for _, wire := range messages {
				_ = workHard(wire)
			}
		})
	}
	group.Wait()
}

func TestURIStrings(t *testing.T) {
	a := Address{Display: "A", URI: URI{Scheme: "sip", User: "a", Password: "p", Host: "h"}, Params: ";tag=1"}
	is(t, "address", a.String(), `"A" <sip:a:p@h>;tag=1`)
	is(t, "appended", string(a.Append([]byte("To: "))), `To: "A" <sip:a:p@h>;tag=1`)
	is(t, "URI appended", string(a.URI.Append([]byte("<"))), "<sip:a:p@h")
	is(t, "via appended", string(Via{Transport: UDP, Host: "h"}.Append([]byte("Via: "))), "Via: SIP/2.0/UDP h")
	is(t, "empty URI", URI{}.String(), "")
	is(t, "wildcard with parameters", Address{URI: URI{Opaque: "*"}, Params: ";q=1"}.String(), "*;q=1")
}
