package demo

import (
	"context"
	"fmt"
	"time"

	"intercom/audio/stream"
	"intercom/firmware"
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
	way := "RTP events (RFC 4733)"
	if s.options.Info {
		way = "SIP INFO"
	}
	on, err := expect(ctx, s, "relay on", "board", relay("on"), func(sim.Change) string {
		return "read back from the board, after the code came by " + way
	})
	if err != nil {
		return err
	}
	if _, err := expect(ctx, s, "lamp door", "board", lamp("door", "on"), func(sim.Change) string {
		return "the door lamp burns"
	}); err != nil {
		return err
	}
	off, err := expect(ctx, s, "relay off", "board", relay("off"), func(c sim.Change) string {
		return fmt.Sprintf("after its pulse of %v", c.At.Sub(on.At).Round(time.Millisecond))
	})
	if err != nil {
		return err
	}
	if pulse := off.At.Sub(on.At); pulse < 900*time.Millisecond || pulse > 1500*time.Millisecond {
		return s.fail("pulse", "the relay was on for %v, 1s is configured", pulse)
	}
	return nil
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
		r, err := expect(ctx, s, "RTP at the "+who, who, func(stream.Report) bool { return true }, describe)
		if err != nil {
			return err
		}
		if why := r.OneWay(); r.Sent == 0 || r.Received == 0 || why != "" {
			return s.fail("RTP at the "+who, "sent %d, received %d packets: %s", r.Sent, r.Received, why)
		}
	}
	return s.sceneQuiet(ctx)
}

func describe(r stream.Report) string {
	return fmt.Sprintf("%s, sent %d and received %d packets, lost %d, jitter %.1f ms", r.Codec, r.Sent, r.Received, r.Lost,
		float64(r.Jitter)/float64(time.Millisecond))
}

// sceneQuiet proves that nothing is left on after a call.
func (s *script) sceneQuiet(ctx context.Context) error {
	_, err := expect(ctx, s, "lamps after", "board", lamp("call", "off"), func(sim.Change) string {
		return "the call lamp is off again"
	})
	return err
}

// sceneRealPhone waits for a person to talk, open and hang up.
func (s *script) sceneRealPhone(ctx context.Context) error {
	wait(ctx, 5*time.Second)
	s.stage.door.Order(firmware.HangupCommand{})
	_, err := expectWithin(ctx, s, "RTP at the door", "door", longPatience, func(r stream.Report) bool {
		return r.Sent > 0 && r.Received > 0
	}, describe)
	return err
}

// end closes the door, and proves that it leaves nothing behind: relay and lamps off, binding removed.
func (s *script) end(ctx context.Context) error {
	s.begin()
	s.stage.close()
	if s.options.Phone == "" {
		if _, err := expect(ctx, s, "unregister", "door", func(t sipua.Traced) bool {
			expires, ok := t.Message.Expires()
			return t.Sent && t.Message.Method == sip.REGISTER && ok && expires == 0
		}, func(sipua.Traced) string { return "the door removes its binding" }); err != nil {
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
	for name, read := range map[string]func(string) (bool, error){"strike": s.stage.board.Relay, "power": s.stage.board.Lamp, "call": s.stage.board.Lamp} {
		if on, err := read(name); on || err != nil {
			return s.fail("shutdown", "%s is still on (%v)", name, err)
		}
	}
	s.prove("shutdown", "relay and lamps are off")
	return nil
}
