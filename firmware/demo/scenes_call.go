package demo

import (
	"context"
	"fmt"
	"time"

	"intercom/audio/stream"
	"intercom/firmware"
	"intercom/firmware/line"
	"intercom/hal/sim"
	"intercom/sipua"
	"intercom/sipua/sip"
)

// enough is how many tenths of a second of a tone prove that it is heard.
const enough = 8

// sceneTalk proves that both hear each other, by the tones in the sound that left the loudspeakers.
func (s *script) sceneTalk(ctx context.Context) error {
	for _, side := range []struct {
		fact string
		ear  *ear
		who  string
	}{{"tone at the desk", s.stage.desk.ear, "the desk hears the visitor"}, {"tone at the door", s.stage.visitor, "the visitor hears the desk"}} {
		bounded, cancel := context.WithTimeout(ctx, patience)
		for side.ear.heard() < enough && bounded.Err() == nil {
			wait(bounded, 50*time.Millisecond)
		}
		cancel()
		if n := side.ear.heard(); n < enough {
			return s.fail(side.fact, "%g Hz was found in %d tenths of a second, %d are needed", side.ear.hz, n, enough)
		}
		s.prove(side.fact, "%s: %g Hz found in the loudspeaker's sound for %.1f s", side.who, side.ear.hz, float64(side.ear.heard())/10)
	}
	return nil
}

// sceneWrongCode proves that a wrong code opens nothing.
func (s *script) sceneWrongCode(ctx context.Context) error {
	s.begin()
	s.stage.desk.press(ctx, wrong, s.options.Info)
	if _, err := expect(ctx, s, "wrong code", "door", note(firmware.NoteWrongCode), func(n firmware.Note) string {
		return fmt.Sprintf("refused, %d in a row", n.Status)
	}); err != nil {
		return err
	}
	on, err := s.stage.board.Relay("strike")
	history, herr := s.stage.board.RelayHistory("strike")
	if err != nil || herr != nil || on || len(history) > 0 {
		return s.fail("wrong code", "the relay moved: on %v, %d transitions", on, len(history))
	}
	s.prove("relay still off", "read back from the board, without a transition")
	return nil
}

// sceneCode proves that the code opens the door, and that it closes again.
func (s *script) sceneCode(ctx context.Context) error {
	s.begin()
	if on, err := s.stage.board.Relay("strike"); err != nil || on {
		return s.fail("relay on", "before the code the relay is on: %v", err)
	}
	s.stage.desk.press(ctx, code, s.options.Info)
	on, err := expectRight(ctx, s, "relay on", "board", patience, relay("on"), func(sim.Change) (string, error) {
		way, err := s.wayOfCode()
		return "read back from the board, after the code came by " + way, err
	})
	if err != nil {
		return err
	}
	if _, err := expect(ctx, s, "lamp door", "board", lamp("door", "on"), func(sim.Change) string {
		return "the door lamp burns"
	}); err != nil {
		return err
	}
	_, err = expectRight(ctx, s, "relay off", "board", patience, relay("off"), func(c sim.Change) (string, error) {
		pulse := c.At.Sub(on.At).Round(time.Millisecond)
		if (pulse - relayPulse).Abs() > relayPulse/2 {
			return "", fmt.Errorf("it was on for %v, %v are configured", pulse, relayPulse)
		}
		return fmt.Sprintf("after its pulse of %v", pulse), nil
	})
	return err
}

// wayOfCode tells by what the door got the digits of the present scene, which must be what was asked for: a telephone
// that falls back to the other would hide a fault.
func (s *script) wayOfCode() (string, error) {
	events := len(all(s.stage.chronicle, "door", s.from, func(h line.Heard) bool { return h.Event.Kind == stream.Digit }))
	infos := len(all(s.stage.chronicle, "door", s.from, func(sipua.InfoReceived) bool { return true }))
	switch {
	case s.options.Info && infos == len(code) && events == 0:
		return "SIP INFO", nil
	case !s.options.Info && events == len(code) && infos == 0:
		return "RTP events (RFC 4733)", nil
	}
	return "", fmt.Errorf("the %d digits came as %d RTP events and %d INFO", len(code), events, infos)
}

func relay(state string) func(sim.Change) bool {
	return func(c sim.Change) bool { return c.What == "relay" && c.State == state }
}

// sceneBye proves the end of the call, and reads the records of both voice streams.
func (s *script) sceneBye(ctx context.Context) error {
	s.begin()
	s.stage.desk.hangup(ctx)
	if _, err := expect(ctx, s, "BYE", "desk", request(sip.BYE), func(t sipua.Traced) string {
		return "the desk phone hangs up"
	}); err != nil {
		return err
	}
	if _, err := expect(ctx, s, "BYE 200", "desk", response(sip.BYE, 200), func(sipua.Traced) string {
		return "the door agrees"
	}); err != nil {
		return err
	}
	for _, who := range []string{"door", "desk"} {
		if _, err := expectRight(ctx, s, "RTP at the "+who, who, patience, func(stream.Report) bool { return true }, bothWays); err != nil {
			return err
		}
	}
	return s.sceneQuiet(ctx)
}

