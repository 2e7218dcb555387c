package sipua

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"intercom/sipua/internal/transaction"
	"intercom/sipua/internal/transport"
)

// closeTime bounds how long Run goes on after its context has ended, to hang up and to remove bindings.
const closeTime = 2 * time.Second

// Agent is a SIP user agent.
//
//	application ---- commands ----> +---------+ ---- Send ------> +-----------+
//	            <--- Events ------- |   Run   | <--- Events ----- | transport | <---> network
//	                                +---------+                   +-----------+
//	 locating goroutines -- answers --^     | deadline: the earliest of transactions, accounts and calls
//	                                  timer-+
//
// Everything it knows is owned by the goroutine in Run; its methods only send that
// goroutine a command, so they may be called from anywhere and never wait for the network.
type Agent struct {
	cfg   Config
	log   *slog.Logger
	layer *transport.Layer

	commands chan command
	done     chan struct{} // closed when Run has returned
	events   chan Event
	lastCall atomic.Uint64

	// What follows is owned by Run.
	ctx      context.Context // of the locating goroutines
	now      time.Time       // of the event being handled
	table    *transaction.Table
	accounts []*account
	calls    map[CallID]*call
	dialogs  map[dialogKey]*dialog
	queue    []Event   // not yet taken by the application
	closeBy  time.Time // zero while the context lives
}

// command is work for the loop: what a method of the Agent asks, or what a locating goroutine has found.
type command func(a *Agent)

// New checks the configuration and opens the sockets. Run must be called to close them again.
func New(cfg Config) (*Agent, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	a := &Agent{
		cfg:      cfg,
		log:      cfg.Logger,
		commands: make(chan command, 64),
		done:     make(chan struct{}),
		events:   make(chan Event),
		calls:    make(map[CallID]*call),
		dialogs:  make(map[dialogKey]*dialog),
	}
	if err := a.openAccounts(); err != nil {
		return nil, err
	}
	a.layer, err = transport.Open(transport.Config{
		Network: cfg.Network, Listen: cfg.Listen, TLS: cfg.TLS, Limits: cfg.Limits, Logger: cfg.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("sipua: %w", err)
	}
	a.table = transaction.NewTable(transaction.Config{Sender: a, T1: cfg.Timers.T1, T2: cfg.Timers.T2, T4: cfg.Timers.T4})
	return a, nil
}

// Events delivers what happens. The Agent never waits for its reader. The channel is closed when Run returns.
func (a *Agent) Events() <-chan Event { return a.events }

// Local is an address the Agent receives on, by transport; zero when it has no socket of it. It may be unspecified.
func (a *Agent) Local(transport string) netip.AddrPort {
	for _, l := range a.layer.Local(transport) {
		return l
	}
	return netip.AddrPort{}
}

// Run is the loop. When ctx ends it hangs up, removes its bindings and returns within 2 s; the error is then nil.
func (a *Agent) Run(ctx context.Context) error {
	locating, stop := context.WithCancel(context.Background())
	defer stop()
	a.ctx = locating
	defer close(a.events)
	defer close(a.done)
	defer a.layer.Close()
	timer := time.NewTimer(0) // the first tick starts the registrations
	defer timer.Stop()
	ended := ctx.Done()
	for {
		var work command
		var arrival transport.Event
		first, events := a.nextEvent()
		select {
		case arrival = <-a.layer.Events():
			work = func(a *Agent) { a.receive(arrival) }
		case work = <-a.commands:
		case <-timer.C:
		case events <- first:
			a.queue = a.queue[1:]
			if a.isClosed() {
				return nil
			}
			continue
		case <-ended:
			ended = nil
			work = (*Agent).shutdown
		}
		a.step(time.Now(), work)
		if a.isClosed() {
			return nil
		}
		a.arm(timer)
	}
}

// step is one turn of the loop: the event, then all that is due.
func (a *Agent) step(now time.Time, work command) {
	a.now = now
	if work != nil {
		work(a)
	}
	a.advance()
}

// nextEvent is the event to offer to the application; the channel is nil when there is none.
func (a *Agent) nextEvent() (Event, chan<- Event) {
	if len(a.queue) == 0 {
		return nil, nil
	}
	return a.queue[0], a.events
}

// maxTraces bounds the Traced events waiting for a slow reader; all other events are few.
const maxTraces = 4096

// tell queues an event for the application.
func (a *Agent) tell(e Event) {
	if _, isTrace := e.(Traced); isTrace && len(a.queue) >= maxTraces {
		return
	}
	a.queue = append(a.queue, e)
}

// post sends a command to the loop; after Run has returned it does nothing.
func (a *Agent) post(c command) {
	select {
	case a.commands <- c:
	case <-a.done:
	}
}

// arm sets the timer to the earliest deadline.
func (a *Agent) arm(timer *time.Timer) {
	due := a.deadline()
	if due.IsZero() {
		timer.Stop()
		return
	}
	timer.Reset(due.Sub(a.now))
}

// deadline is the earliest of all sub-states.
func (a *Agent) deadline() time.Time {
	due := earliest(a.table.Deadline(), a.closeBy)
	for _, acc := range a.accounts {
		due = earliest(due, acc.deadline())
	}
	for _, c := range a.calls {
		due = earliest(due, c.deadline())
	}
	return due
}

// advance lets each sub-state do what is due now.
func (a *Agent) advance() {
	for e, ok := a.table.Advance(a.now); ok; e, ok = a.table.Advance(a.now) {
		a.transactionEvent(e)
	}
	for _, acc := range a.accounts {
		if isDue(acc.deadline(), a.now) {
			a.advanceAccount(acc)
		}
	}
	for _, c := range a.calls {
		if isDue(c.deadline(), a.now) {
			a.advanceCall(c)
		}
	}
}

// shutdown hangs up and removes the bindings.
func (a *Agent) shutdown() {
	a.closeBy = a.now.Add(closeTime)
	for _, c := range a.calls {
		a.hangup(c)
	}
	for _, acc := range a.accounts {
		a.unregister(acc)
	}
}

// isClosed tells, after shutdown, whether Run may return: nothing is left to say or to hear, or time is up.
func (a *Agent) isClosed() bool {
	if a.closeBy.IsZero() {
		return false
	}
	if !a.now.Before(a.closeBy) {
		return true
	}
	for _, acc := range a.accounts {
		if acc.isBusy() {
			return false
		}
	}
	for _, c := range a.calls {
		if c.isBusy() {
			return false
		}
	}
	return len(a.queue) == 0
}

// earliest is the earlier of two times; the zero time means never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// isDue tells whether a deadline has come; zero never does.
func isDue(deadline, now time.Time) bool { return !deadline.IsZero() && !deadline.After(now) }
