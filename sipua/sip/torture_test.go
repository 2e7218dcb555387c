package sip

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

const (
	accept = 200
	drop   = 0
)

// tortureRow is what must become of one message of the corpus when it comes as a datagram. Reactions which
// are the user agent's (481, 420, 415, 406, 405, 482) begin with accept: the message must be there to be judged.
type tortureRow struct {
	name  string
	rfc   string
	want  int // accept, drop or the status to answer with
	check func(t *testing.T, m *Message)
}

var rfc4475 = []tortureRow{
	{"wsinv", "RFC 4475 section 3.1.1.1", accept, checkShortTortuous},
	{"intmeth", "RFC 4475 section 3.1.1.2", accept, checkWideRange},
	{"esc01", "RFC 4475 section 3.1.1.3", accept, checkEscapes},
	{"escnull", "RFC 4475 section 3.1.1.4", accept, checkEscapedNulls},
	{"esc02", "RFC 4475 section 3.1.1.5", accept, checkNoEscapes},
	{"lwsdisp", "RFC 4475 section 3.1.1.6", accept, func(t *testing.T, m *Message) {
		is(t, "display", m.From.Display, "bell boy")
		is(t, "user", m.From.URI.User, "bell")
		is(t, "tag", m.From.Tag(), "3")
	}},
	{"longreq", "RFC 4475 section 3.1.1.7", accept, func(t *testing.T, m *Message) {
		is(t, "Vias", len(m.Via), 35)
		is(t, "branch", m.Via[34].Branch(), "very"+strings.Repeat("long", 50)+"branchvalue")
		is(t, "To port", m.To.URI.Port, 6000)
		is(t, "To flag", m.To.URI.Params.Has("VERY"+strings.Repeat("long", 20)+"parameternamewithnovalue"), true)
	}},
	{"dblreq", "RFC 4475 section 3.1.1.8, RFC 3261 section 18.3", accept, func(t *testing.T, m *Message) {
		is(t, "method", m.Method, REGISTER)
		is(t, "body", len(m.Body), 0)
		is(t, "Call-ID", m.CallID, "dblreq.0@192.0.2.125")
	}},
	{"semiuri", "RFC 4475 section 3.1.1.9", accept, func(t *testing.T, m *Message) {
		is(t, "user", m.URI.User, "user;par=u@example.net")
		is(t, "host", m.URI.Host, "example.com")
		is(t, "params", m.URI.Params, "")
		is(t, "URI", m.URI.String(), "sip:user;par=u%40example.net@example.com")
	}},
	{"transports", "RFC 4475 section 3.1.1.10", accept, func(t *testing.T, m *Message) {
		for i, want := range []string{UDP, SCTP, TLS, "PIGEON", TCP} {
			is(t, "transport", m.Via[i].Transport, want)
		}
	}},
	{"mpart01", "RFC 4475 section 3.1.1.11", accept, func(t *testing.T, m *Message) {
		is(t, "body has NUL", bytes.Contains(m.Body, []byte("0\x00\n\n\r\x82\xff\nx\r\n--b7--")), true)
	}},
	{"unreason", "RFC 4475 section 3.1.1.12", accept, func(t *testing.T, m *Message) {
		is(t, "status", m.Status, 200)
		is(t, "reason", m.Reason, "= 2**3 * 5**2 но - 1 €")
	}},
	{"noreason", "RFC 4475 section 3.1.1.13", accept, func(t *testing.T, m *Message) {
		is(t, "status", m.Status, 100)
		is(t, "reason", m.Reason, "")
	}},
	{"noreason-without-blank", "RFC 4475 section 3.1.1.13, its blank lost", accept, nil},
	{"badinv01", "RFC 4475 section 3.1.2.1: no Via left to answer to", drop, nil},
	{"badinv01-below", "RFC 4475 section 3.1.2.1", 400, nil},
	{"badinv01-contact", "RFC 4475 section 3.1.2.1: for who asks for the Contact", accept, func(t *testing.T, m *Message) {
		_, err := m.Contacts()
		isStatus(t, err, 400)
	}},
	{"clerr", "RFC 4475 section 3.1.2.2, RFC 3261 section 18.3", 400, nil},
	{"clerr-response", "RFC 3261 section 18.3", drop, nil},
	{"ncl", "RFC 4475 section 3.1.2.3", 400, nil},
	{"scalar02", "RFC 4475 section 3.1.2.4", 400, nil},
	{"scalar02-expires", "RFC 4475 section 3.1.2.4", accept, func(t *testing.T, m *Message) {
		is(t, "CSeq", m.CSeq.Seq, 1<<32-1)
		seconds, ok := m.Expires()
		is(t, "Expires", seconds, 3600)
		is(t, "Expires", ok, true)
		hops, ok := m.MaxForwards()
		is(t, "Max-Forwards", hops, 0)
		is(t, "Max-Forwards", ok, false)
	}},
	{"scalarlg", "RFC 4475 section 3.1.2.5", drop, nil},
	{"quotbal", "RFC 4475 section 3.1.2.6", 400, nil},
	{"ltgtruri", "RFC 4475 section 3.1.2.7", 400, nil},
	{"lwsruri", "RFC 4475 section 3.1.2.8", 400, nil},
	{"lwsstart", "RFC 4475 section 3.1.2.9, liberal", accept, func(t *testing.T, m *Message) {
		is(t, "URI", m.URI.String(), "sip:user@example.com")
	}},
	{"trws", "RFC 4475 section 3.1.2.10, liberal", accept, func(t *testing.T, m *Message) {
		is(t, "URI", m.URI.String(), "sip:remote-target@example.com")
	}},
	{"escruri", "RFC 4475 section 3.1.2.11", 400, func(t *testing.T, m *Message) {
		is(t, "Route", m.Header.Has("Route"), false)
		is(t, "Routes in the answer", strings.Contains(NewResponse(m, 400, "").String(), "Route"), false)
	}},
	{"escruri-crlf", "RFC 4475 section 3.1.2.11, its spirit", accept, checkEscapedLines},
	{"baddate", "RFC 4475 section 3.1.2.12, liberal", accept, nil},
	{"regbadct", "RFC 4475 section 3.1.2.13: for the registrar", accept, func(t *testing.T, m *Message) {
		is(t, "Route", m.Header.Has("Route"), false)
		_, err := m.Contacts()
		isStatus(t, err, 400)
	}},
	{"badaspec", "RFC 4475 section 3.1.2.14, liberal", accept, func(t *testing.T, m *Message) {
		is(t, "To", m.To.String(), `"Watch, Night" <sip:t.watch@example.org>`)
	}},
	{"baddn", "RFC 4475 section 3.1.2.15, liberal", accept, func(t *testing.T, m *Message) {
		is(t, "From", m.From.String(), `"Bell, Door" <sip:bell@example.com>;tag=43`)
	}},
	{"badvers", "RFC 4475 section 3.1.2.16", 505, func(t *testing.T, m *Message) {
		is(t, "Via host", m.Via[0].Host, "c.example.com")
		is(t, "From", m.From.Tag(), "qweoiqpe")
	}},
	{"mismatch01", "RFC 4475 section 3.1.2.17", 400, nil},
	{"mismatch02", "RFC 4475 section 3.1.2.18", 501, nil},
	{"bigcode", "RFC 4475 section 3.1.2.19", drop, nil},
	{"badbranch", "RFC 4475 section 3.2.1", 400, nil},
	{"insuf", "RFC 4475 section 3.3.1", 400, func(t *testing.T, m *Message) {
		is(t, "answer", NewResponse(m, 400, "").String(), "SIP/2.0 400 Bad Request\r\n"+
			"Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKin\r\nCSeq: 193942 INVITE\r\nContent-Length: 0\r\n\r\n")
	}},
	{"unkscm", "RFC 4475 section 3.3.2", 416, func(t *testing.T, m *Message) {
		is(t, "URI", m.URI, URI{Scheme: "nobodyknowsthisscheme", Opaque: "totallyopaquecontent"})
	}},
	{"novelsc", "RFC 4475 section 3.3.3", 416, nil},
	{"unksm2", "RFC 4475 section 3.3.4: the user agent's 405", accept, func(t *testing.T, m *Message) {
		is(t, "To", m.To.URI, URI{Scheme: "isbn", Opaque: "2983792873"})
		contacts, err := m.Contacts()
		is(t, "error", err, nil)
		is(t, "Contact", contacts[0].URI.String(), "name:John_Smith")
	}},
	{"bext01", "RFC 4475 section 3.3.5: the user agent's 420", accept, func(t *testing.T, m *Message) {
		is(t, "Require", strings.Join(values(m.Header, "Require"), "|"), "nothingSupportsThis|nothingSupportsThisEither")
	}},
	{"invut", "RFC 4475 section 3.3.6: the user agent's 415", accept, func(t *testing.T, m *Message) {
		is(t, "Content-Type", m.Header.Get("Content-Type"), "application/unknownformat")
	}},
	{"regaut01", "RFC 4475 section 3.3.7: the user agent's 405", accept, nil},
	{"multi01", "RFC 4475 section 3.3.8", 400, nil},
	{"multi01-forwards", "RFC 4475 section 3.3.8", 400, nil},
	{"mcl01", "RFC 4475 section 3.3.9", 400, nil},
	{"bcast", "RFC 4475 section 3.3.10: the transport drops it", accept, func(t *testing.T, m *Message) {
		is(t, "Vias", len(m.Via), 2)
		is(t, "second", m.Via[1].Host, "255.255.255.255")
	}},
	{"zeromf", "RFC 4475 section 3.3.11", accept, func(t *testing.T, m *Message) {
		hops, ok := m.MaxForwards()
		is(t, "Max-Forwards", hops, 0)
		is(t, "Max-Forwards", ok, true)
	}},
	{"cparam01", "RFC 4475 section 3.3.12", accept, func(t *testing.T, m *Message) {
		contacts, _ := m.Contacts()
		is(t, "Contact", contacts[0], Address{Params: ";unknownparam",
			URI: URI{Scheme: "sip", User: "+19725552222", Host: "gw1.example.net"}})
	}},
	{"cparam02", "RFC 4475 section 3.3.13", accept, func(t *testing.T, m *Message) {
		contacts, _ := m.Contacts()
		is(t, "Contact", contacts[0], Address{
			URI: URI{Scheme: "sip", User: "+19725552222", Host: "gw1.example.net", Params: ";unknownparam"}})
	}},
	{"regescrt", "RFC 4475 section 3.3.14", accept, func(t *testing.T, m *Message) {
		contacts, _ := m.Contacts()
		is(t, "headers", contacts[0].URI.Headers, "Route=%3Csip:sip.example.com%3E")
		is(t, "Route", m.Header.Has("Route"), false)
	}},
	{"sdp01", "RFC 4475 section 3.3.15: the user agent's 406", accept, func(t *testing.T, m *Message) {
		is(t, "Accept", m.Header.Get("Accept"), "text/nobodyKnowsThis")
	}},
	{"inv2543", "RFC 4475 section 3.4.1", accept, func(t *testing.T, m *Message) {
		is(t, "branch", m.Via[0].Branch(), "")
		is(t, "From tag", m.From.Tag(), "")
		is(t, "To params", m.To.Params, ";user=phone")
		is(t, "body", strings.HasPrefix(string(m.Body), "v=0\r\no=UserA"), true)
	}},
}

