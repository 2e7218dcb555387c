package sipua_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/simnet"
	"intercom/sipua/sip"
	"intercom/sipua/siptest"
)

// The faults that users of other stacks have reported most, the most frequent first: each is lived through as its
// reporters tell it. Those about sound stand with the sound: packages sdp, stream and dtmf. rows_test.go has the list.

// The call drops after half a minute: an ACK lost or misled, a 200 that is not repeated. Over TCP the callee repeats it
// as well (RFC 3261 section 13.3.1.4), for a proxy on the way may have lost it.
func TestFieldBug01CallDropsAfter32Seconds(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		cfg := oneAccount()
		cfg.Accounts[0].Servers = []string{"sip:192.0.2.10;transport=tcp"}
		door := w.Door(cfg)
		m := proxy.Want("the door registers over TCP", "REGISTER")
		grantForLong(proxy, m)
		siptest.Event[sipua.Registered](door, "the binding stands")
		contacts, err := m.Contacts()
		if err != nil {
			t.Fatal(err)
		}
		invite := proxy.Request("INVITE", contacts[0].URI.String(), answerSDP)
		invite.Via[0].Transport = sip.TCP
		proxy.SendTo(invite, m.Source, m.Stream)
		in := siptest.Event[sipua.Incoming](door, "a call over the registered flow")
		door.Answer(in.Call, []byte(offerSDP))
		ok := proxy.Want("200", "200 INVITE")
		if ok.Stream != m.Stream {
			t.Error("the 200 took another way than the INVITE")
		}
		proxy.WantIn("repeated though TCP loses nothing", "200 INVITE", 500*time.Millisecond)
		proxy.WantIn("and again", "200 INVITE", time.Second)
		side := proxy.Caller(invite, ok)
		side.Send("ACK")
		siptest.Event[sipua.Established](door, "the call stands")
		door.WantNoEvent("and goes on", 10*time.Minute)
		proxy.Drain()
		door.Hangup(in.Call)
		proxy.Want("until it is hung up", "BYE")
	})
}

// The registration dies in the night: a FRITZ!Box grants less than was asked, changes its nonce without saying stale,
// and is silent to a Request-URI with a user part (esphome-intercom #95, baresip #717).
func TestFieldBug03RegistrationDies(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		box := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		const granted = 5 * time.Minute
		deadline, callID, seq := time.Now().Add(time.Minute), "", uint32(0)
		for nonce := 1; nonce < 200; nonce++ {
			m := box.Want("a refresh", "REGISTER")
			if time.Now().After(deadline) {
				t.Fatalf("refresh %d came %v too late", nonce, time.Since(deadline))
			}
			if m.URI.User != "" || callID != "" && m.CallID != callID || m.CSeq.Seq <= seq {
				t.Fatalf("a FRITZ!Box drops this, or keeps one more binding for it:\n%v", m.Message)
			}
			callID = m.CallID
			box.Reply(m, 401, fmt.Sprintf(`WWW-Authenticate: Digest realm="fritz.box", nonce="%X"`, nonce))
			m = box.WantIn("the answer to the new nonce", "REGISTER", 0)
			if !strings.Contains(m.Header.Get("Authorization"), fmt.Sprintf(`nonce="%X"`, nonce)) || strings.Contains(m.Header.Get("Authorization"), "qop") {
				t.Fatalf("Authorization: %s", m.Header.Get("Authorization"))
			}
			seq = m.CSeq.Seq
			box.Reply(m, 200, "Contact: "+replaceExpires(m.Header.Get("Contact"), "300"))
			siptest.Event[sipua.Registered](door, "the binding stands")
			deadline = time.Now().Add(granted)
		}
	})
}

