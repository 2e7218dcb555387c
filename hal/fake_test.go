package hal

import (
	"errors"
	"sync"
)

// fakeBoard records what the Guard does to it and can hang or fail on a relay.
type fakeBoard struct {
	events chan Event

	mu     sync.Mutex
	on     map[Relay]bool
	calls  []string
	closed int
	// answer, if set, is asked before a SetRelay has effect; it may block or fail.
	answer func(r Relay, on bool) error
	// hangClose blocks Close until it is closed.
	hangClose chan struct{}
}

var errBroken = errors.New("the relay board does not answer")

func newFake() *fakeBoard {
	return &fakeBoard{events: make(chan Event), on: make(map[Relay]bool)}
}

func (f *fakeBoard) Events() <-chan Event         { return f.events }
func (f *fakeBoard) SetLamp(l Lamp, _ bool) error { return f.record("lamp " + string(l)) }

func (f *fakeBoard) OpenSound(SoundConfig) (Sound, error) { return nil, f.record("sound") }

func (f *fakeBoard) record(call string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call)
	return nil
}

func (f *fakeBoard) SetRelay(r Relay, on bool) error {
	f.mu.Lock()
	answer := f.answer
	f.mu.Unlock()
	if answer != nil {
		if err := answer(r, on); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on[r] = on
	word := " off"
	if on {
		word = " on"
	}
	f.calls = append(f.calls, string(r)+word)
	return nil
}

func (f *fakeBoard) Close() error {
	if f.hangClose != nil {
		<-f.hangClose
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed++; f.closed == 1 {
		close(f.events)
	}
	return nil
}

func (f *fakeBoard) setAnswer(answer func(Relay, bool) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

// force switches a relay on as if a call had got through to the hardware.
func (f *fakeBoard) force(r Relay) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on[r] = true
}

func (f *fakeBoard) isOn(r Relay) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.on[r]
}

func (f *fakeBoard) log() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.calls...)
}
