package firmware

import (
	"time"

	"intercom/firmware/config"
	"intercom/hal"
)

// rhythms are the patterns that change by themselves: the lengths of on, off, on, off ... until they begin anew.
//
//	glow   on 60 ms, off 1.94 s          a dim for lamps that know only on and off
//	blink  on 500 ms, off 500 ms         1 Hz
//	fast   on 125 ms, off 125 ms         4 Hz
//	flash  on 100, off 200, on 100 ms, off 1.6 s
var rhythms = map[config.Pattern][]time.Duration{
	config.Glow:  {60 * time.Millisecond, 1940 * time.Millisecond},
	config.Blink: {500 * time.Millisecond, 500 * time.Millisecond},
	config.Fast:  {125 * time.Millisecond, 125 * time.Millisecond},
	config.Flash: {100 * time.Millisecond, 200 * time.Millisecond, 100 * time.Millisecond, 1600 * time.Millisecond},
}

// phase returns whether a pattern is lit after it has run for that long, and in how long it changes; 0 = never.
func phase(p config.Pattern, elapsed time.Duration) (lit bool, change time.Duration) {
	rhythm := rhythms[p]
	if rhythm == nil {
		return p == config.On, 0
	}
	var period time.Duration
	for _, d := range rhythm {
		period += d
	}
	elapsed %= period
	for i, d := range rhythm {
		if elapsed < d {
			return i%2 == 0, d - elapsed
		}
		elapsed -= d
	}
	panic("BUG: a phase beyond its period")
}

// conditions are what lamps show, see config.Patterns for their order.
type conditions struct{ door, call, ringing, fault bool }

// pattern chooses the first condition that holds and for which the lamp has something to show.
func (c conditions) pattern(p config.Patterns) config.Pattern {
	for _, choice := range []struct {
		holds bool
		shown config.Pattern
	}{{c.door, p.Door}, {c.call, p.Call}, {c.ringing, p.Ringing}, {c.fault, p.Fault}, {true, p.Ready}} {
		if choice.holds && choice.shown != config.None && choice.shown != "" {
			return choice.shown
		}
	}
	return config.Off
}

// lampState is one lamp and where it is in its pattern.
type lampState struct {
	config config.Lamp
	shows  config.Pattern
	since  time.Time // when the pattern began
	next   time.Time // when it changes; zero = never
	lit    bool
	known  bool // lit is what the board was told
}

// show brings the lamp to where its pattern is now, and returns what the board must be told.
func (l *lampState) show(now time.Time, p config.Pattern) (lit, changed bool) {
	if p != l.shows {
		l.shows, l.since = p, now
	}
	lit, change := phase(p, now.Sub(l.since))
	l.next = time.Time{}
	if change > 0 {
		l.next = now.Add(change)
	}
	changed = !l.known || lit != l.lit
	l.lit, l.known = lit, true
	return lit, changed
}

// conditions gathers what lamps show. A contact outweighs the relay: a door that is open is open, locked or not.
func (s *Station) conditions() conditions {
	return conditions{
		door:    s.anyRelayOn() || s.inputs.doorOpen(),
		call:    s.state == InCall,
		ringing: s.state == Dialing || s.state == Answering,
		fault:   s.health.ill() || s.inputs.alarm(),
	}
}

// advanceLamps shows the station's state. A lamp that cannot be switched is a fault, and is tried again at its next change.
func (s *Station) advanceLamps(now time.Time) {
	show := s.conditions()
	for i := range s.lamps {
		l := &s.lamps[i]
		if lit, changed := l.show(now, show.pattern(l.config.Patterns)); changed {
			s.setLamp(now, l.config.Name, lit)
		}
	}
}

// setLamp switches a lamp; one that fails keeps nobody from ringing.
func (s *Station) setLamp(now time.Time, name string, lit bool) {
	if err := s.out.Board.SetLamp(hal.Lamp(name), lit); err != nil {
		s.fault(now, "lamp "+name, err)
		return
	}
	s.clearFault("lamp " + name)
}

// lampDeadline is the next change of any lamp that blinks.
func (s *Station) lampDeadline() time.Time {
	var next time.Time
	for i := range s.lamps {
		next = earliest(next, s.lamps[i].next)
	}
	return next
}
