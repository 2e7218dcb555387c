package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"intercom/sipua"
)

// Options choose the variant of the demonstration. Out must be set.
type Options struct {
	Phone     string // SIP URI of a real phone to ring without a proxy; empty: the built-in desk phone
	KillPBX   bool   // the registrar dies before the call, the next one takes over
	Info      bool   // the code travels by SIP INFO instead of RTP events
	WrongCode bool   // a wrong code first
	JSON      bool   // one object per fact
	Keep      bool   // stay up afterwards, until ctx ends or the keys do

	Out  io.Writer
	Keys io.Reader // with Keep: keys that press the buttons; nil: none
	// Raw has the terminal of Keys give single keys without an echo, until restore is called, maybe twice. It is called when the
	// story is over, so that Ctrl-C interrupts that; nil: nothing is to be done.
	Raw     func() (restore func(), err error)
	Network sipua.Network // nil: the host's
	Logger  *slog.Logger  // nil: silent

	// Watch is told all that the story's people observe, such as sipua.Event; who is "door", "desk" or "board". It is
	// called from their loops and must not block. nil: nobody.
	Watch func(who string, what any)

	spoil func(*stage) // breaks something before the story begins, in tests
}

// The demonstration's bounds: each fact must come true within patience, all of them within limit.
const (
	patience     = 8 * time.Second
	longPatience = 40 * time.Second // for a person at a real phone
	limit        = 50 * time.Second
	personLimit  = 3 * time.Minute // with a person
)

// raw is Raw, or nothing.
func (o Options) raw() (restore func(), err error) {
	if o.Raw == nil {
		return func() {}, nil
	}
	return o.Raw()
}

// limit bounds the story.
func (o Options) limit() time.Duration {
	if o.Phone != "" {
		return personLimit
	}
	return limit
}

// Run tells the story. The error says which fact did not come true; it has been printed by then.
func Run(ctx context.Context, o Options) error {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Network == nil {
		o.Network = sipua.HostNetwork{}
	}
	stage, err := newStage(ctx, o)
	if err != nil {
		return fmt.Errorf("the stage could not be set: %w", err)
	}
	defer stage.clear()
	if o.spoil != nil {
		o.spoil(stage)
	}
	s := &script{stage: stage, printer: printer{out: o.Out, json: o.JSON}, options: o}
	story, cancel := context.WithTimeout(ctx, o.limit())
	defer cancel()
	if err := s.tell(story); err != nil {
		return err
	}
	if o.Keep {
		return s.keep(ctx)
	}
	return s.end(story)
}

// A fact that does not come true ends the story.
type factError struct {
	fact string
	why  string
}

func (e *factError) Error() string { return fmt.Sprintf("not proven: %s: %s", e.fact, e.why) }

// ErrNotProven is what a failed fact is, for errors.Is.
var ErrNotProven = errors.New("not proven")

// Is implements errors.Is.
func (e *factError) Is(target error) bool { return target == ErrNotProven }
