package demo

import (
	"context"
	"fmt"
	"io"
	"time"
)

// script tells the story, scene by scene. Each scene proves facts in the order in which they happen.
type script struct {
	stage   *stage
	printer printer
	options Options
	from    int // place in the chronicle where the present scene began
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

// expect waits for an observation of the present scene, and proves a fact of it; detail makes its line.
func expect[T any](ctx context.Context, s *script, name, who string, fits func(T) bool, detail func(T) string) (T, error) {
	return expectWithin(ctx, s, name, who, patience, fits, detail)
}

func expectWithin[T any](ctx context.Context, s *script, name, who string, within time.Duration, fits func(T) bool, detail func(T) string) (T, error) {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	found, _, ok := await(bounded, s.stage.chronicle, who, s.from, fits)
	if !ok {
		return found, s.fail(name, "did not happen within %v", within)
	}
	s.prove(name, "%s", detail(found))
	return found, nil
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
	done := ctx
	if s.options.Keys != nil {
		var cancel context.CancelFunc
		done, cancel = context.WithCancel(ctx)
		screen := s.options.Screen
		if screen == nil {
			screen = s.options.Out
		}
		go func() {
			defer cancel()
			if err := s.stage.board.Terminal(done, s.options.Keys, screen); err != nil {
				fmt.Fprintf(screen, "terminal: %v\r\n", err)
			}
		}()
	}
	<-done.Done()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return s.end(last)
}

func (s *script) printHelp() {
	out := s.options.Out
	if s.options.JSON {
		out = io.Discard
	}
	fmt.Fprintf(out, "\r\nStaying up until Ctrl-C.\r\n")
	for _, r := range s.stage.registrar {
		fmt.Fprintf(out, "  Register a softphone at sip:%s (domain %s, user %s, password %s); the door's button rings it too.\r\n", r.addr, domain, deskName, deskPass)
	}
	fmt.Fprintf(out, "  The code that opens the door is %s. Calls to sip:%s@%s reach the door.\r\n", code, doorName, domain)
}
