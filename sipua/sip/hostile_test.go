package sip

import (
	"strings"
	"testing"
)

// injections are what protocol testers put into every place of a message, a column each.
var injections = []struct{ name, text string }{
	{"empty", ""},
	{"blank", " "},
	{"letter", "a"},
	{"4 KiB", strings.Repeat("a", 4096)},
	{"20 KiB", strings.Repeat("a", 20000)},
	{"format", "%s%n%x"},
	{"escape", "%41%00"},
	{"half escape", "%4"},
	{"NUL", "a\x00b"},
	{"control", "a\x07\x7fb"},
	{"UTF-8", "t\u00fcr"},
	{"not UTF-8", "\xc0\x80\xff"},
	{"quote", `"`},
	{"backslash", `\`},
	{"bracket", "<"},
	{"brackets", "<>"},
	{"semicolon", ";"},
	{"comma", ","},
	{"colon", ":"},
	{"at", "@"},
	{"slash", "/"},
	{"minus one", "-1"},
	{"zero", "0"},
	{"2^31", "2147483648"},
	{"2^32", "4294967296"},
	{"2^64", "18446744073709551616"},
	{"line end", "a\r\nX-Evil: 1"},
	{"lone CR", "a\rX-Evil: 1"},
	{"folded", "a\r\n b"},
}

// places are parts of a request, and what becomes of the request with each injection there, a letter for each in
// their order:
//
//	a accepted   4 answered with 400   6 416   1 501   5 505   3 513   . dropped
var places = []struct{ name, template, want string }{
	{"method", "=I= sip:u@h SIP/2.0", "..113111.............111114.4"},
	{"URI scheme", "INFO =I=:u@h SIP/2.0", "44663444444444444444444444444"},
	{"URI user", "INFO sip:=I=@h SIP/2.0", "a4aa34a444aa4a44aa44aaaaaa444"},
	{"URI password", "INFO sip:u:=I=@h SIP/2.0", "a4aa34a444aa4a44aaa4aaaaaa444"},
	{"URI host", "INFO sip:u@=I= SIP/2.0", "44aa34444444444444444aaaaa444"},
	{"URI port", "INFO sip:u@h:=I= SIP/2.0", "44443444444444444444444444444"},
	{"URI parameter", "INFO sip:u@h;=I= SIP/2.0", "aaaa3aaa44aa4a44aaaaaaaaaa444"},
	{"URI headers", "INFO sip:u@h?=I= SIP/2.0", "aa443444444444444444444444444"},
	{"version", "INFO sip:u@h SIP/=I=", "44553555555555555555555555544"},
	{"Via", "Via: =I=", "............................."},
	{"Via protocol", "Via: =I=/2.0/UDP h", "............................."},
	{"Via version", "Via: SIP/=I=/UDP h", "..aa.aaa.............aaaaa..."},
	{"Via transport", "Via: SIP/2.0/=I= h", "..aa.aaa.............aaaaa..."},
	{"Via host", "Via: SIP/2.0/UDP =I=", "..aa.................aaaaaa.."},
	{"Via port", "Via: SIP/2.0/UDP h:=I=", "............................."},
	{"Via branch", "Via: SIP/2.0/UDP h;branch==I=", "aaaa.aaa..aa.a..a4aaaaaaaaa.."},
	{"Via parameter", "Via: SIP/2.0/UDP h;=I=", "aaaa.aaa..aa.a...4aaaaaaaaa.."},
	{"From display", `From: "=I=" <sip:u@h>;tag=1`, "aaaa3aaaaaaa44aaaaaaaaaaaa44a"},
	{"From bare display", `From: =I= <sip:u@h>;tag=1`, "aaaa3aaaaaaa4a444aaaaaaaaa44a"},
	{"From URI", "From: <=I=>;tag=1", "44443444444444444444444444444"},
	{"From user", "From: <sip:=I=@h>;tag=1", "a4aa34a444aa4a44aa44aaaaaa444"},
	{"From tag", "From: <sip:u@h>;tag==I=", "aaaa3aaa44aa4a44a4aaaaaaaaa44"},
	{"To", "To: =I=", "44443444444444444444444444444"},
	{"Call-ID", "Call-ID: =I=", "44aa3aaaaaaaaaaaaaaaaaaaaaa44"},
	{"CSeq", "CSeq: =I=", "44443444444444444444444444444"},
	{"CSeq number", "CSeq: =I= INFO", "4444344444444444444444aa44444"},
	{"CSeq method", "CSeq: 1 =I=", "44443444444444444444444444444"},
	{"Max-Forwards", "Max-Forwards: =I=", "aaaa3aaaaaaaaaaaaaaaaaaaaaa4a"},
	{"Content-Length", "Content-Length: =I=", "4444344444444444444444a444444"},
	{"Contact", "Contact: =I=", "aaaa3aaaaaaaaaaaaaaaaaaaaaa4a"},
	{"field name", "=I=: x", "44aa3aaa4444444444444aaaaa444"},
	{"field", "X: =I=", "aaaa3aaaaaaaaaaaaaaaaaaaaaa4a"},
	{"line", "=I=", "aa443444444444444444444444444"},
}

// inject puts a text into a place of an otherwise good request, whose part it replaces.
func inject(template, text string) []byte {
	line := strings.Replace(template, "=I=", text, 1)
	name, _, _ := strings.Cut(template, ":")
	var b strings.Builder
	if strings.HasSuffix(template, " SIP/2.0") || strings.HasSuffix(template, "SIP/=I=") {
		b.WriteString(line + "\r\n")
		name = ""
	} else {
		b.WriteString("INFO sip:u@h SIP/2.0\r\n")
	}
	for _, good := range []string{
		"Via: SIP/2.0/UDP h;branch=z9hG4bK1", "From: <sip:a@h>;tag=1", "To: <sip:b@h>", "Call-ID: c", "CSeq: 1 INFO",
	} {
		if !strings.HasPrefix(good, name+":") {
			b.WriteString(good + "\r\n")
		}
	}
	if name != "" {
		b.WriteString(line + "\r\n")
	}
	return []byte(b.String() + "\r\n")
}

func letter(status int) byte {
	switch status {
	case accept:
		return 'a'
	case 400:
		return '4'
	case 416:
		return '6'
	case 501:
		return '1'
	case 505:
		return '5'
	case 513:
		return '3'
	case drop:
		return '.'
	}
	return '?'
}

func TestInjections(t *testing.T) {
	for _, place := range places {
		var got []byte
		for _, injection := range injections {
			datagram := inject(place.template, injection.text)
			code, m := status(t, datagram)
			got = append(got, letter(code))
			checkInjected(t, place.name+" "+injection.name, datagram, m)
		}
		is(t, place.name, string(got), place.want)
	}
}

// checkInjected holds what must be true whatever the reaction is: what is printed is as it was read, and no injected line
// has got into the answer.
func checkInjected(t *testing.T, name string, datagram []byte, m *Message) {
	t.Helper()
	checkStable(t, datagram)
	if m == nil {
		return
	}
	_, _ = m.Contacts()
	answer := NewResponse(m, 400, "").String()
	if strings.Contains(answer, "\nX-Evil") || strings.Contains(answer, "\rX-Evil") {
		t.Errorf("%s: the answer has the injected line: %q", name, answer)
	}
}
