package firmware_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom/firmware"
	"intercom/firmware/line"
	"intercom/sipua"
)

// guarded is a door that answers the guard's desk, called straight, and opens for it.
const guarded = parts + `
[sip]
listen = ["udp:0.0.0.0:5060"]
direct_calls = true
peers = ["192.0.2.20"]
[calls]
auto_answer = true
allowed = ["sip:guard@192.0.2.20"]
`

var guardCode = strings.Replace(guarded, "digits = \"270483\"", "digits = \"270483\"\nallowed = [\"sip:guard@192.0.2.20\"]", 1)

// callDoor calls the door from the handset as a user of its own host, and tells a while later whether the call is up.
func (h *handset) callDoor(user string) (isUp bool) {
	h.t.Helper()
	h.do(func() {
		var err error
		h.leg, err = h.line.Dial(line.Call{Account: "sip:" + user + "@" + phoneAddr.String(), Target: "sip:door@" + doorAddr.String() + ":5060", Peer: doorAddr})
		if err != nil {
			h.t.Error(err)
		}
	})
	time.Sleep(2 * time.Second)
	_, isUp = h.state()
	return isUp
}

func (h *handset) hangUp() { h.do(func() { h.line.Hangup(h.leg); h.isUp = false }) }

// at is an account of the handset's own host, at no registrar.
func at(user string) sipua.Account {
	return sipua.Account{AOR: "sip:" + user + "@" + phoneAddr.String(), NoRegister: true, Servers: []string{"sip:" + doorAddr.String() + ":5060"}}
}

// TestGuardCalls: the guard is answered, and opens by either way of sending digits; with a wrong code nothing moves.
func TestGuardCalls(t *testing.T) {
	for _, byINFO := range []bool{false, true} {
		t.Run(fmt.Sprintf("INFO %v", byINFO), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := open(t, guardCode, at("guard"), nil)
				if !w.phone.callDoor("guard") {
					t.Fatal("the guard is not answered")
				}
				press := w.phone.dial
				if byINFO {
					press = func(digits string) { w.phone.do(func() { w.phone.line.PressInfo(w.phone.leg, digits) }) }
				}
				press("111111")
				time.Sleep(4 * time.Second)
				w.wantRelay("after a wrong code", false)
				press("270483")
				time.Sleep(2500 * time.Millisecond) // RTP events take 2 s; after INFO the pulse of 3 s has begun at once
				w.wantRelay("after the code", true)
				w.phone.hangUp()
				time.Sleep(4 * time.Second)
				w.wantRelay("after the call and the pulse", false)
				if w.noted(firmware.NoteEnded) != 1 {
					t.Error("the door has not noticed that the guard hung up")
				}
			})
		})
	}
}

// TestStrangersCall: who is not on the list is not let in, nor anybody where nothing is answered; and who is let in may not
// open by a code that is for calls of the door alone.
func TestStrangersCall(t *testing.T) {
	for _, c := range []struct {
		name, text, user string
		answered         bool
	}{
		{"not on the list", guardCode, "mallory", false},
		{"nothing is answered", strings.Replace(guardCode, "auto_answer = true", "auto_answer = false", 1), "guard", false},
		{"no peer", strings.Replace(guardCode, `peers = ["192.0.2.20"]`, `peers = ["192.0.2.99"]`, 1), "guard", false},
		{"the code is not for him", guarded, "guard", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := open(t, c.text, at(c.user), nil)
				if up := w.phone.callDoor(c.user); up != c.answered {
					t.Fatalf("answered: %v, want %v", up, c.answered)
				}
				if c.answered {
					w.phone.dial("270483")
				}
				time.Sleep(4 * time.Second)
				w.wantRelay("for a stranger", false)
				if w.noted(firmware.NoteRelayOn) != 0 {
					t.Error("the relay has moved")
				}
			})
		})
	}
}

// TestLogOfTheDiary: each note is a line with what it has, and a fault a warning.
func TestLogOfTheDiary(t *testing.T) {
	var b strings.Builder
	j := firmware.LogJournal{Logger: slog.New(slog.NewTextHandler(&b, nil))}
	j.Note(time.Time{}, firmware.Note{Kind: firmware.NoteLockout, Until: time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC)})
	j.Note(time.Time{}, firmware.Note{Kind: firmware.NoteRefused, Leg: 7, Name: "bell", Text: "sip:11@a", Status: 486, State: firmware.Dialing})
	j.Note(time.Time{}, firmware.Note{Kind: firmware.NoteFault, Name: "lamp x", Err: fmt.Errorf("broken wire")})
	for _, want := range []string{
		`level=INFO msg=lockout state=idle until=12:30:00`,
		`level=INFO msg=refused state=dialing name=bell text=sip:11@a call=7 status=486`,
		`level=WARN msg=fault state=idle name="lamp x" error="broken wire"`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is not in\n%s", want, b.String())
		}
	}
}
