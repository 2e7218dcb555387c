package sipua

import (
	"slices"
	"strings"
	"testing"

	"intercom/sipua/sip"
)

// read parses a message written with bare line ends.
func read(t testing.TB, text string) *sip.Message {
	t.Helper()
	m, err := sip.Parse([]byte(strings.ReplaceAll(strings.TrimLeft(text, "\n"), "\n", "\r\n")))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return m
}

const inviteText = `
INVITE sip:bob@b.example SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa
Max-Forwards: 70
From: <sip:alice@a.example>;tag=alice
To: <sip:bob@b.example>
Call-ID: c
CSeq: 7 INVITE
Contact: <sip:alice@192.0.2.1:5070>
`

const okText = `
SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa
From: <sip:alice@a.example>;tag=alice
To: <sip:bob@b.example>;tag=bob
Call-ID: c
CSeq: 7 INVITE
Contact: <sip:bob@192.0.2.2>
`

func routeList(d *dialog) string {
	var list []string
	for _, r := range d.routes {
		list = append(list, r.String())
	}
	return strings.Join(list, " ")
}

// RFC 3261 section 12.1: what the two sides take from the messages that make a dialog.
func TestDialogIsMade(t *testing.T) {
	routes := "Record-Route: <sip:p1;lr>, <sip:p2;lr>\nRecord-Route: <sip:p3;lr>\n\n"
	uac := dialogOfResponse(read(t, inviteText+"\n"), read(t, okText+routes))
	if uac.key != (dialogKey{"c", "alice", "bob"}) || uac.localSeq != 7 || uac.hasRemote || uac.isEarly {
		t.Errorf("UAC: %+v", uac)
	}
	if got := routeList(uac); got != "<sip:p3;lr> <sip:p2;lr> <sip:p1;lr>" {
		t.Errorf("section 12.1.2: the UAC's route set is reversed: %s", got)
	}
	if uac.target.String() != "sip:bob@192.0.2.2" || uac.nextHop().String() != "sip:p3;lr" {
		t.Errorf("UAC: target %v, next hop %v", uac.target, uac.nextHop())
	}
	uas := dialogOfRequest(read(t, inviteText+routes), "bob")
	if uas.key != (dialogKey{"c", "bob", "alice"}) || uas.remoteSeq != 7 || !uas.hasRemote || !uas.isEarly || uas.localSeq != 0 {
		t.Errorf("UAS: %+v", uas)
	}
	if got := routeList(uas); got != "<sip:p1;lr> <sip:p2;lr> <sip:p3;lr>" {
		t.Errorf("section 12.1.1: the UAS's route set is in order: %s", got)
	}
	if uas.local.Tag() != "bob" || uas.remote.Tag() != "alice" || uas.target.String() != "sip:alice@192.0.2.1:5070" {
		t.Errorf("UAS: %v %v %v", uas.local, uas.remote, uas.target)
	}
	if direct := dialogOfRequest(read(t, inviteText+"\n"), "bob"); direct.nextHop() != direct.target {
		t.Error("without Record-Route the next hop is the remote target")
	}
}

// RFC 3261 section 13.2.2.4: the 2xx recomputes the route set of an early dialog.
func TestConfirmTakesTheRoutesOfThe2xx(t *testing.T) {
	early := strings.Replace(okText, "200 OK", "180 Ringing", 1) + "Record-Route: <sip:old;lr>\n\n"
	d := dialogOfResponse(read(t, inviteText+"\n"), read(t, early))
	if !d.isEarly || routeList(d) != "<sip:old;lr>" {
		t.Fatalf("%+v", d)
	}
	d.confirm(read(t, okText+"Record-Route: <sip:new1;lr>, <sip:new2;lr>\n\n"))
	if d.isEarly || routeList(d) != "<sip:new2;lr> <sip:new1;lr>" {
		t.Errorf("confirmed: early %v, routes %s", d.isEarly, routeList(d))
	}
}

