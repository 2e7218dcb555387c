package transaction

import (
	"container/heap"
	"time"
)

// timers are the two times a machine waits for: its next retransmission and its end.
type timers struct {
	again    time.Time     // next retransmission, or the automatic 100; zero when none
	interval time.Duration // what again was set from last
	end      time.Time     // the state's limit; zero when it has none
}

// due is the earlier of both times, zero when there is none.
func (t timers) due() time.Time {
	if t.again.IsZero() || (!t.end.IsZero() && t.end.Before(t.again)) {
		return t.end
	}
	return t.again
}

// entry is a transaction's place in the agenda. One of client and server is set.
type entry struct {
	timers timers
	place  int // index in the heap, -1 when nothing is due
	client *Client
	server *Server
}

// agenda orders transactions by what is due first: a heap, so that a thousand pending transactions under a flood cost
// no scan per message.
type agenda []*entry

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].timers.due().Before(a[j].timers.due()) }
func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = i, j
}

// Push is for container/heap.
func (a *agenda) Push(x any) {
	e := x.(*entry)
	e.place = len(*a)
	*a = append(*a, e)
}

// Pop is for container/heap.
func (a *agenda) Pop() any {
	last := len(*a) - 1
	e := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	e.place = -1
	return e
}

// set puts an entry where its timers belong: call it after each change of them.
func (a *agenda) set(e *entry) {
	pending := !e.timers.due().IsZero()
	switch {
	case pending && e.place >= 0:
		heap.Fix(a, e.place)
	case pending:
		heap.Push(a, e)
	case e.place >= 0:
		heap.Remove(a, e.place)
	}
}

// drop takes an entry out for good.
func (a *agenda) drop(e *entry) {
	e.timers = timers{}
	a.set(e)
}
