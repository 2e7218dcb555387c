package transport

import (
	"strings"
	"testing"
)

func TestClassify(t *testing.T) {
	tests := []struct {
		name, packet string
		want         Class
	}{
		{"empty", "", Keepalive},
		{"CRLF", "\r\n", Keepalive},
		{"double CRLF", "\r\n\r\n", Keepalive},
		{"four zeros", "\x00\x00\x00\x00", Keepalive},
		{"STUN", string(AppendBindingRequest(nil, TransactionID{1})), STUN},
		{"STUN cut short", string(AppendBindingRequest(nil, TransactionID{1})[:19]), Junk},
		{"request", "OPTIONS sip:a@example.com SIP/2.0\r\n", Request},
		{"request after a keep-alive", "\r\n\r\nOPTIONS sip:a@example.com SIP/2.0\r\n", Request},
		{"no line end", "OPTIONS sip:a@example.com SIP/2.0", Request},
		{"bare LF", "OPTIONS sip:a@example.com SIP/2.0\nVia: x", Request},
		{"odd method of RFC 4475 3.1.1.2", "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~@example.com SIP/2.0\r\n", Request},
		{"blanks at the end, RFC 4475 3.1.2.10", "OPTIONS sip:remote-target@example.com SIP/2.0  \r\n", Request},
		{"blanks within, RFC 4475 3.1.2.8", "INVITE  sip:user@example.com  SIP/2.0\r\n", Request},
		{"other version, to be answered by 505", "OPTIONS sip:t.watson@example.org SIP/7.0\r\n", Request},
		{"lower case version", "OPTIONS sip:a@example.com sip/2.0\r\n", Request},
		{"response", "SIP/2.0 200 OK\r\n", Response},
		{"response without reason", "SIP/2.0 100\r\n", Response},
		{"HTTP", "GET / HTTP/1.1\r\n", Junk},
		{"a word", "OPTIONS", Junk},
		{"blank first", " OPTIONS sip:a@example.com SIP/2.0\r\n", Junk},
		{"binary", "\x80\x00\x12\x34 SIP/2.0", Junk},
		{"endless method", strings.Repeat("A", maxFirstLine) + " sip:a@example.com SIP/2.0\r\n", Junk},
		{"long method, to be answered", strings.Repeat("A", 1000) + " sip:a@example.com SIP/2.0\r\n", Request},
		{"no end of a first line", "OPTIONS sip:" + strings.Repeat("a", maxFirstLine) + " SIP/2.0\r\n", Junk},
		{"long first line", "OPTIONS sip:" + strings.Repeat("a", maxFirstLine/2) + " SIP/2.0\r\n", Request},
		{"scanner's DNS", "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", Junk},
	}
	for _, test := range tests {
		if got := Classify([]byte(test.packet)); got != test.want {
			t.Errorf("%s: class %d, want %d", test.name, got, test.want)
		}
	}
}

func TestClassifyOfEveryTruncation(t *testing.T) {
	m := message("l", 3)
	whole := len("OPTIONS sip:desk@example.com SIP/2")
	for i := range len(m) {
		got := Classify([]byte(m[:i]))
		if want := i >= whole; i > 0 && (got == Request) != want {
			t.Errorf("%q: class %d", m[:i], got)
		}
	}
}

func TestClassifyAllocatesNothing(t *testing.T) {
	for _, p := range [][]byte{[]byte(message("l", 3)), []byte("SIP/2.0 200 OK\r\n"), []byte("\x80junk"), make([]byte, 65000)} {
		if n := testing.AllocsPerRun(100, func() { Classify(p) }); n != 0 {
			t.Errorf("%.20q: %v allocations", p, n)
		}
	}
}

func BenchmarkClassify(b *testing.B) {
	junk := []byte(strings.Repeat("A", 65000))
	b.SetBytes(int64(len(junk)))
	for b.Loop() {
		Classify(junk)
	}
}
