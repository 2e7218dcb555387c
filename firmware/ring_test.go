package firmware

import (
	"testing"
	"time"
)

func TestParallelFirstAnswerWins(t *testing.T) {
	h := newHarness(t, house)
	h.wantNothing()
	h.wantState(Idle)

	h.press("front")
	h.want("play ringback", "dial 1 sip:11@example.org", "dial 2 sip:12@example.org")
	h.wantState(Dialing)
	h.receive(Ringing{1})
	h.receive(Ringing{1})
	h.wantNote(NoteAlerting)
	h.wantNoNote(NoteAlerting) // once for each phone
	h.wantNothing()

	h.answer(2)
	h.want("release 1", "voice on 2", "play connected")
	h.wantState(InCall)
	if n := h.wantNote(NoteEstablished); n.Text != "sip:12@example.org" || n.Name != "front" {
		t.Errorf("note %+v", n)
	}

	h.end(1, 487) // the cancelled one says so; nobody minds
	h.wantNothing()
	h.wantState(InCall)
	h.end(2, 0)
	h.want("voice off 2", "play end")
	h.wantState(Idle)
	if n := h.wantNote(NoteEnded); n.Text != "the other side hung up" {
		t.Errorf("note %+v", n)
	}
}

func TestSurplusAnswerIsHungUp(t *testing.T) {
	h := newHarness(t, house)
	h.press("front")
	h.answer(1)
	h.forget()
	h.answer(2) // crossed with its CANCEL
	h.want("hang up 2")
	h.wantState(InCall)
	h.answer(1) // a repetition of the call's own answer does nothing
	h.wantNothing()
	h.press("front")
	h.forget()
	h.answer(1)
	h.want("hang up 1")
	h.wantState(Idle)
}

func TestParallelOneRefuses(t *testing.T) {
	h := newHarness(t, house)
	h.press("front")
	h.forget()
	h.end(1, 486)
	h.wantNothing()
	h.wantState(Dialing)
	if n := h.wantNote(NoteRefused); n.Status != 486 || n.Text != "sip:11@example.org" {
		t.Errorf("note %+v", n)
	}
	h.end(1, 486) // once more: unknown by now
	h.wantNoNote(NoteRefused)
	h.end(2, 603)
	h.want("play unavailable")
	h.wantState(Idle)
	h.wantNote(NoteUnanswered)
}

func TestParallelNobodyAnswers(t *testing.T) {
	h := newHarness(t, house)
	h.press("front")
	h.forget()
	h.advance(20*time.Second - 1)
	h.wantNothing()
	h.wantState(Dialing)
	h.advance(1)
	h.want("hang up 1", "hang up 2", "play unavailable")
	h.wantState(Idle)
	h.wantNote(NoteUnanswered)
	h.advance(time.Hour)
	h.wantNothing()
}

func TestSequential(t *testing.T) {
	h := newHarness(t, house)
	h.press("side")
	h.want("play ringback", "dial 1 sip:21@example.org")
	h.advance(15*time.Second - 1)
	h.wantNothing()
	h.advance(1)
	h.want("hang up 1", "dial 2 sip:22@example.org")
	h.advance(4 * time.Second)
	h.wantNothing()
	h.end(2, 486) // busy: the next one at once
	h.want("dial 3 sip:23@example.org")
	h.answer(3)
	h.want("voice on 3", "play connected")
}

func TestSequentialEndsWithTheList(t *testing.T) {
	h := newHarness(t, house)
	h.press("side")
	h.advance(30 * time.Second)
	h.want("play ringback", "dial 1 sip:21@example.org", "hang up 1", "dial 2 sip:22@example.org", "hang up 2", "dial 3 sip:23@example.org")
	h.advance(15*time.Second - 1)
	h.wantNothing()
	h.advance(1)
	h.want("hang up 3", "play unavailable")
	h.wantState(Idle)
}

func TestListHasATotal(t *testing.T) {
	h := newHarness(t, at(`ring_timeout = "15s"`, `ring_timeout = "25s"`))
	h.press("side")
	h.advance(60*time.Second - 1)
	h.want("play ringback", "dial 1 sip:21@example.org", "hang up 1", "dial 2 sip:22@example.org", "hang up 2", "dial 3 sip:23@example.org")
	h.wantState(Dialing)
	h.advance(1) // the third had 10 s only
	h.want("hang up 3", "play unavailable")
	h.wantState(Idle)
}

