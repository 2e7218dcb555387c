package transport

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"intercom/sipua/sip"
)

// maxFailures bounds the failures of Send waiting for the reader of Events; beyond it they are dropped, and
// the transactions' own timers must do.
const maxFailures = 256

// eventBuffer lets a reader of sockets go on while the owner of the agent's loop is busy for a moment.
const eventBuffer = 64

// Layer owns the sockets. Its methods may be called by any goroutine.
type Layer struct {
	network  Network
	limits   Limits
	security              // TLS
	log      *slog.Logger // never nil

	opened time.Time       // its monotonic reading is what idle times are measured from
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup
	events chan Event

	isStarted bool // fixed by Open, as are the next two
	packets   []*packetSocket
	listeners []*acceptor

	mu       sync.Mutex // guards what follows; held for table accesses only
	isClosed bool
	table    table
	failures []Event
	wake     chan struct{} // has room for one: a wake-up is never lost

	admissionMu sync.Mutex // apart from mu: a flood of datagrams must not slow down Send
	admission   *admission

	counters counters
}

// Open opens the sockets of cfg.Listen; on an error it leaves none open.
func Open(cfg Config) (*Layer, error) {
	l := newLayer(cfg)
	for i, listen := range cfg.Listen {
		if err := l.open(listen); err != nil {
			l.Close()
			return nil, fmt.Errorf("transport: Listen[%d]: %w", i, err)
		}
	}
	l.start()
	return l, nil
}

// newLayer makes a Layer without sockets.
func newLayer(cfg Config) *Layer {
	limits := cfg.Limits.withDefaults()
	l := &Layer{
		network:  cfg.Network,
		limits:   limits,
		security: newSecurity(cfg.TLS),
		log:      cfg.Logger,
		events:   make(chan Event, eventBuffer),
		wake:     make(chan struct{}, 1),
		table:    newTable(limits),
	}
	if l.network == nil {
		l.network = HostNetwork{}
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	l.opened = l.now()
	l.admission = newAdmission(limits.SourceRate, limits.StrangerRate, l.opened)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// now is the only place where this package reads the clock.
func (l *Layer) now() time.Time { return time.Now() }

// open opens one listening socket without reading from it yet.
func (l *Layer) open(listen Listen) error {
	switch listen.Transport {
	case sip.UDP:
		return l.openPacket(listen.Address)
	case sip.TLS:
		if len(l.certificates) == 0 {
			return fmt.Errorf("TLS on %s needs a certificate in Config.TLS.Certificates", listen.Address)
		}
		fallthrough
	case sip.TCP, sip.SCTP:
		return l.openListener(listen)
	}
	return fmt.Errorf("transport %q: %w", listen.Transport, ErrTransport)
}

// start lets the goroutines go: two for each UDP socket, one for each listener and one for failures of Send.
func (l *Layer) start() {
	l.isStarted = true
	for _, s := range l.packets {
		l.wg.Go(s.read)
		l.wg.Go(s.write)
	}
	for _, a := range l.listeners {
		l.wg.Go(a.run)
	}
	l.wg.Go(l.report)
}

// Events returns what happens. It must be read without pause; it is closed by Close.
func (l *Layer) Events() <-chan Event { return l.events }

// Local returns the addresses listened on by a transport.
func (l *Layer) Local(transport string) []netip.AddrPort {
	var local []netip.AddrPort
	for _, s := range l.packets {
		if transport == sip.UDP {
			local = append(local, s.local)
		}
	}
	for _, a := range l.listeners {
		if a.transport == transport {
			local = append(local, a.local)
		}
	}
	return local
}

// Close closes all sockets, after letting packets leave which were sent before, for half a second at most. It
// waits for all goroutines.
func (l *Layer) Close() error {
	l.mu.Lock()
	again := l.isClosed
	l.isClosed = true
	l.mu.Unlock()
	if again {
		return ErrClosed
	}
	l.cancel()
	for _, a := range l.listeners {
		a.close()
	}
	l.closeUnstarted()
	l.wg.Wait()
	close(l.events)
	return nil
}

// closeUnstarted closes the UDP sockets of a Layer whose Open failed: no writer does it for them.
func (l *Layer) closeUnstarted() {
	for _, s := range l.packets {
		if !l.isStarted {
			s.conn.Close()
		}
	}
}

// post hands an event to the reader of Events, waiting for it; the goroutines of sockets may do that.
func (l *Layer) post(e Event) {
	if l.ctx.Err() != nil {
		return // nobody is told after Close, though there may be room
	}
	select {
	case l.events <- e:
	case <-l.ctx.Done():
	}
}

// fail reports a failure from Send, which must not wait: its caller is the one who reads Events.
func (l *Layer) fail(f Flow, op string, err error) {
	l.mu.Lock()
	if len(l.failures) < maxFailures {
		l.failures = append(l.failures, failed(f, netip.AddrPort{}, op, err))
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// report posts the failures of Send.
func (l *Layer) report() {
	for {
		select {
		case <-l.wake:
		case <-l.ctx.Done():
			return
		}
		l.mu.Lock()
		failures := l.failures
		l.failures = nil
		l.mu.Unlock()
		for _, e := range failures {
			l.post(e)
		}
	}
}

// pause waits before a failed accept or read is tried again, twice as long each time up to a second; false
// when the Layer was closed.
func (l *Layer) pause(failures int) bool {
	const first, last = 10 * time.Millisecond, time.Second
	timer := time.NewTimer(min(first<<min(failures, 10), last))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// Counters are the sums of what happened since Open.
type Counters struct {
	Received  uint64 // well-formed messages
	Malformed uint64 // messages with a syntax error, answered or not
	Junk      uint64 // datagrams that were no SIP, STUN or keep-alive
	Limited   uint64 // datagrams dropped by rate
	Refused   uint64 // connections over a limit
}

type counters struct {
	received, malformed, junk, limited, refused atomic.Uint64
}

// Counters returns the sums.
func (l *Layer) Counters() Counters {
	c := &l.counters
	return Counters{c.received.Load(), c.malformed.Load(), c.junk.Load(), c.limited.Load(), c.refused.Load()}
}
