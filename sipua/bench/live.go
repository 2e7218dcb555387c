package main

import (
	"context"
	"fmt"
	"time"

	"intercom/sipua"
)

// pause between two calls: faster, and the exchange would take the door for a stranger that floods it.
const pause = 300 * time.Millisecond

// live lets one call stand while others come and go, and notes how long each step takes.
func (h *house) live(ctx context.Context, f *figures, calls int) error {
	standing, err := h.call(nil)
	if err != nil {
		return fmt.Errorf("the standing call: %w", err)
	}
	h.sound.start()
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for i := range calls {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := h.oneMore(f, standing); err != nil {
			return fmt.Errorf("call %d: %w", i+1, err)
		}
	}
	f.sound = h.sound.end()
	if err := h.hangUp(standing); err != nil {
		return fmt.Errorf("the end of the standing call: %w", err)
	}
	return nil
}

// oneMore sets up a call and ends it, then offers new media in the standing one.
func (h *house) oneMore(f *figures, standing sipua.CallID) error {
	id, err := h.call(f)
	if err != nil {
		return err
	}
	if err := h.hangUp(id); err != nil {
		return err
	}
	began := time.Now()
	h.door.agent.Offer(standing, []byte(offerSDP))
	if _, err := await[sipua.Updated](&h.door); err != nil {
		return fmt.Errorf("re-INVITE: %w", err)
	}
	f.reinvite = append(f.reinvite, time.Since(began))
	return nil
}

// call dials the desk and waits until it has answered.
func (h *house) call(f *figures) (sipua.CallID, error) {
	began := time.Now()
	id := h.door.agent.Dial(sipua.Invitation{Account: h.door.aor, To: "desk", SDP: []byte(offerSDP)})
	if _, err := await[sipua.Ringing](&h.door); err != nil {
		return id, err
	}
	ringing := time.Since(began)
	if _, err := await[sipua.Established](&h.door); err != nil {
		return id, err
	}
	if f != nil {
		f.ringing = append(f.ringing, ringing)
		f.answered = append(f.answered, time.Since(began))
	}
	return id, nil
}

func (h *house) hangUp(id sipua.CallID) error {
	h.door.agent.Hangup(id)
	ended, err := await[sipua.Ended](&h.door)
	if err == nil && ended.Call != id {
		return fmt.Errorf("call %d ended in place of %d: the standing one was torn down", ended.Call, id)
	}
	return err
}
