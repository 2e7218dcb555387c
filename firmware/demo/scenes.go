package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"intercom/firmware"
	"intercom/hal/sim"
	"intercom/sipua"
	"intercom/sipua/locate"
	"intercom/sipua/sip"
)

func (s *script) sceneBoard(context.Context) error {
	state, err := s.stage.board.State()
	if err != nil {
		return s.fail("board", "%v", err)
	}
	var lines []string
	for _, c := range state {
		if c.What == "relay" && c.State != "off" {
			return s.fail("board", "relay %s is %s before anything happened", c.Name, c.State)
		}
		lines = append(lines, c.What+" "+c.Name+" "+c.State)
	}
	if len(lines) == 0 {
		return s.fail("board", "no line is wired")
	}
	s.prove("board", "simulated: %s", strings.Join(lines, ", "))
	return nil
}

// sceneDNS proves the way of RFC 3263 from the domain to the servers.
func (s *script) sceneDNS(ctx context.Context) error {
	located := func(r locate.Result) bool { return len(r.Targets) > 0 }
	for _, q := range []struct{ fact, record string }{{"dns naptr", "NAPTR "}, {"dns srv", "SRV "}} {
		asked := func(r locate.Result) bool { return located(r) && step(r, q.record) != nil }
		_, err := expect(ctx, s, q.fact, "door", asked, func(r locate.Result) string {
			st := step(r, q.record)
			return fmt.Sprintf("%s: %s (%s)", st.Query, strings.Join(st.Answers, "; "), st.Section)
		})
		if err != nil {
			return err
		}
	}
	dead := s.stage.dead
	_, err := expect(ctx, s, "dns first target", "door", func(t sipua.Traced) bool {
		return t.Sent && t.Message.Method == sip.REGISTER && t.Flow.Remote == dead
	}, func(sipua.Traced) string {
		return fmt.Sprintf("%s has the best priority and is tried first; nobody is there", dead)
	})
	if err != nil {
		return err
	}
	_, err = expect(ctx, s, "dns next target", "door", func(t sipua.Traced) bool {
		return !t.Sent && t.Message.CSeq.Method == sip.REGISTER && t.Flow.Remote == s.stage.registrar[0].addr
	}, func(t sipua.Traced) string { return fmt.Sprintf("%s is taken next, and answers", t.Flow.Remote) })
	return err
}

// step is the step of a reasoning that asked for a record and was answered.
func step(r locate.Result, record string) *locate.Step {
	for i := range r.Steps {
		if st := &r.Steps[i]; strings.HasPrefix(st.Query, record) && len(st.Answers) > 0 {
			return st
		}
	}
	return nil
}

func (s *script) sceneRegister(ctx context.Context) error {
	_, err := expect(ctx, s, "register 401", "door", response(sip.REGISTER, 401), func(t sipua.Traced) string {
		return "the registrar asks for a digest: " + scheme(t.Message.Header.Get("WWW-Authenticate"))
	})
	if err != nil {
		return err
	}
	_, err = expectRight(ctx, s, "register answer", "door", patience, func(t sipua.Traced) bool {
		return t.Sent && t.Message.Method == sip.REGISTER && t.Message.Header.Has("Authorization")
	}, func(t sipua.Traced) (string, error) {
		if asks, _ := t.Message.Expires(); time.Duration(asks)*time.Second != asked {
			return "", fmt.Errorf("it asks for %d s, %v are configured", asks, asked)
		}
		return fmt.Sprintf("REGISTER again with credentials, CSeq %d, for %v, no password in it", t.Message.CSeq.Seq, asked), nil
	})
	if err != nil {
		return err
	}
	_, err = expect(ctx, s, "register 200", "door", anyRegistered, func(e sipua.Registered) string {
		return fmt.Sprintf("granted %v by %s, refresh at %s", e.Granted, e.Server, e.Refresh.Format("15:04:05.000"))
	})
	if err != nil {
		return err
	}
	_, err = expect(ctx, s, "desk registered", "desk", anyRegistered, func(e sipua.Registered) string {
		return fmt.Sprintf("the desk phone too, granted %v by %s", e.Granted, e.Server)
	})
	return err
}

