package debounce

import "time"

// What a Change says.
type What uint8

const (
	// Down: a press was held for its minimum time, or an input became active.
	Down What = iota + 1
	// Up: what Down reported has ended.
	Up
	// Stuck: the line has been active for longer than Config.Stuck. Once for each time it is down.
	Stuck
	// Noisy: the level has not settled for noisyAfter. Once until it settles.
	Noisy
	// Storm: presses come too fast for a finger; they are ignored until stormRest has passed without one.
	Storm
)

// Change is one thing the debouncer believes.
type Change struct {
	What What
	// At is the first edge of the press or release; for Stuck, Noisy and Storm the moment of the finding.
	At time.Time
	// Count is the number of edges (Noisy) or presses (Storm).
	Count int
	// For is how long the line has been down (Stuck).
	For time.Duration
	// Initial is true for a Down that was so at the start.
	Initial bool
}

// Config of one line. Zero durations mean "none".
type Config struct {
	// Settle is how long the level must rest.
	Settle time.Duration
	// MinPress is how long a press must last from its first edge.
	MinPress time.Duration
	// Stuck is when an active line becomes a fault.
	Stuck time.Duration
	// Press: the line is a button. One that is active from the start is not a press until it was released,
	// and storms of presses are ignored. Otherwise it is a contact, whose state at the start counts.
	Press bool
}

const (
	// noisyAfter is how long a level may be unsettled before that is reported.
	noisyAfter = 2 * time.Second
	// A storm is more than stormPresses presses of which each began within stormRest after the last one's
	// end or begin: twenty in a row at less than 300 ms is more than a child's finger and all of a loose wire.
	stormPresses = 20
	stormRest    = 300 * time.Millisecond
	// queue is more than one call can find.
	queue = 8
)

// Debouncer is one line's filter. The zero value is not usable; see New. It belongs to one goroutine.
//
//	           edge                    rested, level = before
//	resting ──────────▶ settling ───────────────────────────▶ resting
//	   ▲                  │  ▲ │ rested, level new
//	   │             edge └──┘ ▼
//	   └──────────────── believed level changes ─▶ Down after MinPress / Up
type Debouncer struct {
	config Config

	raw struct {
		known    bool
		level    bool
		edge     time.Time // the last edge
		settling bool
		begin    time.Time // the first edge since the line last rested
		edges    int       // since begin
		noisy    bool      // Noisy was reported
	}
	believed struct {
		level    bool
		since    time.Time // the first edge towards level
		reported bool      // Down was reported and Up is due
		muted    bool      // this press does not count: held from the start, or part of a storm
		stuck    bool      // Stuck was reported
	}
	storm struct {
		last    time.Time // the last press's begin or end
		presses int       // that followed each other within stormRest
	}
	out []Change
}

// New returns a debouncer that has seen no level yet: the first Receive gives the level at the start.
func New(config Config) *Debouncer {
	return &Debouncer{config: config, out: make([]Change, 0, queue)}
}

// Receive tells the level (true active) that the line had from now on. The same level again is no edge. What was due
// before is decided first, with the level of that time, so edges that come late but with their own time lose
// nothing.
func (d *Debouncer) Receive(now time.Time, level bool) {
	if !d.raw.known {
		d.start(now, level)
		return
	}
	d.Advance(now)
	if level != d.raw.level {
		d.edge(now, level)
	}
}

// Sample tells a level that was read, not an edge: if it differs, edges were missed and the line settles anew
// before anything due is decided.
func (d *Debouncer) Sample(now time.Time, level bool) {
	if d.raw.known && level != d.raw.level {
		d.edge(now, level)
	}
	d.Receive(now, level)
}

func (d *Debouncer) start(now time.Time, level bool) {
	d.raw.known, d.raw.level, d.raw.edge = true, level, now
	d.believed.level, d.believed.since = level, now
	if level {
		d.believed.muted = d.config.Press
		d.confirm(true)
	}
}

func (d *Debouncer) edge(now time.Time, level bool) {
	r := &d.raw
	if !r.settling {
		r.settling, r.begin, r.edges = true, now, 0
	}
	r.level, r.edge = level, now
	r.edges++
}

// Deadline is when Advance has something to do; the zero time means not before the next edge.
func (d *Debouncer) Deadline() time.Time {
	switch r, b := &d.raw, &d.believed; {
	case !r.known:
		return time.Time{}
	case r.settling && !r.noisy:
		return earlier(r.edge.Add(d.config.Settle), r.begin.Add(noisyAfter))
	case r.settling:
		return r.edge.Add(d.config.Settle)
	case b.level && !b.reported && !b.muted:
		return b.since.Add(d.config.MinPress)
	case b.level && !b.stuck && d.config.Stuck > 0:
		return b.since.Add(d.config.Stuck)
	}
	return time.Time{}
}

// Advance decides all that is due at now.
func (d *Debouncer) Advance(now time.Time) {
	for {
		due := d.Deadline()
		if due.IsZero() || due.After(now) {
			return
		}
		d.step(due)
	}
}

// step does what the deadline due is for.
func (d *Debouncer) step(due time.Time) {
	r, b := &d.raw, &d.believed
	switch {
	case r.settling && !due.Before(r.edge.Add(d.config.Settle)):
		if r.noisy { // what came before was noise: a press can only begin after it
			r.begin = r.edge
		}
		r.settling, r.noisy = false, false
		if r.level != b.level {
			d.believe(r.level)
		}
	case r.settling:
		r.noisy = true
		d.emit(Change{What: Noisy, At: due, Count: r.edges})
	case !b.reported && !b.muted:
		d.confirm(false)
	default:
		b.stuck = true
		d.emit(Change{What: Stuck, At: due, For: d.config.Stuck})
	}
}

// believe changes the settled level; the change began with the first edge after the rest.
func (d *Debouncer) believe(level bool) {
	b := &d.believed
	if b.level && b.reported {
		d.emit(Change{What: Up, At: d.raw.begin})
	}
	d.believed.level, b.since = level, d.raw.begin
	b.reported, b.muted, b.stuck = false, false, false
	if d.config.Press {
		d.count(d.raw.begin, level)
	}
}

// count finds storms: presses that follow each other without a human pause.
func (d *Debouncer) count(at time.Time, down bool) {
	s := &d.storm
	if at.Sub(s.last) > stormRest {
		s.presses = 0
	}
	s.last = at
	if !down {
		return
	}
	s.presses++
	if s.presses == stormPresses+1 {
		d.emit(Change{What: Storm, At: at, Count: s.presses})
	}
	d.believed.muted = s.presses > stormPresses
}

// confirm reports the press, or the input, whose minimum time has come.
func (d *Debouncer) confirm(initial bool) {
	b := &d.believed
	if b.muted || b.reported {
		return
	}
	b.reported = true
	d.emit(Change{What: Down, At: b.since, Initial: initial})
}

func (d *Debouncer) emit(c Change) {
	if len(d.out) < queue {
		d.out = append(d.out, c)
	}
}

// Next takes the oldest change not yet taken. Take all after each Receive and Advance: no more than eight are kept.
func (d *Debouncer) Next() (Change, bool) {
	if len(d.out) == 0 {
		return Change{}, false
	}
	c := d.out[0]
	copy(d.out, d.out[1:])
	d.out = d.out[:len(d.out)-1]
	return c, true
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
