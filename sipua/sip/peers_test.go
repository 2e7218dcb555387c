package sip

import (
	"strings"
	"testing"
)

// Habits of peers in the field, each of which has broken some parser. The rest of the message is plain.
func TestPeers(t *testing.T) {
	for _, row := range []struct {
		peer   string
		fields string // in place of Via and To, with more
		check  func(t *testing.T, m *Message)
	}{
		{"FRITZ!Box: brackets in received", `Via: SIP/2.0/UDP [2001:db8::40]:5060;rport=5060;received=[2001:db8::40];branch=z9hG4bK1
To: <sip:620@fritz.box>;tag=2`, func(t *testing.T, m *Message) {
			address, ok := m.Via[0].Received()
			is(t, "received", address.String(), "2001:db8::40")
			is(t, "received", ok, true)
			is(t, "branch after it", m.Via[0].Branch(), "z9hG4bK1")
		}},
		{"feature codes: bare # in the user", `Via: SIP/2.0/UDP h;branch=z9hG4bK1
To: "Code" <sip:*21#@fritz.box>;tag=2`, func(t *testing.T, m *Message) {
			is(t, "user", m.To.URI.User, "*21#")
			is(t, "printed", m.To.URI.String(), "sip:*21%23@fritz.box")
		}},
		{"withheld number: nothing before @", `Via: SIP/2.0/UDP h;branch=z9hG4bK1
To: <sip:@192.0.2.1>;tag=2`, func(t *testing.T, m *Message) {
			is(t, "user", m.To.URI.User, "")
			is(t, "host", m.To.URI.Host, "192.0.2.1")
		}},
		{"Windows names: underscore in the host", `Via: SIP/2.0/TCP FRONT_DESK:5060;branch=z9hG4bK1
To: <sip:a@front_desk.local>;tag=2`, func(t *testing.T, m *Message) {
			is(t, "Via host", m.Via[0].Host, "front_desk")
			is(t, "To host", m.To.URI.Host, "front_desk.local")
		}},
		{"semicolon too many", `Via: SIP/2.0/UDP h;branch=z9hG4bK1;
To: <sip:a@h;transport=udp;>;tag=2;
Contact: <sip:a@h>;`, func(t *testing.T, m *Message) {
			is(t, "Via", m.Via[0].Params, ";branch=z9hG4bK1")
			is(t, "To", m.To.URI.Params, ";transport=udp")
			is(t, "tag", m.To.Tag(), "2")
			contacts, err := m.Contacts()
			is(t, "error", err, nil)
			is(t, "Contact", contacts[0].Params, "")
		}},
		{"list with holes", `Via: SIP/2.0/UDP h;branch=z9hG4bK1
To: <sip:a@h>;tag=2
Supported: , timer,, 100rel,
Allow:INVITE,ACK,BYE`, func(t *testing.T, m *Message) {
			is(t, "Supported", strings.Join(values(m.Header, "k"), "|"), "timer|100rel")
			is(t, "Allow", m.Header.HasToken("Allow", BYE), true)
		}},
		{"tabs and blanks before colons", "Via\t:\tSIP/2.0/UDP h;branch=z9hG4bK1\nTo :<sip:a@h>;tag=2\nContact\t : <sip:a@h>",
			func(t *testing.T, m *Message) {
				is(t, "Via", m.Via[0].Branch(), "z9hG4bK1")
				is(t, "Contact", m.Header.Get("Contact"), "<sip:a@h>")
			}},
		{"instance without brackets around the URI", `Via: SIP/2.0/TLS h;branch=z9hG4bK1;keep
To: <sip:a@h>;tag=2
Contact: sip:a@h;+sip.instance="<urn:uuid:1>";reg-id=1`, func(t *testing.T, m *Message) {
			contacts, err := m.Contacts()
			is(t, "error", err, nil)
			instance, _ := contacts[0].Params.Get("+SIP.instance")
			is(t, "instance", instance, "<urn:uuid:1>")
			id, _ := contacts[0].Params.Get("reg-id")
			is(t, "reg-id", id, "1")
		}},
		{"bindings of other devices", `Via: SIP/2.0/UDP h;branch=z9hG4bK1
To: <sip:620@h>;tag=2
Contact: "Hall, 1st" <sip:620@192.0.2.5:5060;ob>;expires=120;q=0.5,<sip:620@192.0.2.6>;expires="60"
Contact: <sips:620@[2001:db8::7]>;expires=0`, func(t *testing.T, m *Message) {
			contacts, err := m.Contacts()
			is(t, "error", err, nil)
			is(t, "bindings", len(contacts), 3)
			quoted, _ := contacts[1].Params.Get("expires")
			is(t, "quoted number", quoted, "60")
			is(t, "display", contacts[0].Display, "Hall, 1st")
			is(t, "removed", contacts[2].URI.Scheme, "sips")
		}},
		{"display name in Latin 1, unquoted", "Via: SIP/2.0/UDP h;branch=z9hG4bK1\nTo: T\xfcr vorne <sip:a@h>;tag=2",
			func(t *testing.T, m *Message) {
				is(t, "display", m.To.Display, "T\xfcr vorne")
				is(t, "printed", m.To.String(), "\"T\xfcr vorne\" <sip:a@h>;tag=2")
			}},
		{"rport twice answered, upper case parameters", `Via: SIP/2.0/UDP 10.0.0.9:5060;RPORT=41000;Received=203.0.113.9;Branch=z9hG4bK1
To: <sip:a@h>;TAG=2`, func(t *testing.T, m *Message) {
			port, _ := m.Via[0].RPort()
			is(t, "rport", port, 41000)
			address, _ := m.Via[0].Received()
			is(t, "received", address.String(), "203.0.113.9")
			is(t, "branch", m.Via[0].Branch(), "z9hG4bK1")
			is(t, "tag", m.To.Tag(), "2")
		}},
		{"reason of a forked call answered elsewhere", `Via: SIP/2.0/UDP h;branch=z9hG4bK1
To: <sip:a@h>;tag=2
Reason: SIP;cause=200;text="Call completed elsewhere", X.int;cause=0x10`, func(t *testing.T, m *Message) {
			var got []Reason
			for value := range m.Header.Values("Reason") {
				reason, err := ParseReason(value)
				is(t, value, err, nil)
				got = append(got, reason)
			}
			is(t, "SIP", got[0].Cause, 200)
			is(t, "no decimal number", got[1], Reason{Protocol: "X.int"})
		}},
		{"overload with a comment", `Via: SIP/2.0/UDP h;branch=z9hG4bK1
To: <sip:a@h>;tag=2
Retry-After: 30 (maintenance, back soon) ;duration=600`, func(t *testing.T, m *Message) {
			got, err := ParseRetryAfter(m.Header.Get("Retry-After"))
			is(t, "error", err, nil)
			is(t, "Retry-After", got, RetryAfter{30, "maintenance, back soon", 600})
			is(t, "one value", len(values(m.Header, "Retry-After")), 1)
		}},
	} {
		t.Run(row.peer, func(t *testing.T) {
			m := mustParse(t, "SIP/2.0 200 OK\n"+row.fields+"\nFrom: <sip:620@h>;tag=1\nCall-ID: c@h\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n")
			row.check(t, m)
		})
	}
}