func anyRegistered(sipua.Registered) bool { return true }

// scheme is what a challenge offers, without its nonce.
func scheme(challenge string) string {
	kind, _, _ := strings.Cut(challenge, " ")
	for _, p := range strings.Split(challenge, ",") {
		if name, value, ok := strings.Cut(strings.TrimSpace(p), "="); ok && strings.EqualFold(name, "algorithm") {
			return kind + " " + value
		}
	}
	return kind
}

// sceneRefresh waits for a second grant, which nobody asked for but the clock.
func (s *script) sceneRefresh(ctx context.Context) error {
	first := all(s.stage.chronicle, "door", 0, anyRegistered)
	if len(first) == 0 {
		return s.fail("refresh", "there was no first registration")
	}
	planned := first[0].Refresh
	_, err := expectRight(ctx, s, "refresh", "door", patience, func(e sipua.Registered) bool {
		return e.Refresh.After(planned)
	}, func(e sipua.Registered) (string, error) {
		after, err := s.refreshGap()
		return fmt.Sprintf("%v after the grant of %v; next at %s", after, granted, e.Refresh.Format("15:04:05.000")), err
	})
	return err
}

// refreshGap is the time from the first grant to the next REGISTER, which must be one of the same series (RFC 3261
// section 10.2.4) and in time.
func (s *script) refreshGap() (time.Duration, error) {
	grants := all(s.stage.chronicle, "door", 0, response(sip.REGISTER, 200))
	for _, again := range all(s.stage.chronicle, "door", 0, request(sip.REGISTER)) {
		first, m := grants[0].Message, again.Message
		if !again.At.After(grants[0].At) || m.CSeq.Seq <= first.CSeq.Seq {
			continue
		}
		after := again.At.Sub(grants[0].At).Round(time.Millisecond)
		switch {
		case m.CallID != first.CallID:
			return after, fmt.Errorf("it has another Call-ID: the registrar holds two bindings")
		case after >= granted:
			return after, fmt.Errorf("it came %v after the grant of %v: too late", after, granted)
		}
		return after, nil
	}
	return 0, errors.New("no REGISTER followed the first grant")
}

// sceneFailover kills the registrar in use and waits until both are at the next one.
func (s *script) sceneFailover(ctx context.Context) error {
	s.begin()
	s.stage.registrar[0].kill()
	s.prove("registrar killed", "%s is gone", s.stage.registrar[0].addr)
	next := s.stage.registrar[1].addr.String()
	for _, who := range []string{"door", "desk"} {
		_, err := expectWithin(ctx, s, who+" failover", who, longPatience, func(e sipua.Registered) bool {
			return strings.Contains(e.Server, next)
		}, func(e sipua.Registered) string { return "the " + who + " is registered at " + e.Server + " now" })
		if err != nil {
			return err
		}
	}
	return nil
}

// scenePress presses the button with a worn contact: one press must come of it.
func (s *script) scenePress(ctx context.Context) error {
	s.begin()
	s.press = s.from
	if n := s.stage.visitor.heard(); n > 0 {
		return s.fail("press", "the visitor hears the desk's tone before anybody was called")
	}
	if err := s.stage.board.Bounce("front", 200*time.Millisecond); err != nil {
		return s.fail("press", "%v", err)
	}
	if _, err := expect(ctx, s, "press", "door", note(firmware.NotePress), func(n firmware.Note) string {
		return fmt.Sprintf("button %s, after the contact has settled", n.Name)
	}); err != nil {
		return err
	}
	_, err := expect(ctx, s, "lamp ringing", "board", lamp("ringing", "on"), func(sim.Change) string {
		return "the ringing lamp burns"
	})
	return err
}

func note(kind firmware.NoteKind) func(firmware.Note) bool {
	return func(n firmware.Note) bool { return n.Kind == kind }
}

