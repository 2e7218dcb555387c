package sip

import (
	"slices"
	"strings"
	"testing"
)

// A call through two proxies, as RFC 3665 section 3.2 draws it, with our own names and numbers:
//
//	door            edge            core            desk
//	  | INVITE -------> | INVITE -------> | INVITE -------> |
//	  | <-------------- | <-------------- | <------ 200 OK  |
//	  | ACK ----------> | --------------> | --------------> |
//	  | <-------------- | <-------------- | <----------BYE  |
const (
	flowInvite = `INVITE sip:desk@house.example.net SIP/2.0
Via: SIP/2.0/TCP door.house.example.net:5060;branch=z9hG4bK74bf9
Max-Forwards: 70
Route: <sip:edge.house.example.net;lr>
From: Front door <sip:door@house.example.net>;tag=9fxced76sl
To: Desk <sip:desk@house.example.net>
Call-ID: 3848276298220188511@door.house.example.net
CSeq: 1 INVITE
Contact: <sip:door@door.house.example.net;transport=tcp>
Content-Type: application/sdp
Content-Length: 5

v=0
`
	flowAtDesk = `INVITE sip:desk@192.0.2.33 SIP/2.0
Via: SIP/2.0/TCP core.example.net:5060;branch=z9hG4bK721e4.1
 , SIP/2.0/TCP edge.house.example.net:5060;branch=z9hG4bK2d4790.1;received=192.0.2.222,
 SIP/2.0/TCP door.house.example.net:5060;branch=z9hG4bK74bf9;received=192.0.2.101
Max-Forwards: 68
Record-Route: <sip:core.example.net;lr>, <sip:edge.house.example.net;lr>
f: Front door <sip:door@house.example.net>;tag=9fxced76sl
t: Desk <sip:desk@house.example.net>
i: 3848276298220188511@door.house.example.net
CSeq: 1 INVITE
m: <sip:door@door.house.example.net;transport=tcp>
c: application/sdp
l: 5

v=0
`
	flowOK = `SIP/2.0 200 OK
Via: SIP/2.0/TCP core.example.net:5060;branch=z9hG4bK721e4.1;received=192.0.2.111
Via: SIP/2.0/TCP edge.house.example.net:5060;branch=z9hG4bK2d4790.1;received=192.0.2.222
Via: SIP/2.0/TCP door.house.example.net:5060;branch=z9hG4bK74bf9;received=192.0.2.101
Record-Route: <sip:core.example.net;lr>
Record-Route: <sip:edge.house.example.net;lr>
From: Front door <sip:door@house.example.net>;tag=9fxced76sl
To: Desk <sip:desk@house.example.net>;tag=314159
Call-ID: 3848276298220188511@door.house.example.net
CSeq: 1 INVITE
Contact: <sip:desk@client.desk.example.net;transport=tcp>
Content-Length: 0

`
	flowAck = `ACK sip:desk@client.desk.example.net;transport=tcp SIP/2.0
Via: SIP/2.0/TCP door.house.example.net:5060;branch=z9hG4bK74b76
Max-Forwards: 70
Route: <sip:edge.house.example.net;lr>, <sip:core.example.net;lr>
From: Front door <sip:door@house.example.net>;tag=9fxced76sl
To: Desk <sip:desk@house.example.net>;tag=314159
Call-ID: 3848276298220188511@door.house.example.net
CSeq: 1 ACK
Content-Length: 0

`
	flowBye = `BYE sip:door@door.house.example.net;transport=tcp SIP/2.0
Via: SIP/2.0/TCP client.desk.example.net:5060;branch=z9hG4bKnashds7
Max-Forwards: 70
Route: <sip:core.example.net;lr>
Route: <sip:edge.house.example.net;lr>
From: Desk <sip:desk@house.example.net>;tag=314159
To: Front door <sip:door@house.example.net>;tag=9fxced76sl
Call-ID: 3848276298220188511@door.house.example.net
CSeq: 1 BYE
Reason: Q.850;cause=16;text="Normal clearing"
Content-Length: 0

`
)

