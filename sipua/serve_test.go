package sipua_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/sip"
	"intercom/sipua/siptest"
)

// RFC 3261 section 8.2, RFC 4475 and field bug 19: the reaction to each request that is not simply a call.
func TestRequestsAreRefusedProperly(t *testing.T) {
	for name, tc := range map[string]struct {
		method string
		change func(m *sip.Message)
		want   int
		field  string // "Name: value" the response must have
	}{
		"REGISTER (regaut01, unksm2): no registrar": {"REGISTER", nil, 405, "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE"},
		"unknown method (intmeth)":                  {"!interesting-Method0123456789_*+`.%indeed'~", nil, 501, "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE"},
		"MESSAGE":                                   {"MESSAGE", nil, 405, ""},
		"SUBSCRIBE":                                 {"SUBSCRIBE", nil, 405, ""},
		"NOTIFY unsolicited":                        {"NOTIFY", nil, 481, ""},
		"BYE outside dialogs":                       {"BYE", nil, 481, ""},
		"INFO outside dialogs":                      {"INFO", nil, 481, ""},
		"CANCEL of nothing":                         {"CANCEL", nil, 481, ""},
		"OPTIONS":                                   {"OPTIONS", nil, 200, "Accept: application/sdp"},
		"To tag of nobody (wsinv)":                  {"INVITE", func(m *sip.Message) { m.To.Params = ";tag=x" }, 481, ""},
		"tel: URI (unkscm)":                         {"INVITE", func(m *sip.Message) { m.URI = sip.URI{Scheme: "tel", Opaque: "+15551212"} }, 416, ""},
		"scheme (novelsc)":                          {"OPTIONS", func(m *sip.Message) { m.URI = sip.URI{Scheme: "soap.beep", Opaque: "//x"} }, 416, ""},
		"nobody we know":                            {"INVITE", func(m *sip.Message) { m.URI.User = "alice" }, 404, ""},
		"Require (bext01)":                          {"INVITE", fields("Require: nothingSupportsThis, nothingSupportsThisEither"), 420, "Unsupported: nothingSupportsThis, nothingSupportsThisEither"},
		"Proxy-Require is not ours":                 {"OPTIONS", fields("Proxy-Require: noProxiesSupportThis"), 200, ""},
		"Content-Type (invut)":                      {"INVITE", body("application/unknownformat", "<audio/>"), 415, "Accept: application/sdp"},
		"optional body": {"OPTIONS", func(m *sip.Message) {
			body("text/x", "x")(m)
			m.Header.Add("Content-Disposition", "session;handling=optional")
		}, 200, ""},
		"Content-Encoding":           {"INVITE", func(m *sip.Message) { body("application/sdp", "x")(m); m.Header.Add("Content-Encoding", "gzip") }, 415, "Accept-Encoding: identity"},
		"Accept (sdp01)":             {"INVITE", fields("Accept: text/nobodyKnowsThis"), 406, ""},
		"Contact unusable":           {"INVITE", func(m *sip.Message) { m.Header.Set("Contact", "<tel:+1>") }, 400, ""},
		"Contact missing (RFC 2543)": {"INVITE", func(m *sip.Message) { m.Header.Del("Contact") }, 100, ""},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, w *siptest.World) {
				door, proxy, contact := contactOf(t, w)
				m := proxy.Request(tc.method, contact)
				if tc.change != nil {
					tc.change(m)
				}
				proxy.SendTo(m, siptest.DoorPort(), nil)
				r := proxy.Next(time.Minute)
				if r == nil || r.Status != tc.want {
					t.Fatalf("got %v, want %d", r, tc.want)
				}
				if tc.want == 100 {
					siptest.Event[sipua.Incoming](door, "it became a call")
					return
				}
				if r.To.Tag() == "" {
					t.Error("RFC 3261 section 8.2.6.2: the UAS must add a To tag")
				}
				if name, value, ok := strings.Cut(tc.field, ": "); ok && r.Header.Get(name) != value {
					t.Errorf("%s: %q, want %q", name, r.Header.Get(name), value)
				}
				door.WantNoEvent("the application is not bothered", 0)
			})
		})
	}
}

func fields(lines ...string) func(m *sip.Message) {
	return func(m *sip.Message) {
		for _, l := range lines {
			name, value, _ := strings.Cut(l, ": ")
			m.Header.Add(name, value)
		}
	}
}

