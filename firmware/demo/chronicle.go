package demo

import (
	"context"
	"sync"
)

// seen is one observation: who saw what. What is one of sipua.Event, firmware.Note, sim.Change, line.Heard,
// stream.Report and locate.Result.
type seen struct {
	who  string
	what any
}

// chronicle collects what all actors see, in order. It is bounded: a demonstration sees some hundred things.
type chronicle struct {
	watch func(who string, what any) // nil: nobody else wants to know

	mu   sync.Mutex
	all  []seen
	more chan struct{} // closed and renewed at each addition
}

const maxSeen = 100000

func newChronicle(watch func(who string, what any)) *chronicle {
	return &chronicle{watch: watch, more: make(chan struct{})}
}

// add may be called from any goroutine.
func (c *chronicle) add(who string, what any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) < maxSeen {
		c.all = append(c.all, seen{who, what})
	}
	close(c.more)
	c.more = make(chan struct{})
	if c.watch != nil {
		c.watch(who, what) // under the lock, so that its order is ours
	}
}

// now is the place after the last observation.
func (c *chronicle) now() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.all)
}

// since answers what stands from a place on, and a channel that is closed when there is more.
func (c *chronicle) since(place int) ([]seen, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all[place:len(c.all):len(c.all)], c.more
}

// await finds the first observation of type T from a place on that fits; false when ctx ends first, or when hopeless says why
// there is no use in waiting.
func await[T any](ctx context.Context, c *chronicle, who string, place int, fits func(T) bool, hopeless func(seen) string) (found T, why string, ok bool) {
	for {
		news, more := c.since(place)
		for _, s := range news {
			if what, is := s.what.(T); is && s.who == who && fits(what) {
				return what, "", true
			}
			if why := hopeless(s); why != "" {
				return found, why, false
			}
		}
		place += len(news)
		select {
		case <-more:
		case <-ctx.Done():
			return found, "it did not happen in time", false
		}
	}
}

// all answers every observation of type T from a place on that fits.
func all[T any](c *chronicle, who string, place int, fits func(T) bool) (found []T) {
	news, _ := c.since(place)
	for _, s := range news {
		if what, is := s.what.(T); is && s.who == who && fits(what) {
			found = append(found, what)
		}
	}
	return found
}
