package rpi

import (
	"errors"
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
	taken   bool     // open, or about to be
	current *slotted // nil while it is about to be
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

// open fills the slot. Opening takes a quarter of a second (the warm-up), during which the slot is taken but the
// lock is free. A board that is closed meanwhile closes the card again.
func (s *soundSlot) open(open func() (card, error)) (hal.Sound, error) {
	if err := s.take(); err != nil {
		return nil, err
	}
	c, err := open()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.taken = false
		return nil, err
	}
	if s.closed {
		return nil, errors.Join(hal.ErrClosed, c.Close())
	}
	s.current = &slotted{c, s}
	return s.current, nil
}

func (s *soundSlot) take() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return hal.ErrClosed
	case s.taken:
		return hal.ErrSoundBusy
	}
	s.taken = true
	return nil
}

// Close closes the card and makes room for the next.
func (s *slotted) Close() error {
	err := s.card.Close()
	s.slot.mu.Lock()
	defer s.slot.mu.Unlock()
	if s.slot.current == s {
		s.slot.current, s.slot.taken = nil, false
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