var rfc5118 = []tortureRow{
	{"v6-reference", "RFC 5118 section 4.1", accept, func(t *testing.T, m *Message) {
		is(t, "host", m.URI.Host, "2001:db8::10")
		is(t, "Via host", m.Via[0].Host, "2001:db8::9:1")
		is(t, "Request-URI", m.URI.String(), "sip:[2001:db8::10]")
	}},
	{"v6-bare", "RFC 5118 section 4.2", 400, nil},
	{"v6-port-inside", "RFC 5118 section 4.3", accept, func(t *testing.T, m *Message) {
		is(t, "host", m.URI.Host, "2001:db8::10:5070")
		is(t, "port", m.URI.Port, 0)
	}},
	{"v6-port-outside", "RFC 5118 section 4.4", accept, func(t *testing.T, m *Message) {
		is(t, "host", m.URI.Host, "2001:db8::10")
		is(t, "port", m.URI.Port, 5070)
	}},
	{"v6-received-brackets", "RFC 5118 section 4.5", accept, checkReceived},
	{"v6-received-plain", "RFC 5118 section 4.5", accept, checkReceived},
	{"v6-sdp", "RFC 5118 section 4.6", accept, nil},
	{"v6-mixed", "RFC 5118 section 4.7", accept, func(t *testing.T, m *Message) {
		is(t, "Vias", len(m.Via), 3)
		is(t, "port", m.Via[0].Port, 6050)
		is(t, "third", m.Via[2].Transport, TCP)
	}},
	{"v6-sdp-mixed", "RFC 5118 section 4.8", accept, nil},
	{"v6-mapped", "RFC 5118 section 4.9", accept, func(t *testing.T, m *Message) {
		is(t, "host", m.Via[0].Host, "::ffff:192.0.2.10")
		is(t, "port", m.Via[0].Port, 19823)
	}},
	{"v6-three-colons", "RFC 5118 section 4.10", accept, func(t *testing.T, m *Message) {
		is(t, "host", m.URI.Host, "2001:db8::192.0.2.1")
		contacts, err := m.Contacts()
		is(t, "error", err, nil)
		is(t, "Contact host", contacts[0].URI.Host, "2001:db8::192.0.2.1")
	}},
}