// It never rings behind a router that forgets a UDP mapping after half a minute.
func TestFieldBug04NeverRingsBehindNAT(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, _ := registered(t, w)
		var mu sync.Mutex
		last, longest := time.Now(), time.Duration(0)
		w.Net.SetTap(func(p simnet.Packet) {
			if p.Src.Addr().String() == siptest.DoorAddress && p.Dst.Addr().String() == proxyAddr {
				mu.Lock()
				longest, last = max(longest, p.At.Sub(last)), p.At
				mu.Unlock()
			}
		})
		door.WantNoEvent("nothing happens for hours", 3*time.Hour)
		mu.Lock()
		defer mu.Unlock()
		if longest == 0 || longest >= 30*time.Second {
			t.Errorf("%v without a packet: the router has forgotten us", longest)
		}
	})
}

// The outgoing call fails after the challenge, or rings twice: CSeq, branch, the ACK of the 407, and the unauthenticated
// INVITE sent again (p5-net-sip #15, esphome-intercom #69, sipgo #168).
func TestFieldBug05ChallengedInviteRingsTwice(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		_, first := dial(door, proxy)
		const challenge = `Proxy-Authenticate: Digest realm="pbx", nonce="n1", qop="auth"`
		proxy.Reply(first, 407, challenge)
		ack := proxy.WantIn("ACK of the 407", "ACK", 0)
		if ack.Via[0].Branch() != first.Via[0].Branch() || ack.To.Tag() == "" || ack.CSeq.Seq != first.CSeq.Seq || ack.URI != first.URI {
			t.Errorf("ACK is\n%v", ack.Message)
		}
		second := proxy.WantIn("the INVITE with credentials", "INVITE", 0)
		if second.CSeq.Seq != first.CSeq.Seq+1 || second.Via[0].Branch() == first.Via[0].Branch() || second.CallID != first.CallID ||
			second.From.Tag() != first.From.Tag() || second.To.Tag() != "" {
			t.Errorf("the second INVITE is\n%v", second.Message)
		}
		proxy.Reply(first, 407, challenge)
		proxy.WantIn("a repeated 407 gets its ACK and no third INVITE", "ACK", 0)
		proxy.Reply(second, 180)
		siptest.Event[sipua.Ringing](door, "it rings")
		proxy.WantIdle("once", time.Minute)
	})
}

// A re-INVITE is refused or answered out of a cache: each gets its own answer, and one without a description a full
// offer (diago #124, livekit #96).
func TestFieldBug06ReinviteAnsweredFromCache(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		id, side := answeredCall(door, proxy, contact)
		for round := range 3 {
			m := side.Send("INVITE")
			if e := siptest.Event[sipua.Offered](door, "an empty re-INVITE"); len(e.SDP) != 0 {
				t.Errorf("%+v", e)
			}
			full := fmt.Sprintf("v=0\r\no=- 1 %d IN IP4 192.0.2.1\r\n", round+2)
			door.Answer(id, []byte(full))
			ok := proxy.Want("a full offer", "200 INVITE")
			if string(ok.Body) != full || ok.CSeq != m.CSeq {
				t.Errorf("round %d: the answer is\n%v", round, ok.Message)
			}
			side.Send("ACK", answerSDP)
			if e := siptest.Event[sipua.Updated](door, "the answer in the ACK"); string(e.SDP) != answerSDP {
				t.Errorf("%+v", e)
			}
		}
	})
}

// A call without an offer is refused, or stands without sound: CUCM and Twilio call so (siphon-ai #189).
func TestFieldBug07LateOfferRefused(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		invite := proxy.Call("INVITE", contact)
		in := siptest.Event[sipua.Incoming](door, "a call without an offer")
		door.Ring(in.Call)
		if r := proxy.Want("it rings", "180 INVITE"); len(r.Body) != 0 {
			t.Errorf("an offer in an unreliable response:\n%v", r.Message)
		}
		door.Answer(in.Call, []byte(offerSDP))
		ok := proxy.Want("the offer in the 200", "200 INVITE")
		if string(ok.Body) != offerSDP || ok.Header.Get("Content-Type") != "application/sdp" {
			t.Errorf("200 is\n%v", ok.Message)
		}
		proxy.Caller(invite, ok).Send("ACK", answerSDP)
		if e := siptest.Event[sipua.Established](door, "the answer"); string(e.SDP) != answerSDP || e.WantsAnswer {
			t.Errorf("%+v", e)
		}
	})
}

