package firmware

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Bounds of the supervision.
const (
	pulseEvery  = 10 * time.Second // between two questions whether the station's loop lives
	pulseAnswer = 10 * time.Second // how long it has for the answer; no turn of it takes a hundredth
	farewell    = 5 * time.Second  // for good-byes; the agent takes at most 2 s for its own
	lastCall    = 3 * time.Second  // for the end of a loop that was told to end
)

// life is one Run: the loops, and how they are told to end.
//
//	            ctx ends, Shutdown                 loop ended              all ended
//	running ───────────────────────► saying     ──────────► stopping the ──────────► board closed
//	   │                             good-bye                other loops             Run returns
//	   │ a part ends by itself          ▲  │                     ▲
//	   ├─────────── or panics ──────────┘  │ 5 s                 │
//	   │                                   ▼                     │
//	   └── the station's loop hangs ──► board closed at once ────┘
//
// Whatever fails, the door ends with an error and all relays off. It does not heal itself: the supervisor of the
// program starts it anew, from a known state.
type life struct {
	*Door
	crew   *crew
	ctx    context.Context    // of the station's loop
	leave  context.CancelFunc // ends ctx
	hangUp context.CancelFunc // of the agent: it says good-bye
	stop   context.CancelFunc // of everything else
}

// Run is the door's life. When ctx ends, relays and lamps go off, calls are hung up and bindings removed, within some
// seconds; the error is then nil. When a part of the door panics (*PanicError), hangs (ErrHung) or ends by itself, the
// same is done as far as it goes, and the error says which. A board that is wrapped in hal.Guard cannot keep Run from returning.
func (d *Door) Run(ctx context.Context) error {
	defer close(d.ended)
	l := &life{Door: d, crew: newCrew()}
	helpers, stop := context.WithCancel(context.WithoutCancel(ctx))
	agentCtx, hangUp := context.WithCancel(helpers)
	l.ctx, l.leave = context.WithCancel(ctx)
	l.stop, l.hangUp = stop, hangUp
	defer l.leave()
	l.crew.start(partEngine, func() error { return d.engine.Run(helpers) })
	l.crew.start(partAgent, func() error { return d.agent.Run(agentCtx) })
	if d.pbx != nil {
		l.crew.start(partExchange, func() error { return d.pbx.Run(helpers) })
	}
	l.crew.start(partStation, func() error { return d.loop(l.ctx, l.goodBye) })
	err := l.supervise()
	if err != nil {
		err = errors.Join(err, d.parts.Board.Close()) // first of all the relays
	}
	return errors.Join(err, l.end(), d.parts.Board.Close())
}

// goodBye is called by the station's loop when the station has stopped, and needs nothing but the agent's end.
func (l *life) goodBye() {
	l.leave()
	l.hangUp()
}

// supervise returns when the station's loop has ended, or hangs.
func (l *life) supervise() (err error) {
	timer := time.NewTimer(pulseEvery)
	defer timer.Stop()
	var question chan<- struct{} // nil while none is open
	leaving := l.ctx.Done()      // nil once it is
	for l.crew.alive[partStation] {
		select {
		case e := <-l.crew.ends:
			err = errors.Join(err, l.judge(e))
		case <-leaving:
			leaving, question = nil, nil
			timer.Reset(farewell)
		case question <- struct{}{}:
			question = nil
			timer.Reset(pulseEvery)
		case <-timer.C:
			if question != nil || leaving == nil {
				delete(l.crew.alive, partStation)
				return errors.Join(err, fmt.Errorf("%s: %w", partStation, ErrHung))
			}
			question = l.pulse
			timer.Reset(pulseAnswer)
		}
	}
	return err
}

// judge tells whether a part's end was wanted. One that was not ends the others.
func (l *life) judge(e partEnd) error {
	delete(l.crew.alive, e.part)
	if e.err == nil && (e.part == partStation || l.ctx.Err() != nil) {
		return nil
	}
	l.leave()
	if e.err == nil {
		return fmt.Errorf("%s: has ended by itself", e.part)
	}
	return e.named()
}

// end stops what still runs, and waits for it no longer than is good: a hung driver must not keep the program from ending.
func (l *life) end() error {
	l.hangUp()
	l.stop()
	ended := l.crew.wait(lastCall)
	if l.sound != nil {
		l.crew.start(partCard, l.sound.Close)
	}
	return errors.Join(ended, l.crew.wait(lastCall), l.crew.hung())
}
