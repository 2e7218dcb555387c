package demo

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"intercom/audio/stream"
	"intercom/firmware"
	"intercom/firmware/line"
	"intercom/hal"
	"intercom/hal/sim"
	"intercom/sipua"
	"intercom/sipua/sip"
)

// desk is a telephone on a desk: the same agent, line and sound engine as the door's, another policy. It rings for a
// moment, answers, and does what the script tells it.
type desk struct {
	agent  *sipua.Agent
	engine *stream.Engine
	line   *line.Line
	board  *sim.Board // for its sound card only
	sound  hal.Sound
	ear    *ear
	mouth  *mouth
	orders chan func(leg line.Leg)
	rings  time.Duration
	seen   func(any)

	leg line.Leg // the call, 0 if none
}

// ringTime is how long the desk phone rings before it is answered: long enough to see a lamp blink.
const ringTime = 1200 * time.Millisecond

// patientRing leaves a person time to pick up a softphone that rings too.
const patientRing = 10 * time.Second

func (s *stage) openDesk(ctx context.Context) error {
	d := &desk{ear: newEar(visitorTone), mouth: newMouth(deskTone), orders: make(chan func(line.Leg)), rings: ringTime}
	d.seen = func(what any) { s.chronicle.add("desk", what) }
	for _, build := range []func(*stage) error{d.openAgent, d.openSound} {
		if err := build(s); err != nil {
			return err
		}
	}
	s.desk = d
	s.actors.Go(func() { s.note("desk phone's agent", d.agent.Run(ctx)) })
	s.actors.Go(func() { s.note("desk phone's sound", d.engine.Run(ctx)) })
	s.actors.Go(func() { d.run(ctx) })
	return nil
}

func (d *desk) openAgent(s *stage) error {
	resolver, err := s.resolver("desk")
	if err != nil {
		return err
	}
	const any4 = "127.0.0.1:0"
	d.agent, err = sipua.New(sipua.Config{
		Network: s.options.Network, Resolver: resolver, Logger: s.options.Logger.With("part", "desk"), Trace: true,
		Listen: []sipua.Listen{{Transport: sip.UDP, Address: any4}, {Transport: sip.TCP, Address: any4}},
		Accounts: []sipua.Account{{
			AOR: "sip:" + deskName + "@" + domain, Display: "Desk", Password: deskPass, Expires: time.Minute,
		}},
	})
	return err
}

func (d *desk) openSound(s *stage) error {
	var err error
	if d.board, err = sim.New(sim.Config{}); err != nil {
		return err
	}
	d.board.SetAcoustics(sim.Acoustics{Microphone: d.mouth.fill, Speaker: d.ear.hear})
	if d.sound, err = d.board.OpenSound(hal.SoundConfig{Rate: 16000}); err != nil {
		return err
	}
	d.engine, err = stream.NewEngine(stream.EngineConfig{Card: d.sound, CardRate: 16000})
	if err != nil {
		return err
	}
	d.line = line.New(line.Config{
		Agent: d.agent, Engine: d.engine, Capabilities: firmware.Capabilities(s.config),
		Sockets: &line.Ports{Network: s.options.Network, Address: netip.MustParseAddr("127.0.0.1")},
		Ended:   func(_ line.Leg, r stream.Report) { d.seen(r) },
	})
	return nil
}

// run is the desk phone's loop. It owns the line.
func (d *desk) run(ctx context.Context) {
	defer d.board.Close()
	defer d.line.Close()
	answer := time.NewTimer(0)
	answer.Stop()
	for {
		select {
		case e, open := <-d.agent.Events():
			if !open {
				return
			}
			d.seen(e)
			d.receive(d.line.Receive(e), answer)
		case h := <-d.line.Heard():
			d.seen(h)
		case <-answer.C:
			if err := d.line.Answer(d.leg); err != nil {
				d.seen(fmt.Errorf("desk phone: %w", err))
			}
		case order := <-d.orders:
			order(d.leg)
		case <-ctx.Done():
			ctx = context.Background() // the agent closes its events when it has said good-bye
		}
	}
}

func (d *desk) receive(e line.Event, answer *time.Timer) {
	switch e := e.(type) {
	case line.Incoming:
		if d.leg != 0 {
			d.line.Reject(e.Leg, 486)
			return
		}
		d.leg = e.Leg
		d.line.Ring(e.Leg)
		answer.Reset(d.rings)
	case line.Established:
		if err := d.line.Talk(e.Leg); err != nil {
			d.seen(fmt.Errorf("desk phone: %w", err))
		}
	case line.Ended:
		if e.Leg == d.leg {
			d.leg = 0
			answer.Stop()
		}
	}
}

// order has the phone's loop do something with its call.
func (d *desk) order(ctx context.Context, do func(leg line.Leg)) {
	select {
	case d.orders <- do:
	case <-ctx.Done():
	}
}

// press sends digits, by SIP INFO or as RTP events.
func (d *desk) press(ctx context.Context, digits string, info bool) {
	d.order(ctx, func(leg line.Leg) {
		if info {
			d.line.PressInfo(leg, digits)
			return
		}
		if err := d.line.Press(leg, digits); err != nil {
			d.seen(fmt.Errorf("desk phone: %w", err))
		}
	})
}

// hangup ends the call at the desk.
func (d *desk) hangup(ctx context.Context) {
	d.order(ctx, func(leg line.Leg) { d.line.Hangup(leg); d.leg = 0 })
}
