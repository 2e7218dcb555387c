package sipua_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"intercom/sipua"
	"intercom/sipua/siptest"
)

// One short call after the other, in and out, with room for one only: what is being wound up does not block the next.
func TestShortCallsInARow(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk := w.Peer("192.0.2.20")
		door := w.Door(sipua.Config{AllowDirect: true, MaxCalls: 1, Limits: sipua.Limits{SourceRate: -1}})
		for i := range 200 {
			invite := desk.Call("INVITE", "sip:door@192.0.2.1:5070", answerSDP)
			in := siptest.Event[sipua.Incoming](door, fmt.Sprint("call ", i))
			door.Answer(in.Call, []byte(offerSDP))
			side := desk.Caller(invite, desk.Want("200", "200 INVITE"))
			side.Send("ACK")
			siptest.Event[sipua.Established](door, "established")
			door.Hangup(in.Call)
			desk.Reply(desk.Want("BYE", "BYE"), 200)
			siptest.Event[sipua.Ended](door, "ended")

			door.Dial(sipua.Invitation{To: desk.URI("desk"), SDP: []byte(offerSDP)})
			desk.Reply(desk.Want("INVITE", "INVITE"), 486)
			desk.Want("ACK", "ACK")
			siptest.Event[sipua.Ended](door, "busy")
			time.Sleep(100 * time.Millisecond)
		}
	})
}

// Calls that were answered and cut off are bounded in number, and forgotten after a minute.
func TestManyAnsweredCallsAreBounded(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk := w.Peer("192.0.2.20")
		door := w.Door(sipua.Config{MaxCalls: 1, AllowDirect: true})
		refused := 0
		for range 100 {
			id := door.Dial(sipua.Invitation{To: desk.URI("desk"), SDP: []byte(offerSDP)})
			m := desk.Next(time.Millisecond)
			if m == nil {
				siptest.Event[sipua.Ended](door, "no room")
				refused++
				continue
			}
			desk.Reply(m, 200, answerSDP)
			desk.Want("ACK", "ACK")
			siptest.Event[sipua.Established](door, "established")
			door.Hangup(id)
			desk.Reply(desk.Want("BYE", "BYE"), 200)
			siptest.Event[sipua.Ended](door, "ended")
		}
		if refused == 0 || refused > 40 {
			t.Errorf("%d of 100 calls within a moment were refused", refused)
		}
		time.Sleep(2 * time.Minute)
		door.Dial(sipua.Invitation{To: desk.URI("desk"), SDP: []byte(offerSDP)})
		desk.Want("two minutes later there is room", "INVITE")
	})
}

// RFC 3261 section 18.3 on a stream: a message whose length cannot be known ends the connection, and nothing else.
func TestBrokenFramingClosesTheConnection(t *testing.T) {
	for _, length := range []string{"Content-Length: -1\r\n", "Content-Length: 99999999999\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n", ""} {
		run(t, func(t *testing.T, w *siptest.World) {
			desk := w.Peer("192.0.2.20")
			door := w.Door(sipua.Config{AllowDirect: true})
			c, err := desk.Host.Dial(t.Context(), "tcp", "192.0.2.1:5070")
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			text := desk.Request("OPTIONS", "sip:door@192.0.2.1:5070").String()
			text = strings.Replace(text, "Content-Length: 0\r\n", length, 1)
			if _, err := c.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 4096)
			_ = c.SetReadDeadline(time.Now().Add(time.Minute))
			total := 0
			for err == nil {
				var n int
				n, err = c.Read(buf)
				total += n
			}
			if strings.Contains(err.Error(), "timeout") {
				t.Errorf("%q: the connection stands after a minute", length)
			}
			desk.Call("OPTIONS", "sip:door@192.0.2.1:5070")
			desk.Want("everybody else is served", "200 OPTIONS")
			_ = door
		})
	}
}

// RFC 3261 section 18.1.1: a server must take messages up to 65,535 bytes.
func TestLargestMessage(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk := w.Peer("192.0.2.20")
		door := w.Door(sipua.Config{AllowDirect: true})
		big := answerSDP + strings.Repeat("a=padding:0123456789\r\n", 2800)
		desk.Call("INVITE", "sip:door@192.0.2.1:5070", big)
		if in := siptest.Event[sipua.Incoming](door, "a very large offer"); string(in.SDP) != big {
			t.Errorf("%d bytes of %d", len(in.SDP), len(big))
		}
	})
}

// RFC 3261 section 8.1.1.7: a branch is unique over space and time, and so are tags and Call-IDs here.
func TestIdentifiersAreNeverUsedTwice(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		desk := w.Peer("192.0.2.20")
		door := w.Door(sipua.Config{})
		seen := make(map[string]bool)
		for range 300 {
			door.Dial(sipua.Invitation{To: desk.URI("desk"), SDP: []byte(offerSDP)})
			m := desk.Want("INVITE", "INVITE")
			for _, id := range []string{m.Via[0].Branch(), m.CallID, m.From.Tag()} {
				if seen[id] || len(id) < 32 {
					t.Fatalf("%q: seen %v", id, seen[id])
				}
				seen[id] = true
			}
			desk.Reply(m, 486)
			desk.Want("ACK", "ACK")
			siptest.Event[sipua.Ended](door, "busy")
		}
	})
}

// RFC 3261 section 18.2.2 and RFC 3581: where responses go.
func TestWhereResponsesGo(t *testing.T) {
	for name, tc := range map[string]struct{ params, want string }{
		"rport: to the source port":       {";rport;branch=z9hG4bKr1", ""},
		"no rport: to the port in Via":    {";branch=z9hG4bKr2", "5060"},
		"forged received has no effect":   {";branch=z9hG4bKr3;received=198.51.100.99", "5060"},
		"rport with a value is a request": {";rport=1;branch=z9hG4bKr4", ""},
	} {
		run(t, func(t *testing.T, w *siptest.World) {
			desk := w.Peer("192.0.2.20")
			w.Door(sipua.Config{AllowDirect: true})
			other, err := desk.Host.ListenPacket(t.Context(), "udp", "192.0.2.20:7777")
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			m := desk.Request("OPTIONS", "sip:door@192.0.2.1:5070")
			m.Via[0].Params = "" // replaced as text, received and all
			text := strings.Replace(m.String(), "Via: SIP/2.0/UDP 192.0.2.20:5060", "Via: SIP/2.0/UDP 192.0.2.20:5060"+tc.params, 1)
			if _, err := other.WriteTo([]byte(text), udpAddr(siptest.DoorPort())); err != nil {
				t.Fatal(err)
			}
			_ = other.SetReadDeadline(time.Now().Add(time.Second))
			_, _, err = other.ReadFrom(make([]byte, 4096))
			if toSource := err == nil; toSource != (tc.want == "") {
				t.Errorf("%s: at the source port: %v", name, toSource)
			}
			if got := desk.Next(time.Second); (got != nil) != (tc.want != "") {
				t.Errorf("%s: at port 5060: %v", name, got)
			}
		})
	}
}
