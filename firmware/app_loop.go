package firmware

import (
	"context"
	"errors"
	"time"
)

// Ends that the station's loop did not ask for.
var (
	errAgentEnded = errors.New("the SIP agent has ended")
	errBoardEnded = errors.New("the board has closed its events")
)

// loop is the station's: it owns the station and the line, reads the clock once per event, and ends when the agent has
// said good-bye to everybody.
func (d *Door) loop(ctx context.Context, goodBye func()) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	defer d.line.Close()
	ended, events, board := ctx.Done(), d.agent.Events(), d.parts.Board.Events()
	for {
		var m Message
		select {
		case e, open := <-events:
			if !open {
				return d.agentEnded()
			}
			m = d.fromAgent(e)
		case h := <-d.line.Heard():
			m = d.fromVoice(h)
		case e, open := <-board:
			if !open {
				return errBoardEnded
			}
			m, _ = MessageOf(e)
		case <-d.parts.Changes:
			d.agent.NetworkChanged()
		case m = <-d.orders:
		case err := <-d.faults:
			m = Faulted{Part: partCard, Err: err}
		case <-d.pulse:
			d.agent.Hangup(0) // no call: returns if the agent's loop lives, and hangs this one, which is then noticed, if not
		case <-ended:
			ended, m = nil, Shutdown{}
		case <-timer.C:
		}
		d.step(time.Now(), m, timer)
		if d.station.State() == Stopped {
			goodBye()
		}
	}
}

// agentEnded tells whether the agent's end was wanted.
func (d *Door) agentEnded() error {
	if d.station.State() == Stopped {
		return nil
	}
	return errAgentEnded
}

// step lets the station do one thing, and all that is due.
func (d *Door) step(now time.Time, m Message, timer *time.Timer) {
	if m != nil {
		d.station.Receive(now, m)
	} else {
		d.station.Advance(now)
	}
	if due := d.station.Deadline(); due.IsZero() {
		timer.Stop()
	} else {
		timer.Reset(due.Sub(now))
	}
}
