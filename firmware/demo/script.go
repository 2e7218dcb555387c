package demo

import (
	"context"
	"fmt"
	"time"

	"intercom/firmware"
	"intercom/firmware/line"
	"intercom/sipua/sip"
)

// script tells the story, scene by scene. Each scene proves facts in the order in which they happen.
type script struct {
	stage   *stage
	printer printer
	options Options
	from    int // place in the chronicle where the present scene began
	press   int // and where the button was pressed
	answer  int // and where the call was answered
}

// scene is one part of the story.
type scene struct {
	name string
	play func(ctx context.Context) error
}

func (s *script) tell(ctx context.Context) error {
	for _, sc := range s.scenes() {
		if err := sc.play(ctx); err != nil {
			return err
		}
	}
	return nil
}

// scenes are the story of the options.
func (s *script) scenes() []scene {
	all := []scene{{"board", s.sceneBoard}}
	if s.options.Phone == "" {
		all = append(all, scene{"dns", s.sceneDNS}, scene{"register", s.sceneRegister}, scene{"refresh", s.sceneRefresh})
		if s.options.KillPBX {
			all = append(all, scene{"failover", s.sceneFailover})
		}
	}
	all = append(all, scene{"press", s.scenePress}, scene{"ring", s.sceneRing}, scene{"answer", s.sceneAnswer})
	if s.options.Phone != "" {
		return append(all, scene{"real phone", s.sceneRealPhone})
	}
	all = append(all, scene{"talk", s.sceneTalk})
	if s.options.WrongCode {
		all = append(all, scene{"wrong code", s.sceneWrongCode})
	}
	return append(all, scene{"code", s.sceneCode}, scene{"bye", s.sceneBye})
}

// prove prints a fact that came true.
func (s *script) prove(name, format string, args ...any) {
	s.printer.print(name, true, fmt.Sprintf(format, args...))
}

// fail prints a fact that did not, and ends the story.
func (s *script) fail(name, format string, args ...any) error {
	why := fmt.Sprintf(format, args...)
	s.printer.print(name, false, why)
	return &factError{name, why}
}

// remark says what is no fact.
func (s *script) remark(format string, args ...any) {
	if !s.options.JSON {
		fmt.Fprintf(s.options.Out, "     "+format+"\n", args...)
	}
}

// expect waits for an observation of the present scene, and proves a fact of it; detail makes its line.
func expect[T any](ctx context.Context, s *script, name, who string, fits func(T) bool, detail func(T) string) (T, error) {
	return expectWithin(ctx, s, name, who, patience, fits, detail)
}

func expectWithin[T any](ctx context.Context, s *script, name, who string, within time.Duration, fits func(T) bool, detail func(T) string) (T, error) {
	return expectRight(ctx, s, name, who, within, fits, func(found T) (string, error) { return detail(found), nil })
}

// expectRight waits for an observation that must also be right: judge makes its line, or says what is wrong.
func expectRight[T any](ctx context.Context, s *script, name, who string, within time.Duration, fits func(T) bool, judge func(T) (string, error)) (T, error) {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	giveUp := hopeless
	if who == "board" {
		giveUp = never // it does not show a call but what the station makes of it, which may come a moment later
	}
	found, why, ok := await(bounded, s.stage.chronicle, who, s.from, fits, giveUp)
	if !ok {
		return found, s.fail(name, "%s", why)
	}
	detail, err := judge(found)
	if err != nil {
		return found, s.fail(name, "%v", err)
	}
	s.prove(name, "%s", detail)
	return found, nil
}

// never gives up.
func never(seen) string { return "" }

// hopeless tells why a call cannot come about: nobody has answered the door, or nobody can be reached.
func hopeless(o seen) string {
	n, ok := o.what.(firmware.Note)
	if !ok || o.who != "door" {
		return ""
	}
	switch n.Kind {
	case firmware.NoteDialFailed:
		return fmt.Sprintf("%s cannot be called: %v", n.Text, n.Err)
	case firmware.NoteRefused:
		if n.Status == 0 {
			return n.Text + " cannot be reached: nobody listens there"
		}
		return fmt.Sprintf("%s: %d %s", n.Text, n.Status, sip.ReasonPhrase(n.Status))
	case firmware.NoteUnanswered:
		return "nobody has answered"
	default:
		return ""
	}
}

// begin starts a scene: what was seen before does not count any more.
func (s *script) begin() { s.from = s.stage.chronicle.now() }

// wait lets time pass, in which the actors act.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// keep stays up until the context or the keys end.
func (s *script) keep(ctx context.Context) error {
	s.printHelp()
	done, cancelKeys := context.WithCancel(ctx)
	defer cancelKeys()
	if s.stage.desk != nil {
		s.stage.desk.order(ctx, func(line.Leg) { s.stage.desk.rings = patientRing })
	}
	if s.options.Keys != nil {
		restore, err := s.options.raw()
		if err != nil {
			return fmt.Errorf("the terminal gives no single keys: %w", err)
		}
		defer restore()
		go func() {
			defer cancelKeys()
			if err := s.stage.board.Terminal(done, s.options.Keys, s.options.Out); err != nil && ctx.Err() == nil {
				fmt.Fprintf(s.options.Out, "terminal: %v\r\n", err)
			}
		}()
		<-done.Done()
		restore()
	}
	<-done.Done()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return s.end(last)
}

func (s *script) printHelp() {
	if s.options.JSON {
		return
	}
	out := s.options.Out
	fmt.Fprintf(out, "\nStaying up until Ctrl-C.\n")
	if r := s.stage.inUse(); r != nil {
		fmt.Fprintf(out, "  Register a softphone at proxy sip:%s with user %s, domain %s, password %s.\n", r.addr, deskName, domain, deskPass)
		fmt.Fprintf(out, "  The button rings it for %v, before the built-in desk phone answers by itself.\n", patientRing)
		fmt.Fprintf(out, "  Call sip:%s@%s from it, and the door answers. ", doorName, domain)
	}
	fmt.Fprintf(out, "%s on the phone opens the door.\n", code)
}