// hostile are classes of attacks and crashes of other stacks.
var hostile = []tortureRow{
	{"bare-ack", "RFC 3261 section 17.1.1.3: nothing is ever sent for an ACK", drop, nil},
	{"malformed-ack", "RFC 3261 section 17.1.1.3", drop, nil},
	{"no-via", "RFC 3261 section 8.1.1: nowhere to answer to", drop, nil},
	{"empty-via", "RFC 3261 section 20.42: the second is not the topmost", drop, nil},
	{"response-no-via", "RFC 3261 section 8.1.3.3", drop, nil},
	{"response-no-cseq", "RFC 3261 section 17.1.3", drop, nil},
	{"long-cseq-method", "RFC 3261 section 17.2.3: key of a request without branch", accept, func(t *testing.T, m *Message) {
		is(t, "method", len(m.CSeq.Method), 7000)
	}},
	{"no-colon", "RFC 3261 section 7.3.1", 400, nil},
	{"no-name", "RFC 3261 section 7.3.1", 400, nil},
	{"no-value", "RFC 3261 section 7.3.1", accept, func(t *testing.T, m *Message) {
		is(t, "Subject", m.Header.Has("Subject"), true)
		is(t, "X-Empty", m.Header.Has("X-Empty"), true)
	}},
	{"contact-percent", "RFC 3261 section 20.10", accept, func(t *testing.T, m *Message) {
		_, err := m.Contacts()
		isStatus(t, err, 400)
	}},
	{"uri-percent", "RFC 3261 section 25.1", 400, nil},
	{"uri-no-host", "RFC 3261 section 19.1.1", 400, nil},
	{"lone-cr", "RFC 3261 section 7", 400, func(t *testing.T, m *Message) {
		is(t, "Route", m.Header.Has("Route"), false)
	}},
	{"bare-lf", "RFC 3261 section 7, liberal", accept, func(t *testing.T, m *Message) {
		is(t, "branch", m.Via[0].Branch(), "z9hG4bK1")
	}},
	{"length-huge", "RFC 3261 section 18.3", 400, nil},
	{"length-twice-same", "RFC 4475 section 3.3.9", 400, nil},
	{"length-list", "RFC 3261 section 20.14", 400, nil},
	{"two-addresses", "RFC 3261 section 20.39", 400, nil},
	{"to-star", "RFC 3261 section 20.39", 400, nil},
	{"http", "RFC 3261 section 7.1", drop, nil},
	{"http-with-via", "RFC 3261 section 7.1", 400, nil},
	{"keep-alive", "RFC 5626 section 4.4.1", drop, nil},
	{"keep-alive-before", "RFC 3261 section 7.5", accept, nil},
	{"folded-start-line", "RFC 3261 section 7.1, liberal", accept, nil},
	{"status-low", "RFC 3261 section 7.2", drop, nil},
	{"status-text", "RFC 3261 section 7.2", drop, nil},
	{"many-fields", "RFC 3261 section 21.5.7", 513, nil},
	{"many-vias", "RFC 3261 section 21.5.7", 513, nil},
	{"long-field", "RFC 3261 section 21.5.7", 513, nil},
	{"long-message", "RFC 3261 section 21.5.7", 513, nil},
	{"format-strings", "RFC 3261 section 25.1: no host", drop, nil},
	{"format-strings-safe", "RFC 3261 section 25.1", accept, func(t *testing.T, m *Message) {
		is(t, "user", m.URI.User, "%s%n")
		is(t, "branch", m.Via[0].Branch(), "z9hG4bK%s%n%x")
	}},
	{"bad-utf8", "RFC 3261 section 25.1, liberal", accept, func(t *testing.T, m *Message) {
		is(t, "display", m.From.Display, "\xff\xfe\xc0\x80")
		is(t, "To", m.To.URI.String(), "sip:b%C3%A9@example.com")
	}},
}