// The call drops at 15, 30 or 60 minutes: nobody refreshed the session, or both sides waited for the other. The one who
// was told to refresh does so to the end of a long call, and a 422 is not the end of one (Telephone #180, drachtio #87).
func TestFieldBug08CallDropsAtHalfAnHour(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		_, invite := dial(door, proxy)
		proxy.Reply(invite, 422, "Min-SE: 3600")
		proxy.Want("ACK", "ACK")
		again := proxy.Want("asked again for longer", "INVITE")
		if again.Header.Get("Session-Expires") != "3600" || again.Header.Get("Min-SE") != "3600" || again.CSeq.Seq != invite.CSeq.Seq+1 {
			t.Errorf("INVITE is\n%v", again.Message)
		}
		const terms = "Session-Expires: 3600;refresher=uac"
		proxy.Reply(again, 200, answerSDP, terms, "Require: timer", "Allow: INVITE, ACK, BYE, UPDATE")
		proxy.Want("ACK", "ACK")
		siptest.Event[sipua.Established](door, "the call stands")
		for range 6 {
			proxy.Reply(proxy.WantIn("half of the interval", "UPDATE", 30*time.Minute), 200, terms)
		}
		door.WantNoEvent("three hours later", time.Minute)
	})
}

// An INVITE that the credentials make longer than a datagram should be is lost by the second hop: it goes by TCP, and
// what is short goes by UDP again (pjsip #5075, drachtio #296).
func TestFieldBug10GrownBeyondTheMTU(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		sdp := offerSDP + strings.Repeat("a=x\r\n", 115)
		id := door.Dial(sipua.Invitation{Account: aor, To: "desk", SDP: []byte(sdp)})
		first := proxy.Want("INVITE", "INVITE")
		if first.Stream != nil || len(first.String()) < 1000 {
			t.Fatalf("the first INVITE has %d octets, over TCP %v: the test proves nothing", len(first.String()), first.Stream != nil)
		}
		proxy.Reply(first, 407, `Proxy-Authenticate: Digest realm="a rather long realm of a large house", nonce="`+strings.Repeat("n", 200)+`", qop="auth"`)
		if ack := proxy.Want("ACK", "ACK"); ack.Stream != nil {
			t.Error("the ACK must go where the INVITE went")
		}
		second := proxy.Want("with credentials", "INVITE")
		if second.Stream == nil || second.Via[0].Transport != sip.TCP {
			t.Errorf("%d octets over UDP", len(second.String()))
		}
		proxy.Reply(second, 200, answerSDP)
		proxy.Want("ACK", "ACK")
		siptest.Event[sipua.Established](door, "the call stands")
		door.Hangup(id)
		if bye := proxy.Want("BYE", "BYE"); bye.Stream != nil {
			t.Errorf("a BYE of %d octets stays on TCP", len(bye.String()))
		}
	})
}

// CANCEL repeated, and CANCEL for a call that has been answered: one 487, one 200 each, and no call torn down (JsSIP
// #597, siphon #243).
func TestFieldBug11CancelRaces(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		invite := proxy.Call("INVITE", contact, answerSDP)
		in := siptest.Event[sipua.Incoming](door, "a call")
		door.Ring(in.Call)
		proxy.Want("it rings", "180 INVITE")
		cancel := invite.Clone()
		cancel.Method, cancel.CSeq.Method, cancel.Body = "CANCEL", "CANCEL", nil
		proxy.SendTo(cancel, siptest.DoorPort(), nil)
		proxy.Want("200", "200 CANCEL")
		refusal := proxy.Want("487", "487 INVITE")
		for range 3 {
			proxy.SendTo(cancel, siptest.DoorPort(), nil)
			proxy.Want("each repetition gets the same 200", "200 CANCEL")
		}
		proxy.AckRefusal(invite, refusal)
		siptest.Event[sipua.Ended](door, "once")
		door.Answer(in.Call, []byte(offerSDP))
		proxy.WantIdle("an answer that comes too late is dropped", time.Minute)
		door.WantNoEvent("once", 0)
	})
}

