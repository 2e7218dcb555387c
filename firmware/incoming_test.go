package firmware

import (
	"testing"
	"time"

	"intercom/sipua/sip"
)

func TestAutoAnswer(t *testing.T) {
	h := newHarness(t, house)
	h.call(7, "11@example.org")
	h.want("ring 7")
	h.wantState(Answering)
	h.advance(2*time.Second - 1)
	h.wantNothing()
	h.advance(1)
	h.want("answer 7")
	h.wantState(Answering) // not before the ACK
	h.answer(7)
	h.want("voice on 7", "play connected")
	h.wantState(InCall)
	if n := h.wantNote(NoteEstablished); n.Text != "sip:11@example.org" || n.Name != "" {
		t.Errorf("note %+v", n)
	}
	h.end(7, 0)
	h.want("voice off 7", "play end")
	h.wantState(Idle)
}

func TestAutoAnswerAtOnce(t *testing.T) {
	h := newHarness(t, at("auto_answer_delay = \"2s\"", "auto_answer_delay = \"0s\""))
	h.call(7, "11@example.org")
	h.want("ring 7", "answer 7")
	h.answer(7)
	h.wantState(InCall)
}

func TestWhoIsLetIn(t *testing.T) {
	for _, tt := range []struct {
		name    string
		from    sip.URI
		trusted bool
		allowed string
		status  int
	}{
		{"on the list", sip.URI{Scheme: "sip", User: "11", Host: "example.org"}, true, `"11"`, 0},
		{"host in capitals", sip.URI{Scheme: "sip", User: "11", Host: "Example.ORG"}, true, `"11"`, 0},
		{"with port and parameters", sip.URI{Scheme: "sip", User: "11", Host: "example.org", Port: 5070, Params: ";user=phone"}, true, `"11"`, 0},
		{"full address on the list", sip.URI{Scheme: "sips", User: "x", Host: "a.example"}, true, `"sip:x@a.example"`, 0},
		{"everybody of a host", sip.URI{Scheme: "sip", User: "y", Host: "a.example"}, true, `"sip:*@a.example"`, 0},
		{"everybody", sip.URI{Scheme: "sip", User: "y", Host: "z.example"}, false, `"*"`, 0},
		{"not on the list", sip.URI{Scheme: "sip", User: "12", Host: "example.org"}, true, `"11"`, 603},
		{"number at another host", sip.URI{Scheme: "sip", User: "11", Host: "evil.example"}, true, `"11"`, 603},
		{"another user of the host", sip.URI{Scheme: "sip", User: "xx", Host: "a.example"}, true, `"sip:x@a.example"`, 603},
		{"user in capitals is another", sip.URI{Scheme: "sip", User: "X", Host: "a.example"}, true, `"sip:x@a.example"`, 603},
		{"no user", sip.URI{Scheme: "sip", Host: "example.org"}, true, `"11"`, 603},
		{"a star for a user", sip.URI{Scheme: "sip", User: "*", Host: "example.org"}, true, `"11"`, 603},
		{"telephone number", sip.URI{Scheme: "tel", Opaque: "11"}, true, `"11"`, 603},
		{"forged", sip.URI{Scheme: "sip", User: "11", Host: "example.org"}, false, `"11"`, 603},
		{"forged full address", sip.URI{Scheme: "sip", User: "x", Host: "a.example"}, false, `"sip:*@a.example"`, 603},
		{"nothing at all", sip.URI{}, true, `"11"`, 603},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t, at(`allowed = ["11", "sip:guard@security.example"]`, `allowed = [`+tt.allowed+`]`))
			h.receive(Incoming{Leg: 7, From: tt.from, Trusted: tt.trusted})
			if tt.status == 0 {
				h.want("ring 7")
				return
			}
			h.want("reject 7 603")
			h.wantState(Idle)
			if n := h.wantNote(NoteCaller); n.Status != tt.status {
				t.Errorf("note %+v", n)
			}
		})
	}
}

func TestAutoAnswerIsOffUnlessAsked(t *testing.T) {
	h := newHarness(t, at("auto_answer = true", "auto_answer = false\nreject = \"forbidden\""))
	h.call(7, "11@example.org")
	h.want("reject 7 403")
	h.wantState(Idle)
}

func TestBusy(t *testing.T) {
	h := newHarness(t, house)
	h.press("front")
	h.forget()
	h.call(7, "11@example.org")
	h.want("reject 7 486")
	h.call(8, "66@example.org")
	h.want("reject 8 603") // a stranger does not learn that somebody is at the door
	h.wantState(Dialing)
	h.answer(1)
	h.forget()
	h.call(9, "11@example.org")
	h.want("reject 9 486")
	h.wantState(InCall)
	h.end(1, 0)
	h.call(10, "11@example.org")
	h.forget()
	h.call(11, "11@example.org")
	h.want("reject 11 486")
	h.end(11, 486)
	h.wantState(Answering)
}

func TestCallerGivesUp(t *testing.T) {
	h := newHarness(t, house)
	h.call(7, "11@example.org")
	h.forget()
	h.end(7, 487)
	h.wantState(Idle)
	h.advance(time.Minute)
	h.wantNothing() // nothing is answered any more
	h.wantNote(NoteEnded)
}

func TestAnswerWithoutACK(t *testing.T) {
	h := newHarness(t, house)
	h.call(7, "11@example.org")
	h.advance(2 * time.Second)
	h.forget()
	h.advance(ackTimeout - 1)
	h.wantNothing()
	h.wantState(Answering)
	h.advance(1)
	h.want("hang up 7")
	h.wantState(Idle)
}

func TestVisitorComesBeforeCaller(t *testing.T) {
	h := newHarness(t, house)
	h.call(7, "11@example.org")
	h.forget()
	h.press("front")
	h.want("reject 7 486", "play ringback", "dial 1 sip:11@example.org", "dial 2 sip:12@example.org")
	h.wantState(Dialing)

	h = newHarness(t, house)
	h.call(7, "11@example.org")
	h.advance(2 * time.Second) // answered, no ACK yet
	h.forget()
	h.press("front")
	h.want("hang up 7", "play ringback", "dial 1 sip:11@example.org", "dial 2 sip:12@example.org")
	h.answer(7) // the ACK crossed
	h.want("hang up 7")
	h.wantState(Dialing)
}

func TestPressEndsAReceivedCall(t *testing.T) {
	h := newHarness(t, house)
	h.called(7, "11@example.org")
	h.press("side")
	h.want("hang up 7", "voice off 7", "play end")
	h.wantState(Idle)
}