func TestTorture(t *testing.T) {
	messages := corpus(t)
	for _, table := range [][]tortureRow{rfc4475, rfc5118, hostile} {
		for _, row := range table {
			t.Run(row.name, func(t *testing.T) { tortureOne(t, row, messages[row.name]) })
			if messages[row.name] == nil {
				t.Errorf("%s is not in the corpus", row.name)
			}
			delete(messages, row.name)
		}
	}
	for name := range messages {
		t.Errorf("%s of the corpus has no row", name)
	}
}

func tortureOne(t *testing.T, row tortureRow, datagram []byte) {
	got, m := status(t, datagram)
	if got != row.want {
		_, err := Parse(datagram)
		t.Fatalf("%s: got %d, want %d: %v", row.rfc, got, row.want, err)
	}
	if row.check != nil {
		row.check(t, m)
	}
	if got == accept {
		checkStable(t, datagram)
	}
}

// checkStable holds that what is printed parses, and prints the same again.
func checkStable(t *testing.T, datagram []byte) {
	t.Helper()
	m, err := Parse(datagram)
	if err != nil {
		return
	}
	first := m.Append(nil)
	again, err := Parse(first)
	if err != nil {
		t.Fatalf("printed form does not parse: %v\n%q\nfrom\n%q", err, first, datagram)
	}
	if second := again.Append(nil); !bytes.Equal(first, second) {
		t.Fatalf("not stable:\n%q\n%q\nfrom\n%q", first, second, datagram)
	}
}

