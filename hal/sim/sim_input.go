package sim

import (
	"slices"
	"time"

	"intercom/hal"
)

// chatter is where, in thousandths of the bounce time, a contact opens and closes again; an even number, so that
// the last edge leaves the level it was going to.
var chatter = [...]int64{90, 170, 260, 420, 500, 730, 810, 1000}

// find gives the line of a button or input; what "" takes either, buttons first.
func (b *Board) find(what, name string) (int, error) {
	var known []string
	for i, in := range b.inputs {
		if what != "" && in.what != what {
			continue
		}
		if in.name == name {
			return i, nil
		}
		known = append(known, in.name)
	}
	if what == "" {
		what = "button or input"
	}
	return 0, &hal.UnknownNameError{What: what, Name: name, Known: known}
}

// Press holds a button down from now on for the given time and returns at once.
func (b *Board) Press(name string, hold time.Duration) error {
	return b.do(func(now time.Time) error {
		i, err := b.find("button", name)
		if err != nil {
			return err
		}
		if err := b.move(now, i, true, b.config.Bounce); err != nil {
			return err
		}
		return b.move(now.Add(hold), i, false, b.config.Bounce)
	})
}

// Down holds a button down until Up.
func (b *Board) Down(name string) error { return b.hold("button", name, true, b.config.Bounce) }

// Up lets a button go.
func (b *Board) Up(name string) error { return b.hold("button", name, false, b.config.Bounce) }

// SetInput makes a contact input active or not.
func (b *Board) SetInput(name string, on bool) error {
	return b.hold("input", name, on, b.config.Bounce)
}

// Toggle turns a contact input over.
func (b *Board) Toggle(name string) error {
	return b.do(func(now time.Time) error {
		i, err := b.find("input", name)
		if err != nil {
			return err
		}
		return b.move(now, i, !b.inputs[i].active, b.config.Bounce)
	})
}

// Bounce presses a button for the given time with a worn contact: 20 ms of chatter at both ends, whatever Config.Bounce is.
func (b *Board) Bounce(name string, hold time.Duration) error {
	const worn = 20 * time.Millisecond
	return b.do(func(now time.Time) error {
		i, err := b.find("button", name)
		if err != nil {
			return err
		}
		if err := b.move(now, i, true, worn); err != nil {
			return err
		}
		return b.move(now.Add(hold), i, false, worn)
	})
}

// Glitch turns any line over for a short time, as a spark nearby does: no bounce, no press.
func (b *Board) Glitch(name string, width time.Duration) error {
	return b.do(func(now time.Time) error {
		i, err := b.find("", name)
		if err != nil {
			return err
		}
		active := b.inputs[i].active
		return b.push(edge{now, i, !active}, edge{now.Add(width), i, active})
	})
}

// Drive sets the level of a button or input at once, without bounce: the raw wire, for tests of filters.
func (b *Board) Drive(name string, active bool) error { return b.hold("", name, active, 0) }

func (b *Board) hold(what, name string, active bool, bounce time.Duration) error {
	return b.do(func(now time.Time) error {
		i, err := b.find(what, name)
		if err != nil {
			return err
		}
		return b.move(now, i, active, bounce)
	})
}

// move schedules the edges of a contact that goes to a level, chattering for the bounce time.
func (b *Board) move(at time.Time, line int, active bool, bounce time.Duration) error {
	edges := []edge{{at, line, active}}
	if bounce > 0 {
		level := active
		for _, part := range chatter {
			level = !level
			edges = append(edges, edge{at.Add(bounce * time.Duration(part) / 1000), line, level})
		}
	}
	return b.push(edges...)
}

func (b *Board) push(edges ...edge) error {
	if len(b.edges)+len(edges) > maxEdges {
		return errBusy
	}
	b.edges = append(b.edges, edges...)
	slices.SortStableFunc(b.edges, func(x, y edge) int { return x.at.Compare(y.at) })
	return nil
}

// Fail makes the board report a fault, as a driver would.
func (b *Board) Fail(err error) error {
	return b.do(func(now time.Time) error {
		b.bank.Add(hal.Event{Kind: hal.Fault, At: now, Err: err})
		return nil
	})
}