func body(kind, text string) func(m *sip.Message) {
	return func(m *sip.Message) {
		m.Header.Set("Content-Type", kind)
		m.Body = []byte(text)
	}
}

// Messages that cannot be parsed get the status of the parser, statelessly; an ACK and a response get nothing.
func TestMalformedMessages(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(text string) string
		want  int
	}{
		"version (badvers)": {func(s string) string { return strings.Replace(s, "SIP/2.0\r\n", "SIP/7.0\r\n", 1) }, 505},
		"CSeq (scalar02)":   {func(s string) string { return strings.Replace(s, "CSeq: 1 ", "CSeq: 36893488147419103232 ", 1) }, 400},
		"mismatch01":        {func(s string) string { return strings.Replace(s, "CSeq: 1 OPTIONS", "CSeq: 1 INVITE", 1) }, 400},
		"ACK": {func(s string) string {
			return strings.ReplaceAll(strings.Replace(s, "SIP/2.0\r\n", "SIP/7.0\r\n", 1), "OPTIONS", "ACK")
		}, 0},
		"response (bigcode)": {func(s string) string {
			return strings.Replace(s, s[:strings.Index(s, "\r\n")], "SIP/2.0 4294967301 better", 1)
		}, 0},
		"no Via":               {func(s string) string { return strings.Replace(s, "Via:", "X-Via:", 1) }, 0},
		"nothing but rubbish":  {func(string) string { return "\x00\xff hello\r\n\r\n" }, 0},
		"body short by a byte": {func(s string) string { return strings.Replace(s, "Content-Length: 0", "Content-Length: 1", 1) }, 400},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, w *siptest.World) {
				door, proxy, contact := contactOf(t, w)
				text := tc.spoil(proxy.Request("OPTIONS", contact).String())
				proxy.SendRaw([]byte(text), siptest.DoorPort(), nil)
				r := proxy.Next(time.Minute)
				switch {
				case tc.want == 0 && r != nil:
					t.Errorf("got %d, want silence", r.Status)
				case tc.want != 0 && (r == nil || r.Status != tc.want):
					t.Errorf("got %v, want %d", r, tc.want)
				}
				door.WantNoEvent("the application is not bothered", 0)
			})
		})
	}
}

// Scanners get no answer to anything (livekit/sip #369), not even with the right Contact user or a parse error.
func TestStrangersMeetSilence(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, _, contact := contactOf(t, w)
		stranger := w.Peer("198.51.100.66")
		for _, method := range []string{"OPTIONS", "INVITE", "REGISTER", "BYE", "CANCEL", "ACK", "NOTIFY", "FOO"} {
			stranger.Call(method, contact)
			stranger.Call(method, "sip:100@192.0.2.1")
		}
		bad := strings.Replace(stranger.Request("OPTIONS", contact).String(), "SIP/2.0\r\n", "SIP/9.0\r\n", 1)
		stranger.SendRaw([]byte(bad), siptest.DoorPort(), nil)
		stranger.WantIdle("silence", time.Minute)
		door.WantNoEvent("no ghost calls at 3 am", 0)
	})
}

func TestConfiguredPeersMayCall(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk, stranger := w.Peer("192.0.2.20"), w.Peer("192.0.2.21")
		door := w.Door(sipua.Config{Peers: []netip.Prefix{netip.MustParsePrefix("192.0.2.20/32")}})
		stranger.Call("INVITE", "sip:door@192.0.2.1:5070", answerSDP)
		stranger.WantIdle("a neighbour may not", time.Second)
		desk.Call("INVITE", "sip:whatever@192.0.2.1:5070", answerSDP)
		if e := siptest.Event[sipua.Incoming](door, "a direct call"); e.Account != "" {
			t.Errorf("%+v", e)
		}
	})
}

func TestAllowDirect(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk := w.Peer("192.0.2.20")
		door := w.Door(sipua.Config{AllowDirect: true})
		desk.Call("INVITE", "sip:door@192.0.2.1:5070", answerSDP)
		siptest.Event[sipua.Incoming](door, "a direct call")
	})
}

// RFC 3261 section 8.2.2.2: the same request on two paths.
func TestMergedRequestIs482(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		m := proxy.Call("INVITE", contact, answerSDP)
		siptest.Event[sipua.Incoming](door, "a call")
		proxy.Stamp(m)
		proxy.SendTo(m, siptest.DoorPort(), nil)
		proxy.Want("the copy", "482 INVITE")
		door.WantNoEvent("one call", 100*time.Millisecond)
	})
}

