package siptest

import (
	"context"
	"net/netip"
	"time"

	"intercom/sipua"
	"intercom/sipua/simnet"
	"intercom/sipua/sip"
)

// patience is how long a want waits before it fails: beyond every timer of SIP and most
// refreshes.
const patience = time.Hour

// Door is the Agent under test.
type Door struct {
	*sipua.Agent
	Host *simnet.Host // nil if Config.Network was given

	w      *World
	stop   context.CancelFunc
	result chan error
	seen   []sipua.Event // read while looking for something else
}

// Door starts an Agent at DoorAddress. Network, Resolver and Listen (UDP and TCP on 5070) are filled in when unset.
func (w *World) Door(cfg sipua.Config) *Door {
	w.T.Helper()
	d := &Door{w: w, result: make(chan error, 1)}
	if cfg.Network == nil {
		d.Host = w.Net.Host(netip.MustParseAddr(DoorAddress))
		cfg.Network = d.Host
	}
	if cfg.Resolver == nil {
		cfg.Resolver = w
	}
	if cfg.Listen == nil {
		cfg.Listen = []sipua.Listen{
			{Transport: sip.UDP, Address: DoorAddress + ":5070"},
			{Transport: sip.TCP, Address: DoorAddress + ":5070"},
		}
	}
	agent, err := sipua.New(cfg)
	if err != nil {
		w.T.Fatal(err)
	}
	d.Agent = agent
	ctx, stop := context.WithCancel(context.Background())
	d.stop = stop
	go func() { d.result <- agent.Run(ctx) }()
	w.T.Cleanup(d.finish)
	return d
}

// Stop ends the Agent's context; it has 2 s to hang up and to remove its bindings.
func (d *Door) Stop() { d.stop() }

// Wait waits until Run has returned and tells how long that took.
func (d *Door) Wait() time.Duration {
	d.w.T.Helper()
	start := clock()
	for range d.Events() {
	}
	if err := <-d.result; err != nil {
		d.w.T.Errorf("Run: %v", err)
	}
	d.result <- nil
	return clock().Sub(start)
}

// finish ends the Agent with the test.
func (d *Door) finish() {
	d.stop()
	d.Wait()
}

// Event waits for the next event, which must be of type E.
func Event[E sipua.Event](d *Door, why string) E {
	d.w.T.Helper()
	e, ok := d.next(patience)
	if !ok {
		d.w.T.Fatalf("%s: no event", why)
	}
	want, ok := e.(E)
	if !ok {
		d.w.T.Fatalf("%s: got %T %+v, want %T", why, e, e, want)
	}
	return want
}

// WantNoEvent lets time pass in which nothing may be told.
func (d *Door) WantNoEvent(why string, during time.Duration) {
	d.w.T.Helper()
	if e, ok := d.next(during); ok {
		d.w.T.Fatalf("%s: got %T %+v", why, e, e)
	}
}

// next takes an event; Traced ones are passed over.
func (d *Door) next(during time.Duration) (sipua.Event, bool) {
	limit := time.After(during)
	for {
		select {
		case e, open := <-d.Events():
			if !open {
				return nil, false
			}
			if _, isTrace := e.(sipua.Traced); !isTrace {
				return e, true
			}
			d.seen = append(d.seen, e)
		case <-limit:
			return nil, false
		}
	}
}

// Traces returns the Traced events read so far on the way to others.
func (d *Door) Traces() (list []sipua.Traced) {
	for _, e := range d.seen {
		if t, ok := e.(sipua.Traced); ok {
			list = append(list, t)
		}
	}
	return list
}
