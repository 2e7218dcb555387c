package firmware

import (
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// The door's loops, as errors name them.
const (
	partStation  = "station"
	partAgent    = "SIP agent"
	partEngine   = "sound engine"
	partExchange = "registrar"
	partCard     = "sound card"
)

// ErrHung is wrapped by the error of Run when a part of the door does not answer any more.
var ErrHung = errors.New("does not answer")

// PanicError is a panic in one of the door's loops, by which Run has ended.
type PanicError struct {
	Part  string // the loop
	Value any    // what it panicked with
	Stack []byte // where
}

// Error leaves out the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic in the %s: %v", e.Part, e.Value) }

// partEnd is a loop's end.
type partEnd struct {
	part string
	err  error
}

// crew is the loops that run. It belongs to the one goroutine that waits for them, which does not work itself, so that it
// lives on when any of them dies: a panic that ended the program would leave the relay's line to the kernel, and
// that keeps it as it was.
type crew struct {
	ends  chan partEnd
	alive map[string]bool
}

// crewSize bounds how many may be started; none of them ever waits for its end to be heard.
const crewSize = 8

func newCrew() *crew { return &crew{ends: make(chan partEnd, crewSize), alive: map[string]bool{}} }

// start runs a part in a goroutine of its own.
func (c *crew) start(part string, run func() error) {
	c.alive[part] = true
	go func() { c.ends <- partEnd{part, survive(part, run)} }()
}

// survive turns a panic into an error.
func survive(part string, run func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Part: part, Value: v, Stack: debug.Stack()}
		}
	}()
	return run()
}

// wait hears the ends of all that run, for at most the limit, and returns their errors.
func (c *crew) wait(limit time.Duration) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var errs []error
	for len(c.alive) > 0 {
		select {
		case e := <-c.ends:
			delete(c.alive, e.part)
			errs = append(errs, e.named())
		case <-timer.C:
			return errors.Join(errs...)
		}
	}
	return errors.Join(errs...)
}

// hung is an error that names what still runs; nil if nothing does.
func (c *crew) hung() error {
	if len(c.alive) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w", strings.Join(slices.Sorted(maps.Keys(c.alive)), ", "), ErrHung)
}

// named is the error with its part's name, which a panic has already.
func (e partEnd) named() error {
	var p *PanicError
	if e.err == nil || errors.As(e.err, &p) {
		return e.err
	}
	return fmt.Errorf("%s: %w", e.part, e.err)
}