func TestTargetsThatCannotBeDialled(t *testing.T) {
	h := newHarness(t, house)
	h.failDial["sip:21@example.org"] = errTest
	h.press("side")
	h.want("play ringback", "cannot dial sip:21@example.org", "dial 1 sip:22@example.org")
	if n := h.wantNote(NoteDialFailed); n.Err != errTest {
		t.Errorf("note %+v", n)
	}
	h.failDial["sip:23@example.org"] = errTest
	h.end(1, 404)
	h.want("cannot dial sip:23@example.org", "play unavailable")
	h.wantState(Idle)

	h.failDial["sip:11@example.org"], h.failDial["sip:12@example.org"] = errTest, errTest
	h.press("front")
	h.want("play ringback", "cannot dial sip:11@example.org", "cannot dial sip:12@example.org", "play unavailable")
	h.wantState(Idle)
}

func TestPressAgainCancels(t *testing.T) {
	h := newHarness(t, house)
	h.press("front")
	h.advance(3 * time.Second)
	h.forget()
	h.press("front")
	h.want("hang up 1", "hang up 2", "play end")
	h.wantState(Idle)
	h.advance(time.Minute)
	h.wantNothing()
}

func TestPressAgainRestarts(t *testing.T) {
	h := newHarness(t, at("line = 1\n", "line = 1\npress_ringing = \"restart\"\n"))
	h.press("front")
	h.forget()
	h.advance(19 * time.Second)
	h.press("front")
	h.advance(20*time.Second - 1)
	h.wantNothing()
	h.advance(1)
	h.want("hang up 1", "hang up 2", "play unavailable")
}

func TestPressAgainIgnored(t *testing.T) {
	h := newHarness(t, at("line = 1\n", "line = 1\npress_ringing = \"ignore\"\npress_in_call = \"ignore\"\n"))
	h.press("front")
	h.forget()
	h.press("front")
	h.wantNothing()
	h.answer(1)
	h.forget()
	h.press("front")
	h.wantNothing()
	h.wantState(InCall)
}

func TestOtherButtonCorrectsTheFirst(t *testing.T) {
	h := newHarness(t, house)
	h.press("front")
	h.forget()
	h.press("side")
	h.want("hang up 1", "hang up 2", "play silence", "play ringback", "dial 3 sip:21@example.org")
	h.answer(3)
	h.forget()
	h.press("front") // not its call
	h.wantNothing()
	h.wantState(InCall)
	h.press("side")
	h.want("hang up 3", "voice off 3", "play end")
	h.wantState(Idle)
}

func TestUnknownButton(t *testing.T) {
	h := newHarness(t, house)
	h.press("back")
	h.wantNothing()
	h.wantNoNote(NotePress)
	h.wantState(Idle)
}

func TestPressInCallHangsUp(t *testing.T) {
	h := newHarness(t, house)
	leg := h.inCall()
	h.press("front")
	h.want("hang up 1", "voice off 1", "play end")
	h.wantState(Idle)
	h.end(leg, 0)
	h.wantNothing()
}

func TestHangupCommand(t *testing.T) {
	h := newHarness(t, house)
	h.receive(HangupCommand{})
	h.wantNothing()
	h.press("front")
	h.forget()
	h.receive(HangupCommand{})
	h.want("hang up 1", "hang up 2", "play end")
	h.wantState(Idle)
	h.inCall()
	h.receive(HangupCommand{})
	h.want("hang up 3", "voice off 3", "play end")
	h.wantState(Idle)
	h.call(99, "11@example.org")
	h.want("ring 99")
	h.receive(HangupCommand{})
	h.want("reject 99 480")
	h.wantState(Idle)
}

func TestNoSoundNoCall(t *testing.T) {
	h := newHarness(t, house)
	h.failVoice = errTest
	h.press("front")
	h.forget()
	h.answer(1)
	h.want("release 2", "hang up 1", "play unavailable")
	h.wantState(Idle)
	if n := h.wantNote(NoteFault); n.Err != errTest || n.Name != "voice" {
		t.Errorf("note %+v", n)
	}
	h.failVoice = nil
	h.inCall()
}

func TestSoundLost(t *testing.T) {
	h := newHarness(t, house)
	h.receive(SoundLost{1})
	h.wantNothing()
	h.inCall()
	h.receive(SoundLost{2}) // of a leg that is no more
	h.wantNothing()
	h.wantState(InCall)
	h.receive(SoundLost{1})
	h.want("hang up 1", "voice off 1", "play end")
	h.wantState(Idle)
	if n := h.wantNote(NoteEnded); n.Text != "nothing was heard for too long" {
		t.Errorf("note %+v", n)
	}
}

func TestEndedWithAStatusSaysIt(t *testing.T) {
	h := newHarness(t, house)
	h.inCall()
	h.end(1, 503)
	if n := h.wantNote(NoteEnded); n.Text != "503 Reason" {
		t.Errorf("note %+v", n)
	}
}
