package rpi

import (
	"log/slog"
	"sync"

	"intercom/hal"
	"intercom/hal/internal/alsa"
)

// A soundLayer opens the card.
type soundLayer func(config hal.SoundConfig, logger *slog.Logger) (card, error)

// systemCards opens the kernel's own.
func systemCards(config hal.SoundConfig, logger *slog.Logger) (card, error) {
	c, err := alsa.Open(alsa.Kernel(), config, logger)
	if err != nil {
		return nil, err // and not c: a nil pointer in an interface is not nil
	}
	return c, nil
}

// soundSlot holds the one Sound that may be open.
type soundSlot struct {
	mu      sync.Mutex
	current *slotted
	closed  bool
}

// slotted is an open card that empties its slot when it is closed.
type slotted struct {
	card
	slot *soundSlot
}

// A card is what alsa and the fakes give.
type card interface {
	hal.Sound
	hal.Granter
}

// open fills the slot. Opening takes a quarter of a second (the warm-up); meanwhile the lock is held, so Close of
// the board waits for it.
func (s *soundSlot) open(open func() (card, error)) (hal.Sound, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, hal.ErrClosed
	case s.current != nil:
		return nil, hal.ErrSoundBusy
	}
	c, err := open()
	if err != nil {
		return nil, err
	}
	s.current = &slotted{c, s}
	return s.current, nil
}

// Close closes the card and makes room for the next.
func (s *slotted) Close() error {
	err := s.card.Close()
	s.slot.mu.Lock()
	defer s.slot.mu.Unlock()
	if s.slot.current == s {
		s.slot.current = nil
	}
	return err
}

// shut closes the slot for ever and what is in it.
func (s *soundSlot) shut() error {
	s.mu.Lock()
	current := s.current
	s.closed = true
	s.mu.Unlock()
	if current == nil {
		return nil
	}
	return current.Close()
}
