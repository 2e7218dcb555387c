package hal

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

// DefaultCeiling is the Guard's if none is given: no strike needs power for longer.
const DefaultCeiling = 30 * time.Second

// answerTime is how long the Guard waits for the board in a cut and in Close; cutTries how often it tries to
// cut, with a doubling pause that starts at cutPause.
const (
	answerTime = 2 * time.Second
	cutTries   = 6
	cutPause   = 50 * time.Millisecond
)

// A relayState is the Guard's view of one relay.
//
//	          on (timer starts)            ceiling
//	resting ───────────────────▶ live ───────────────▶ cut
//	   ▲                          │ ▲ on: no new count   │ on: refused
//	   └────── off succeeded ─────┴─┘                    │
//	   └────── off succeeded ────────────────────────────┘
type relayState uint8

const (
	// resting: told off, and the board has said so.
	resting relayState = iota
	// live: told on, the ceiling's timer runs. A failed off stays here, so that the ceiling tries again.
	live
	// cut: the ceiling has passed. Only an off leads out.
	cut
)

// guarded is one relay's record. Only the Guard's mutex protects it, and no call to the board is made under
// that mutex: a hung board cannot keep the ceiling from acting.
type guarded struct {
	state relayState
	timer *time.Timer
	// seq counts calls, so that a late answer is not taken for the answer to a newer call.
	seq int
	// flying counts ons the board has not answered yet; while there is one, the count must not end.
	flying int
	// told is the last wish of the station.
	told bool
}

type guard struct {
	Board    // SetLamp and OpenSound go straight through
	ceilings map[Relay]time.Duration
	others   time.Duration // ceiling of a relay that is not in ceilings
	events   chan Event
	faults   chan Event
	done     chan struct{}
	stopped  chan struct{}

	mu     sync.Mutex
	closed bool
	relays map[Relay]*guarded
}

// Guard wraps a board so that no relay is on longer than the ceiling (0 means DefaultCeiling), counted from
// the first on, by a timer of its own for each relay. Switching on again while on does not prolong. After a
// cut the relay stays off, and on is refused with a *CutError, until the relay is told off and on anew. Each
// cut is a Fault event with a *CutError, sent if the consumer takes it; the cut does not wait for that. Close
// switches all relays off before it closes the board, and gives up on a hung board after some seconds.
func Guard(board Board, ceiling time.Duration) Board { return newGuard(board, ceiling, nil) }

// GuardEach is Guard with a ceiling for each relay: some coils burn out in seconds. A relay that is not named, or
// whose ceiling is 0, has DefaultCeiling.
func GuardEach(board Board, ceilings map[Relay]time.Duration) Board {
	return newGuard(board, 0, maps.Clone(ceilings))
}

func newGuard(board Board, others time.Duration, ceilings map[Relay]time.Duration) *guard {
	if others <= 0 {
		others = DefaultCeiling
	}
	g := &guard{
		Board:    board,
		ceilings: ceilings,
		others:   others,
		events:   make(chan Event),
		faults:   make(chan Event, MaxLines),
		done:     make(chan struct{}),
		stopped:  make(chan struct{}),
		relays:   make(map[Relay]*guarded),
	}
	go g.forward()
	return g
}

func (g *guard) Events() <-chan Event { return g.events }

// ceiling is the longest r may be on.
func (g *guard) ceiling(r Relay) time.Duration {
	if c := g.ceilings[r]; c > 0 {
		return c
	}
	return g.others
}

// forward joins the board's events and the Guard's own. It ends with Close or with the board's channel.
func (g *guard) forward() {
	defer close(g.stopped)
	defer close(g.events)
	inner := g.Board.Events()
	for {
		var event Event
		var open bool
		select {
		case event, open = <-inner:
			if !open {
				return
			}
		case event = <-g.faults:
		case <-g.done:
			return
		}
		select {
		case g.events <- event:
		case <-g.done:
			return
		}
	}
}

func (g *guard) SetRelay(r Relay, on bool) error {
	if on {
		return g.switchOn(r)
	}
	return g.switchOff(r)
}

func (g *guard) switchOn(r Relay) error {
	w, seq, err := g.admit(r)
	if err != nil {
		return err
	}
	err = g.Board.SetRelay(r, true)
	may := g.landed(w)
	if err != nil {
		g.failed(r, w, seq, err)
		return err
	}
	if may {
		return nil
	}
	// The ceiling, an off or Close came while the board was switching on: off must be the last word.
	if err := g.Board.SetRelay(r, false); err != nil {
		return err
	}
	return g.overtaken(r, w)
}

// admit decides under the lock whether on may go to the board, and starts the count with the first on.
func (g *guard) admit(r Relay) (*guarded, int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, 0, ErrClosed
	}
	w := g.relays[r]
	if w == nil {
		if len(g.relays) >= MaxLines {
			return nil, 0, fmt.Errorf("hal: guard: more than %d relays", MaxLines)
		}
		w = new(guarded)
		g.relays[r] = w
	}
	switch w.state {
	case resting:
		w.state = live
		w.timer = time.AfterFunc(g.ceiling(r), func() { g.expire(r, w) })
	case live:
	case cut:
		return nil, 0, &CutError{Relay: string(r), Ceiling: g.ceiling(r)}
	}
	w.told = true
	w.flying++
	w.seq++
	return w, w.seq, nil
}

// landed records the board's answer to an on and says whether the relay may still be on.
func (g *guard) landed(w *guarded) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	w.flying--
	return !g.closed && w.told && w.state == live
}

// overtaken says why a relay that was just switched on is off again; nil if the station itself said so.
func (g *guard) overtaken(r Relay, w *guarded) error {
	g.mu.Lock()
	closed, state, told, seq := g.closed, w.state, w.told, w.seq
	g.mu.Unlock()
	switch {
	case closed:
		return ErrClosed
	case !told:
		g.rest(r, w, seq)
		return nil
	case state == cut:
		return &CutError{Relay: string(r), Ceiling: g.ceiling(r)}
	}
	return nil
}

// failed tidies up after a failed on: the relay is switched off, in case the board did half of it.
func (g *guard) failed(r Relay, w *guarded, seq int, err error) {
	var unknown *UnknownNameError
	if !errors.As(err, &unknown) && g.Board.SetRelay(r, false) != nil {
		return // it may be on: the ceiling goes on counting and will try again
	}
	g.rest(r, w, seq)
}

func (g *guard) switchOff(r Relay) error {
	g.mu.Lock()
	closed, w, seq := g.closed, g.relays[r], 0
	if w != nil {
		w.told = false
		w.seq++
		seq = w.seq
	}
	g.mu.Unlock()
	if closed {
		return ErrClosed
	}
	if err := g.Board.SetRelay(r, false); err != nil {
		return err
	}
	if w != nil {
		g.rest(r, w, seq)
	}
	return nil
}

// rest ends the count after the board confirmed an off, unless a newer call has overtaken it.
func (g *guard) rest(r Relay, w *guarded, seq int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.seq != seq || w.flying > 0 || g.relays[r] != w {
		return
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	delete(g.relays, r)
}