// Two phones of a fork pick up: the second must be told, and told again when its 200 comes again, or it believes in a
// call for half a minute (pjsip #635, baresip #2114).
func TestFieldBug12SecondAnswerOfAFork(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		id, invite := dial(door, proxy)
		proxy.ReplyAs(invite, "first", 200, answerSDP)
		proxy.Want("ACK", "ACK")
		siptest.Event[sipua.Established](door, "with the first")
		proxy.ReplyAs(invite, "second", 200, answerSDP)
		proxy.Want("ACK for the second", "ACK")
		bye := proxy.Want("and its BYE", "BYE")
		if bye.To.Tag() != "second" {
			t.Errorf("BYE for %q", bye.To.Tag())
		}
		proxy.Reply(bye, 200)
		proxy.ReplyAs(invite, "second", 200, answerSDP)
		if ack := proxy.Want("its 200 again", "ACK"); ack.To.Tag() != "second" {
			t.Errorf("ACK for %q", ack.To.Tag())
		}
		door.WantNoEvent("the call with the first stands", 10*time.Second)
		proxy.Drain()
		door.Hangup(id)
		if bye := proxy.Want("BYE", "BYE"); bye.To.Tag() != "first" {
			t.Errorf("BYE for %q", bye.To.Tag())
		}
	})
}

// A PBX that requires PRACK: it is met, and what is not known is refused by its name alone, never ignored (pocket-dial
// #172, SIP.js #373).
func TestFieldBug13RequiredExtensions(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		invite := proxy.Call("INVITE", contact, answerSDP, "Require: 100rel, gruu, timer", "Proxy-Require: sec-agree")
		refusal := proxy.Want("420", "420 INVITE")
		if got := refusal.Header.Get("Unsupported"); got != "gruu" {
			t.Errorf("Unsupported: %s", got)
		}
		proxy.AckRefusal(invite, refusal)
		door.WantNoEvent("nobody hears of it", time.Second)
		proxy.Call("INVITE", contact, answerSDP, "Require: 100rel")
		in := siptest.Event[sipua.Incoming](door, "what is known is taken")
		door.Ring(in.Call)
		if r := proxy.Want("reliable", "180 INVITE"); !r.Header.Has("RSeq") || !r.Header.HasToken("Require", "100rel") {
			t.Errorf("180 is\n%v", r.Message)
		}
	})
}

// A registrar that writes its answers in compact names, folded, with blanks before the colon (pjsip #188, siphon #80).
func TestFieldBug14CompactAnswers(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(oneAccount())
		m := proxy.Want("REGISTER", "REGISTER")
		text := strings.Join([]string{
			"SIP/2.0 200 OK", "v : " + m.Via[0].String(), "f:" + m.From.String(), "t : " + m.To.String(), " ;tag=x", "i: " + m.CallID,
			"cseq: " + fmt.Sprint(m.CSeq.Seq), "\tREGISTER", "m:", " <sip:other@192.0.2.99>;expires=9,", " " + replaceExpires(m.Header.Get("Contact"), "3000"),
			"l : 0", "", "",
		}, "\r\n")
		proxy.SendRaw([]byte(text), m.Source, m.Stream)
		if e := siptest.Event[sipua.Registered](door, "understood"); e.Granted != 3000*time.Second {
			t.Errorf("%+v", e)
		}
	})
}

