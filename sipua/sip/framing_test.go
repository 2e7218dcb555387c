package sip

import (
	"bytes"
	"testing"
)

// RFC 3261 section 18.3: what a stream's reader needs to know.
func TestContentLength(t *testing.T) {
	for _, row := range []struct {
		head    string
		n       int
		present bool
		wrong   bool
	}{
		{"X: y\r\n", 0, false, false},
		{"Content-Length: 12\r\n", 12, true, false},
		{"l: 0\r\n", 0, true, false},
		{"X: y\r\nL\t :7\r\nZ: 9\r\n", 7, true, false},
		{"content-LENGTH:\r\n 005\r\n", 5, true, false},
		{"X: y\r\n Content-Length: 9\r\n", 0, false, false},
		{"Content-Length: 2147483648\r\n", 1<<31 - 1, true, false},
		{"Content-Length: 18446744073709551621\r\n", 1<<31 - 1, true, false},
		{"Content-Length: -1\r\n", 0, true, true},
		{"Content-Length: +1\r\n", 0, true, true},
		{"Content-Length: 0x10\r\n", 0, true, true},
		{"Content-Length:\r\n", 0, true, true},
		{"Content-Length: 1, 1\r\n", 0, true, true},
		{"Content-Length: 1\r\nl: 1\r\n", 0, true, true},
		{"Content-Lengthx: 1\r\nlx: 2\r\nl\r\n", 0, false, false},
		{"X: y\n\nContent-Length: 3\r\n", 0, false, false},
	} {
		n, present, err := ContentLength([]byte("\r\n\r\nOPTIONS sip:h SIP/2.0\r\n" + row.head + "\r\n"))
		if n != row.n || present != row.present || (err != nil) != row.wrong {
			t.Errorf("%q: got %d, %v, %v", row.head, n, present, err)
		}
	}
	for _, head := range []string{"", "\r\n", "x", "\r\n\r\n", "l: 5"} {
		if _, present, err := ContentLength([]byte(head)); present || err != nil {
			t.Errorf("%q: got %v, %v", head, present, err)
		}
	}
}

// What Parse accepts, a stream's reader must have cut at the same octet; what RFC 4475 calls lost framing, it must see.
func TestContentLengthAgreesWithParse(t *testing.T) {
	for name, wire := range corpus(t) {
		end := bytes.Index(wire, []byte("\r\n\r\n"))
		if end < 0 {
			continue
		}
		n, present, err := ContentLength(wire[:end+4])
		m, failure := Parse(wire)
		if failure == nil && present && (err != nil || n != len(m.Body)) {
			t.Errorf("%s: stream %d, %v; datagram %d", name, n, err, len(m.Body))
		}
		if lost := name == "ncl" || name == "mcl01"; lost && err == nil {
			t.Errorf("%s: framing is lost, but no error", name)
		}
	}
}
