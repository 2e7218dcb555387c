package simnet

import (
	"container/heap"
	"sync"
	"time"
)

// event is something that happens at a time.
type event struct {
	due time.Time
	seq uint64 // order of events due at the same time
	run func()
}

// queue holds what is on its way: one heap behind one timer. A timer for each packet would be simpler, but timers
// that end at the same moment run in any order, and a test must not depend on that.
type queue struct {
	mu      sync.Mutex
	events  eventHeap
	seq     uint64
	timer   *time.Timer
	running bool // run is busy and arms the timer itself when it ends
}

// at runs f at the time due, on a goroutine of its own unless that is now.
func (q *queue) at(now, due time.Time, f func()) {
	if !due.After(now) {
		f()
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.seq++
	heap.Push(&q.events, event{due, q.seq, f})
	if !q.running && q.events[0].seq == q.seq {
		q.armLocked(now)
	}
}

// armLocked starts or moves the timer to the first event. Only one run can follow from it, for next stops the others.
func (q *queue) armLocked(now time.Time) {
	wait := q.events[0].due.Sub(now)
	if q.timer == nil {
		q.timer = time.AfterFunc(wait, q.run)
		return
	}
	q.timer.Reset(wait)
}

// run lets everything happen that is due.
func (q *queue) run() {
	for {
		f := q.next()
		if f == nil {
			return
		}
		f()
	}
}

// next takes the first due event, or arms the timer for it.
func (q *queue) next() func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running = false
	if len(q.events) == 0 {
		return nil
	}
	wait := q.events[0].due.Sub(clock())
	if wait > 0 {
		q.timer.Reset(wait)
		return nil
	}
	q.running = true
	return heap.Pop(&q.events).(event).run
}

// eventHeap is a heap.Interface, the next event first.
type eventHeap []event

func (h eventHeap) Len() int      { return len(h) }
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *eventHeap) Push(x any)   { *h = append(*h, x.(event)) }

// Less puts equal times in order of their scheduling: a heap alone would not keep it.
func (h eventHeap) Less(i, j int) bool {
	if h[i].due.Equal(h[j].due) {
		return h[i].seq < h[j].seq
	}
	return h[i].due.Before(h[j].due)
}
func (h *eventHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = event{}
	*h = old[:len(old)-1]
	return last
}
