package alsa

import (
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"intercom/hal"
)

// restarts is how often in a row a stumbling card is started anew before its call gives up.
const restarts = 5

// wakeUps is how often one period may be waited for: the driver may wake early, but not for ever.
const wakeUps = 100

// Card is an open sound card, both directions. It implements hal.Sound and hal.Granter.
//
//	         Open           EPIPE of either: drop, prepare, fill, start
//	closed ───────▶ running ─────┐
//	   ▲             │  ▲        │
//	   └──── Close ──┘  └────────┘
//
// No call to the devices blocks but Wait, and all others are made under the mutex: so the positions of both
// streams, the two ledgers and the truth are always the same.
type Card struct {
	granted hal.SoundConfig
	format  *format
	frames  int // of a period
	prefill int // frames of silence before the first played sample
	logger  *slog.Logger
	mic     microphone // Capture's

	// playing and capturing are held through a whole call, waiting included.
	playing, capturing sync.Mutex

	mutex         sync.Mutex
	closed        bool
	linked        bool
	play, capture *stream
	stats         hal.SoundStats
	played, heard ledger
}

// A ledger relates the caller's count of samples to the streams' positions.
type ledger struct {
	count  int64 // samples the caller has moved
	offset int64 // position - count of the next sample
	active bool  // the caller takes part in this direction
}

// Granted implements hal.Granter.
func (c *Card) Granted() hal.SoundConfig { return c.granted }

// Stats implements hal.Granter.
func (c *Card) Stats() hal.SoundStats {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.stats
}

// Delay implements hal.Sound.
func (c *Card) Delay() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delay := int(c.played.offset - c.heard.offset)
	if c.played.active || c.closed {
		return delay
	}
	if ahead, err := c.play.pointers(); err == nil && ahead < 0 {
		delay += c.prefill - ahead // where a first Play would go now
	}
	return delay
}

// Capture implements hal.Sound.
func (c *Card) Capture(pcm []float32) error {
	if len(pcm) != c.frames {
		return hal.PeriodError("Capture", len(pcm), c.frames)
	}
	c.capturing.Lock()
	defer c.capturing.Unlock()
	if err := c.turn(c.capture, c.read); err != nil {
		return err
	}
	c.mic.listen(c.format, c.capture.data)
	c.format.collect(pcm, c.capture.data, c.capture.channels, c.mic.channel)
	return nil
}

// Play implements hal.Sound.
func (c *Card) Play(pcm []float32) error {
	if len(pcm) != c.frames {
		return hal.PeriodError("Play", len(pcm), c.frames)
	}
	c.playing.Lock()
	defer c.playing.Unlock()
	c.format.spread(c.play.data, pcm, c.play.channels)
	return c.turn(c.play, c.write)
}

// turn moves one period: it tries, and waits for the card in between. A card that stumbles is started anew.
func (c *Card) turn(st *stream, move func() (bool, error)) error {
	for starts, waits := 0, 0; ; waits++ {
		whole, stumbled, err := c.try(st, move, waits > wakeUps)
		if err != nil || whole {
			return err
		}
		if stumbled {
			waits = 0
			if starts++; starts > restarts {
				return fmt.Errorf("alsa: %s stumbles again at once after %d starts; the machine is too slow or the period too short", st.name, restarts)
			}
			continue
		}
		if err := st.device.Wait(clockless); err != nil && !isStumble(err) {
			return c.trouble(st, err)
		}
	}
}

// try is one turn without waiting. A card that wakes its caller again and again for nothing is started anew too.
func (c *Card) try(st *stream, move func() (bool, error), stuck bool) (whole, stumbled bool, err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.closed {
		return false, false, hal.ErrClosed
	}
	whole, err = move()
	switch {
	case err == nil && (whole || !stuck):
		return whole, false, nil
	case err == nil || isStumble(err):
		return false, true, c.restart()
	}
	return false, false, withCure(fmt.Errorf("alsa: %s: %w", st.name, err))
}

// trouble explains a failed wait.
func (c *Card) trouble(st *stream, err error) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch {
	case c.closed:
		return hal.ErrClosed
	case isSilent(err):
		return fmt.Errorf("alsa: %s moved no sample for %v: %w; the card has no clock: check the wiring of BCM 18 and 19 and which side is the clock's master", st.name, clockless, err)
	}
	return withCure(fmt.Errorf("alsa: %s: wait: %w", st.name, err))
}

// read takes one period from the microphone. If more waits than the buffer holds, all of it is spoilt.
func (c *Card) read() (whole bool, err error) {
	st := c.capture
	ahead, err := st.pointers()
	if err != nil {
		return false, err
	}
	if ahead > 0 {
		return false, syscall.EPIPE // nobody called for so long that the pointers have gone round
	}
	if waiting := -ahead; waiting > st.buffer {
		return false, c.skip(st, &c.heard, waiting, &c.stats.Overruns)
	}
	if st.moved == 0 && -ahead < c.frames {
		return false, nil
	}
	if whole, err = st.move(CallRead); whole {
		c.heard.book(c.frames)
	}
	return whole, err
}

// write gives one period to the loudspeaker. If the loudspeaker is beyond what was written, the period goes to where
// silence of the length of prefill lies before it.
func (c *Card) write() (whole bool, err error) {
	st := c.play
	ahead, err := st.pointers()
	if err != nil {
		return false, err
	}
	if ahead > st.buffer {
		return false, syscall.EPIPE // as in read
	}
	if ahead < 0 {
		if err := c.skip(st, &c.played, c.prefill-ahead, &c.stats.Underruns); err != nil {
			return false, err
		}
	}
	if st.moved == 0 && ahead > st.buffer-c.frames {
		return false, nil
	}
	if whole, err = st.move(CallWrite); whole {
		c.played.book(c.frames)
	}
	return whole, err
}

// skip forwards a stream and its ledger, and counts an xrun if the caller took part before.
func (c *Card) skip(st *stream, l *ledger, frames int, xruns *int) error {
	moved, err := st.forward(frames)
	if err != nil {
		return err
	}
	l.offset += int64(moved + st.moved/st.frame) // what of a period had been moved is given up
	st.moved = 0
	if l.active {
		*xruns++
		c.logger.Debug("xrun", slog.String("stream", st.name), slog.Int("skipped", moved))
	}
	return nil
}

func (l *ledger) book(frames int) {
	l.active = true
	l.count += int64(frames)
}

// Close implements hal.Sound. Calls under way come back with hal.ErrClosed.
func (c *Card) Close() error {
	c.mutex.Lock()
	if c.closed {
		c.mutex.Unlock()
		return nil
	}
	c.closed = true
	c.stop()
	c.mutex.Unlock()

	c.playing.Lock()
	defer c.playing.Unlock()
	c.capturing.Lock()
	defer c.capturing.Unlock()
	return closeBoth(c.play.device, c.capture.device)
}

// elapsed is the time between a stream's start and the kernel's look at it.
func (s *Status) elapsed() time.Duration {
	return time.Duration(s.Now.Sec-s.Trigger.Sec)*time.Second + time.Duration(s.Now.Nsec-s.Trigger.Nsec)
}