// bothWays judges a stream's record.
func bothWays(r stream.Report) (string, error) {
	if why := r.OneWay(); r.Sent == 0 || r.Received == 0 || why != "" {
		return "", fmt.Errorf("sent %d, received %d packets: %s", r.Sent, r.Received, why)
	}
	return describe(r), nil
}

func describe(r stream.Report) string {
	return fmt.Sprintf("%s, sent %d and received %d packets, lost %d, jitter %.1f ms", r.Codec, r.Sent, r.Received, r.Lost,
		float64(r.Jitter)/float64(time.Millisecond))
}

// sceneQuiet proves that nothing is left on after a call, and that the ringing lamp was quiet from the answer on.
func (s *script) sceneQuiet(ctx context.Context) error {
	_, err := expectRight(ctx, s, "lamps after", "board", patience, lamp("call", "off"), func(sim.Change) (string, error) {
		for _, name := range []string{"call", "door", "ringing"} {
			if on, err := s.stage.board.Lamp(name); on || err != nil {
				return "", fmt.Errorf("the %s lamp still burns (%v)", name, err)
			}
		}
		if n := len(all(s.stage.chronicle, "board", s.answer, lamp("ringing", "on"))); n > 1 { // one may cross with the answer
			return "", fmt.Errorf("the ringing lamp went on %d times after the answer", n)
		}
		return "call, door and ringing lamps are off", nil
	})
	return err
}

// sceneRealPhone gives a person the time to talk, to open and to hang up. Only the sound must come true: who cannot press
// keys has a door all the same.
func (s *script) sceneRealPhone(ctx context.Context) error {
	s.remark("Talk, press %s to open the door, and hang up. After %v the door does.", code, longPatience)
	bounded, cancel := context.WithTimeout(ctx, longPatience)
	defer cancel()
	if _, _, hungUp := await(bounded, s.stage.chronicle, "door", s.from, func(stream.Report) bool { return true }, hopeless); !hungUp {
		s.stage.door.Order(firmware.HangupCommand{})
	}
	if len(all(s.stage.chronicle, "board", s.from, relay("on"))) > 0 {
		s.prove("relay on", "read back from the board, after the code came")
	}
	_, err := expectRight(ctx, s, "RTP at the door", "door", patience, func(stream.Report) bool { return true }, bothWays)
	return err
}

// end closes the door, and proves that it leaves nothing behind: relay and lamps off, binding removed.
func (s *script) end(ctx context.Context) error {
	s.begin()
	s.stage.close()
	if r := s.stage.inUse(); r != nil {
		if err := s.sceneUnregister(ctx, r); err != nil {
			return err
		}
	}
	select {
	case err := <-s.stage.gone:
		if err != nil {
			return s.fail("shutdown", "%v", err)
		}
	case <-ctx.Done():
		return s.fail("shutdown", "the door does not end")
	}
	if on, err := s.stage.board.Relay("strike"); on || err != nil {
		return s.fail("shutdown", "the relay is still on (%v)", err)
	}
	for _, l := range s.stage.config.Lamps {
		if on, err := s.stage.board.Lamp(l.Name); on || err != nil {
			return s.fail("shutdown", "the %s lamp still burns (%v)", l.Name, err)
		}
	}
	s.prove("shutdown", "relay and lamps are off")
	return nil
}

// sceneUnregister proves that a door that is switched off is rung no more: by the registrar's own list.
func (s *script) sceneUnregister(ctx context.Context, r *server) error {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	asks := func(t sipua.Traced) bool {
		expires, ok := t.Message.Expires()
		return t.Sent && t.Message.Method == sip.REGISTER && ok && expires == 0
	}
	asked, why, ok := await(bounded, s.stage.chronicle, "door", s.from, asks, hopeless)
	if !ok {
		return s.fail("unregister", "no REGISTER with an expiry of 0: %s", why)
	}
	agrees := func(t sipua.Traced) bool { // and not to a refresh that crossed
		return response(sip.REGISTER, 200)(t) && t.Message.CSeq.Seq >= asked.Message.CSeq.Seq
	}
	_, err := expectRight(ctx, s, "unregister", "door", patience, agrees, func(sipua.Traced) (string, error) {
		list, err := r.exchange.Bindings(ctx)
		if err != nil {
			return "", err
		}
		for _, b := range list {
			if b.User == doorName {
				return "", fmt.Errorf("the registrar still has %v for the door", b.Contact)
			}
		}
		return "the door has removed its binding; the registrar has none of it left", nil
	})
	return err
}