// A FRITZ!Box writes IPv6 addresses into received with brackets, and other stacks never registered (linphone-desktop
// #81). It answers requests in a dialog with 405: they must not end the call.
func TestFieldBug15FritzBox(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		box := w.Peer("2001:db8::10")
		cfg := sipua.Config{
			Accounts: []sipua.Account{{AOR: "sip:door@[2001:db8::10]", Password: "secret"}}, Network: w.HostAt("192.0.2.1", "2001:db8::1"),
			Listen: []sipua.Listen{{Transport: "UDP", Address: "[2001:db8::1]:5070"}},
		}
		door := w.Door(cfg)
		m := box.Want("REGISTER", "REGISTER")
		r := sip.NewResponse(m.Message, 200, "")
		r.To.Params = ";tag=x"
		r.Header.Add("Contact", replaceExpires(m.Header.Get("Contact"), "86400"))
		text := strings.Replace(string(r.Append(nil)), ";rport", ";rport=5070;received=[2001:db8::1]", 1)
		if !strings.Contains(text, "received=[") {
			t.Fatalf("the test proves nothing:\n%s", text)
		}
		box.SendRaw([]byte(text), m.Source, nil)
		siptest.Event[sipua.Registered](door, "the brackets are understood")
		box.Ignore("REGISTER")
		id := door.Dial(sipua.Invitation{Account: "sip:door@[2001:db8::10]", To: "**610", SDP: []byte(offerSDP)})
		invite := box.Want("INVITE", "INVITE")
		box.Reply(invite, 200, answerSDP, "Contact: <sip:desk@[2001:db8::10]>")
		box.Want("ACK", "ACK")
		siptest.Event[sipua.Established](door, "the call stands")
		door.Info(id, "application/dtmf-relay", []byte("Signal=1\r\nDuration=100\r\n"))
		box.Reply(box.Want("a digit", "INFO"), 405)
		door.WantNoEvent("which the box does not take, and the call goes on", 5*time.Minute)
	})
}

// The line is busy though nobody speaks: slots of calls that were cancelled, refused or never answered are free again.
func TestFieldBug16CallSlotsLeak(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		cfg := oneAccount()
		cfg.MaxCalls = 2
		door := w.Door(cfg)
		m := proxy.Want("REGISTER", "REGISTER")
		grantForLong(proxy, m)
		siptest.Event[sipua.Registered](door, "registered")
		contacts, err := m.Contacts()
		if err != nil {
			t.Fatal(err)
		}
		proxy.Ignore("REGISTER")
		for i := range 30 {
			id, invite := dial(door, proxy)
			switch i % 3 {
			case 0:
				proxy.Reply(invite, 486)
				proxy.Want("ACK", "ACK")
			case 1:
				proxy.Reply(invite, 180)
				siptest.Event[sipua.Ringing](door, "it rings")
				door.Hangup(id)
				proxy.Reply(proxy.Want("CANCEL", "CANCEL"), 200)
				proxy.Reply(invite, 487)
				proxy.Want("ACK", "ACK")
			case 2:
				proxy.Reply(invite, 180)
				siptest.Event[sipua.Ringing](door, "it rings, and nobody answers")
				proxy.Reply(proxy.Want("CANCEL", "CANCEL"), 200)
				proxy.Reply(invite, 487)
				proxy.Want("ACK", "ACK")
			}
			siptest.Event[sipua.Ended](door, "the end")
		}
		_, invite := dial(door, proxy)
		proxy.Reply(invite, 180)
		siptest.Event[sipua.Ringing](door, "while we are ringing somebody")
		proxy.Call("INVITE", contacts[0].URI.String(), answerSDP)
		siptest.Event[sipua.Incoming](door, "a call comes in, and is no 486")
	})
}

