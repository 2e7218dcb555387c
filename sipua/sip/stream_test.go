package sip

import (
	"bytes"
	"testing"
)

// What a stream's reader must do with a message that arrives over TCP, RFC 3261 section 18.3: cut it off and go
// on, wait for octets that will not come, or close the connection since the framing is lost.
const (
	goesOn = "goes on"
	waits  = "waits"
	closes = "closes"
)

// streamRow tells what becomes of a message of the corpus and of the one after it on the same connection.
type streamRow struct {
	name string
	rfc  string
	want string
}

var streamed = []streamRow{
	{"wsinv", "RFC 4475 section 3.1.1.1", goesOn},
	{"intmeth", "RFC 4475 section 3.1.1.2", goesOn},
	{"escnull", "RFC 4475 section 3.1.1.4", goesOn},
	{"longreq", "RFC 4475 section 3.1.1.7", goesOn},
	{"dblreq", "RFC 4475 section 3.1.1.8: on a stream the second is a message", goesOn},
	{"mpart01", "RFC 4475 section 3.1.1.11: empty lines in the body", goesOn},
	{"noreason", "RFC 4475 section 3.1.1.13", goesOn},
	{"badinv01", "RFC 4475 section 3.1.2.1: malformed, yet framed", goesOn},
	{"clerr", "RFC 4475 section 3.1.2.2", waits},
	{"clerr-response", "RFC 4475 section 3.1.2.2", waits},
	{"ncl", "RFC 4475 section 3.1.2.3", closes},
	{"scalar02", "RFC 4475 section 3.1.2.4", goesOn},
	{"scalarlg", "RFC 4475 section 3.1.2.5", goesOn},
	{"quotbal", "RFC 4475 section 3.1.2.6: the quote ends with its line", goesOn},
	{"ltgtruri", "RFC 4475 section 3.1.2.7", goesOn},
	{"badvers", "RFC 4475 section 3.1.2.16", goesOn},
	{"bigcode", "RFC 4475 section 3.1.2.19", goesOn},
	{"insuf", "RFC 4475 section 3.3.1", goesOn},
	{"multi01", "RFC 4475 section 3.3.8", goesOn},
	{"mcl01", "RFC 4475 section 3.3.9", closes},
	{"inv2543", "RFC 4475 section 3.4.1: no Content-Length", closes},
	{"v6-sdp", "RFC 5118 section 4.6", goesOn},
	{"v6-sdp-mixed", "RFC 5118 section 4.8", goesOn},
	{"length-huge", "RFC 3261 section 18.3", waits},
	{"length-twice-same", "RFC 4475 section 3.3.9", closes},
	{"length-list", "RFC 3261 section 20.14", closes},
	{"no-colon", "RFC 3261 section 18.3: no Content-Length", closes},
}

func TestStreams(t *testing.T) {
	messages := corpus(t)
	follower := sample(t, "invite")
	for _, row := range streamed {
		wire := messages[row.name]
		if wire == nil {
			t.Errorf("%s is not in the corpus", row.name)
			continue
		}
		got, rest := readStream(append(bytes.Clone(wire), follower...))
		if got != row.want {
			t.Errorf("%s (%s): %s, want %s", row.name, row.rfc, got, row.want)
		}
		if got == goesOn && !bytes.HasSuffix(rest, follower) {
			t.Errorf("%s: the next message is %q", row.name, rest[:min(len(rest), 40)])
		}
	}
}

// readStream takes one message off a stream as a transport does.
func readStream(stream []byte) (outcome string, rest []byte) {
	end := bytes.Index(stream, []byte("\r\n\r\n")) + 4
	n, present, err := ContentLength(stream[:end])
	switch {
	case err != nil || !present:
		return closes, nil
	case n > len(stream)-end:
		return waits, nil
	}
	return goesOn, stream[end+n:]
}

// A message cut off at any octet must never pass for whole, nor make the reader give up on the connection.
func TestStreamArrivesInPieces(t *testing.T) {
	for _, name := range []string{"invite", "ok200", "fritz401", "wsinv"} {
		wire := sample(t, name)
		end := bytes.Index(wire, []byte("\r\n\r\n")) + 4
		n, present, err := ContentLength(wire[:end])
		is(t, name+" error", err, nil)
		is(t, name+" present", present, true)
		is(t, name+" whole", end+n, len(wire))
		for cut := end; cut < len(wire); cut++ {
			if outcome, _ := readStream(wire[:cut]); outcome != waits {
				t.Fatalf("%s cut at %d: %s", name, cut, outcome)
			}
		}
	}
}