// RFC 3261 section 12.2.1.1, with the URI parameters that must not appear in a Request-URI (section 19.1.1).
func TestRequestInDialog(t *testing.T) {
	for name, tc := range map[string]struct{ contact, recordRoute, uri, route string }{
		"no routes":     {"<sip:bob@192.0.2.2>", "", "sip:bob@192.0.2.2", ""},
		"loose":         {"<sip:bob@192.0.2.2>", "<sip:p1;lr>, <sip:p2;lr>", "sip:bob@192.0.2.2", "<sip:p2;lr> <sip:p1;lr>"},
		"strict first":  {"<sip:bob@192.0.2.2>", "<sip:p1;lr>, <sip:p2>", "sip:p2", "<sip:p1;lr> <sip:bob@192.0.2.2>"},
		"strict only":   {"<sip:bob@192.0.2.2>", "<sip:p1>", "sip:p1", "<sip:bob@192.0.2.2>"},
		"strict behind": {"<sip:bob@192.0.2.2>", "<sip:p1>, <sip:p2;lr>", "sip:bob@192.0.2.2", "<sip:p2;lr> <sip:p1>"},
		"not allowed":   {"<sip:bob@192.0.2.2;method=INVITE?Subject=x>", "", "sip:bob@192.0.2.2", ""},
		"kept":          {"<sip:bob@192.0.2.2;transport=tcp;ob>", "", "sip:bob@192.0.2.2;transport=tcp;ob", ""},
	} {
		ok := read(t, strings.Replace(okText, "<sip:bob@192.0.2.2>", tc.contact, 1)+recordRoute(tc.recordRoute))
		d := dialogOfResponse(read(t, inviteText+"\n"), ok)
		m := d.request(sip.BYE, d.nextSeq())
		var list []string
		for _, f := range m.Header {
			if f.Name == "Route" {
				list = append(list, f.Value)
			}
		}
		if m.URI.String() != tc.uri || strings.Join(list, " ") != tc.route {
			t.Errorf("%s: Request-URI %v, Route %v", name, m.URI, list)
		}
		if m.CSeq != (sip.CSeq{Seq: 8, Method: sip.BYE}) || m.From.Tag() != "alice" || m.To.Tag() != "bob" || m.CallID != "c" {
			t.Errorf("%s: %v", name, m)
		}
	}
}

func recordRoute(list string) string {
	if list == "" {
		return "\n"
	}
	return "Record-Route: " + list + "\n\n"
}

// Adding routes to a request must not change the dialog's own route set.
func TestRequestLeavesTheRouteSetAlone(t *testing.T) {
	d := dialogOfResponse(read(t, inviteText+"\n"), read(t, okText+"Record-Route: <sip:p1;lr>, <sip:p2>\n\n"))
	before := slices.Clone(d.routes)
	for range 3 {
		d.request(sip.INFO, d.nextSeq())
	}
	if !slices.Equal(d.routes, before) || d.localSeq != 10 {
		t.Errorf("routes %v, CSeq %d", d.routes, d.localSeq)
	}
}

// RFC 3261 section 12.2.2.
func TestCSeqOrder(t *testing.T) {
	d := &dialog{}
	for _, tc := range []struct {
		seq  uint32
		want bool
	}{{0, true}, {5, true}, {5, true}, {4, false}, {6, true}, {1 << 31, true}, {7, false}} {
		if got := d.isOrdered(&sip.Message{CSeq: sip.CSeq{Seq: tc.seq}}); got != tc.want {
			t.Errorf("CSeq %d after %d: %v", tc.seq, d.remoteSeq, got)
		}
	}
}

// A Contact nobody can be reached by does not become the target, and a new target is located anew.
func TestSetTarget(t *testing.T) {
	d := dialogOfResponse(read(t, inviteText+"\n"), read(t, okText+"\n"))
	d.hop.targets = []target{{server: 1}}
	round := d.hop.round
	for _, contact := range []string{"", "*", "<tel:+1>", "<mailto:x@y>", "<<", "<sip:bob@192.0.2.2>"} {
		m := &sip.Message{}
		m.Header.Add("Contact", contact)
		d.setTarget(m)
		if d.target.String() != "sip:bob@192.0.2.2" || len(d.hop.targets) != 1 {
			t.Errorf("Contact %q changed the target to %v", contact, d.target)
		}
	}
	m := &sip.Message{}
	m.Header.Add("Contact", "<sip:bob@192.0.2.3>")
	d.setTarget(m)
	if d.target.Host != "192.0.2.3" || d.hop.targets != nil || d.hop.round != round+1 {
		t.Errorf("target %v, hop %+v", d.target, d.hop)
	}
}

// RFC 3261 section 12: all three parts of the identifier count, and which side is which.
func TestFindDialog(t *testing.T) {
	a := &Agent{dialogs: make(map[dialogKey]*dialog)}
	d := dialogOfResponse(read(t, inviteText+"\n"), read(t, okText+"\n"))
	a.addDialog(&call{}, d)
	bye := func(callID, from, to string) *sip.Message {
		m := &sip.Message{Method: sip.BYE, CallID: callID}
		m.From.Params, m.To.Params = sip.Params(";tag="+from), sip.Params(";tag="+to)
		return m
	}
	if a.findDialog(bye("c", "bob", "alice")) != d {
		t.Error("the peer's BYE is not found")
	}
	for _, m := range []*sip.Message{bye("c", "alice", "bob"), bye("x", "bob", "alice"), bye("c", "x", "alice"), bye("c", "bob", ""), bye("C", "bob", "alice")} {
		if a.findDialog(m) != nil {
			t.Errorf("found by %v %v %v", m.CallID, m.From.Params, m.To.Params)
		}
	}
	a.dropDialog(d)
	if a.findDialog(bye("c", "bob", "alice")) != nil {
		t.Error("found after its end")
	}
}