func lamp(name, state string) func(sim.Change) bool {
	return func(c sim.Change) bool { return c.What == "lamp" && c.Name == name && c.State == state }
}

func response(method string, status int) func(sipua.Traced) bool {
	return func(t sipua.Traced) bool {
		return !t.Sent && t.Message.Status == status && t.Message.CSeq.Method == method
	}
}

func request(method string) func(sipua.Traced) bool {
	return func(t sipua.Traced) bool { return t.Sent && t.Message.Method == method }
}

// sceneRing proves the call's set-up as far as the telephone that rings.
func (s *script) sceneRing(ctx context.Context) error {
	_, err := expect(ctx, s, "INVITE", "door", request(sip.INVITE), func(t sipua.Traced) string {
		return fmt.Sprintf("%s to %s", t.Message.URI, t.Flow.Remote)
	})
	if err != nil {
		return err
	}
	if s.options.Phone != "" {
		_, err = expectWithin(ctx, s, "ringing", "door", longPatience, func(t sipua.Traced) bool {
			return !t.Sent && t.Message.CSeq.Method == sip.INVITE && t.Message.Status > 100 && t.Message.Status < 300
		}, func(t sipua.Traced) string { return fmt.Sprintf("%d %s", t.Message.Status, t.Message.Reason) })
		return err
	}
	_, err = expect(ctx, s, "180", "door", response(sip.INVITE, 180), func(sipua.Traced) string { return "the desk phone rings" })
	return err
}

// sceneAnswer proves the call's beginning: 200, ACK, and one press gave one call.
func (s *script) sceneAnswer(ctx context.Context) error {
	answer, err := expectWithin(ctx, s, "200", "door", longPatience, response(sip.INVITE, 200), func(t sipua.Traced) string {
		return "answered by " + t.Message.To.URI.String()
	})
	if err != nil {
		return err
	}
	s.answer = s.stage.chronicle.now()
	if err := s.sceneACK(ctx, answer.Message.CSeq.Seq); err != nil {
		return err
	}
	presses := len(all(s.stage.chronicle, "door", s.press, note(firmware.NotePress)))
	dials := len(all(s.stage.chronicle, "door", s.press, note(firmware.NoteDial)))
	if presses != 1 || dials != 1 {
		return s.fail("one press", "the worn contact gave %d presses and %d calls", presses, dials)
	}
	s.prove("one press", "the worn contact gave one press, and one call")
	_, err = expect(ctx, s, "lamp call", "board", lamp("call", "on"), func(sim.Change) string {
		return "the call lamp burns"
	})
	return err
}

// sceneACK proves that the acknowledgement has left, and, where we see the other end, that it has come.
// An INVITE that was challenged has an ACK of its own, with another number.
func (s *script) sceneACK(ctx context.Context, invite uint32) error {
	who := "desk"
	if s.options.Phone != "" {
		who = "door"
	}
	ack := func(t sipua.Traced) bool { return t.Message.Method == sip.ACK && t.Message.CSeq.Seq == invite }
	_, err := expectRight(ctx, s, "ACK", who, patience, ack, func(t sipua.Traced) (string, error) {
		if n := s.answersBefore(ack); n > 1 {
			return "", fmt.Errorf("it was sent only when the 200 had come %d times", n)
		}
		if who == "desk" {
			return "has come to the desk phone through " + t.Flow.Remote.String(), nil
		}
		return "sent to " + t.Flow.Remote.String(), nil
	})
	return err
}

// answersBefore is how often the door saw a 200 before it acknowledged one. The first has to be enough (RFC 3261
// section 13.2.2.4): a telephone that repeats its answer hides that the ACK was forgotten.
func (s *script) answersBefore(ack func(sipua.Traced) bool) (n int) {
	for _, t := range all(s.stage.chronicle, "door", s.press, func(sipua.Traced) bool { return true }) {
		switch {
		case ack(t):
			return n
		case response(sip.INVITE, 200)(t):
			n++
		}
	}
	return n
}
