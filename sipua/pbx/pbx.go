package pbx

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"intercom/sipua/internal/transport"
)

// eventBuffer is how many Events wait for a slow observer before more are dropped.
const eventBuffer = 256

// ErrStopped is returned by Bindings when Run has ended.
var ErrStopped = errors.New("pbx: the loop has ended")

// PBX is a registrar and a forking proxy for one domain. Run owns everything in it; the other
// methods may be called by any goroutine.
type PBX struct {
	layer   *transport.Layer
	core    *core
	events  chan Event
	queries chan chan []Binding
	done    chan struct{}
	dropped atomic.Uint64
}

// New checks cfg and opens its sockets. Nothing is answered before Run.
func New(cfg Config) (*PBX, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	layer, err := transport.Open(transport.Config{Network: cfg.Network, Listen: cfg.Listen, Logger: cfg.Logger})
	if err != nil {
		return nil, fmt.Errorf("pbx: %w", err)
	}
	p := &PBX{
		layer: layer, events: make(chan Event, eventBuffer), queries: make(chan chan []Binding), done: make(chan struct{}),
	}
	p.core, err = newCore(cfg, layer, p.observe)
	if err != nil {
		return nil, errors.Join(err, layer.Close())
	}
	return p, nil
}

// Events tells observers what happens. It may be left unread: then the newest are dropped and
// counted. It is closed when Run ends.
func (p *PBX) Events() <-chan Event { return p.events }

// Dropped counts the Events nobody took in time.
func (p *PBX) Dropped() uint64 { return p.dropped.Load() }

// observe hands an event to whoever reads; the loop waits for nobody.
func (p *PBX) observe(e Event) {
	select {
	case p.events <- e:
	default:
		p.dropped.Add(1)
	}
}

// Bindings lists the registered telephones, by user and contact. Before Run it waits for it. The
// error is ctx's or ErrStopped.
func (p *PBX) Bindings(ctx context.Context) ([]Binding, error) {
	reply := make(chan []Binding, 1)
	select {
	case p.queries <- reply:
	case <-p.done:
		return nil, ErrStopped
	case <-ctx.Done():
		return nil, fmt.Errorf("pbx: bindings: %w", ctx.Err())
	}
	return <-reply, nil
}

// Run serves until ctx ends; then it refuses the calls still ringing and closes the sockets. It
// returns nil then, and an error when the sockets went away by themselves. It is to be called once.
func (p *PBX) Run(ctx context.Context) error {
	defer close(p.events)
	defer close(p.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var event transport.Event
		var query chan []Binding
		hasEvent, isOpen := false, true
		select {
		case event, isOpen = <-p.layer.Events():
			hasEvent = true
		case query = <-p.queries:
		case <-timer.C:
		case <-ctx.Done():
		}
		now := time.Now()
		switch {
		case ctx.Err() != nil:
			p.core.shutdown(now)
			return p.layer.Close()
		case !isOpen:
			return errors.New("pbx: the transport layer has closed")
		case query != nil:
			query <- p.core.bindings(now)
		case hasEvent:
			p.core.receive(now, event)
		}
		p.core.advance(now)
		timer.Reset(p.core.wait(now))
	}
}