func TestBusyAtMaxCalls(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		cfg := oneAccount()
		cfg.AllowDirect, cfg.MaxCalls = true, 2
		proxy := w.Peer(proxyAddr)
		door := w.Door(cfg)
		grant(proxy, proxy.Want("REGISTER", "REGISTER"))
		siptest.Event[sipua.Registered](door, "registered")
		for range 2 {
			proxy.Call("INVITE", "sip:door@192.0.2.1:5070", answerSDP)
			siptest.Event[sipua.Incoming](door, "a call")
		}
		proxy.Ignore("100 INVITE")
		proxy.Call("INVITE", "sip:door@192.0.2.1:5070", answerSDP)
		proxy.Want("one too many", "486 INVITE")
		proxy.Call("OPTIONS", "sip:door@192.0.2.1:5070")
		proxy.Ignore("100 INVITE", "486 INVITE")
		proxy.Want("RFC 3261 section 11.2: answered as an INVITE would be", "486 OPTIONS")
		door.Dial(sipua.Invitation{To: "sip:desk@192.0.2.10"})
		if e := siptest.Event[sipua.Ended](door, "not placed"); e.Err == nil {
			t.Errorf("%+v", e)
		}
	})
}

// RFC 3261 section 12.2.2: wrong identifiers are not in the dialog, and a lower CSeq is out of order.
func TestInDialogRequestsAreMatchedFully(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(m *sip.Message)
		want   int
	}{
		"right":      {func(*sip.Message) {}, 200},
		"Call-ID":    {func(m *sip.Message) { m.CallID += "x" }, 481},
		"our tag":    {func(m *sip.Message) { m.To.Params = ";tag=x" }, 481},
		"their tag":  {func(m *sip.Message) { m.From.Params = ";tag=x" }, 481},
		"older CSeq": {func(m *sip.Message) { m.CSeq.Seq = 50 }, 500},
	} {
		run(t, func(t *testing.T, w *siptest.World) {
			_, proxy, _, side := established(t, w)
			side.Send("OPTIONS")
			proxy.Want("the dialog works", "200 OPTIONS")
			m := side.Request("BYE")
			tc.change(m)
			proxy.SendTo(m, siptest.DoorPort(), nil)
			if r := proxy.Next(time.Second); r == nil || r.Status != tc.want {
				t.Errorf("%s: got %v, want %d", name, r, tc.want)
			}
		})
	}
}

// pocket-dial #356: somebody who overheard the tags, at another address.
func TestForgedByeFromElsewhere(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, _, _, side := established(t, w)
		stranger := w.Peer("198.51.100.66")
		m := side.Request("BYE")
		stranger.Stamp(m)
		stranger.SendTo(m, siptest.DoorPort(), nil)
		stranger.WantIdle("silence", time.Second)
		door.WantNoEvent("the call stands", time.Minute)
	})
}

func TestInfoBodies(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, _, side := established(t, w)
		side.Send("INFO")
		proxy.Want("an empty INFO is a keep-alive", "200 INFO")
		side.Send("INFO", "Content-Type: application/media_control+xml", "<picture_fast_update/>")
		r := proxy.Want("a body nobody here reads", "415 INFO")
		if !strings.Contains(r.Header.Get("Accept"), "application/dtmf-relay") {
			t.Errorf("Accept: %s", r.Header.Get("Accept"))
		}
		door.WantNoEvent("neither is told", time.Second)
		side.Send("INFO", "Content-Type: application/dtmf; charset=x", "5")
		proxy.Want("a digit", "200 INFO")
		if e := siptest.Event[sipua.InfoReceived](door, "a digit"); e.ContentType != "application/dtmf" {
			t.Errorf("%+v", e)
		}
	})
}

// Responses with two Via are not ours to understand (RFC 3261 section 8.1.3.3).
func TestResponseWithTwoVias(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		m := proxy.Want("REGISTER", "REGISTER")
		r := sip.NewResponse(m.Message, 200, "")
		r.Via = append(slices.Clone(r.Via), sip.Via{Transport: "UDP", Host: "192.0.2.99", Params: ";branch=z9hG4bKx"})
		proxy.SendTo(r, m.Source, nil)
		door.WantNoEvent("not registered", time.Second)
	})
}
