package siptest

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom/sipua"
	"intercom/sipua/locate"
	"intercom/sipua/sip"
)

// The example of the package's documentation, and the verbs in both outcomes.
func TestHarness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(t)
		proxy := w.Peer("192.0.2.10")
		door := w.Door(sipua.Config{Accounts: []sipua.Account{{AOR: "sip:door@192.0.2.10"}}})
		m := proxy.WantIn("the door registers at once", "REGISTER", 0)
		proxy.WantIn("repeated", "REGISTER", 500*time.Millisecond)
		door.WantNoEvent("not registered yet", time.Millisecond)
		proxy.Reply(m, 200, "Expires: 600", "Contact: "+m.Header.Get("Contact"))
		Event[sipua.Registered](door, "the binding stands")
		proxy.WantIdle("nothing until the refresh", 8*time.Minute)
		proxy.Ignore("REGISTER")
		if got := proxy.Next(5 * time.Minute); got != nil {
			t.Errorf("ignored messages are not handed out: %v", got)
		}
		proxy.Drain()
		proxy.Ignore()
		if proxy.Next(0) != nil {
			t.Error("drained, and something is left")
		}
	})
}

// A stream is cut into messages by Content-Length, keep-alives are set apart, and what is not complete waits.
func TestCut(t *testing.T) {
	const message = "OPTIONS sip:x SIP/2.0\r\nContent-Length: 3\r\n\r\nabc"
	for _, tc := range []struct{ in, message, rest string }{
		{message, message, ""},
		{message + "SIP", message, "SIP"},
		{"\r\n\r\n" + message, "\r\n\r\n", message},
	} {
		got, rest := cut([]byte(tc.in))
		if string(got) != tc.message || string(rest) != tc.rest {
			t.Errorf("%q: %q and %q", tc.in, got, rest)
		}
	}
	for n := range len(message) {
		if got, rest := cut([]byte(message[:n])); got != nil || len(rest) != n {
			t.Errorf("cut off at %d: %q", n, got)
		}
	}
}

func TestRefusal(t *testing.T) {
	for text, want := range map[string]int{
		"SIP/2.0 400 Bad Request": 400, "SIP/2.0 505 x": 505, "SIP/2.0 200 OK": 0, "SIP/2.0 600 x": 0, "INVITE sip:x SIP/2.0": 0, "": 0,
	} {
		if status, ok := refusal([]byte(text)); ok != (want != 0) || ok && status != want {
			t.Errorf("%q: %d %v", text, status, ok)
		}
	}
}

// The world's DNS: numbers lead to themselves, names to what was said, others nowhere.
func TestLocate(t *testing.T) {
	w := New(t)
	w.Name("pbx.example", "UDP 192.0.2.10:5060 10", "TCP 192.0.2.11:5070 20")
	for uri, want := range map[string]string{
		"sip:a@192.0.2.9":               "UDP 192.0.2.9:5060",
		"sip:a@192.0.2.9:5080":          "UDP 192.0.2.9:5080",
		"sip:a@192.0.2.9;transport=tcp": "TCP 192.0.2.9:5060",
		"sip:a@192.0.2.9;transport=tls": "TLS 192.0.2.9:5061",
		"sips:a@[2001:db8::9]":          "TLS [2001:db8::9]:5061",
		"sip:pbx.example":               "UDP 192.0.2.10:5060 TCP 192.0.2.11:5070",
		"sip:nowhere.example":           "",
	} {
		u, err := sip.ParseURI(uri)
		if err != nil {
			t.Fatal(err)
		}
		result := w.Locate(t.Context(), time.Time{}, locate.Query{URI: u})
		var list []string
		for _, target := range result.Targets {
			list = append(list, target.Transport+" "+target.Addr.String())
		}
		if got := strings.Join(list, " "); got != want {
			t.Errorf("%s: %s, want %s", uri, got, want)
		}
		if want == "" && !errors.Is(result.Err, locate.ErrNotFound) {
			t.Errorf("%s: %v", uri, result.Err)
		}
	}
}

// The two sides of a dialog build requests the other side knows.
func TestSides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(t)
		desk := w.Peer("192.0.2.20")
		door := w.Door(sipua.Config{AllowDirect: true})
		door.Dial(sipua.Invitation{To: desk.URI("desk"), SDP: []byte("v=0\r\n")})
		invite := desk.Want("INVITE", "INVITE")
		callee := desk.Callee(invite, desk.Reply(invite, 200, "v=0\r\n"))
		desk.Want("ACK", "ACK")
		Event[sipua.Established](door, "established")
		first, second := callee.Request("INFO"), callee.Request("INFO")
		if second.CSeq.Seq != first.CSeq.Seq+1 || first.Via[0].Branch() == second.Via[0].Branch() {
			t.Errorf("want the next CSeq and another branch:\n%v\n%v", first, second)
		}
		if ack := callee.Request("ACK"); ack.CSeq.Seq != second.CSeq.Seq {
			t.Errorf("an ACK has the CSeq of its INVITE: %d", ack.CSeq.Seq)
		}
		callee.Routes = []string{"<sip:192.0.2.1:5070;lr>"}
		if m := callee.Send("BYE"); m.Header.Get("Route") != callee.Routes[0] {
			t.Errorf("BYE is\n%v", m)
		}
		desk.Want("BYE", "200 BYE")
		Event[sipua.Ended](door, "ended")
	})
}

func TestHostAt(t *testing.T) {
	h := New(t).HostAt("192.0.2.1", "2001:db8::1")
	if got := h.Addrs(); len(got) < 2 || got[0] != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("addresses %v", got)
	}
}