// Teams and 3CX: the name for the password is not the extension, the domain is not the server, and pings want 200.
func TestFieldBug17AuthenticationNameAndPings(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		proxy := w.Peer(proxyAddr)
		door := w.Door(sipua.Config{Accounts: []sipua.Account{{
			AOR: "sip:100@pbx.example.com", Username: "Xy7-auth", Password: "secret", Servers: []string{"sip:192.0.2.10;lr"},
		}}})
		m := proxy.Want("REGISTER", "REGISTER")
		if m.URI.String() != "sip:pbx.example.com" || m.From.URI.String() != "sip:100@pbx.example.com" || m.To.URI != m.From.URI {
			t.Errorf("REGISTER is\n%v", m.Message)
		}
		proxy.Reply(m, 401, `WWW-Authenticate: Digest realm="3CXPhoneSystem", nonce="n", algorithm=MD5`)
		m = proxy.Want("with credentials", "REGISTER")
		if got := m.Header.Get("Authorization"); !strings.Contains(got, `username="Xy7-auth"`) || !strings.Contains(got, `uri="sip:pbx.example.com"`) {
			t.Errorf("Authorization: %s", got)
		}
		grantForLong(proxy, m)
		siptest.Event[sipua.Registered](door, "registered")
		proxy.Call("OPTIONS", "sip:192.0.2.1:5070")
		if r := proxy.Want("the ping", "200 OPTIONS"); !r.Header.Has("Allow") {
			t.Errorf("200 is\n%v", r.Message)
		}
	})
}

// Silence before the answer, or ringback over an announcement: the application learns of each provisional response as it
// is, with the description it really has.
func TestFieldBug18RingbackAndEarlyMedia(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy := registered(t, w)
		_, invite := dial(door, proxy)
		proxy.Reply(invite, 100)
		for _, step := range []struct {
			status int
			sdp    string
		}{{183, ""}, {180, ""}, {183, answerSDP}, {180, ""}} {
			var lines []string
			if step.sdp != "" {
				lines = append(lines, step.sdp)
			}
			proxy.Reply(invite, step.status, lines...)
			if e := siptest.Event[sipua.Ringing](door, "progress"); e.Status != step.status || string(e.SDP) != step.sdp {
				t.Errorf("%+v, want %+v", e, step)
			}
		}
		proxy.Reply(invite, 200)
		proxy.Want("ACK", "ACK")
		if e := siptest.Event[sipua.Established](door, "the answer came with the 183"); len(e.SDP) != 0 && string(e.SDP) != answerSDP {
			t.Errorf("%+v", e)
		}
	})
}

// MESSAGE, NOTIFY and INFO nobody has asked for crash or get 500 (PJSIP 999_message_no_body, Asterisk info_empty).
func TestFieldBug19UnsolicitedRequests(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door, proxy, contact := contactOf(t, w)
		for _, tc := range []struct {
			method string
			lines  []string
			want   []string
		}{
			{"MESSAGE", nil, []string{"405 MESSAGE"}},
			{"MESSAGE", []string{"Content-Type: text/plain"}, []string{"405 MESSAGE"}},
			{"NOTIFY", []string{"Event: message-summary", "Subscription-State: active"}, []string{"481 NOTIFY", "489 NOTIFY"}},
			{"NOTIFY", nil, []string{"481 NOTIFY", "489 NOTIFY"}},
			{"INFO", nil, []string{"481 INFO"}},
			{"SUBSCRIBE", []string{"Event: dialog"}, []string{"405 SUBSCRIBE", "489 SUBSCRIBE"}},
			{"PUBLISH", nil, []string{"405 PUBLISH"}},
		} {
			proxy.Call(tc.method, contact, tc.lines...)
			if m := proxy.Next(time.Second); m == nil || !slices.Contains(tc.want, m.What()) {
				t.Errorf("%s is answered by %v, want %v", tc.method, m, tc.want)
			}
		}
		_, side := answeredCall(door, proxy, contact)
		side.Send("INFO")
		proxy.Want("an empty INFO in a call", "200 INFO")
		side.Send("MESSAGE")
		proxy.Want("MESSAGE in a call", "405 MESSAGE")
		proxy.Drain()
	})
}
