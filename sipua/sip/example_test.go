package sip_test

import (
	"errors"
	"fmt"
	"strings"

	"intercom/sipua/sip"
)

const options = "OPTIONS sip:door@192.0.2.7 SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK7;rport\r\n" +
	"From: <sip:pbx@192.0.2.1>;tag=1\r\nTo: <sip:door@192.0.2.7>\r\n" +
	"Call-ID: 42@192.0.2.1\r\nCSeq: 7 OPTIONS\r\nk: timer, 100rel\r\nm: <sip:pbx@192.0.2.1>\r\nl: 0\r\n\r\n"

func ExampleParse() {
	m, err := sip.Parse([]byte(options))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Method, m.URI, m.Via[0].Branch(), m.CSeq.Seq)
	fmt.Println(m.Header.Get("Supported"), m.Header.HasToken("Supported", "timer"))
	// Output:
	// OPTIONS sip:door@192.0.2.7 z9hG4bK7 7
	// timer, 100rel true
}

// What a user agent does with a datagram that is not quite a SIP message.
func ExampleParse_malformed() {
	for _, datagram := range []string{
		strings.Replace(options, "sip:door@192.0.2.7 ", "http://192.0.2.7 ", 1),
		strings.Replace(options, "CSeq: 7", "CSeq: x", 1),
		strings.Replace(options, "Via", "Vis", 1),
	} {
		m, err := sip.Parse([]byte(datagram))
		var bad *sip.SyntaxError
		switch {
		case !errors.As(err, &bad):
			fmt.Println("handle", m.Method)
		case m == nil:
			fmt.Println("drop:", err)
		default:
			fmt.Println("answer:", sip.NewResponse(m, bad.Status, "").Reason)
		}
	}
	// Output:
	// answer: Unsupported URI Scheme
	// answer: Bad Request
	// drop: sip: header: Via, From, To, Call-ID or CSeq is missing
}

func ExampleNewResponse() {
	req, _ := sip.Parse([]byte(options))
	ok := sip.NewResponse(req, 200, "")
	ok.To.Params = ok.To.Params.With("tag", "b2")
	ok.Header.Add("Allow", "INVITE, ACK, BYE")
	fmt.Print(strings.ReplaceAll(ok.String(), "\r\n", "\n"))
	// Output:
	// SIP/2.0 200 OK
	// Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK7;rport
	// From: <sip:pbx@192.0.2.1>;tag=1
	// To: <sip:door@192.0.2.7>;tag=b2
	// Call-ID: 42@192.0.2.1
	// CSeq: 7 OPTIONS
	// Allow: INVITE, ACK, BYE
	// Content-Length: 0
}

func ExampleHeader_Values() {
	var h sip.Header
	h.Add("Contact", `"Door, front" <sip:1@h>;expires=60, <sip:2@h>`)
	h.Add("m", "<sip:3@h>")
	for value := range h.Values("Contact") {
		fmt.Println(value)
	}
	// Output:
	// "Door, front" <sip:1@h>;expires=60
	// <sip:2@h>
	// <sip:3@h>
}

func ExampleParams_With() {
	var p sip.Params
	p = p.With("transport", "tcp").With("lr", "").With("transport", "tls")
	fmt.Println(p)
	// Output:
	// ;transport=tls;lr
}

func ExampleURI_Equal() {
	a, _ := sip.ParseURI("sip:%61lice@Example.NET;transport=TCP")
	b, _ := sip.ParseURI("sip:alice@example.net;Transport=tcp;x=y")
	c, _ := sip.ParseURI("sip:alice@example.net:5060;transport=tcp")
	fmt.Println(a.Equal(b), a.Equal(c))
	// Output:
	// true false
}

func ExampleMessage_AppendRedacted() {
	m := &sip.Message{
		Method: sip.REGISTER, URI: sip.URI{Scheme: "sip", Host: "pbx.example.net"},
		Header: sip.Header{{
			Name:  "Authorization",
			Value: `Digest username="620", realm="pbx", nonce="a1", uri="sip:pbx", response="c0ffee"`,
		}},
	}
	fmt.Print(strings.ReplaceAll(string(m.AppendRedacted(nil)), "\r\n", "\n"))
	// Output:
	// REGISTER sip:pbx.example.net SIP/2.0
	// Authorization: Digest username="620", realm="pbx", nonce="***", uri="sip:pbx", response="***"
	// Content-Length: 0
}

func ExampleContentLength() {
	stream := options + "next message"
	end := strings.Index(stream, "\r\n\r\n") + 4
	n, present, err := sip.ContentLength([]byte(stream[:end]))
	fmt.Println(n, present, err)
	fmt.Println(stream[end+n:])
	// Output:
	// 0 true <nil>
	// next message
}