func TestTortureTruncated(t *testing.T) {
	messages := corpus(t)
	for _, row := range append(rfc4475, rfc5118...) {
		datagram := messages[row.name]
		head := bytes.Index(datagram, []byte("\r\n\r\n")) + 3
		for n := range head {
			if got, _ := status(t, datagram[:n]); got == accept {
				t.Fatalf("%s: accepted with its first %d octets", row.name, n)
			}
		}
	}
}

func is[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func isStatus(t *testing.T, err error, want int) {
	t.Helper()
	var bad *SyntaxError
	if !errors.As(err, &bad) || bad.Status != want {
		t.Errorf("got error %v, want status %d", err, want)
	}
}

func values(h Header, name string) (list []string) {
	for value := range h.Values(name) {
		list = append(list, value)
	}
	return list
}

func checkShortTortuous(t *testing.T, m *Message) {
	is(t, "From", m.From.Display, `B \\ "Bell Boy"`)
	is(t, "From tag", m.From.Tag(), "77x")
	is(t, "To tag, for the 481 of an unknown dialog", m.To.Tag(), "4420917n")
	is(t, "To params", m.To.Params, ";tag=4420917n")
	is(t, "CSeq", m.CSeq, CSeq{7, INVITE})
	is(t, "Vias", len(m.Via), 3)
	is(t, "second Via", m.Via[1].String(), "SIP/2.0/TCP gate.example.com;branch=z9hG4bKws2")
	is(t, "third Via", m.Via[2].String(), "SIP/2.0/UDP 192.168.7.7;branch=z9hG4bKws3")
	is(t, "folded", m.Header.Get("newfangledheader"), "newfangled value continued newfangled value")
	is(t, "unusual", m.Header.Get("UnknownHeaderWithUnusualValue"), ";;,,;;,;")
	is(t, "Subject", m.Header.Get("Subject"), "")
	is(t, "body", len(m.Body), 8)
	hops, _ := m.MaxForwards()
	is(t, "Max-Forwards", hops, 68)
	routes, err := m.Routes()
	is(t, "error", err, nil)
	is(t, "Route", routes[0].URI.Params, ";lr;unknownwith=value;unknown-no-value")
	contacts, err := m.Contacts()
	is(t, "error", err, nil)
	is(t, "Contact", contacts[0].Display, `Quoted string ""`)
	is(t, "Contact params", contacts[0].Params, ";newparam=newvalue;secondparam;q=0.33")
}

func checkWideRange(t *testing.T, m *Message) {
	is(t, "method", m.Method, "!odd-Method0123456789_*+`.%sure'~")
	is(t, "user", m.URI.User, "1_odd.URI~(to-be!so)&isn't+it$/wild?,/;;*")
	is(t, "password", m.URI.Password, "&it+has=1,odd!*pas$wo~d_too.(is-it)")
	is(t, "To", m.To.Display, "BEL:\a NUL:\x00 DEL:\x7f")
	is(t, "From", m.From.Display, "token1~` token2'+_ token3*%!.-")
	param, _ := m.From.Params.Get("fromParam''~+*_!.-%")
	is(t, "From parameter", param, "ра")
	is(t, "Call-ID", m.CallID, `intmeth.word%ZK-!.*_+'@word`+"`"+`~)(><:\/"][?}{`)
	is(t, "extension", m.Header.Get("EXTENSIONHeader-!.%*+_`'~"), "\ufeff大")
}

func checkEscapes(t *testing.T, m *Message) {
	is(t, "Request-URI user", m.URI.User, "sips:porter@example.com")
	is(t, "Request-URI", m.URI.String(), "sip:sips%3Aporter%40example.com@example.net")
	is(t, "To", m.To.URI.String(), "sip:porter@example.com")
	is(t, "From", m.From.URI.User, "I have spaces")
	contacts, err := m.Contacts()
	is(t, "error", err, nil)
	is(t, "Contact", contacts[0].URI.User, "caller")
	once := "va" + "lue%41"
	is(t, "unescaped once", contacts[0].URI.Equal(URI{Scheme: "sip", User: "caller", Host: "host5.example.net",
		Params: Params(";lr;name=" + strings.ReplaceAll(once, "%", "%25"))}), true)
}

func checkEscapedNulls(t *testing.T, m *Message) {
	is(t, "To", m.To.URI.User, "null-\x00-null")
	is(t, "From", m.From.URI.String(), "sip:null-%00-null@example.com")
	contacts, err := m.Contacts()
	is(t, "error", err, nil)
	is(t, "Contacts", len(contacts), 2)
	is(t, "different", contacts[0].URI.Equal(contacts[1].URI), false)
}

func checkNoEscapes(t *testing.T, m *Message) {
	is(t, "method, no REGISTER", m.Method, "RE%47IST%45R")
	is(t, "display", m.To.Display, "%Z%45")
	is(t, "no Contact", m.Header.Get("C%6Fntact"), "<sip:alias1@host1.example.com>")
	contacts, _ := m.Contacts()
	is(t, "Contacts", len(contacts), 1)
}

func checkEscapedLines(t *testing.T, m *Message) {
	is(t, "user", m.URI.User, "user\r\nRoute: <sip:evil.example.com>")
	text := NewResponse(m, 200, "").String() + m.String()
	is(t, "Route line", strings.Contains(text, "\nRoute"), false)
	is(t, "X line", strings.Contains(text, "\nX"), false)
	is(t, "display stays escaped", m.To.Display, "%0d%0aRoute: x")
}

func checkReceived(t *testing.T, m *Message) {
	address, ok := m.Via[0].Received()
	is(t, "received", address.String(), "2001:db8::9:255")
	is(t, "received", ok, true)
	via := m.Via[0]
	via.Params = via.Params.With("received", address.String())
	is(t, "sent without brackets", strings.Contains(via.String(), ";received=2001:db8::9:255"), true)
}
