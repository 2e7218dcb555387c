package firmware

import (
	"errors"
	"fmt"
	"io"
	"log/slog"

	"intercom/audio/stream"
	"intercom/firmware/config"
	"intercom/firmware/line"
	"intercom/hal"
	"intercom/sipua"
	"intercom/sipua/digest"
	"intercom/sipua/pbx"
)

// Parts are what a door is built from. Config and Board must be set.
type Parts struct {
	Config   *config.Config
	Board    hal.Board       // closed by Run; wrap a real one in hal.Guard
	Network  sipua.Network   // nil: the host's
	DNS      sipua.Resolver  // nil: by the configuration, or the host's name servers
	Rand     io.Reader       // nil: crypto/rand
	Logger   *slog.Logger    // nil: silent
	Instance string          // URN of this device, as InstanceID gives it; empty: none is told
	Changes  <-chan struct{} // of the host's addresses and links, as WatchNetwork tells them; nil: never
	Journal  Journal         // nil: none. Called by the door's loop: it must not block
	Watch    func(Watched)   // nil: nobody. What is not the station's diary: SIP events, voice records; must not block
}

// Watched is one of sipua.Event, line.Heard and stream.Report, as the door's loop met it.
type Watched any

// Door is a running door station: the station's loop with everything it acts upon. Make it with New and call Run once.
type Door struct {
	parts   Parts
	log     *slog.Logger
	agent   *sipua.Agent
	engine  *stream.Engine
	line    *line.Line
	pbx     *pbx.PBX      // nil: not configured
	house   digest.Secret // of the door's own account there
	station *Station
	sound   hal.Sound // nil: the card did not open

	orders chan Message
	faults chan error    // of the sound card: its latest state, nil when it works again
	pulse  chan struct{} // asks the station's loop whether it lives
	ended  chan struct{}
}

// New builds a door and opens its sockets and sound card. A card that does not open is a fault the station shows, not
// an error: the button still rings and the code still opens. After an error the board is closed.
func New(parts Parts) (*Door, error) {
	d := &Door{
		parts: parts, log: parts.Logger,
		orders: make(chan Message, 16), faults: make(chan error, 1), pulse: make(chan struct{}), ended: make(chan struct{}),
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	for _, build := range []func() error{d.openSound, d.openPBX, d.openAgent, d.openLine} {
		if err := build(); err != nil {
			return nil, errors.Join(err, d.parts.Board.Close())
		}
	}
	d.station = NewStation(parts.Config, Outside{Phone: linePhone{d}, Voice: lineVoice{d}, Board: parts.Board, Journal: parts.Journal})
	return d, nil
}

// PBX is the embedded registrar, nil if it is not configured.
func (d *Door) PBX() *pbx.PBX { return d.pbx }

// Order gives the station a message from outside, such as Pressed or HangupCommand from a panel. It does nothing once
// the door has stopped.
func (d *Door) Order(m Message) {
	select {
	case d.orders <- m:
	case <-d.ended:
	}
}

func (d *Door) watch(w Watched) {
	if d.parts.Watch != nil {
		d.parts.Watch(w)
	}
}

// fromAgent brings an event of the agent through the line to the station.
func (d *Door) fromAgent(e sipua.Event) Message {
	d.watch(e)
	switch e := e.(type) {
	case sipua.Registered:
		return RegistrationChanged{Account: d.accountName(e.Account)}
	case sipua.Unregistered:
		err := e.Err
		if err == nil {
			err = fmt.Errorf("refused with status %d", e.Status)
		}
		return RegistrationChanged{Account: d.accountName(e.Account), Err: err}
	case sipua.Traced:
		d.trace(e)
		return nil
	}
	switch e := d.line.Receive(e).(type) {
	case line.Incoming:
		return Incoming{Leg: Leg(e.Leg), From: e.From, Trusted: true} // the agent takes calls from its own servers and peers only
	case line.Ringing:
		return Ringing{Leg(e.Leg)}
	case line.Established:
		return Established{Leg(e.Leg)}
	case line.Ended:
		return Ended{Leg: Leg(e.Leg), Status: e.Status, Reason: e.Reason}
	case line.Digit:
		return Digit{Leg: Leg(e.Leg), Key: e.Key, Method: config.DTMFInfo}
	}
	return nil
}

// trace logs a message, which the agent has freed of its secrets.
func (d *Door) trace(e sipua.Traced) {
	if !d.parts.Config.Log.Trace {
		return // it is traced for Watch alone
	}
	text := "received"
	if e.Sent {
		text = "sent"
	}
	d.log.Info(text, "transport", e.Flow.Transport, "peer", e.Flow.Remote, "message", e.Message.String())
}

// fromVoice brings an event of a voice stream to the station.
func (d *Door) fromVoice(h line.Heard) Message {
	d.watch(h)
	switch h.Event.Kind {
	case stream.Digit:
		return Digit{Leg: Leg(h.Leg), Key: h.Event.Digit, Method: config.DTMFRTP}
	case stream.Timeout:
		return SoundLost{Leg(h.Leg)}
	}
	return nil
}