func mustParse(t *testing.T, text string) *Message {
	t.Helper()
	m, err := Parse(crlf(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	checkStable(t, crlf(text))
	return m
}

func hosts(list []Address) (names []string) {
	for _, a := range list {
		names = append(names, a.URI.Host)
	}
	return names
}

func TestCallThroughTwoProxies(t *testing.T) {
	invite := mustParse(t, flowInvite)
	atDesk := mustParse(t, flowAtDesk)
	is(t, "Vias at the door", len(invite.Via), 1)
	is(t, "Vias at the desk", len(atDesk.Via), 3)
	is(t, "last Via is the door's", atDesk.Via[2].Branch(), invite.Via[0].Branch())
	is(t, "From unchanged", atDesk.From, invite.From)
	is(t, "To unchanged", atDesk.To, invite.To)
	is(t, "Call-ID unchanged", atDesk.CallID, invite.CallID)
	is(t, "not yet a dialog", atDesk.To.Tag(), "")
	first, _ := invite.MaxForwards()
	last, _ := atDesk.MaxForwards()
	is(t, "hops", first-last, 2)
}

// RFC 3261 section 8.2.6.2 and 12.1: the answer goes back through all Vias, and both ends get their route sets
// from Record-Route, the caller in reverse order.
func TestDialogOfTheCall(t *testing.T) {
	atDesk := mustParse(t, flowAtDesk)
	answer := NewResponse(atDesk, 200, "")
	answer.To.Params = answer.To.Params.With("tag", "314159")
	for _, value := range values(atDesk.Header, "Record-Route") {
		answer.Header.Add("Record-Route", value)
	}
	sent, err := Parse(answer.Append(nil))
	is(t, "error", err, nil)
	got := mustParse(t, flowOK)
	is(t, "Vias", len(sent.Via), len(got.Via))
	is(t, "To", sent.To, got.To)
	is(t, "From", sent.From, got.From)
	is(t, "CSeq", sent.CSeq, got.CSeq)

	routes, err := got.RecordRoutes()
	is(t, "error", err, nil)
	slices.Reverse(routes)
	is(t, "route set of the caller", strings.Join(hosts(routes), " "), "edge.house.example.net core.example.net")
	ack := mustParse(t, flowAck)
	used, err := ack.Routes()
	is(t, "error", err, nil)
	is(t, "Routes of the ACK", strings.Join(hosts(used), " "), strings.Join(hosts(routes), " "))
	contacts, err := got.Contacts()
	is(t, "error", err, nil)
	is(t, "remote target", ack.URI.Equal(contacts[0].URI), true)
	is(t, "ACK has the number of the INVITE", ack.CSeq, CSeq{1, ACK})
}

func TestByeOfTheCall(t *testing.T) {
	atDesk, bye := mustParse(t, flowAtDesk), mustParse(t, flowBye)
	mine, err := atDesk.RecordRoutes()
	is(t, "error", err, nil)
	used, err := bye.Routes()
	is(t, "error", err, nil)
	is(t, "route set of the callee", strings.Join(hosts(used), " "), strings.Join(hosts(mine), " "))
	for _, route := range used {
		is(t, "loose route", route.URI.Params.Has("lr"), true)
	}
	contacts, err := atDesk.Contacts()
	is(t, "error", err, nil)
	is(t, "remote target", bye.URI.Equal(contacts[0].URI), true)
	is(t, "tags change places", bye.From.Tag()+" "+bye.To.Tag(), "314159 9fxced76sl")
	reason, err := ParseReason(bye.Header.Get("Reason"))
	is(t, "error", err, nil)
	is(t, "reason", reason, Reason{"Q.850", 16, "Normal clearing"})
}

// A registration as RFC 3665 section 2.1 has it, with what a FRITZ!Box does differently.
func TestRegistration(t *testing.T) {
	register := mustParse(t, `REGISTER sip:fritz.box SIP/2.0
Via: SIP/2.0/UDP [2001:db8::40]:5062;branch=z9hG4bKnashd92;rport
Max-Forwards: 70
From: "Door" <sip:620@fritz.box>;tag=ja743ks76zlflH
To: "Door" <sip:620@fritz.box>
Call-ID: 1j9FpLxk3uxtm8tn@door
CSeq: 2 REGISTER
Contact: <sip:620@[2001:db8::40]:5062>;expires=300;+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"
Supported: outbound, path
Content-Length: 0

`)
	is(t, "no user in the Request-URI", register.URI.User, "")
	is(t, "outbound", register.Header.HasToken("Supported", "outbound"), true)
	is(t, "gruu", register.Header.HasToken("Supported", "gruu"), false)
	granted := mustParse(t, `SIP/2.0 200 OK
Via: SIP/2.0/UDP [2001:db8::40]:5062;branch=z9hG4bKnashd92;rport=5062;received=[2001:db8::40]
From: "Door" <sip:620@fritz.box>;tag=ja743ks76zlflH
To: "Door" <sip:620@fritz.box>;tag=37GkEhwl6
Call-ID: 1j9FpLxk3uxtm8tn@door
CSeq: 2 REGISTER
Contact: <sip:620@192.0.2.9:5060>;expires=1200, <sip:620@[2001:DB8:0::40]:5062>;expires=120
Service-Route: <sip:fritz.box;lr>
Expires: 300
Content-Length: 0

`)
	address, ok := granted.Via[0].Received()
	is(t, "received", address.String(), "2001:db8::40")
	is(t, "received", ok, true)
	port, present := granted.Via[0].RPort()
	is(t, "rport", port, 5062)
	is(t, "rport", present, true)
	mine, err := register.Contacts()
	is(t, "error", err, nil)
	bindings, err := granted.Contacts()
	is(t, "error", err, nil)
	is(t, "the foreign binding", bindings[0].URI.Equal(mine[0].URI), false)
	is(t, "our binding", bindings[1].URI.Equal(mine[0].URI), true)
	expires, _ := bindings[1].Params.Get("expires")
	is(t, "granted", expires, "120")
	seconds, ok := granted.Expires()
	is(t, "the field says another", seconds, 300)
	is(t, "the field is there", ok, true)
	route, err := granted.Header.Addresses("Service-Route")
	is(t, "error", err, nil)
	is(t, "service route", route[0].URI.String(), "sip:fritz.box;lr")
}

// A challenge folded over lines, as carriers send it, stays one value.
func TestFoldedChallenge(t *testing.T) {
	m := mustParse(t, `SIP/2.0 407 Proxy Authentication Required
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1
From: <sip:a@h>;tag=1
To: <sip:b@h>;tag=2
Call-ID: c
CSeq: 1 INVITE
Proxy-Authenticate: Digest realm="carrier, west",
  nonce="f84f1cec41e6cbe5aea9c8e88d359",
	qop="auth,auth-int", algorithm=MD5
Proxy-Authenticate: Digest realm="carrier, west", nonce="x", algorithm=SHA-256
Content-Length: 0

`)
	got := values(m.Header, "Proxy-Authenticate")
	is(t, "challenges", len(got), 2)
	is(t, "first", got[0], `Digest realm="carrier, west", nonce="f84f1cec41e6cbe5aea9c8e88d359", qop="auth,auth-int", algorithm=MD5`)
}
