package debounce

import (
	"errors"
	"testing"
	"time"

	"intercom/hal"
)

func bank() *Bank {
	b := NewBank(hal.Wiring{
		Buttons: []hal.InputLine{{Name: "front", Stuck: -1}, {Name: "back", Settle: 10 * time.Millisecond, MinPress: -1}},
		Inputs:  []hal.InputLine{{Name: "contact"}},
	})
	for i := range b.Len() {
		b.Receive(at(0), i, false)
	}
	return b
}

// take empties the queue.
func take(b *Bank) []hal.Event {
	var all []hal.Event
	for e, ok := b.Head(); ok; e, ok = b.Head() {
		all = append(all, e)
		b.Pop()
	}
	return all
}

func TestBankNamesAndKinds(t *testing.T) {
	b := bank()
	if b.Len() != 3 || !b.Deadline().IsZero() {
		t.Fatalf("%d lines, deadline %v", b.Len(), b.Deadline())
	}
	b.Receive(at(100), 0, true)
	b.Receive(at(101), 1, true)
	b.Receive(at(102), 2, true)
	if due := b.Deadline(); !due.Equal(at(111)) {
		t.Errorf("deadline %v, want the earliest line's", due)
	}
	b.Advance(at(111))
	b.Advance(at(200))
	b.Receive(at(300), 0, false)
	b.Sample(at(300), 2, false)
	b.Advance(at(400))
	want := []hal.Event{
		{Kind: hal.Pressed, Name: "back", At: at(101)},
		{Kind: hal.Pressed, Name: "front", At: at(100)},
		{Kind: hal.InputOn, Name: "contact", At: at(102)},
		{Kind: hal.Released, Name: "front", At: at(300)},
		{Kind: hal.InputOff, Name: "contact", At: at(300)},
	}
	got := take(b)
	if len(got) != len(want) {
		t.Fatalf("events %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("event %d: %v, want %v", i, got[i], want[i])
		}
	}
}

// An input that is active at the start is told as a state; what comes later as a change.
func TestBankTellsTheStart(t *testing.T) {
	b := NewBank(hal.Wiring{Inputs: []hal.InputLine{{Name: "exit"}}})
	b.Receive(at(0), 0, true)
	want := hal.Event{Kind: hal.InputOn, Name: "exit", At: at(0), Initial: true}
	if all := take(b); len(all) != 1 || all[0] != want {
		t.Errorf("at the start %+v, want %+v", all, want)
	}
	for i, active := range []bool{false, true} {
		b.Receive(at(100*(i+1)), 0, active)
		b.Advance(at(100*(i+1) + 50))
	}
	for _, e := range take(b) {
		if e.Initial {
			t.Errorf("%+v is no state at the start", e)
		}
	}
}

func TestBankFaults(t *testing.T) {
	b := NewBank(hal.Wiring{Buttons: []hal.InputLine{{Name: "front"}}})
	b.Receive(at(0), 0, false)
	b.Receive(at(100), 0, true)
	b.Advance(at(100).Add(hal.DefaultStuck))
	events := take(b)
	var stuck *hal.StuckError
	if len(events) != 2 || events[1].Kind != hal.Fault || !errors.As(events[1].Err, &stuck) || stuck.Button != "front" || stuck.For != hal.DefaultStuck {
		t.Errorf("events %v, want pressed and the stuck fault", events)
	}
	for i := range 500 {
		b.Receive(at(100_000+i*5), 0, i%2 == 1)
	}
	var noise *hal.NoiseError
	events = take(b)
	if len(events) != 1 || !errors.As(events[0].Err, &noise) || noise.Line != "front" || noise.Presses {
		t.Errorf("events %v, want one noise fault", events)
	}
}

func TestBankStorm(t *testing.T) {
	b := bank()
	for i := range 60 {
		b.Receive(at(1000+i*100), 1, i%2 == 0)
	}
	faults := 0
	for _, e := range take(b) {
		var noise *hal.NoiseError
		if errors.As(e.Err, &noise) && noise.Presses {
			faults++
		}
	}
	if faults != 1 {
		t.Errorf("%d storm faults, want one", faults)
	}
}

func TestBankQueueIsBounded(t *testing.T) {
	b := bank()
	for range 1000 {
		b.Add(hal.Event{Kind: hal.Fault})
	}
	events := take(b)
	if len(events) != queued || !errors.Is(events[queued-1].Err, hal.ErrOverflow) {
		t.Errorf("%d events, the last %v; want %d with the overflow at the end", len(events), events[len(events)-1], queued)
	}
	b.Add(hal.Event{Kind: hal.Pressed})
	if events := take(b); len(events) != 1 || events[0].Kind != hal.Pressed {
		t.Errorf("after the overflow: %v", events)
	}
}
